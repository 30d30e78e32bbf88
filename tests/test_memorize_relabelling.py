"""The same graph under every order: what is compared is alike in everything but the order."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import graphs, plotting
from netwithin.graphs import orderings
from netwithin.memorize import relabelling, trials

TOLD = dict(graph="watts-strogatz", nodes=14, density=0.3, network="Block", depth=2, width=8, epochs=4)


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def runs():
    return relabelling.trials_of(gap=5, **TOLD)


def test_every_order_is_tried_on_one_graph_with_gaps_where_it_has_them(runs):
    assert [run.parameters["order"] for run in runs] == list(orderings.ORDERINGS)
    assert all(run.graph == runs[0].graph for run in runs)
    gaps = {run.parameters["order"]: run.parameters["gap"] for run in runs}
    assert {order for order, gap in gaps.items() if gap == 5} == {"components", "degree"}


def test_what_is_won_is_the_difference_from_the_numbers_given(runs):
    table = relabelling.compare(runs)
    given = runs[0].metrics
    for run in runs:
        row = table.loc[run.parameters["order"]]
        assert row.gain_points == run.metrics["accuracy_percent"] - given["accuracy_percent"]
        assert row.won_bits == given["total_bits"] - run.metrics["total_bits"]
        assert row.won_bits_free == pytest.approx(
            given["residual_bits"] - run.metrics["residual_bits"], abs=1e-6
        )
    # One component: its order is the one given, and so is all that follows from it.
    assert table.loc["components", ["gain_points", "won_bits", "order_bits"]].tolist() == [0, 0, 0]


def test_nearness_is_one_at_random_and_less_on_a_band():
    ring = graphs.watts_strogatz(60, 0.1, 0.0)
    mixed = [orderings.relabelled(ring, orderings.at_random(ring, seed)) for seed in range(20)]
    assert np.mean([relabelling.nearness(graph) for graph in mixed]) == pytest.approx(1, abs=0.05)
    assert relabelling.nearness(ring) < 0.5
    assert np.isnan(relabelling.nearness(graphs.Graph(np.zeros((3, 3)), "undirected")))


def test_pictures_draw_the_graph_in_each_order(runs):
    graph = runs[0].graph
    figure = relabelling.pictures({"one": graph, "again": graph}, seed=3)
    count = len(orderings.ORDERINGS)
    assert len(figure.axes) == 2 * count
    for ax, order in zip(figure.axes, orderings.ORDERINGS, strict=False):
        shown = orderings.relabelled(graph, trials.positions(graph, order, seed=3))
        np.testing.assert_array_equal(ax.images[0].get_array(), shown.adjacency.toarray())
        head, near = ax.get_title("left").rsplit("\n", 1)
        assert head.replace("-\n", "-").replace("\n", " ") == order
        assert near == f"{relabelling.nearness(shown):.2f}"


def test_dots_stand_at_the_accuracies(runs):
    live = relabelling.compare(runs).reset_index()
    figure = relabelling.dots({"both": (live, live), "live only": (live, pd.DataFrame())})
    both, one = figure.axes
    right = live.set_index("order").accuracy_percent[[text.get_text() for text in both.get_yticklabels()]]
    np.testing.assert_allclose(both.lines[0].get_xdata(), right)
    assert len(both.containers) == 1 and not one.containers
