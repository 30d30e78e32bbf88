"""Graphs from other libraries, and back: networkx, SciPy, NumPy."""

import math
import numbers

import numpy as np
import scipy.sparse

from netwithin.graphs.graph import KINDS, Graph, GraphError, boolean_matrix, weighted

KIND_ATTRIBUTE = "netwithin_kind"


def as_graph(obj, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Make a `Graph` of what another library calls one.

    Parameters
    ----------
    obj : Graph, networkx.Graph, networkx.DiGraph, sparse matrix or two-dimensional array
        Of networkx, nodes and edges count, and an edge's `weight`; other attributes are not part of the
        graph. Node names must be all integers or all strings; they become the labels.
    ignore_weights : bool
        Count every value but 0 as an edge, instead of refusing values other than 0 and 1. A value of 0 is no
        edge, here as in a matrix.
    kind : {"undirected", "directed", "bipartite"}, optional
        What to make of it. By default a networkx graph is directed or undirected as it says itself, a square
        matrix is undirected if symmetric and otherwise directed, any other matrix is bipartite. A networkx
        graph becomes bipartite if `kind` says so, or if `Graph.to_networkx` made it from such a graph; each
        node then needs networkx's attribute `bipartite`, 0 for a row and 1 for a column.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If `obj` is no graph, a multigraph, or one that `kind` or the rules above do not admit.

    Examples
    --------
    >>> import networkx as nx
    >>> as_graph(nx.path_graph(["a", "b", "c"]))
    <Graph: undirected, 3 nodes, 2 edges>
    >>> as_graph(np.ones((2, 3)))
    <Graph: bipartite, 2 + 3 nodes, 6 edges>
    """
    if kind is not None and kind not in KINDS:
        raise GraphError(f"kind is {kind!r}; it must be one of {', '.join(KINDS)}")
    if isinstance(obj, Graph):
        return obj if kind in (None, obj.kind) else _change_kind(obj, kind)
    if hasattr(obj, "is_multigraph"):
        return _from_networkx(obj, ignore_weights, kind)
    if scipy.sparse.issparse(obj) or isinstance(obj, np.ndarray):
        matrix = boolean_matrix(obj, ignore_weights)
        return Graph(matrix, kind or _kind_of(matrix))
    raise GraphError(
        f"{type(obj).__name__} is no graph; give a networkx graph, a SciPy sparse matrix or an array"
    )


def to_networkx(graph: Graph):
    """See `Graph.to_networkx`."""
    import networkx as nx

    result = nx.DiGraph() if graph.kind == "directed" else nx.Graph()
    rows, columns = graph.edges()
    first = range(graph.shape[0]) if graph.labels is None else graph.labels.tolist()
    if graph.kind == "bipartite":
        numbered = range(graph.shape[0], sum(graph.shape))
        second = numbered if graph.column_labels is None else graph.column_labels.tolist()
        result.graph[KIND_ATTRIBUTE] = "bipartite"
        result.add_nodes_from(first, bipartite=0)
        result.add_nodes_from(second, bipartite=1)
    else:
        second = first
        result.add_nodes_from(first)
    result.add_edges_from((first[i], second[j]) for i, j in zip(rows.tolist(), columns.tolist(), strict=True))
    return result


def _kind_of(matrix: scipy.sparse.csr_array) -> str:
    if matrix.shape[0] != matrix.shape[1]:
        return "bipartite"
    return "directed" if (matrix != matrix.T).nnz else "undirected"


def _change_kind(graph: Graph, kind: str) -> Graph:
    """The same matrix read as another kind; labels move along where they still name every node."""
    if "bipartite" in (kind, graph.kind) and (graph.labels is not None or graph.column_labels is not None):
        raise GraphError(f"a labelled {graph.kind} graph has no {kind} form; build one from its adjacency")
    return Graph(graph.adjacency, kind, graph.labels, meta=graph.meta)


def _from_networkx(obj, ignore_weights: bool, kind: str | None) -> Graph:
    if obj.is_multigraph():
        raise GraphError(
            "a multigraph has parallel edges; merge them with networkx.Graph(G) or networkx.DiGraph(G)"
        )
    nodes = list(obj.nodes)
    for node in nodes:
        if not isinstance(node, numbers.Integral | str) or isinstance(node, bool):
            raise GraphError(
                f"the node {node!r} is no integer and no string; rename the nodes (networkx.relabel_nodes)"
            )
    position = {node: k for k, node in enumerate(nodes)}
    pairs = np.array(
        [
            (position[u], position[v])
            for u, v, value in obj.edges(data="weight", default=1)
            if _is_edge(value, ignore_weights)
        ],
        np.int64,
    ).reshape(-1, 2)
    if kind == "bipartite" or (kind is None and obj.graph.get(KIND_ATTRIBUTE) == "bipartite"):
        return _bipartite(obj, nodes, pairs)
    own_kind = "directed" if obj.is_directed() else "undirected"
    graph = Graph.from_edges(pairs[:, 0], pairs[:, 1], (len(nodes), len(nodes)), own_kind, nodes)
    return as_graph(graph, kind=kind)


def _is_edge(value, ignore_weights: bool) -> bool:
    """Whether an edge's weight says that there is one."""
    if value is None:
        return True
    if not isinstance(value, numbers.Real | np.bool_) or not math.isfinite(value):
        raise GraphError(f"the weight {value!r} is no finite number; remove it first")
    if value not in (0, 1) and not ignore_weights:
        raise weighted(value)
    return value != 0


def _bipartite(obj, nodes: list, pairs: np.ndarray) -> Graph:
    """Rows are the nodes of side 0, columns those of side 1, each in the graph's order."""
    if obj.is_directed():
        raise GraphError("a directed networkx graph is not read as bipartite; use G.to_undirected() first")
    try:
        # int() because some file formats hand the attribute back as text.
        sides = [int(obj.nodes[node]["bipartite"]) for node in nodes]
    except (KeyError, TypeError, ValueError):
        sides = [-1]
    if not set(sides) <= {0, 1}:
        raise GraphError(
            "a bipartite graph needs the attribute bipartite, 0 or 1, on every node; set it first"
        )
    sides = np.array(sides, np.int64)
    if (sides[pairs[:, 0]] == sides[pairs[:, 1]]).any():
        raise GraphError(
            "an edge joins two nodes of one side, so the graph is not bipartite; use another kind"
        )
    rank = np.where(sides == 1, np.cumsum(sides == 1), np.cumsum(sides == 0)) - 1
    flipped = sides[pairs[:, 0]] == 1
    rows = rank[np.where(flipped, pairs[:, 1], pairs[:, 0])]
    columns = rank[np.where(flipped, pairs[:, 0], pairs[:, 1])]
    labels = [node for node, side in zip(nodes, sides, strict=True) if side == 0]
    column_labels = [node for node, side in zip(nodes, sides, strict=True) if side == 1]
    shape = (len(labels), len(column_labels))
    return Graph.from_edges(rows, columns, shape, "bipartite", labels, column_labels)
