"""The 16 topometrics of Cunegatti et al. (2024, Table 2), and the Ramanujan metrics of single layers.

Each metric is a function of a graph's adjacency matrix and its layers' offsets and returns what the paper
defines; `compute` returns several of them, sharing work, divided as in the released tables, whose footnote 7
asks that neither the graph's size nor its density shows. No network is needed here: a matrix comes in,
numbers go out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from netwithin.topometrics import connectivity, expansion, local, motifs, neighbours, strength
from netwithin.topometrics.complexity import beside_table_2, exponents, timings, warm
from netwithin.topometrics.prepared import Prepared, prepare
from netwithin.topometrics.ramanujan import RAMANUJAN, difference_of_bound, imdb, imsg, layer_density

__all__ = [
    "METRICS",
    "NAMES",
    "RAMANUJAN",
    "Metric",
    "Prepared",
    "beside_table_2",
    "compute",
    "difference_of_bound",
    "exponents",
    "imdb",
    "imsg",
    "layer_density",
    "normalised",
    "prepare",
    "timings",
    "warm",
]


class Metric(NamedTuple):
    """One row of Table 2.

    Attributes
    ----------
    symbol : str
        As printed, in plain text.
    category : {"local", "neighbour", "strength", "global", "expansion"}
    function : callable
        Of a graph, or of a matrix and offsets.
    divisor : {"nodes", "edges", None}
        What `compute` divides it by.
    """

    symbol: str
    category: str
    function: Callable
    divisor: str | None


#: The metrics by name; `NAMES` has the paper's order.
METRICS: dict[str, Metric] = {
    "sink": Metric("sink", "local", local.sink, "nodes"),
    "source": Metric("source", "local", local.source, "nodes"),
    "disconnected": Metric("disc.", "local", local.disconnected, "nodes"),
    "r_out": Metric("r-out", "local", local.r_out, "edges"),
    "r_in": Metric("r-in", "local", local.r_in, "edges"),
    "n1": Metric("N₁", "neighbour", neighbours.n1, "edges"),
    "n2": Metric("N₂", "neighbour", neighbours.n2, "edges"),
    "motif4": Metric("motif(4)", "neighbour", motifs.motif4, "edges"),
    "strength": Metric("S", "strength", strength.strength, "edges"),
    "k_core": Metric("k-core", "strength", strength.k_core, "edges"),
    "components": Metric("C", "global", connectivity.components, None),
    "mean_component": Metric("C avg", "global", connectivity.mean_component, "nodes"),
    "cut_edges": Metric("cut-edges", "global", connectivity.cut_edges, "edges"),
    "cut_nodes": Metric("cut-nodes", "global", connectivity.cut_nodes, "edges"),
    "spectral_gap": Metric("γ(A)", "expansion", expansion.spectral_gap, None),
    "spectral_radius": Metric("ρ(L)", "expansion", expansion.spectral_radius, None),
}
#: The 16 names, in the paper's order.
NAMES: tuple[str, ...] = tuple(METRICS)


def compute(
    graph,
    offsets: Sequence[int] | None = None,
    *,
    compat: str | None = None,
    names: Iterable[str] | None = None,
    normalise: bool = True,
    seed: int = 0,
) -> dict[str, float]:
    """Compute topometrics, all 16 or some, sharing what they have in common.

    Parameters
    ----------
    graph : LayeredGraph, Prepared or scipy.sparse array, shape (nodes, nodes)
        Directed from earlier to later layers. Floating-point values are weights, of which the magnitudes
        count; every stored entry is an edge.
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.
    compat : {None, "released"}
        By default the paper's definitions, and motifs counted exactly. "released" follows the authors' code:
        sinks, sources and their edges as `local.released_local` says, neighbourhoods that count the node
        itself, motifs estimated, the spectral gap by magnitudes.
    names : iterable of str, optional
        Some of `NAMES`; all by default.
    normalise : bool
        Whether to divide by the numbers of nodes or edges, as each metric's `divisor` says.
    seed : int
        Of the nodes that the estimate of motifs draws.

    Returns
    -------
    dict of str to float
        In the order of `names`.

    Raises
    ------
    ValueError
        If a name or `compat` is unknown, or the graph is none whose edges lead onwards.

    Examples
    --------
    >>> import scipy.sparse
    >>> fork = scipy.sparse.csr_array([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> compute(fork, [0, 1, 3, 4], names=["sink", "r_in", "motif4"], normalise=False)
    {'sink': 1.0, 'r_in': 1.0, 'motif4': 1.0}
    """
    names = NAMES if names is None else tuple(names)
    if unknown := [name for name in names if name not in METRICS]:
        raise ValueError(f"no topometric is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if compat not in (None, "released"):
        raise ValueError(f"compat is {compat!r}; it must be None or 'released'")
    graph = prepare(graph, offsets)
    measure = _released(graph, seed) if compat else {name: METRICS[name].function for name in NAMES}
    values = {name: float(measure[name](graph)) for name in names}
    return normalised(values, graph.nodes, graph.edges) if normalise else values


def normalised(values: Mapping[str, float], nodes: int, edges: int) -> dict[str, float]:
    """Divide metrics by the graph's nodes or edges, as each one's `divisor` says.

    Parameters
    ----------
    values : mapping of str to float
        What `compute` returned with `normalise=False`.
    nodes, edges : int
        Of the graph.

    Returns
    -------
    dict of str to float

    Examples
    --------
    >>> normalised({"sink": 3.0, "components": 2.0}, nodes=6, edges=9)
    {'sink': 0.5, 'components': 2.0}
    """
    sizes = {"nodes": max(nodes, 1), "edges": max(edges, 1), None: 1}
    return {name: value / sizes[METRICS[name].divisor] for name, value in values.items()}


def _released(graph: Prepared, seed: int) -> dict:
    """Each metric's function as the authors' code has it."""
    counted = local.released_local(graph)
    return {
        **{name: metric.function for name, metric in METRICS.items()},
        **{name: lambda _, value=value: value for name, value in counted.items()},
        "n1": lambda graph: 1 + neighbours.n1(graph),
        "n2": lambda graph: 1 + neighbours.n2(graph),
        "motif4": lambda graph: motifs.motif4_estimate(graph, seed=seed),
        "spectral_gap": expansion.released_spectral_gap,
    }
