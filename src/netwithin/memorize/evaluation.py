"""How well a network holds a graph: wrong bits at three thresholds, and the time to decode."""

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from netwithin.graphs import as_graph
from netwithin.memorize.siren import coordinates


@dataclass(frozen=True)
class Evaluation:
    """A memorising network, judged over every entry of the matrix (both halves, diagonal included).

    Attributes
    ----------
    loss : float
        Mean squared error.
    errors_mean, errors_half, errors_best : int
        Wrong bits when the scores are cut at their mean (the paper's rule), at 0.5, and at the best
        threshold there is.
    threshold_mean, threshold_best : float
        Those thresholds; a score above them reads as an edge.
    decode_seconds : float
        From the weights in memory to the 0/1 matrix.
    scores : numpy.ndarray
        float32[rows, columns].
    """

    loss: float
    errors_mean: int
    errors_half: int
    errors_best: int
    threshold_mean: float
    threshold_best: float
    decode_seconds: float
    scores: np.ndarray


def predict(model: nn.Module, inputs: torch.Tensor, chunk: int = 2**14, device: str = "cpu") -> torch.Tensor:
    """Scores of a model, in chunks, without gradients.

    Parameters
    ----------
    model : nn.Module
        Maps float[m, 2] to float[m].
    inputs : torch.Tensor
        float[m, 2].
    chunk : int
        Rows a pass. It bounds the memory and leaves the scores the same up to rounding.
    device : str
        "cpu", "cuda", ...

    Returns
    -------
    torch.Tensor
        float[m], on the CPU.

    Examples
    --------
    >>> predict(lambda x: x.sum(1), torch.ones(5, 2), chunk=2).tolist()
    [2.0, 2.0, 2.0, 2.0, 2.0]
    """
    if isinstance(model, nn.Module):
        model = model.to(device)
    with torch.no_grad():
        parts = [model(part.to(device)).cpu() for part in inputs.split(chunk)]
    return torch.cat(parts) if parts else torch.zeros(0)


def best_threshold(scores, adjacency) -> tuple[float, int]:
    """The threshold with the fewest wrong bits, found by sorting the scores.

    Parameters
    ----------
    scores : array of float
        Any shape.
    adjacency : array of 0/1
        The same shape.

    Returns
    -------
    threshold : float
        Half way between two neighbouring scores (the widest such gap among equally good ones), or
        -inf or inf where one constant answer is best.
    errors : int
        Wrong bits of `scores > threshold`.

    Examples
    --------
    >>> best_threshold([0.1, 0.2, 0.4, 0.9], [0, 1, 0, 1])
    (0.65, 1)
    """
    scores, truth = _flat(scores, adjacency)
    scores = np.where(np.isnan(scores), -np.inf, scores)  # what is above no threshold reads as 0
    order = np.argsort(scores, kind="stable")
    ordered, ones = scores[order], np.cumsum(truth[order])
    # Cut after the first k scores: those below are read as 0, so the ones among them are wrong, and
    # so are the zeros above. A cut between equal scores does not exist.
    k = np.arange(1, len(ordered) + 1)
    total = ones[-1] if len(ones) else 0
    errors = np.concatenate([[len(truth) - total], ones + (len(truth) - k) - (total - ones)])
    edges = np.concatenate([[-np.inf], ordered, [np.inf]])
    real = edges[1:] > edges[:-1]
    fewest = int(errors[real].min())
    with np.errstate(invalid="ignore"):
        gaps = np.where(real & (errors == fewest), edges[1:] - edges[:-1], -1)
    # A constant answer has an infinite gap; prefer a finite cut that is as good.
    finite = np.where(np.isfinite(gaps), gaps, 0.0)
    cut = int(np.argmax(finite if finite.max() > 0 else gaps))
    return _between(edges[cut], edges[cut + 1]), fewest


def bit_errors(scores, adjacency, threshold="mean") -> int:
    """Entries of a matrix that a threshold reads wrongly.

    Parameters
    ----------
    scores : array of float
        Predictions, any shape.
    adjacency : array of 0/1
        The truth, same shape (dense).
    threshold : "mean", "best" or float
        "mean" is the paper's decoder (Section 6.4): above the mean prediction is an edge.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the shapes differ or the threshold is no number and none of the two words.

    Examples
    --------
    >>> bit_errors([0.98, 1.02, 1.0, 0.0], [1, 1, 1, 0], "mean")
    0
    >>> bit_errors([0.98, 1.02, 1.0, 1.0], [1, 1, 1, 1], "mean")
    3
    """
    if threshold == "best":
        return best_threshold(scores, adjacency)[1]
    flat, truth = _flat(scores, adjacency)
    if isinstance(threshold, str) and threshold != "mean":
        raise ValueError(f'threshold is "mean", "best" or a number, not {threshold!r}')
    value = flat.mean() if threshold == "mean" else float(threshold)
    return int(np.count_nonzero((flat > value) != truth))


def evaluate(model: nn.Module, graph, limit: float = 1.0, device: str = "cpu") -> Evaluation:
    """Decode a graph from a model and count what came out wrong.

    Parameters
    ----------
    model : nn.Module
        Maps coordinates float[m, 2] to scores float[m].
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What should come out.
    limit : float
        The coordinates' range in training.
    device : str
        Where to decode.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> evaluate(lambda x: (x.sum(1).abs() < 0.1).float(), np.eye(4)[::-1]).errors_half
    0
    """
    adjacency = as_graph(graph).adjacency
    start = time.perf_counter()
    scores = predict(model, coordinates(*adjacency.shape, limit=limit), device=device).numpy()
    _ = scores > scores.mean() if scores.size else scores
    seconds = time.perf_counter() - start
    truth = adjacency.toarray()
    scores = scores.reshape(truth.shape)
    threshold, fewest = best_threshold(scores, truth)
    return Evaluation(
        loss=float(np.mean((scores.astype(float) - truth) ** 2)) if truth.size else 0.0,
        errors_mean=bit_errors(scores, truth, "mean") if truth.size else 0,
        errors_half=bit_errors(scores, truth, 0.5),
        errors_best=fewest,
        threshold_mean=float(scores.mean(dtype=float)) if truth.size else 0.0,
        threshold_best=threshold,
        decode_seconds=seconds,
        scores=scores,
    )


def _flat(scores, adjacency) -> tuple[np.ndarray, np.ndarray]:
    """Both as vectors: float64 (a mean in float32 would drift) and bool."""
    scores, truth = np.asarray(scores, dtype=np.float64), np.asarray(adjacency)
    if scores.shape != truth.shape:
        raise ValueError(f"{scores.shape} scores for a matrix of {truth.shape}")
    return scores.ravel(), truth.ravel().astype(bool)


def _between(low: float, high: float) -> float:
    """A threshold t with low <= t < high, half way where floats allow it."""
    if np.isinf(low) or np.isinf(high):
        return float(low if np.isinf(low) else high)
    middle = low + (high - low) / 2
    return float(middle if middle < high else low)
