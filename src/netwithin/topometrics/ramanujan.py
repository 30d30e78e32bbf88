"""The Ramanujan metrics of one layer: is its bipartite graph as good an expander as its degrees allow?

A layer's rolled encoding is a bipartite graph with `in_channels * kernel_height * kernel_width` nodes on the
left and `out_channels` on the right. The eigenvalues of its adjacency matrix are the singular values of its
biadjacency matrix with either sign (and zeros), so mu_0 is the largest singular value and mu-hat, the
largest eigenvalue in magnitude but for the two trivial ones, is the second.
"""

import numpy as np
import scipy.sparse

#: A subgraph takes part in IMDB and IMSG if both its mean degrees reach this.
LEAST_DEGREE = 3


def difference_of_bound(layer, compat: str | None = None) -> float:
    """How far the second eigenvalue of a layer lies below the bound that makes a Ramanujan graph.

    Parameters
    ----------
    layer : LayeredGraph of two layers, or array or scipy.sparse array, shape (left, right)
        The rolled encoding, or its biadjacency matrix. Of a sparse matrix every stored entry is an edge, of
        a dense one every entry that is not 0. Nodes without edges are left out.
    compat : {None, "released"}
        By default 2 sqrt(d - 1) - mu-hat with the mean degree d of all nodes, as printed. "released": what
        the released tables hold, (b - mu-hat) / b with b = sqrt(d_L - 1) + sqrt(d_R - 1) and the mean
        degrees of either side.

    Returns
    -------
    float
        NaN if the layer has no edges, or if the released bound is 0. Weights are not used.

    Raises
    ------
    ValueError
        If `compat` is unknown or the layer is not bipartite.

    Examples
    --------
    >>> round(difference_of_bound(np.ones((4, 4))), 3)  # a complete bipartite graph: 2 sqrt(3) - 0
    3.464

    References
    ----------
    Cunegatti et al. (2024), Section 4.1; Pal et al. (2022). A study on the Ramanujan graph property of
    winning lottery tickets.
    """
    edges = _connected(biadjacency(layer)[0])
    return _below_bound(edges, _checked(compat)) if edges.size else float("nan")


def imdb(layer, compat: str | None = None) -> float:
    """Iterative mean difference of bound: the mean over left-regular subgraphs.

    Left nodes of one degree, with all right nodes that they reach, make a subgraph; those count whose mean
    degrees are both `LEAST_DEGREE` or more.

    Parameters
    ----------
    layer, compat
        As for `difference_of_bound`.

    Returns
    -------
    float
        NaN if no subgraph counts.

    Examples
    --------
    >>> round(imdb(np.ones((4, 4))), 3), imdb(np.eye(4))
    (3.464, nan)

    References
    ----------
    Hoang et al. (2023b). Revisiting pruning at initialization through the lens of Ramanujan graph.
    """
    compat = _checked(compat)
    found = [_below_bound(edges, compat) for edges, _ in _regular_parts(layer)]
    return float(np.mean(found)) if found else float("nan")


def imsg(layer) -> float:
    """Iterative mean weighted spectral gap: the mean of mu_0 - mu-hat over the subgraphs of `imdb`.

    Parameters
    ----------
    layer
        As for `difference_of_bound`, with weights, whose magnitudes count.

    Returns
    -------
    float
        NaN if no subgraph counts.

    Examples
    --------
    >>> round(imsg(-2 * np.ones((4, 4))), 3)
    8.0

    References
    ----------
    Hoang et al. (2023a). Don't just prune by magnitude! Your mask topology is a secret weapon.
    """
    gaps = [-float(np.diff(_largest_two(weights))[0]) for _, weights in _regular_parts(layer)]
    return float(np.mean(gaps)) if gaps else float("nan")


def layer_density(layer) -> float:
    """Share of a layer's connections that are there.

    Parameters
    ----------
    layer
        As for `difference_of_bound`.

    Returns
    -------
    float
        Between 0 and 1; NaN for a layer that cannot have any.

    Examples
    --------
    >>> layer_density(np.eye(4))
    0.25
    """
    edges = biadjacency(layer)[0]
    return float(edges.mean()) if edges.size else float("nan")


#: The metrics that the paper compares, by name.
RAMANUJAN = {
    "difference_of_bound": difference_of_bound,
    "imdb": imdb,
    "imsg": imsg,
    "layer_density": layer_density,
}


def biadjacency(layer) -> tuple[np.ndarray, np.ndarray]:
    """A bipartite layer's edges and the magnitudes of its weights.

    Parameters
    ----------
    layer
        As for `difference_of_bound`.

    Returns
    -------
    edges : bool[left, right]
    weights : float64[left, right]

    Raises
    ------
    ValueError
        If a graph has more or fewer than two layers, or what was given is no matrix.

    Examples
    --------
    >>> edges, weights = biadjacency(np.array([[0.0, -0.5]]))
    >>> edges.tolist(), weights.tolist()
    ([[False, True]], [[0.0, 0.5]])
    """
    if hasattr(layer, "adjacency"):
        if len(layer.offsets) != 3:
            raise ValueError(f"a bipartite layer has two layers of nodes, not {len(layer.offsets) - 1}")
        left = int(layer.offsets[1])
        layer = layer.adjacency[:left, left:]
    if scipy.sparse.issparse(layer):
        entries = layer.tocoo()
        edges = np.zeros(layer.shape, dtype=bool)
        edges[entries.coords] = True
        return edges, np.abs(entries.toarray().astype(np.float64))
    weights = np.abs(np.asarray(layer, dtype=np.float64))
    if weights.ndim != 2:
        raise ValueError(f"a biadjacency matrix has two dimensions, not {weights.ndim}")
    return weights != 0, weights


def _regular_parts(layer) -> list[tuple[np.ndarray, np.ndarray]]:
    """Edges and weights of the left-regular subgraphs that are dense enough, by falling degree."""
    edges, weights = biadjacency(layer)
    degrees = edges.sum(axis=1)
    parts = []
    for degree in np.unique(degrees[degrees >= LEAST_DEGREE])[::-1]:
        rows = degrees == degree
        reached = edges[rows].any(axis=0)
        part = edges[rows][:, reached]
        if part.sum(axis=0).mean() >= LEAST_DEGREE:
            parts.append((part, weights[rows][:, reached]))
    return parts


def _connected(edges: np.ndarray) -> np.ndarray:
    """The matrix without rows and columns that have no edge."""
    return edges[edges.any(axis=1)][:, edges.any(axis=0)]


def _below_bound(edges: np.ndarray, compat: str | None) -> float:
    """The bound less mu-hat, of a graph without isolated nodes; as a share of the bound in `compat`."""
    second = _largest_two(edges)[1]
    if compat is None:
        return float(2 * np.sqrt(2 * edges.sum() / sum(edges.shape) - 1) - second)
    bound = np.sqrt(edges.sum(axis=1).mean() - 1) + np.sqrt(edges.sum(axis=0).mean() - 1)
    return float((bound - second) / bound) if bound else float("nan")


def _largest_two(matrix: np.ndarray) -> np.ndarray:
    """The two largest singular values, the second 0 if there is one only; by way of the smaller square."""
    matrix = matrix.astype(np.float64)
    square = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    values = np.linalg.eigvalsh(square)[::-1][:2]
    return np.sqrt(np.pad(np.maximum(values, 0), (0, 2 - len(values))))


def _checked(compat: str | None) -> str | None:
    if compat not in (None, "released"):
        raise ValueError(f"compat is {compat!r}; it must be None or 'released'")
    return compat
