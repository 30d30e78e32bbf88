"""From a graph to the smallest file that a panel of experts makes of it."""

from collections.abc import Callable

import joblib
import numpy as np

from netwithin.codec.container import header_of, pack
from netwithin.codec.decoder import MAX_PAIRS
from netwithin.codec.experts import EXPERTS, Density, Distance, Expert, Siren
from netwithin.codec.fixedpoint import LOGIT_BITS
from netwithin.codec.stream import encode_pairs, is_trivial
from netwithin.graphs import Graph, as_graph
from netwithin.rates import density_entropy_bits

RATE = 9  # the mixer learns at 2**-9; from 2**-7 to 2**-11 sizes differ by a few parts in a thousand
SHORTHANDS = {"siren": "density+siren"}
# Networks (sine layers, width) to train for a graph whose density's entropy is at least so many bytes.
# Which minimum a training ends in is luck: the same network stands there twice to try it twice.
NETWORKS = {
    0: ((1, 8), (2, 6), (2, 8)),
    1_500: ((2, 12), (2, 12)),
    15_000: ((3, 16), (3, 16)),
}
MODEL_SHARE = 1 / 8  # of a file: a network with more weights than that has never earned them
SAMPLE_PAIRS = 1 << 21  # enough to tell which of several networks is best

Progress = Callable[[str, float], None]


def encode(
    graph,
    predictor: str = "auto",
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
    ignore_weights: bool = False,
) -> bytes:
    """Encode a graph, losslessly.

    Parameters
    ----------
    graph : Graph, networkx graph, SciPy sparse matrix or NumPy array
        Unweighted. A symmetric matrix is an undirected graph, another square one a directed graph, one
        that is not square a bipartite graph.
    predictor : str
        Which experts code the pairs: names joined by "+" ("density+distance"), "siren" for
        "density+siren", or "auto" for the smallest file of several panels. The density alone is
        among them, so that no graph takes more than its density's entropy and a header.
    seed : int
        Of the training, where an expert is learnt.
    device : str
        That torch trains on.
    progress : callable, optional
        Called with what is being done and the share of it that is done.
    ignore_weights : bool
        Count every value but 0 as an edge, instead of refusing values other than 0 and 1.

    Returns
    -------
    bytes
        A `.nwn` file. The same call on the same machine gives the same bytes; on another machine the
        training may end elsewhere and the file differ, but each decodes exactly, everywhere.

    Raises
    ------
    GraphError
        If `graph` is none of the above, or weighted and `ignore_weights` is not set.
    ValueError
        If the predictor is unknown, or the graph has more pairs than this version codes.

    Examples
    --------
    >>> from netwithin.graphs import newman_watts_strogatz
    >>> graph = newman_watts_strogatz(100, 0.25)
    >>> len(encode(graph)) < graph.number_of_pairs / 8
    True
    """
    graph = as_graph(graph, ignore_weights)
    progress = progress or _in_silence
    header = header_of(graph)
    names = experts_of(predictor)
    if is_trivial(header):
        return pack(graph, (), RATE, b"")
    if header.pairs > MAX_PAIRS:
        raise ValueError(f"the graph has {header.pairs} pairs; this version codes up to {MAX_PAIRS}")
    if names is None:
        return _smallest(graph, seed, device, progress)
    network = best_network(graph, seed, device, progress) if Siren.name in names else None
    return _file(graph, names, network, progress)


def _in_silence(doing: str, share: float) -> None:
    """Report nothing."""


def experts_of(predictor: str) -> list[str] | None:
    """The experts' names that a predictor stands for; None for "auto".

    Raises
    ------
    ValueError
        If there is no such predictor.

    Examples
    --------
    >>> experts_of("siren")
    ['density', 'siren']
    """
    if predictor == "auto":
        return None
    known = [expert.name for expert in EXPERTS.values()]
    names = SHORTHANDS.get(predictor, predictor).split("+")
    if not set(names) <= set(known) or len(set(names)) < len(names):
        raise ValueError(f"unknown predictor {predictor!r}; use auto, siren, or some of {'+'.join(known)}")
    return [name for name in known if name in names]


def best_network(graph: Graph, seed: int, device: str, progress: Progress) -> Siren:
    """Train the networks that suit a graph's size, and keep the one that would make the smallest file.

    Parameters
    ----------
    graph : Graph
        With at least one edge and one non-edge.
    seed, device, progress
        As for `encode`.

    Returns
    -------
    Siren
        The same however the work was split among processes.
    """
    from netwithin.codec.training import train_siren  # torch, which decoding never needs

    presets = _presets(graph)
    processes = -1 if device == "cpu" and len(presets) > 1 else 1
    pool = joblib.Parallel(processes, return_as="generator")
    doing = f"training {len(presets)} networks"
    progress(doing, 0.0)
    networks = []
    trainings = (
        joblib.delayed(train_siren)(graph, p, 1000 * k + seed, device) for k, p in enumerate(presets)
    )
    for done, rounded in enumerate(pool(trainings), 1):
        networks += [Siren(integers) for integers in rounded]
        progress(doing, done / len(presets))
    return min(networks, key=lambda network: estimated_bits(graph, network))


def estimated_bits(graph: Graph, network: Siren) -> float:
    """What a network's weights and the pairs that it predicts would take, from a sample of the rows."""
    header = header_of(graph)
    network.begin(header)
    step = -(-header.pairs // SAMPLE_PAIRS)
    bits = sampled = 0
    for i in range(0, header.shape[0], step):
        candidates = header.candidates(i)
        edges = np.zeros(header.shape[1], bool)
        edges[graph.adjacency.indices[slice(*graph.adjacency.indptr[i : i + 2])]] = True
        nats = network.logits(i, candidates, [])[0] / (1 << LOGIT_BITS)
        bits += np.logaddexp(0, np.where(edges[candidates], -nats, nats)).sum() / np.log(2)
        sampled += len(candidates)
    return bits * header.pairs / max(sampled, 1) + 8 * len(network.payload())


def _smallest(graph: Graph, seed: int, device: str, progress: Progress) -> bytes:
    """The smallest file of the panels that "auto" tries."""
    adaptive = [Density.name, Distance.name]
    best = _file(graph, adaptive, None, progress)
    if density_entropy_bits(graph) / 8 < len(best):  # a code by density alone takes no less
        best = min(best, _file(graph, [Density.name], None, progress), key=len)
    if max(preset.model_bits for preset in _presets(graph)) / 8 < MODEL_SHARE * len(best):
        network = best_network(graph, seed, device, progress)
        best = min(best, _file(graph, [*adaptive, Siren.name], network, progress), key=len)
        if estimated_bits(graph, network) / 8 < len(best):
            best = min(best, _file(graph, [Density.name, Siren.name], network, progress), key=len)
    return best


def _presets(graph: Graph) -> list:
    """The networks in proportion to a graph."""
    from netwithin.codec.training import Preset

    entropy = density_entropy_bits(graph) / 8
    return [Preset(*size) for size in NETWORKS[max(floor for floor in NETWORKS if floor <= entropy)]]


def _file(graph: Graph, names: list[str], network: Siren | None, progress: Progress) -> bytes:
    """The whole file that a panel of experts makes."""
    experts: list[Expert] = [
        network if expert is Siren else expert() for expert in EXPERTS.values() if expert.name in names
    ]
    doing = "coding by " + " + ".join(names)
    matrix = graph.adjacency.indptr, graph.adjacency.indices
    code = encode_pairs(header_of(graph), *matrix, experts, RATE, lambda share: progress(doing, share))
    return pack(graph, experts, RATE, code)
