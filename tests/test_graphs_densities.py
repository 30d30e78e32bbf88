"""Densities asked for and densities that come out, as tables and as they are drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import graphs, plotting
from netwithin.graphs import densities, figures


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


def test_moving_keeps_the_density_and_adding_raises_it():
    table = densities.measured([30, 31], [0.4], 0.5, range(2))
    assert len(table) == 8 and set(table["nodes"]) == {30, 31}
    by_model = table.groupby("model")["actual"]
    for row in table[table["model"] == "Watts-Strogatz"].itertuples():
        k = graphs.generators.mean_degree(row.nodes, 0.4) // 2 * 2
        assert row.actual == pytest.approx(k / (row.nodes - 1))
    assert by_model.min()["Newman-Watts-Strogatz"] > by_model.max()["Watts-Strogatz"]


def test_the_table_has_the_models_side_by_side():
    rows = [("A", 0.2), ("A", 0.4), ("B", 0.5), ("B", 0.5)]
    table = densities.table(pd.DataFrame(rows, columns=["model", "actual"]).assign(nominal=0.25, nodes=9))
    assert table.index.tolist() == [(0.25, 9)]
    assert table.columns.tolist() == [("B", "mean"), ("B", "std"), ("A", "mean"), ("A", "std")]
    assert table.iloc[0].tolist() == pytest.approx([0.5, 0, 0.3, np.std([0.2, 0.4], ddof=1)])


def test_released_graphs_are_watts_strogatz(monkeypatch):
    monkeypatch.setattr(densities.datasets, "names", lambda: ["karate-club", "small-world-100-0.242"])
    (row,) = densities.released().to_dict("records")
    assert (row["nodes"], row["nominal"], row["in the name"]) == (100, 0.25, 0.242)
    assert row["Watts-Strogatz"] == pytest.approx(0.242, abs=0.0005)  # the name's rounding
    assert row["Newman-Watts-Strogatz"] > 0.3


def test_every_graph_is_a_mark_between_the_models_lines():
    table = densities.measured([40], [0.25, 0.5, 0.75], 0.5, [0])
    ax = figures.densities(table, 0.5).axes[0]
    points = np.vstack([marks.get_offsets() for marks in ax.collections])
    assert sorted(map(tuple, points)) == sorted(zip(table["nominal"], table["actual"], strict=True))
    asked, more = ax.lines[:2]
    assert asked.get_ydata()[50] == 0.5 and more.get_ydata()[[50, -1]].tolist() == [0.75, 1]


def test_matrices_say_what_was_asked_and_what_came_out():
    models = {"noise": lambda density: graphs.erdos_renyi(12, density, 0)}
    figure = figures.matrices(models, [0.25, 0.75])
    for ax, density in zip(figure.axes, (0.25, 0.75), strict=True):
        graph = graphs.erdos_renyi(12, density, 0)
        np.testing.assert_array_equal(ax.images[0].get_array(), graph.adjacency.toarray())
        assert ax.get_title("left") == f"asked {density}, is {graph.density:.3f}"
    assert [ax.get_ylabel() for ax in figure.axes] == ["noise", ""]
