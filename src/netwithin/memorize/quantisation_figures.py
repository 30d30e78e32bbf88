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
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4))
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
    left.set(yscale="log", ylabel="root mean square that scores move by")
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
    right.set(ylabel="entries read otherwise (logarithmic above 1)", ylim=(-0.2, None))
    safe = after.loc[after["turned_worst"] == 0, "weight_bits"].min()
    right.set_title(f"No entry turns at {safe:g} bits" if np.isfinite(safe) else "Every format turns entries")
    left.legend(fontsize=8)
    right.legend(fontsize=8)
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
    ax.legend(fontsize=8)


def sizes(ax: Axes, table: pd.DataFrame, marks: dict[str, float]) -> None:
    """Draw weights and residual as stacked bars, the cheaper way of each format, with lines to compare.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        From `quantisation.summary`.
    marks : dict of str to float
        Bytes by name, drawn as horizontal lines.
    """
    best = (
        table.sort_values("total_bits").drop_duplicates("format").sort_values("total_bits", ascending=False)
    )
    place = np.arange(len(best))
    ax.bar(place, best["bytes"], color=_COLOURS["orange"], label="weights")
    ax.bar(place, best["residual_bits"] / 8, bottom=best["bytes"], color=_COLOURS["sky"], label="residual")
    for (name, value), (colour, dash) in zip(
        marks.items(), (("ink", "-"), ("vermilion", "--"), ("green", ":")), strict=False
    ):
        ax.axhline(value, color=_COLOURS[colour], ls=dash, label=name)
    names = [f"{row['format']}\n{row['way']}" for _, row in best.iterrows()]
    ax.set(xticks=place, xticklabels=names, ylabel="bytes (logarithmic)", yscale="log")
    ax.tick_params(axis="x", labelsize=7)
    ax.grid(False, axis="x")
    ax.legend(fontsize=8)
