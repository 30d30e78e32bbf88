"""The drawings of a graph as it is coded, read off the artists."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from netwithin import graphs, plotting
from netwithin.codec.studies import clues, watching_figures
from netwithin.codec.studies.watching import Watched


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture
def star():
    """A hub, node 1, and its four neighbours."""
    return graphs.Graph.from_edges([0, 1, 1, 1], [1, 2, 3, 4], (5, 5), "undirected")


def run(*row_bits):
    rows = np.array(row_bits, float)
    pairs = np.where(np.triu(np.ones((5, 5)), 1) > 0, rows[:, None], np.nan)
    return Watched(np.arange(5), rows, np.arange(5)[::-1], pairs, np.zeros((5, 1)), ["base"])


@pytest.fixture
def runs():
    return {
        "a": run(9, 1, 0, 0, 0),
        "b": run(4, 4, 0, 0, 0),
        "c": run(8, 8, 0, 0, 0),
        "all": run(1, 6, 1, 0, 0),
    }


def test_what_is_known_is_told_apart_from_what_is_to_come(star):
    (ax,) = watching_figures.half_known(star, 2).axes
    picture = ax.images[0].get_array()
    assert picture[1, 4].tolist() == picture[4, 1].tolist() == [1, 1, 1]
    assert picture[0, 4].tolist() == [0, 0, 0] and picture[3, 4].tolist() == [0.45] * 3
    assert picture[2, 3].tolist() == picture[3, 2].tolist() not in ([0.45] * 3, [0, 0, 0])
    # Of the 10 pairs the 3 among the last three nodes are unknown.
    assert ax.get_title("left") == "After 2 of 5 rows, 70% of the pairs are known"


def test_lifts_stand_above_what_is_seen_and_expected():
    table = clues.lifts(graphs.load("karate-club"))
    axes = watching_figures.lifts(table).axes
    for ax, clue in zip(axes, clues.CLUES, strict=True):
        own = table[table["clue"] == clue]
        seen, expected = ax.containers
        assert [bar.get_height() for bar in seen] == own["edges"].tolist()
        assert [bar.get_height() for bar in expected] == own["expected"].tolist()
        assert [text.get_text() for text in ax.texts] == [f"{lift:+.1f}" for lift in own["lift"]]


def test_the_dearest_pairs_take_their_share():
    bits = np.append(np.ones(38), [np.nan, 21, 41])
    assert watching_figures.dearest_share(bits) == 62 / 100
    assert watching_figures.dearest_share(bits, one_in=41) == 0


def test_a_map_for_each_run(runs):
    figure = watching_figures.pair_costs(runs)
    maps = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title("left") for ax in maps] == ["a: 10 bits", "b: 8 bits", "c: 16 bits", "all: 8 bits"]
    np.testing.assert_array_equal(maps[3].images[0].get_array().filled(np.nan), runs["all"].pair_bits)


def test_rows_are_drawn_with_their_new_edges(star, runs):
    left, right = watching_figures.row_costs(star, runs).axes
    assert left.get_title("left") == "Row 1 alone takes 75% of the bits"
    assert left.lines[0].get_ydata().tolist() == [1, 3, 0, 0, 0]
    assert [bar.get_height() for bar in left.patches] == [1, 6, 1, 0, 0]
    assert right.get_title("left") == "All together end at 2.00, the best alone at 2.00"
    assert not len(right.lines[0].get_xdata())  # there are four edges, too few to divide by
    more = graphs.erdos_renyi(5, 0.9, seed=1)
    _, right = watching_figures.row_costs(more, runs).axes
    assert right.lines[3].get_ydata()[-1] == 8 / more.number_of_edges


def test_the_excess_is_the_sum_of_what_was_paid_too_much():
    graph = graphs.erdos_renyi(11, 0.5, seed=0)
    paid = np.array([12, 9, 8, 7, 7, 5, 4, 3, 2, 1, 0.0])
    seen = Watched(np.arange(11), paid, np.arange(11)[::-1], np.empty((0, 0)), np.zeros((11, 1)), ["base"])
    ideal = paid - [4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    left, right = watching_figures.excess(graph, seen, ideal, {"stored": 5}).axes
    assert right.get_title("left") == "Learning costs 10 bits"
    assert right.lines[0].get_ydata().tolist() == [4, 7, 9, *[10] * 8]
    assert right.lines[0].get_xdata()[[0, 1, -1]].tolist() == pytest.approx([10 / 55, 19 / 55, 1])
    assert right.lines[1].get_ydata()[0] == 5
    assert right.lines[2].get_label() == "half: after 2 rows"
    assert left.lines[0].get_ydata().tolist() == (paid / np.arange(11)[::-1].clip(1))[:-1].tolist()


def test_running_means_are_means_of_what_there_is():
    values = np.random.default_rng(0).random(12)
    expected = [values[max(k - 2, 0) : k + 3].mean() for k in range(12)]
    np.testing.assert_allclose(watching_figures.smooth(values, window=5), expected)


def test_weights_are_drawn_by_the_group_that_they_are_for():
    courses = np.array([[0.2, 0.2, 0.2], [0.3, 0.9, 0.1]])
    seen = Watched(
        np.arange(2), np.ones(2), np.array([2, 1]), np.empty((0, 0)), courses, ["base", "picture", "base"]
    )
    assert watching_figures.most_moved(seen) == "picture"
    left, right = watching_figures.weights({"one": seen, "two": seen}).axes
    assert left.get_title("left") == "one: most change for picture"
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["base", "picture"]
    assert [line.get_ydata().tolist() for line in left.lines] == [[0.2, 0.3], [0.2, 0.1], [0.2, 0.9]]
