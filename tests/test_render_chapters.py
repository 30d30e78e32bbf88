import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest

import render_chapters as rule

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# A chapter\n\n```{code-cell} ipython3\n:tags: [parameters]\nseed: int = 0  # a seed\n```\n\n"


def chapter(code):
    return f"{HEADER}```{{code-cell}} ipython3\n{code}\n```\n"


@pytest.fixture
def checkout(tmp_path):
    """A small checkout with a package of its own and three chapters."""
    package = tmp_path / "src" / "netwithin"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("value = 1\n")
    (package / "shallow.py").write_text("from netwithin.deep import value\n")
    (package / "records.py").write_text("")
    shutil.copy(ROOT / "src" / "netwithin" / "notebooks.py", package)  # papermill loads its handler from here
    (package / "table.txt").write_text("data\n")
    (tmp_path / "results" / "published").mkdir(parents=True)
    (tmp_path / "results" / "published" / "table.csv").write_text("a\n1\n")
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    sources = tmp_path / "notebooks"
    sources.mkdir()
    (sources / "01-plain.md").write_text(chapter("print(seed)"))
    (sources / "02-deep.md").write_text(chapter("from netwithin import shallow\nprint(shallow.value)"))
    (sources / "03-records.md").write_text(chapter("import netwithin.records"))
    return tmp_path


def rendered(root):
    said = []
    paths = rule.render(root, jobs=2, say=said.append)
    return {path.stem[:2] for path in paths}, said


def outputs(path):
    return [out for cell in nbformat.read(path, 4).cells for out in cell.get("outputs", [])]


def test_chapters_run_once_and_again_only_when_an_input_changes(checkout):
    chapters = checkout / "book" / "chapters"
    assert rendered(checkout)[0] == {"01", "02", "03"}
    assert [out.text for out in outputs(chapters / "02-deep.ipynb")] == ["1\n"]
    assert rendered(checkout) == (set(), [])

    for path in [*checkout.rglob("*.md"), *checkout.rglob("*.py"), checkout / "requirements.lock"]:
        os.utime(path, (1, 1))
    assert rendered(checkout)[0] == set()

    (checkout / "src" / "netwithin" / "deep.py").write_text("value = 2\n")
    assert rendered(checkout)[0] == {"02"}
    assert [out.text for out in outputs(chapters / "02-deep.ipynb")] == ["2\n"]

    source = checkout / "notebooks" / "01-plain.md"
    source.write_text(source.read_text() + "\nMore prose.\n")
    assert rendered(checkout)[0] == {"01"}

    recorded = checkout / "results" / "recorded"
    recorded.mkdir()
    (recorded / "x.json").write_text("{}")
    assert rendered(checkout)[0] == {"03"}
    (recorded / "x.json").unlink()
    assert rendered(checkout)[0] == {"03"}

    (checkout / "src" / "netwithin" / "table.txt").write_text("other data\n")
    assert rendered(checkout)[0] == {"02", "03"}

    (checkout / "requirements.lock").write_text("numpy==2.1\n")
    assert rendered(checkout)[0] == {"01", "02", "03"}

    (chapters / "03-records.ipynb").write_text('{"cut')
    assert rendered(checkout)[0] == {"03"}


def test_no_trace_of_the_probe_is_left(checkout):
    rendered(checkout)
    notebook = nbformat.read(checkout / "book" / "chapters" / "02-deep.ipynb", 4)
    nbformat.validate(notebook)
    assert len(notebook.cells) == len(
        nbformat.read(checkout / "book" / "chapters" / "01-plain.ipynb", 4).cells
    )
    assert rule._PROBE_TAG not in json.dumps(notebook)
    assert notebook.metadata.papermill.input_path == "notebooks/02-deep.md"
    assert str(checkout) not in json.dumps(notebook)
    names = set(notebook.metadata.netwithin.inputs)
    assert {"src/netwithin/shallow.py", "src/netwithin/deep.py"} < names
    assert "src/netwithin/records.py" not in names


def test_a_failed_run_is_a_log_and_not_a_result(checkout):
    chapters, source = checkout / "book" / "chapters", checkout / "notebooks" / "01-plain.md"
    good = source.read_text()
    rendered(checkout)
    before = (chapters / "01-plain.ipynb").read_bytes()
    source.write_text(chapter("1 / 0"))
    for _ in range(2):
        with pytest.raises(rule.ChapterError, match="ZeroDivisionError") as caught:
            rendered(checkout)
        assert str(chapters / "failed" / "01-plain.ipynb") in str(caught.value)
    assert (chapters / "01-plain.ipynb").read_bytes() == before
    assert any(out.output_type == "error" for out in outputs(chapters / "failed" / "01-plain.ipynb"))
    source.write_text(good)
    assert rendered(checkout)[0] == set()
    assert not (chapters / "failed" / "01-plain.ipynb").exists()


def test_one_failure_does_not_stop_the_others(checkout):
    (checkout / "notebooks" / "01-plain.md").write_text(chapter("1 / 0"))
    with pytest.raises(rule.ChapterError):
        rendered(checkout)
    assert rendered_names(checkout) == {"02-deep", "03-records"}


def rendered_names(root):
    return {path.stem for path in (root / "book" / "chapters").glob("*.ipynb")}


def test_chapters_without_a_source_are_removed(checkout):
    rendered(checkout)
    (checkout / "notebooks" / "02-deep.md").unlink()
    executed, said = rendered(checkout)
    assert executed == set() and "02-deep" in said[0]
    assert rendered_names(checkout) == {"01-plain", "03-records"}


def test_chapters_do_not_see_this_machines_data(checkout, monkeypatch):
    monkeypatch.setenv("NETWITHIN_DATA", "/somewhere")
    code = 'import os\nprint(os.environ.get("NETWITHIN_DATA"), os.environ["OMP_NUM_THREADS"])'
    (checkout / "notebooks" / "01-plain.md").write_text(chapter(code))
    rendered(checkout)
    assert [out.text for out in outputs(checkout / "book" / "chapters" / "01-plain.ipynb")] == ["None 1\n"]


def test_the_table_of_contents_lists_every_chapter():
    toc = (ROOT / "_toc.yml").read_text()
    for source in (ROOT / "notebooks").glob("*.md"):
        assert f"chapters/{source.stem}\n" in toc
