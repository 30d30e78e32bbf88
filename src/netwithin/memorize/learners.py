"""Off-the-shelf learners that memorise a graph: support vectors and boosted trees (Sections 5.1, 5.2).

Both read the numbers of two nodes, i < j, and learn whether they are joined; every pair is given once, since
a decoder needs no more. scikit-learn does the learning. What has to be stored is counted array by array, each
number in the smallest type that holds it: node numbers as whole numbers, real ones in 32 bits. That is less
than any file these libraries write.

This module needs scikit-learn and is imported by name: `from netwithin.memorize import learners`.

Examples
--------
>>> from netwithin import graphs
>>> graph = graphs.newman_watts_strogatz(12, 0.25, seed=0)
>>> learner = support_vectors(graph)
>>> wrong_bits(scores(learner, graph), graph)
0
>>> size_bytes(learner) > graph.number_of_pairs / 8
True
"""

import time
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import expit
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from netwithin import plotting, rates
from netwithin.graphs import as_graph, matrix_market

Learner = SVC | GradientBoostingClassifier


def pairs(graph) -> tuple[np.ndarray, np.ndarray]:
    """The training set: every pair once.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected, without loops.

    Returns
    -------
    places : float64[m, 2]
        Node numbers i < j, row by row; m = n(n-1)/2.
    edges : bool[m]

    Raises
    ------
    ValueError
        If the graph is directed, bipartite, or has loops.

    Examples
    --------
    >>> pairs(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))[1].tolist()
    [True, False, False]
    """
    graph = as_graph(graph)
    if graph.kind != "undirected" or graph.has_loops:
        raise ValueError(f"the learners take an undirected graph without loops, not {graph}")
    i, j = np.triu_indices(graph.shape[0], 1)
    return np.stack([i, j], axis=1).astype(float), graph.adjacency.toarray()[i, j]


def support_vectors(graph, gamma: float = 1.0, penalty: float = 100.0, cache_mb: float = 200.0) -> SVC:
    """Fit a support vector machine with a Gaussian kernel, `exp(-gamma |x - y|^2)`, to a graph.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected, without loops, with at least one edge and one pair that is none.
    gamma : float
        Of the kernel, per squared node number. At 1 a pair's neighbours in the matrix hardly speak for it, so
        that everything can be memorised; the smaller, the smoother.
    penalty : float
        C, the price of a pair on the wrong side.
    cache_mb : float
        Memory for rows of the kernel matrix. libsvm computes rows when it needs them, and again if it had no
        room to keep them.

    Returns
    -------
    sklearn.svm.SVC

    References
    ----------
    Tang and Li (2022), Section 5.1. Cortes and Vapnik (1995), Support-vector networks.
    """
    return SVC(C=penalty, gamma=gamma, cache_size=cache_mb).fit(*pairs(graph))


def boosted_trees(
    graph,
    estimators: int = 500,
    depth: int = 20,
    learning_rate: float = 0.3,
    smallest_leaf: int = 1,
    seed: int = 0,
) -> GradientBoostingClassifier:
    """Fit boosted trees to a graph: each tree corrects what the trees before it left.

    The paper uses XGBoost with 500 trees of depth 20, says nothing of the other settings, and so presumably
    left them: a learning rate of 0.3, and a leaf that holds a sum of second derivatives of at least 1, which
    are a quarter a pair at the start. `smallest_leaf=4` asks for that much here.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected, without loops, with at least one edge and one pair that is none.
    estimators, depth : int
        Trees, and splits from a tree's root to a leaf at most.
    learning_rate : float
        Factor of each tree's correction.
    smallest_leaf : int
        Pairs in a leaf at least.
    seed : int
        Decides between splits that are equally good.

    Returns
    -------
    sklearn.ensemble.GradientBoostingClassifier

    References
    ----------
    Tang and Li (2022), Section 5.2. Friedman (2001), Greedy function approximation. Chen and Guestrin (2016),
    XGBoost.
    """
    places, edges = pairs(graph)
    trees = GradientBoostingClassifier(
        n_estimators=estimators,
        max_depth=depth,
        learning_rate=learning_rate,
        min_samples_leaf=smallest_leaf,
        random_state=seed,
    )
    return trees.fit(places, edges)


def scores(learner: Learner, graph) -> np.ndarray:
    """What a learner says about every entry of the matrix.

    Parameters
    ----------
    learner : SVC or GradientBoostingClassifier
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Says how many nodes there are; its edges are not looked at.

    Returns
    -------
    float64[n, n]
        Symmetric, from 0 to 1; 0.5 is the learner's own threshold. The diagonal is 0.
    """
    return _matrix(expit(learner.decision_function(pairs(graph)[0])), as_graph(graph).shape[0])


def staged(trees: GradientBoostingClassifier, graph, counts) -> list[tuple[int, np.ndarray, int]]:
    """What the first few of the trees would have said, for several numbers of trees.

    Parameters
    ----------
    trees : GradientBoostingClassifier
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    counts : collection of int
        Numbers of trees.

    Returns
    -------
    list of (count, scores float64[n, n], bytes)
        One for each number among `counts` that there is, in ascending order.
    """
    n, sizes = (
        as_graph(graph).shape[0],
        np.cumsum([_tree_bytes(tree[0].tree_, graph) for tree in trees.estimators_]),
    )
    said = enumerate(trees.staged_decision_function(pairs(graph)[0]), 1)
    return [
        (count, _matrix(expit(values.ravel()), n), int(sizes[count - 1]) + 4)
        for count, values in said
        if count in counts
    ]


def wrong_bits(scores: np.ndarray, graph) -> int:
    """Pairs i < j that a learner puts on the wrong side of 0.5."""
    values, edges = rates.pair_scores(scores, graph)
    return int(np.count_nonzero((values > 0.5) != edges))


def size_bytes(learner: Learner, graph=None) -> int:
    """Bytes of the arrays that a prediction needs.

    A support vector takes two node numbers (one byte each up to 256 nodes) and a coefficient of 32 bits; the
    machine besides takes its constant and gamma. A tree is written out node by node, each with its left
    branch before its right: a split takes a byte for which of the two numbers it asks for and a node number
    as its threshold; a leaf a byte that says so and a value of 32 bits. The trees besides take their first
    value.

    Parameters
    ----------
    learner : SVC or GradientBoostingClassifier
    graph : Graph, networkx graph, sparse or dense 0/1 matrix, optional
        Whose number of nodes decides a node number's bytes; one byte without it.

    Returns
    -------
    int
    """
    if isinstance(learner, SVC):
        return len(learner.support_) * (2 * _number_bytes(graph) + 4) + 8
    return sum(_tree_bytes(tree.tree_, graph) for tree in learner.estimators_.ravel()) + 4


def judge(learner: str, graph) -> dict[str, float | int]:
    """Fit one of the `LEARNERS` to a graph and count.

    Parameters
    ----------
    learner : str
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    dict
        `samples` (pairs), `wrong_bits` (among them), `training_seconds`, `parts` (support vectors, or the
        trees' nodes), `model_bytes`, `total_bits` and `residual_bits` of `rates.total_bits`, `bitmap_bits`,
        `density_entropy_bits`, `text_bytes` (the graph as the paper's files have it), `actual_density`,
        `edges`.

    Raises
    ------
    ValueError
        If there is no such learner.

    Examples
    --------
    >>> from netwithin import graphs
    >>> found = judge("boosted trees", graphs.erdos_renyi(10, 0.5))
    >>> found["wrong_bits"], found["total_bits"] == 8 * found["model_bytes"] + 9
    (0, True)
    """
    if learner not in LEARNERS:
        raise ValueError(f"{learner!r} is none of {', '.join(LEARNERS)}")
    graph = as_graph(graph)
    start = time.perf_counter()
    fitted = LEARNERS[learner](graph)
    seconds = time.perf_counter() - start
    said, size = scores(fitted, graph), size_bytes(fitted, graph)
    rate = rates.total_bits(said, graph, size)
    return {
        "samples": graph.number_of_pairs,
        "wrong_bits": wrong_bits(said, graph),
        "training_seconds": seconds,
        "parts": parts(fitted),
        "model_bytes": size,
        "total_bits": rate.total,
        "residual_bits": rate.residual,
        "bitmap_bits": rates.bitmap_bits(graph),
        "density_entropy_bits": rates.density_entropy_bits(graph),
        "text_bytes": len(matrix_market.dump_dense(graph)),
        "actual_density": graph.density,
        "edges": graph.number_of_edges,
    }


def parts(learner: Learner) -> int:
    """Support vectors, or nodes of all trees."""
    if isinstance(learner, SVC):
        return len(learner.support_)
    return sum(int(tree.tree_.node_count) for tree in learner.estimators_.ravel())


def power_law(samples, values) -> tuple[float, float]:
    """Factor and exponent of the law `values = factor * samples ** exponent`, by least squares of logs.

    Examples
    --------
    >>> factor, exponent = power_law([10, 100, 1000], [3e2, 3e4, 3e6])
    >>> round(factor, 6), round(exponent, 6)
    (3.0, 2.0)
    """
    exponent, constant = np.polyfit(np.log(samples), np.log(values), 1)
    return float(np.exp(constant)), float(exponent)


def law(runs: pd.DataFrame, column: str) -> tuple[float, float]:
    """The power law of a column over the largest tenfold of samples, since small runs measure overhead.

    Returns
    -------
    factor, exponent : float

    Examples
    --------
    >>> runs = pd.DataFrame({"samples": [1, 10, 40, 100], "seconds": [9.0, 1.0, 4.0, 10.0]})
    >>> round(law(runs, "seconds")[1], 6)
    1.0
    """
    upper = runs[runs.samples >= runs.samples.max() / 10]
    return power_law(upper.samples.astype(float), upper[column].astype(float))


def draw_stages(stages: dict[str, list], graph) -> Figure:
    """Draw wrong bits, and bits of model and residual, against the number of trees; a line a depth.

    Parameters
    ----------
    stages : dict
        Labels to what `staged` returned.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Whose bitmap is the unit, and whose density's entropy is drawn beside it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8))
    bitmap = rates.bitmap_bits(graph)
    for label, found in stages.items():
        counts = [count for count, _, _ in found]
        left.plot(counts, [wrong_bits(said, graph) for _, said, _ in found], marker="o", label=label)
        totals = [rates.total_bits(said, graph, size).total / bitmap for _, said, size in found]
        right.plot(counts, totals, marker="o", label=label)
    left.set(xscale="log", xlabel="trees", ylabel="wrong bits", ylim=(-1, None))
    right.set(xscale="log", yscale="log", xlabel="trees", ylabel="total, in bitmaps (logarithmic)")
    grey = plotting.COLOURS["grey"]
    right.axhline(1, color=grey, linestyle="-", linewidth=1)
    right.axhline(rates.density_entropy_bits(graph) / bitmap, color=grey, linestyle=":", linewidth=1)
    left.legend()
    return figure


def draw_kernel(runs: pd.DataFrame, marks: Sequence[int]) -> Figure:
    """Draw memory and time of the kernel matrix against samples, with the power laws out to `marks`.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of `kernel_cost`, with a column "source".
    marks : sequence of int
        Numbers of samples to mark.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, 2, figsize=(8, 4.3))
    line = np.geomspace(runs.samples.min(), max(marks), 50)
    shown = {
        "matrix stored": ("kernel_bytes", "seconds_stored"),
        "rows when needed": (None, "seconds_uncached"),
    }
    for (label, columns), colour, mark in zip(shown.items(), ("blue", "orange"), "os", strict=True):
        for ax, column, unit in zip(axes, columns, (1e9, 1), strict=True):
            if column:
                factor, exponent = law(runs, column)
                style = dict(color=plotting.COLOURS[colour], linestyle="--", linewidth=1)
                ax.plot(
                    line, factor * line**exponent / unit, label=f"{label}: exponent {exponent:.2f}", **style
                )
                for source, face in (("live", "white"), ("recorded", plotting.COLOURS[colour])):
                    rows = runs[runs.source == source]
                    ax.plot(rows.samples, rows[column] / unit, mark, mfc=face, color=plotting.COLOURS[colour])
    for ax, label in zip(axes, ("kernel matrix, GB", "training, s"), strict=True):
        for mark in marks:
            ax.axvline(mark, color=plotting.COLOURS["grey"], linestyle=":", linewidth=1)
        ax.set(xscale="log", yscale="log", xlabel="samples (pairs of nodes)", ylabel=f"{label} (logarithmic)")
        ax.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    return figure


def kernel_cost(graph, gamma: float = 1.0, penalty: float = 100.0) -> dict[str, float]:
    """Time and memory of a support vector machine, with and without the kernel matrix in memory.

    Returns
    -------
    dict
        `samples` (pairs), `kernel_bytes` (the matrix of float64, as it lies in memory), `seconds_stored`
        (kernel computed, stored, and the machine fitted to it), `seconds_cached` (200 MB for its rows) and
        `seconds_uncached` (1 MB), `support` (support vectors) and `same` (whether the stored matrix gave the
        same support vectors).
    """
    places, edges = pairs(graph)
    start = time.perf_counter()
    kernel = rbf_kernel(places, gamma=gamma)
    stored = SVC(C=penalty, kernel="precomputed").fit(kernel, edges)
    seconds = {"stored": time.perf_counter() - start}
    for name, cache in (("cached", 200), ("uncached", 1)):
        start = time.perf_counter()
        machine = support_vectors(graph, gamma, penalty, cache)
        seconds[name] = time.perf_counter() - start
    return {
        "samples": len(edges),
        "kernel_bytes": kernel.nbytes,
        **{f"seconds_{name}": value for name, value in seconds.items()},
        "support": len(machine.support_),
        "same": np.array_equal(machine.support_, stored.support_),
    }


def _matrix(values: np.ndarray, n: int) -> np.ndarray:
    """Values of the pairs i < j as a symmetric matrix."""
    matrix = np.zeros((n, n))
    matrix[np.triu_indices(n, 1)] = values
    return matrix + matrix.T


def _number_bytes(graph) -> int:
    """Bytes of a node number."""
    nodes = 1 if graph is None else as_graph(graph).shape[0]
    return np.min_scalar_type(max(nodes - 1, 0)).itemsize


def _tree_bytes(tree, graph) -> int:
    """Bytes of one tree: a byte a node, a threshold a split, 32 bits a leaf."""
    leaves = int(tree.n_leaves)
    splits = tree.node_count - leaves
    return splits * (1 + _number_bytes(graph)) + leaves * (1 + 4)


#: The learners as the chapter compares them.
LEARNERS: dict[str, Callable[..., Learner]] = {
    "support vectors": support_vectors,
    "boosted trees": boosted_trees,
    "boosted trees, 4 pairs a leaf": lambda graph: boosted_trees(graph, smallest_leaf=4),
}
