"""Support vectors and boosted trees: exact where they should be, and their bytes counted array by array."""

import numpy as np
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
