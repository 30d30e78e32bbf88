"""The figures and counts of the ways forward say what their tables say."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from netwithin.memorize import ways, ways_figures


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_tiles_are_drawn_with_what_is_found_in_the_titles():
    memorised = pd.DataFrame(
        {"graph_model": ["a", "a", "b", "b"], "tiles": [1, 3] * 2, "bits_per_pair": [16.0, 12.5, 16.0, 12.75]}
    )
    coded = pd.DataFrame(
        {"graph_model": ["a", "a", "b", "b"], "tiles": [1, 36] * 2, "bits_per_pair": [0.5, 0.55, 0.8, 1.0]}
    )
    left, right = ways_figures.bits_by_tiles(memorised, coded).axes
    assert left.get_title(loc="left") + left.get_title() == "Memorised tiles take\n12.5 bits a pair or more"
    assert "36 tiles take\n10% to 25% more than one" in right.get_title(loc="left") + right.get_title()
    assert [line.get_ydata().tolist() for line in left.lines[:2]] == [[16.0, 12.5], [16.0, 12.75]]


def test_a_course_per_row_and_the_sooner_loss_in_the_title():
    table = pd.DataFrame(
        {
            "inputs": ["node numbers", "eigenvectors"],
            "trained_by": ["mean squared error", "cross-entropy"],
            "one_answer_epochs": [30, 4],
            "majority_wrong_bits": [10, 10],
            "history_epoch": [[1, 2], [1, 2]],
            "history_wrong_bits": [[10, 9], [10, 3]],
        }
    )
    _, ax = plt.subplots()
    ways_figures.courses(ax, table)
    assert "cross-entropy" in ax.get_title(loc="left") + ax.get_title()
    assert [list(line.get_ydata()) for line in ax.lines] == [[10, 9], [10, 3], [10, 10]]


def test_a_panel_per_graph_and_the_networks_below_the_file_are_counted():
    table = pd.DataFrame(
        {
            "graph_model": ["a", "a", "b", "b"],
            "eigenvectors": [0, 2] * 2,
            "total_bits": [200, 90, 300, 400],
            "free_bits": [200, 80, 300, 300],
            "low_rank_bits": [float("nan"), 120, float("nan"), 130],
            "bitmap_bits": [100] * 4,
            "file_bits": [95] * 4,
        }
    )
    figure = ways_figures.bits_by_eigenvectors(table)
    assert len(figure.axes) == 2 and "1 of 4 networks is below" in figure.get_suptitle()
    assert figure.axes[0].lines[0].get_ydata().tolist() == [2.0, 0.9]
    assert figure.axes[1].get_ylim() == figure.axes[0].get_ylim()
    assert figure.axes[0].get_ylim()[0] == 0 and figure.axes[0].get_ylim()[1] > 4


def test_findings_are_counted_run_by_run():
    run = {"graph_model": "a", "nodes": 8}
    cuts = pd.DataFrame(
        [
            run | {"seed": seed, "blocks": blocks, "bits_per_pair": bits}
            for seed, blocks, bits in ((0, 1, 16.0), (0, 2, 12.0), (1, 1, 16.0), (1, 2, 17.0))
        ]
    )
    embedded = pd.DataFrame(
        [
            run
            | {
                "seed": 0,
                "inputs": inputs,
                "trained_by": by,
                "one_answer_epochs": epochs,
                "wrong_bits": wrong,
            }
            for inputs, by, epochs, wrong in (
                ("node numbers", "cross-entropy", 5, 20),
                ("node numbers", "mean squared error", 30, 10),
                ("eigenvectors", "cross-entropy", 40, 5),
                ("eigenvectors", "mean squared error", 30, 12),
            )
        ]
    )
    fourier = pd.DataFrame(
        [
            run | {"seed": seed, "eigenvectors": count, "total_bits": bits, "file_bits": 95}
            for seed, count, bits in (
                (0, 0, 100),
                (0, 2, 90),
                (0, 4, 120),
                (1, 0, 100),
                (1, 2, 101),
                (1, 4, 130),
            )
        ]
    )
    found = ways.findings(cuts, embedded, fourier)
    assert (found["cuts"], found["more"], found["holds"]) == (2, 1, "does not hold everywhere")
    assert (found["losses"], found["longer"], found["poorer"]) == (2, 1, 1)
    assert (found["inputs"], found["better"]) == (2, 1)
    assert (found["graphs"], found["paid"], found["where"]) == (2, 1, "a at 8 nodes")
    assert (found["waves"], found["below"], found["big"], found["least"]) == (6, 1, 8, "12.0")
    assert (
        found["below_on"] == "a at 8 nodes"
        and ways.findings(cuts, embedded, fourier[:1])["below_on"] == "none"
    )
    calm = ways.findings(cuts[cuts["seed"] == 0], embedded, fourier[fourier["seed"] == 1])
    assert (calm["more"], calm["holds"], calm["where"], calm["below"]) == ("none", "holds", "none", "none")
