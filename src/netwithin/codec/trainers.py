"""Which networks and maps to train for a graph, and which of those that were trained is best."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import joblib
import numpy as np

from netwithin.codec.container import header_of
from netwithin.codec.experts import EXPERTS, Expert
from netwithin.codec.fixedpoint import LOGIT_BITS
from netwithin.graphs import Graph
from netwithin.rates import density_entropy_bits

# Networks to train for a graph whose density's entropy is at least so many bytes: sine layers, width, and
# the bits of a weight, if only one number of them is to be tried.
# Which minimum a training ends in is luck: a network stands there as often as it is to be tried.
NETWORKS = {
    0: ((1, 8, (6,)), (1, 8, (6,)), (2, 6, (6, 7))),
    1_500: ((4, 8, (8,)), (4, 8, (8,))),
    60_000: ((4, 8, (8,)), (4, 12, (8,))),
}
SAMPLE_PAIRS = 1 << 21  # enough to tell which of several networks is best
_ALONE = threading.Lock()  # torch has one source of random numbers for all threads
TRIAL = {  # a training that says whether another pays
    "siren": {"steps": 240, "rounded_steps": 40, "bits": (6,)},
    "latent": {"steps": 60, "sweeps": 2},
}


def presets(name: str, graph: Graph, sizes: int = 1, trial: bool = False) -> list:
    """What to train for a graph.

    Parameters
    ----------
    name : {"siren", "latent"}
        The expert.
    graph : Graph
        With at least one edge and one non-edge.
    sizes : int
        Of networks: those in proportion to the graph, and so many minus one of the next larger ones.
    trial : bool
        One short training only.
    """
    options = TRIAL[name] if trial else {}
    if name == "latent":
        from netwithin.codec.embedding import MapPreset

        return [MapPreset(**options)]
    from netwithin.codec.training import Preset  # torch, which decoding never needs

    entropy = density_entropy_bits(graph) / 8
    floors = sorted(NETWORKS)
    own = sum(floor <= entropy for floor in floors) - 1
    chosen = [size for floor in floors[own : own + sizes] for size in NETWORKS[floor]]
    return [replace(Preset(*size), **options) for size in chosen[: 1 if trial else None]]


def _train(name: str, graph: Graph, preset, seed: int, device: str) -> list[Expert]:
    """One training; some experts, of which the best is to be used."""
    with _ALONE:
        trained = _trained(name, graph, preset, seed, device)
    kind = next(expert for expert in EXPERTS.values() if expert.name == name)
    return [kind(numbers) for numbers in trained]


def _trained(name: str, graph: Graph, preset, seed: int, device: str) -> list:
    if name == "latent":
        from netwithin.codec.embedding import train_latent

        return [train_latent(graph, preset, seed, device)]
    from netwithin.codec.training import train_siren

    return train_siren(graph, preset, seed, device)


def _trainings(name: str, graph: Graph, wanted: list, seed: int, device: str) -> Iterator[list[Expert]]:
    """Several trainings side by side, on one accelerator one after the other."""
    pool = joblib.Parallel(None if device == "cpu" else 1, return_as="generator")
    jobs = (joblib.delayed(_train)(name, graph, one, 1000 * k + seed, device) for k, one in enumerate(wanted))
    return pool(jobs)


def best_trained(
    name: str,
    graph: Graph,
    wanted: list,
    seed: int,
    device: str,
    progress: Callable[[float], None] = lambda share: None,
) -> Expert:
    """Train, and give the expert that would make the smallest file alone; the same however work was split.

    Parameters
    ----------
    name : {"siren", "latent"}
        The expert.
    graph : Graph
        With at least one edge and one non-edge.
    wanted : list
        What to train, from `presets`.
    seed : int
        Of the first training; each other one has its own.
    device : str
        That torch trains on; on an accelerator one training follows the other.
    progress : callable
        Called with the share of the trainings that are done.
    """
    experts: list[Expert] = []
    progress(0.0)
    for done, some in enumerate(_trainings(name, graph, wanted, seed, device), 1):
        experts += some
        progress(done / len(wanted))
    return min(experts, key=lambda expert: estimated_bits(graph, expert))


def estimated_bits(graph: Graph, expert: Expert) -> float:
    """What an expert's payload and the pairs that it predicts alone would take, from a sample of the rows.

    Parameters
    ----------
    graph : Graph
        What it was trained for.
    expert : Expert
        One that gives logits, the first of which counts.

    Returns
    -------
    float
        Bits.
    """
    header = header_of(graph)
    expert.begin(header)
    step = -(-header.pairs // SAMPLE_PAIRS)
    bits = sampled = 0
    for i in range(0, header.shape[0], step):
        candidates = header.candidates(i)
        edges = np.zeros(header.shape[1], bool)
        edges[graph.adjacency.indices[slice(*graph.adjacency.indptr[i : i + 2])]] = True
        nats = expert.logits(i, candidates, [])[0] / (1 << LOGIT_BITS)
        bits += np.logaddexp(0, np.where(edges[candidates], -nats, nats)).sum() / np.log(2)
        sampled += len(candidates)
    return bits * header.pairs / max(sampled, 1) + 8 * len(expert.payload())
