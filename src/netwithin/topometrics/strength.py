"""Strength connectivity: the weight that nodes carry, and the cores that they belong to."""

from netwithin.topometrics.prepared import prepare


def strength(graph, offsets=None) -> float:
    """Mean over the nodes of the sum of the magnitudes of the weights of their edges, in and out.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
        Without weights each edge counts 1, and the strength is the mean degree.
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    float
        Table 2's S. `compute` divides it by the number of edges. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> strength(scipy.sparse.csr_array([[0, -3.0], [0, 0]]), [0, 1, 2])
    3.0
    """
    graph = prepare(graph, offsets)
    return float(2 * graph.weights.data.sum() / max(graph.nodes, 1))


def k_core(graph, offsets=None) -> float:
    """Mean coreness: the largest k for which a node belongs to a part where all have k neighbours.

    Parameters
    ----------
    graph, offsets
        As for `strength`; directions and weights are not used.

    Returns
    -------
    float
        Table 2's k-core. `compute` divides it by the number of edges. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> k_core(scipy.sparse.csr_array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]), range(5))
    1.75

    References
    ----------
    Batagelj & Zaversnik (2003). An O(m) algorithm for cores decomposition of networks.
    """
    graph = prepare(graph, offsets)
    return float(graph.coreness.sum() / max(graph.nodes, 1))
