"""A trial counts what it says, and what it is told is all that it depends on."""

import math

import numpy as np
import pytest

from netwithin import graphs, memorize, rates
from netwithin.graphs import orderings
from netwithin.memorize import trials

SMALL = dict(nodes=12, density=0.3, width=8, epochs=4, chunk=50)


@pytest.mark.parametrize("network", trials.NETWORKS)
@pytest.mark.parametrize("graph", trials.GENERATORS)
def test_counts_agree_with_the_scores(graph, network):
    found = trials.trial(graph=graph, network=network, depth=2, **SMALL)
    truth, metrics = found.graph.adjacency.toarray(), found.metrics
    read = found.scores > 0.5
    assert metrics["wrong_bits"] == (read != truth).sum() == memorize.bit_errors(found.scores, truth, 0.5)
    assert metrics["accuracy_percent"] == pytest.approx(100 * (read == truth).mean())
    constant = max((truth == value).mean() for value in (0, 1))
    assert metrics["majority_percent"] == pytest.approx(100 * constant)
    assert metrics["total_bits"] == 8 * metrics["model_bytes"] + metrics["residual_bits"]
    assert metrics["model_bytes"] == 2 * metrics["parameters_count"]
    assert metrics["bitmap_bits"] == rates.bitmap_bits(found.graph)


def test_what_is_told_decides_what_comes_out():
    first, again = (trials.trial(network="Block", **SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.scores, again.scores)
    assert first.metrics == again.metrics and first.parameters == again.parameters
    other = trials.trial(network="Block", seed=1, **SMALL)
    assert other.graph != first.graph
    assert not np.array_equal(first.scores, other.scores)
    record = first.record("demo")
    assert record["parameters"] == first.parameters and record["metrics"] == first.metrics


def test_the_band_is_a_prediction_of_its_own():
    graph = graphs.newman_watts_strogatz(20, 0.3, seed=0)
    ring = graphs.newman_watts_strogatz(20, 0.3, 0.0, seed=0)
    found = trials.reading(ring.adjacency.toarray().astype(float), graph)
    assert found["accuracy_percent"] == found["band_percent"] < 100
    assert (found["edges_in_band_percent"], found["edges_off_band_percent"]) == (100, 0)
    noise = trials.reading(np.zeros((12, 12)), graphs.erdos_renyi(12, 0.5))
    assert noise["band_percent"] is noise["edges_off_band_percent"] is None
    exact = trials.reading(ring.adjacency.toarray(), ring)
    assert exact["band_percent"] == 100 and exact["edges_off_band_percent"] is None


@pytest.mark.parametrize("density", [0.05, 0.25, 0.9])
def test_oversampling_brings_both_kinds_to_the_same_number(density):
    graph = graphs.erdos_renyi(20, density, seed=1)
    truth = graph.adjacency.toarray().ravel()
    rows = trials.training_rows(graph, True, seed=0)
    times = np.bincount(rows, minlength=400)
    assert truth[rows].mean() == 0.5
    rarer = truth if truth.mean() < 0.5 else ~truth
    assert (times[~rarer] == 1).all()
    assert np.ptp(times[rarer]) <= 1 and times[rarer].min() >= 1
    plain = trials.training_rows(graph, False, seed=0)
    assert sorted(plain) == list(range(400)) and not np.array_equal(plain, np.arange(400))


def test_graphs_of_one_kind_only_are_not_oversampled():
    empty = graphs.Graph(np.zeros((4, 4)), "undirected")
    assert sorted(trials.training_rows(empty, True, 0)) == list(range(16))


def test_an_order_changes_what_is_read_and_not_what_is_stored():
    given = trials.trial(network="Block", **SMALL)
    turned = trials.trial(network="Block", order="random", **SMALL)
    assert given.graph == turned.graph
    assert not np.array_equal(given.scores, turned.scores)
    assert turned.metrics["order_bits"] == trials.SEED_BITS
    assert given.metrics["order_bits"] == 0
    assert turned.metrics["total_bits"] == (
        8 * turned.metrics["model_bytes"] + turned.metrics["residual_bits"] + trials.SEED_BITS
    )


def test_a_shuffled_graph_is_the_same_graph_under_other_numbers():
    plain = trials.trial(network="Block", **SMALL)
    mixed = trials.trial(network="Block", shuffled=True, **SMALL)
    assert plain.graph != mixed.graph
    degrees = [np.sort(made.adjacency.toarray().sum(1)) for made in (plain.graph, mixed.graph)]
    np.testing.assert_array_equal(*degrees)
    assert mixed.metrics["band_percent"] is None
    again = orderings.relabelled(mixed.graph, orderings.at_random(mixed.graph, 0))
    assert again != plain.graph  # the random order does not undo the shuffling


def test_order_bits_count_the_order_and_its_gaps():
    graph = graphs.erdos_renyi(9, 0.4, seed=0)
    plain, spaced = (trials.positions(graph, "degree", gap) for gap in (1, 5))
    factorial = math.log2(math.factorial(9))
    assert trials.order_bits(plain, "degree") == pytest.approx(factorial)
    assert trials.order_bits(spaced, "degree", 5) == pytest.approx(factorial + 8)
    assert trials.order_bits(np.arange(9), "spectral") == 0


@pytest.mark.parametrize("wrong", [{"network": "Cube"}, {"order": "backwards"}])
def test_unknown_names_are_refused(wrong):
    with pytest.raises(ValueError, match="none of"):
        trials.trial(**wrong)
