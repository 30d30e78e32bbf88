"""Drawings of how files grow with the graph, and of a matrix too large for a screen."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.codec.studies.growth import WAYS, exponents

_STYLES = dict(zip(WAYS, (("vermilion", "s"), ("blue", "o")), strict=True))
_ORDERS = {"given": "labels as given", "degree": "sorted by degree"}


def seconds(by_nodes: pd.DataFrame, by_edges: pd.DataFrame, live: pd.DataFrame) -> Figure:
    """Processor seconds to encode against nodes and against edges, with the powers that they grow like.

    Parameters
    ----------
    by_nodes, by_edges : pandas.DataFrame
        As for `growth.exponents`: a line each way, filled marks. Without rows a panel stays empty.
    live : pandas.DataFrame
        `way`, `nodes` and `encode_processor_seconds`: open marks beside `by_nodes`.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> rows = [(way, n, 10 * n, n / 1000) for way in WAYS for n in (100, 200)]
    >>> rows = pd.DataFrame(rows, columns=["way", "nodes", "edges", "encode_processor_seconds"])
    >>> figure = seconds(rows, rows, rows)
    >>> [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    ['every pair: ~ edges$^{1.0}$', 'plausible pairs: ~ edges$^{1.0}$']
    >>> plt.close(figure)
    """
    fits = exponents(by_nodes, by_edges)
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.9), sharey=True)
    for ax, rows, over in ((axes[0], by_nodes, "nodes"), (axes[1], by_edges, "edges")):
        for way, (colour, mark) in _STYLES.items():
            own = rows[rows["way"] == way].sort_values(over)
            if len(own):
                label = f"{way}: ~ {over}$^{{{fits.loc[way, (over, 'encode, time')]:.1f}}}$"
                style = dict(color=plotting.COLOURS[colour], label=label)
                ax.plot(own[over], own["encode_processor_seconds"], f"{mark}-", **style)
        ax.set(xscale="log", yscale="log", xlabel=over)
        plotting.plain_numbers(ax.xaxis)
        plotting.plain_numbers(ax.yaxis, (1,))
        if ax.get_legend_handles_labels()[1]:
            ax.legend(loc="upper left" if over == "nodes" else "lower left")
    for way, (colour, mark) in _STYLES.items():
        own = live[live["way"] == way]
        style = dict(color=plotting.COLOURS[colour], mfc="none")
        axes[0].plot(own["nodes"], own["encode_processor_seconds"], mark, **style)
    axes[0].set(ylabel="processor seconds to encode", title="same mean degree")
    axes[1].set_title("same nodes")
    if ("nodes", "encode, time") in fits:
        times = 2 ** fits["nodes", "encode, time"]
        figure.suptitle(
            f"Twice the nodes take {times['every pair']:.1f} times as long when every pair is decided, "
            f"{times['plausible pairs']:.1f} times when the plausible ones are",
            x=0.01,
            ha="left",
            fontsize="medium",
        )
    return figure


def blocks(counts: list[str]) -> np.ndarray:
    """The numbers of edges in the square blocks of a matrix, as a record keeps them.

    Parameters
    ----------
    counts : list of str
        A row of blocks each, numbers between spaces.

    Returns
    -------
    int64[blocks, blocks]

    Examples
    --------
    >>> blocks(["0 12", "12 3"]).tolist()
    [[0, 12], [12, 3]]
    """
    return np.array([row.split() for row in counts], dtype=np.int64)


def pictures(rows: pd.DataFrame) -> Figure:
    """A large matrix as the density of its blocks, in each order of the nodes, on a logarithmic scale.

    Parameters
    ----------
    rows : pandas.DataFrame
        As from `growth.recorded("picture")`, one row for each of the orders "given" and "degree".

    Returns
    -------
    matplotlib.figure.Figure
        An empty block is drawn as one of half an edge.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 4.2), sharey=True)
    for ax, (order, title) in zip(axes, _ORDERS.items(), strict=True):
        row = rows[rows["way"] == order].iloc[0]
        pairs, nodes = row["block"] ** 2, row["nodes"]
        image = ax.imshow(
            np.maximum(blocks(row["counts"]), 0.5) / pairs,
            cmap="gray",
            norm=LogNorm(0.5 / pairs, 0.25),
            extent=(-0.5, nodes - 0.5, nodes - 0.5, -0.5),
            interpolation="nearest",
        )
        ax.set(xlabel="node $j$", title=title)
        ax.grid(False)
    axes[0].set_ylabel("node $i$")
    figure.colorbar(image, ax=axes, shrink=0.8, label="density of a block")
    figure.suptitle("The labels of Cornell's network tell nothing; its degrees tell much", x=0.01, ha="left")
    return figure
