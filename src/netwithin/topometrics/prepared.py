"""A layered graph with what several metrics need of it, each computed once and when it is asked for."""

import functools
from collections.abc import Sequence

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph


class Prepared:
    """A graph whose nodes lie in layers, ready to be measured.

    Every metric of this room takes a graph and its layers' offsets and prepares them itself; who wants
    several metrics prepares once and hands the result to each.

    Parameters
    ----------
    adjacency : scipy.sparse array, shape (nodes, nodes)
        Row to column along each edge. Every stored entry is an edge, whatever its value; a floating-point
        value is the edge's weight (its sign is not used), any other counts as 1.
    offsets : int[layers + 1]
        The first node of each layer, and the number of nodes.

    Raises
    ------
    ValueError
        If the matrix is not square, an edge does not lead from a node to a later one, the offsets do not
        part the nodes, or a weight is not finite.

    Examples
    --------
    >>> path = Prepared(scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), [0, 1, 2, 3])
    >>> path.nodes, path.edges, path.degree.tolist()
    (3, 2, [1, 2, 1])
    """

    def __init__(self, adjacency, offsets: Sequence[int]):
        matrix = scipy.sparse.csr_array(adjacency)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"an adjacency matrix is square, not {' x '.join(map(str, matrix.shape))}")
        if not matrix.has_canonical_format:
            matrix = matrix.copy()
            matrix.sum_duplicates()
        self.adjacency = matrix
        self.offsets = np.asarray(offsets, dtype=np.int64)
        inside = len(self.offsets) >= 2 and self.offsets[0] == 0 and self.offsets[-1] == self.nodes
        if self.offsets.ndim != 1 or not inside or (np.diff(self.offsets) < 0).any():
            raise ValueError(f"offsets begin with 0, never fall and end with the {self.nodes} nodes")
        if (matrix.indices <= self.rows).any():
            raise ValueError("an edge must lead from a node to one with a higher number: layers are in order")
        if not np.isfinite(matrix.data).all():
            raise ValueError("a weight is not finite")

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.adjacency.shape[0])

    @property
    def edges(self) -> int:
        """Number of edges."""
        return int(self.adjacency.nnz)

    @property
    def rows(self) -> np.ndarray:
        """The node at which each stored edge begins, int32[edges]."""
        return np.repeat(np.arange(self.nodes, dtype=np.int32), np.diff(self.adjacency.indptr))

    @functools.cached_property
    def out_degree(self) -> np.ndarray:
        """Edges that leave each node, int64[nodes]."""
        return np.diff(self.adjacency.indptr).astype(np.int64)

    @functools.cached_property
    def in_degree(self) -> np.ndarray:
        """Edges that enter each node, int64[nodes]."""
        return np.bincount(self.adjacency.indices, minlength=self.nodes)

    @functools.cached_property
    def degree(self) -> np.ndarray:
        """Edges at each node, int64[nodes]."""
        return self.out_degree + self.in_degree

    @property
    def sinks(self) -> np.ndarray:
        """Nodes that are reached but lead nowhere, those of the last layer left out, bool[nodes]."""
        before_last = np.arange(self.nodes) < self.offsets[-2]
        return (self.out_degree == 0) & (self.in_degree > 0) & before_last

    @property
    def sources(self) -> np.ndarray:
        """Nodes that lead onwards though nothing reaches them, the first layer's left out, bool[nodes]."""
        after_first = np.arange(self.nodes) >= self.offsets[1]
        return (self.in_degree == 0) & (self.out_degree > 0) & after_first

    @functools.cached_property
    def weights(self) -> scipy.sparse.csr_array:
        """Magnitudes of the weights, float64, along the edges; 1 where there are none."""
        data = self.adjacency.data
        magnitudes = np.abs(data, dtype=np.float64) if data.dtype.kind == "f" else np.ones(self.edges)
        return self._like(magnitudes)

    @functools.cached_property
    def neighbours(self) -> tuple[np.ndarray, np.ndarray]:
        """Each node's neighbours in the undirected graph, sorted, as `indptr` and `indices`."""
        ones = self._like(np.ones(self.edges, dtype=np.int8))
        both = scipy.sparse.csr_array(ones + ones.T)
        return both.indptr, both.indices

    @functools.cached_property
    def components(self) -> np.ndarray:
        """The weakly connected component of each node, int32[nodes], numbered from 0."""
        ones = self._like(np.ones(self.edges, dtype=np.int8))
        return scipy.sparse.csgraph.connected_components(ones, directed=True, connection="weak")[1]

    @functools.cached_property
    def undirected(self):
        """The undirected graph as a `networkit.Graph`."""
        import networkit  # takes a second, and a third of the metrics

        rows, columns = self.rows.astype(np.uint64), self.adjacency.indices.astype(np.uint64)
        return networkit.GraphFromCoo((rows, columns), n=self.nodes)

    @functools.cached_property
    def cuts(self) -> tuple[np.ndarray, np.ndarray]:
        """What would cut a component, which is bridges, int64[bridges, 2], and nodes, bool[nodes].

        A bridge is a biconnected component of two nodes; a cut node lies in more than one such component.
        """
        import networkit

        search = networkit.components.BiconnectedComponents(self.undirected)
        search.run()
        blocks = search.getComponents()
        sizes = np.fromiter(map(len, blocks), dtype=np.int64, count=len(blocks))
        members = np.fromiter((node for block in blocks for node in block), np.int64, int(sizes.sum()))
        bridges = np.sort(members[np.repeat(sizes == 2, sizes)].reshape(-1, 2), axis=1)
        return bridges, np.bincount(members, minlength=self.nodes) > 1

    @functools.cached_property
    def coreness(self) -> np.ndarray:
        """The largest k for which each node belongs to a part where all have k neighbours, int64[nodes]."""
        import networkit

        if not self.nodes:
            return np.zeros(0, np.int64)
        cores = networkit.centrality.CoreDecomposition(self.undirected)
        return np.asarray(cores.run().scores(), dtype=np.int64)

    def _like(self, data: np.ndarray) -> scipy.sparse.csr_array:
        """The same edges with other values."""
        return scipy.sparse.csr_array(
            (data, self.adjacency.indices, self.adjacency.indptr), shape=self.adjacency.shape
        )


def prepare(graph, offsets: Sequence[int] | None = None) -> Prepared:
    """Bring a graph into the form that the metrics measure.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
        Anything with `adjacency` and `offsets`, or the matrix alone.
    offsets : int[layers + 1], optional
        The first node of each layer, and the number of nodes; needed with a matrix, and with nothing else.

    Returns
    -------
    Prepared
        `graph` itself if it is prepared.

    Raises
    ------
    ValueError
        If offsets are missing or given twice, or the graph is not one whose edges lead onwards.

    Examples
    --------
    >>> prepare(scipy.sparse.csr_array((5, 5)), [0, 2, 5]).edges
    0
    """
    layered = hasattr(graph, "adjacency")
    if layered == (offsets is not None):
        raise ValueError("give a layered graph, or a matrix and its layers' offsets")
    if isinstance(graph, Prepared):
        return graph
    return Prepared(graph.adjacency, graph.offsets) if layered else Prepared(graph, offsets)
