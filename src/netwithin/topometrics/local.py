"""Local connectivity: nodes that lead nowhere, nodes that nothing reaches, and the edges wasted on them."""

import numpy as np

from netwithin.topometrics.prepared import prepare


def sink(graph, offsets=None) -> int:
    """Nodes that are reached but lead nowhere, those of the last layer not counted.

    A node without any edge is counted by `disconnected` and not here.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    int
        Table 2's *sink*. `compute` divides it by the number of nodes. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> fork = scipy.sparse.csr_array([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> sink(fork, [0, 1, 3, 4])
    1
    """
    return int(np.count_nonzero(prepare(graph, offsets).sinks))


def source(graph, offsets=None) -> int:
    """Nodes that lead onwards though nothing reaches them, those of the first layer not counted.

    A node without any edge is counted by `disconnected` and not here.

    Parameters
    ----------
    graph, offsets
        As for `sink`.

    Returns
    -------
    int
        Table 2's *source*. `compute` divides it by the number of nodes. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> source(scipy.sparse.csr_array([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]), [0, 1, 3, 4])
    2
    """
    return int(np.count_nonzero(prepare(graph, offsets).sources))


def disconnected(graph, offsets=None) -> int:
    """Nodes without any edge, in every layer.

    Parameters
    ----------
    graph, offsets
        As for `sink`.

    Returns
    -------
    int
        Table 2's *disc*. `compute` divides it by the number of nodes. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> disconnected(scipy.sparse.csr_array([[0, 0, 1], [0, 0, 0], [0, 0, 0]]), [0, 2, 3])
    1
    """
    return int(np.count_nonzero(prepare(graph, offsets).degree == 0))


def r_out(graph, offsets=None) -> int:
    """Removable outgoing connections: the edges that leave the nodes of `source`.

    What they carry does not depend on the input.

    Parameters
    ----------
    graph, offsets
        As for `sink`.

    Returns
    -------
    int
        Table 2's *r-out*, Section 3.3. `compute` divides it by the number of edges. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> r_out(scipy.sparse.csr_array([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]), [0, 1, 3, 4])
    2
    """
    graph = prepare(graph, offsets)
    return int(graph.out_degree[graph.sources].sum())


def r_in(graph, offsets=None) -> int:
    """Removable incoming connections: the edges that enter the nodes of `sink`.

    What they carry never reaches the output.

    Parameters
    ----------
    graph, offsets
        As for `sink`.

    Returns
    -------
    int
        Table 2's *r-in*, Section 3.3. `compute` divides it by the number of edges. Cost: O(E).

    Examples
    --------
    >>> import scipy.sparse
    >>> fork = scipy.sparse.csr_array([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> r_in(fork, [0, 1, 3, 4])
    1
    """
    graph = prepare(graph, offsets)
    return int(graph.in_degree[graph.sinks].sum())


def released_local(graph, offsets=None) -> dict[str, int]:
    """The five as the authors' code counts them.

    It takes the whole first and last layer off the number of sources and sinks instead of leaving those
    layers out, so that the numbers can be negative; and it adds up the edges *into* sinks as r-out and
    those *out of* sources as r-in, without the node on either side's border.

    Parameters
    ----------
    graph, offsets
        As for `sink`.

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> import scipy.sparse
    >>> released_local(scipy.sparse.csr_array((3, 3)), [0, 1, 3])
    {'sink': -2, 'source': -1, 'disconnected': 3, 'r_out': 0, 'r_in': 0}
    """
    graph = prepare(graph, offsets)
    node, layers = np.arange(graph.nodes), np.diff(graph.offsets)
    sinks = (graph.out_degree == 0) & (graph.in_degree > 0)
    sources = (graph.in_degree == 0) & (graph.out_degree > 0)
    return {
        "sink": int(np.count_nonzero(sinks) - layers[-1]),
        "source": int(np.count_nonzero(sources) - layers[0]),
        "disconnected": disconnected(graph),
        "r_out": int(graph.in_degree[sinks & (node < graph.nodes - 1 - layers[-1])].sum()),
        "r_in": int(graph.out_degree[sources & (node > layers[0])].sum()),
    }
