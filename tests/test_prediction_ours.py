"""Our own topometrics beside the printed accuracies, from records made here."""

import itertools

import numpy as np
import pandas as pd
import pytest

from netwithin import encodings, networks, records, topometrics
from netwithin.prediction import choosing, measuring, ours, ranking, released


def made(folder, architectures=("resnet20", "conv6"), sparsities=(0.9, 0.98), seeds=(0,), large=()):
    """Records of the grid, their metrics drawn; those of the pruners in `large` not run."""
    random = np.random.default_rng(0)
    for architecture in architectures:
        for sparsity in sparsities:
            for pruner in ours.PRUNERS:
                for seed in seeds:
                    told = {"architecture": architecture, "size": 32, "sparsity": sparsity, "pruner": pruner}
                    told |= {"pictures": "cifar-10-subset", "padding": True, "seed": seed}
                    values = dict(zip(ours.METRICS, random.random(16).tolist(), strict=True))
                    edges = 30_000_000 if pruner in large else int(random.integers(1, 9)) * 1_000_000
                    found = {"nodes": 10, "edges": edges, "layer_densities": [0.5, 0.25, 0.75]}
                    found |= {"processor_seconds": edges / 1e6} | values
                    if pruner in large:
                        found |= dict.fromkeys(values) | {"processor_seconds": None}
                    records.write(records.record("topometrics", told, found, 1.0), folder)
    return records.gather(folder, "topometrics")


def test_networks_have_the_papers_names_and_their_densities(tmp_path):
    table = ours.networks(made(tmp_path))
    assert len(table) == 2 * 2 * 7
    assert set(table["architecture"]) == {"Resnet-20", "Conv-6"}
    assert set(table["pruner"]) == set(released.PRUNERS)
    first = table.iloc[0]
    assert first[["density_mean", "density_min", "density_first", "density_last"]].tolist() == [
        0.5,
        0.25,
        0.5,
        0.75,
    ]
    assert first["density_std"] == 0.25


def test_graphs_of_another_form_are_left_out(tmp_path):
    runs = made(tmp_path)
    assert len(ours.networks(runs.assign(padding=False))) == 0
    assert len(ours.networks(runs.assign(size=16))) == 0
    assert ours.EXPECTED == 420


def test_what_was_too_large_is_counted_and_priced(tmp_path):
    table = ours.networks(made(tmp_path, large=("snip",)))
    assert ours.coverage(table).loc["Resnet-20", 0.98] == "6 + 1"
    assert ours.coverage(table).loc["Resnet-32", 0.98] == "0"
    costs = ours.cost(table)
    assert costs["graphs"].tolist() == [1, 1, 1, 1]
    assert costs["hours"].tolist() == pytest.approx([30 / 3600] * 4)  # a second for each million edges
    assert "4 with 30 million edges, would take about 0.0 hours" in ours.not_run(table)
    assert ours.not_run(table.dropna(subset=["sink"])).startswith("None")
    with pytest.raises(ValueError, match="two measured"):
        ours.cost(table[table["sink"].isna()])


def test_each_row_of_the_study_has_its_printed_accuracy_and_the_mean_over_seeds(tmp_path):
    table = ours.networks(made(tmp_path, seeds=(0, 1)))
    study = ours.study(table)
    assert len(study) == 3 * 2 * 2 * 7 and set(study["seeds"]) == {2}
    printed = records.published("mge_accuracy_tables_8_9_10")
    for row in study.sample(10, random_state=0).itertuples():
        wanted = printed[(printed["dataset"] == row.dataset) & (printed["architecture"] == row.architecture)]
        dense = wanted.loc[wanted["pruner"] == "Dense", "accuracy_percent"].item()
        sparse = wanted[(wanted["sparsity"] == row.sparsity) & (wanted["pruner"] == row.pruner)]
        assert row.drop == pytest.approx(1 - sparse["accuracy_percent"].item() / dense, nan_ok=True)
        same = (table["architecture"] == row.architecture) & (table["sparsity"] == row.sparsity)
        two = table[same & (table["pruner"] == row.pruner)]
        assert len(two) == 2 and row.motif4 == pytest.approx(two["motif4"].mean())


def test_a_metric_that_rises_with_the_edges_is_found(tmp_path):
    table = ours.networks(made(tmp_path))
    table["edges"] = np.tile(np.arange(1.0, 8.0), 4)
    table["sink"], table["source"], table["components"] = table["edges"] ** 2, -table["edges"], 1.0
    along = ours.along_edges(table)
    assert along["sink"] == pytest.approx(1) and along["source"] == pytest.approx(-1)
    assert np.isnan(along["components"]) and abs(along["motif4"]) < 1


def test_a_drop_that_is_a_metric_is_predicted_by_it_and_not_by_names(tmp_path):
    study = ours.study(ours.networks(made(tmp_path, ("resnet20", "conv6", "resnet32"))))
    study["drop"] = study["motif4"]
    scores = ours.regressed(study, sets=("indicators", "topometrics"))
    assert list(scores.columns) == [str(one) for one in (*released.SPARSITIES, *released.ARCHITECTURES)]
    assert (scores.loc["topometrics", ["0.9", "Conv-6"]] > 0.9).all()
    assert (scores.loc["indicators", ["0.9", "Conv-6"]] < 0.5).all()
    assert scores[["0.6", "Wide-Resnet-28-2"]].isna().all().all()  # too few rows
    held = ours.regressed(study, "pruner", ("topometrics",))
    assert held.loc["topometrics", "0.9"] > 0.9
    with pytest.raises(ValueError, match="folds"):
        ours.regressed(study, "seed")


def test_whole_cells_have_all_pruners_and_can_be_learnt_from(tmp_path):
    table = ours.study(ours.networks(made(tmp_path)))
    whole = ours.whole_cells(table, crossed=True)
    assert len(whole) == len(table) and not whole["accuracy"].isna().any()
    lacking = table[
        ~((table["architecture"] == "Conv-6") & (table["sparsity"] == 0.9) & (table["pruner"] == "ER"))
    ]
    assert len(ours.whole_cells(lacking)) == len(table) - 3 * 7
    assert len(ours.whole_cells(lacking, crossed=True)) == 0  # no architecture with two sparsities is left
    picked = choosing.compare(whole, ours.METRICS)
    assert set(picked["strategy"]) == {*choosing.STRATEGIES, "any pruner"} and (picked["regret"] >= 0).all()


def test_a_score_that_is_the_accuracy_ranks_perfectly(tmp_path):
    table = ours.whole_cells(ours.study(ours.networks(made(tmp_path))))
    table["density_mean"] = table["accuracy"]
    found = ours.ranked(table).set_index(["strategy", "architecture", "sparsity"])["mean_rbo"]
    assert found["Layer-Density", "Conv-6", "average"] == pytest.approx(1)
    edges = ranking.agreement(ranking.over_seeds(table, "edges"), ranking.over_seeds(table, "accuracy"))
    mine = edges[edges["architecture"] == "Conv-6"]["rbo"].mean()
    assert found["Edges", "Conv-6", "average"] == pytest.approx(mine)
    assert ours.ranked(table.iloc[:0]).empty


def test_without_records_everything_is_empty():
    table = ours.networks(pd.DataFrame())
    assert table.empty and ours.study(table).empty and ours.whole_cells(ours.study(table), crossed=True).empty
    assert ours.regressed(ours.study(table)).isna().all().all()
    assert ours.along_edges(table).isna().all()


def test_a_last_digit_is_no_difference():
    edges = np.array([10.0, 20.0, 30.0, 40.0])
    told = pd.DataFrame({"architecture": "A", "sparsity": 0.9, "seed": 0, "edges": edges})
    table = told.assign(**{name: -edges for name in ours.METRICS})
    table["n1"] = [4.324249526494677e-06] * 3 + [4.324249526494676e-06]
    along = ours.along_edges(table)
    assert np.isnan(along["n1"]) and along.drop("n1").eq(-1).all()


def test_what_is_measured_is_recorded_and_read_again(tmp_path):
    model, shown = networks.resnet20(size=8, channels=1), {"architecture": "resnet20", "pictures": ""}
    found = list(
        measuring.measure(model, ["er", "synflow"], [0.98, 0.9], shown | {"size": 32}, most_edges=250_000)
    )
    assert [(one.pruner, one.sparsity) for one in found] == list(
        itertools.product(["er", "synflow"], [0.98, 0.9])
    )
    for one in found:
        records.write(one.record, tmp_path)
        graph = encodings.multipartite(model, networks.prune(model, one.pruner, one.sparsity))
        assert (graph.adjacency != one.graph.adjacency).nnz == 0
        assert (one.counted is None) == (graph.edges > 250_000) == (one.record["metrics"]["sink"] is None)
        if one.counted:
            divided = topometrics.compute(graph)
            assert {name: one.record["metrics"][name] for name in topometrics.NAMES} == pytest.approx(divided)
    table = ours.networks(records.gather(tmp_path, "topometrics"))
    assert sorted(table["edges"]) == sorted(one.graph.edges for one in found)
    assert 0 < table["sink"].notna().sum() < len(found)
    assert table["density_mean"].notna().all()
