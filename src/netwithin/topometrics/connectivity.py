"""Global connectivity: the pieces that a graph is in, and the edges and nodes that keep it from more."""

import numpy as np

from netwithin.topometrics.prepared import prepare


def components(graph, offsets=None) -> int:
    """Number of weakly connected components; a node without edges is one.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    int
        Table 2's C. `compute` leaves it as it is. Cost: O(N + E).

    Examples
    --------
    >>> import scipy.sparse
    >>> components(scipy.sparse.csr_array([[0, 0, 1], [0, 0, 0], [0, 0, 0]]), [0, 2, 3])
    2
    """
    graph = prepare(graph, offsets)
    return int(graph.components.max(initial=-1) + 1)


def mean_component(graph, offsets=None) -> float:
    """Mean number of nodes of a weakly connected component.

    Parameters
    ----------
    graph, offsets
        As for `components`.

    Returns
    -------
    float
        Table 2's C_avg, N / `components`. `compute` divides it by the number of nodes, which leaves
        1 / `components`. Cost: O(1) after `components`.

    Examples
    --------
    >>> import scipy.sparse
    >>> mean_component(scipy.sparse.csr_array([[0, 0, 1], [0, 0, 0], [0, 0, 0]]), [0, 2, 3])
    1.5
    """
    graph = prepare(graph, offsets)
    return graph.nodes / max(components(graph), 1)


def cut_edges(graph, offsets=None) -> int:
    """Bridges: edges without which one component would be two.

    Parameters
    ----------
    graph, offsets
        As for `components`.

    Returns
    -------
    int
        Table 2's *cut-edges*: the biconnected components of two nodes. `compute` divides it by the number
        of edges. Cost: O(N + E), shared with `cut_nodes`.

    Examples
    --------
    >>> import scipy.sparse
    >>> cut_edges(scipy.sparse.csr_array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]), range(5))
    1
    """
    return len(prepare(graph, offsets).cuts[0])


def cut_nodes(graph, offsets=None) -> int:
    """Articulation points: nodes without which one component would be several.

    Parameters
    ----------
    graph, offsets
        As for `components`.

    Returns
    -------
    int
        Table 2's *cut-nodes*: the nodes that lie in more than one biconnected component. `compute` divides
        it by the number of edges, as the released tables do. Cost: O(N + E), shared with `cut_edges`.

    Examples
    --------
    >>> import scipy.sparse
    >>> cut_nodes(scipy.sparse.csr_array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]), range(5))
    1
    """
    return int(np.count_nonzero(prepare(graph, offsets).cuts[1]))
