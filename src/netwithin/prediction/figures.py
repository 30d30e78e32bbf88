"""What the prediction of the accuracy drop looks like: the drops themselves, and tables as heat maps."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from netwithin import plotting
from netwithin.prediction import released

_COLOURS = plotting.COLOURS
_MARKS = dict(zip(released.DATASETS, (("o", "ink"), ("s", "blue"), ("D", "orange")), strict=True))


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
            ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8, color=ink)
    ax.set_xticks(range(len(table.columns)), table.columns, rotation=35, ha="right")
    ax.set_yticks(range(len(table.index)), table.index)
    ax.set_title(title)
    ax.grid(False)
    below, above = values < limits[0], values > limits[1]
    beyond = {(True, True): "both", (True, False): "min", (False, True): "max"}
    extend = beyond.get((bool(below.any()), bool(above.any())), "neither")
    ax.figure.colorbar(image, ax=ax, label=label, extend=extend)
    return image
