"""One chapter over a grid of parameters: which runs there are, and what came out of them.

A grid is a small YAML file, run by `snakemake --configfile grids/<grid>.yml --cores 2`::

    name: siren                           # the runs go to runs/siren/
    chapter: 06-memorising-with-siren
    parameters:                           # every combination of these values
      nodes: [60, 100]
      seed: [0, 1, 2]
    combinations:                         # and these runs besides (either key may be left out)
      - {nodes: 500, seed: 0}

A run's results are the metrics of the record of `netwithin.records` that its chapter hands to `myst_nb.glue`
under the name `record`; without one, the numbers, strings and booleans that it glues, by their names.
"""

import ast
import contextlib
import itertools
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

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


def results(path: str | os.PathLike) -> dict:
    """Read what a run's notebook holds.

    Parameters
    ----------
    path : path-like
        A notebook that papermill executed.

    Returns
    -------
    dict
        The parameters that it ran with, its record's metrics, device and commit (or, without a record, what
        its cells glued), `seconds` and `started` (UTC).
    """
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    papermill = notebook["metadata"]["papermill"]
    glued = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            text = "".join(output.get("data", {}).get(_PREFIX + "text/plain", ""))
            if name and text:
                glued[name] = _value(text)
    if "record" in glued:
        glued = glued["record"]["metrics"] | {key: glued["record"][key] for key in ("device", "commit")}
    found = {name: value for name, value in glued.items() if isinstance(value, str | int | float | None)}
    return (
        papermill["parameters"]
        | found
        | {"seconds": papermill["duration"], "started": papermill["start_time"]}
    )


def gather(paths: Iterable[str | os.PathLike]) -> pd.DataFrame:
    """Gather runs into one table.

    Parameters
    ----------
    paths : iterable of path-like
        Notebooks that papermill executed.

    Returns
    -------
    pandas.DataFrame
        One row per run.
    """
    return pd.DataFrame([results(path) for path in paths])


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
