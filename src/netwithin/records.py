"""A run's result with its provenance, and the papers' printed tables.

A record is one JSON file per run, `results/recorded/<experiment>/<run>.json`, with the keys

=============  ======================================================================
`schema`       version of this layout, an integer
`experiment`   what was run, for example `"siren"`; also the folder's name
`parameters`   what went in: names to numbers, strings, booleans, None, or lists of them
`metrics`      what came out, of the same types
`seconds`      wall-clock duration
`device`       what it ran on, for example `"cpu"` or an accelerator's name
`versions`     Python and the libraries that matter to the numbers
`commit`       the source's commit, with `+` when it had uncommitted changes, or None
`date`         when the record was made, UTC, ISO 8601
=============  ======================================================================

JSON has no NaN: a value that could not be measured is None.
"""

import hashlib
import importlib.metadata
import json
import math
import numbers
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from netwithin import __version__, atomic

SCHEMA = 1
_KEYS = {
    "schema": int,
    "experiment": str,
    "parameters": dict,
    "metrics": dict,
    "seconds": (int, float),
    "device": str,
    "versions": dict,
    "commit": (str, type(None)),
    "date": str,
}
_TAIL = ("seconds", "device", "commit", "date")
_LIBRARIES = ("numpy", "scipy", "networkx", "numba", "torch")
_SOURCE = Path(__file__).resolve().parents[2]
#: Where records are made, below that: the package, the chapters, the long runs.
_MAKERS = ("src", "notebooks", "benchmarks")


def record(
    experiment: str, parameters: Mapping, metrics: Mapping, seconds: float, device: str = "cpu"
) -> dict:
    """Make a record: the run's parameters and metrics with the provenance added.

    Parameters
    ----------
    experiment : str
        Name of the experiment: letters, digits, `-` and `_`.
    parameters, metrics : mapping of str to value
        Numbers (NumPy's too), strings, booleans, None, or lists of these.
    seconds : float
        Wall-clock duration of the run in seconds.
    device : str
        What the run computed on.

    Returns
    -------
    dict
        The record, made of plain Python values only.

    Raises
    ------
    ValueError
        If a value cannot be stored, for example NaN: use None for "not measured"; or if a parameter has
        the name of one of the record's own columns.

    Examples
    --------
    >>> rec = record("demo", {"nodes": 100, "seed": 0}, {"bit_errors": 0}, seconds=1.5)
    >>> rec["schema"], rec["parameters"]["nodes"], rec["metrics"]
    (1, 100, {'bit_errors': 0})
    """
    if taken := sorted({"experiment", *_TAIL} & set(parameters)):
        raise ValueError(f"a record has its own {', '.join(taken)}: call the parameter something else")
    rec = {
        "schema": SCHEMA,
        "experiment": experiment,
        "parameters": {str(name): _plain(value, name) for name, value in parameters.items()},
        "metrics": {str(name): _plain(value, name) for name, value in metrics.items()},
        "seconds": _plain(seconds, "seconds"),
        "device": str(device),
        "versions": _versions(),
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return validated(rec, "this record")


def from_table(
    experiment: str, table: pd.DataFrame, parameters: list[str], device: str = "cpu"
) -> list[dict]:
    """Make a record of each row of a table.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    table : pandas.DataFrame
        One row per run; its column `seconds` has the durations.
    parameters : list of str
        The columns that went in; all others came out. They have to tell the rows apart.
    device : str
        What the runs computed on.

    Returns
    -------
    list of dict
        As from `record`; a missing value is None.

    Raises
    ------
    ValueError
        If two rows have the same parameters, or a value cannot be stored.
    KeyError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"seed": [0, 1], "loss": [0.5, float("nan")], "seconds": 1.0})
    >>> [rec["metrics"] for rec in from_table("demo", table, ["seed"])]
    [{'loss': 0.5}, {'loss': None}]
    """
    if table.duplicated(subset=parameters).any():
        raise ValueError(f"rows of {experiment!r} have the same {', '.join(parameters)}")
    made = []
    for row in table.to_dict("records"):
        row = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in row.items()
        }
        told, seconds = {name: row.pop(name) for name in parameters}, row.pop("seconds")
        made.append(record(experiment, told, row, seconds, device))
    return made


def write(rec: Mapping, folder: str | os.PathLike | None = None) -> Path:
    """Write a record to `folder/<experiment>/<hash of the parameters>.json`, whole or not at all.

    A record of the same experiment and parameters is replaced.

    Parameters
    ----------
    rec : mapping
        What `record` returned.
    folder : path-like, optional
        Where the experiments' folders lie. By default `root() / "recorded"`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        If `rec` is not a record.

    Examples
    --------
    >>> import tempfile
    >>> path = write(record("demo", {"seed": 0}, {"loss": 0.25}, seconds=1.0), tempfile.mkdtemp())
    >>> path.parent.name, read(path)["metrics"]
    ('demo', {'loss': 0.25})
    """
    rec = validated(dict(rec), "this record")
    folder = Path(folder) if folder is not None else root() / "recorded"
    name = hashlib.sha256(json.dumps(rec["parameters"], sort_keys=True).encode()).hexdigest()[:16]
    path = folder / rec["experiment"] / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, (json.dumps(rec, indent=1, allow_nan=False) + "\n").encode())
    return path


def read(path: str | os.PathLike) -> dict:
    """Read a record and check that it is one.

    Parameters
    ----------
    path : path-like
        A file that `write` made.

    Returns
    -------
    dict
        The record.

    Raises
    ------
    ValueError
        If the file holds something else, or a schema that this version does not know.
    OSError
        If the file cannot be read.
    """
    try:
        rec = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not a record: {error}") from error
    return validated(rec, path)


def validated(rec: Mapping, source: str | os.PathLike) -> dict:
    """Return `rec` if it has a record's keys and types.

    Parameters
    ----------
    rec : mapping
        What may be a record.
    source : str or path-like
        Where it comes from, for the message.

    Returns
    -------
    dict
        `rec`.

    Raises
    ------
    ValueError
        If it is no record; the message says why.
    """
    if not isinstance(rec, dict) or rec.get("schema") != SCHEMA:
        raise ValueError(f"{source} is not a record of schema {SCHEMA}")
    for key, kind in _KEYS.items():
        if key not in rec:
            raise ValueError(f"{source} is not a record: it has no {key!r}")
        if not isinstance(rec[key], kind):
            raise ValueError(f"{source} is not a record: {key!r} is a {type(rec[key]).__name__}")
    if unknown := sorted(set(rec) - set(_KEYS)):
        raise ValueError(f"{source} is not a record: unknown {', '.join(unknown)}")
    if not rec["experiment"].replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{source}: {rec['experiment']!r} is no name for an experiment")
    return rec


def gather(folder: str | os.PathLike | None = None, experiment: str | None = None) -> pd.DataFrame:
    """Gather the records under a folder into one table.

    Parameters
    ----------
    folder : path-like, optional
        Searched with everything below it. By default `root() / "recorded"`. It need not exist.
    experiment : str, optional
        Read the records of this experiment only, that is the files in folders of its name.

    Returns
    -------
    pandas.DataFrame
        One row per run, ordered by file name: `experiment`, the parameters, the metrics, then
        `seconds`, `device`, `commit` and `date`. Without records it has no rows. A metric that has a
        parameter's name gets the ending `_measured`.

    Raises
    ------
    ValueError
        If one of the files is not a record.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for seed in (0, 1):
    ...     _ = write(record("demo", {"seed": seed}, {"loss": seed / 4}, seconds=1.0), folder)
    >>> gather(folder, "demo").sort_values("seed")[["seed", "loss"]].values.tolist()
    [[0.0, 0.0], [1.0, 0.25]]
    """
    folder = Path(folder) if folder is not None else root() / "recorded"
    paths = sorted(path for path in folder.rglob("*.json") if experiment in (None, path.parent.name))
    rows = []
    for rec in map(read, paths):
        taken = {"experiment", *_TAIL, *rec["parameters"]}
        metrics = {f"{name}_measured" if name in taken else name: v for name, v in rec["metrics"].items()}
        rows.append(
            {"experiment": rec["experiment"]} | rec["parameters"] | metrics | {key: rec[key] for key in _TAIL}
        )
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["experiment", *_TAIL])
    # Runs with different parameters put columns after the provenance: move that to the end again.
    return table[[column for column in table if column not in _TAIL] + list(_TAIL)]


def count(
    experiment: str,
    parameters: Mapping,
    this_commit: bool = False,
    folder: str | os.PathLike | None = None,
) -> int:
    """Count the records of a run: what a long study asks before it begins one.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    parameters : mapping of str to value
        What the records have to have been made with; they may have other parameters beside these.
    this_commit : bool
        Count those that this very commit made; with uncommitted changes, or outside git, there are none.
    folder : path-like, optional
        Where the experiments' folders lie. By default `root() / "recorded"`.

    Returns
    -------
    int
        How many there are.

    Raises
    ------
    ValueError
        If a file in the experiment's folder is not a record, or a parameter is of no type that records hold.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for seed in (0, 1):
    ...     _ = write(record("demo", {"nodes": 100, "seed": seed}, {}, seconds=1.0), folder)
    >>> count("demo", {"nodes": 100}, folder=folder), count("demo", {"seed": 2}, folder=folder)
    (2, 0)
    """
    folder = Path(folder) if folder is not None else root() / "recorded"
    wanted = {name: _plain(value, name) for name, value in parameters.items()}
    commit = _commit() if this_commit else None
    if this_commit and (commit is None or commit.endswith("+")):
        return 0
    found = map(read, sorted((folder / experiment).glob("*.json")))
    return sum(
        wanted.items() <= rec["parameters"].items() and (not this_commit or rec["commit"] == commit)
        for rec in found
    )


def root() -> Path:
    """Find the folder `results/` with the published tables and the recorded runs.

    Returns
    -------
    pathlib.Path
        The folder that the environment variable `NETWITHIN_RESULTS` names; else `results/` beside
        or above the working directory; else the one of the source checkout.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if named := os.environ.get("NETWITHIN_RESULTS"):
        return Path(named)
    for folder in (Path.cwd(), *Path.cwd().parents, _SOURCE):
        if (folder / "results" / "published").is_dir():
            return folder / "results"
    raise FileNotFoundError(
        "there is no results/ folder here: run inside a checkout of the book, "
        "or set NETWITHIN_RESULTS to its results/ folder"
    )


def published(name: str) -> pd.DataFrame:
    """Read a table as a paper printed it.

    Parameters
    ----------
    name : str
        File name under `results/published/` without its ending.

    Returns
    -------
    pandas.DataFrame
        The table.

    Raises
    ------
    FileNotFoundError
        If there is no such table; the message lists those that there are.

    Examples
    --------
    >>> published("memorization_table_4_sizes")["nodes"].tolist()
    [100, 500, 1000]
    """
    folder = root() / "published"
    path = folder / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in folder.glob("*.csv")))
        raise FileNotFoundError(f"no published table {name!r}; there are: {known}")
    return pd.read_csv(path)


def _plain(value, name):
    """Turn NumPy's numbers and arrays into Python's, and refuse what JSON cannot hold."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), name)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    if isinstance(value, numbers.Real):
        raise ValueError(f"{name} is {value}, which a record cannot hold: use None for 'not measured'")
    raise ValueError(f"{name} is a {type(value).__name__}, which a record cannot hold")


def _versions() -> dict[str, str]:
    """Versions of what the numbers depend on, read without importing any of it."""
    versions = {"python": platform.python_version(), "netwithin": __version__}
    for library in _LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _commit() -> str | None:
    """The source checkout's commit, `+` added when what makes records differs from it; None outside git."""

    def git(*arguments):
        return subprocess.run(
            ["git", "-C", str(_SOURCE), *arguments], capture_output=True, text=True, check=True, timeout=30
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=normal", "--", *_MAKERS)
        return git("rev-parse", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None
