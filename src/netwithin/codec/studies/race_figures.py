"""Drawings of the race: every method on every graph, and size against time on one."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.codec.studies.race import OURS, costs, rivals, standing, undominated

_COLOURS = plotting.COLOURS


def field(race: pd.DataFrame) -> Figure:
    """Every method on every graph: a row of marks per graph on an axis of bits per edge.

    Parameters
    ----------
    race : pandas.DataFrame
        As `netwithin.codec.studies.race` has it.

    Returns
    -------
    matplotlib.figure.Figure
        Its title says on how many graphs our file is the smallest.

    Examples
    --------
    >>> from netwithin.codec.studies.recorded import files
    >>> figure = field(files("race"))
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_xscale()
    ('bits per edge', 'log')
    >>> plt.close(figure)
    """
    best, files = standing(race), rivals(race)
    place = pd.Series(np.arange(len(best)), best.index)
    marks = {
        "picture, tree, bitmap": (files[~files["general"]], dict(marker="s", color=_COLOURS["grey"], ms=4)),
        "general-purpose": (files[files["general"]], dict(marker=".", color=_COLOURS["sky"])),
        "bound": (race[~race["file"]], dict(marker="x", color=_COLOURS["ink"], ms=5)),
    }
    figure, ax = plt.subplots(figsize=(8, 0.42 * len(best) + 1.6))
    for label, (rows, style) in marks.items():
        ax.plot(rows["bits_per_edge"], rows["graph"].map(place), linestyle="", label=label, **style)
    ax.plot(
        best["general"], place, "o", color=_COLOURS["blue"], mfc="none", ms=9, label="best general-purpose"
    )
    ax.plot(best["ours"], place, "^", color=_COLOURS["green"], ms=8, label="this codec")
    ax.set(xscale="log", xlabel="bits per edge", yticks=place, yticklabels=best.index)
    plotting.plain_numbers(ax.xaxis, (1,))
    won = (best["ours"] < best["best"]).sum()
    ax.set_title(f"This codec's file is the smallest on {won} of {len(best)} graphs")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def pace(race: pd.DataFrame, graph: str) -> Figure:
    """Size against time of the files of one graph, encoding and decoding side by side.

    Parameters
    ----------
    race : pandas.DataFrame
        As `netwithin.codec.studies.race` has it.
    graph : str

    Returns
    -------
    matplotlib.figure.Figure
        Named are our files, and those peers that no other peer beats in both size and time.

    Examples
    --------
    >>> from netwithin.codec.studies.recorded import files
    >>> figure = pace(files("race"), "power-grid")
    >>> [ax.get_xlabel() for ax in figure.axes]
    ['seconds to encode', 'seconds to decode']
    >>> plt.close(figure)
    """
    files = costs(race, graph)
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 4.2), sharey=True)
    for ax, doing in zip(axes, ("encode", "decode"), strict=True):
        points = files[[f"{doing}, s", "bits per edge"]]
        own = points.index.str.startswith(OURS)
        ax.plot(*points[~own].to_numpy().T, "o", color=_COLOURS["grey"], ms=5)
        ax.plot(*points[own].to_numpy().T, "^", color=_COLOURS["green"], ms=8)
        _name(ax, points[own], points.loc[undominated(points[~own])])
        ax.set(xscale="log", yscale="log", xlabel=f"seconds to {doing}")
        plotting.plain_numbers(ax.xaxis, (1,))
        plotting.plain_numbers(ax.yaxis)
        ax.margins(x=0.3, y=0.15)
    axes[0].set_ylabel("bits per edge")
    figure.suptitle(f"On {graph}, smaller files are paid for with time", x=0.01, ha="left")
    return figure


def _name(ax: Axes, ours: pd.DataFrame, peers: pd.DataFrame) -> None:
    """Write the methods beside their points, so that no name hides another."""
    style = dict(textcoords="offset points", fontsize=8)
    for rank, (method, point) in enumerate(peers.sort_values("bits per edge").iterrows()):
        below = 10 * min(rank - 2, 0)  # apart, where the sizes are close
        ax.annotate(method.replace("_", " "), point, xytext=(-7, below), ha="right", va="center", **style)
    for method, point in ours.iterrows():  # which may lie at the same height
        ax.annotate(method, point, xytext=(0, -14 if method == OURS else 7), ha="center", **style)
