"""Whether two graphs are the same but for the order of their nodes, as far as colours tell."""

import numpy as np

from netwithin.graphs.graph import Graph

_FACTORS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)


def same_but_for_order(one: Graph, other: Graph) -> bool | None:
    """Compare two graphs without their labels.

    Nodes are coloured by their neighbours' colours, again and again (Weisfeiler and Leman). Graphs whose
    colours differ are not isomorphic; if each node has a colour of its own, the colours say which node of the
    one must be which of the other.

    Parameters
    ----------
    one, other : Graph

    Returns
    -------
    bool or None
        None if the graphs look alike, but have nodes that colours do not tell apart.

    Examples
    --------
    >>> import networkx as nx
    >>> from netwithin.graphs import as_graph
    >>> tree = nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6)])
    >>> shuffled = nx.relabel_nodes(tree, {0: 3, 3: 0, 1: 6, 6: 1})
    >>> same_but_for_order(as_graph(tree), as_graph(shuffled))
    True
    >>> same_but_for_order(as_graph(nx.cycle_graph(6)), as_graph(nx.cycle_graph(6))) is None
    True
    >>> same_but_for_order(as_graph(nx.cycle_graph(6)), as_graph(nx.path_graph(6)))
    False
    """
    if (one.kind, one.shape, one.number_of_edges) != (other.kind, other.shape, other.number_of_edges):
        return False
    colours, others = colour(one), colour(other)
    orders = [[np.argsort(side) for side in own] for own in (colours, others)]
    for side in (0, 1):
        if not np.array_equal(colours[side][orders[0][side]], others[side][orders[1][side]]):
            return False
    if any(len(np.unique(side)) < len(side) for side in colours):
        return None
    first, second = (
        graph.adjacency[rows][:, columns] for graph, (rows, columns) in zip((one, other), orders, strict=True)
    )
    return (first != second).nnz == 0


def colour(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the rows and of the columns that do not depend on the nodes' order; uint64."""
    matrix = graph.adjacency
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(matrix.indptr))
    columns = matrix.indices
    diagonal = matrix.diagonal() if graph.kind != "bipartite" else np.zeros(0, bool)
    ours, theirs = (np.ones(size, np.uint64) for size in graph.shape)
    if graph.kind != "bipartite":
        ours = ours + diagonal.astype(np.uint64)
        theirs = ours
    different = -1
    while True:
        sums = np.zeros_like(ours), np.zeros_like(theirs)
        np.add.at(sums[0], rows, _mixed(theirs, 0)[columns])
        np.add.at(sums[1], columns, _mixed(ours, 1)[rows])
        if graph.kind == "bipartite":
            ours, theirs = _mixed(_mixed(ours, 2) + sums[0], 2), _mixed(_mixed(theirs, 2) + sums[1], 2)
        else:
            ours = theirs = _mixed(_mixed(ours, 2) + sums[0] + _mixed(sums[1], 0), 2)
        now = len(np.unique(ours)) + len(np.unique(theirs))
        if now == different:
            return ours, theirs
        different = now


def _mixed(values: np.ndarray, which: int) -> np.ndarray:
    """Scatter numbers over 64 bits."""
    values = (values ^ values >> np.uint64(30)) * _FACTORS[which]
    values = (values ^ values >> np.uint64(27)) * _FACTORS[which - 1]
    return values ^ values >> np.uint64(31)
