"""What a decoder's clues know beyond degrees: an idea of each adaptive expert, on a graph that is seen whole.

The experts of a file have many more contexts, count in integers and see a pair once; this is their
arithmetic in floating point, to be looked at.
"""

import numpy as np
import pandas as pd

from netwithin.graphs import GraphError, as_graph

#: One clue of each adaptive expert, in words.
CLUES = {
    "distance": "label distance $j - i$",
    "picture": "edges west, north-west, north, north-east",
    "neighbours": "coded common neighbours",
}
_BANDS = ("1", "2-3", "4-7", "8-15", "16-31", "32+")
_MOST = 5  # common neighbours that are told apart
_PRIOR = 0.4  # edges, and pairs without, that every class is taken to have had before


def base(graph) -> np.ndarray:
    """Each pair's probability by the degrees known so far, when it is coded in the order of the rows.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected, neither without edges nor complete.

    Returns
    -------
    float64[n, n]
        In the upper triangle, NaN elsewhere. With d neighbours found among s pairs seen of each node, and
        the density p, the odds are (d_i + 1) / (s_i - d_i + 1/p) times (d_j + 1) / (s_j - d_j + 1/p), over
        p / (1 - p).

    Raises
    ------
    GraphError
        If the graph is of another kind.

    Examples
    --------
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])  # density 2/3
    >>> base(path).round(3).tolist()[0]  # 02 has one edge of one pair behind it, on the side of 0
    [nan, 0.182, 0.308]
    """
    graph = _undirected(graph)
    truth, density = graph.adjacency.toarray(), graph.density
    n = len(truth)
    found = np.zeros(n)  # neighbours known of each node
    odds = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i + 1, n):
            seen = np.array([j - 1, i])  # pairs of i and of j so far
            ratios = (found[[i, j]] + 1) / (seen - found[[i, j]] + 1 / density)
            odds[i, j] = ratios.prod() * (1 - density) / density
            found[i] += truth[i, j]
        found[i + 1 :] += truth[i, i + 1 :]
    return odds / (1 + odds)


def lift(edges: float, expected: float, pairs: float) -> float:
    """The log odds ratio of the edges seen in a class of pairs and of those expected there.

    Parameters
    ----------
    edges, expected : float
        Numbers of edges.
    pairs : float
        How many pairs the class has.

    Returns
    -------
    float
        In nats: 0 for a class that has seen nothing, and for one that is as expected.

    Examples
    --------
    >>> round(float(lift(3, 1.5, 10)), 2), float(lift(2, 2, 10)), float(lift(0, 0, 0))
    (0.77, 0.0, 0.0)
    """
    return np.log((edges + _PRIOR) / (pairs - edges + _PRIOR)) - np.log(
        (expected + _PRIOR) / (pairs - expected + _PRIOR)
    )


def classes(graph) -> dict[str, tuple[np.ndarray, tuple[str, ...]]]:
    """The classes that each clue puts the pairs in.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected.

    Returns
    -------
    dict
        By name, as in `CLUES`: the class of each pair, int64[pairs], in the order of
        `numpy.triu_indices(n, 1)`, and the classes' names.

    Raises
    ------
    GraphError
        If the graph is of another kind.
    """
    graph = _undirected(graph)
    upper = np.triu(graph.adjacency.toarray(), 1).astype(np.int64)
    i, j = np.triu_indices(len(upper), 1)
    padded = np.pad(upper, 1)  # so that entry i, j is at i + 1, j + 1
    around = padded[i + 1, j] + padded[i, j] + padded[i, j + 1] + padded[i, j + 2]
    common = np.minimum((upper.T @ upper)[i, j], _MOST)
    bands = np.minimum(np.log2(j - i).astype(np.int64), len(_BANDS) - 1)
    return {
        "distance": (bands, _BANDS),
        "picture": (around, tuple("01234")),
        "neighbours": (common, (*map(str, range(_MOST)), f"{_MOST}+")),
    }


def lifts(graph) -> pd.DataFrame:
    """The edges in each class of pairs beside those that degrees made expect there.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        As for `base`.

    Returns
    -------
    pandas.DataFrame
        A row for each class with pairs in it: `clue`, `label`, `pairs`, `edges`, `expected`, `lift` in nats.

    Examples
    --------
    >>> from netwithin import graphs
    >>> table = lifts(graphs.load("karate-club"))
    >>> table.groupby("clue")["edges"].sum().to_dict()
    {'distance': 78, 'neighbours': 78, 'picture': 78}
    """
    graph = _undirected(graph)
    pairs = np.triu_indices(graph.shape[0], 1)
    edges, expected = graph.adjacency.toarray()[pairs], base(graph)[pairs]
    rows = []
    for clue, (which, labels) in classes(graph).items():
        for k in np.unique(which):
            own = which == k
            counts = {"pairs": own.sum(), "edges": edges[own].sum(), "expected": expected[own].sum()}
            rows.append({"clue": clue, "label": labels[k], **counts, "lift": lift(**counts)})
    return pd.DataFrame(rows)


def _undirected(graph):
    graph = as_graph(graph)
    if graph.kind != "undirected":
        raise GraphError(f"clues are drawn for undirected graphs, not for a {graph.kind} one")
    return graph
