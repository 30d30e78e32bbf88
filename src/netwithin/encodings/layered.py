"""What an encoding makes of a network: a directed graph whose nodes lie in layers."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import scipy.sparse

from netwithin.graphs.graph import GraphError


@dataclasses.dataclass(frozen=True, eq=False)
class LayeredGraph:
    """A directed graph in layers; edges go from an earlier layer to a later one, weighted or not.

    Parameters
    ----------
    adjacency : scipy.sparse.csr_array, shape (nodes, nodes)
        bool, or float32 weights. A weight of 0 that is stored is an edge all the same.
    offsets : int64[layers + 1]
        The nodes of layer l are offsets[l], ..., offsets[l + 1] - 1.
    names : tuple of str
        One for each layer.
    padding : bool[nodes], optional
        Which nodes stand for the zeros around a convolution's input; none if left out.

    Raises
    ------
    GraphError
        If the matrix is not square or not in CSR form, or the offsets, names or padding do not fit.

    References
    ----------
    Cunegatti et al., Section 3.2.

    Examples
    --------
    >>> edges = scipy.sparse.csr_array(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], bool))
    >>> graph = LayeredGraph(edges, [0, 1, 2, 3], ("input", "hidden", "output"))
    >>> graph
    <LayeredGraph: 3 layers, 3 nodes, 3 edges>
    >>> graph.between().tolist()
    [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    """

    adjacency: scipy.sparse.csr_array
    offsets: np.ndarray
    names: tuple[str, ...]
    padding: np.ndarray | None = None

    def __post_init__(self):
        matrix = self.adjacency
        if not scipy.sparse.issparse(matrix) or matrix.format != "csr" or matrix.shape[0] != matrix.shape[1]:
            raise GraphError("a layered graph needs a square matrix in CSR form")
        nodes = matrix.shape[0]
        offsets = np.asarray(self.offsets, np.int64)
        ends = offsets.ndim == 1 and len(offsets) >= 2 and offsets[0] == 0 and offsets[-1] == nodes
        if not ends or (np.diff(offsets) < 0).any():
            raise GraphError(f"offsets must rise from 0 to the number of nodes, {nodes}")
        if len(self.names) != len(offsets) - 1:
            raise GraphError(f"{len(self.names)} names for {len(offsets) - 1} layers; give one each")
        padding = np.zeros(nodes, bool) if self.padding is None else np.asarray(self.padding, bool)
        if padding.shape != (nodes,):
            raise GraphError(f"padding says for each of the {nodes} nodes whether it is one")
        object.__setattr__(self, "adjacency", scipy.sparse.csr_array(matrix))
        object.__setattr__(self, "offsets", offsets)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "padding", padding)

    @property
    def nodes(self) -> int:
        """Nodes in all layers, those of the padding included."""
        return int(self.offsets[-1])

    @property
    def edges(self) -> int:
        """Edges, each once."""
        return int(self.adjacency.nnz)

    @property
    def weighted(self) -> bool:
        """Whether edges carry weights."""
        return self.adjacency.dtype.kind == "f"

    @functools.cached_property
    def layer_of(self) -> np.ndarray:
        """Each node's layer, int64[nodes]."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.offsets))

    def between(self) -> np.ndarray:
        """Edges from each layer to each other, int64[layers, layers].

        What lies on or below the diagonal is no edge of a multipartite graph.
        """
        layers = len(self.names)
        counts = np.zeros((layers, layers), np.int64)
        starts = self.adjacency.indptr[self.offsets]
        for layer in range(layers):
            columns = self.adjacency.indices[starts[layer] : starts[layer + 1]]
            reached = np.searchsorted(self.offsets, columns, side="right") - 1
            counts[layer] = np.bincount(reached, minlength=layers)
        return counts

    def block(self, source: int, target: int) -> scipy.sparse.csr_array:
        """The bipartite graph from one layer to another.

        Parameters
        ----------
        source, target : int
            Numbers of the layers, from 0.

        Returns
        -------
        scipy.sparse.csr_array, shape (nodes of source, nodes of target)
        """
        rows, columns = (slice(*self.offsets[layer : layer + 2].tolist()) for layer in (source, target))
        return self.adjacency[rows][:, columns]

    def to_networkx(self):
        """The same graph for networkx; only sensible for small ones.

        Returns
        -------
        networkx.DiGraph
            Nodes 0, 1, ... with the attributes `layer` (networkx draws by it: `multipartite_layout` with
            `subset_key="layer"`) and `padding`; edges have a `weight` if the graph is weighted.
        """
        import networkx as nx

        graph = nx.DiGraph()
        marks = zip(self.layer_of.tolist(), self.padding.tolist(), strict=True)
        graph.add_nodes_from((node, {"layer": at, "padding": pad}) for node, (at, pad) in enumerate(marks))
        rows, columns = (ends.tolist() for ends in self._ends())
        if self.weighted:
            graph.add_weighted_edges_from(zip(rows, columns, self.adjacency.data.tolist(), strict=True))
        else:
            graph.add_edges_from(zip(rows, columns, strict=True))
        return graph

    def to_torch_geometric(self):
        """The same graph for PyTorch Geometric.

        Returns
        -------
        torch_geometric.data.Data
            `edge_index` int64[2, edges], `layer` int64[nodes], `padding` bool[nodes], and `edge_attr`
            float32[edges, 1] if the graph is weighted.
        """
        import torch
        from torch_geometric.data import Data

        data = Data(
            edge_index=torch.from_numpy(np.stack(self._ends()).astype(np.int64)),
            num_nodes=self.nodes,
            layer=torch.from_numpy(self.layer_of.copy()),
            padding=torch.from_numpy(self.padding.copy()),
        )
        if self.weighted:
            data.edge_attr = torch.from_numpy(self.adjacency.data.astype(np.float32))[:, None]
        return data

    def to_networkit(self):
        """The same graph for networkit, directed, with its weights if it has any.

        Returns
        -------
        networkit.Graph
        """
        import networkit

        rows, columns = self._ends()
        weights = self.adjacency.data.astype(np.float64)
        coordinates = (weights, (rows.astype(np.uint64), columns.astype(np.uint64)))
        return networkit.GraphFromCoo(coordinates, n=self.nodes, weighted=self.weighted, directed=True)

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Where edges start and where they end, in the order of the rows."""
        matrix = self.adjacency
        rows = np.repeat(np.arange(self.nodes, dtype=matrix.indices.dtype), np.diff(matrix.indptr))
        return rows, matrix.indices

    def __repr__(self) -> str:
        return f"<LayeredGraph: {len(self.names)} layers, {self.nodes} nodes, {self.edges} edges>"


def stack(blocks: Sequence[scipy.sparse.csr_array]) -> scipy.sparse.csr_array:
    """Put the rows of matrices under one another, each array copied once.

    Parameters
    ----------
    blocks : sequence of scipy.sparse.csr_array, shapes (rows, columns)
        All of the same number of columns.

    Returns
    -------
    scipy.sparse.csr_array
        `scipy.sparse.vstack` does the same through the coordinates of all edges at once, which a graph of
        78 million has no room for.

    Examples
    --------
    >>> ones = scipy.sparse.csr_array(np.ones((1, 2), bool))
    >>> stack([ones, ones]).toarray().tolist()
    [[True, True], [True, True]]
    """
    rows, columns = sum(block.shape[0] for block in blocks), blocks[0].shape[1]
    edges = np.cumsum([0] + [block.nnz for block in blocks])
    dtype = scipy.sparse.get_index_dtype(maxval=max(edges[-1], columns))
    starts = [block.indptr[:-1] + dtype(edge) for block, edge in zip(blocks, edges, strict=False)]
    indptr = np.concatenate([*starts, edges[-1:]]).astype(dtype)
    indices = np.concatenate([block.indices.astype(dtype, copy=False) for block in blocks])
    data = np.concatenate([block.data for block in blocks])
    return scipy.sparse.csr_array((data, indices, indptr), shape=(rows, columns))
