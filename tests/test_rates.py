"""The bits of an exact graph, against counting by hand and by exhaustion."""

import itertools
import math

import numpy as np
import pytest

from netwithin import graphs, rates
from netwithin.codec import baselines


def random_graph(n=12, seed=0):
    return graphs.erdos_renyi(n, 0.4, seed=seed)


def test_subset_bits_is_the_binomial_coefficient():
    for size, chosen in itertools.product(range(40), repeat=2):
        if chosen <= size:
            assert rates.subset_bits(size, chosen) == pytest.approx(
                math.log2(math.comb(size, chosen)), abs=1e-9
            )


def test_errors_bits_satisfy_kraft():
    # One code word per set of wrong bits: their lengths must fit into a prefix code.
    pairs = 18
    kraft = sum(math.comb(pairs, k) * 2.0 ** -rates.errors_bits(pairs, k) for k in range(pairs + 1))
    assert kraft <= 1.0 + 1e-9
    with pytest.raises(ValueError, match="19 errors"):
        rates.errors_bits(18, 19)


def test_calibrated_bits_satisfy_kraft():
    # All graphs on 10 pairs with fixed scores: the code lengths fit into one prefix code.
    scores = np.random.default_rng(0).random(10)
    lengths = [
        rates.calibrated_bits(scores, np.array(edges))
        for edges in itertools.product([False, True], repeat=10)
    ]
    assert np.sum(2.0 ** -np.array(lengths)) <= 1.0 + 1e-9


def test_useless_scores_cost_the_densitys_entropy():
    graph = graphs.erdos_renyi(200, 0.1, seed=1)
    rate = rates.total_bits(np.zeros(graph.shape), graph, model_bytes=0)
    q = graph.density
    entropy = graph.number_of_pairs * -(q * math.log2(q) + (1 - q) * math.log2(1 - q))
    assert rate.method == "calibrated"
    assert entropy - 10 < rate.residual < entropy + 40


def test_true_probabilities_are_nearly_used_up():
    # Edges drawn from known probabilities cannot cost less than their entropy; a small surplus is the
    # price of learning the calibration.
    generator = np.random.default_rng(2)
    n = 300
    truth = generator.choice([0.02, 0.3, 0.9], size=(n, n))
    upper = np.triu(generator.random((n, n)) < truth, 1)
    probability = np.triu(truth, 1) + np.triu(truth, 1).T
    graph = graphs.as_graph(upper | upper.T)
    q = truth[np.triu_indices(n, 1)]
    e = upper[np.triu_indices(n, 1)]
    ideal = -np.log2(np.where(e, q, 1 - q)).sum()
    rate = rates.total_bits(probability, graph, model_bytes=100)
    assert rate.model == 800 and rate.method == "calibrated"
    assert ideal - 60 < rate.residual < 1.02 * ideal


@pytest.mark.parametrize("wrong", [0, 1, 5])
def test_wrong_pairs_are_listed(wrong):
    graph = random_graph(60)
    scores = graph.adjacency.toarray().astype(float)
    rows, columns = np.triu_indices(60, 1)
    for i, j in list(zip(rows, columns, strict=True))[: 7 * wrong : 7]:
        scores[i, j] = scores[j, i] = 1 - scores[i, j]
    rate = rates.total_bits(scores, graph, model_bytes=3)
    assert rate.residual == pytest.approx(8 + rates.errors_bits(60 * 59 // 2, wrong))
    assert rate.total == 24 + rate.residual


def test_the_best_threshold_is_tried():
    graph = random_graph(60)
    scores = 3 + 0.1 * graph.adjacency.toarray() + 5 * np.eye(60)
    scores[0, 1:] = scores[1:, 0] = 0.0  # drags the mean away from the gap
    edges = graph.adjacency.toarray()
    pairs = np.triu_indices(60, 1)
    values, truth = scores[pairs], edges[pairs]
    fewest = min(np.count_nonzero((values > t) != truth) for t in [-np.inf, *values])
    rate = rates.total_bits(scores, graph, 0)
    assert rate.residual <= 8 + 32 + rates.errors_bits(len(truth), fewest) + 1e-9


@pytest.mark.parametrize(
    "graph",
    [
        graphs.Graph(np.ones((3, 3)), "undirected"),
        graphs.Graph([[0, 1, 1], [0, 0, 0], [1, 0, 0]], "directed"),
        graphs.Graph([[1, 1, 0], [0, 0, 0], [1, 0, 1]], "directed"),
        graphs.Graph([[1, 0, 1], [0, 1, 1]], "bipartite"),
        graphs.Graph(np.zeros((0, 0)), "undirected"),
        graphs.Graph(np.zeros((1, 1)), "undirected"),
        graphs.Graph(np.zeros((5, 5)), "undirected"),
    ],
)
def test_every_kind_of_graph(graph):
    matrix = graph.adjacency.toarray().astype(float)
    values, edges = rates.pair_scores(matrix, graph)
    assert len(values) == rates.bitmap_bits(graph)
    np.testing.assert_array_equal(values > 0.5, edges)
    assert 9.0 <= rates.total_bits(matrix, graph, 0).residual <= 9.0 + math.log2(len(values) + 1)


def test_nan_scores_read_as_no_edge():
    graph = random_graph()
    rate = rates.total_bits(np.full(graph.shape, np.nan), graph, 0)
    assert np.isfinite(rate.total)
    with pytest.raises(ValueError, match="for a matrix"):
        rates.total_bits(np.zeros((3, 4)), graph, 0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
@pytest.mark.parametrize("size", [0, 1, 4])
def test_a_graph_without_edges_costs_nothing(kind, size):
    graph = graphs.Graph(np.zeros((size, size)), kind)
    assert rates.polya_urn_bits(graph) == rates.density_entropy_bits(graph) == 0.0
    sizes = baselines.compare(graph)
    assert sizes["polya_urn"] == sizes["density_entropy"] == 0
