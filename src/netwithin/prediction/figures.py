"""What the prediction of the accuracy drop looks like: the drops themselves, and tables as heat maps.

Titles state what is found in the tables that are drawn.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from netwithin import plotting
from netwithin.prediction import features, findings, released

#: The names that would not fit over a column, and what stands there for them.
SHORT = {"Wide-Resnet-28-2": "Wide"}
_COLOURS = plotting.COLOURS
_MARKS = dict(zip(released.DATASETS, (("o", "ink"), ("s", "blue"), ("D", "orange")), strict=True))
_NEW = {"dataset": "data set", "pruner": "pruner"}


def further_apart(table: pd.DataFrame) -> pd.Series:
    """Whether the drop differs more between data sets than between pruners.

    Parameters
    ----------
    table : pandas.DataFrame
        With `architecture`, `sparsity`, `dataset`, `pruner` and `drop`.

    Returns
    -------
    pandas.Series
        Bool by `architecture` and `sparsity`: whether the data sets' mean drops span more than the pruners'.

    Examples
    --------
    >>> rows = [("D", "ER", 0.1), ("D", "SNIP", 0.2), ("E", "ER", 0.5), ("E", "SNIP", 0.6)]
    >>> table = pd.DataFrame(rows, columns=["dataset", "pruner", "drop"])
    >>> further_apart(table.assign(architecture="A", sparsity=0.9)).tolist()
    [True]
    """
    cell = ["architecture", "sparsity"]
    means = {by: table.groupby([*cell, by])["drop"].mean().groupby(cell) for by in ("dataset", "pruner")}
    spans = {by: groups.max() - groups.min() for by, groups in means.items()}
    return (spans["dataset"] > spans["pruner"]).rename("further_apart")


def drops(table: pd.DataFrame) -> Figure:
    """Draw the accuracy drop by sparsity, a panel per architecture and a point per pruner and data set.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `further_apart`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels = dict(list(table.groupby("architecture")))
    rows = -(-len(panels) // 2)
    figure, axes = plt.subplots(rows, 2, figsize=(7.5, 3 * rows), sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    middle = (len(released.PRUNERS) - 1) / 2
    for ax, (architecture, panel) in zip(axes.flat, panels.items(), strict=False):
        for dataset, band in panel.groupby("dataset"):
            marker, colour = _MARKS[dataset]
            x = band["sparsity"].map(released.SPARSITIES.index)
            shift = (band["pruner"].map(list(released.PRUNERS).index) - middle) / 15
            ax.scatter(x + shift, band["drop"], s=11, marker=marker, color=_COLOURS[colour], label=dataset)
        ax.set_xticks(range(len(released.SPARSITIES)), released.SPARSITIES)
        ax.set_title(architecture)
    figure.supxlabel("sparsity")
    figure.supylabel("accuracy drop (share)")
    axes[0, 0].legend(loc="upper left")
    apart = further_apart(table)
    figure.suptitle(
        f"Data sets differ more than pruners in {apart.sum()} of {len(apart)} panels and sparsities",
        x=0.01,
        ha="left",
    )
    return figure


def heat_map(
    ax: Axes,
    table: pd.DataFrame,
    *,
    title: str,
    label: str,
    limits: tuple[float, float] = (0.0, 1.0),
    colours: str = "cividis",
) -> AxesImage:
    """Draw a table as a heat map with its values written in.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame, float
        Its index and columns are the labels. NaN is left white.
    title : str
        The finding.
    label : str
        What the values are, beside the colour bar.
    limits : tuple of float
        The values that get the first and the last colour; those beyond get the same.
    colours : str
        matplotlib's name of the colour map.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    values = table.to_numpy(float)
    image = ax.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = np.dot(image.cmap(image.norm(value))[:3], (0.3, 0.6, 0.1)) < 0.45
            ink = "white" if dark else "black"
            ax.text(j, i, f"{value:z.2f}", ha="center", va="center", fontsize=8, color=ink)
    ax.set_xticks(range(len(table.columns)), table.columns, rotation=35, ha="right")
    ax.set_yticks(range(len(table.index)), table.index)
    ax.set_title(title)
    ax.grid(False)
    below, above = values < limits[0], values > limits[1]
    beyond = {(True, True): "both", (True, False): "min", (False, True): "max"}
    extend = beyond.get((bool(below.any()), bool(above.any())), "neither")
    ax.figure.colorbar(image, ax=ax, label=label, extend=extend)
    return image


def feature_sets(scores: pd.DataFrame) -> Figure:
    """Draw how well each set of features predicts the drop.

    Parameters
    ----------
    scores : pandas.DataFrame
        As from `recorded.by_features`: "indicators", "topometrics" and "indicators and topometrics" among its
        rows, adjusted R^2.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names, metrics, both = (
        scores.loc[name] for name in ("indicators", "topometrics", "indicators and topometrics")
    )
    reached, better = (names >= metrics).sum(), (both > np.maximum(names, metrics)).sum()
    figure, ax = plt.subplots(figsize=(9.5, 4.2))
    title = (
        f"Names reach the sixteen metrics in {reached} of {scores.shape[1]} scenarios; "
        f"both together are ahead of either in {better}"
    )
    heat_map(ax, scores.rename(columns=SHORT), title=title, label="adjusted R²")
    return figure


def held_out(tables: Mapping[str, pd.DataFrame], best: Mapping[str, str]) -> Figure:
    """Draw how well sets of features predict what is new, a panel for each thing that is held out.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        "dataset" or "pruner" to what `recorded.by_features` has for folds of them, R^2.
    best : mapping of str to str
        The set of features, of each panel, of which the title says in how many scenarios it is ahead of all
        others.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(len(tables), 1, figsize=(9.5, 2.7 * len(tables)), sharex=True, squeeze=False)
    for ax, (group, table) in zip(axes.flat, tables.items(), strict=True):
        name = best[group]
        ahead = (table.loc[name] > table.drop(index=name).max()).sum()
        title = f"With a {_NEW[group]} held out, {name} are ahead in {ahead} of {table.shape[1]} scenarios"
        shown = table.reindex([name for name in features.SETS if name in table.index])
        heat_map(ax, shown.rename(columns=SHORT), title=title, label="R²")
    return figure


def from_our_own(scores: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw what our own topometrics are worth, a panel for each kind of folds.

    Parameters
    ----------
    scores : mapping of str to pandas.DataFrame
        "random", "dataset" or "pruner" to what `ours.regressed` returned for such folds. A scenario that has
        no values is left white, with the reason written across.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(len(scores), 1, figsize=(9.5, 2.9 * len(scores)), sharex=True, squeeze=False)
    for ax, (folds, table) in zip(axes.flat, scores.items(), strict=True):
        known = table.dropna(axis=1)
        more = findings.gains(known)["indicators and topometrics"] > 0
        gain = f"names gain from the metrics in {more.sum()} of {len(more)} scenarios"
        title = f"{findings.FOLDS[folds]}, {gain}"
        heat_map(ax, table.rename(columns=SHORT), title=title, label=findings.SCORES[folds])
        for place in np.flatnonzero(table.isna().any()):
            middle = (len(table) - 1) / 2
            ax.text(place, middle, "too few rows", rotation=90, ha="center", va="center", fontsize=8)
    return figure
