"""Watching the adaptive experts at work: what each pair costs, and what their network has learnt by then.

Nothing here takes part in making or reading a file. The arithmetic coder's own state says how many bits it
has spent, so that costs are exact, and nothing has to be predicted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwithin.codec.causal import BASE_INPUTS, BASE_SIZES, DISTANCE_INPUTS, DISTANCE_SIZES, WEIGHT_BITS
from netwithin.codec.container import header_of
from netwithin.codec.experts import EXPERTS, neighbours, picture
from netwithin.codec.rangecoder import POSITION, RANGE, TOP_BITS, start_encoding
from netwithin.codec.rows import Rows
from netwithin.graphs import as_graph

RATE = 2  # the learning rate that is tried first
GROUPS = ("base", "distance", "picture", "neighbours")


@dataclass(frozen=True)
class Watched:
    """One pass over a graph.

    Attributes
    ----------
    order : int64[rows]
        The rows, as they came.
    row_bits, row_pairs : float64[rows], int64[rows]
        What the pairs of each took, and how many they were, in that order.
    pair_bits : float64[rows, columns]
        What each pair took, at the matrix entry at which it was coded; NaN elsewhere. Empty, if it was not
        asked for.
    weights : float32[rows, inputs]
        After each row, the weights of the first neuron, which has one set of them for all pairs.
    groups : list of str
        Whose input each weight is for: "base", "distance", "picture" or "neighbours".
    """

    order: np.ndarray
    row_bits: np.ndarray
    row_pairs: np.ndarray
    pair_bits: np.ndarray
    weights: np.ndarray
    groups: list[str]

    @property
    def bits(self) -> float:
        """The whole code's length; a file adds its header and rounds up to bytes."""
        return float(self.row_bits.sum())


class _Spending(Rows):
    """Rows whose pairs are coded one at a time, if each one's cost is wanted."""

    pair_bits = np.empty((0, 0))

    @property
    def spent(self) -> float:
        """Bits so far."""
        return 8 * int(self.state[POSITION]) + TOP_BITS - np.log2(float(self.state[RANGE]))

    def _pairs(self, step, v, columns, truth):
        if not self.pair_bits.size:
            return super()._pairs(step, v, columns, truth)
        bits = np.empty(len(columns), np.uint8)
        for k, j in enumerate(columns):
            before = self.spent
            bits[k] = super()._pairs(step, v, columns[k : k + 1], truth)[0]
            self.pair_bits[v, j] = self.spent - before
        return bits


def watch(graph, names: Sequence[str] = GROUPS[1:], order: str = "given", pairs: bool = False) -> Watched:
    """Code a graph by adaptive experts, and write down what happens.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Neither without edges nor complete.
    names : sequence of str
        Of the experts: "distance", "picture", "neighbours".
    order : str
        In which the rows come, "given" or "cardinality".
    pairs : bool
        Whether each pair's cost is wanted. This takes some 0.1 ms a pair. The learning rate then falls with
        every pair and not with every row, which changes the sum a little.

    Returns
    -------
    Watched

    Raises
    ------
    ValueError
        If an expert is not one of those.

    Examples
    --------
    >>> from netwithin import codec, graphs
    >>> club = graphs.load("karate-club")
    >>> seen = watch(club, ["picture", "neighbours"])
    >>> data = codec.encode(graphs.Graph(club.adjacency, club.kind), "picture+neighbours", effort=1)
    >>> 0 <= 8 * codec.info(data)["residual_bytes"] - seen.bits < 8
    True
    """
    if unknown := sorted(set(names) - set(GROUPS[1:])):
        raise ValueError(f"{', '.join(unknown)}: only {', '.join(GROUPS[1:])} can be watched")
    graph = as_graph(graph)
    header = header_of(graph)
    experts = [kind() for kind in EXPERTS.values() if kind.name in names]
    rows = _Spending(header, experts, order, True, RATE, False, *start_encoding())
    if pairs:
        rows.pair_bits = np.full(graph.shape, np.nan)
    indptr, indices = graph.adjacency.indptr, graph.adjacency.indices
    seen, row_bits, row_pairs, weights = [], [], [], []
    for step, v in enumerate(rows.order()):
        truth = np.zeros(graph.shape[1], np.uint8)
        truth[indices[indptr[v] : indptr[v + 1]]] = 1
        before, left = rows.spent, rows._counters[1]
        rows.code(step, v, truth)
        seen.append(v)
        row_bits.append(rows.spent - before)
        row_pairs.append(int(left - rows._counters[1]))
        weights.append(rows._model.weights[0] / np.float32(1 << WEIGHT_BITS))
    table = np.array(weights, np.float32)
    return Watched(
        np.array(seen), np.array(row_bits), np.array(row_pairs), rows.pair_bits, table, _groups(names)
    )


def _groups(names: Sequence[str]) -> list[str]:
    """Whose each input of the first layer is: numbers first, then contexts, then those given by row."""
    inputs = (BASE_INPUTS, DISTANCE_INPUTS, picture.INPUTS, neighbours.INPUTS)
    contexts = (len(BASE_SIZES), len(DISTANCE_SIZES), len(picture.SIZES), len(neighbours.SIZES))
    there = [name == "base" or name in names for name in GROUPS]
    order = [
        g
        for sizes in (inputs, contexts)
        for g, n, use in zip(GROUPS, sizes, there, strict=True)
        if use
        for _ in range(n)
    ]
    return order + ["distance"] * (4 if "distance" in names else 0)
