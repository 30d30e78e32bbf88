"""The command line as a user meets it: exit codes, one-line errors, files whole or untouched."""

import functools
import gzip
import json
import os
import re
import signal
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest

import netwithin
from netwithin import cli
from netwithin.codec import baselines, encoder, trainers, training
from netwithin.graphs import Graph, erdos_renyi, newman_watts_strogatz, read, write

KINDS = {
    "undirected": newman_watts_strogatz(40, 0.2),
    "empty": Graph(np.zeros((0, 0)), "undirected"),
    "one node": Graph(np.zeros((1, 1)), "undirected"),
    "no edges": Graph(np.zeros((30, 30)), "undirected"),
    "complete": Graph(np.ones((12, 12)) - np.eye(12), "undirected"),
    "directed with loops": Graph(np.random.default_rng(0).random((20, 20)) < 0.2, "directed"),
    "bipartite": Graph(np.random.default_rng(1).random((9, 25)) < 0.3, "bipartite"),
    "names": Graph(np.eye(3)[::-1], "undirected", ["ä", "b c", ""]),
    "numbers": Graph(np.eye(3)[::-1], "undirected", [-5, 2**62, 7]),
}


@pytest.fixture
def run(monkeypatch, capfd, tmp_path):
    """Run the command in the test's folder; exit code, output, error output."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["netwithin", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def fails(run):
    """Run a command that fails: its exit code and its one line."""

    def call(*arguments):
        code, out, error = run(*arguments)
        assert code != 0 and out == ""
        assert error.startswith("netwithin: ") and error.count("\n") == 1 and error.endswith("\n")
        assert "Traceback" not in error
        return code, error

    return call


@pytest.fixture
def files(tmp_path):
    """A graph, its .nwn file and another graph: g.mtx, g.nwn, other.mtx."""
    write(KINDS["undirected"], tmp_path / "g.mtx")
    write(erdos_renyi(40, 0.2), tmp_path / "other.mtx")
    (tmp_path / "g.nwn").write_bytes(netwithin.encode(KINDS["undirected"], "density"))
    return tmp_path


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_graph_goes_in_and_comes_back(run, tmp_path, name):
    write(KINDS[name], tmp_path / "g.mtx")
    assert run("encode", "g.mtx", "--predictor", "density+distance")[0] == 0
    assert run("decode", "g.nwn", "-o", "back.npz")[0] == 0
    assert read(tmp_path / "back.npz") == KINDS[name] == read(tmp_path / "g.mtx")
    assert run("verify", "g.nwn", "g.mtx")[0] == 0
    code, out, _ = run("info", "g.nwn", "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["nodes"], facts["edges"]) == (KINDS[name].number_of_nodes, KINDS[name].number_of_edges)
    assert facts["total_bytes"] == (tmp_path / "g.nwn").stat().st_size
    code, out, _ = run("compare", "g.mtx", "--json", "--predictor", "density+distance")
    assert code == 0 and json.loads(out)["exact"] is True
    assert run("info", "g.nwn")[0] == run("compare", "g.mtx", "--predictor", "density")[0] == 0


@pytest.mark.parametrize("ending", [".mtx.gz", ".npz", ".txt", ".csv", ".tsv.gz", ".graphml", ".gml", ".g6"])
def test_every_kind_of_file(run, tmp_path, ending):
    graph = KINDS["undirected"]
    write(graph, tmp_path / f"my.graph{ending}")
    code, out, _ = run("encode", f"my.graph{ending}", "--predictor", "density")
    assert code == 0 and out.startswith("my.graph.nwn: ")
    assert run("decode", "my.graph.nwn", "-o", f"back{ending}")[0] == 0
    assert read(tmp_path / f"back{ending}") == graph
    assert run("verify", "my.graph.nwn", f"back{ending}")[0] == 0


def test_a_network_is_trained_stored_and_counted(run, files, monkeypatch):
    monkeypatch.setattr(trainers, "NETWORKS", {0: ((2, 6),)})
    quick = functools.partial(training.Preset, steps=60, rounded_steps=20)
    monkeypatch.setattr(training, "Preset", quick)
    code, out, _ = run("encode", "g.mtx", "-o", "net.nwn", "--predictor", "siren", "--seed", "3")
    assert code == 0
    assert "density + siren" in out
    facts = json.loads(run("info", "net.nwn", "--json")[1])
    assert facts["experts"] == ["density", "siren"]
    assert facts["model_bytes"] > 20
    assert run("verify", "net.nwn", "g.mtx")[0] == 0


def test_info_adds_up_and_reads_like_its_json(run, files):
    facts = json.loads(run("info", "g.nwn", "--json")[1])
    parts = ("model_bytes", "residual_bytes", "label_bytes", "header_bytes")
    assert sum(facts[part] for part in parts) == facts["total_bytes"]
    assert facts["bits_per_edge"] == pytest.approx(8 * facts["total_bytes"] / facts["edges"])
    lines = dict(line.split(None, 1) for line in run("info", "g.nwn")[1].splitlines() if " by" not in line)
    assert lines["nodes"] == "40"
    assert lines["kind"] == "undirected"


def test_compare_tells_the_sizes_of_files_that_were_made(run, files):
    code, out, _ = run("compare", "g.mtx", "--json", "--predictor", "density")
    assert code == 0
    told = json.loads(out)
    sizes = {row["name"]: row for row in told["sizes"]}
    assert sizes["netwithin"]["bytes"] == (files / "g.nwn").stat().st_size
    assert sizes["bitmap"]["bytes"] == -(-40 * 39 // 2 // 8)
    assert {name for name, row in sizes.items() if not row["file"]} == set(baselines.BOUNDS)
    assert set(sizes) | set(told["absent"]) == {"netwithin", *baselines.BOUNDS, *baselines.PEERS}
    assert {name for name, row in sizes.items() if row["general"]} >= {"gzip_text", "bz2_gaps", "xz_gaps"}
    for row in told["sizes"]:
        assert (row["exact"] is True) == row["file"]
        assert all((row[f"{what}code_seconds"] is not None) == row["file"] for what in ("en", "de"))
    assert [row["bytes"] for row in told["sizes"]] == sorted(row["bytes"] for row in told["sizes"])
    table = run("compare", "g.mtx", "--predictor", "density")[1]
    assert all(f"{row['bytes']:,}" in table for row in told["sizes"])


def test_compare_says_which_peer_is_not_there(run, files, monkeypatch):
    monkeypatch.setenv("PATH", "")
    out = run("compare", "g.mtx", "--json", "--predictor", "density")[1]
    absent = json.loads(out)["absent"]
    assert absent == dict.fromkeys(["zpaq_text", "zpaq_gaps", "jbig", "jbig2"], "not present")
    code, table, _ = run("compare", "g.mtx", "--predictor", "density")
    assert code == 0 and all(re.search(rf"{name} .* not present", table) for name in absent)


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "netwithin", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "") and netwithin.__version__ in done.stdout


def test_version_and_help(run):
    assert run("--version")[:2] == (0, f"{netwithin.__version__}\n")
    for command in ("encode", "decode", "info", "verify", "compare"):
        code, out, _ = run(command, "--help")
        assert code == 0 and "--help" in out
    code, out, error = run()
    assert code == 2 and "compare" in out + error


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["encode"],
        ["encode", "g.mtx", "--bogus"],
        ["encode", "g.mtx", "--predictor", "sine"],
        ["encode", "g.mtx", "--predictor", "density,distance"],
        ["encode", "g.mtx", "--seed", "x"],
        ["encode", "g.mtx", "--seed", "-1"],
        ["encode", "g.mtx", "--kind", "tripartite"],
        ["encode", "g.mtx", "--device", "abacus"],
        ["encode", "g.mtx", "--effort", "10"],
        ["encode", "g.mtx", "--access", "some"],
        ["encode", "g.mtx", "--access", "random", "--tile", "0"],
        ["decode", "g.nwn"],
        ["decode", "g.nwn", "-o", "a.mtx", "--max-nodes", "many"],
        ["info"],
        ["verify", "g.nwn"],
        ["compare"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_in_a_line(fails, files, arguments):
    before = sorted(files.iterdir())
    code, error = fails(*arguments)
    assert code == 2
    assert "--help" in error
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["encode", "nope.mtx"], "nope.mtx: No such file"),
        (["encode", "g.mtx", "--tile", "8"], "access"),
        (["encode", "g.mtx", "--access", "random", "--predictor", "siren"], "trained"),
        (["info", "nope.nwn"], "nope.nwn: No such file"),
        (["verify", "g.nwn", "nope.mtx"], "nope.mtx: No such file"),
        (["compare", "nope.mtx"], "nope.mtx: No such file"),
        (["encode", "."], "none of .mtx"),
        (["info", "."], "Is a directory"),
        (["encode", "g.mtx", "-o", "no/where.nwn"], "no: there is no such folder"),
        (["encode", "g.mtx", "-o", "."], "this is a folder"),
        (["decode", "g.nwn", "-o", "no/where.mtx"], "no: there is no such folder"),
        (["decode", "g.nwn", "-o", "a.docx"], "none of .mtx"),
        (["decode", "g.nwn", "-o", "a.mtx", "--max-nodes", "39"], "--max-nodes"),
        (["decode", "g.nwn", "-o", "a.mtx", "--max-pairs", "5"], "--max-pairs"),
        (["decode", "g.mtx", "-o", "a.mtx"], "g.mtx: this is no .nwn file"),
        (["verify", "g.mtx", "g.mtx"], "g.mtx: this is no .nwn file"),
        (["info", "g.mtx"], "g.mtx: this is no .nwn file"),
        (["encode", "g.nwn"], "none of .mtx"),
        (["verify", "g.nwn", "other.mtx"], "another graph"),
        (["encode", "g.mtx", "--kind", "bipartite", "-o", "/proc/x.nwn"], "/proc/x.nwn: "),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_other_failures_are_told_in_a_line(fails, files, arguments, reason):
    before = {path: path.read_bytes() for path in files.iterdir()}
    code, error = fails(*arguments)
    assert code == 1
    assert reason in error
    assert {path: path.read_bytes() for path in files.iterdir()} == before


def test_a_missing_accelerator_is_told(fails, files, monkeypatch):
    import torch

    def without(*arguments, **options):
        raise AssertionError("Torch not compiled with CUDA enabled")

    monkeypatch.setattr(torch, "empty", without)
    code, error = fails("encode", "g.mtx", "-o", "a.nwn", "--device", "cuda")
    assert code == 1
    assert "--device cpu" in error
    assert not (files / "a.nwn").exists()


def test_weights_may_go_if_the_user_says_so(run, fails, files):
    (files / "w.csv").write_text("a,b,2.5\nb,c,1\n")
    code, error = fails("encode", "w.csv")
    assert code == 1
    assert "--ignore-weights" in error
    assert not (files / "w.nwn").exists()
    assert run("encode", "w.csv", "--ignore-weights", "--predictor", "density")[0] == 0
    assert run("decode", "w.nwn", "-o", "back.mtx")[0] == 0
    back = read(files / "back.mtx").to_networkx()
    assert {frozenset(edge) for edge in back.edges} == {frozenset("ab"), frozenset("bc")}
    assert fails("verify", "w.nwn", "w.csv")[0] == 1
    assert run("verify", "w.nwn", "w.csv", "--ignore-weights")[0] == 0
    assert run("compare", "w.csv", "--ignore-weights", "--predictor", "density")[0] == 0


def test_a_symmetric_matrix_may_be_read_as_another_kind(run, fails, files):
    assert run("encode", "g.mtx", "-o", "d.nwn", "--kind", "directed", "--predictor", "density")[0] == 0
    assert json.loads(run("info", "d.nwn", "--json")[1])["kind"] == "directed"
    assert fails("verify", "d.nwn", "g.mtx")[0] == 1
    assert run("verify", "d.nwn", "g.mtx", "--kind", "directed")[0] == 0


@pytest.mark.parametrize("damage", ["flip", "cut", "append", "empty"])
def test_damaged_files_leave_the_target_as_it_was(fails, files, damage):
    data = (files / "g.nwn").read_bytes()
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]
    bad = {"flip": flipped, "cut": data[:-3], "append": data + b"\n", "empty": b""}[damage]
    (files / "bad.nwn").write_bytes(bad)
    (files / "old.mtx").write_text("precious")
    for command in (
        ["decode", "bad.nwn", "-o", "old.mtx"],
        ["decode", "bad.nwn", "-o", "new.mtx"],
        ["info", "bad.nwn"],
        ["verify", "bad.nwn", "g.mtx"],
    ):
        code, error = fails(*command)
        assert code == 1
        assert "bad.nwn: " in error
    assert (files / "old.mtx").read_text() == "precious"
    assert not (files / "new.mtx").exists()
    assert not [path for path in files.iterdir() if path.name.startswith(".")]


def test_damaged_graphs_leave_the_target_as_it_was(fails, files):
    (files / "old.nwn").write_bytes(b"precious")
    whole = gzip.compress((files / "g.mtx").read_bytes())
    (files / "cut.mtx.gz").write_bytes(whole[: len(whole) // 2])
    (files / "bad.mtx").write_text("%%MatrixMarket matrix coordinate pattern general\n2 2 1\n3 1\n")
    for name in ("cut.mtx.gz", "bad.mtx"):
        assert fails("encode", name, "-o", "old.nwn")[0] == 1
    assert (files / "old.nwn").read_bytes() == b"precious"


def test_names_that_a_format_cannot_hold_are_told(fails, tmp_path):
    (tmp_path / "n.nwn").write_bytes(netwithin.encode(nx.Graph([("a b", "c")]), "density"))
    (tmp_path / "old.g6").write_text("precious")
    code, error = fails("decode", "n.nwn", "-o", "old.g6")
    assert code == 1 and "label" in error
    assert (tmp_path / "old.g6").read_text() == "precious"


def test_a_file_that_takes_an_old_ones_place_keeps_its_mode(run, files):
    (files / "out.nwn").write_bytes(b"old")
    (files / "out.nwn").chmod(0o640)
    assert run("encode", "g.mtx", "-o", "out.nwn", "--predictor", "density")[0] == 0
    assert (files / "out.nwn").read_bytes() == (files / "g.nwn").read_bytes()
    assert (files / "out.nwn").stat().st_mode & 0o777 == 0o640


def test_the_installed_command(files):
    """In processes of their own: the entry point, exit codes, streams, what is imported."""
    command = [sys.executable, "-m", "netwithin.cli"]
    done = subprocess.run([*command, "info", files / "g.nwn"], capture_output=True, text=True)
    assert done.returncode == 0 and "undirected" in done.stdout and done.stderr == ""
    done = subprocess.run([*command, "info", files / "g.mtx"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1


def test_an_interrupt_is_told_and_leaves_nothing(tmp_path):
    write(erdos_renyi(100, 0.3), tmp_path / "big.npz")
    program = """
import signal
import time
from netwithin import cli
from netwithin.codec import encoder

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests with it ignored

def train(*arguments):
    print("training", flush=True)
    time.sleep(200)

encoder.best_trained = train
cli.main()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, "encode", str(tmp_path / "big.npz"), "--predictor", "siren"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout.readline() == "training\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=240)
    assert process.returncode == 1
    assert error.strip().splitlines()[-1] == "netwithin: interrupted; nothing was written"
    assert [path.name for path in tmp_path.iterdir()] == ["big.npz"]


def test_random_access_from_the_command_line(run, files):
    code, out, _ = run(
        "encode", "g.mtx", "-o", "r.nwn", "--effort", "1", "--access", "random", "--tile", "16"
    )
    assert code == 0 and "6 tiles" in out
    facts = json.loads(run("info", "r.nwn", "--json")[1])
    assert (facts["access"], facts["tile"], facts["tiles"]) == ("random", 16, 6)
    assert "random" in run("info", "r.nwn")[1]
    assert run("verify", "r.nwn", "g.mtx")[0] == 0
    with netwithin.open(files / "r.nwn") as file:
        assert file.number_of_edges() == KINDS["undirected"].number_of_edges
    told = json.loads(run("compare", "g.mtx", "--effort", "1", "--access", "random", "--json")[1])
    sizes = {row["name"]: row for row in told["sizes"]}
    assert sizes["netwithin_random"]["bytes"] > sizes["netwithin"]["bytes"]
    assert sizes["netwithin_random"]["exact"] is True
    assert "netwithin_random" in run("compare", "g.mtx", "--effort", "1", "--access", "random")[1]


def test_labels_are_dropped_on_request(run, fails, files):
    write(nx.Graph(list(nx.les_miserables_graph().edges)), files / "names.txt")
    assert run("encode", "names.txt", "--effort", "2", "--drop-labels")[0] == 0
    assert json.loads(run("info", "names.nwn", "--json")[1])["labels"] == "dropped"
    assert "isomorphic" in run("info", "names.nwn")[1]
    assert run("verify", "names.nwn", "names.txt")[0] == 0
    assert "another graph" in fails("verify", "names.nwn", "other.mtx")[1]
    write(nx.random_labeled_tree(30, seed=2), files / "tree.mtx")
    assert run("encode", "tree.mtx", "--effort", "1", "--drop-labels")[0] == 0
    assert "tree" in run("verify", "tree.nwn", "tree.mtx")[1]
    lonely = nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6)])  # no node looks like another
    write(lonely, files / "lonely.mtx")
    assert run("encode", "lonely.mtx", "--drop-labels", "--effort", "2")[0] == 0
    assert "but for the order" in run("verify", "lonely.nwn", "lonely.mtx")[1]


def test_what_there_is_is_written_when_interrupted(fails, files, monkeypatch):
    """The first ways of coding are done, the next is interrupted."""
    (files / "old.nwn").write_bytes(b"precious")
    whole = encoder.encode_stream
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > enough:
            raise KeyboardInterrupt
        return whole(*arguments)

    monkeypatch.setattr(encoder, "encode_stream", interrupted)
    enough = 0
    code, error = fails("encode", "g.mtx", "-o", "old.nwn")
    assert code == 1 and "nothing was written" in error
    assert (files / "old.nwn").read_bytes() == b"precious"
    enough = 1 + len(calls)
    code, error = fails("encode", "g.mtx", "-o", "old.nwn")
    assert code == 3 and "the smallest file so far was written, old.nwn: " in error
    assert netwithin.decode((files / "old.nwn").read_bytes()) == KINDS["undirected"]
