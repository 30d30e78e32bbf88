"""Expansion: what the eigenvalues of the adjacency and of the Laplacian matrix say about spreading."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh

from netwithin.topometrics.prepared import prepare

#: Below this number of nodes the matrix is solved whole; Lanczos needs more nodes than eigenvalues.
DENSE = 64
#: How far an eigenpair may be from one, relative to the eigenvalue. What the eigenvalue of a symmetric
#: matrix is off by then goes with the square of that.
TOLERANCE = 1e-6


def spectral_gap(graph, offsets=None) -> float:
    """Difference of the two largest eigenvalues of the adjacency matrix, undirected, of magnitudes.

    An eigenvalue that occurs twice counts twice: a graph of two equal pieces has no gap.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
        The magnitudes of its weights are the matrix's entries, 1 without weights.
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    float
        Table 2's gamma(A). `compute` leaves it as it is. Cost: O(E) for each iteration of Lanczos, whose
        number grows as the eigenvalues lie closer; Table 2's O(knm).

    Raises
    ------
    scipy.sparse.linalg.ArpackNoConvergence
        If the eigenvalues lie too close to be told apart.

    Examples
    --------
    >>> import scipy.sparse
    >>> path = scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])  # eigenvalues -1.414, 0, 1.414
    >>> round(spectral_gap(path, [0, 1, 2, 3]), 3)
    1.414
    """
    graph = prepare(graph, offsets)
    (largest, second), vectors = _eigenpairs(graph.weights, 2, "LA")
    if not largest:
        return 0.0
    # From one start Lanczos may see an eigenvalue that components share only once. A component has its own
    # largest once (Perron and Frobenius), so what equals it is the largest of the rest.
    rest = graph.components != graph.components[np.abs(vectors[:, 0]).argmax()]
    elsewhere = _eigenpairs(graph.weights[rest][:, rest], 1, "LA")[0][0] if rest.any() else -np.inf
    return float(largest - max(second, elsewhere))


def released_spectral_gap(graph, offsets=None) -> float:
    """The gap as the authors' code takes it: the largest less the third-largest magnitude.

    Equal to `spectral_gap` where the eigenvalues come in pairs of either sign, that is in a graph without
    odd cycles. A skip connection beside two layers closes triangles.

    Parameters
    ----------
    graph, offsets
        As for `spectral_gap`.

    Returns
    -------
    float

    Examples
    --------
    >>> import scipy.sparse
    >>> triangle = scipy.sparse.csr_array([[0, 1, 1], [0, 0, 1], [0, 0, 0]])  # eigenvalues 2, -1, -1
    >>> round(released_spectral_gap(triangle, range(4)), 9), round(spectral_gap(triangle, range(4)), 9)
    (1.0, 3.0)
    """
    magnitudes = np.sort(np.abs(_eigenpairs(prepare(graph, offsets).weights, 3, "LM")[0]))[::-1]
    return float(magnitudes[0] - magnitudes[2])


def spectral_radius(graph, offsets=None) -> float:
    """Largest eigenvalue of the Laplacian matrix D - A, with the magnitudes of the weights.

    Parameters
    ----------
    graph, offsets
        As for `spectral_gap`.

    Returns
    -------
    float
        Table 2's rho(L). The paper writes A - D and yet takes 0 for the smallest eigenvalue; with D - A
        both hold. `compute` leaves it as it is. Cost: as for `spectral_gap`.

    Examples
    --------
    >>> import scipy.sparse
    >>> round(spectral_radius(scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), range(4)), 9)
    3.0
    """
    return float(_eigenpairs(prepare(graph, offsets).weights, 1, "LA", laplacian=True)[0][0])


def _eigenpairs(
    upper: csr_array, k: int, which: str, laplacian: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The `k` largest eigenvalues ("LA"), or those of largest magnitude ("LM"), falling, and their vectors.

    Both halves of the symmetric matrix are applied from the one that is stored. Missing eigenvalues are 0.
    """
    nodes = upper.shape[0]
    strengths = upper.sum(axis=0) + upper.sum(axis=1)
    if not strengths.any():
        return np.zeros(k), np.zeros((nodes, k))
    if nodes <= max(DENSE, k):
        dense = upper.toarray() + upper.toarray().T
        values, vectors = np.linalg.eigh(np.diag(strengths) - dense if laplacian else dense)
        missing = max(0, k - nodes)
        values, vectors = np.pad(values, (missing, 0)), np.pad(vectors, ((0, 0), (missing, 0)))
        order = np.argsort(np.abs(values) if which == "LM" else values, kind="stable")[::-1][:k]
        return values[order], vectors[:, order]

    lower = upper.T

    def apply(x):
        x = x.ravel()
        spread = upper @ x + lower @ x
        return strengths * x - spread if laplacian else spread

    operator = LinearOperator(upper.shape, matvec=apply, dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(nodes)
    values, vectors = eigsh(operator, k, which=which, v0=start, tol=TOLERANCE)
    order = np.argsort(values)[::-1]
    return values[order], vectors[:, order]
