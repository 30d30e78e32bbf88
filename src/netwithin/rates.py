"""The bits it takes to store a graph exactly, given somebody's scores for its pairs.

Every method is judged by one number: the bytes of its model plus what is still missing to get the
graph back without a wrong bit. A method that holds the graph completely pays for its model only; one
that knows nothing pays the entropy of the density. The residual is an exact code length, not an
estimate: the pairs are parted into groups by their scores, and each group states how many edges it
has and which of its pairs they are.

A decoder has to compute the same scores to the last bit. Where they come from floating-point
arithmetic, which differs between machines, the total is a count and no file that decodes anywhere;
`netwithin.codec` writes files that do.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import entr, gammaln

from netwithin.graphs import as_graph

#: One byte says how the residual was coded.
METHOD_BITS = 8
#: A threshold that is not known beforehand is a float32.
THRESHOLD_BITS = 32
#: Numbers of groups of equal size that are tried for calibrated probabilities.
GROUPS = (1, 2, 4, 8, 16, 32, 64, 128)


class Rate(NamedTuple):
    """What a graph costs, in bits.

    Attributes
    ----------
    total : float
        Model and residual.
    model : int
        Model.
    residual : float
        What makes it exact, the byte that names the method included.
    method : str
        The cheapest residual: "mean", "half" or "best" (wrong bits at that threshold are listed), or
        "calibrated".
    """

    total: float
    model: int
    residual: float
    method: str


def bitmap_bits(graph) -> int:
    """One bit for every pair that may be an edge: n(n-1)/2 for an undirected graph without loops.

    Examples
    --------
    >>> bitmap_bits(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    3
    """
    return as_graph(graph).number_of_pairs


def density_entropy_bits(graph) -> float:
    """H(density) bits for every pair: what a graph costs if nothing but its density is known.

    Returns
    -------
    float
        0 for a graph without edges and for a complete one.

    Examples
    --------
    >>> round(density_entropy_bits(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])), 3)  # 3 H(2/3)
    2.755
    """
    graph = as_graph(graph)
    shares = np.array([graph.density, 1 - graph.density])
    return float(graph.number_of_pairs * entr(shares).sum() / np.log(2))


def polya_urn_bits(graph) -> float:
    """Ideal code length under a Polya urn: each edge's ends are drawn in proportion to degree + 1.

    The order of the edges, and of an undirected edge's ends, are taken off. The model allows edges that
    repeat and loops, so it wastes something on graphs that have neither; it is what Random Edge Coding
    reaches, and the baseline for graphs whose labels tell nothing but whose degrees vary.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    float
        0 for a graph without edges.

    References
    ----------
    Severo, Townsend, Khisti, Makhzani (2023). Random edge coding, Section 4.
    """
    graph = as_graph(graph)
    rows, columns = graph.edges()
    if graph.kind == "bipartite":
        columns = columns + graph.shape[0]
    degrees = np.bincount(np.concatenate([rows, columns]), minlength=graph.number_of_nodes)
    edges, nodes = len(rows), graph.number_of_nodes
    if not edges:
        return 0.0  # the formula's gamma functions are infinite where there is no node
    draws = gammaln(2 * edges + nodes) - gammaln(nodes) - gammaln(degrees + 1).sum()
    order = gammaln(edges + 1) + (edges * np.log(2) if graph.kind == "undirected" else 0)
    return float((draws - order) / np.log(2))


def subset_bits(size: int | np.ndarray, chosen: int | np.ndarray) -> float | np.ndarray:
    """Bits that say which `chosen` of `size` things: log2 of the binomial coefficient.

    Examples
    --------
    >>> round(float(subset_bits(10, 3)), 6)  # log2(120)
    6.906891
    """
    size, chosen = np.asarray(size, dtype=float), np.asarray(chosen, dtype=float)
    bits = (gammaln(size + 1) - gammaln(chosen + 1) - gammaln(size - chosen + 1)) / np.log(2)
    return np.maximum(bits, 0.0)


def errors_bits(pairs: int, errors: int) -> float:
    """Bits that list the wrong ones among `pairs` bits: how many, then which.

    The count is written in Elias' gamma code of `errors + 1` (2 floor(log2(errors + 1)) + 1 bits, so
    one bit when nothing is wrong), the set by its index among all sets of that size.

    Examples
    --------
    >>> errors_bits(4950, 0)
    1.0
    >>> round(errors_bits(4950, 1), 3)
    15.273
    """
    if not 0 <= errors <= pairs:
        raise ValueError(f"{errors} errors among {pairs} pairs")
    return float(2 * int(np.log2(errors + 1)) + 1 + subset_bits(pairs, errors))


def calibrated_bits(scores: np.ndarray, edges: np.ndarray) -> float:
    """Bits for the edges when the scores are read as probabilities, after calibration.

    The pairs are sorted by score and parted into groups of equal size (a decoder can do the same;
    equal scores stay together). Each group codes its number of edges with equal probability for all
    possible numbers, log2(size + 1) bits, and then which: what an adaptive probability per group costs
    (Laplace's rule). The best number of groups of `GROUPS` is taken and stated in 3 bits.

    Parameters
    ----------
    scores : float[m]
        The higher, the likelier an edge; only the order matters.
    edges : bool[m]

    Returns
    -------
    float
    """
    if not len(scores):
        return float(np.log2(len(GROUPS)))
    ordered = np.sort(scores)
    costs = []
    for groups in GROUPS:
        cuts = ordered[np.arange(1, groups) * len(ordered) // groups]
        group = np.searchsorted(np.unique(cuts), scores, side="right")
        size = np.bincount(group, minlength=1)
        ones = np.bincount(group, weights=edges, minlength=len(size))
        costs.append(float(np.sum(np.log2(size + 1) + subset_bits(size, ones))))
    return min(costs) + float(np.log2(len(GROUPS)))


def pair_scores(scores: np.ndarray, graph) -> tuple[np.ndarray, np.ndarray]:
    """The pairs that have to be coded: their scores and whether they are edges.

    An undirected pair has two entries in the matrix; its score is their mean, which a decoder knows.

    Parameters
    ----------
    scores : float[rows, columns]
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    scores : float64[pairs]
    edges : bool[pairs]

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    graph = as_graph(graph)
    scores, matrix = np.asarray(scores, dtype=np.float64), graph.adjacency.toarray()
    if scores.shape != matrix.shape:
        raise ValueError(f"{scores.shape} scores for a matrix of {matrix.shape}")
    if graph.kind == "bipartite":
        wanted = np.ones(matrix.shape, dtype=bool)
    elif graph.kind == "directed":
        wanted = ~np.eye(len(matrix), dtype=bool) | graph.has_loops
    else:
        scores = (scores + scores.T) / 2
        wanted = np.triu(np.ones(matrix.shape, dtype=bool), k=0 if graph.has_loops else 1)
    return np.nan_to_num(scores[wanted], nan=-np.inf, posinf=np.inf, neginf=-np.inf), matrix[wanted]


def total_bits(scores: np.ndarray, adjacency, model_bytes: int) -> Rate:
    """The bits that store a graph exactly: a model, and what its scores still leave open.

    Tried are, with a byte that says which: the list of wrong bits when the scores of the pairs are
    cut at their mean, at 0.5, or at the best threshold (stated in 32 bits), and the code of calibrated
    probabilities. The cheapest counts.

    Parameters
    ----------
    scores : float[rows, columns]
        Score of every matrix entry; above a threshold means an edge.
    adjacency : Graph, networkx graph, sparse or dense 0/1 matrix
        The graph to store.
    model_bytes : int
        What has to be stored to compute the scores.

    Returns
    -------
    Rate

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    A model that is right costs its bytes, one byte and one bit:

    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> total_bits(0.9 * path, path, model_bytes=10)
    Rate(total=89.0, model=80, residual=9.0, method='mean')
    """
    values, edges = pair_scores(scores, adjacency)
    ordered = np.sort(values)
    ranked = edges[np.argsort(values, kind="stable")]
    # Wrong bits when everything above the k-th smallest score reads as an edge, for k = 0 .. pairs.
    wrong = np.concatenate([[0], np.cumsum(ranked)])
    wrong = wrong + (len(edges) - np.arange(len(edges) + 1)) - (edges.sum() - wrong)
    cuts = np.concatenate([[-np.inf], ordered, [np.inf]])
    cuts = cuts[1:] > cuts[:-1]  # no threshold parts equal scores

    def listed(threshold: float) -> float:
        return errors_bits(len(edges), int(np.count_nonzero((values > threshold) != edges)))

    mean = values[np.isfinite(values)].mean() if np.isfinite(values).any() else 0.0
    residuals = {
        "mean": listed(mean),
        "half": listed(0.5),
        "best": errors_bits(len(edges), int(wrong[cuts].min())) + THRESHOLD_BITS,
        "calibrated": calibrated_bits(values, edges),
    }
    method = min(residuals, key=residuals.__getitem__)
    residual = residuals[method] + METHOD_BITS
    return Rate(8 * model_bytes + residual, 8 * model_bytes, residual, method)
