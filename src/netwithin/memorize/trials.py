"""One trial of the first networks: a graph, a network, a training, and what came of it (Sections 5.3 to 5.5).

A trial is told by its parameters alone, plain values by name, so that it is its own record.

Examples
--------
>>> small = trial(graph="erdos-renyi", nodes=12, density=0.5, network="Block", width=8, epochs=3)
>>> small.metrics["wrong_bits"] == round(144 * (1 - small.metrics["accuracy_percent"] / 100))
True
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from netwithin import graphs, rates, records
from netwithin.graphs import Graph, generators, orderings
from netwithin.memorize import networks, schedules
from netwithin.memorize.evaluation import evaluate
from netwithin.memorize.losses import CROSS_ENTROPY
from netwithin.memorize.trainer import Settings, train
from netwithin.memorize.weights import half_precision, parameter_count, size_bytes

#: Graphs by name, made from nodes, density, p and seed. Other names are those of data sets.
GENERATORS: dict[str, Callable[..., Graph]] = {
    "erdos-renyi": lambda nodes, density, p, seed: graphs.erdos_renyi(nodes, density, seed),
    "watts-strogatz": graphs.watts_strogatz,
    "newman-watts-strogatz": graphs.newman_watts_strogatz,
}

#: Networks by name, made from nodes, depth, width and seed.
NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "Block": lambda nodes, depth, width, seed: networks.Block(depth, width, seed),
    "UnSqueeze": lambda nodes, depth, width, seed: networks.UnSqueeze(width, seed),
    "WideNet": lambda nodes, depth, width, seed: networks.WideNet(nodes, seed),
    "OneHotNet": networks.OneHotNet,
}

#: What is stored so that a random order can be drawn again.
SEED_BITS = 32


@dataclass(frozen=True)
class Trial:
    """What a trial was told and what came of it.

    Attributes
    ----------
    parameters : dict
        The arguments of `trial`.
    metrics : dict
        See `trial`.
    graph : Graph
        What was to be memorised.
    scores : numpy.ndarray
        float32[n, n], probabilities of an edge, weights as trained.
    seconds : float
        Wall clock.
    """

    parameters: dict
    metrics: dict
    graph: Graph = field(repr=False)
    scores: np.ndarray = field(repr=False)
    seconds: float = 0.0

    def record(self, experiment: str) -> dict:
        """The trial as a record of an experiment."""
        return records.record(experiment, self.parameters, self.metrics, self.seconds)


def trial(
    graph: str = "newman-watts-strogatz",
    nodes: int = 100,
    density: float = 0.25,
    p: float = 0.5,
    network: str = "UnSqueeze",
    depth: int = 4,
    width: int = 64,
    epochs: int = 1000,
    chunk: int = 2500,
    learning_rate: float = 1e-3,
    oversample: bool = False,
    shuffled: bool = False,
    order: str = "as given",
    gap: int = 1,
    seed: int = 0,
) -> Trial:
    """Train one of the first networks on one graph, and count.

    The network reads the numbers of two nodes as they are, and is trained with cross-entropy and Adam at a
    constant rate (Section 5.3). The n^2 entries of the matrix are shuffled once and then fed in chunks.

    Parameters
    ----------
    graph : str
        One of `GENERATORS`, or a data set's name, to which nodes, density and p are nothing.
    nodes, density, p : int, float, float
        Of the generator; the density is nominal.
    network : str
        One of `NETWORKS`.
    depth, width : int
        Hidden layers and units; of an UnSqueeze the width is the maximum, and the depth follows from it. A
        WideNet takes neither.
    epochs, chunk, learning_rate
        As in `Settings`.
    oversample : bool
        Repeat entries of the rarer kind until there are as many of either (Section 5.4).
    shuffled : bool
        Give the graph's nodes random numbers first, so that they tell nothing of its making.
    order : str
        One of `orderings.ORDERINGS`: the numbers that the network reads in the place of the nodes' own. The
        graph itself, and what it costs with its labels kept, stay the same.
    gap : int
        Of the orders "components" and "degree".
    seed : int
        Of the graph, the network, the shuffling and a random order.

    Returns
    -------
    Trial
        With the metrics

        - `accuracy_percent`, `wrong_bits`, `predicted_edges_percent`: over all n^2 entries, cut at 0.5;
        - `majority_percent`: what the commoner answer everywhere gets right;
        - `band_percent`, `edges_in_band_percent`, `edges_off_band_percent`: what the ring lattice gets right
          as a prediction, and the shares of the edges on and off it that the network predicts; None where
          the graph came from no ring or its numbers were shuffled, and where there are no such edges;
        - `loss`, `parameters_count`, `model_bytes` (16 bits a weight);
        - `total_bits`, `residual_bits`: `rates.total_bits` of the rounded weights' scores, and
          `order_bits` that are included in the total;
        - `bitmap_bits`, `density_entropy_bits`, `actual_density`, `edges`.

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    told = dict(locals())
    for name, known in ((network, NETWORKS), (order, orderings.ORDERINGS)):
        if name not in known:
            raise ValueError(f"{name!r} is none of {', '.join(known)}")
    start = time.perf_counter()
    made = GENERATORS[graph](nodes, density, p=p, seed=seed) if graph in GENERATORS else graphs.load(graph)
    if shuffled:
        # Another stream than that of the random order, which would otherwise undo it.
        made = orderings.relabelled(made, orderings.at_random(made, seed + 1_000_000))
    position = positions(made, order, gap, seed)
    model = NETWORKS[network](made.shape[0], depth, width, seed)
    inputs = node_pairs(position)
    rows = torch.from_numpy(training_rows(made, oversample, seed))
    targets = torch.from_numpy(made.adjacency.toarray().ravel().astype("float32"))
    settings = Settings(epochs=epochs, learning_rate=learning_rate, chunk=chunk)
    train(model, inputs[rows], targets[rows], settings, loss=CROSS_ENTROPY, schedule=schedules.CONSTANT)
    judged = evaluate(model, made, inputs=inputs, loss=CROSS_ENTROPY)
    rounded = evaluate(half_precision(model), made, inputs=inputs, loss=CROSS_ENTROPY)
    rate, extra = rates.total_bits(rounded.scores, made, size_bytes(model)), order_bits(position, order, gap)
    metrics = {
        **reading(judged.scores, made, band=graph in GENERATORS and not shuffled),
        "loss": judged.loss,
        "parameters_count": parameter_count(model),
        "model_bytes": size_bytes(model),
        "total_bits": rate.total + extra,
        "residual_bits": rate.residual,
        "order_bits": extra,
        "bitmap_bits": rates.bitmap_bits(made),
        "density_entropy_bits": rates.density_entropy_bits(made),
        "actual_density": made.density,
        "edges": made.number_of_edges,
    }
    return Trial(told, metrics, made, judged.scores, time.perf_counter() - start)


def reading(scores: np.ndarray, graph: Graph, band: bool = True) -> dict[str, float | int | None]:
    """What is read from scores when they are cut at 0.5, over all entries of the matrix.

    Parameters
    ----------
    scores : float[n, n]
    graph : Graph
    band : bool
        Look for the ring lattice of the graph's `meta`, if that has one.

    Returns
    -------
    dict
        The first seven metrics of `trial`.
    """
    truth, read = graph.adjacency.toarray(), np.asarray(scores) > 0.5

    def percent(part: np.ndarray) -> float | None:
        return 100 * float(part.mean()) if part.size else None

    found = {
        "accuracy_percent": percent(read == truth),
        "wrong_bits": int((read != truth).sum()),
        "predicted_edges_percent": percent(read),
        "majority_percent": 100 * max(float(truth.mean()), 1 - float(truth.mean())),
        **dict.fromkeys(("band_percent", "edges_in_band_percent", "edges_off_band_percent")),
    }
    if band and "k" in graph.meta:
        ring = generators.lattice(graph)
        found["band_percent"] = percent(ring == truth)
        found["edges_in_band_percent"] = percent(read[truth & ring])
        found["edges_off_band_percent"] = percent(read[truth & ~ring])
    return found


def positions(graph: Graph, order: str, gap: int = 1, seed: int = 0) -> np.ndarray:
    """The numbers that an order gives to a graph's nodes; int[n]."""
    options = {"random": {"seed": seed}, "components": {"gap": gap}, "degree": {"gap": gap}}
    return orderings.ORDERINGS[order](graph, **options.get(order, {}))


def node_pairs(position: np.ndarray) -> torch.Tensor:
    """The numbers of every ordered pair of nodes, row by row of the matrix; float32[n^2, 2].

    Examples
    --------
    >>> node_pairs(np.array([5, 0])).tolist()
    [[5.0, 5.0], [5.0, 0.0], [0.0, 5.0], [0.0, 0.0]]
    """
    numbers = torch.from_numpy(np.asarray(position, dtype=np.float32))
    return torch.cartesian_prod(numbers, numbers).reshape(-1, 2)


def training_rows(graph: Graph, oversample: bool, seed: int) -> np.ndarray:
    """Entries of the matrix in the order of training, shuffled; with repetitions if oversampled.

    Parameters
    ----------
    graph : Graph
    oversample : bool
        Repeat entries of the rarer kind, all of them equally often but for the last round, until edges and
        entries without one are as many.
    seed : int
        Of NumPy's generator.

    Returns
    -------
    int64[m]
        Positions in the flattened matrix.

    Examples
    --------
    >>> rows = training_rows(graphs.erdos_renyi(10, 0.1), True, seed=0)
    >>> np.isin(rows, np.flatnonzero(graphs.erdos_renyi(10, 0.1).adjacency.toarray())).mean()
    np.float64(0.5)
    """
    truth = graph.adjacency.toarray().ravel()
    random = np.random.default_rng(seed)
    rare, common = sorted((np.flatnonzero(truth), np.flatnonzero(~truth)), key=len)
    if oversample and len(rare):
        rare = np.resize(random.permutation(rare), len(common))
    return random.permutation(np.concatenate([rare, common]))


def order_bits(position: np.ndarray, order: str, gap: int = 1) -> float:
    """What a decoder has to be told of an order to give the nodes their own numbers back.

    Nothing where each node kept its number; a seed for a random order; else which of the n! orders it is,
    and where there are gaps of more than 1, a bit after each node but the last that says whether one follows.

    Examples
    --------
    >>> order_bits(np.array([0, 1, 2]), "components"), round(order_bits(np.array([2, 0, 1]), "degree"), 3)
    (0.0, 2.585)
    """
    if np.array_equal(position, np.arange(len(position))):
        return 0.0
    if order == "random":
        return float(SEED_BITS)
    gaps = len(position) - 1 if gap > 1 and order in ("components", "degree") else 0
    return math.lgamma(len(position) + 1) / math.log(2) + gaps
