"""The figures of capacity and of quantisation draw the rows that they are given, and say what those say."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import plotting
from netwithin.memorize import capacity, capacity_figures, quantisation_figures


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


def shapes(kind="erdos-renyi", nodes=16, layers=3):
    """Four sizes of network, the two larger ones exact."""
    table = pd.DataFrame(
        {
            "parameters": [20, 40, 80, 160],
            "load": [6.0, 3.0, 1.5, 0.75],
            "held_per_weight": [2.0, 2.5, 1.5, 0.75],
            "held_per_weight_sd": [0.1, 0.2, 0.0, 0.0],
            "wrong": [30.0, 6.0, 0.0, 0.0],
            "wrong_worst": [33, 7, 0, 0],
            "steps": [np.nan, np.nan, 400.0, 50.0],
            "bitmap_bits": 120,
        }
    )
    for place, name in enumerate(("fp16", "int8", "int6", "int4")):
        table[f"{name}_held_per_weight"] = table["held_per_weight"] / (place + 1)
        table[f"{name}_over_bitmap"] = table["parameters"] / 40 - 0.1 * place
    return table.assign(kind=kind, nodes=nodes, density=0.5, hidden_layers=layers)


def test_held_draws_a_line_per_kind_and_names_the_most_of_noise():
    table = pd.concat([shapes(), shapes("lattice").assign(held_per_weight=9.0)])
    [ax] = capacity_figures.held(table).axes
    assert ax.get_title(loc="left") == "No network here holds more than 2.5 bits of noise per weight"
    assert len(ax.containers) == 2


def test_transition_says_how_far_all_is_right_and_how_much_longer_it_takes():
    table = pd.concat([shapes(), shapes(nodes=32).assign(wrong_worst=[9, 0, 0, 0])])
    left, right = capacity_figures.transition(table).axes
    assert left.get_title(loc="left") == "No pair is wrong\nup to a load of 1.5 to 3.0"
    assert right.get_title(loc="left") == "On the way there steps\ngrow 8 times"
    np.testing.assert_allclose(left.lines[0].get_ydata(), 100 * np.array([0, 0, 6, 30]) / 120)


def test_transition_of_networks_that_all_fail():
    left, right = capacity_figures.transition(shapes().assign(wrong_worst=5, steps=np.nan)).axes
    assert "nothing tried" in left.get_title(loc="left") and "nothing" in right.get_title(loc="left")


def test_cost_has_a_panel_per_kind_with_its_least():
    table = pd.concat([shapes("lattice"), shapes()])
    axes = capacity_figures.cost(table).axes
    titles = [ax.get_title(loc="left") for ax in axes]
    assert titles == ["Erdős–Rényi: 0.20 at best", "ring lattice: 0.20 at best"]


def test_stored_names_the_largest_used_share():
    _, ax = plt.subplots()
    capacity_figures.stored(ax, shapes())
    assert ax.get_title(loc="left") == "At most 16% of the stored bits hold something"


def test_smallest_draws_the_least_of_several_depths_and_the_papers_stars():
    deeper = shapes(layers=4).assign(parameters=[10, 20, 60, 90])
    table = pd.concat(
        [shapes(layers=2), deeper, shapes("lattice"), shapes(nodes=100).assign(bitmap_bits=4950)]
    )
    papers = pd.DataFrame({"nodes": [100, 500], "hidden_layers": [10, 14], "parameters": [7421, 93157]})
    _, ax = plt.subplots()
    capacity_figures.smallest(ax, capacity.smallest_exact(table), papers)
    noise, lattice, stars = (line for line in ax.lines[:3])
    assert (noise.get_xdata().tolist(), noise.get_ydata().tolist()) == ([120, 4950], [60, 80])
    assert lattice.get_ydata().tolist() == [80]
    assert stars.get_xdata().tolist() == [4950, 124750] and stars.get_ydata().tolist() == [7421, 93157]
    capacity_figures.smallest(plt.subplots()[1], capacity.smallest_exact(table.assign(wrong_worst=1)), papers)


def rounded():
    rows = [("fp32", "after", 32, 0, 0), ("bf16", "after", 16, 0.04, 0), ("fp16", "after", 16, 0.005, 0)]
    rows += [("int8", "after", 8, 0.1, 7), ("int8", "aware", 8, 0.05, 1)]
    rows += [("int4", "after", 4, 0.6, 400), ("int4", "aware", 4, 0.4, 200)]
    table = pd.DataFrame(rows, columns=["format", "way", "weight_bits", "moved", "turned"])
    table["wrong_half"] = table["wrong_least"] = table["wrong_worst"] = table["turned_worst"] = table[
        "turned"
    ]
    table["bytes"] = 100 * table["weight_bits"]
    table["total_bits"] = 8 * table["bytes"] + table["turned"]
    return table.assign(pixels=1024, residual_bits=table["turned"], turned_expected=table["turned"] * 1.1)


def test_rounding_compares_the_two_formats_of_sixteen_bits():
    left, right = quantisation_figures.rounding(rounded()).axes
    assert left.get_title(loc="left") == "bf16 moves scores 8 times as far as fp16"
    assert right.get_title(loc="left") == "No entry turns at 16 bits"
    worse = rounded().assign(turned_worst=1)
    assert quantisation_figures.rounding(worse).axes[1].get_title(loc="left") == "Every format turns entries"


def test_ways_and_sizes_draw_what_they_are_given():
    _, (left, right) = plt.subplots(1, 2)
    quantisation_figures.ways(left, rounded())
    assert [container.lines[0].get_ydata()[-1] for container in left.containers] == [700 / 1024, 100 / 1024]
    quantisation_figures.sizes(right, rounded(), {"bitmap": 62.0})
    both, weights, residuals = (line.get_xdata() for line in right.lines[:3])
    assert weights.tolist() == [400, 800, 1600, 1600, 3200]
    assert residuals[0] == 25  # of the cheaper way, trained with rounding
    np.testing.assert_array_equal(both, weights + np.nan_to_num(residuals))
    assert np.isnan(residuals[-1])  # no logarithm of nothing
    assert right.get_yticklabels()[0].get_text() == "int4, trained with rounding"
