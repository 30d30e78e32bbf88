"""The schematics show the graph, the network and the sizes that they are given."""

import dataclasses

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd

from netwithin import graphs, memorize, plotting
from netwithin.memorize import figures, schematics


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


def words(ax):
    return " ".join(text.get_text() for text in ax.texts)


@pytest.mark.parametrize("nodes", [1, 7, 30])
def test_encoding_shows_its_own_graph_and_sizes(nodes):
    graph = graphs.erdos_renyi(nodes, 0.5, seed=1)
    model = memorize.SIREN(hidden_layers=3, width=9)
    _, picture, _, data, _, network, _, weights = schematics.encoding(graph, model, limit=2.0).axes
    np.testing.assert_array_equal(picture.images[0].get_array(), graph.adjacency.toarray())
    assert f"{nodes**2:,} examples" in words(data)
    assert "3 sine layers of 9 units" in words(network)
    assert f"{memorize.parameter_count(model):,} weights" in words(weights)
    assert f"{memorize.size_bytes(model):,} bytes" in words(weights)
    # Each line of the listing is an example as the network gets it.
    matrix = graph.adjacency.toarray()
    lines = [text.get_text() for text in data.texts[3:-1]]
    for pair, scaled, target in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        i, j = (int(part) for part in pair.strip("()").split(","))
        x, y = (float(part) for part in scaled.strip("()").split(","))
        assert int(target) == matrix[i, j]
        if nodes > 1:
            assert x == pytest.approx(4 * i / (nodes - 1) - 2, abs=0.006)
            assert y == pytest.approx(4 * j / (nodes - 1) - 2, abs=0.006)
    if nodes == 30:
        assert {"0", "1"} == set(lines[2::3])


def test_decoding_shows_its_scores_and_its_cut():
    scores = np.random.default_rng(0).random((8, 8))
    _, _, _, picture, _, cut, _, read = schematics.decoding(scores, 0.3, memorize.SIREN(2, 4)).axes
    np.testing.assert_array_equal(picture.images[0].get_array(), scores)
    np.testing.assert_array_equal(read.images[0].get_array(), scores > 0.3)
    assert cut.lines[0].get_xdata()[0] == 0.3 and "0.30" in cut.get_title(loc="left")
    assert sum(patch.get_height() for patch in cut.patches) == 64


@pytest.fixture(scope="module")
def trained():
    graph = graphs.newman_watts_strogatz(16, 0.25, seed=0)
    model = memorize.SIREN(3, 16, seed=0)
    result = memorize.train(model, *memorize.pixels(graph), memorize.Settings(epochs=25, learning_rate=1e-3))
    return graph, result, memorize.evaluate(model, graph)


def test_training_draws_the_histories_and_the_stop(trained):
    _, result, _ = trained
    for stopped in (False, True):
        course = dataclasses.replace(result, loss=[max(loss, 0.02) for loss in result.loss])
        if stopped:
            course.loss[12] = 0.0099
        left, right = figures.training(course, 256).axes
        np.testing.assert_array_equal(left.lines[0].get_ydata(), course.loss)
        np.testing.assert_array_equal(right.lines[0].get_ydata(), course.errors_mean)
        np.testing.assert_array_equal(right.lines[1].get_ydata(), course.errors_half)
        assert ("in epoch 13" in left.get_title(loc="left")) == stopped
        wrong = course.errors_mean[12 if stopped else course.best_epoch - 1]
        assert right.get_title(loc="left").startswith(f"{wrong} bits")


def test_histogram_and_wrong_entries_show_the_evaluation(trained):
    graph, _, evaluation = trained
    truth = graph.adjacency.toarray()
    _, (left, right) = plt.subplots(1, 2)
    figures.histogram(left, evaluation, graph)
    heights = [sum(patch.get_height() for patch in bars) for bars in left.containers]
    assert heights == [np.sum(~truth), np.sum(truth)]
    assert [line.get_xdata()[0] for line in left.lines][:2] == [evaluation.threshold_mean, 0.5]
    assert f"mean: {evaluation.errors_mean} wrong" in left.get_legend().get_texts()[2].get_text()
    figures.wrong_entries(right, evaluation, graph)
    missed, invented = (points.get_offsets() for points in right.collections)
    assert len(missed) + len(invented) == evaluation.errors_mean > 0
    for points, value in ((missed, True), (invented, False)):
        for column, row in np.asarray(points, dtype=int):
            assert truth[row, column] == value
            assert (evaluation.scores[row, column] > evaluation.threshold_mean) != value


def test_recorded_runs_side_by_side():
    def run(density, seed, errors, stop):
        metrics = dict(
            loss=0.01, bit_errors_mean=errors, bit_errors_half=0, bit_errors_best=0, stop_epoch=stop
        )
        metrics |= dict(fp16_bit_errors_mean=errors, fp16_bit_errors_half=0, actual_density=density)
        metrics |= dict(bit_errors_mean_at_stop=None, bit_errors_half_at_stop=7, history_epoch=[1, 2])
        metrics |= dict(history_bit_errors_mean=[9, errors], history_bit_errors_half=[8, 0])
        setting = dict(graph_model="newman-watts-strogatz", nodes=10, nominal_density=density, chunk=1000)
        return setting | dict(epochs_run=2, seed=seed) | metrics

    runs = pd.DataFrame([run(0.5, 1, 3, None), run(0.5, 0, 1234, 2), run(0.25, 0, 0, 1)])
    table = memorize.recorded_table(runs)
    assert table.shape[1] == 2
    assert table.loc["graphs"].tolist() == ["NWS", "NWS"]
    assert table.loc["wrong bits at the end, mean"].tolist() == ["0", "1,234 / 3"]
    assert table.loc["first epoch with a loss below 0.01"].tolist() == ["1", "2 / –"]
    figure = figures.recorded(runs)
    assert "Of 3 runs, 1 end without" in figure.get_suptitle() and "3 at 0.5" in figure.get_suptitle()
    quarter, half = figure.axes
    assert [list(line.get_ydata()) for line in quarter.lines] == [[9, 0], [8, 0]]
    assert len(half.lines) == 4


def test_findings_follow_the_runs():
    sizes = pd.DataFrame(dict(nodes=[10, 100], hidden_layers=[2, 10], width=[4, 28], fp16_kb=[0.09, 9.9]))
    common = dict(nodes=10, history_epoch=[1, 50, 100])
    runs = pd.DataFrame(
        [
            dict(
                nominal_density=0.25,
                seed=0,
                bit_errors_half=2,
                fp16_bit_errors_half=3,
                fp16_bit_errors_mean=1,
            )
            | dict(bit_errors_half_at_stop=None, bit_errors_mean_at_stop=None)
            | dict(history_bit_errors_mean=[9, 0, 4], history_bit_errors_half=[9, 2, 2]),
            dict(
                nominal_density=0.75,
                seed=1,
                bit_errors_half=0,
                fp16_bit_errors_half=0,
                fp16_bit_errors_mean=0,
            )
            | dict(bit_errors_half_at_stop=7, bit_errors_mean_at_stop=1500)
            | dict(history_bit_errors_mean=[9, 4, 0], history_bit_errors_half=[9, 0, 0]),
            dict(
                nominal_density=0.75,
                seed=0,
                bit_errors_half=0,
                fp16_bit_errors_half=0,
                fp16_bit_errors_mean=5,
            )
            | dict(bit_errors_half_at_stop=12, bit_errors_mean_at_stop=800)
            | dict(history_bit_errors_mean=[9, 0, 4], history_bit_errors_half=[0, 0, 0]),
        ]
    ).assign(**{name: [value] * 3 for name, value in common.items()})
    measured = memorize.findings(runs, sizes)["measured"].tolist()
    assert measured[0].startswith("37 in")  # 3*4 + 4*5 + 5
    assert measured[1].endswith(": 7 to 12")
    assert "1 of 3 cut at the mean, 2 at 0.5" in measured[2]
    assert "800 to 1,500, and 7 to 12" in measured[3]
    assert "from epoch – / 100 on, and from 1 / 50 on" in measured[3]
    assert "2 of 3 runs" in measured[4]
    assert measured[5].startswith("16 to 16 times")  # 720 bits for 45 pairs, 79,200 for 4,950


def test_losses_are_drawn_by_network_beside_the_majority():
    courses = {"cross-entropy": [5, 4, 2], "MSE": [5, 5, 3]}
    results = {
        (network, loss): memorize.Result(loss=[1.0] * 3, errors_half=[wrong + k for wrong in courses[loss]])
        for k, network in enumerate(("UnSqueeze", "SIREN"))
        for loss in courses
    }
    left, right = figures.losses(results, majority=5, pixels=100).axes
    assert left.get_title("left") == "UnSqueeze: at the end\n2.0% to 3.0% are wrong"
    assert right.get_title("left") == "SIREN: at the end\n3.0% to 4.0% are wrong"
    assert [line.get_label() for line in left.lines] == ["cross-entropy", "MSE", "majority class"]
    assert right.lines[1].get_ydata().tolist() == [6, 6, 4] and set(right.lines[2].get_ydata()) == {5}


def test_the_blurred_picture_says_what_a_threshold_leaves():
    graph = graphs.watts_strogatz(20, 0.5, seed=0)
    picture = memorize.blur.blur(graph)
    sharp, soft, values = figures.blurred(graph, picture).axes
    np.testing.assert_array_equal(sharp.images[0].get_array(), graph.adjacency.toarray())
    np.testing.assert_array_equal(soft.images[0].get_array(), picture)
    wrong = memorize.best_threshold(picture, graph.adjacency.toarray())[1]
    assert f"fewer than {wrong} wrong" in values.get_title("left")
    assert sum(bar.get_height() for bar in values.patches) == 400


def test_two_schedules_are_drawn_by_steps_an_epoch():
    history = {"history_epoch": [1, 2]}
    rows = [
        history | {"schedule": name, "steps_per_epoch": steps, "stop_epoch": stop, "history_loss": loss}
        for steps in (1, 10)
        for name, stop, loss in (("constant", None, [0.5, 0.1]), ("x0.75 per 250", 2, [0.5, 0.001]))
    ]
    axes = figures.two_schedules(pd.DataFrame(rows + rows[:1])).axes
    titles = [ax.get_title("left") for ax in axes]
    assert titles[0] == "constant, 1 step an epoch:\n0 of 2 below 0.01"
    assert titles[3] == "x0.75 per 250, 10 steps an epoch:\n1 of 1 below 0.01"
    assert axes[2].lines[0].get_ydata().tolist() == [0.5, 0.001]


def test_a_grid_shows_its_numbers_and_what_is_missing():
    table = pd.DataFrame([[10, np.nan], [300, 7]], index=["a", "b"], columns=[1.0, 30.0])
    [ax] = figures.grid(table, "factor", "range", 300).axes
    assert [text.get_text() for text in ax.texts] == ["10", "\u2013", "300", "7"]
    assert ax.get_title("left") == "3 of 4 get below 0.01, the first in epoch 7"
    assert [text.get_color() for text in ax.texts][1:3] == ["white", "white"]
    [none] = figures.grid(table * np.nan, "factor", "range", 300).axes
    assert none.get_title("left") == "0 of 4 get below 0.01"


def test_rates_and_losses_are_drawn_together():
    plans = {"constant": memorize.schedules.CONSTANT, "half": memorize.schedules.cosine(3)}
    results = {
        "constant": memorize.Result(loss=[0.5, 0.2, 0.1]),
        "half": memorize.Result(loss=[0.5, 0.009, 0.2]),
    }
    left, right = figures.rates_and_losses(plans, results, 0.4).axes
    assert left.lines[0].get_ydata().tolist() == [0.4, 0.4, 0.4]
    assert left.lines[1].get_ydata().tolist() == pytest.approx([0.4, 0.3, 0.1])
    assert right.lines[1].get_ydata().tolist() == results["half"].loss
    assert right.get_title("left") == "First below 0.01 in epoch 2"
    del results["half"], plans["half"]
    assert figures.rates_and_losses(plans, results, 0.4).axes[1].get_title("left") == "None below 0.01"
