"""Support vectors and boosted trees: exact where they should be, and their bytes counted array by array."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

from netwithin import graphs, rates
from netwithin.memorize import learners

GRAPH = graphs.newman_watts_strogatz(14, 0.25, seed=0)
NOISE = graphs.erdos_renyi(14, 0.5, seed=1)


def test_pairs_are_the_upper_triangle():
    places, edges = learners.pairs(GRAPH)
    rows, columns = GRAPH.edges()
    np.testing.assert_array_equal(places[edges], np.stack([rows, columns], axis=1))
    assert len(edges) == GRAPH.number_of_pairs


@pytest.mark.parametrize("graph", [GRAPH, NOISE])
@pytest.mark.parametrize("fit", [learners.support_vectors, learners.boosted_trees])
def test_both_memorise_a_small_graph(fit, graph):
    learner = fit(graph)
    values = learners.scores(learner, graph)
    np.testing.assert_array_equal(values, values.T)
    np.testing.assert_array_equal(values > 0.5, graph.adjacency.toarray())
    assert learners.wrong_bits(values, graph) == 0


def test_a_smooth_kernel_and_a_single_split_do_not():
    assert learners.wrong_bits(learners.scores(learners.support_vectors(NOISE, gamma=1e-4), NOISE), NOISE)
    assert learners.wrong_bits(learners.scores(learners.boosted_trees(NOISE, 1, 1), NOISE), NOISE)


def test_the_counted_arrays_are_enough_to_predict():
    machine = learners.support_vectors(GRAPH, gamma=0.5)
    places, _ = learners.pairs(GRAPH)
    vectors = places[machine.support_].astype(np.uint8)
    coefficients = machine.dual_coef_[0].astype(np.float32)
    # int64: a difference of unsigned bytes would wrap around
    squares = ((places[:, None] - vectors[None].astype(np.int64)) ** 2).sum(-1)
    said = np.exp(-0.5 * squares) @ coefficients + np.float32(machine.intercept_[0])
    np.testing.assert_array_equal(said > 0, machine.predict(places))
    assert learners.size_bytes(machine) == vectors.nbytes + coefficients.nbytes + 8


def test_a_trees_bytes_are_its_splits_and_leaves():
    trees = learners.boosted_trees(GRAPH, estimators=3, depth=2)
    nodes = [tree[0].tree_ for tree in trees.estimators_]
    splits = sum(int((tree.children_left >= 0).sum()) for tree in nodes)
    leaves = sum(int((tree.children_left < 0).sum()) for tree in nodes)
    assert learners.size_bytes(trees) == 2 * splits + 5 * leaves + 4
    # thresholds lie half way between whole numbers, so that a node number says as much
    for tree in nodes:
        asked = tree.threshold[tree.children_left >= 0]
        np.testing.assert_array_equal(np.floor(asked) + 0.5, asked) if len(asked) else None
    large = graphs.Graph(np.zeros((300, 300)), "undirected")
    assert learners.size_bytes(trees, large) == 3 * splits + 5 * leaves + 4


def test_stages_end_at_the_whole_and_grow():
    trees = learners.boosted_trees(GRAPH, estimators=6, depth=3)
    stages = learners.staged(trees, GRAPH, (1, 3, 6, 99))
    assert [count for count, _, _ in stages] == [1, 3, 6]
    np.testing.assert_allclose(stages[-1][1], learners.scores(trees, GRAPH))
    sizes = [size for _, _, size in stages]
    assert sizes == sorted(sizes) and sizes[-1] == learners.size_bytes(trees)


def test_leaves_can_be_kept_large():
    small, large = (learners.boosted_trees(NOISE, 2, 20, smallest_leaf=k) for k in (1, 4))
    assert min(tree[0].tree_.n_node_samples.min() for tree in large.estimators_) >= 4
    assert learners.size_bytes(large) < learners.size_bytes(small)


def test_the_kernel_takes_eight_bytes_a_pair_of_samples():
    cost = learners.kernel_cost(GRAPH)
    assert cost["kernel_bytes"] == 8 * cost["samples"] ** 2
    assert cost["samples"] == GRAPH.number_of_pairs
    assert cost["support"] == len(learners.support_vectors(GRAPH).support_)
    assert cost["same"]


def test_an_exact_learner_costs_its_model_and_nine_bits():
    machine = learners.support_vectors(GRAPH)
    rate = rates.total_bits(learners.scores(machine, GRAPH), GRAPH, learners.size_bytes(machine))
    assert rate.total == 8 * learners.size_bytes(machine) + 9


def test_other_graphs_are_refused():
    for graph in (graphs.Graph(np.eye(3), "undirected"), graphs.Graph(np.ones((2, 3)), "bipartite")):
        with pytest.raises(ValueError, match="undirected graph without loops"):
            learners.pairs(graph)
    assert isinstance(learners.support_vectors(GRAPH), SVC)


@pytest.mark.parametrize("learner", learners.LEARNERS)
def test_judging_counts_the_same_as_its_parts(learner):
    found = learners.judge(learner, NOISE)
    fitted = learners.LEARNERS[learner](NOISE)
    said = learners.scores(fitted, NOISE)
    assert found["wrong_bits"] == learners.wrong_bits(said, NOISE)
    assert found["model_bytes"] == learners.size_bytes(fitted, NOISE)
    assert found["parts"] == learners.parts(fitted)
    assert found["total_bits"] == 8 * found["model_bytes"] + found["residual_bits"]
    assert found["text_bytes"] > 23 * 14 * 15 / 2 > found["bitmap_bits"] / 8


def test_an_unknown_learner_is_refused():
    with pytest.raises(ValueError, match="none of support vectors"):
        learners.judge("oracle", NOISE)


def test_figures_show_the_stages_and_the_laws():
    trees = learners.boosted_trees(GRAPH, estimators=3, depth=3)
    found = learners.staged(trees, GRAPH, (1, 3))
    left, right = learners.draw_stages({"depth 3": found}, GRAPH).axes
    wrong = [learners.wrong_bits(said, GRAPH) for _, said, _ in found]
    np.testing.assert_array_equal(left.lines[0].get_ydata(), wrong)
    totals = [rates.total_bits(said, GRAPH, size).total / 91 for _, said, size in found]
    np.testing.assert_allclose(right.lines[0].get_ydata(), totals)
    runs = pd.DataFrame({"samples": [10, 100], "kernel_bytes": [800, 80_000], "source": ["live", "recorded"]})
    runs = runs.assign(seconds_stored=[1, 10.0], seconds_uncached=[1, 1000.0])
    memory, seconds = learners.draw_kernel(runs, [1000]).axes
    assert [text.get_text() for text in memory.get_legend().texts] == ["matrix stored: exponent 2.00"]
    assert memory.lines[0].get_ydata()[-1] == pytest.approx(8e6 / 1e9)
    assert "exponent 3.00" in seconds.get_legend().texts[1].get_text()
    plt.close("all")
