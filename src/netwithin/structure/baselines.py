"""Plainer numbers than an embedding, taken from the same weights, and one taken from no weight at all."""

from collections.abc import Callable

import numpy as np
import scipy.sparse
import torch
from scipy.sparse.csgraph import shortest_path

from netwithin.structure.graphs import weight_columns
from netwithin.structure.histories import History

#: Share of each layer's edges, the strongest, that make the graph whose shape is measured.
KEPT = 0.2


def weight_statistics(history: History) -> np.ndarray:
    """Mean, variance and five quantiles of each layer's weights, after every epoch.

    Parameters
    ----------
    history : History

    Returns
    -------
    float64[epochs, 7 * layers]

    References
    ----------
    Unterthiner et al. (2020), Predicting neural network accuracy from weights, which also reads the biases;
    the graph has none, so neither have these.
    """
    found = []
    for edges in _by_layer(history):
        weights = history.edge_attr[:, edges, : _weights(history)].flatten(1).double()
        quantiles = torch.quantile(weights, torch.linspace(0, 1, 5, dtype=torch.float64), dim=1).T
        found += [weights.mean(1, keepdim=True), weights.var(1, correction=0, keepdim=True), quantiles]
    return torch.cat(found, dim=1).numpy()


def epoch_number(history: History) -> np.ndarray:
    """How long the network has been trained, and nothing else: float64[epochs, 1]."""
    return np.arange(1.0, history.epochs + 1)[:, None]


def mean_absolute_weight(history: History) -> np.ndarray:
    """The mean magnitude of all weights: float64[epochs, 1]."""
    return history.edge_attr[..., : _weights(history)].abs().double().mean(dim=(1, 2))[:, None].numpy()


def graph_measures(history: History, kept: float = KEPT) -> np.ndarray:
    """Clustering coefficient and average path length, after every epoch.

    With all its edges the graph is the same at every epoch, so that its shape says nothing. Here the
    strongest edges of each layer make a graph without direction, which has no triangles, since edges join
    neighbouring layers only. Clustering is therefore that of Robins and Alexander: of the paths of three
    edges, the share that close to a square. The third number is the average path length through all edges,
    an edge as long as one over its strength.

    Parameters
    ----------
    history : History
    kept : float
        Share of each layer's edges.

    Returns
    -------
    float64[epochs, 3]
        Clustering from 0 to 1; mean number of edges on the shortest paths between nodes that are connected;
        mean length of the shortest weighted paths.

    References
    ----------
    StructureReps, Section 1, names the two; Robins and Alexander (2004), Small worlds among interlocking
    directors.
    """
    index, nodes = history.topology.edge_index.numpy(), history.topology.num_nodes
    layers = _by_layer(history)
    rows = []
    for strengths in _strengths(history).numpy():
        chosen = np.concatenate([_strongest(strengths, edges.numpy(), kept) for edges in layers])
        graph = _undirected(index[:, chosen], np.ones(len(chosen)), nodes)
        lengths = _undirected(index, 1 / np.maximum(strengths, 1e-12), nodes)
        rows.append([square_clustering(graph), _mean_path(graph, True), _mean_path(lengths, False)])
    return np.array(rows)


def square_clustering(graph: scipy.sparse.csr_array) -> float:
    """Of the paths of three edges in a graph without triangles, the share that close to a square.

    Parameters
    ----------
    graph : scipy.sparse.csr_array, shape (nodes, nodes)
        Symmetric, of zeros and ones.

    Returns
    -------
    float
        4 squares / paths; 0 without paths.

    Examples
    --------
    >>> square = scipy.sparse.csr_array(np.array([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]]))
    >>> square_clustering(square)
    1.0
    """
    dense = graph.toarray().astype(float)
    degrees = dense.sum(axis=1)
    paths = (dense * np.outer(degrees - 1, degrees - 1)).sum() / 2
    shared = np.triu(dense @ dense, 1)
    squares = (shared * (shared - 1) / 2).sum() / 2
    return float(4 * squares / paths) if paths else 0.0


#: What stands beside the embeddings; its features and the regressors of `decoding` that read them.
BASELINES: dict[str, tuple[Callable[[History], np.ndarray], tuple[str, ...]]] = {
    "weight statistics": (weight_statistics, ("ridge", "boosting")),
    "epoch number": (epoch_number, ("linear", "boosting")),
    "mean absolute weight": (mean_absolute_weight, ("linear",)),
    "clustering and path length": (graph_measures, ("linear",)),
}


def _weights(history: History) -> int:
    return weight_columns(history.edge_attr.shape[2])


def _strengths(history: History) -> torch.Tensor:
    """The norm of each edge's weights, float64[epochs, edges]."""
    return history.edge_attr[..., : _weights(history)].double().norm(dim=2)


def _by_layer(history: History) -> list[torch.Tensor]:
    """The edges that leave each layer."""
    starts = history.topology.layer[history.topology.edge_index[0]]
    return [(starts == layer).nonzero()[:, 0] for layer in starts.unique()]


def _strongest(strengths: np.ndarray, edges: np.ndarray, kept: float) -> np.ndarray:
    count = max(1, round(kept * len(edges)))
    return edges[np.argsort(-strengths[edges], kind="stable")[:count]]


def _undirected(index: np.ndarray, values: np.ndarray, nodes: int) -> scipy.sparse.csr_array:
    half = scipy.sparse.coo_array((values, (index[0], index[1])), shape=(nodes, nodes))
    return scipy.sparse.csr_array(half + half.T)


def _mean_path(graph: scipy.sparse.csr_array, unweighted: bool) -> float:
    """Mean over the pairs of nodes between which there is a path."""
    found = shortest_path(graph, directed=False, unweighted=unweighted)
    reached = np.isfinite(found) & ~np.eye(len(found), dtype=bool)
    return float(found[reached].mean())
