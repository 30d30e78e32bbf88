"""Drawings of what graphs cost, and of a file that is opened."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.codec.studies.costs import NOISE, SMALL_WORLD, opened

_COLOURS = plotting.COLOURS
#: Ways to store a graph: colour and line. The first two are printed, the others recorded, with their columns.
_PRINTED = {
    ".mtx text (printed)": ("mtx_kb", "grey", "s-"),
    "fp16 SIREN (printed)": ("fp16_kb", "vermilion", "D-"),
}
_RECORDED = {
    "xz of gaps": ("xz_gaps_bytes", "sky", "v--"),
    "bitmap": ("bitmap_bytes", "blue", "o-"),
    "density entropy": ("density_entropy_bits", "ink", ":"),
    "this codec": ("total_bytes", "green", "^-"),
}


def by_nodes(files: pd.DataFrame, networks: pd.DataFrame, nominal_density: float = 0.25) -> Figure:
    """Bytes against nodes, a panel per kind of graph and a line per way to store it.

    Parameters
    ----------
    files : pandas.DataFrame
        From `costs.files`, of one predictor; means over the graphs are drawn.
    networks : pandas.DataFrame
        From `costs.networks`.
    nominal_density : float
        Of the graphs.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 4.6), sharey=True, layout="constrained")
    for ax, (model, title) in zip(
        axes, {SMALL_WORLD: "small-world", NOISE: "Erdos-Renyi"}.items(), strict=True
    ):
        rows = files[(files["graph"] == model) & (files["nominal_density"] == nominal_density)]
        means = rows.groupby("nodes")[[column for column, *_ in _RECORDED.values()]].mean()
        means["density_entropy_bits"] /= 8
        for table, unit, ways in ((networks, 1000, _PRINTED), (means, 1, _RECORDED)):
            for name, (column, colour, line) in ways.items():
                ax.loglog(table.index, unit * table[column], line, color=_COLOURS[colour], label=name)
        ax.set(xlabel="nodes", title=title, xticks=networks.index, xticklabels=networks.index)
        ax.minorticks_off()
    axes[0].set_ylabel("bytes")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    times = networks["over_bitmap"]
    rows = files[files["nominal_density"] == nominal_density]
    most = (rows["total_bytes"] / rows["bitmap_bytes"]).max()
    figure.suptitle(
        f"The memorising network costs {times.min():.0f} to {times.max():.0f} bitmaps, "
        f"the codec at most {most:.2f}",
        x=0.01,
        ha="left",
    )
    return figure


def opened_file(graph, data: bytes) -> Figure:
    """A graph, what the network in its file says of each pair, and what the pairs cost.

    Parameters
    ----------
    graph, data
        As for `costs.opened`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    probability, cost = opened(graph, data)
    figure, axes = plt.subplots(1, 3, figsize=(8.4, 3.3))
    plotting.adjacency(axes[0], graph, title="the graph")
    for ax, values, title, top in ((axes[1], probability, "P(edge)", 1), (axes[2], cost, "bits per pair", 4)):
        image = ax.imshow(values, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
        figure.colorbar(image, ax=ax, shrink=0.7, extend="max" if top > 1 else "neither")
        ax.set(title=title, xlabel="node $j$", yticks=[])
        ax.grid(False)
    figure.suptitle("The network knows the band; the grain is what is stored", x=0.01, ha="left")
    return figure


def real(table: pd.DataFrame) -> Figure:
    """Real graphs: the bitmap, the best peer and our file on an axis of bits per edge, a row per graph.

    Parameters
    ----------
    table : pandas.DataFrame
        From `costs.real`.

    Returns
    -------
    matplotlib.figure.Figure
        Its title says on how many graphs our file is smaller than the best peer's.
    """
    place = np.arange(len(table))
    figure, ax = plt.subplots(figsize=(8, 0.42 * len(table) + 1.4))
    ax.plot(table["bitmap"], place, "s", color=_COLOURS["grey"], label="bitmap")
    ax.plot(table["best peer"], place, "o", mfc="white", color=_COLOURS["blue"], label="best peer")
    ax.plot(table["this codec"], place, "^", color=_COLOURS["green"], ms=8, label="this codec")
    ax.set(xscale="log", xlabel="bits per edge", yticks=place, yticklabels=table.index)
    won = (table["this codec"] < table["best peer"]).sum()
    far = (table["bitmap"] / table["this codec"]).min()
    below = f"below the best peer on {won} of {len(table)} graphs"
    ax.set_title(f"{far:.0f} times below the bitmap or more; {below}")
    ax.legend()
    return figure
