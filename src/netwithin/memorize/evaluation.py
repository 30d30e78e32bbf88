"""How well a network holds a graph: wrong bits at three thresholds, and the time to decode."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from netwithin.graphs import as_graph
from netwithin.memorize.losses import MSE, Loss
from netwithin.memorize.siren import coordinates


@dataclass(frozen=True)
class Evaluation:
    """A memorising network, judged over every entry of the matrix (both halves, diagonal included).

    Attributes
    ----------
    loss : float
        Mean over the entries of the loss that was asked for, the squared error unless said otherwise.
    errors_mean, errors_half, errors_best : int
        Wrong bits when the scores are cut at their mean (the paper's rule), at 0.5, and at the best
        threshold there is.
    threshold_mean, threshold_best : float
        Those thresholds; a score above them reads as an edge.
    decode_seconds : float
        From the weights in memory to the 0/1 matrix.
    scores : numpy.ndarray
        float32[rows, columns], the outputs after the loss's link.
    """

    loss: float
    errors_mean: int
    errors_half: int
    errors_best: int
    threshold_mean: float
    threshold_best: float
    decode_seconds: float
    scores: np.ndarray


def predict(
    model: nn.Module,
    inputs: torch.Tensor,
    chunk: int = 2**14,
    device: str = "cpu",
    link: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> torch.Tensor:
    """Scores of a model, in chunks, without gradients.

    Parameters
    ----------
    model : nn.Module
        Maps float[m, d] to float[m].
    inputs : torch.Tensor
        float[m, d].
    chunk : int
        Rows a pass. It bounds the memory and leaves the scores the same up to rounding.
    device : str
        "cpu", "cuda", ...
    link : callable, optional
        A loss's link from outputs to scores; without one the outputs are returned as they are.

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
    outputs = torch.cat(parts) if parts else torch.zeros(0)
    return link(outputs) if link else outputs


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


def evaluate(
    model: nn.Module,
    graph,
    limit: float | None = 1.0,
    device: str = "cpu",
    *,
    inputs: torch.Tensor | None = None,
    loss: Loss = MSE,
) -> Evaluation:
    """Decode a graph from a model and count what came out wrong.

    Parameters
    ----------
    model : nn.Module
        Maps coordinates float[m, 2] to outputs float[m].
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What should come out.
    limit : float or None
        The coordinates' range in training.
    device : str
        Where to decode.
    inputs : torch.Tensor, optional
        float[rows * columns, d]: what the model reads in the place of coordinates, entry by entry.
    loss : Loss
        Says how outputs become scores, and which loss to state.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If there is not one row of inputs per entry.

    Examples
    --------
    >>> evaluate(lambda x: (x.sum(1).abs() < 0.1).float(), np.eye(4)[::-1]).errors_half
    0
    """
    adjacency = as_graph(graph).adjacency
    if inputs is not None and len(inputs) != np.prod(adjacency.shape):
        raise ValueError(f"{len(inputs)} inputs for a matrix of {adjacency.shape}")
    start = time.perf_counter()
    inputs = coordinates(*adjacency.shape, limit=limit) if inputs is None else inputs
    outputs = predict(model, inputs, device=device)
    scores = loss.link(outputs).numpy()
    _ = scores > scores.mean() if scores.size else scores
    seconds = time.perf_counter() - start
    truth = adjacency.toarray()
    scores = scores.reshape(truth.shape)
    targets = torch.from_numpy(truth.ravel().astype(float))
    threshold, fewest = best_threshold(scores, truth)
    return Evaluation(
        loss=float(loss.function(outputs.double(), targets)) if truth.size else 0.0,
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
