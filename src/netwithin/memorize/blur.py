"""A graph's picture, blurred and sharpened again (Tang and Li, Section 6.1).

A Gaussian blur of the adjacency matrix is a product with a matrix from either side, `B A B'`: `B` blurs one
axis. As long as `B` has an inverse, so has the blur; what that does to noise is in `amplification`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from scipy.linalg import lu_factor, lu_solve
from scipy.ndimage import gaussian_filter1d
from torch import nn

from netwithin import rates
from netwithin.graphs import as_graph
from netwithin.memorize.evaluation import best_threshold, bit_errors, predict
from netwithin.memorize.siren import coordinates
from netwithin.memorize.trainer import Result, Settings, train
from netwithin.memorize.weights import half_precision

#: The width of the paper's blur, in pixels.
PAPERS_SIGMA = 0.7


def operator(size: int, sigma: float = PAPERS_SIGMA) -> np.ndarray:
    """The blur of one axis as a matrix: SciPy's Gaussian filter of every unit vector, mirrored at the ends.

    Parameters
    ----------
    size : int
        Pixels along the axis.
    sigma : float
        Standard deviation of the Gaussian, in pixels.

    Returns
    -------
    numpy.ndarray
        float64[size, size]; its rows sum to 1.

    Examples
    --------
    >>> operator(3, sigma=0.7).round(2)
    array([[0.78, 0.22, 0.01],
           [0.22, 0.57, 0.22],
           [0.01, 0.22, 0.78]])
    """
    return gaussian_filter1d(np.eye(size), sigma, axis=0)


def blur(graph, sigma: float = PAPERS_SIGMA) -> np.ndarray:
    """The picture of a graph, blurred.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    sigma : float
        Standard deviation of the Gaussian, in pixels; the paper's is 0.7.

    Returns
    -------
    numpy.ndarray
        float64[rows, columns], values in [0, 1].

    Examples
    --------
    >>> lonely = np.zeros((9, 9)); lonely[4, 4] = 1
    >>> round(float(blur(lonely)[4, 4]), 3)
    0.325
    """
    matrix = as_graph(graph).adjacency.toarray().astype(float)
    rows, columns = (operator(size, sigma) for size in matrix.shape)
    return rows @ matrix @ columns.T


def sharpen(picture: np.ndarray, sigma: float = PAPERS_SIGMA) -> np.ndarray:
    """Undo `blur`: the scores whose blur is this picture.

    Parameters
    ----------
    picture : float[rows, columns]
        A blurred picture, or a network's approximation of one.
    sigma : float
        The blur's width.

    Returns
    -------
    numpy.ndarray
        float64[rows, columns]; the 0/1 matrix itself, up to rounding, if the picture is exact.

    Examples
    --------
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> np.array_equal(sharpen(blur(path)).round(), path)
    True
    """
    rows, columns = (lu_factor(operator(size, sigma)) for size in picture.shape)
    return lu_solve(columns, lu_solve(rows, np.asarray(picture, dtype=float)).T).T


def amplification(shape: tuple[int, int], sigma: float = PAPERS_SIGMA) -> float:
    """By how much `sharpen` raises the root mean square of white noise in a picture.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    sigma : float
        The blur's width.

    Returns
    -------
    float

    Examples
    --------
    >>> round(amplification((100, 100)), 1), round(amplification((100, 100), sigma=1.5))
    (8.2, 34084118)
    """
    # The noise's variance grows by the mean square of the inverse's entries over a row.
    gains = [np.linalg.norm(np.linalg.inv(operator(size, sigma))) ** 2 / size for size in shape]
    return float(np.sqrt(np.prod(gains)))


def recover(picture: np.ndarray, graph, model_bytes: int, sigma: float = PAPERS_SIGMA) -> dict:
    """Read a graph out of a blurred picture, or an approximation of one, and count what is wrong.

    Parameters
    ----------
    picture : float[rows, columns]
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What should come out.
    model_bytes : int
        What has to be stored to have the picture.
    sigma : float
        The blur's width.

    Returns
    -------
    dict
        - `mse`: mean squared difference from the exact blurred picture, and that one's `variance`;
        - `wrong_threshold`: wrong entries at the best threshold that there is;
        - `wrong`: wrong entries after `sharpen`, cut at 0.5;
        - `model_bytes`, and `total_bits` of `rates.total_bits` for the sharpened scores.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> recover(blur(path), path, model_bytes=9)["wrong"]
    0
    """
    graph = as_graph(graph)
    truth, exact = graph.adjacency.toarray(), blur(graph, sigma)
    if picture.shape != truth.shape:
        raise ValueError(f"a picture of {picture.shape} for a matrix of {truth.shape}")
    scores = sharpen(picture, sigma)
    return {
        "mse": float(np.mean((picture - exact) ** 2)),
        "variance": float(exact.var()),
        "wrong_threshold": best_threshold(picture, truth)[1],
        "wrong": bit_errors(scores, truth, 0.5),
        "model_bytes": model_bytes,
        "total_bits": rates.total_bits(scores, graph, model_bytes).total,
    }


def learn(
    model: nn.Module, graph, settings: Settings, sigma: float = PAPERS_SIGMA
) -> tuple[np.ndarray, Result]:
    """Train a model on the blurred picture with the squared error.

    Parameters
    ----------
    model : nn.Module
        Maps coordinates float[m, 2] to grey values float[m]; ends with its best weights.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    settings : Settings
    sigma : float
        The blur's width.

    Returns
    -------
    picture : numpy.ndarray
        float64[rows, columns]: the model's, from its weights in half precision.
    result : Result
        The training's course.
    """
    exact = blur(graph, sigma)
    inputs = coordinates(*exact.shape)
    result = train(model, inputs, torch.from_numpy(exact.astype(np.float32).ravel()), settings)
    return predict(half_precision(model), inputs).double().numpy().reshape(exact.shape), result


def survey(graph, widths: Iterable[float]) -> pd.DataFrame:
    """Wrong entries over the width of the blur, without any network.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    widths : iterable of float
        Standard deviations in pixels.

    Returns
    -------
    pandas.DataFrame
        Index: the widths. Columns: "best threshold" on the exact picture, and "8 bits", "float32" and
        "float64", the picture stored in that precision and sharpened, cut at 0.5.

    Examples
    --------
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> survey(path, [0.3, 0.7])["8 bits"].tolist()
    [0, 0]
    """
    truth, rows = as_graph(graph).adjacency.toarray(), []
    for sigma in widths:
        exact = blur(graph, sigma)
        kept = {"8 bits": np.round(255 * exact) / 255, "float32": exact.astype(np.float32), "float64": exact}
        wrong = {name: bit_errors(sharpen(picture, sigma), truth, 0.5) for name, picture in kept.items()}
        rows.append({"best threshold": best_threshold(exact, truth)[1]} | wrong)
    return pd.DataFrame(rows, index=list(widths))


def findings(trained: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """The paper's sentences on cross-entropy and on the blur, beside what was measured.

    Parameters
    ----------
    trained : pandas.DataFrame
        Rows of studies with the columns `model` and `loss`.
    read : pandas.DataFrame
        Rows of `recover` with the column `picture`.

    Returns
    -------
    pandas.DataFrame
        Columns "the paper (section)" and "measured", texts.
    """
    first = trained[trained.model == "UnSqueeze"].groupby("loss").early_majority.min()
    sines = trained[trained.model == "SIREN"]
    worst = (sines.wrong_half / sines.majority_wrong).groupby(sines.loss).max()
    learned, exact = read[read.picture == "UnSqueeze"], read[read.picture == "exact"]
    rows = {
        '"Cross Entropy Loss pushed our models to predict the majority-class label very early" (5.6)': (
            "UnSqueeze, first tenth of the epochs: the commoner answer has at least "
            f"{first['cross-entropy']:.1%} of the entries, with MSE at least {first['MSE']:.1%}"
        ),
        "MSE in the place of cross-entropy (6.2)": (
            "the SIREN's wrong bits over those of the majority class, worst run: "
            f"{worst['cross-entropy']:.2f} with cross-entropy, {worst['MSE']:.2f} with MSE"
        ),
        '"no universal threshold" (6.1)': (
            f"the best threshold leaves {exact.wrong_threshold.min():,.0f} wrong bits or more, "
            f"in each of {len(exact)} exact blurred pictures"
        ),
        '"Gaussian blur is not an invertible transformation" (6.1)': (
            f"{exact.wrong.max():,.0f} wrong bits at most in those pictures after inversion"
        ),
        "UnSqueeze learns the blurred picture to an MSE of 0.0004 (6.1)": (
            f"{learned.mse.min():.2g} at best; the pictures' variance is {learned.variance.min():.2g} or more"
        ),
    }
    return pd.DataFrame(rows.items(), columns=["the paper (section)", "measured"])
