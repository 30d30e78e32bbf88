"""A graph's picture, blurred and sharpened again (Tang and Li, Section 6.1).

A Gaussian blur of the adjacency matrix is a product with a matrix from either side, `B A B'`: `B` blurs one
axis. As long as `B` has an inverse, so has the blur; what that does to noise is in `amplification`.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.ndimage import gaussian_filter1d

from netwithin.graphs import as_graph
from netwithin.memorize.evaluation import best_threshold, bit_errors

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


class Recovery(NamedTuple):
    """What a blurred picture, or an approximation of one, gives back of its graph.

    Attributes
    ----------
    mse : float
        Mean squared difference from the exact blurred picture.
    wrong_threshold : int
        Wrong entries at the best threshold that there is.
    wrong_sharpened : int
        Wrong entries after `sharpen`, cut at 0.5.
    """

    mse: float
    wrong_threshold: int
    wrong_sharpened: int


def recover(picture: np.ndarray, graph, sigma: float = PAPERS_SIGMA) -> Recovery:
    """Read a graph out of a blurred picture in two ways, and count the wrong bits of each.

    Parameters
    ----------
    picture : float[rows, columns]
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What should come out.
    sigma : float
        The blur's width.

    Returns
    -------
    Recovery

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> recover(blur(path), path).wrong_sharpened
    0
    """
    truth = as_graph(graph).adjacency.toarray()
    if picture.shape != truth.shape:
        raise ValueError(f"a picture of {picture.shape} for a matrix of {truth.shape}")
    return Recovery(
        mse=float(np.mean((picture - blur(graph, sigma)) ** 2)),
        wrong_threshold=best_threshold(picture, truth)[1],
        wrong_sharpened=bit_errors(sharpen(picture, sigma), truth, 0.5),
    )
