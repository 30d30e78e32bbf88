"""Figures of what weights hold. Titles state what is found in the rows that are drawn."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.memorize import quantisation

_COLOURS = plotting.COLOURS
#: How a kind of graph, and a format, is drawn in every figure.
_KINDS = {
    "erdos-renyi": ("vermilion", "o", "Erdős–Rényi"),
    "watts-strogatz": ("orange", "s", "Watts–Strogatz"),
    "newman-watts-strogatz": ("blue", "^", "Newman–Watts–Strogatz"),
    "lattice": ("ink", "D", "ring lattice"),
}
_FORMATS = {
    "fp16": ("ink", "-"),
    "int8": ("blue", "--"),
    "int6": ("orange", "-."),
    "int4": ("vermilion", ":"),
}
#: Marks of lines that are told apart by a shade.
_MARKS = "os^Dv<>"
_LOAD = "load: bits offered per weight"


def held(shapes: pd.DataFrame) -> Figure:
    """Draw the bits that a weight holds against those that it is offered, a line per kind of graph.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `capacity.summary`, of one size, density and depth.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, ax = plt.subplots(figsize=(6.8, 4.2))
    top = shapes["load"].max()
    ax.plot([0, top], [0, top], color=_COLOURS["grey"], ls=":", label="all that is offered")
    for kind, rows in shapes.groupby("kind", sort=False):
        colour, mark, name = _KINDS[kind]
        rows, style = rows.sort_values("load"), {"color": _COLOURS[colour], "marker": mark, "ms": 5}
        ax.errorbar(
            rows["load"], rows["held_per_weight"], rows["held_per_weight_sd"], capsize=2, label=name, **style
        )
    noise = shapes.loc[shapes["kind"] == "erdos-renyi", "held_per_weight"].max()
    ax.set(xlabel=_LOAD, ylabel="bits held per weight", xlim=(0, None))
    ax.set_title(f"No network here holds more than {noise:.1f} bits of noise per weight")
    ax.legend(fontsize=8)
    return figure


def transition(shapes: pd.DataFrame) -> Figure:
    """Draw how memorising fails as the load grows: wrong pairs, and steps of training, a line per size.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `capacity.summary`, of one kind, density, depth and training.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4.4), sharex=True)
    shades = plt.get_cmap("cividis")(np.linspace(0, 0.85, max(shapes["nodes"].nunique(), 1)))
    for shade, mark, (nodes, rows) in zip(shades, cycle(_MARKS), shapes.groupby("nodes"), strict=False):
        rows = rows.sort_values("load")
        style = {"color": shade, "marker": mark, "ms": 5, "ls": "-", "label": f"{nodes:.0f} nodes"}
        left.plot(rows["load"], 100 * rows["wrong"] / rows["bitmap_bits"], **style)
        done = rows[rows["steps"].notna()]
        right.plot(done["load"], done["steps"], **style)
    exact = shapes[shapes["wrong_worst"] == 0].groupby("nodes")["load"].max()
    left.set(xlabel=_LOAD, ylabel="wrong pairs, % (of 50 by guessing)", xscale="log")
    left.set_title(f"No pair is wrong\nup to a load of {_span(exact, '.1f')}")
    right.set(xlabel=_LOAD, ylabel="steps until the slowest seed is done")
    if shapes["steps"].notna().any():  # matplotlib has no logarithmic axis without data
        right.set_yscale("log")
        plotting.plain_numbers(right.yaxis)
    done = shapes[shapes["steps"].notna()].sort_values("load").groupby("nodes")["steps"]
    growth = (done.last() / done.first()).dropna()
    right.set_title(f"On the way there steps\ngrow {_span(growth, '.0f')} times")
    for ax in (left, right):
        plotting.plain_numbers(ax.xaxis)
        ax.set_xticks([tick for tick in (0.5, 1, 2, 4, 8) if tick <= 1.2 * shapes["load"].max()])
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return figure


def cost(shapes: pd.DataFrame, formats=tuple(_FORMATS)) -> Figure:
    """Draw what memorised graphs take, weights and residual, divided by their bitmap.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `capacity.summary`, of one size, density and depth.
    formats : sequence of str
        Formats of the stored weights to draw.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per kind of graph.
    """
    kinds = [kind for kind in _KINDS if (shapes["kind"] == kind).any()]
    lines = max(-(-len(kinds) // 2), 1)  # two panels in a row leave their numbers legible
    figure, axes = plt.subplots(lines, 2, figsize=(7.6, 3.1 * lines), sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat[len(kinds) :]:
        ax.remove()
    for place, (ax, kind) in enumerate(zip(axes.flat, kinds, strict=False)):
        rows = shapes[shapes["kind"] == kind].sort_values("parameters")
        for name in formats:
            colour, dash = _FORMATS[name]
            share = rows["parameters"] / rows["bitmap_bits"]
            style = {"color": _COLOURS[colour], "ls": dash, "marker": "o", "ms": 3, "label": name}
            ax.plot(share, rows[f"{name}_over_bitmap"], **style)
        ax.axhline(1, color=_COLOURS["grey"], lw=1)
        exact = rows.loc[rows["wrong_worst"] == 0, "parameters"].min() / rows["bitmap_bits"].iloc[0]
        if np.isfinite(exact):
            ax.axvline(exact, color=_COLOURS["green"], lw=1, ls="--")
        least = rows[[f"{name}_over_bitmap" for name in formats]].min(axis=None)
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="" if place + 2 < len(kinds) else "weights per pair",
            title=f"{_KINDS[kind][2]}: {least:.2f} at best",
        )
        plotting.plain_numbers(ax.xaxis)
        plotting.plain_numbers(ax.yaxis)
        ax.tick_params(labelbottom=place + 2 >= len(kinds))  # there may be no panel below
    figure.supylabel("weights and residual / bitmap", fontsize="medium")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(formats))
    return figure


def stored(ax: Axes, shapes: pd.DataFrame, formats=tuple(_FORMATS)) -> None:
    """Draw the bits that a weight holds against the bits that it is stored in, a line per load.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    shapes : pandas.DataFrame
        From `capacity.summary`, of one kind, size, density and depth.
    formats : sequence of str
    """
    bits = [quantisation.weight_bits(name) for name in formats]
    shades = plt.get_cmap("cividis")(np.linspace(0, 0.85, max(len(shapes), 1)))
    for shade, mark, (_, row) in zip(
        shades, cycle(_MARKS), shapes.sort_values("load").iterrows(), strict=False
    ):
        values = [row[f"{name}_held_per_weight"] for name in formats]
        ax.plot(bits, values, color=shade, marker=mark, ms=5, ls="-", label=f"load {row['load']:.1f}")
    ax.plot([0, max(bits)], [0, max(bits)], color=_COLOURS["grey"], ls=":", label="all that is stored")
    held = shapes[[f"{name}_held_per_weight" for name in formats]]
    top, used = held.max(axis=None), (held / bits).max(axis=None)
    ax.set(
        xlabel="bits stored per weight",
        ylabel="bits held per weight",
        ylim=(min(0, ax.get_ylim()[0]), 1.6 * top),
    )
    ax.set_xticks(bits)
    ax.set_title(f"At most {used:.0%} of the stored bits hold something")
    ax.legend(fontsize=8, ncols=2)


def smallest(ax: Axes, exact: pd.DataFrame, papers: pd.DataFrame) -> None:
    """Draw the weights of the smallest exact network against the pairs of nodes, a line per kind of graph.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    exact : pandas.DataFrame
        From `capacity.smallest_exact`; of several depths the smallest network counts.
    papers : pandas.DataFrame
        The paper's Table 4 with a column `parameters`.
    """
    fills = dict(zip(sorted(exact["density"].unique(), reverse=True), ("full", "none", "left"), strict=False))
    for (kind, density), rows in exact.groupby(["kind", "density"], sort=False):
        colour, mark, name = _KINDS[kind]
        least = rows.groupby("bitmap_bits")["parameters"].min()
        dash = "-" if density == exact["density"].max() else "--"
        style = {"color": _COLOURS[colour], "marker": mark, "fillstyle": fills.get(density, "full"), "ms": 6}
        ax.plot(least.index, least, ls=dash, label=f"{name}, {density:g}", **style)
    pairs = papers["nodes"] * (papers["nodes"] - 1) / 2
    style = {"color": _COLOURS["pink"], "marker": "*", "ms": 14, "ls": "none"}
    ax.plot(pairs, papers["parameters"], label="the paper's", **style)
    ends = np.array([exact["bitmap_bits"].min() if len(exact) else pairs.min(), pairs.max()])
    ax.plot(ends, ends, color=_COLOURS["grey"], ls=":", label="one weight per pair")
    ax.plot(ends, ends / 16, color=_COLOURS["grey"], ls="-", lw=1, label="half precision = bitmap")
    ax.set(xlabel="pairs of nodes", ylabel="weights of the smallest exact network")
    ax.set(xscale="log", yscale="log")
    ax.legend(fontsize=9, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.15))


def _span(values: pd.Series, form: str) -> str:
    """The least and the most of some values, or one of them if they read the same."""
    if not len(values):
        return "nothing tried"
    low, high = format(values.min(), form), format(values.max(), form)
    return low if low == high else f"{low} to {high}"
