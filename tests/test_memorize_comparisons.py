"""Tables and figures of trials show the runs that they were given, and dashes where there are none."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import netwithin
from netwithin import graphs, plotting, rates
from netwithin.graphs import generators
from netwithin.memorize import comparisons, networks, schematics, trials

SMALL = dict(nodes=12, width=8, epochs=3, chunk=80)


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def live():
    return [trials.trial(density=density, **SMALL) for density in (0.25, 0.5)]


def test_a_frame_has_the_columns_of_a_record(live):
    table = comparisons.frame(live)
    assert table.density.tolist() == [0.25, 0.5]
    record = live[0].record("demo")
    assert {*record["parameters"], *record["metrics"]} <= set(table.columns)
    assert len(comparisons.rows(table, density=0.5, network="UnSqueeze")) == 1
    assert comparisons.rows(table, density=0.5, network="Block").empty
    assert comparisons.rows(table, colour="red").empty


def test_beside_puts_each_density_on_its_line(live):
    printed = pd.Series([94.37, 89.46, 79.82], pd.Index([0.25, 0.5, 0.75], name="density"))
    several = pd.concat([comparisons.frame(live)] * 2)
    table = comparisons.beside(printed, live, several)
    assert table.printed.tolist() == ["94.37", "89.46", "79.82"]
    for density, one in zip((0.25, 0.5), live, strict=True):
        assert table.live[density] == f"{one.metrics['accuracy_percent']:.1f}"
        assert table.recorded[density] == f"{one.metrics['accuracy_percent']:.1f} ± 0.0"
        times = one.metrics["total_bits"] / one.metrics["bitmap_bits"]
        assert table["times the bitmap"][density] == f"{times:,.1f} ± 0.0"
    assert (table.loc[0.75].drop("printed") == "–").all()
    nothing = comparisons.beside(printed, live, pd.DataFrame())
    assert (nothing.recorded == "–").all()
    assert "band" in table and "band" not in nothing


def test_gains_pair_runs_that_are_alike():
    runs = pd.DataFrame(
        {"seed": [0, 0, 1, 1, 2], "on": [True, False] * 2 + [True], "accuracy_percent": [5.0, 3, 2, 4, 9]}
    )
    assert comparisons.gains(runs, "on", ["seed"]).to_dict() == {0: 2, 1: -2}
    assert comparisons.gains(runs[:0], "on", ["seed"]).empty
    assert comparisons.gains(runs[runs.on], "on", ["seed"]).empty


def test_a_rule_is_right_without_shortcuts_and_gets_worse_with_them():
    curves = comparisons.rule_curves([0.0, 0.2, 0.5], [0.25, 0.5], nodes=40)
    for curve in curves.values():
        assert (curve.loc[0.0] == 100).all()
        assert (curve.loc[0.2] < 100).all() and curve.loc[0.5, 0.25] < curve.loc[0.2, 0.25]
    for make, name in (
        (graphs.newman_watts_strogatz, "shortcuts added"),
        (graphs.watts_strogatz, "edges moved"),
    ):
        full = make(40, 0.5, 0.5, 0)
        found = trials.reading(np.ones((40, 40)), full)
        assert curves[name].loc[0.5, 0.5] == max(
            found["majority_percent"], 100 * (generators.lattice(full) == full.adjacency.toarray()).mean()
        )
    printed = curves["edges moved"].loc[0.2] + 0.5
    assert comparisons.nearest(curves["edges moved"], printed) == (0.2, pytest.approx(0.5))
    figure = comparisons.draw_rules(curves, printed)
    assert [ax.get_title("left") for ax in figure.axes][1] == "edges moved: nearest at $p$ = 0.20"


def test_costs_are_those_of_the_rates_and_the_file(live):
    graph = live[0].graph
    data = netwithin.encode(graph)
    table = comparisons.costs(graph, {"UnSqueeze": live[0]}, data)
    bits = table["total bits"]
    assert bits["UnSqueeze"] == live[0].metrics["total_bits"]
    assert bits["bitmap"] == rates.bitmap_bits(graph) == 66
    assert bits["this book's codec"] == 8 * len(data)
    assert bits["the band, and the grain off it"] == generators.lattice_entropy_bits(graph)
    assert table["is"].tolist() == ["count", "bound", "bound", "file", "file"]
    assert table["times the bitmap"]["bitmap"] == 1


def test_the_sweep_draws_what_there_is(live):
    table = comparisons.frame(live)
    figure = comparisons.draw_sweep({"live": table, "recorded": pd.DataFrame()})
    assert [ax.get_title("left") for ax in figure.axes] == ["live, 12 nodes"]
    assert len(comparisons.draw_sweep({"live": table, "again": table}).axes) == 2


def test_maps_show_the_reading_and_its_errors(live):
    figure = comparisons.draw_maps(live[0].graph, {"UnSqueeze": live[0]})
    picture = figure.axes[1].images[0].get_array()
    np.testing.assert_array_equal(picture, live[0].scores > 0.5)
    assert f"{live[0].metrics['wrong_bits']} of 144" in figure.axes[1].get_title("left")


def test_architectures_show_every_layers_units_and_the_weights():
    models = {"Block": networks.Block(2, 8), "UnSqueeze": networks.UnSqueeze(8)}
    figure = schematics.architectures(models)
    for ax, (name, model) in zip(figure.axes, models.items(), strict=True):
        assert ax.get_title("left") == name
        texts = [text.get_text() for text in ax.texts]
        assert texts[:-1] == [str(width) for width in model.widths]
        assert texts[-1] == f"{sum(p.numel() for p in model.parameters()):,} weights"
        assert len(ax.patches) == len(model.widths) * 2 - 1  # the bars, and what joins them
