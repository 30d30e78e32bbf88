"""The script that records the race of all methods: rows, memory, what is skipped."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from netwithin import graphs, records
from netwithin.codec import baselines

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "record_race.py"
BALLAST = 300_000_000


@pytest.fixture
def race(monkeypatch, tmp_path):
    """The script as a module that its processes can import too, with an empty folder for the records."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, SCRIPT.stem, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def here(race, monkeypatch):
    """Everything in this process."""
    monkeypatch.setattr(race, "apart", race.timed)
    return race


def heavy():
    return int(np.ones(BALLAST, np.uint8)[-1])


def heavy_child():
    return subprocess.run(
        [sys.executable, "-c", f"import time; a = b'1' * {BALLAST}; time.sleep(1)"]
    ).returncode


def test_a_row_tells_what_the_peer_tells(here):
    graph = graphs.load("karate-club")
    for method in ("k2_tree", "xz_gaps"):
        row, peer = here.measure(graph, method), baselines.measure(method, graph)
        assert list(row) == list(here.MEASURED)
        assert all(row[key] == peer[key] for key in ("bytes", "file", "general", "exact", "absent"))
        assert row["encode_seconds"] > 0 and row["decode_peak_bytes"] > 10_000_000
    bound = here.measure(graph, "polya_urn")
    assert (bound["bytes"], bound["file"]) == (baselines.bound_bytes("polya_urn", graph), False)
    assert bound["exact"] is bound["encode_seconds"] is bound["absent"] is None


def test_our_rows_are_our_files(here):
    graph = graphs.load("karate-club")
    row = here.measure(graph, "netwithin effort 1")
    assert row["bytes"] == len(here.codec.encode(graph, effort=1))
    assert row["exact"] is True and row["general"] is False


def test_absent_broken_and_lossy_methods_are_told_and_the_race_goes_on(here, monkeypatch):
    graph = graphs.load("karate-club")
    raising = baselines.Peer(lambda graph: 1 / 0, None)
    lossy = baselines.Peer(lambda graph: b"", lambda data, header: (np.zeros(1, int), np.ones(1, int)))
    nowhere = baselines.Peer(None, None, programs=("no-such-program",))
    for name, peer in {"raising": raising, "lossy": lossy, "nowhere": nowhere}.items():
        monkeypatch.setitem(baselines.PEERS, name, peer)
    assert here.measure(graph, "raising")["absent"] == "failed: ZeroDivisionError division by zero"
    assert here.measure(graph, "lossy")["exact"] is False
    assert "NOT EXACT" in here.told(here.measure(graph, "lossy"))
    assert here.measure(graph, "nowhere")["absent"] == "not present"


def test_the_memory_of_a_process_and_of_its_children_is_seen(race, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    module = importlib.import_module("test_race")
    result, seconds, most = race.apart(module.heavy, "bitmap")
    assert result == 1 and seconds > 0 and most > BALLAST
    result, seconds, most = race.apart(module.heavy_child, "bitmap")
    assert result == 0 and seconds > 1 and most > BALLAST
    assert race.apart(len, "bitmap", "four")[2] < BALLAST


def test_records_fill_a_table_and_are_not_made_twice(here, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(here, "METHODS", ("bitmap", "xz_gaps", "polya_urn"))
    monkeypatch.setattr(records, "_commit", lambda: "abc")
    here.main(["newman-watts-strogatz-100"])
    assert "bitmap: 619 bytes" in capsys.readouterr().out
    (path,) = (tmp_path / "recorded" / "race").glob("*.json")
    table = records.gather(experiment="race").explode(list(here.MEASURED))
    assert table["method"].tolist() == ["bitmap", "xz_gaps", "polya_urn"]
    assert table["exact"].tolist() == [True, True, None]
    before = path.read_text()
    here.main(["newman-watts-strogatz-100"])
    assert "recorded at this commit" in capsys.readouterr().out and path.read_text() == before
    monkeypatch.setattr(records, "_commit", lambda: "abd")
    here.main(["newman-watts-strogatz-100"])
    assert json.loads(path.read_text())["commit"] == "abd"
    monkeypatch.setattr(records, "_commit", lambda: "abd+")
    assert not records.count("race", {"graph": "newman-watts-strogatz-100"}, this_commit=True)


def test_a_graph_that_is_unknown_is_refused(here):
    with pytest.raises(here.typer.BadParameter, match="no-such-graph"):
        here.main(["no-such-graph"])


def test_every_graph_of_the_published_peers_races(race, monkeypatch):
    monkeypatch.delenv("NETWITHIN_RESULTS")
    assert set(race.REAL) == set(records.published("peers_bits_per_edge")["graph"])
