"""Drawings of what sparse networks take, of what their shape says, and of masks in several codes."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from netwithin.circle.pruning import PRUNERS
from netwithin.plotting import COLOURS

_MARKS = "osD^vP*X"
_SHADES = [COLOURS[name] for name in ("blue", "orange", "green", "vermilion", "sky", "pink", "grey", "ink")]


def rates(ax: Axes, rows: pd.DataFrame, size: str = "kept") -> None:
    """Total bits over the density's entropy against the number of weights: a line per way, and the dense one.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    rows : pandas.DataFrame
        With `way` ("dense" among them), `size`, `total_bits` and `density_entropy_bits`, several seeds each.
        Lines are means over seeds, bars go from the least to the greatest. A pruner has the same colour and
        mark in every drawing; after training its line is dotted and its marks are hollow.
    size : str
        The column of the horizontal axis.
    """
    rows = rows.assign(ratio=rows["total_bits"] / rows["density_entropy_bits"])
    present = set(rows["way"])
    ways = [way for name in PRUNERS for way in (name, f"{name}, after training") if way in present]
    for way in ["dense", *ways]:
        # Seeds of one setting may keep slightly different numbers of weights (rounding in each layer).
        groups = rows[rows["way"] == way].groupby(["width", "sparsity"])
        table = groups.agg(x=(size, "mean"), y=("ratio", "mean"), low=("ratio", "min"), high=("ratio", "max"))
        table = table.sort_values("x")
        error = [table["y"] - table["low"], table["high"] - table["y"]]
        ax.errorbar(table["x"], table["y"], error, label=way, capsize=2, lw=1.4, ms=5, **_style(way))
    ax.axhline(1, color=COLOURS["grey"], ls="-", lw=1, label="density's entropy")
    ax.set(xscale="log", yscale="log", xlabel="weights kept", ylabel="total bits / density's entropy")
    for axis, steps in ((ax.xaxis, (1, 2, 5)), (ax.yaxis, (1, 1.2, 1.5, 2, 3, 5, 7, 8.5))):
        axis.set_major_locator(LogLocator(subs=steps))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def _style(way: str) -> dict:
    """Colour, mark and line of a way of making a network."""
    if way == "dense":
        return dict(color=COLOURS["ink"], marker="o", ls="-")
    name, after, _ = way.partition(", after training")
    k = PRUNERS.index(name)
    style = dict(color=_SHADES[k], marker=_MARKS[k + 1], ls=":" if after else "--")
    return style | (dict(mfc="none") if after else {})


def parts(ax: Axes, table: pd.DataFrame) -> None:
    """Stacked bars: the parts of a total.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        A row per bar, a column per part, any unit.
    """
    left = np.zeros(len(table))
    shades = [COLOURS[name] for name in ("sky", "orange", "vermilion", "green")]
    for shade, (name, values) in zip(shades, table.items(), strict=False):
        ax.barh(table.index, values, left=left, color=shade, label=name)
        left = left + values.to_numpy(dtype=float)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)


def correlations(ax: Axes, table: pd.DataFrame) -> None:
    """Bars of rank correlations, plain features and topometrics told apart by colour.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        From `netwithin.circle.reading.rank_correlations`.
    """
    table = table.sort_values("correlation")
    own = (table["kind"] == "topometrics").to_numpy()
    for some, shade, label in ((own, "blue", "topometrics"), (~own, "orange", "plainer things")):
        places = np.flatnonzero(some)
        ax.barh(places, table["correlation"].to_numpy()[some], color=COLOURS[shade], label=label)
    ax.set_yticks(range(len(table)), table.index, fontsize=8)
    ax.axvline(0, color=COLOURS["ink"], lw=0.8)
    ax.set(xlim=(-1, 1), xlabel="rank correlation with the share of the graph that is left")
    ax.grid(axis="y", visible=False)


def codes(ax: Axes, rows: pd.DataFrame, names: dict[str, str]) -> None:
    """Bits of masks in several codes, over the entropy of the layers' densities: groups of bars.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    rows : pandas.DataFrame
        With `pruner`, `layer_density_bits` and the codes' columns, several seeds each; bars are means,
        whiskers go from the least to the greatest.
    names : dict of str to str
        Column to label.
    """
    pruners = list(dict.fromkeys(rows["pruner"]))
    for k, (column, label) in enumerate(names.items()):
        ratio = (
            (rows[column] / rows["layer_density_bits"]).groupby(rows["pruner"]).agg(["mean", "min", "max"])
        )
        ratio = ratio.loc[pruners]
        error = [ratio["mean"] - ratio["min"], ratio["max"] - ratio["mean"]]
        at = np.arange(len(pruners)) + (k - (len(names) - 1) / 2) * 0.8 / len(names)
        ax.bar(at, ratio["mean"], 0.8 / len(names), yerr=error, color=_SHADES[k], label=label, capsize=2)
    ax.axhline(1, color=COLOURS["ink"], lw=1)
    ax.set_xticks(range(len(pruners)), pruners)
    ax.set(ylabel="bits / layers' density entropy")
    ax.grid(axis="x", visible=False)


def read_runs(ax: Axes, predicted: np.ndarray, true: np.ndarray) -> None:
    """Scatter what was read of held-out runs against what is so, each run with a shade and a mark.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    predicted, true : float[runs, steps]
        Scores; what lies outside the range of the true ones is drawn at the edge, hollow.
    """
    low, high = true.min(), true.max()
    margin = 0.08 * (high - low)
    for k, (read, right) in enumerate(zip(predicted, true, strict=True)):
        inside = np.clip(read, low - margin, high + margin)
        style = dict(color=_SHADES[k % len(_SHADES)], marker=_MARKS[k % len(_MARKS)], ls="", ms=4)
        ax.plot(right[inside == read], inside[inside == read], label=f"run {k + 1}", **style)
        ax.plot(right[inside != read], inside[inside != read], mfc="none", **style)
    ax.plot([low, high], [low, high], ls="--", lw=1, color=COLOURS["grey"])
    ax.set(xlabel="log2(1 + wrong bits)", ylim=(low - 1.5 * margin, high + 1.5 * margin))


def readings(ax: Axes, table: pd.DataFrame, column: str) -> None:
    """A measure of every reading: a dot for the mean over the seeds, a bar from the least to the greatest.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        With `read`, what reads ("epoch" and the like first), and `column`, a row per seed.
    column : str
    """
    names = list(dict.fromkeys(table["read"]))
    found = table.groupby("read")[column].agg(["mean", "min", "max"]).loc[names]
    own = np.array([name.startswith(("EA", "GC")) for name in names])
    for some, shade, mark, label in ((own, "blue", "o", "embedding"), (~own, "orange", "s", "plainer")):
        at, part = np.flatnonzero(some), found[some]
        error = [part["mean"] - part["min"], part["max"] - part["mean"]]
        ax.errorbar(
            part["mean"], at, xerr=error, color=COLOURS[shade], marker=mark, ls="", capsize=2, label=label
        )
    ax.axvline(0, color=COLOURS["ink"], lw=0.8)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
