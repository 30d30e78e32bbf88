"""Nodes by their places in the graph's Fourier basis, in place of their numbers (Section 9).

The graph Fourier transform writes a signal on the nodes in the eigenvectors of the Laplacian, the ones with
small eigenvalues varying slowly from neighbour to neighbour. A node's entries in the first few are real
coordinates that change smoothly along edges, which node numbers do not. But they come from the very graph
that is to be stored: a decoder does not have them, so their bytes are part of the model.
"""

import time
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import scipy.linalg
import scipy.sparse.csgraph
import torch

from netwithin import rates
from netwithin.graphs import Graph, as_graph
from netwithin.memorize.evaluation import evaluate
from netwithin.memorize.losses import MSE, Loss
from netwithin.memorize.siren import SIREN, pixels
from netwithin.memorize.summary import history_epochs
from netwithin.memorize.trainer import Settings, train
from netwithin.memorize.weights import half_precision, parameter_count, size_bytes


def laplacian_eigenvectors(graph, count: int) -> np.ndarray:
    """The eigenvectors of the normalised Laplacian with the smallest eigenvalues, the first left out.

    The first is the square root of the degrees, at the eigenvalue 0. Signs are set so that the entry of the
    largest magnitude is positive.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected.
    count : int
        How many, at most n - 1.

    Returns
    -------
    numpy.ndarray
        float64[n, count], orthonormal columns by growing eigenvalue.

    Raises
    ------
    ValueError
        If the graph is not undirected, or has not so many.

    References
    ----------
    Chung (1997), Spectral graph theory, Section 1.2. Shuman, Narang, Frossard, Ortega, Vandergheynst (2013),
    The emerging field of signal processing on graphs, Section II.

    Examples
    --------
    >>> ring = np.roll(np.eye(8), 1, axis=0) + np.roll(np.eye(8), -1, axis=0)
    >>> circle = laplacian_eigenvectors(ring, 2)
    >>> np.allclose((circle**2).sum(axis=1), 2 / 8)  # the eight nodes lie on a circle
    True
    """
    graph = as_graph(graph)
    nodes = graph.shape[0]
    if graph.kind != "undirected":
        raise ValueError(f"a {graph.kind} graph's Laplacian is not symmetric; give an undirected graph")
    if not 1 <= count < nodes:
        raise ValueError(
            f"{nodes} nodes have {max(nodes - 1, 0)} eigenvectors besides the first, not {count}"
        )
    laplacian = scipy.sparse.csgraph.laplacian(graph.adjacency.astype(float), normed=True).toarray()
    vectors = scipy.linalg.eigh(laplacian, subset_by_index=[1, count])[1]
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(count)])


def quantise(vectors: np.ndarray, bits: int) -> np.ndarray:
    """Scale each column to [-1, 1] and round its entries to 2^bits - 1 evenly spaced values, 0 among them.

    The scale is not kept: a network that is trained on the rounded columns does without.

    Parameters
    ----------
    vectors : numpy.ndarray
        float[n, d].
    bits : int
        At least 2.

    Returns
    -------
    numpy.ndarray
        float64[n, d].

    Raises
    ------
    ValueError
        If there are fewer than two bits.

    Examples
    --------
    >>> quantise(np.array([[0.5], [-0.2], [0.0]]), bits=3).ravel().round(3).tolist()
    [1.0, -0.333, 0.0]
    """
    if bits < 2:
        raise ValueError(f"{bits} bits leave nothing of a coordinate; take 2 or more")
    levels = 2 ** (bits - 1) - 1
    largest = np.abs(vectors).max(axis=0, initial=0)
    return np.round(vectors / np.where(largest > 0, largest, 1) * levels) / levels


def stored_bytes(nodes: int, count: int, bits: int) -> int:
    """Bytes of `count` columns of quantised entries.

    Examples
    --------
    >>> stored_bytes(nodes=100, count=2, bits=6)
    150
    """
    return -(-nodes * count * bits // 8)


def pair_inputs(vectors: np.ndarray) -> torch.Tensor:
    """What a network reads of each entry of the matrix: the row's coordinates, then the column's.

    Parameters
    ----------
    vectors : numpy.ndarray
        float[n, d].

    Returns
    -------
    torch.Tensor
        float32[n * n, 2 d], row by row.

    Examples
    --------
    >>> pair_inputs(np.array([[0.0], [1.0]])).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    nodes = len(vectors)
    vectors = torch.from_numpy(np.asarray(vectors, dtype=np.float32))
    return torch.cat([vectors.repeat_interleave(nodes, 0), vectors.repeat(nodes, 1)], dim=1)


def low_rank(graph, rank: int, bits: int) -> tuple[np.ndarray, int]:
    """The adjacency matrix from its few largest eigenvalues, without a network.

    This is what the same kind of coordinates are worth to a decoder that only multiplies them.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected.
    rank : int
        Eigenvalues kept, those of the largest magnitude.
    bits : int
        Of each entry of the eigenvectors.

    Returns
    -------
    scores : numpy.ndarray
        float64[n, n]: the sum of each eigenvalue (as a half-precision float, for rounded columns) times its
        column times its column.
    stored : int
        Bytes of the columns and the eigenvalues.

    Raises
    ------
    ValueError
        If the graph is not undirected, or has fewer than `rank` nodes.

    Examples
    --------
    >>> halves = np.kron([[0, 1], [1, 0]], np.ones((5, 5)))  # every node to all of the other half
    >>> scores, stored = low_rank(halves, rank=2, bits=8)
    >>> bool(np.abs(scores - halves).max() < 0.02), stored
    (True, 24)
    """
    graph = as_graph(graph)
    nodes = graph.shape[0]
    if graph.kind != "undirected" or not 1 <= rank <= nodes:
        raise ValueError(f"rank {rank} of a {graph.kind} graph with {nodes} nodes")
    values, vectors = scipy.linalg.eigh(graph.adjacency.toarray().astype(float))
    kept = np.argsort(-np.abs(values), kind="stable")[:rank]
    vectors = vectors[:, kept]
    rounded = quantise(vectors, bits)
    # The columns' scale goes into the eigenvalues.
    values = values[kept] * np.abs(vectors).max(axis=0) ** 2
    values = values.astype(np.float16).astype(float)
    return (rounded * values) @ rounded.T, stored_bytes(nodes, rank, bits) + 2 * rank


def memorise(
    graph,
    count: int,
    bits: int = 8,
    hidden_layers: int = 2,
    width: int = 8,
    omega0: float = 10.0,
    loss: Loss = MSE,
    settings: Settings | None = None,
    seed: int = 0,
) -> dict:
    """Train a SIREN on eigenvectors (or on node numbers), and count what storing the graph takes.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected.
    count : int
        Eigenvectors a node is described by; 0 for its number, scaled to [-1, 1] as in the paper.
    bits : int
        Of each entry of the eigenvectors, which the network is trained on as they are stored.
    hidden_layers, width, omega0, seed
        The network, see `SIREN`.
    loss : Loss
        What is minimised.
    settings : Settings
        Of the training.

    Returns
    -------
    dict
        `eigenvectors`, `trained_by` (the loss's name), `parameters_count`, `network_bits` (16 a weight),
        `eigenvector_bits`, `residual_bits` and their sum `total_bits`, by `rates.total_bits`; `free_bits`,
        the sum without the eigenvectors, which no decoder could read and which only bounds; `loss` and
        `wrong_bits` (pixels that the 16-bit weights get wrong at 0.5), `majority_wrong_bits` (those of the
        answer that is right most often, given everywhere); `one_answer_epochs`, how many epochs went by
        before two pixels were answered differently; the histories `history_epoch` and `history_wrong_bits`;
        and `seconds`.

    References
    ----------
    Tang and Li (2022), Section 9, "Towards more elegant memorization".
    """
    graph = as_graph(graph)
    start = time.perf_counter()
    inputs, targets = pixels(graph)
    if count:
        inputs = pair_inputs(quantise(laplacian_eigenvectors(graph, count), bits))
    model = SIREN(hidden_layers, width, omega0, seed, inputs=inputs.shape[1])
    result = train(model, inputs, targets, settings, loss=loss)
    evaluation = evaluate(half_precision(model), graph, inputs=inputs, loss=loss)
    network, stored = size_bytes(model), stored_bytes(graph.shape[0], count, bits)
    rate = rates.total_bits(evaluation.scores, graph, network + stored)
    edges, shown = int(targets.sum()), history_epochs(result.epochs)
    two_answers = [0 < read < len(targets) for read in result.edges_half]
    return {
        "eigenvectors": count,
        "trained_by": loss.name,
        "parameters_count": parameter_count(model),
        "network_bits": 8 * network,
        "eigenvector_bits": 8 * stored,
        "residual_bits": rate.residual,
        "total_bits": rate.total,
        "free_bits": rate.total - 8 * stored,
        "loss": evaluation.loss,
        "wrong_bits": evaluation.errors_half,
        "majority_wrong_bits": min(edges, len(targets) - edges),
        "one_answer_epochs": two_answers.index(True) if any(two_answers) else result.epochs,
        "history_epoch": shown,
        "history_wrong_bits": [result.errors_half[epoch - 1] for epoch in shown],
        "seconds": time.perf_counter() - start,
    }


def compare(
    subjects: Mapping[str, Graph], counts: Iterable[int], losses: Iterable[Loss], **how
) -> pd.DataFrame:
    """Memorise graphs by numbers and by eigenvectors, and rebuild them without a network beside it.

    Parameters
    ----------
    subjects : mapping of str to Graph
        Undirected graphs, by the name of what generated them.
    counts : iterable of int
        Eigenvectors; 0 for node numbers.
    losses : iterable of Loss
        What networks are trained by.
    **how
        For `memorise`; `bits` serves `low_rank` too.

    Returns
    -------
    pandas.DataFrame
        A row per graph, count and loss: `graph_model`, `nodes`, `inputs` (in words), what `memorise` returns,
        `numbers_wrong_bits` and `numbers_total_bits` (of the network on node numbers that was trained by the
        same loss, if 0 is the first count), `low_rank_bits` (the total of as many eigenvalues with their
        eigenvectors; NaN for none), `bitmap_bits` and `density_entropy_bits`.
    """
    rows = []
    for name, graph in subjects.items():
        numbers = {}
        known = {
            "bitmap_bits": rates.bitmap_bits(graph),
            "density_entropy_bits": rates.density_entropy_bits(graph),
        }
        for count in counts:
            if count:
                scores, stored = low_rank(graph, count, how.get("bits", 8))
                known["low_rank_bits"] = rates.total_bits(scores, graph, stored).total
            for loss in losses:
                words = "eigenvectors" if count else "node numbers"
                row = {"graph_model": name, "nodes": graph.shape[0], "inputs": words}
                found = memorise(graph, count, loss=loss, **how)
                if not count:
                    numbers[loss.name] = {
                        f"numbers_{key}": found[key] for key in ("wrong_bits", "total_bits")
                    }
                rows.append(row | found | numbers.get(loss.name, {}) | known)
    return pd.DataFrame(rows)
