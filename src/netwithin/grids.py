"""One chapter over a grid of parameters: which runs there are, and what came out of them.

A grid is a small YAML file, run by `snakemake --configfile grids/<grid>.yml --cores 2`::

    name: siren                           # the runs go to runs/siren/
    chapter: 06-memorising-with-siren
    parameters:                           # every combination of these values
      nodes: [60, 100]
      seed: [0, 1, 2]
    combinations:                         # and these runs besides (either key may be left out)
      - {nodes: 500, seed: 0}

A run's results are the records of `netwithin.records` that its chapter hands over at its end, one per row of
its table, by `say(records=[...])` (or a single one, `say(record=...)`); without any, the numbers, strings and
booleans that it glues, by their names. `python -m netwithin.grids land runs/siren/*.ipynb` writes the runs'
records to `results/recorded/`, where the book and the scorecard read them.
"""

import argparse
import ast
import contextlib
import itertools
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from netwithin import records

_KEYS = {"name", "chapter", "parameters", "combinations", "threads", "mem_mb", "runtime"}
_PREFIX = "application/papermill.record/"


def combinations(grid: Mapping) -> list[dict]:
    """List the runs of a grid.

    Parameters
    ----------
    grid : mapping
        What the YAML file holds.

    Returns
    -------
    list of dict
        One dict of parameters per run, without repetitions.

    Raises
    ------
    ValueError
        If the grid has an unknown key, lacks one, or has no runs.

    Examples
    --------
    >>> combinations({"name": "g", "chapter": "06-x", "parameters": {"n": [1, 2], "seed": [0]},
    ...               "combinations": [{"n": 5}, {"n": 2, "seed": 0}]})
    [{'n': 1, 'seed': 0}, {'n': 2, 'seed': 0}, {'n': 5}]
    """
    if unknown := sorted(set(grid) - _KEYS):
        raise ValueError(f"a grid has no {', '.join(unknown)}; it has {', '.join(sorted(_KEYS))}")
    if not grid.get("name") or not grid.get("chapter"):
        raise ValueError("a grid needs a name and a chapter")
    axes = {
        name: value if isinstance(value, list) else [value]
        for name, value in grid.get("parameters", {}).items()
    }
    products = (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )
    runs = {run_name(run): dict(run) for run in products + list(grid.get("combinations", []))}
    if not runs:
        raise ValueError("a grid needs parameters or combinations")
    return list(runs.values())


def fit(runs: Iterable[Mapping], known: Mapping[str, str | None]) -> list[dict]:
    """Fit runs to the parameters that their chapter has.

    Where a parameter's name is mistyped, papermill runs the chapter with its default, so such names are
    refused. YAML reads `1e-5`, which lacks a point, as text: where the chapter has a float, it becomes one.

    Parameters
    ----------
    runs : iterable of mapping
        As from `combinations`.
    known : mapping
        The chapter's parameters, as from `netwithin.notebooks.parameters`.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
        If the chapter has no parameter of some name, or a float is no number.

    Examples
    --------
    >>> fit([{"rate": "1e-5"}, {"rate": 0.5, "name": "1e-5"}], {"rate": "float", "name": "str"})
    [{'rate': 1e-05}, {'rate': 0.5, 'name': '1e-5'}]
    """
    fitted = []
    for run in runs:
        if unknown := sorted(set(run) - set(known)):
            raise ValueError(f"the chapter has no parameter {', '.join(unknown)}; it has {', '.join(known)}")
        texts = {name for name, value in run.items() if known[name] == "float" and isinstance(value, str)}
        fitted.append({name: float(value) if name in texts else value for name, value in run.items()})
    return fitted


def run_name(parameters: Mapping) -> str:
    """Name a run after its parameters, fit for a file.

    Parameters
    ----------
    parameters : mapping
        The run's parameters.

    Returns
    -------
    str
        `name=value` in alphabetical order, with commas between.

    Raises
    ------
    ValueError
        If a value cannot be part of a file's name.

    Examples
    --------
    >>> run_name({"seed": 0, "density": 0.25})
    'density=0.25,seed=0'
    """
    name = ",".join(f"{key}={parameters[key]}" for key in sorted(parameters))
    if not re.fullmatch(r"[\w=.,+-]+", name):
        raise ValueError(f"{name!r} cannot name a run: letters, digits and . + - _ only")
    return name


def recorded(path: str | os.PathLike) -> list[dict]:
    """Read the records that a run's notebook holds.

    Parameters
    ----------
    path : path-like
        A notebook that papermill executed to its end.

    Returns
    -------
    list of dict
        What the chapter glued as `records`, or as `record`; none if it glued neither.

    Raises
    ------
    ValueError
        If the file is no notebook that papermill executed, if a cell of it failed, or if what it glued is
        no record.
    """
    glued = _glued(_executed(path))
    texts = [(glued[name], name == "records") for name in ("records", "record") if name in glued]
    if not texts:
        return []
    text, several = texts[0]
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{path}: what it hands over as a record is not made of plain values") from error
    found = found if several else [found]
    if not isinstance(found, list):
        raise ValueError(f"{path}: `records` is a list of records, not a {type(found).__name__}")
    return [records.validated(rec, f"{path}: what it hands over") for rec in found]


def land(paths: Iterable[str | os.PathLike], folder: str | os.PathLike | None = None) -> list[Path]:
    """Write the records of executed chapters to where records are kept, all of them or none.

    Parameters
    ----------
    paths : iterable of path-like
        Notebooks that papermill executed.
    folder : path-like, optional
        Where the experiments' folders lie; by default `results/recorded/`.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the notebooks. A record of the same experiment and parameters is replaced.

    Raises
    ------
    ValueError
        If there is no notebook, if one did not run to its end or holds no record, if a record does not name
        the commit of a clean checkout, or if two have the same experiment and parameters and differ in what
        they measured, so that a parameter is missing from them.
    """
    found = {}
    for path in paths:
        runs = recorded(path)
        if not runs:
            raise ValueError(f"{path} holds no record: its chapter ends with `say(records=[...])`")
        for rec in runs:
            commit = rec["commit"] or "no commit"
            if not rec["commit"] or commit.endswith("+"):
                raise ValueError(
                    f"{path}: its records name {commit}, which is no source to go back to; "
                    "commit what is changed under src/, notebooks/ and benchmarks/, and run it again"
                )
            key = (rec["experiment"], json.dumps(rec["parameters"], sort_keys=True))
            if key in found and found[key]["metrics"] != rec["metrics"]:
                raise ValueError(
                    f"{path}: two records of {key[0]!r} with the parameters {key[1]} differ in what they "
                    "measured; what makes them differ (a seed, a size) has to be among the parameters"
                )
            found[key] = rec
    if not found:
        raise ValueError("no notebook to land")
    return [records.write(rec, folder) for rec in found.values()]


def results(path: str | os.PathLike) -> list[dict]:
    """Read what a run's notebook found, as rows of a table.

    Parameters
    ----------
    path : path-like
        A notebook that papermill executed to its end.

    Returns
    -------
    list of dict
        One row per record, or one row for a run without records: the parameters that the notebook ran with,
        the record's experiment, parameters, single-valued metrics, device and commit (or what its cells
        glued), the run's `seconds` and when it `started` (UTC).
    """
    notebook = _executed(path)
    papermill = notebook["metadata"]["papermill"]
    rows = [
        {"experiment": rec["experiment"]}
        | rec["parameters"]
        | rec["metrics"]
        | {key: rec[key] for key in ("device", "commit")}
        for rec in recorded(path)
    ]
    rows = rows or [{name: _value(text) for name, text in _glued(notebook).items()}]
    run = {"seconds": papermill["duration"], "started": papermill["start_time"]}
    single = [
        {name: value for name, value in row.items() if isinstance(value, str | int | float | None)}
        for row in rows
    ]
    return [papermill["parameters"] | row | run for row in single]


def gather(paths: Iterable[str | os.PathLike]) -> pd.DataFrame:
    """Gather runs into one table.

    Parameters
    ----------
    paths : iterable of path-like
        Notebooks that papermill executed.

    Returns
    -------
    pandas.DataFrame
        One row per record, or per run that has none.
    """
    return pd.DataFrame([row for path in paths for row in results(path)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m netwithin.grids land NOTEBOOK...`; return 0, or 1 if nothing could be landed."""
    parser = argparse.ArgumentParser(prog="python -m netwithin.grids", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    landing = commands.add_parser("land", help="write the records of executed chapters to results/recorded/")
    landing.add_argument("notebooks", nargs="+", type=Path, help="notebooks that papermill executed")
    landing.add_argument("--folder", type=Path, help="another folder than results/recorded/")
    chosen = parser.parse_args(arguments)
    try:
        written = land(chosen.notebooks, chosen.folder)
    except (ValueError, OSError) as error:
        print(f"nothing was landed: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(str, written)))
    return 0


def _executed(path: str | os.PathLike) -> dict:
    """The notebook at `path`, which papermill executed to its end."""
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        papermill = notebook["metadata"]["papermill"]
        failed = papermill.get("exception") or papermill["duration"] is None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no notebook that papermill executed") from error
    if failed:
        raise ValueError(f"{path} did not run to its end")
    return notebook


def _glued(notebook: Mapping) -> dict[str, str]:
    """What the notebook's cells handed to `myst_nb.glue`, as text, by name."""
    glued = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            text = "".join(output.get("data", {}).get(_PREFIX + "text/plain", ""))
            if name and text:
                glued[name] = text
    return glued


def _value(text: str):
    """The value whose repr was glued; a string that holds a number becomes one."""
    value = text
    with contextlib.suppress(ValueError, SyntaxError):
        # NumPy's scalars show themselves as np.float64(0.5).
        value = ast.literal_eval(re.sub(r"np\.\w+\((.*)\)", r"\1", text, flags=re.DOTALL))
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    return value


if __name__ == "__main__":
    sys.exit(main())
