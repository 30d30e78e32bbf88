import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from netwithin import grids, notebooks, records

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = """\
# A chapter

```{code-cell} ipython3
:tags: [parameters]

nodes: int = 3  # how many nodes
name: str = "none"  # a name
rate: float = 0.5  # a rate
```

```{code-cell} ipython3
import numpy as np
from myst_nb import glue

pairs = nodes * (nodes - 1) // 2
glue("pairs", pairs, display=False)
glue("half", np.float64(pairs / 2), display=False)
glue("share", f"{1 / nodes:.2f}", display=False)
glue("called", name, display=False)
glue("halved", rate / 2, display=False)
inverse = 1 / pairs
```
"""


def grid(**changes):
    return {
        "name": "g",
        "chapter": "05-pairs",
        "parameters": {"nodes": [3, 5], "name": ["a", "b c"[:1]]},
    } | changes


def snakemake(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--configfile", "grid.yml", "--cores", "2", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"XDG_CACHE_HOME": str(folder / "cache")},
    )


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "05-pairs.md").write_text(CHAPTER)
    shutil.copy(ROOT / "Snakefile", tmp_path)
    (tmp_path / "requirements.lock").write_text("x==1\n")
    (tmp_path / "src" / "netwithin" / "part").mkdir(parents=True)
    (tmp_path / "src" / "netwithin" / "part" / "a.py").write_text("A = 1\n")
    (tmp_path / "grid.yml").write_text(yaml.safe_dump(grid(parameters={"nodes": [0, 5, 7], "rate": [1e-05]})))
    return tmp_path


def test_a_grid_runs_resumes_keeps_a_failures_log_and_gathers(checkout):
    runs = checkout / "runs" / "g"
    first = snakemake(checkout, "--keep-going")
    assert first.returncode != 0, "a graph without pairs cannot be inverted"
    assert sorted(path.name for path in runs.glob("*.ipynb")) == [
        "nodes=5,rate=1e-05.ipynb",
        "nodes=7,rate=1e-05.ipynb",
    ]
    assert [path.name for path in (runs / "failed").iterdir()] == ["nodes=0,rate=1e-05.ipynb"]
    assert "ZeroDivisionError" in (runs / "failed" / "nodes=0,rate=1e-05.ipynb").read_text()
    assert not (runs / "table.csv").exists()
    before = (runs / "nodes=5,rate=1e-05.ipynb").read_bytes()

    (checkout / "grid.yml").write_text(yaml.safe_dump(grid(parameters={"nodes": [5, 7], "rate": [1e-05]})))
    os.utime(checkout / "notebooks" / "05-pairs.md")
    second = snakemake(checkout)
    assert second.returncode == 0, second.stderr
    assert (runs / "nodes=5,rate=1e-05.ipynb").read_bytes() == before, "a run that is there is not repeated"
    table = pd.read_csv(runs / "table.csv").set_index("nodes")
    assert table["pairs"].to_dict() == {5: 10, 7: 21}
    assert table["half"].to_dict() == {5: 5.0, 7: 10.5}
    assert table["share"].to_dict() == {5: 0.2, 7: 0.14}
    assert (table["rate"] == 1e-05).all() and (table["halved"] == 5e-06).all()
    assert (table["called"] == "none").all() and (table["seconds"] > 0).all()

    (checkout / "notebooks" / "05-pairs.md").write_text(CHAPTER.replace("pairs / 2", "pairs / 4"))
    assert snakemake(checkout).returncode == 0
    assert pd.read_csv(runs / "table.csv").set_index("nodes")["half"].to_dict() == {5: 2.5, 7: 5.25}

    assert "Nothing to be done" in snakemake(checkout, "--dry-run").stdout
    (checkout / "src" / "netwithin" / "part" / "a.py").write_text("A = 2\n")
    stale = snakemake(checkout, "--dry-run")
    assert "nodes=5" in stale.stdout and "nodes=7" in stale.stdout, "the package changed"


def executed(path, glued, **papermill):
    """A notebook as papermill leaves it, with these texts glued."""
    outputs = [
        {"metadata": {"scrapbook": {"name": name}}, "data": {"application/papermill.record/text/plain": text}}
        for name, text in glued.items()
    ]
    papermill = {
        "parameters": {"nodes": 5},
        "duration": 2.5,
        "start_time": "2026-01-01T00:00:00",
        "exception": None,
    } | papermill
    path.write_text(
        json.dumps({"metadata": {"papermill": papermill}, "cells": [{"outputs": outputs}, {"source": "#"}]})
    )
    return path


def record(commit="c0ffee", seed=0, **metrics):
    made = records.record("demo", {"nodes": 5, "seed": seed}, {"inverse": 0.1} | metrics, seconds=1.0)
    return made | {"commit": commit}


def test_a_record_is_what_a_run_found(tmp_path):
    rec = record(exact=True, stop=None, history=[1, 2])
    path = executed(tmp_path / "x.ipynb", {"pairs": "10", "record": repr(rec)})
    assert grids.gather([path]).to_dict("records") == [
        {
            "experiment": "demo",
            "nodes": 5,
            "seed": 0,
            "inverse": 0.1,
            "exact": True,
            "stop": None,
            "device": "cpu",
            "commit": "c0ffee",
            "seconds": 2.5,
            "started": "2026-01-01T00:00:00",
        }
    ]


def test_a_run_with_several_records_has_several_rows_and_lands_them_all(tmp_path):
    made = [record(seed=seed, history=[0.5] * 90) for seed in range(3)]
    paths = [
        executed(tmp_path / "a.ipynb", {"records": repr(made[:2])}),
        executed(tmp_path / "b.ipynb", {"record": repr(made[2])}),
    ]
    assert grids.gather(paths)["seed"].tolist() == [0, 1, 2]
    written = grids.land(paths, tmp_path / "recorded")
    assert [records.read(path) for path in written] == made
    assert records.gather(tmp_path / "recorded")["seed"].sort_values().tolist() == [0, 1, 2]
    assert grids.land(paths, tmp_path / "recorded") == written, "landing again replaces"


@pytest.mark.parametrize(
    ("glued", "papermill", "message"),
    [
        ({"pairs": "10"}, {}, "holds no record"),
        ({"records": "[]"}, {}, "holds no record"),
        ({"records": repr(record())}, {}, "a list of records"),
        ({"records": "[{'schema': 1}]"}, {}, "it has no 'experiment'"),
        ({"record": "Rate(total=3)"}, {}, "plain values"),
        ({"record": repr(record(commit="c0ffee+"))}, {}, r"c0ffee\+, which is no source"),
        ({"record": repr(record(commit=None))}, {}, "no commit, which"),
        ({"record": repr(record())}, {"exception": True}, "did not run to its end"),
        ({"record": repr(record())}, {"duration": None}, "did not run to its end"),
        ({"records": repr([record(loss=1), record(loss=2)])}, {}, "has to be among the parameters"),
    ],
)
def test_what_cannot_be_landed_is_refused_and_nothing_is_written(tmp_path, capsys, glued, papermill, message):
    good = executed(tmp_path / "good.ipynb", {"record": repr(record(seed=7))})
    bad = executed(tmp_path / "bad.ipynb", glued, **papermill)
    with pytest.raises(ValueError, match=message):
        grids.land([good, bad], tmp_path / "recorded")
    assert grids.main(["land", str(good), str(bad), "--folder", str(tmp_path / "recorded")]) == 1
    assert "nothing was landed" in capsys.readouterr().err
    assert not (tmp_path / "recorded").exists()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"metadata": {}}', '{"metadata": {"papermill": 1}}'])
def test_what_papermill_did_not_execute_is_refused(tmp_path, text):
    (tmp_path / "x.ipynb").write_text(text)
    with pytest.raises(ValueError, match="no notebook that papermill executed"):
        grids.land([tmp_path / "x.ipynb"], tmp_path)
    with pytest.raises(ValueError, match="no notebook to land"):
        grids.land([], tmp_path)


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    made = record()
    path = executed(tmp_path / "x.ipynb", {"record": repr(made)})
    assert grids.main(["land", str(path), "--folder", str(tmp_path / "recorded")]) == 0
    assert records.read(capsys.readouterr().out.strip()) == made


LANDING = """\
# A chapter

```{code-cell} ipython3
:tags: [parameters]

nodes: int = 3  # how many nodes
```

```{code-cell} ipython3
from netwithin import records
from netwithin.notebooks import say

made = [records.record("demo", {"nodes": nodes, "power": k}, {"value": nodes**k}, 0.5) for k in (1, 2)]
say(records=[rec | {"commit": "c0ffee"} for rec in made])
```
"""


def test_snakemake_lands_what_a_chapter_hands_over(checkout):
    (checkout / "notebooks" / "05-pairs.md").write_text(LANDING)
    (checkout / "results" / "published").mkdir(parents=True)
    (checkout / "grid.yml").write_text(yaml.safe_dump(grid(parameters={"nodes": [3, 5]})))
    done = snakemake(checkout, "gather", "land")
    assert done.returncode == 0, done.stderr
    landed = records.gather(checkout / "results" / "recorded", "demo").sort_values(["nodes", "power"])
    assert landed["value"].tolist() == [3, 9, 5, 25]
    assert len(pd.read_csv(checkout / "runs" / "g" / "table.csv")) == 4


def test_without_a_grid_snakemake_says_what_to_type(checkout):
    (checkout / "grid.yml").write_text("{}")
    assert "--configfile grids/siren.yml" in snakemake(checkout).stderr


def test_a_mistyped_parameter_is_refused_before_anything_runs(checkout):
    (checkout / "grid.yml").write_text(yaml.safe_dump(grid(combinations=[{"node": 5}])))
    refused = snakemake(checkout)
    assert refused.returncode != 0 and not (checkout / "runs").exists()
    assert "no parameter node; it has nodes, name, rate" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_float_that_yaml_reads_as_text_is_a_float():
    run = yaml.safe_load("{rate: 1e-5, name: 1e-5}")
    assert run["rate"] == "1e-5"
    assert grids.fit([run], {"rate": "float", "name": "str"}) == [{"rate": 1e-05, "name": "1e-5"}]
    with pytest.raises(ValueError, match="fast"):
        grids.fit([{"rate": "fast"}], {"rate": "float"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parametres": {}}, "no parametres"),
        ({"chapter": ""}, "needs a name and a chapter"),
        ({"parameters": {}}, "parameters or combinations"),
        ({"parameters": {"name": ["a/b"]}}, "cannot name a run"),
    ],
)
def test_bad_grids_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        grids.combinations(grid(**changes))


def test_combinations_are_the_product_and_what_is_added():
    runs = grids.combinations(grid(combinations=[{"nodes": 9}]))
    assert len(runs) == 5 and runs[-1] == {"nodes": 9}
    assert len({grids.run_name(run) for run in runs}) == 5


@pytest.mark.parametrize("path", sorted((ROOT / "grids").glob("*.yml")), ids=lambda path: path.stem)
def test_the_books_grids_name_parameters_that_their_chapters_have(path):
    written = yaml.safe_load(path.read_text())
    assert written["name"] == path.stem
    chapter = notebooks.parameters(ROOT / "notebooks" / f"{written['chapter']}.md")
    runs = grids.combinations(written)
    assert grids.fit(runs, chapter) == runs
