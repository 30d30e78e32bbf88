"""The rule that makes the chapters: `notebooks/NN-slug.md` becomes `book/chapters/NN-slug.ipynb`.

As a Sphinx extension it runs before the book is built, so that the bare `jupyter-book build book/` executes
what has to be executed and nothing else. A chapter is executed again when one of its inputs changed:

- its source,
- `requirements.lock`,
- the files of the package that it used. The kernel itself says which: the rule appends a cell that lists
  those among the loaded modules when the chapter has finished, and takes the cell out again afterwards.
  Whatever else lies beside them in the package (data files) counts too,
- every file under `results/`, if `netwithin.records` is among those modules.

The inputs' SHA-256 digests are kept in the executed notebook's metadata, so touching a file does nothing.
A failed run is kept under `book/chapters/failed/` as its own log and is never taken for a result.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from netwithin import atomic, notebooks

ROOT = Path(__file__).resolve().parents[2]
_PROBE_TAG = "netwithin-modules"
_PROBE = """\
import json, sys
json.dumps(sorted({module.__file__ for name, module in list(sys.modules.items())
                   if name.partition(".")[0] == "netwithin" and getattr(module, "__file__", None)}))"""


class ChapterError(RuntimeError):
    """One or more chapters did not run to their end."""


def digests(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """SHA-256 of each file, by its path relative to `root`; a file that is not there has an empty digest."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in sorted(set(paths))
    }


def inputs(source: Path, modules: Iterable[Path], root: Path) -> dict[str, str]:
    """Digests of everything that a chapter's result depends on, given the package's files that it loaded."""
    modules = set(modules)
    package = root / "src" / "netwithin"
    paths = {source, root / "requirements.lock", *modules}
    for folder in {path.parent for path in modules}:
        paths |= {path for path in folder.iterdir() if path.is_file() and path.suffix not in (".py", ".pyc")}
    if package / "records.py" in modules:
        paths |= {path for path in (root / "results").rglob("*") if path.is_file()}
    return digests(paths, root)


def is_stale(source: Path, target: Path, root: Path) -> bool:
    """Whether `target` is missing, or was executed from inputs that are no longer the same."""
    try:
        before = json.loads(target.read_text(encoding="utf-8"))["metadata"]["netwithin"]["inputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return True
    modules = [root / name for name in before if name.startswith("src/") and name.endswith(".py")]
    if not all(path.is_file() for path in modules):
        return True
    return inputs(source, modules, root) != before


def execute(source: Path, target: Path, root: Path) -> float:
    """Execute a chapter and put it in its place only if it ran to its end.

    Returns
    -------
    float
        Wall-clock seconds.

    Raises
    ------
    ChapterError
        If a cell failed; the notebook is then `failed/<name>` beside the target.
    """
    start = time.monotonic()
    target.parent.mkdir(parents=True, exist_ok=True)
    failed = target.parent / "failed" / target.name
    notebook = notebooks.read(source)
    notebook.cells.append(nbformat.v4.new_code_cell(_PROBE, metadata={"tags": [_PROBE_TAG]}))
    with tempfile.TemporaryDirectory() as scratch:
        prepared, output = Path(scratch) / source.stem, Path(scratch) / target.name
        prepared = prepared.with_suffix(".in.ipynb")
        nbformat.write(notebook, prepared)
        done = subprocess.run(
            [sys.executable, "-m", "papermill", prepared, output, "--cwd", root, "--no-progress-bar"],
            cwd=root,
            env=_environment(root),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise ChapterError(_keep_failed(output, failed, source, done.stderr))
        finished = _finished(nbformat.read(output, as_version=4), source, target, root)
    with atomic.replacing(target) as temporary:
        nbformat.write(finished, temporary)
    return time.monotonic() - start


def _environment(root: Path) -> dict[str, str]:
    """The kernel's environment: this checkout's package, one thread per library, no data of this machine."""
    path = os.pathsep.join(filter(None, [str(root / "src"), os.environ.get("PYTHONPATH")]))
    threads = dict.fromkeys(
        ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"], "1"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NETWITHIN_")}
    return kept | threads | {"PYTHONPATH": path, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def _finished(notebook, source: Path, target: Path, root: Path):
    """Take the probe's cell out of an executed notebook and store what it found as the inputs' digests."""
    probe = notebook.cells.pop()
    [output] = probe.outputs
    # The kernel shows the repr of a JSON string: quotes around text without quotes of that kind.
    loaded = json.loads(output["data"]["text/plain"].strip("'"))
    package = root / "src" / "netwithin"
    modules = [path for path in map(Path, loaded) if path.is_relative_to(package)]
    notebook.metadata["netwithin"] = {"inputs": inputs(source, modules, root)}
    notebook.metadata["papermill"]["input_path"] = source.relative_to(root).as_posix()
    notebook.metadata["papermill"]["output_path"] = target.relative_to(root).as_posix()
    return notebook


def _keep_failed(output: Path, failed: Path, source: Path, log: str) -> str:
    """Keep a failed run's notebook as its log; return the message that says where it is and what failed."""
    last = "\n".join(log.strip().splitlines()[-25:])
    if not output.is_file():
        return f"{source.name} failed before its first cell:\n{last}"
    failed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(output, failed)
    return f"{source.name} failed, its notebook is {failed}:\n{last}"


def remove_orphans(sources: Iterable[Path], folder: Path) -> list[Path]:
    """Remove the chapters, failed ones too, whose sources are gone; return what was removed."""
    names = {f"{source.stem}.ipynb" for source in sources}
    orphans = [path for path in sorted(folder.rglob("*.ipynb")) if path.name not in names]
    for path in orphans:
        path.unlink()
    return orphans


def render(root: Path = ROOT, jobs: int | None = None, say: Callable[[str], object] = print) -> list[Path]:
    """Bring every chapter up to date.

    Parameters
    ----------
    root : Path
        The checkout.
    jobs : int, optional
        How many chapters run at a time; by default one per core.
    say : callable
        Takes the progress, a line at a time.

    Returns
    -------
    list of Path
        The chapters that were executed.

    Raises
    ------
    ChapterError
        If a chapter failed; the others have run by then.
    """
    folder = root / "book" / "chapters"
    sources = sorted((root / "notebooks").glob("*.md"))
    shutil.rmtree(folder / "failed", ignore_errors=True)
    for path in remove_orphans(sources, folder):
        say(f"removed {path.relative_to(root)}: it has no source any more")
    pairs = [(source, folder / f"{source.stem}.ipynb") for source in sources]
    stale = [(source, target) for source, target in pairs if is_stale(source, target, root)]
    failures = []

    def run(pair):
        source, target = pair
        say(f"executing {source.name}")
        try:
            seconds = execute(source, target, root)
        except ChapterError as error:
            failures.append(str(error))
            say(f"failed {source.name}")
        else:
            say(f"executed {source.name} in {seconds:.0f} s")

    with ThreadPoolExecutor(jobs or len(os.sched_getaffinity(0))) as pool:
        list(pool.map(run, stale))
    if failures:
        raise ChapterError("\n\n".join(failures))
    return [target for _, target in stale]


def setup(app):
    """Bring the chapters up to date before Sphinx looks for its documents."""
    from sphinx.errors import ExtensionError
    from sphinx.util import logging

    try:
        render(say=logging.getLogger(__name__).info)
    except ChapterError as error:
        raise ExtensionError(str(error)) from None
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    try:
        render()
    except ChapterError as error:
        sys.exit(str(error))
