import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netwithin import notebooks

ROOT = Path(__file__).resolve().parents[1]
SOURCE = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
---

# A chapter

```{code-cell} ipython3
:tags: [parameters]

nodes: int = 3  # how many nodes
seed: int = 0  # seed of the generator
```

```{code-cell} ipython3
print("pairs:", nodes * (nodes - 1) // 2)
```
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "05-pairs.md").write_text(SOURCE)
    return tmp_path


def papermill(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "papermill", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONWARNINGS": "default"},
    )


def test_papermill_runs_a_text_source_with_parameters(folder):
    done = papermill(folder, "notebooks/05-pairs.md", "out.ipynb", "-p", "nodes", "60", "--no-progress-bar")
    assert done.returncode == 0, done.stderr
    assert "does not end in" not in done.stderr
    notebook = json.loads((folder / "out.ipynb").read_text())
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["papermill"]["parameters"] == {"nodes": 60}
    texts = [out["text"] for cell in notebook["cells"] for out in cell.get("outputs", [])]
    assert "".join(map("".join, texts)).strip() == "pairs: 1770"


@pytest.mark.parametrize("path", ["notebooks/05-pairs.md", "./notebooks/05-pairs.md"])
def test_papermill_lists_parameters_with_their_comments(folder, path):
    done = papermill(folder, "--help-notebook", path)
    assert done.returncode == 0, done.stderr
    assert "nodes: int (default 3)" in done.stdout and "how many nodes" in done.stdout
    assert "seed of the generator" in done.stdout


def test_papermill_is_refused_to_write_among_the_sources(folder):
    done = papermill(folder, "notebooks/05-pairs.md", "notebooks/out.ipynb", "--no-progress-bar")
    assert done.returncode != 0
    assert "Name a file in another folder" in done.stderr
    assert [path.name for path in (folder / "notebooks").iterdir()] == ["05-pairs.md"]


def test_a_good_source_has_no_problems(folder):
    assert notebooks.problems(folder / "notebooks" / "05-pairs.md") == []


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("05-Pairs.md", "", "", "name like"),
        ("05-pairs.ipynb", "", "", "name like"),
        ("05-pairs.md", ":tags: [parameters]", ":tags: [other]", "exactly one cell tagged parameters, not 0"),
        ("05-pairs.md", "  # how many nodes", "", "`nodes: int = 3`"),
        ("05-pairs.md", "nodes: int", "nodes", "`nodes = 3"),
        ("05-pairs.md", "# A chapter", "A chapter", "first-level heading"),
    ],
)
def test_problems_of_a_source_are_named(tmp_path, capsys, name, old, new, message):
    path = tmp_path / name
    path.write_text(SOURCE.replace(old, new))
    assert notebooks.main([str(path)]) == 1
    assert message in capsys.readouterr().out


def test_the_books_sources_are_sources():
    paths = sorted((ROOT / "notebooks").iterdir())
    assert paths
    assert [problem for path in paths for problem in notebooks.problems(path)] == []


def test_importing_the_handler_stays_cheap():
    code = (
        "import sys, netwithin.notebooks; print(sorted({'jupytext', 'torch', 'nbformat'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parameters_are_the_tagged_cells(tmp_path):
    path = tmp_path / "05-pairs.md"
    path.write_text(
        "# A\n\n```{code-cell} ipython3\n:tags: [parameters]\n\nnodes: int = 3  # how many\n# a comment\n"
        "width: float | None = None  # of a line\nloose = 2\n```\n\n"
        "```{code-cell} ipython3\nother: int = 1\n```\n"
    )
    assert notebooks.parameters(path) == {"nodes": "int", "width": "float | None", "loose": None}


@pytest.mark.parametrize("count", range(5))
def test_listed_has_every_name_once_and_one_and(count):
    names = ["ER", "SNIP", "SynFlow", "GraSP"][:count]
    told = notebooks.listed(iter(names))
    assert told.replace(" and ", ", ").split(", ") == (names or [""])
    assert told.count(" and ") == (count > 1) and ("," in told) == (count > 2)


@pytest.mark.parametrize("number, told", [(0, "0 bits"), (1, "1 bit"), (2, "2 bits"), (1000, "1,000 bits")])
def test_counted_is_singular_for_one_alone(number, told):
    assert notebooks.counted(number, "bit", "bits") == told
