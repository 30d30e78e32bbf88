"""The tables that chapters show, from records made here."""

import pandas as pd
import pytest

from netwithin import records
from netwithin.prediction import recorded, released


def gathered(folder, experiment, rows):
    """Records of these (parameters, metrics), written and gathered as in a checkout."""
    for parameters, metrics in rows:
        records.write(records.record(experiment, parameters, metrics, 1.0), folder)
    return records.gather(folder, experiment)


def regression(encoding, level, value, features="topometrics", folds="random", repeats=1):
    parameters = {"encoding": encoding, "features": features, "folds": folds, "level": level}
    return parameters | {"repeats": repeats}, {"adjusted_r2": value, "pooled_r2": value, "mae": value / 10}


def test_table_3_puts_measured_beside_printed(tmp_path):
    rows = [regression("unrolled", "0.6", 0.5), regression("rolled", "Conv-6", 0.4)]
    rows += [regression("unrolled", "0.8", 0.9, features="indicators")]
    table = recorded.table_3(runs=gathered(tmp_path, "regression", rows))
    assert table.shape == (6, 9)
    assert table.loc[("Unrolled MGE", "printed"), "0.6"] == 0.54
    assert table.loc[("Unrolled MGE", "measured"), "0.6"] == 0.5
    assert table.loc[("Rolled BGE", "measured"), "Conv-6"] == 0.4
    assert table.xs("measured", level="source").notna().sum().sum() == 2
    mae = recorded.table_3("mae", gathered(tmp_path, "regression", []))
    assert mae.loc[("Unrolled MGE", "printed"), "0.6"] == 0.014
    assert mae.loc[("Unrolled MGE", "measured"), "0.6"] == pytest.approx(0.05)


def test_sets_of_features_are_kept_apart_by_their_folds(tmp_path):
    rows = [regression("unrolled", "0.6", 0.5), regression("unrolled", "0.6", 0.3, features="indicators")]
    rows += [regression("unrolled", "0.6", -1.0, folds="dataset"), regression("rolled", "0.6", 0.1)]
    runs = gathered(tmp_path, "regression", rows)
    assert recorded.by_features(runs=runs)["0.6"].to_dict() == {"topometrics": 0.5, "indicators": 0.3}
    assert recorded.by_features("dataset", "pooled_r2", runs)["0.6"].to_dict() == {"topometrics": -1.0}


def test_importance_is_a_matrix_in_the_papers_order(tmp_path):
    values = dict.fromkeys(released.TOPOMETRICS, 0.25)
    rows = [({"fixed": "x", "level": level}, values) for level in ("Conv-6", "0.8")]
    table = recorded.importance(gathered(tmp_path, "importance", rows))
    assert list(table) == ["0.8", "Conv-6"] and list(table.index) == list(released.TOPOMETRICS)


def test_protocols_are_sorted_by_their_distance_from_print(tmp_path):
    printed = recorded.table_3(runs=records.gather(tmp_path)).loc[("Unrolled MGE", "printed")]
    rows = [
        ({"protocol": name}, {"level": recorded.LEVELS, "adjusted_r2": (printed + off).tolist()})
        for name, off in (("far", 0.3), ("near", -0.1))
    ]
    table = recorded.protocols(gathered(tmp_path, "regression-protocol", rows))
    assert list(table.index) == ["printed", "near", "far"]
    assert table["distance"].tolist() == pytest.approx([0, 0.1, 0.3])
    assert table.loc["far", "0.6"] == pytest.approx(0.84)


def test_rankings_stand_beside_the_printed_ones(tmp_path):
    metrics = {f"rbo_{s}": 0.5 for s in (*released.SPARSITIES, "average")}
    rows = [({"table": 4, "strategy": "IMDB", "architecture": "Conv-6"}, metrics)]
    table = recorded.ranking(4, gathered(tmp_path, "ranking", rows))
    assert len(table) == 4 * 5 * 6
    assert table.loc[("Conv-6", "IMDB", "0.6")].tolist() == [0.49, 0.5]
    assert table["measured"].notna().sum() == 6


def test_choices_are_written_out(tmp_path):
    lists = {"dataset": ["D", "E"], "architecture": ["A", "A"], "sparsity": [0.6, 0.6]}
    lists |= {"pruner": ["ER", "SNIP"], "regret": [0.0, 0.1]}
    rows = [({"strategy": "layer density", "metrics": "all 16"}, lists)]
    table = recorded.choices(runs=gathered(tmp_path, "choosing", rows))
    assert table["regret"].tolist() == [0.0, 0.1] and set(table["strategy"]) == {"layer density"}


def test_what_the_chapter_says_in_words_holds_in_the_records():
    sets, distance = recorded.by_features(), recorded.protocols()["distance"]
    assert distance["penalties ten times smaller"] <= distance["as in this book"]
    assert distance["as in this book"] < distance["penalties ten times larger"] / 2
    assert distance["as in this book"] < distance["adjusted by a fold's rows"] / 2
    assert sets.idxmax().eq("indicators and topometrics").all()
    assert (sets.loc["topometrics before training"] < sets.loc["topometrics"]).all()
    better = sets.columns[sets.loc["indicators"] > sets.loc["topometrics"]]
    assert list(better) == ["0.9", "0.95", "0.98", "Conv-6", "Resnet-20", "Resnet-32"]
    weights = recorded.importance()
    changing = weights.index[(weights.min(axis=1) < 0) & (weights.max(axis=1) > 0)]
    assert set(changing) == {"n2", "k_core", "spectral_gap"}
    assert weights.to_numpy().min() > -0.85 and weights.to_numpy().max() < 0.85


def test_draws_are_told_apart(tmp_path):
    rows = [regression("unrolled", "0.6", 0.5, repeats=100), regression("unrolled", "0.8", 0.5, repeats=9)]
    rows += [regression("rolled", "0.6", 0.5, repeats=3), regression("unrolled", "0.6", 0.5, "indicators")]
    rows += [regression("unrolled", "0.6", 0.5, "nodes and edges", "dataset", repeats=7)]
    readings = gathered(tmp_path / "b", "regression-protocol", [({"protocol": "a", "repeats": 2}, {})])
    assert recorded.draws(gathered(tmp_path / "a", "regression", rows), readings) == {
        "repeats_mge": "9, 100",
        "repeats_else": "1, 3",
        "repeats_protocol": "2",
    }


def test_what_was_checked_is_summed_and_the_farthest_named(tmp_path):
    rows = [
        (
            {"dataset": "D", "architecture": name},
            {"cells": 35, "within": within, "largest": far, "farthest": at},
        )
        for name, within, far, at in (("A", 35, 0.05, "0.6, ER"), ("B", 33, 2.25, "0.98, SNIP"))
    ]
    accuracies = recorded.accuracies(gathered(tmp_path / "c", "released-accuracies", rows))
    assert accuracies.loc["D", "B"] == "33 of 35; 2.25 (0.98, SNIP)"
    assert accuracies.loc["CIFAR-10", "Conv-6"] == "–"
    counts = {"rows": 1234, "repeated": 5, "missing": 6, "incomplete": 7}
    networks = gathered(tmp_path / "a", "released-networks", [({"encoding": "unrolled"}, counts)])
    found = recorded.checks(networks, gathered(tmp_path / "b", "released-accuracies", rows))
    assert found == {
        "rows": "1,234",
        "repeated": "5",
        "missing": "6",
        "incomplete": "7",
        "checked_within": "68",
        "checked_cells": "70",
        "checked_farthest": "B on D (0.98, SNIP), by 2.2 points",
    }


def test_speeds_are_told_the_smallest_graph_first(tmp_path):
    rows = []
    for name, edges, linear in (("wide_resnet28_2", 86e6, True), ("resnet20", 4.2e6, False)):
        found = {"edges": edges, "encoding_seconds": 0.5, "metrics_seconds": 6.0, "gibibytes": 1.25}
        rows.append(({"architecture": name, "sparsity": 0.9, "linear": linear}, found))
    assert recorded.speeds(gathered(tmp_path, "topometrics-speed", rows)) == (
        "resnet20 at 0.9, 4.2 million edges, encoded in 0.5 s, all sixteen metrics in 6.0 s, 1.2 GiB; "
        "wide_resnet28_2 at 0.9, 86.0 million edges, encoded in 0.5 s, "
        "all metrics linear in the edges in 6.0 s, 1.2 GiB"
    )


def test_nothing_recorded_is_no_error(tmp_path):
    empty = records.gather(tmp_path)
    assert recorded.table_3(runs=empty).notna().sum().sum() == 27
    assert recorded.by_features(runs=empty).empty and recorded.choices(runs=empty).empty
    assert recorded.importance(empty).shape == (16, 0)
    assert list(recorded.protocols(empty).index) == ["printed"]
    assert recorded.ranking(12, empty)["measured"].isna().all()
    assert set(recorded.draws(empty, empty).values()) == {"–"} == set(recorded.checks(empty, empty).values())
    assert isinstance(empty, pd.DataFrame)


@pytest.mark.filterwarnings("error")  # pandas warns of what it will read otherwise
def test_short_trainings_are_means_over_seeds_beside_table_8(tmp_path):
    rows = []
    for pruner, sparsity, values in (
        ("dense", 0.0, (0.9, 0.94)),
        ("snip", 0.95, (0.5, 0.6)),
        ("erk", 0.98, (0.3,)),
    ):
        for seed, value in enumerate(values):
            told = {"architecture": "resnet20", "dataset": "digits", "pruner": pruner, "seed": seed}
            told |= {"epochs": recorded.SHORT_EPOCHS["digits"], "sparsity": sparsity}
            rows += [(told, {"accuracy": value}), (told | {"epochs": 2}, {"accuracy": 0.1})]
    table = recorded.short_trainings(gathered(tmp_path, "pruning", rows))
    assert table.attrs["runs"] == 5 and list(table.columns.levels[0]) == [0.95, 0.98]
    assert table.loc["SNIP", (0.95, "mean")] == pytest.approx(55)
    assert table.loc["SNIP", (0.95, "spread")] == pytest.approx(10)
    assert table.loc["Dense", (0.98, "mean")] == pytest.approx(92)
    printed = records.published("mge_accuracy_tables_8_9_10").query(
        "dataset == 'CIFAR-10' and pruner == 'SNIP'"
    )
    printed = printed[(printed["architecture"] == "Resnet-20") & (printed["sparsity"] == 0.95)]
    assert table.loc["SNIP", (0.95, "printed")] == pytest.approx(printed["accuracy_percent"].item())
    assert table[0.98].drop(["Dense", "ERK"])["mean"].isna().all()
    assert recorded.short_trainings(pd.DataFrame()).shape == (8, 0)
