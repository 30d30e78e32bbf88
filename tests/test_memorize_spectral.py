"""Eigenvectors as coordinates: they are eigenvectors, they are counted, and they name the nodes."""

import networkx as nx
import numpy as np
import pytest

from netwithin import graphs, memorize, rates
from netwithin.memorize import spectral


def test_eigenvectors_are_those_of_networkx_laplacian():
    graph = graphs.erdos_renyi(30, 0.3, seed=2)
    vectors = spectral.laplacian_eigenvectors(graph, 5)
    laplacian = nx.normalized_laplacian_matrix(graph.to_networkx(), nodelist=range(30)).toarray()
    values = np.linalg.eigvalsh(laplacian)
    assert np.allclose(laplacian @ vectors, vectors * values[1:6])
    assert np.allclose(vectors.T @ vectors, np.eye(5))
    assert (vectors[np.abs(vectors).argmax(axis=0), range(5)] > 0).all()


def test_coordinates_follow_the_nodes_and_not_their_numbers():
    graph = graphs.watts_strogatz(24, 0.2, 0.1, seed=0)
    moved = np.random.default_rng(0).permutation(24)
    shuffled = graphs.Graph(graph.adjacency[moved][:, moved], "undirected")
    one, two = (spectral.laplacian_eigenvectors(each, 3) for each in (graph, shuffled))
    assert np.allclose(one[moved], two)


@pytest.mark.parametrize("count", [0, 4])
def test_a_graph_has_so_many_eigenvectors_and_no_more(count):
    with pytest.raises(ValueError, match="4 nodes have 3 eigenvectors"):
        spectral.laplacian_eigenvectors(np.eye(4)[::-1], count)


def test_a_directed_graph_is_refused():
    arrow = graphs.Graph([[0, 1], [0, 0]], "directed")
    with pytest.raises(ValueError, match="directed"):
        spectral.laplacian_eigenvectors(arrow, 1)
    with pytest.raises(ValueError, match="directed"):
        spectral.low_rank(arrow, 1, 8)


def test_isolated_nodes_and_several_components_have_eigenvectors():
    lonely = np.zeros((6, 6))
    lonely[0, 1] = lonely[1, 0] = lonely[2, 3] = lonely[3, 2] = 1
    vectors = spectral.laplacian_eigenvectors(lonely, 5)
    assert np.isfinite(vectors).all() and np.allclose(vectors.T @ vectors, np.eye(5))


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_quantised_columns_take_no_more_values_than_their_bits_tell_apart(bits):
    vectors = np.random.default_rng(1).normal(size=(500, 2))
    rounded = spectral.quantise(vectors, bits)
    assert all(len(np.unique(column)) <= 2**bits - 1 for column in rounded.T)
    assert np.abs(rounded).max() == 1
    scaled = vectors / np.abs(vectors).max(axis=0)
    assert np.abs(rounded - scaled).max() <= 0.5 / (2 ** (bits - 1) - 1) + 1e-12


def test_one_bit_is_refused_and_a_column_of_zeros_is_none_the_worse():
    with pytest.raises(ValueError, match="1 bits"):
        spectral.quantise(np.ones((2, 1)), 1)
    assert (spectral.quantise(np.zeros((3, 1)), 4) == 0).all()


def test_stored_bytes_are_rounded_up():
    assert spectral.stored_bytes(3, 1, 3) == 2


def test_inputs_are_in_the_order_of_the_matrix():
    graph = graphs.erdos_renyi(7, 0.5, seed=0)
    vectors = np.arange(7.0)[:, None]
    inputs = spectral.pair_inputs(vectors).numpy()
    matrix = graph.adjacency.toarray()
    edges = memorize.pixels(graph)[1].numpy() > 0
    assert {tuple(pair) for pair in inputs[edges].astype(int)} == set(zip(*np.nonzero(matrix), strict=True))


def test_full_rank_is_the_matrix_and_less_is_the_best_there_is():
    graph = graphs.erdos_renyi(20, 0.4, seed=3)
    matrix = graph.adjacency.toarray()
    scores, stored = spectral.low_rank(graph, 20, 16)
    assert rates.total_bits(scores, graph, stored).method in ("mean", "half")
    assert np.array_equal(scores > 0.5, matrix) and stored == 20 * 20 * 2 + 40
    errors = [np.linalg.norm(spectral.low_rank(graph, rank, 16)[0] - matrix) for rank in (1, 3, 6)]
    values = np.sort(np.abs(np.linalg.eigvalsh(matrix.astype(float))))[::-1]
    assert np.allclose(errors, [np.sqrt((values[rank:] ** 2).sum()) for rank in (1, 3, 6)], rtol=1e-3)


@pytest.mark.parametrize("count", [0, 3])
def test_what_storing_takes_is_the_network_the_eigenvectors_and_the_residual(count):
    graph = graphs.newman_watts_strogatz(20, 0.25, seed=0)
    told = memorize.Settings(epochs=20, learning_rate=1e-2)
    row = spectral.memorise(graph, count, bits=6, loss=memorize.CROSS_ENTROPY, settings=told)
    model = memorize.SIREN(2, 8, inputs=2 * count or 2)
    assert row["network_bits"] == 16 * memorize.parameter_count(model) == 16 * row["parameters_count"]
    assert row["eigenvector_bits"] == 20 * count * 6
    assert row["total_bits"] == row["network_bits"] + row["eigenvector_bits"] + row["residual_bits"]
    assert row["free_bits"] == row["total_bits"] - row["eigenvector_bits"]
    assert 0 < row["residual_bits"] <= rates.density_entropy_bits(graph) + 50
    assert row["history_epoch"] == list(range(1, 21)) and len(row["history_wrong_bits"]) == 20
    again = spectral.memorise(graph, count, bits=6, loss=memorize.CROSS_ENTROPY, settings=told)
    assert again | {"seconds": 0} == row | {"seconds": 0}


def test_a_single_answer_is_told_from_two():
    graph = graphs.erdos_renyi(15, 0.2, seed=0)
    row = spectral.memorise(graph, 0, settings=memorize.Settings(epochs=3, learning_rate=1e-9))
    first = memorize.SIREN(2, 8, 10.0, 0)
    answers = memorize.evaluate(first, graph).scores > 0.5
    assert row["one_answer_epochs"] == (3 if answers.all() or not answers.any() else 0)
    row = spectral.memorise(graph, 3, settings=memorize.Settings(epochs=200, learning_rate=1e-2))
    assert 0 <= row["one_answer_epochs"] < 200
    assert row["majority_wrong_bits"] == graph.adjacency.nnz > row["wrong_bits"]


def test_a_comparison_has_a_row_for_each_and_low_rank_beside_eigenvectors():
    subjects = {"noise": graphs.erdos_renyi(12, 0.5, seed=0), "ring": graphs.watts_strogatz(12, 0.3, seed=0)}
    losses = (memorize.MSE, memorize.CROSS_ENTROPY)
    table = spectral.compare(subjects, (0, 2), losses, bits=4, settings=memorize.Settings(epochs=2))
    assert table["graph_model"].tolist() == ["noise"] * 4 + ["ring"] * 4
    assert table["trained_by"].nunique() == 2
    numbers = table["eigenvectors"] == 0
    assert table[numbers]["low_rank_bits"].isna().all() and (table[~numbers]["low_rank_bits"] > 0).all()
    for (_, _), rows in table.groupby(["graph_model", "trained_by"]):
        assert (rows["numbers_total_bits"] == rows["total_bits"].iloc[0]).all()
        assert (rows["numbers_wrong_bits"] == rows["wrong_bits"].iloc[0]).all()
    assert (table["bitmap_bits"] == 66).all() and (table["inputs"] == "node numbers").eq(numbers).all()


def test_eigenvectors_let_a_network_see_a_ring_whose_labels_are_shuffled():
    graph = graphs.watts_strogatz(40, 0.2, 0.0, seed=0)
    moved = np.random.default_rng(1).permutation(40)
    shuffled = graphs.Graph(graph.adjacency[moved][:, moved], "undirected")
    coordinates = spectral.quantise(spectral.laplacian_eigenvectors(shuffled, 2), 8)
    wrong = {}
    for name, inputs in (("numbers", None), ("eigenvectors", spectral.pair_inputs(coordinates))):
        model = memorize.SIREN(2, 8, 10.0, inputs=2 if inputs is None else inputs.shape[1])
        numbers, targets = memorize.pixels(shuffled)
        told = memorize.Settings(epochs=120, learning_rate=1e-2)
        memorize.train(model, numbers if inputs is None else inputs, targets, told)
        wrong[name] = memorize.evaluate(model, shuffled, inputs=inputs).errors_best
    assert wrong["eigenvectors"] < wrong["numbers"] / 4
