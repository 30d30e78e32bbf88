"""What a study counts, against its parts; how rows become tables and records."""

import numpy as np
import pytest

from netwithin import graphs, memorize, rates, records
from netwithin.memorize import studies


@pytest.fixture(scope="module")
def graph():
    return graphs.watts_strogatz(16, 0.25, seed=0)


@pytest.fixture(scope="module")
def found(graph):
    settings = memorize.Settings(epochs=500, learning_rate=1e-3)
    return studies.study(memorize.SIREN(3, 16, seed=0), graph, settings)


def test_metrics_are_those_of_the_course(found, graph):
    result, metrics = found.result, found.metrics
    stop, exact = metrics["stop_epoch"], metrics["exact_epoch"]
    assert result.loss[stop - 1] < 0.01 <= min(result.loss[: stop - 1])
    assert metrics["wrong_half_at_stop"] == result.errors_half[stop - 1]
    assert metrics["wrong_mean_at_stop"] == result.errors_mean[stop - 1]
    assert result.errors_half[exact - 1] == 0 < min(result.errors_half[: exact - 1])
    assert (metrics["epochs_to_stop"], metrics["epochs_to_exact"]) == (stop, exact)
    assert metrics["lowest_loss"] == min(result.loss) and metrics["final_loss"] == result.loss[-1]
    rises = [b > a for a, b in zip(result.loss, result.loss[1:], strict=False)]
    assert metrics["rises"] == pytest.approx(np.mean(rises)) and any(rises)
    one = metrics["one_answer_epochs"]
    rarer = [min(k, 256 - k) for k in result.edges_half]
    assert 0 < one < 500 and max(rarer[:one]) < 2.56 <= rarer[one]
    assert metrics["early_majority"] == 1 - max(rarer[:50]) / 256
    assert metrics["history_loss"][-1] == result.loss[-1] and metrics["history_epoch"][-1] == 500


def test_metrics_are_those_of_the_rounded_weights(found, graph):
    metrics, scores = found.metrics, found.evaluation.scores
    assert metrics["wrong_half"] == memorize.bit_errors(scores, graph.adjacency.toarray(), 0.5)
    assert metrics["total_bits"] == rates.total_bits(scores, graph, 2 * metrics["parameters_count"]).total
    assert metrics["majority_wrong"] == graph.adjacency.nnz == 64


def test_arguments_reach_the_training(graph):
    settings = memorize.Settings(epochs=3)
    loss, schedule = memorize.CROSS_ENTROPY, memorize.schedules.CONSTANT
    found = studies.study(memorize.SIREN(2, 8), graph, settings, limit=None, loss=loss, schedule=schedule)
    model = memorize.SIREN(2, 8)
    expected = memorize.train(model, *memorize.pixels(graph, None), settings, loss=loss, schedule=schedule)
    assert found.result == expected
    assert found.metrics["stop_epoch"] is None and found.metrics["epochs_to_stop"] == 4
    assert 0 <= found.evaluation.scores.min() <= found.evaluation.scores.max() <= 1


def test_rows_become_records_and_come_back_beside_live_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
    rows = [
        {"loss": "b", "wrong": 3, "stop": None, "seconds": 1.0},
        {"loss": "a", "wrong": 5, "stop": np.nan},
    ]
    shown = {"wrong": ("wrong bits", ".0f"), "stop": ("epoch", ".0f")}
    told = {"graph_model": "newman_watts_strogatz", "steps_per_epoch": 6}
    setting = ["nodes", "graph_model", "steps_per_epoch"]
    live = [row | told | {"nodes": 40} for row in rows]
    assert len(studies.beside(live, "demo", setting, ["loss"], shown)) == 2
    for nodes in (100, 40):
        for seed in (0, 1):
            for rec in studies.recorded("demo", told | {"nodes": nodes, "seed": seed}, rows, ["loss"]):
                assert rec["metrics"]["stop"] is None and "seconds" not in rec["metrics"]
                records.write(rec)
    table = studies.beside(live, "demo", setting, ["loss"], shown)
    assert table.columns.tolist() == ["run", "loss", "wrong bits", "epoch"]
    assert table.values.tolist() == [
        ["live, 1 run: 40 nodes, NWS, 6 steps an epoch", "b", "3", "\u2013"],
        ["live, 1 run: 40 nodes, NWS, 6 steps an epoch", "a", "5", "\u2013"],
        *(
            [f"recorded, 2 runs: {nodes} nodes, NWS, 6 steps an epoch", loss, wrong, "\u2013"]
            for nodes in (40, 100)
            for loss, wrong in (("b", "3"), ("a", "5"))
        ),
    ]
