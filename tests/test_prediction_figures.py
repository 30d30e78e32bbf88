"""What the figures of the accuracy drop show, read off the artists."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import plotting
from netwithin.prediction import features, figures, ours, recorded, released


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()  # its titles stand at the left
    yield
    plt.close("all")


def networks(effect):
    """Drops of two data sets and two pruners at all sparsities; `effect` is the data sets' difference."""
    rows = [
        ("Conv-6", sparsity, dataset, pruner, effect * d + 0.1 * p)
        for sparsity in released.SPARSITIES
        for d, dataset in enumerate(released.DATASETS[:2])
        for p, pruner in enumerate(released.PRUNERS[:2])
    ]
    return pd.DataFrame(rows, columns=["architecture", "sparsity", "dataset", "pruner", "drop"])


def test_the_title_says_what_differs_more():
    assert figures.drops(networks(0.3)).get_suptitle().endswith("in 5 of 5 panels and sparsities")
    assert figures.drops(networks(0.05)).get_suptitle().endswith("in 0 of 5 panels and sparsities")


def test_every_network_is_a_point_over_its_sparsity():
    table = networks(0.3)
    ax = figures.drops(table).axes[0]
    points = np.vstack([band.get_offsets() for band in ax.collections])
    assert sorted(points[:, 1]) == pytest.approx(sorted(table["drop"]))
    assert np.bincount(points[:, 0].round().astype(int)).tolist() == [4] * 5


def test_a_heat_map_has_every_value_and_says_what_lies_beyond():
    table = pd.DataFrame([[0.25, -2.0], [np.nan, -0.001]], index=["a", "b"], columns=["x", "y"])
    ax = plt.figure().add_subplot()
    image = figures.heat_map(ax, table, title="Finding", label="R²")
    assert [text.get_text() for text in ax.texts] == ["0.25", "-2.00", "0.00"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert image.colorbar.extend == "min" and image.colorbar.ax.get_ylabel() == "R²"
    assert figures.heat_map(ax, table.loc[["a"], ["x"]], title="", label="").colorbar.extend == "neither"


def scores(sets, **rows):
    """A table of scores of the nine scenarios, 0.5 but for these rows."""
    table = pd.DataFrame(0.5, list(sets), recorded.LEVELS)
    for name, row in rows.items():
        table.loc[name.replace("_", " ")] = row
    return table


def test_feature_sets_are_counted_in_the_title():
    table = scores(features.SETS, indicators=[0.4, 0.5, *[0.6] * 7])
    table.loc["indicators and topometrics"] = [0.55, 0.5, *[0.7] * 7]
    ax = figures.feature_sets(table).axes[0]
    assert ax.get_title("left") == (
        "Names reach the sixteen metrics in 8 of 9 scenarios; both together are ahead of either in 8"
    )
    assert [label.get_text() for label in ax.get_xticklabels()][-1] == "Wide"


def test_what_is_held_out_has_a_panel_with_the_sets_in_their_order():
    sets = ["layer densities", "indicators", "topometrics"]
    tables = {
        "dataset": scores(sets, layer_densities=[0.6, *[0.4] * 8]),
        "pruner": scores(sets, indicators=0.6),
    }
    figure = figures.held_out(tables, {"dataset": "layer densities", "pruner": "indicators"})
    above, below = figure.axes[:2]
    assert (
        above.get_title("left") == "With a data set held out, layer densities are ahead in 1 of 9 scenarios"
    )
    assert below.get_title("left") == "With a pruner held out, indicators are ahead in 9 of 9 scenarios"
    assert [one.get_text() for one in below.get_yticklabels()] == [
        "topometrics",
        "indicators",
        "layer densities",
    ]


@pytest.mark.parametrize("missing", [0, 2, 9])
def test_our_own_scenarios_without_rows_say_so_and_do_not_count(missing):
    table = scores(ours.SETS, indicators_and_topometrics=[*[0.9] * 6, 0.4, 0.4, 0.4])
    table.iloc[:, :missing] = np.nan
    ax = figures.from_our_own({"random": table, "pruner": table}).axes[1]
    more, known = max(6 - missing, 0), 9 - missing
    assert ax.get_title("left") == (
        f"With a pruner held out, names gain from the metrics in {more} of {known} scenarios"
    )
    said = [text.get_position()[0] for text in ax.texts if text.get_text() == "too few rows"]
    assert said == list(range(missing))
    assert len(ax.texts) == missing + known * len(ours.SETS)
