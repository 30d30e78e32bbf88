"""Neighbour connectivity: how far a node's signal spreads in one and in two steps."""

import numba
import numpy as np

from netwithin.topometrics.prepared import prepare


def n1(graph, offsets=None) -> float:
    """Mean number of nodes that are one step along the edges away: the mean out-degree.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    float
        Table 2's N1, E / N, so it knows nothing but two sizes; the released tables count the node itself
        too. `compute` divides it by the number of edges. Cost: O(1) here, as the edges are counted.

    Examples
    --------
    >>> import scipy.sparse
    >>> n1(scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), [0, 1, 2, 3])
    0.6666666666666666
    """
    graph = prepare(graph, offsets)
    return graph.edges / max(graph.nodes, 1)


def n2(graph, offsets=None) -> float:
    """Mean number of nodes that are one or two steps along the edges away.

    Parameters
    ----------
    graph, offsets
        As for `n1`.

    Returns
    -------
    float
        Table 2's N2; the released tables count the node itself too. `compute` divides it by the number of
        edges. Cost: one step for each path of two edges, O(sum of in-degree times out-degree); N bytes of
        memory times four.

    Examples
    --------
    >>> import scipy.sparse
    >>> n2(scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), [0, 1, 2, 3])
    1.0
    """
    graph = prepare(graph, offsets)
    return _two_hops(graph.adjacency.indptr, graph.adjacency.indices) / max(graph.nodes, 1)


@numba.njit(cache=True)
def _two_hops(indptr, indices):
    """Sum over all nodes of the number of other nodes within two steps."""
    nodes = len(indptr) - 1
    last_seen_from = np.full(nodes, -1, np.int32)
    found = 0
    for v in range(nodes):
        for first in range(indptr[v], indptr[v + 1]):
            u = indices[first]
            if last_seen_from[u] != v:
                last_seen_from[u] = v
                found += 1
            for second in range(indptr[u], indptr[u + 1]):
                w = indices[second]
                if last_seen_from[w] != v:
                    last_seen_from[w] = v
                    found += 1
    return found
