"""From a graph to the smallest file that a set of experts makes of it."""

import math
from collections.abc import Callable

from netwithin.codec.container import header_of, pack
from netwithin.codec.decoder import MAX_PAIRS
from netwithin.codec.experts import EXPERTS, Density, Distance, Expert, Siren
from netwithin.codec.stream import encode_pairs, is_trivial
from netwithin.graphs import Graph, as_graph

RATE = 9  # the mixer learns at 2**-9; from 2**-7 to 2**-11 sizes differ by a few parts in a thousand
SHORTHANDS = {"siren": "density+siren"}
# A network may be trained for files above so many bytes of density entropy: (bytes, sine layers, width).
SIZES = ((0, 1, 8), (0, 2, 6), (0, 2, 8), (1_500, 2, 12), (15_000, 3, 16))

Progress = Callable[[str, float], None]


def encode(
    graph,
    predictor: str = "auto",
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> bytes:
    """Encode a graph, losslessly.

    Parameters
    ----------
    graph : Graph, networkx graph, SciPy sparse matrix or NumPy array
        Unweighted. A symmetric matrix is an undirected graph, another square one a directed graph, one
        that is not square a bipartite graph.
    predictor : str
        Which experts code the pairs: names joined by "+" ("density+distance"), "siren" for
        "density+siren", or "auto" for the smallest of several sets. The set of the density alone is
        among them, so that no graph takes more than its density's entropy and a header.
    seed : int
        Of the training, where an expert is learnt.
    device : str
        That torch trains on.
    progress : callable, optional
        Called with what is being done and the share of it that is done.

    Returns
    -------
    bytes
        A `.nwn` file. The same call on the same machine gives the same bytes; on another machine the
        training may end elsewhere and the file differ, but each decodes exactly, everywhere.

    Raises
    ------
    GraphError
        If `graph` is none of the above, or weighted.
    ValueError
        If the predictor is unknown, or the graph has more pairs than this version codes.

    Examples
    --------
    >>> from netwithin.graphs import newman_watts_strogatz
    >>> graph = newman_watts_strogatz(100, 0.25)
    >>> len(encode(graph)) < graph.number_of_pairs / 8
    True
    """
    graph = as_graph(graph)
    header = header_of(graph)
    names = experts_of(predictor)
    if is_trivial(header):
        return pack(graph, (), RATE, b"")
    if header.pairs > MAX_PAIRS:
        raise ValueError(f"the graph has {header.pairs} pairs; this version codes up to {MAX_PAIRS}")
    report = progress or (lambda doing, share: None)
    if names is None:
        return _smallest(graph, seed, device, report)
    networks = _networks(graph, seed, device, report) if "siren" in names else [None]
    files = [_file(graph, _panel(names, network), report) for network in networks]
    return min(files, key=len)


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
        raise ValueError(f"unknown predictor {predictor!r}; use auto, or one or more of {', '.join(known)} joined by +")
    return [name for name in known if name in names]


def _smallest(graph: Graph, seed: int, device: str, report: Progress) -> bytes:
    """The smallest file of the sets that "auto" tries."""
    best = _file(graph, (Density(), Distance()), report)
    entropy = density_entropy_bits(graph.number_of_edges, graph.number_of_pairs) / 8
    if entropy < len(best):  # a code by density alone takes no less
        best = min(best, _file(graph, (Density(),), report), key=len)
    preset = _presets(entropy)[-1]
    if preset.model_bits / 8 < len(best) / 8:
        network = next(iter(_networks(graph, seed, device, report, [preset])))
        best = min(best, _file(graph, (Density(), Distance(), network), report), key=len)
    return best


def _networks(graph, seed, device, report, presets=None) -> list[Siren]:
    """The trained experts worth trying."""
    from netwithin.codec.training import train_siren  # torch, which decoding never needs

    entropy = density_entropy_bits(graph.number_of_edges, graph.number_of_pairs) / 8
    networks = []
    for preset in presets or _presets(entropy):
        doing = f"training {preset.layers} x {preset.width}"
        integers = train_siren(graph, preset, seed, device, lambda share, doing=doing: report(doing, share))
        report(doing, 1.0)
        networks.append(Siren(integers))
    return networks


def _presets(entropy_bytes: float) -> list:
    """Networks in proportion to a graph: several while they are small, then one."""
    from netwithin.codec.training import Preset

    floor = max(size for size, _, _ in SIZES if size <= entropy_bytes)
    # Wide networks want smaller steps.
    return [Preset(n, w, learning_rate=0.03 / w) for size, n, w in SIZES if size == floor]


def _panel(names: list[str], network: Siren | None) -> tuple[Expert, ...]:
    return tuple(network if name == "siren" else cls() for cls in EXPERTS.values() if (name := cls.name) in names)


def _file(graph: Graph, experts: tuple[Expert, ...], report: Progress) -> bytes:
    """The whole file that a set of experts makes."""
    doing = "coding by " + " + ".join(expert.name for expert in experts)
    adjacency = graph.adjacency
    code = encode_pairs(
        header_of(graph), adjacency.indptr, adjacency.indices, experts, RATE, lambda share: report(doing, share)
    )
    return pack(graph, experts, RATE, code)


def density_entropy_bits(edges: int, pairs: int) -> float:
    """H(edges / pairs) for each pair: what a graph costs if nothing but its density is known."""
    if edges in (0, pairs):
        return 0.0
    density = edges / pairs
    return -pairs * (density * math.log2(density) + (1 - density) * math.log2(1 - density))
