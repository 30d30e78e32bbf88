"""Drawings of what the weights of a stored network earn, cost, and leave."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwithin.codec.studies.earnings import HALF_PRECISION, Memorising, enough_bits
from netwithin.plotting import COLOURS

_LINES = (("blue", "o"), ("ink", "s"))


def by_width(panels: Mapping[str, tuple[pd.DataFrame, float, float]]) -> Figure:
    """Bytes of a file against the network's width: the residual, and the weights on top of it.

    Parameters
    ----------
    panels : mapping
        Title -> rows as from `earnings.finest`, the density's entropy and the generator's bound in bytes.
        Two, the larger graph last.

    Returns
    -------
    matplotlib.figure.Figure
        Its title says where the files are smallest.

    Examples
    --------
    >>> rows = {"residual": [90.0, 60.0, 55.0], "model": [5.0, 15.0, 40.0], "total": [95.0, 75.0, 95.0]}
    >>> rows = pd.DataFrame(rows, index=[2, 4, 8])
    >>> by_width({"live": (rows, 100, 50), "recorded": (rows, 100, 50)}).get_suptitle()
    'The file is smallest at 4 units here, at 4 on the larger graph'
    >>> plt.close("all")
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.8, 4.2), layout="constrained")
    best = []
    for ax, (title, (table, entropy, bound)) in zip(axes, panels.items(), strict=True):
        _stack(ax, table, entropy, bound)
        ax.set_title(title)
        best.append(table["total"].idxmin())
    axes[0].set_ylabel("bytes")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    title = f"The file is smallest at {best[0]} units here, at {best[1]} on the larger graph"
    figure.suptitle(title, x=0.01, ha="left")
    return figure


def _stack(ax: Axes, table: pd.DataFrame, entropy: float, bound: float) -> None:
    """Residual and weights, one on the other, against width."""
    parts = dict(colors=[COLOURS["sky"], COLOURS["orange"]], labels=["residual", "weights"], alpha=0.8)
    ax.stackplot(table.index, table["residual"].astype(float), table["model"].astype(float), **parts)
    ax.plot(table.index, table["total"], "o-", color=COLOURS["ink"], label="total", ms=4)
    ax.axhline(bound, color=COLOURS["green"], ls="--", label="generator's bound")
    ax.axhline(entropy, color=COLOURS["vermilion"], ls=":", label="density's entropy")
    best = table["total"].idxmin()
    ax.plot(best, table["total"][best], "^", color=COLOURS["green"], ms=10, zorder=4)
    ax.set(xlabel="units of a sine layer", xscale="log", xticks=table.index, xticklabels=table.index)
    ax.minorticks_off()
    ax.set_ylim(0, 1.08 * max(entropy, table["total"].max()))


def per_weight(
    tables: Mapping[str, pd.DataFrame], full: Memorising, rows: pd.DataFrame, bound: float, width: int
) -> Figure:
    """What a weight earns and costs against width, and files above the bound against the bits of a weight.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Name -> `earned` and `cost` by width, as from `earnings.per_weight`.
    full : Memorising
        The networks at the right edge, of half precision.
    rows : pandas.DataFrame
        With the columns of `earnings.weigh`, for the right panel: a line per width.
    bound : float
        The generator's, in bytes.
    width : int
        The width that the right panel's title is about.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 4), layout="constrained")
    for (name, table), (colour, mark) in zip(tables.items(), _LINES, strict=True):
        style = dict(color=COLOURS[colour])
        left.plot(table.index, table["earned"], f"{mark}-", label=f"earned, {name}", **style)
        left.plot(table.index, table["cost"], f"{mark}--", mfc="white", label=f"cost, {name}", **style)
    widths = sorted({width for table in tables.values() for width in table.index})
    far = 2 * widths[-1]
    left.plot(far, full.earned, "D", color=COLOURS["vermilion"], label="earned, memorising")
    left.plot(far, HALF_PRECISION, "D", color=COLOURS["vermilion"], mfc="white", label="cost, memorising")
    left.set(xscale="log", yscale="log", xlabel="units of a sine layer", ylabel="bits per weight")
    left.set(xticks=[*widths, far], xticklabels=[*widths, "${}\\times{}$".format(*full.shape)])
    left.minorticks_off()
    left.legend(fontsize=7, ncols=3, loc="upper center", bbox_to_anchor=(0.45, -0.16), frameon=False)
    left.set_title("A few weights earn more than they cost")
    for units, lines in rows.groupby("width"):
        right.plot(lines["bits"], 100 * (lines["total"] / bound - 1), "o-", label=f"{units:g}")
    right.set(xlabel="bits of a weight", ylabel="file above the bound, %", yscale="log")
    right.set_xticks(sorted(set(rows["bits"])))
    right.yaxis.set_major_formatter("{x:g}")
    right.legend(fontsize=7, title="units", title_fontsize=7, ncols=2)
    right.set_title(f"{enough_bits(rows, width):g} bits are enough at {width} units")
    return figure
