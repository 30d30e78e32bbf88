"""The tables of the recorded decoding and the drawings of Part III, from records and networks made here."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from netwithin import records
from netwithin.structure import figures, graphs, models, recorded


def decoding(
    features, r, task="two_moons", split="random", messages=True, steps=150, seed=0, regressor="linear"
):
    told = {"task": task, "features": features, "regressor": regressor, "weights_in_messages": messages}
    told |= {"steps": steps, "edge_term": 0.0 if steps is not None else None, "split": split, "seed": seed}
    metrics = {f"{name}_{part}": r for name in ("pearson", "kendall", "r2") for part in ("train", "test")}
    return told, metrics


def gathered(folder, rows):
    for told, metrics in rows:
        records.write(records.record("structure-decoding", told, metrics, 1.0), folder)
    return records.gather(folder, "structure-decoding")


@pytest.fixture
def found(tmp_path):
    rows = [
        decoding("EA+TC+LF", 0.5),
        decoding("EA+TC+LF", 0.7, seed=1),
        decoding("EA+TC+LF", 0.1, split="run"),
    ]
    rows += [decoding("EA+TC+LF", 0.3, messages=False), decoding("EA+TC+LF", 0.9, steps=0)]
    rows += [decoding("GC+LF", None, messages=False), decoding("GC+RF", -0.2, task="digits")]
    rows += [decoding("epoch number", 0.8, messages=None, steps=None, regressor="boosting")]
    return gathered(tmp_path, rows)


def test_tables_put_measured_beside_printed(found):
    table = recorded.table("train", found=found)
    assert table.loc["EA+TC+LF", ("two_moons", "printed")] == 0.74
    assert table.loc["EA+TC+LF", ("two_moons", "messages too")] == pytest.approx(0.6)
    assert table.loc["EA+TC+LF", ("two_moons", "edge attention only")] == pytest.approx(0.3)
    assert np.isnan(table.loc["GC+LF", ("two_moons", "edge attention only")])
    assert table.loc["GC+RF", ("digits", "messages too")] == pytest.approx(-0.2)
    # Nothing is printed for the digits, although they stand in the place of the paper's ImageNet.
    assert table["digits", "printed"].isna().all() and table.notna().sum().sum() == 16 + 3
    assert recorded.table("test", found=found).loc["GC+RF", ("cifar_10_subset", "printed")] == 0.18
    spread = recorded.table("train", found=found, statistic="std").loc["EA+TC+LF", "two_moons"]
    assert spread[["printed", "messages too"]].tolist() == pytest.approx([0.002**0.5, 0.1 * 2**0.5])
    assert recorded.table("train", "run", found).loc["EA+TC+LF", ("two_moons", "messages too")] == 0.1


def test_the_papers_tables_as_text_have_means_and_deviations(found):
    text = recorded.with_spread("train", found)
    assert list(text.columns) == list(recorded.SHORT.values()) and len(text) == 4 * 3
    assert text.loc[("EA+TC+LF", "printed"), "two moons"] == "0.74 ± 0.04"
    assert text.loc[("EA+TC+LF", "messages"), "two moons"] == "0.60 ± 0.14"
    assert text.loc[("EA+TC+LF", "EA only"), "two moons"] == "0.30"
    assert text.loc[("GC+LF", "EA only"), "two moons"] == "–"


def test_readings_are_kept_apart_by_what_reads_and_what_is_held_out(found):
    table = recorded.by_features("test", "random", found)["two_moons"].dropna()
    wanted = {"EA+TC+LF": 0.6, "EA+TC+LF, untrained": 0.9, "epoch number (boosting)": 0.8}
    assert table.to_dict() == pytest.approx(wanted)
    assert recorded.by_features("test", "run", found)["two_moons"].dropna().to_dict() == {"EA+TC+LF": 0.1}
    assert sorted(recorded.values("test", "random", "EA+TC+LF", found)) == [0.5, 0.7]
    assert recorded.seeds(found).to_dict() == {
        "two_moons": 2,
        "california_housing": 0,
        "forest_cover": 0,
        "cifar_10_subset": 0,
        "digits": 1,
    }


def test_without_records_only_what_is_printed_is_there(tmp_path):
    nothing = records.gather(tmp_path)
    assert recorded.table("test", found=nothing).notna().sum().sum() == 16
    assert recorded.by_features("test", "random", nothing).isna().all(axis=None)
    assert recorded.seeds(nothing).sum() == 0 and recorded.values("test", "run", "GC+LF", nothing).empty


def test_drawn_edges_end_at_their_nodes_and_have_their_weights_colours():
    graph = graphs.attributed(models.multilayer_perceptron([2, 3, 1]))
    figure, ax = plt.subplots()
    lines = figures.weighted_network(ax, graph)
    drawn = dict(zip(np.round(lines.get_array(), 5), lines.get_segments(), strict=True))
    places = ax.collections[1].get_offsets()
    for (i, j), weight in zip(graph.edge_index.T.tolist(), graph.edge_attr[:, 0].tolist(), strict=True):
        np.testing.assert_allclose(drawn[np.float32(weight).round(5)], places[[i, j]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["layer 0", "layer 1", "layer 2"]
    plt.close(figure)


def test_paths_are_drawn_on_the_axes_along_which_embeddings_vary_most():
    random = np.random.default_rng(0)
    along = np.linspace(-1, 1, 20)[:, None] * [[3.0, 4.0, 0.0]]
    embedding = along + 0.01 * random.normal(size=(20, 3))
    figure, ax = plt.subplots()
    figures.paths(ax, embedding, [12, 8], np.arange(20.0))
    points = np.concatenate([part.get_offsets() for part in ax.collections])
    assert [len(part.get_offsets()) for part in ax.collections] == [12, 8]
    assert np.ptp(points[:, 0]) == pytest.approx(10, abs=0.1) and np.ptp(points[:, 1]) < 0.1
    assert "100%" in ax.get_xlabel()
    plt.close(figure)


def test_predictions_have_a_panel_for_each_split():
    figure = plt.figure()
    true = torch.linspace(0, 1, 5).numpy()
    figures.predictions(figure, {"at random": (true, true), "by run": (true / 2, true)}, "accuracy")
    assert [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes] == ["at random", "by run"]
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_xydata(), np.column_stack([true, true / 2]))
    plt.close(figure)


def test_figure_2_is_drawn_from_what_a_record_keeps():
    picture = {"shape": ["regular"] * 4 + ["wider"] * 2, "run": [0, 0, 1, 1, 0, 0]}
    picture |= {"axis_1": [0.0, 1.0, 0.0, 1.0, 5.0, 6.0], "axis_2": [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]}
    picture |= {"score": [0.5, 0.6, 0.5, 0.7, 0.8, 0.9], "distance": [1.0, 2.0]}
    picture |= {"low": [0.0, 0.1], "middle": [0.1, 0.2], "high": [0.3, 0.4]}
    figure = plt.figure()
    figures.shapes(figure, picture, ["by shape", "by score", "near"], "accuracy")
    left, middle, right = figure.axes[:3]  # the fourth is the colour bar
    drawn = [line.get_xydata().tolist() for line in left.lines]
    assert [row for row in drawn if row] == [[[0, 0], [1, 0]], [[0, 1], [1, 1]], [[5, 2], [6, 2]]]
    assert len({line.get_color() for line in left.lines if len(line.get_xydata())}) == 2
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["regular", "wider"]
    np.testing.assert_array_equal(middle.collections[0].get_array(), picture["score"])
    np.testing.assert_array_equal(right.lines[0].get_xydata(), [[1, 0.1], [2, 0.2]])
    assert (
        "near" in (right.get_title(loc="left"), right.get_title())
        and right.get_ylabel() == "difference of accuracy"
    )
    plt.close(figure)


def test_records_of_shapes_are_sorted_and_those_of_edge_terms_have_a_column_for_each_split(tmp_path):
    for seed in (1, 0):
        told = {"task": "two_moons", "embedding": "trained", "seed": seed}
        records.write(records.record("structure-shapes", told, {"silhouette_shape": seed / 2}, 1.0), tmp_path)
    table = recorded.shapes(records.gather(tmp_path, "structure-shapes"))
    assert table["seed"].tolist() == [0, 1] and table["silhouette_shape"].tolist() == [0.0, 0.5]
    for term, back in ((0.0, None), (10.0, 0.7)):
        for split, r in (("random", 0.9), ("time", 0.1), ("run", None)):
            told, metrics = decoding("EA+TC+LF", r, split=split)
            told, metrics = told | {"edge_term": term}, metrics | {"edges_seen": back, "edges_held_out": back}
            records.write(records.record("structure-edge-term", told, metrics, 1.0), tmp_path)
    told, metrics = decoding("epoch number", 0.8, messages=None, steps=None)
    records.write(records.record("structure-edge-term", told, metrics, 1.0), tmp_path)
    table = recorded.edge_terms(records.gather(tmp_path, "structure-edge-term"))
    assert table["edge_term"].tolist() == [0, 10] and table["random"].tolist() == [0.9, 0.9]
    assert table["run"].isna().all() and table["edges_seen"].tolist()[1] == 0.7
    nothing = records.gather(tmp_path, "nothing")
    assert not len(recorded.shapes(nothing)) and not len(recorded.edge_terms(nothing))
