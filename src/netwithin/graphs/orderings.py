"""Other numbers for a graph's nodes: at random, by traversal, component, degree, bandwidth or spectrum.

Each function returns where every node goes, `position[node]`. Positions are whole numbers, each different;
those with gaps leave numbers out, so that groups of nodes stand apart (Tang and Li, Section 5.5). Directions
do not count. `relabelled` gives the graph in a new order.

Examples
--------
>>> import networkx as nx
>>> star = nx.star_graph(3)  # node 0 is joined to 1, 2 and 3
>>> by_degree(star, gap=10)
array([12,  0,  1,  2])
>>> relabelled(star, by_degree(star)).edges()
(array([0, 1, 2]), array([3, 3, 3]))
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import (
    breadth_first_order,
    connected_components,
    depth_first_order,
    laplacian,
    reverse_cuthill_mckee,
)

from netwithin.graphs.convert import as_graph
from netwithin.graphs.graph import Graph, GraphError


def as_given(graph) -> np.ndarray:
    """The numbers that the nodes have: 0 to n - 1.

    Returns
    -------
    int64[n]
    """
    return np.arange(_symmetric(graph).shape[0])


def at_random(graph, seed: int = 0) -> np.ndarray:
    """A random permutation.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    seed : int
        Of NumPy's generator.

    Returns
    -------
    int64[n]
    """
    return np.random.default_rng(seed).permutation(_symmetric(graph).shape[0])


def breadth_first(graph) -> np.ndarray:
    """The order in which a breadth-first search meets the nodes, component after component.

    Every search starts at its component's lowest number.

    Returns
    -------
    int64[n]

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.empty_graph(4)
    >>> graph.add_edges_from([(0, 2), (0, 3), (2, 1)])
    >>> breadth_first(graph)
    array([0, 3, 1, 2])
    """
    return _traversal(graph, breadth_first_order)


def depth_first(graph) -> np.ndarray:
    """The order in which a depth-first search meets the nodes, component after component.

    Returns
    -------
    int64[n]

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.empty_graph(4)
    >>> graph.add_edges_from([(0, 2), (0, 3), (2, 1)])
    >>> depth_first(graph)
    array([0, 2, 1, 3])
    """
    return _traversal(graph, depth_first_order)


def by_component(graph, gap: int = 1) -> np.ndarray:
    """Component after component, each in the order given, with gaps between them.

    The paper says strongly connected components; in an undirected graph those are the connected ones.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    gap : int
        From a component's last number to the next one's first, the paper's L; 1 leaves none out.

    Returns
    -------
    int64[n]

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.empty_graph(3)
    >>> graph.add_edges_from([(0, 2)])
    >>> by_component(graph, gap=10)
    array([ 0, 11,  1])
    """
    return _grouped(connected_components(_symmetric(graph), directed=False)[1], gap)


def by_degree(graph, gap: int = 1) -> np.ndarray:
    """By degree, the smallest first, in the order given where degrees are equal, with gaps between degrees.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    gap : int
        From a degree's last number to the next one's first, the paper's L; 1 leaves none out.

    Returns
    -------
    int64[n]

    Examples
    --------
    >>> import networkx as nx
    >>> by_degree(nx.path_graph(4), gap=10)
    array([ 0, 11, 12,  1])
    """
    return _grouped(np.diff(_symmetric(graph).indptr), gap)


def cuthill_mckee(graph) -> np.ndarray:
    """Reverse Cuthill-McKee: a breadth-first order that keeps neighbours' numbers close.

    Returns
    -------
    int64[n]

    References
    ----------
    Cuthill and McKee (1969), Reducing the bandwidth of sparse symmetric matrices.
    """
    matrix = _symmetric(graph)
    if not matrix.shape[0]:
        return np.empty(0, np.int64)
    order = reverse_cuthill_mckee(csr_matrix(matrix, dtype=np.int8), symmetric_mode=True)
    return _positions(order.astype(np.int64))


def spectral(graph) -> np.ndarray:
    """By the Fiedler vector, the Laplacian's eigenvector of the second smallest eigenvalue.

    It is the line on which neighbours lie closest by the sum of squares (what a permutation would have to
    minimise, with the whole numbers relaxed). Of a vector's two signs the one is taken whose largest entry
    is positive. Components follow one another.

    Returns
    -------
    int64[n]

    References
    ----------
    Juvan and Mohar (1992), Optimal linear labelings and eigenvalues of graphs.

    Examples
    --------
    >>> import networkx as nx
    >>> path = nx.empty_graph(4)
    >>> path.add_edges_from([(0, 2), (2, 1), (1, 3)])
    >>> place = spectral(path)
    >>> place if place[0] == 0 else 3 - place
    array([0, 2, 1, 3])
    """
    matrix = _symmetric(graph)
    component = connected_components(matrix, directed=False)[1]
    value = np.zeros(matrix.shape[0])
    for number in range(component.max(initial=-1) + 1):
        nodes = np.flatnonzero(component == number)
        if len(nodes) > 2:
            vector = np.linalg.eigh(laplacian(matrix[nodes][:, nodes].astype(float)).toarray())[1][:, 1]
            # Rounded, so that nodes with equal entries keep their order whatever the last digit says.
            value[nodes] = np.round(vector * np.sign(vector[np.abs(vector).argmax()]), 9)
    return _positions(np.lexsort((np.arange(len(value)), value, component)))


#: The orders of Section 5.5 without gaps, and two beside them, by name.
ORDERINGS: dict[str, Callable] = {
    "as given": as_given,
    "random": at_random,
    "breadth first": breadth_first,
    "depth first": depth_first,
    "components": by_component,
    "degree": by_degree,
    "Cuthill-McKee": cuthill_mckee,
    "spectral": spectral,
}


def relabelled(graph, position: np.ndarray) -> Graph:
    """The graph with its nodes in the order of their positions; gaps close.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Not bipartite.
    position : int[n]
        Where every node goes, each somewhere else.

    Returns
    -------
    Graph
        Its node k is the one with the k-th smallest position. Without names.

    Raises
    ------
    GraphError
        If there is not one position for every node, or two are equal.

    Examples
    --------
    >>> import networkx as nx
    >>> relabelled(nx.path_graph(3), [0, 12, 5]).edges()
    (array([0, 1]), array([2, 2]))
    """
    graph, position = as_graph(graph), np.asarray(position)
    if position.shape != (graph.shape[0],) or len(np.unique(position)) != len(position):
        raise GraphError(f"{graph.shape[0]} nodes need as many different positions")
    order = np.argsort(position)
    return Graph(graph.adjacency[order][:, order], graph.kind, meta=graph.meta)


def _symmetric(graph) -> csr_array:
    """Who is joined to whom, in either direction; bool[n, n]."""
    graph = as_graph(graph)
    if graph.kind == "bipartite":
        raise GraphError("a bipartite graph has two numberings; give one with a square matrix")
    matrix = graph.adjacency
    return matrix if graph.kind == "undirected" else csr_array(matrix + matrix.T)


def _positions(order: np.ndarray) -> np.ndarray:
    """The inverse of an order: where each node stands."""
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    return position


def _grouped(group: np.ndarray, gap: int) -> np.ndarray:
    """Positions by group, then as given, `gap` from a group's last to the next one's first."""
    if gap < 1:
        raise GraphError(f"two groups cannot be {gap} apart; a gap of 1 leaves no number out")
    ranks = np.unique(group, return_inverse=True)[1]
    return _positions(np.argsort(group, kind="stable")) + (gap - 1) * ranks


def _traversal(graph, search: Callable) -> np.ndarray:
    matrix = _symmetric(graph)
    seen = np.zeros(matrix.shape[0], bool)
    order = []
    for start in range(len(seen)):
        if not seen[start]:
            found = search(matrix, start, directed=False, return_predecessors=False)
            seen[found] = True
            order.append(found)
    return _positions(np.concatenate(order)) if order else np.empty(0, np.int64)
