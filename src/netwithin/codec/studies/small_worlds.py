"""Small-world graphs, whose generator is known, beside what their files take.

Who knows the generator of a Newman-Watts-Strogatz graph has the ring lattice for nothing and pays H(q) bits
for each pair off it, with q the density of the shortcuts: `generators.lattice_entropy_bits`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from netwithin import records
from netwithin.codec.decoder import decode
from netwithin.codec.encoder import encode
from netwithin.codec.studies.recorded import files
from netwithin.graphs import Graph, generators
from netwithin.rates import density_entropy_bits

#: The experts of the files that `beside_bound` makes.
PANELS = {"distance": "density+distance", "adaptive": "distance+picture+neighbours"}


def redrawn(graph: Graph, seed: int = 0) -> Graph:
    """The same lattice with as many shortcuts, which are drawn evenly.

    networkx draws them from the end of each ring edge that its list names first, so that at the ring's seam
    some nodes get more of them than others.

    Parameters
    ----------
    graph : Graph
        From `graphs.newman_watts_strogatz`.
    seed : int
        Of NumPy's generator.

    Returns
    -------
    Graph
        With the same `meta`.

    Raises
    ------
    GraphError
        If `meta` has no K.

    Examples
    --------
    >>> from netwithin import graphs
    >>> redrawn(graphs.newman_watts_strogatz(20, 0.25, seed=1))
    <Graph: undirected, 20 nodes, 54 edges>
    """
    i, j, off, edges = _pairs(graph)
    edges[off] = np.random.default_rng(seed).permutation(edges[off])
    return Graph.from_edges(i[edges], j[edges], graph.shape, "undirected", meta=graph.meta)


def shortcuts(graph: Graph) -> np.ndarray:
    """How many shortcuts each node has.

    Parameters
    ----------
    graph : Graph
        From a small-world generator.

    Returns
    -------
    int64[n]
    """
    i, j, off, edges = _pairs(graph)
    return np.bincount(np.append(i[off & edges], j[off & edges]), minlength=graph.shape[0])


def ideal_row_bits(graph: Graph) -> np.ndarray:
    """What each row's pairs with later nodes cost someone who knows the lattice and the density off it.

    Parameters
    ----------
    graph : Graph
        Of a small-world generator that keeps the whole lattice, or `redrawn`.

    Returns
    -------
    float64[n]
        Their sum is `generators.lattice_entropy_bits`.

    Raises
    ------
    GraphError
        If `meta` has no K.
    """
    i, _, off, edges = _pairs(graph)
    q = edges[off].mean()
    bits = np.where(off, -np.log2(np.where(edges, q, 1 - q)), 0.0)
    return np.bincount(i, bits, minlength=graph.shape[0])


def _pairs(graph: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All pairs i < j: their two nodes, whether they lie off the lattice, and whether they are edges."""
    i, j = above = np.triu_indices(graph.shape[0], 1)
    return i, j, ~generators.lattice(graph)[above], graph.adjacency.toarray()[above]


def smallest_stored(nominal_density: float) -> pd.Series:
    """The smallest recorded files of small-world graphs with a network in them, in bytes.

    Parameters
    ----------
    nominal_density : float
        Of the graphs.

    Returns
    -------
    pandas.Series, float
        By number of nodes.

    Examples
    --------
    >>> smallest_stored(0.25).index.tolist()
    [100, 500, 1000]
    """
    encoded = records.gather(experiment="codec").query(
        "graph == 'newman-watts-strogatz' and predictor == 'siren' and graph_seed == 0"
    )
    both = pd.concat([encoded.rename(columns={"total_bytes": "bytes"}), files("widths")])
    both = both[both["nominal_density"] == nominal_density]
    return both.groupby("nodes")["bytes"].min().astype(float)


def beside_bound(nodes: Iterable[int], nominal_density: float, seed: int = 0) -> pd.DataFrame:
    """Files of small-world graphs beside the generator's bound, in bytes.

    Parameters
    ----------
    nodes : iterable of int
        Sizes of the graphs, whose own seed is 0.
    nominal_density : float
        Of the graphs.
    seed : int
        Of the redrawn shortcuts.

    Returns
    -------
    pandas.DataFrame, float
        Index `nodes`. Columns "bitmap", "density's entropy", "stored network" (the smallest recorded file, or
        NaN), "distance" and "adaptive" (files by `PANELS`), "redrawn" (adaptive, of the redrawn graph) and
        "generator's bound".

    Raises
    ------
    ValueError
        If a file does not decode to its graph.
    """
    stored = smallest_stored(nominal_density)
    rows = {}
    for size in nodes:
        graph = generators.newman_watts_strogatz(size, nominal_density, seed=0)
        rows[size] = {
            "bitmap": graph.number_of_pairs / 8,
            "density's entropy": density_entropy_bits(graph) / 8,
            "stored network": stored.get(size, np.nan),
            **{name: _file_bytes(graph, panel) for name, panel in PANELS.items()},
            "redrawn": _file_bytes(redrawn(graph, seed), PANELS["adaptive"]),
            "generator's bound": generators.lattice_entropy_bits(graph) / 8,
        }
    return pd.DataFrame(rows).T.rename_axis("nodes")


def _file_bytes(graph: Graph, panel: str) -> int:
    """The size of a graph's file by some experts, its labels left out."""
    graph = Graph(graph.adjacency, graph.kind)
    data = encode(graph, panel, effort=1)
    if decode(data) != graph:
        raise ValueError(f"a file by {panel} does not decode to its graph")
    return len(data)


def learned(paid: np.ndarray, ideal: np.ndarray) -> tuple[np.ndarray, int]:
    """What learning has cost so far, row after row, and how many rows cost half of it.

    Parameters
    ----------
    paid, ideal : float[rows]
        Bits of each row, as they were and to someone who knows the generator.

    Returns
    -------
    excess : float64[rows]
        Of the bits so far.
    half : int
        The least number of rows whose excess reaches half of the last.

    Examples
    --------
    >>> excess, half = learned(np.array([9.0, 5.0, 2.0]), np.array([1.0, 1.0, 1.0]))
    >>> excess.tolist(), half
    ([8.0, 12.0, 13.0], 1)
    """
    excess = np.cumsum(paid - ideal)
    return excess, int(np.searchsorted(excess, excess[-1] / 2)) + 1
