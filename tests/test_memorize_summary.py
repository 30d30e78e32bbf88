"""What a run's record says, against the parts it is made of, and the script that records the long runs."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from netwithin import graphs, memorize, rates, records
from netwithin.memorize import trainer

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "record_siren.py"


def test_a_summary_says_what_its_parts_say():
    graph = graphs.newman_watts_strogatz(16, 0.25, seed=0)
    model = memorize.SIREN(3, 16, seed=0)
    result = memorize.train(model, *memorize.pixels(graph), memorize.Settings(epochs=300, learning_rate=1e-3))
    summary = memorize.summarise(model, graph, result)
    scores = memorize.evaluate(memorize.half_precision(model), graph).scores
    truth = graph.adjacency.toarray()
    assert summary["fp16_bit_errors_half"] == memorize.bit_errors(scores, truth, 0.5)
    assert summary["bit_errors_half"] == result.errors_half[result.best_epoch - 1]
    assert summary["loss"] == pytest.approx(result.best_loss, rel=1e-3)
    assert summary["total_bits"] == rates.total_bits(scores, graph, 2 * summary["parameters_count"]).total
    assert summary["total_bits"] == 8 * summary["fp16_bytes"] + summary["residual_bits"]
    below = [e for e, loss in enumerate(result.loss, 1) if loss < 0.01]
    exact = [e for e in range(1, 301) if 0 in (result.errors_half[e - 1], result.errors_mean[e - 1])]
    assert summary["stop_epoch"] == (below[0] if below else None)
    assert summary["first_exact_epoch"] == (exact[0] if exact else None)
    assert below and exact  # or the two lines above would compare None with None
    assert summary["history_epoch"][0] == 1 and summary["history_epoch"][-1] == 300
    assert summary["history_loss"][-1] == result.loss[-1]


def test_a_spread_says_how_many_runs_have_a_value():
    runs = pd.DataFrame({"n": [5, 5, 5, 9], "stop": [3.0, None, 10.0, None], "bits": [2, 2, 2, 1]})
    table = memorize.spread(runs, ["n"], {"stop": ("epoch", ".0f"), "bits": ("bits", ".0f")}, "long")
    assert table.values.tolist() == [
        ["long, 3 runs", 5, "6 (3 to 10, in 2 of 3)", "2"],
        ["long, 1 run", 9, "\u2013", "1"],
    ]


def test_table_five_has_a_row_for_each_printed_one_and_says_what_was_not_run():
    run = {"graph_model": "newman-watts-strogatz", "nodes": 100, "nominal_density": 0.5, "hidden_layers": 10}
    run |= {"width": 28, "epochs_run": 4000, "fp16_bit_errors_mean": 5, "fp16_bit_errors_half": 0}
    runs = pd.DataFrame([run | {"seed": seed, "loss": loss} for seed, loss in enumerate((3e-4, 5e-4, 6e-4))])
    other = runs.assign(graph_model="watts-strogatz", seed=0).iloc[:1]
    rows = memorize.table_five(pd.concat([runs, other, runs.assign(width=20)]))
    assert len(rows) == 10 and (rows["loss, recorded"] == "not run").sum() == 8
    first, second = rows[rows["loss, recorded"] != "not run"].to_dict("records")
    assert first["loss, recorded"] == "0.0005 (0.0003 to 0.0006)" and first["loss, printed"] == "0.0006"
    assert (first["kind"], first["seeds"], second["kind"], second["seeds"]) == ("NWS", "3", "WS", "1")
    assert first["wrong bits, cut at mean"] == "5" and first["epochs"] == "4,000"
    assert (rows["fp16 kB, printed"] == rows["fp16 kB, here"]).all()


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script, set to write below tmp_path, with networks that train in a moment."""
    specification = importlib.util.spec_from_file_location("record_siren", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    table = records.published("memorization_table_4_sizes")
    table.loc[0, ["nodes", "hidden_layers", "width"]] = [12, 3, 16]
    monkeypatch.setattr(records, "published", lambda name: table)
    monkeypatch.setattr(records, "root", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return module


def test_a_recorded_run_is_not_run_again(script, tmp_path, monkeypatch):
    given = dict(nodes=12, density=[0.25], seed=[0, 1], epochs=700)
    script.main(**given)
    table = records.gather(tmp_path / "recorded", "siren").set_index("seed")
    assert list(table.index.sort_values()) == [0, 1]
    assert (table.epochs_run == 700).all() and (table.chunk == 144).all()
    assert table.stop_epoch.notna().all() and (table.bit_errors_half_at_stop >= table.bit_errors_half).all()
    # The stop lies where an uninterrupted run crosses it.
    graph = graphs.newman_watts_strogatz(12, 0.25, seed=1)
    model = memorize.SIREN(3, 16, seed=1)
    result = memorize.train(model, *memorize.pixels(graph), memorize.Settings(epochs=700))
    assert table.stop_epoch[1] == result.first_below(0.01)
    assert table.bit_errors_half_at_stop[1] == result.errors_half[result.first_below(0.01) - 1]
    monkeypatch.setattr(script, "run", lambda *_: pytest.fail("ran again"))
    monkeypatch.setattr(trainer, "chunk_size", lambda *_: 100)  # less memory is free than before
    script.main(**given)
    script.main(**given, chunk=144)
    with pytest.raises(pytest.fail.Exception, match="ran again"):
        script.main(**given, chunk=100)


def test_an_interrupted_recording_goes_on_with_its_chunk(script, monkeypatch):
    parameters = script.parameters_of(12, 0.25, "newman-watts-strogatz", 0.5, 0, 20, None)

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(trainer, "chunk_size", lambda *_: 100)
        patch.setattr(memorize, "summarise", interrupt)
        script.run(parameters, "cpu", False)
    monkeypatch.setattr(trainer, "chunk_size", lambda *_: 90)
    ran, metrics = script.run(parameters, "cpu", False)
    assert ran == parameters | {"chunk": 100} and metrics["epochs_run"] == 20


def test_only_the_papers_sizes(script):
    with pytest.raises(script.typer.BadParameter, match="13 nodes"):
        script.main(nodes=13)
