"""Figures of weights in fewer bits. Titles state what is found in the rows that are drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwithin import plotting

_COLOURS = plotting.COLOURS
_WAYS = {
    "after": ("blue", "o", "rounded after training"),
    "aware": ("vermilion", "s", "trained with rounding"),
}


def rounding(table: pd.DataFrame) -> Figure:
    """Draw by how much rounding moves the scores, and how many bits it turns.

    Parameters
    ----------
    table : pandas.DataFrame
        From `quantisation.summary`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    after = table[(table["way"] == "after") & (table["moved"] > 0)]
    integers = after[after["format"].str.startswith("int")].sort_values("weight_bits")
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4.2))
    for ax, column in ((left, "moved"), (right, "turned")):
        ax.plot(
            integers["weight_bits"], integers[column], color=_COLOURS["blue"], marker="o", label="integers"
        )
        for (_, row), mark in zip(after[after["format"].str.contains("f")].iterrows(), "^vD", strict=False):
            style = {"color": _COLOURS["ink"], "ls": "none", "ms": 7, "label": row["format"]}
            ax.plot(row["weight_bits"], row[column], marker=mark, **style)
        ax.set(xlabel="bits of a weight", xticks=sorted(after["weight_bits"].unique()))
    finest = integers.iloc[-1]
    bits = np.array([finest["weight_bits"] - 3.5, 16])
    law = finest["moved"] * 2.0 ** (finest["weight_bits"] - bits)
    left.plot(bits, law, color=_COLOURS["grey"], ls=":", label="halved by each bit")
    left.set(yscale="log", ylabel="root mean square that scores\nmove by (logarithmic)")
    coarse = {row["format"]: row["moved"] for _, row in after.iterrows()}
    times = coarse["bf16"] / coarse["fp16"] if {"bf16", "fp16"} <= coarse.keys() else float("nan")
    left.set_title(f"bf16 moves scores {times:.0f} times as far as fp16")
    right.plot(
        integers["weight_bits"],
        integers["turned_expected"],
        color=_COLOURS["grey"],
        ls=":",
        label="of Gaussian errors",
    )
    right.set_yscale("symlog", linthresh=1)
    right.set(ylabel="entries read otherwise\n(logarithmic above 1)", ylim=(-0.2, None))
    safe = after.loc[after["turned_worst"] == 0, "weight_bits"].min()
    right.set_title(f"No entry turns at {safe:g} bits" if np.isfinite(safe) else "Every format turns entries")
    left.legend(fontsize=9)
    right.legend(fontsize=9)
    return figure


def ways(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the wrong bits against the bits of a weight, after training and with it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        From `quantisation.summary`. Bars go from the best to the worst seed.
    """
    for way, (colour, mark, name) in _WAYS.items():
        rows = table[(table["way"] == way) & table["format"].str.startswith("int")].sort_values("weight_bits")
        share = 100 / rows["pixels"]
        low, mean, high = (share * rows[key] for key in ("wrong_least", "wrong_half", "wrong_worst"))
        style = {"color": _COLOURS[colour], "marker": mark, "capsize": 2, "label": name}
        ax.errorbar(rows["weight_bits"], mean, [mean - low, high - mean], **style)
    full = table[table["format"] == "fp32"]
    ax.axhline(
        (100 * full["wrong_half"] / full["pixels"]).mean(), color=_COLOURS["grey"], ls=":", label="unrounded"
    )
    ax.set(xlabel="bits of a weight", ylabel="wrong entries, %", xticks=sorted(table["weight_bits"].unique()))
    ax.set_xlim(1.5, 8.5)
    ax.set_yscale("symlog", linthresh=0.1)
    ax.set_ylim(-0.02, None)
    ax.legend(fontsize=9)


def sizes(ax: Axes, table: pd.DataFrame, marks: dict[str, float]) -> None:
    """Draw weights, residual and both as dots, the cheaper way of each format, and lines to compare.

    Dots, since the axis is logarithmic: lengths that are stacked on it would not add up.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        From `quantisation.summary`. A residual of nothing has no dot.
    marks : dict of str to float
        Bytes by name, drawn as vertical lines.
    """
    best = table.sort_values("total_bits").drop_duplicates("format").sort_values("total_bits")
    place = np.arange(len(best))
    for values, (colour, mark, size, name) in zip(
        (best["total_bits"] / 8, best["bytes"], best["residual_bits"].replace(0, np.nan) / 8),
        (("ink", "|", 16, "both"), ("orange", "s", 6, "weights"), ("blue", "o", 6, "residual")),
        strict=True,
    ):
        ax.plot(values, place, mark, color=_COLOURS[colour], ms=size, mew=2, label=name)
    for (name, value), (colour, dash) in zip(
        marks.items(), (("ink", "-"), ("vermilion", "--"), ("green", ":")), strict=False
    ):
        ax.axvline(value, color=_COLOURS[colour], ls=dash, lw=1.5, label=name, zorder=1)
    ways = {way: name for way, (*_, name) in _WAYS.items()}
    names = [f"{row['format']}, {ways[row['way']]}" for _, row in best.iterrows()]
    ax.set(
        yticks=place,
        yticklabels=names,
        xlabel="bytes (logarithmic)",
        xscale="log",
        ylim=(-0.7, len(best) - 0.3),
    )
    ax.grid(False, axis="y")
    ax.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
