import json
import math
import subprocess

import numpy as np
import pandas as pd
import pytest

from netwithin import records


def make(seed=0, experiment="demo", **metrics):
    return records.record(experiment, {"nodes": 100, "seed": seed}, metrics or {"loss": 0.5}, seconds=2.0)


def test_numpy_values_become_plain_json_and_come_back(tmp_path):
    rec = records.record(
        "demo",
        {"nodes": np.int64(7), "density": np.float32(0.25), "tags": ("a", None)},
        {"exact": np.bool_(True), "curve": np.array([1.5, 2.0])},
        seconds=np.float64(3),
    )
    back = records.read(records.write(rec, tmp_path))
    assert back == rec
    assert back["parameters"] == {"nodes": 7, "density": 0.25, "tags": ["a", None]}
    assert back["metrics"] == {"exact": True, "curve": [1.5, 2.0]}
    assert type(back["parameters"]["nodes"]) is int and type(back["metrics"]["exact"]) is bool


@pytest.mark.parametrize("value", [math.nan, np.inf, {1}, object()])
def test_values_that_json_cannot_hold_are_refused(value):
    with pytest.raises(ValueError, match="loss"):
        make(loss=value)


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a b"])
def test_an_experiment_cannot_leave_its_folder(name):
    with pytest.raises(ValueError, match="experiment"):
        make(experiment=name)


def test_a_parameter_cannot_hide_the_provenance():
    with pytest.raises(ValueError, match="device"):
        records.record("demo", {"device": "cpu"}, {}, seconds=1.0)


def test_provenance_is_the_checkouts():
    rec = make()
    assert rec["versions"]["numpy"] == np.__version__
    assert rec["date"].endswith("+00:00")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=records._SOURCE, capture_output=True, text=True)
    if head.returncode == 0:
        assert rec["commit"].rstrip("+") == head.stdout.strip()


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ("src/module.py", "+"),
        ("notebooks/06-x.md", "+"),
        ("benchmarks/run.py", "+"),
        ("benchmarks/new.py", "+"),
        ("results/recorded/x.json", ""),
        ("README.md", ""),
        (None, ""),
    ],
)
def test_a_commit_is_marked_when_what_makes_records_has_changed(tmp_path, monkeypatch, changed, mark):
    def git(*arguments):
        author = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", *author, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    for name in ("src/module.py", "notebooks/06-x.md", "benchmarks/run.py", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("first")
    git("add", ".")
    git("commit", "-qm", "first")
    if changed:
        (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / changed).write_text("second")
    monkeypatch.setattr(records, "_SOURCE", tmp_path)
    assert make()["commit"] == git("rev-parse", "HEAD") + mark


def test_same_parameters_replace_other_parameters_do_not(tmp_path):
    records.write(make(seed=1, loss=0.5), tmp_path)
    path = records.write(make(seed=1, loss=0.25), tmp_path)
    other = records.write(make(seed=2), tmp_path)
    assert sorted((tmp_path / "demo").iterdir()) == sorted([path, other])
    assert records.read(path)["metrics"]["loss"] == 0.25


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema": 2}', json.dumps({**make(), "more": 1}), json.dumps({**make(), "device": 3})],
)
def test_foreign_files_are_refused(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="record"):
        records.read(path)


def test_gather_filters_and_keeps_provenance_last(tmp_path):
    records.write(records.record("b", {"width": 3}, {"width": 4, "seconds": 9.0}, seconds=1.0), tmp_path)
    for seed in range(3):
        records.write(make(seed=seed), tmp_path)
    table = records.gather(tmp_path)
    assert len(table) == 4
    assert list(table.columns[-4:]) == ["seconds", "device", "commit", "date"]
    assert table.loc[
        table["experiment"] == "b", ["width_measured", "seconds_measured", "seconds"]
    ].values.tolist() == [[4.0, 9.0, 1.0]]
    assert sorted(records.gather(tmp_path, "demo")["seed"]) == [0, 1, 2]
    assert records.gather(tmp_path, "none").empty
    assert records.gather(tmp_path / "missing").empty


def test_root_follows_the_environment_then_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("NETWITHIN_RESULTS", raising=False)
    (tmp_path / "results" / "published").mkdir(parents=True)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    assert records.root().resolve() == (tmp_path / "results").resolve()
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path / "other"))
    assert records.root() == tmp_path / "other"


def test_published_tables_have_the_papers_rows():
    sizes = records.published("memorization_table_4_sizes")
    assert sizes["compression_ratio_printed"].max() == 119.08
    assert len(records.published("memorization_table_5_bits")) == 9
    with pytest.raises(FileNotFoundError, match="memorization_table_4_sizes"):
        records.published("memorization_table_40")


def test_a_table_becomes_records_row_by_row():
    table = pd.DataFrame({"seed": [0, 1], "wrong": [3, 4], "kept": [[1, 2], [3]], "seconds": [0.5, 1.5]})
    made = records.from_table("demo", table, ["seed"], "cuda")
    assert [rec["parameters"] for rec in made] == [{"seed": 0}, {"seed": 1}]
    assert [rec["metrics"] for rec in made] == [{"wrong": 3, "kept": [1, 2]}, {"wrong": 4, "kept": [3]}]
    assert [(rec["seconds"], rec["device"]) for rec in made] == [(0.5, "cuda"), (1.5, "cuda")]


def test_rows_that_their_parameters_do_not_tell_apart_are_refused():
    table = pd.DataFrame({"seed": [0, 0], "wrong": [3, 4], "seconds": 1.0})
    with pytest.raises(ValueError, match="rows of 'demo' have the same seed"):
        records.from_table("demo", table, ["seed"])
    with pytest.raises(KeyError):
        records.from_table("demo", table, ["nodes"])


def test_records_are_counted_by_some_of_their_parameters(tmp_path):
    for seed in (0, 1):
        records.write(make(seed), tmp_path)
    records.write(make(0, "other"), tmp_path)
    assert records.count("demo", {"nodes": np.int64(100)}, folder=tmp_path) == 2
    assert records.count("demo", {"nodes": 100, "seed": 1}, folder=tmp_path) == 1
    assert records.count("demo", {"seed": 2}, folder=tmp_path) == 0
    assert records.count("demo", {"width": 8}, folder=tmp_path) == 0
    assert records.count("nothing", {}, folder=tmp_path) == 0


def test_only_records_of_this_very_commit_count_if_asked(tmp_path, monkeypatch):
    commits = iter(["a", "a", "b", "a+", None])
    monkeypatch.setattr(records, "_commit", lambda: next(commits))
    records.write(make(), tmp_path)
    found = [records.count("demo", {"seed": 0}, True, tmp_path) for _ in range(4)]
    assert found == [1, 0, 0, 0]
