"""The script that records how files grow: its runs at tiny sizes, what is skipped."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from netwithin import codec, graphs, records

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "record_growth.py"


@pytest.fixture
def growth(monkeypatch, tmp_path):
    """The script as a module, everything in this process, with an empty folder for the records."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.record_race, "apart", module.record_race.timed)
    return module


@pytest.mark.parametrize("way", ["every pair", "plausible pairs", "effort 1", "tiles of 64"])
def test_a_run_measures_files_that_decode(growth, way):
    part = "access" if way.startswith("tiles") else "size"
    metrics = growth.measure(growth.run(part, 150, 450, way))
    graph = graphs.communities(150, 450, 1, seed=0)
    assert metrics["bytes"] == len(growth.encode(graph, way)) and metrics["exact"] is True
    assert metrics["bits_per_edge"] == pytest.approx(8 * metrics["bytes"] / 450)
    assert (metrics["actual_nodes"], metrics["actual_edges"], metrics["pairs"]) == (150, 450, 11175)
    for doing in ("encode", "decode"):
        assert metrics[f"{doing}_seconds"] > 0 and metrics[f"{doing}_processor_seconds"] > 0
        assert metrics[f"{doing}_peak_bytes"] > 10_000_000
    if part == "access":
        shares = metrics["decoded_fraction"]
        assert metrics["exact_answers"] and 0 < shares[0] <= shares[1] <= shares[2] <= 1


def test_ways_differ(growth):
    graph = graphs.communities(150, 450, 1)
    every, plausible = (growth.encode(graph, way) for way in growth.EVERY)
    assert every != plausible and codec.decode(every) == codec.decode(plausible) == graph


def test_a_wrong_answer_is_told(growth):
    graph, other = graphs.communities(150, 450, 1), graphs.communities(150, 450, 1, seed=1)
    data = growth.encode(other, "tiles of 64")
    assert growth.query(data, other, 0)["exact_answers"] is True
    assert growth.query(data, graph, 0)["exact_answers"] is False


def test_a_picture_counts_every_entry_once(growth, monkeypatch):
    monkeypatch.setattr(growth, "BLOCKS", 7)
    graph = graphs.communities(100, 300, 1)
    for order in ("given", "degree"):
        found = growth.picture(graph, order)
        counts = np.array([list(map(int, row.split())) for row in found["counts"]])
        assert counts.shape == (7, 7) and counts.sum() == 600 and found["block"] == 15
        assert np.array_equal(counts, counts.T)
        if order == "given":
            assert counts[1, 2] == graph.adjacency[15:30, 30:45].sum()
        else:
            assert counts[0].sum() == max(counts.sum(axis=1))


def test_runs_are_recorded_once_a_commit(growth, monkeypatch, capsys, tmp_path):
    tiny = [growth.run("size", 60, 120, "effort 1"), growth.run("size", 60, 130, "effort 1")]
    monkeypatch.setattr(growth, "runs", lambda: tiny)
    monkeypatch.setattr(records, "_commit", lambda: "abc")
    growth.main(["size"], most=120)
    assert "1 of 1: size communities 60 120 effort 1" in capsys.readouterr().out
    (path,) = (tmp_path / "recorded" / "growth").glob("*.json")
    before = path.read_text()
    growth.main(["size"], most=120)
    assert capsys.readouterr().out == "" and path.read_text() == before
    monkeypatch.setattr(records, "_commit", lambda: "abd")
    growth.main(["size"], most=120)
    assert json.loads(path.read_text())["commit"] == "abd"
    monkeypatch.setattr(records, "_commit", lambda: "abd+")
    assert not records.count("growth", tiny[0], this_commit=True)
    growth.main(["nodes"])
    assert len(records.gather(experiment="growth")) == 1


def test_all_runs_differ_and_the_fast_ones_come_first(growth):
    keys = [json.dumps(one) for one in growth.runs()]
    assert len(set(keys)) == len(keys)
    assert growth.runs()[0]["edges"] < growth.runs()[-1]["edges"]
    assert set(growth.REAL) | {growth.LARGEST} <= set(graphs.names())
    assert SCRIPT.stem not in sys.modules
