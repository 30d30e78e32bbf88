"""The densities that small-world generators give, beside those asked for and those of the released graphs."""

from collections.abc import Iterable

import pandas as pd

from netwithin.graphs import datasets
from netwithin.graphs.generators import newman_watts_strogatz, watts_strogatz

#: The generator that moves a ring's edges, and the one that adds to them.
SMALL_WORLDS = {"Watts-Strogatz": watts_strogatz, "Newman-Watts-Strogatz": newman_watts_strogatz}
#: Nominal densities of Tang and Li.
NOMINAL = (0.25, 0.5, 0.75)
_RELEASED = "small-world-"  # nodes and density follow in the names


def measured(
    sizes: Iterable[int], densities: Iterable[float], p: float, seeds: Iterable[int]
) -> pd.DataFrame:
    """Make small-world graphs and look at their densities.

    Parameters
    ----------
    sizes : iterable of int
        Nodes.
    densities : iterable of float
        Nominal ones.
    p : float
        Chance of a shortcut, or move, per ring edge.
    seeds : iterable of int
        One graph each, of either model.

    Returns
    -------
    pandas.DataFrame
        A row per graph: `model`, `nodes`, `nominal`, `actual`.

    Examples
    --------
    >>> measured([11], [0.4], 0.0, [0])["actual"].tolist()  # nothing is moved, nothing added
    [0.4, 0.4]
    """
    sizes, densities, seeds = list(sizes), list(densities), list(seeds)
    return pd.DataFrame(
        {"model": model, "nodes": n, "nominal": density, "actual": make(n, density, p, seed).density}
        for model, make in SMALL_WORLDS.items()
        for n in sizes
        for density in densities
        for seed in seeds
    )


def table(measured: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation of the densities, the models side by side.

    Parameters
    ----------
    measured : pandas.DataFrame
        From `measured`.

    Returns
    -------
    pandas.DataFrame, float
        Index `nominal` and `nodes`; columns the models, "mean" and "std" of each.
    """
    wide = measured.groupby(["nominal", "nodes", "model"])["actual"].agg(["mean", "std"]).unstack("model")
    wide = wide.swaplevel(axis="columns").sort_index(axis="columns", ascending=[False, True])
    return wide.rename_axis(columns=[None, None])


def released(p: float = 0.5, seed: int = 0) -> pd.DataFrame:
    """The graphs that Tang and Li released, by their names, beside graphs of either generator.

    Parameters
    ----------
    p, seed
        Of the graphs that are made, at the nominal density next to the one in the name.

    Returns
    -------
    pandas.DataFrame
        A row per released graph: `nodes`, `nominal`, "in the name", and a density for each of `SMALL_WORLDS`.
    """
    rows = []
    for name in datasets.names():
        if not name.startswith(_RELEASED):
            continue
        nodes, density = name.removeprefix(_RELEASED).split("-")
        nodes, density = int(nodes), float(density)
        nominal = min(NOMINAL, key=lambda asked: abs(asked - density))
        made = {model: make(nodes, nominal, p, seed).density for model, make in SMALL_WORLDS.items()}
        rows.append({"nodes": nodes, "nominal": nominal, "in the name": density, **made})
    return pd.DataFrame(rows)
