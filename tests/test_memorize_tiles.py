"""Tiles: they are the graph, their networks hold it, and what they take adds up."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwithin import graphs, memorize, rates
from netwithin.memorize import tiles


@given(st.integers(1, 12), st.data(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_tiles_put_together_are_the_graph(nodes, data, directed):
    blocks = data.draw(st.integers(1, nodes))
    matrix = np.random.default_rng(data.draw(st.integers(0, 99))).random((nodes, nodes)) < 0.4
    np.fill_diagonal(matrix, False)
    matrix = matrix if directed else np.triu(matrix) | np.triu(matrix).T
    graph = graphs.Graph(matrix, "directed" if directed else "undirected")
    parts = np.array_split(np.arange(nodes), blocks)
    found = np.zeros_like(matrix)
    cut = tiles.cut(graph, blocks)
    for tile in cut:
        found[np.ix_(parts[tile.row], parts[tile.column])] = tile.graph.adjacency.toarray()
    if not directed:
        found |= np.triu(found).T
    assert np.array_equal(found, matrix)
    assert sum(tile.graph.number_of_pairs for tile in cut) == graph.number_of_pairs
    assert len(cut) == (blocks**2 if directed else blocks * (blocks + 1) // 2)


@pytest.mark.parametrize("blocks", [0, 5])
def test_blocks_need_nodes(blocks):
    with pytest.raises(ValueError, match="4 nodes cannot be cut"):
        tiles.cut(np.eye(4)[::-1], blocks)


def test_a_matrix_that_is_not_square_has_no_diagonal():
    with pytest.raises(ValueError, match="bipartite"):
        tiles.cut(np.ones((2, 3)), 1)


@pytest.mark.parametrize("hidden_layers", [1, 2, 3, 10])
@pytest.mark.parametrize("wanted", [1, 50, 1000])
def test_widths_are_the_narrowest_that_have_the_parameters(hidden_layers, wanted):
    width = tiles.width_for(wanted, hidden_layers)
    assert memorize.parameter_count(memorize.SIREN(hidden_layers, width)) >= wanted
    assert width == 1 or memorize.parameter_count(memorize.SIREN(hidden_layers, width - 1)) < wanted


def test_memorised_tiles_hold_their_graph_and_their_bits_add_up():
    graph = graphs.erdos_renyi(20, 0.4, seed=1)
    told = memorize.Settings(epochs=400, learning_rate=5e-3, stop_errors=0)
    table = tiles.memorise(graph, 2, parameters_per_pixel=1.0, settings=told, seed=3)
    assert table["nodes"].tolist() == [10] * 3 and table["pairs"].tolist() == [45, 100, 45]
    assert table["wrong_bits"].sum() == 0 and (table["epochs"] < 400).all()
    assert table["edges"].sum() == graph.number_of_edges
    assert (table["model_bits"] == 16 * table["parameters"]).all()
    assert np.allclose(table["total_bits"], table["model_bits"] + table["residual_bits"])
    whole = tiles.joined(table)
    assert whole["tiles"] == 3 and whole["pairs"] == 190 == rates.bitmap_bits(graph)
    assert whole["bits_per_pair"] == pytest.approx(table["total_bits"].sum() / 190)
    first = tiles.joined(table, 1)
    assert first["tiles"] == 1 and first["total_bits"] == table["total_bits"][0]
    with pytest.raises(ValueError, match="no tiles"):
        tiles.joined(table, 0)
    again = tiles.memorise(graph, 2, parameters_per_pixel=1.0, settings=told, seed=3)
    assert again.equals(table), "the same seed gives the same tiles"


def test_the_global_generator_is_left_alone():
    before = torch.random.get_rng_state()
    tiles.memorise(np.eye(4)[::-1], 2, settings=memorize.Settings(epochs=2))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_wrong_bits_are_told_apart_by_the_diagonal():
    table = tiles.memorise(
        graphs.erdos_renyi(16, 0.5, seed=0), 2, 0.05, settings=memorize.Settings(epochs=5), hidden_layers=1
    )
    whole = tiles.joined(table)
    assert 0 < whole["wrong_bits_diagonal"] < whole["wrong_bits"]
    assert whole["wrong_bits"] == table["wrong_bits"].sum()


def test_a_comparison_has_a_row_for_each_graph_and_number_of_blocks():
    subjects = {"noise": graphs.erdos_renyi(12, 0.5, seed=0), "ring": graphs.watts_strogatz(12, 0.3, seed=0)}
    table = tiles.compare(subjects, (1, 3), settings=memorize.Settings(epochs=2))
    assert table["graph_model"].tolist() == ["noise"] * 2 + ["ring"] * 2
    assert table["tiles"].tolist() == [1, 6, 1, 6] and (table["pairs"] == 66).all()
    for row in table.itertuples():
        assert row.one_tile_bits_per_pair == row.grown_bits_per_pair[0]
        assert len(row.grown_bits_per_pair) == row.blocks and row.grown_bits_per_pair[-1] == row.bits_per_pair
