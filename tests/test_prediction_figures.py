"""What the figures of the accuracy drop show, read off the artists."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin.prediction import figures, released


@pytest.fixture(autouse=True)
def closed():
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
    table = pd.DataFrame([[0.25, -2.0], [np.nan, 0.5]], index=["a", "b"], columns=["x", "y"])
    ax = plt.figure().add_subplot()
    image = figures.heat_map(ax, table, title="Finding", label="R²")
    assert [text.get_text() for text in ax.texts] == ["0.25", "-2.00", "0.50"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert image.colorbar.extend == "min" and image.colorbar.ax.get_ylabel() == "R²"
    assert figures.heat_map(ax, table.loc[["b"]], title="", label="").colorbar.extend == "neither"
