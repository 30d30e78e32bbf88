"""The drawings of the chapters on pruning and training."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from netwithin.plotting import COLOURS


def promises(ax: Axes, scores: np.ndarray, changes: np.ndarray) -> None:
    """Scatter what scores promised against what happened, beside the line where both are the same.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    scores, changes : float[m]
        Positive.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> promises(ax, np.array([1e-3, 1e-2]), np.array([2e-3, 1e-2]))
    >>> plt.close(figure)
    """
    ax.loglog(scores, changes, "o", color=COLOURS["blue"], ms=4)
    ends = [min(scores), max(scores)]
    ax.plot(ends, ends, ls="--", color=COLOURS["grey"], lw=1)
    ax.set(xlabel="score", ylabel="change of the loss when removed")


def layer_densities(ax: Axes, densities: pd.DataFrame) -> None:
    """A heat map of densities, methods down, layers across, on a logarithmic scale.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    densities : pandas.DataFrame
        One row per layer, one column per method, 0 to 1. An empty layer is left white.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> layer_densities(ax, pd.DataFrame({"SNIP": [0.5, 0.0], "ER": [0.1, 0.2]}, index=["a", "b"]))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['SNIP', 'ER']
    >>> plt.close(figure)
    """
    left = densities.replace(0, np.nan).astype(float)
    picture = ax.imshow(left.T, cmap="cividis", norm=LogNorm(left.min().min(), 1), aspect="auto")
    ax.set(yticks=range(left.shape[1]), yticklabels=left.columns, xlabel="layer, from the first to the last")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(False)
    ax.figure.colorbar(picture, ax=ax, label="density")


def accuracies(figure: Figure, table: pd.DataFrame) -> None:
    """Accuracy against sparsity, one panel per architecture, one line per pruner.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Empty.
    table : pandas.DataFrame
        Columns `architecture`, `pruner`, `sparsity`, `accuracy_percent`; at most seven pruners.

    Examples
    --------
    >>> figure = plt.figure()
    >>> columns = ["architecture", "pruner", "sparsity", "accuracy_percent"]
    >>> rows = [["Conv-6", "ER", 0.9, 80], ["Conv-6", "ER", 0.98, 70]]
    >>> accuracies(figure, pd.DataFrame(rows, columns=columns))
    >>> len(figure.axes)
    1
    >>> plt.close(figure)
    """
    panels = dict(list(table.groupby("architecture", sort=False)))
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for ax, (architecture, panel) in zip(axes, panels.items(), strict=True):
        lines = zip(
            panel.groupby("pruner", sort=False), "ovs^DPX", plt.rcParams["axes.prop_cycle"], strict=False
        )
        for (pruner, line), mark, style in lines:
            ax.plot(
                line["sparsity"].astype(str),
                line["accuracy_percent"],
                marker=mark,
                ms=4,
                lw=1.2,
                label=pruner,
                **style,
            )
        ax.set_title(architecture)
        ax.set_xlabel("sparsity")
    axes[0].set_ylabel("accuracy, %")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=7, fontsize=8)
