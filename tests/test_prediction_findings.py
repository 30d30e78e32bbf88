"""What tables of scores say in words and numbers, from tables made here."""

import numpy as np
import pandas as pd
import pytest

from netwithin import records
from netwithin.prediction import findings, ours, recorded, released

LEVELS = recorded.LEVELS


def scores(**rows):
    """A table of the nine scenarios; a row is one value for all of them, or nine."""
    table = pd.DataFrame(
        {name.replace("_", " "): np.broadcast_to(row, 9) for name, row in rows.items()}, LEVELS
    )
    return table.T.astype(float)


def of_our_own(metrics=0.6, beside=0.9):
    rows = {"indicators": 0.75, "nodes_and_edges": 0.1, "layer_densities": 0.2, "topometrics": metrics}
    rows |= {f"indicators_and_{name}": 0.5 for name in ("nodes_and_edges", "layer_densities")}
    return scores(**rows, indicators_and_topometrics=beside)


def test_table_3_is_near_where_it_is_and_the_multipartite_row_ahead_where_it_is():
    index = pd.MultiIndex.from_product(
        [recorded.ENCODINGS, ["printed", "measured"]], names=["encoding", "source"]
    )
    table = pd.DataFrame(0.5, index, LEVELS)
    table.loc[("Rolled BGE", "measured"), "0.6":"0.9"] = [0.55, 0.53, 0.4]  # one of these is near
    table.loc[("Unrolled MGE", "measured"), ["0.6", "0.95", "Conv-6"]] = [0.53, 0.53, 0.6]
    assert findings.of_table_3(table) == {"cells": 27, "cells_near": 24, "mge_ahead": 2}


def test_feature_sets_are_held_against_names():
    table = scores(
        indicators=0.5,
        topometrics=[0.6, 0.6, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4],
        topometrics_before_training=[0.5, *[0.3] * 8],
        indicators_and_topometrics=[0.7, *[0.75] * 8],
        indicators_and_topometrics_before_training=[0.4, *[0.6] * 8],
        indicators_and_layer_densities=0.5,
    )
    found = findings.of_feature_sets(table)
    assert found["names_ahead"] == 7 and found["untrained_behind"] == 8  # a tie is reached, and not behind
    assert found["added"] == "0.20 to 0.25" and found["added_untrained"] == "-0.10 to 0.10"
    assert found["added_densities"] == "0.00"


def test_folds_that_hold_something_new_are_held_against_random_ones():
    random = scores(indicators=0.8, topometrics=0.7, layer_densities=0.5)
    new = scores(
        indicators=-0.5,
        topometrics=[-0.1, 0.0, 0.1, 0.1, 0.1, 0.4, 0.4, 0.4, 0.45],
        layer_densities=[-0.2, 0.1, 0.3, 0.2, 0.2, 0.5, 0.5, 0.5, 0.4],
    )
    pruner = scores(indicators=[0.7, *[0.85] * 8], topometrics=[0.75, *[0.2] * 8], layer_densities=0.1)
    found = findings.of_held_out({"dataset": new, "pruner": pruner}, random)
    assert found == {
        "new_dataset_names": 9,
        "new_dataset_metrics": 1,
        "new_dataset_densities": 1,
        "densities_ahead": 7,
        "densities_mixed": "0.30",
        "names_ahead_pruner": 8,
        "names_lose": "0.10",
        "metrics_lose": "-0.05 to 0.50",
        "metrics_lose_dataset": "0.25",
    }


def test_the_sentence_counts_scenarios_with_rows_alone():
    table = of_our_own(metrics=[0.1, 0.2, *[0.6] * 7], beside=[-5.0, 0.65, *[0.9] * 7])
    told = findings.beside_names(table, "random")
    assert told.startswith(
        "With random folds, what names gain in adjusted R² is -5.75 to 0.15 from the sixteen metrics,"
    )
    assert "-0.25 from nodes and edges alone, -0.25 from the six layer densities;" in told
    table["0.6"] = np.nan
    assert findings.lacking(table) == "too few for the scenarios 0.6."
    later = findings.beside_names(table, "pruner")
    assert later.startswith("With a pruner held out, what names gain in R² is -0.10 to 0.15 from the sixteen")
    assert later.endswith("without names the sixteen metrics reach 0.20 to 0.60.")


@pytest.mark.parametrize("folds", findings.FOLDS)
def test_without_rows_nothing_is_claimed(folds):
    table = of_our_own() * np.nan
    said = findings.beside_names(table, folds)
    assert said == f"{findings.FOLDS[folds]}, no scenario has the {ours.LEAST_ROWS} rows yet that it takes."
    assert findings.lacking(table) == f"too few for the scenarios {', '.join(LEVELS)}."
    assert findings.lacking(of_our_own()) == "enough for all 9 scenarios."


def test_printed_pruners_are_held_against_each_other():
    def rows(architecture, sparsity, **accuracies):
        return [(architecture, sparsity, pruner, value) for pruner, value in accuracies.items()]

    told = rows("A", 0.0, Dense=95.0) + rows("A", 0.6, SNIP=92.0, ER=91.5, Uniform=90.0)
    told += rows("A", 0.98, SNIP=70.0, GraSP=72.5, ER=73.0, ERK=71.0, Uniform=80.0)  # Uniform does not race
    told += rows("B", 0.98, SNIP=60.0, GraSP=65.5, ER=61.0, ERK=62.0, Uniform=20.0)
    table = pd.DataFrame(told, columns=["architecture", "sparsity", "pruner", "accuracy_percent"])
    assert findings.of_printed_accuracies(table) == {
        "gap_6": "2.0",
        "gap_98": "45.5",
        "low": "20.0",
        "low_who": "Uniform",
        "low_where": "B",
        "wins": "A",
        "behind": "3.5",
        "behind_where": "B",
    }
    lost = findings.of_printed_accuracies(table.query("architecture == 'B' or sparsity == 0.6"))
    assert lost["wins"] == "none"


def test_short_trainings_are_told_at_the_highest_sparsity_and_correlated_at_each(tmp_path):
    printed = released.published_accuracy()["CIFAR-10", "Resnet-20"]
    for sparsity, sign in ((0.9, 1), (0.98, -1)):
        for pruner in released.PRUNERS[:4]:
            for seed in (0, 1):
                told = {
                    "architecture": "resnet20",
                    "dataset": "digits",
                    "pruner": pruner.lower(),
                    "seed": seed,
                }
                told |= {"epochs": recorded.SHORT_EPOCHS["digits"], "sparsity": sparsity}
                value = 0.5 + sign * printed[sparsity, pruner] / 2 + 0.02 * seed
                records.write(records.record("pruning", told, {"accuracy": value}, 1.0), tmp_path)
    found = findings.of_short_trainings(recorded.short_trainings(records.gather(tmp_path, "pruning")))
    four = 50 * printed[0.98][list(released.PRUNERS[:4])]
    assert found["short_high"] == 0.98 and found["short_runs"] == 16
    assert float(found["short_apart"]) == pytest.approx(four.max() - four.min(), abs=0.051)
    assert found["short_seeds"] == "2.0"
    assert found["short_like"] == "1.00 at 0.9, -1.00 at 0.98"
    none = findings.of_short_trainings(recorded.short_trainings(pd.DataFrame()))
    assert none["short_runs"] == 0 and none["short_like"] == "not known yet"


def test_rankings_are_held_against_what_is_printed():
    tables = {
        n: recorded.ranking(n)[["printed"]].assign(measured=lambda t: t["printed"]) for n in (4, 11, 12)
    }
    found = findings.of_rankings(tables)
    assert {found[f"near_{name}"] for name in ("mixture", "density", "imdb", "imsg", "bound")} == {20}
    assert found["density_exact"] == 5 and found["density_values"] == "0.58, 0.17, 0.18, 0.15, 0.18"
    assert found["mixture_ahead"] == found["mixture_ahead_printed"] == 3  # the paper's "3 out of 4"
    assert found["lead_11"] == found["lead_11_printed"] == "0.20 to 0.30"
    tables[4].loc[("Resnet-20", "Layer-Density", "0.8"), "measured"] += 0.03
    tables[4].loc[("Resnet-32", "Layer-Density", "0.6"), "measured"] += 0.01
    tables[4].loc[("Resnet-32", "IMDB", "average"), "measured"] = 1.0
    found = findings.of_rankings(tables)
    assert found["near_density"] == 19 and found["density_exact"] == 4
    assert found["density_off"] == "Resnet-20 at 0.8, 0.34 in the place of 0.31"
    assert found["mixture_ahead"] == 2 and found["mixture_ahead_printed"] == 3


def test_tables_in_full_have_what_the_short_ones_have():
    for number in (4, 11, 12):
        full, short = recorded.ranking_in_full(number), recorded.ranking(number)
        assert len(full) == 2 * short.groupby(["architecture", "strategy"]).ngroups
        for row in short.itertuples():
            architecture, strategy, sparsity = row.Index
            for source in ("printed", "measured"):
                text = full.loc[(architecture, strategy, source), sparsity]
                assert text.split(" ± ")[0] == f"{getattr(row, source):.2f}" and " ± " in text
    assert (recorded.ranking_in_full(4, pd.DataFrame()).xs("measured", level="source") == "–").all(axis=None)


def test_choices_are_told_by_who_chooses():
    rows = [
        ("any pruner", 0.03),
        ("any pruner", 0.01),
        ("best on average", 0.005),
        ("topometric mixture", 0.0),
    ]
    told = findings.of_own_choices(pd.DataFrame(rows, columns=["strategy", "regret"]))
    assert "over 2 cells" in told
    assert told.endswith("topometric mixture 0.00; best on average 0.50; any pruner 2.00.")
    assert "not recorded yet" in findings.of_own_choices(pd.DataFrame(columns=["strategy", "regret"]))
    names = ["topometric mixture", "best on average", "any pruner", "best for the architecture"]
    regret = pd.DataFrame(
        {"all 16": [0.2, 1.0, 2.5, 0.125], "before training": [0.3, 1.0, 2.5, 0.125]}, names
    )
    found = findings.of_choices(regret, regret * 8)
    assert found["regret_mixture"] == "0.20" and found["regret_untrained"] == "0.30"
    assert found["right_architecture"] == 1 and found["right_mixture"] == 1


def test_importance_is_averaged_by_group_and_architecture():
    weights = pd.DataFrame(0.0, list(ours.METRICS), LEVELS)
    weights.loc[["sink", "r_in"], "Conv-6"] = [0.5, -0.5]
    weights.loc["motif4", "Resnet-32"] = -0.75
    weights.loc["strength", ["0.6", "0.98"]] = [0.7, -0.125]
    weights.loc["spectral_gap", LEVELS[5:]] = [-0.5, 0.25, 0, 0]
    found = findings.of_importance(weights)
    places = dict(
        zip(found["magnitude_networks"].split(", "), found["local_magnitudes"].split(", "), strict=True)
    )
    assert places["Conv-6"] == "0.20" and places["Resnet-32"] == "0.00"
    assert found["near_magnitudes"].split(", ").count("0.15") == 1
    assert found["strength_low"] == "0.70" and found["strength_high"] == "-0.12" and found["n2_low"] == "0.00"
    assert found["gap"] == "-0.50 to 0.25"
