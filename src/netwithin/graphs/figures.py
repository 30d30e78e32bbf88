"""Drawings of generated graphs: their matrices, and the densities that came out."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.graphs.densities import SMALL_WORLDS
from netwithin.graphs.graph import Graph

_PALETTE = dict(zip(SMALL_WORLDS, (plotting.COLOURS["blue"], plotting.COLOURS["orange"]), strict=True))


def matrices(models: Mapping[str, Callable[[float], Graph]], densities: Sequence[float]) -> Figure:
    """Adjacency matrices, a row per model and a column per density.

    Parameters
    ----------
    models : mapping of str to callable
        From a nominal density to a graph.
    densities : sequence of float
        Nominal ones.

    Returns
    -------
    matplotlib.figure.Figure
        The panels' titles say what was asked for and what came out.
    """
    size = (2.5 * len(densities), 2.8 * len(models))
    figure, axes = plt.subplots(len(models), len(densities), figsize=size, squeeze=False)
    for row, (model, make) in zip(axes, models.items(), strict=True):
        for ax, density in zip(row, densities, strict=True):
            graph = make(density)
            plotting.adjacency(ax, graph, title=f"asked {density:g}, is {graph.density:.3f}")
            ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
        row[0].set_ylabel(model)
    title = "The ring shows as a band, and its graphs are denser than asked"
    figure.suptitle(title, x=0.01, ha="left", fontsize="large")
    return figure


def densities(measured: pd.DataFrame, p: float) -> Figure:
    """Actual against nominal density, a mark per graph, with the lines that either model follows.

    Parameters
    ----------
    measured : pandas.DataFrame
        From `densities.measured`.
    p : float
        Chance of a shortcut per ring edge.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, ax = plt.subplots()
    nominal, line = np.linspace(0, 1, 101), dict(color=plotting.COLOURS["grey"])
    ax.plot(nominal, nominal, ls="-", label="as asked, $d$", **line)
    ax.plot(nominal, np.minimum(1, (1 + p) * nominal), ls="--", label="$\\min(1, (1 + p)\\,d)$", **line)
    marks = dict(hue="model", style="model", palette=_PALETTE, markers=["o", "X"], s=70)
    sns.scatterplot(measured, x="nominal", y="actual", ax=ax, **marks)
    ax.set(xlabel="nominal density", ylabel="actual density", xlim=(0, 1), ylim=(0, 1.05))
    ax.set_title("Adding shortcuts makes a graph denser than asked, moving edges does not")
    ax.legend(loc="lower right")
    return figure
