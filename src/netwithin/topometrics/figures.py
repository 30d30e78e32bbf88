"""The topometrics drawn: what they see in a small graph, and how their cost grows with the edges."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from netwithin.plotting import COLOURS
from netwithin.topometrics import METRICS
from netwithin.topometrics.complexity import exponents
from netwithin.topometrics.motifs import rooted_fours
from netwithin.topometrics.prepared import Prepared, prepare

FAINT = "#dddddd"
# What `costs` draws, with colour and marker: of metrics that take the same work, one.
_LINES = {
    "r_in": ("grey", "o"),
    "components": ("sky", "v"),
    "k_core": ("green", "s"),
    "cut_nodes": ("orange", "^"),
    "n2": ("blue", "D"),
    "motif4": ("vermilion", "*"),
    "spectral_gap": ("ink", "X"),
    "spectral_radius": ("pink", "P"),
}


def sixteen_views(graph, offsets=None) -> Figure:
    """Draw a graph of up to a few hundred nodes in eight panels, two topometrics in each, or thereabouts.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
        With at least one edge.
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    matplotlib.figure.Figure
        Layers from left to right; each panel's title has the metrics' values, not divided by anything.

    Examples
    --------
    >>> import scipy.sparse
    >>> path = scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    >>> figure = sixteen_views(path, range(4))
    >>> len(figure.axes)
    8
    >>> plt.close(figure)
    """
    graph = prepare(graph, offsets)
    place = places(graph.offsets)
    figure, axes = plt.subplots(2, 4, figsize=(10.5, 6.2), layout="constrained")
    panels = (_local, _removable, _hops, _motifs, _strength, _pieces, _cuts, _expansion)
    for ax, draw in zip(axes.flat, panels, strict=True):
        ax.axis("off")
        names = draw(ax, graph, place)
        values = {METRICS[name].symbol: METRICS[name].function(graph) for name in names}
        ax.set_title("\n".join(f"{symbol} {value:,.4g}" for symbol, value in values.items()), fontsize=9)
    return figure


def costs(denser: pd.DataFrame, larger: pd.DataFrame, least_seconds: float = 0.01) -> Figure:
    """Draw the time of eight metrics against the number of edges, logarithmic both ways.

    Parameters
    ----------
    denser, larger : pandas.DataFrame
        What `complexity.timings` returned for graphs with more edges at the same nodes, and for graphs with
        more of both.
    least_seconds : float
        As for `complexity.exponents`, which the titles have.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> times = pd.DataFrame({"metric": "n2", "edges": [10, 100], "seconds": [0.1, 10.0]})
    >>> figure = costs(times, times)
    >>> len(figure.axes[0].lines)
    8
    >>> plt.close(figure)
    """
    figure, axes = plt.subplots(1, 2, figsize=(9.4, 4.2), sharey=True, layout="constrained")
    for ax, times, what in zip(axes, (denser, larger), ("denser", "larger"), strict=True):
        for name, (colour, marker) in _LINES.items():
            rows = times[times["metric"] == name]
            style = {"marker": marker, "color": COLOURS[colour], "label": METRICS[name].symbol}
            ax.loglog(rows["edges"], rows["seconds"], "-", **style)
        steep = exponents(times, least_seconds).reindex(["n2", "motif4"])
        ax.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(ticker.EngFormatter(sep=""))
        ax.xaxis.set_minor_formatter("")
        title = f"{what}: two hops take $E^{{{steep.n2:.1f}}}$, motifs $E^{{{steep.motif4:.1f}}}$"
        ax.set(xlabel="edges", title=title)
    axes[0].set_ylabel("seconds of processor time")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=8, fontsize=8)
    return figure


def places(offsets: np.ndarray) -> np.ndarray:
    """Where to draw each node: its layer to the right, its number within the layer downwards, centred.

    Parameters
    ----------
    offsets : int[layers + 1]

    Returns
    -------
    float64[nodes, 2]

    Examples
    --------
    >>> places([0, 1, 3]).tolist()
    [[0.0, 0.0], [1.0, 0.5], [1.0, -0.5]]
    """
    sizes = np.diff(offsets)
    layer = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(offsets[-1]) - np.asarray(offsets)[layer]
    return np.column_stack([layer, (sizes[layer] - 1) / 2 - within]).astype(float)


def _edges(ax: Axes, graph: Prepared, place, which=slice(None), **style) -> None:
    """Draw edges, those of an index or all of them."""
    ends = np.column_stack([graph.rows, graph.adjacency.indices])[which]
    style = {"colors": FAINT, "linewidths": 0.5, "zorder": 0} | style
    ax.add_collection(LineCollection(place[ends], **style))


def _nodes(ax: Axes, place, which=slice(None), **style) -> None:
    """Draw nodes, those of an index or all of them."""
    style = {"s": 10, "color": "#aaaaaa", "linewidths": 0} | style
    ax.scatter(*place[which].T, **style)


def _local(ax: Axes, graph: Prepared, place) -> list[str]:
    _edges(ax, graph, place)
    _nodes(ax, place)
    _nodes(ax, place, graph.sinks, color=COLOURS["vermilion"], marker=">", s=30, label="sink")
    _nodes(ax, place, graph.sources, color=COLOURS["blue"], marker="<", s=30, label="source")
    alone = graph.degree == 0
    _nodes(ax, place, alone, color=COLOURS["ink"], marker="x", linewidths=1, s=16, label="disconnected")
    ax.legend(fontsize=7, loc="lower center", bbox_to_anchor=(0.5, -0.12), ncols=3, handletextpad=0.1)
    return ["sink", "source", "disconnected"]


def _removable(ax: Axes, graph: Prepared, place) -> list[str]:
    _edges(ax, graph, place)
    _nodes(ax, place)
    out, into = graph.sources[graph.rows], graph.sinks[graph.adjacency.indices]
    _edges(ax, graph, place, out, colors=COLOURS["blue"], linewidths=1.0)
    _edges(ax, graph, place, into, colors=COLOURS["vermilion"], linewidths=1.0, linestyles="dashed")
    return ["r_out", "r_in"]


def _hops(ax: Axes, graph: Prepared, place) -> list[str]:
    matrix = graph.adjacency.astype(bool).astype(int)
    first_layer = matrix[: max(int(graph.offsets[1]), 1)]
    two_steps = (first_layer @ matrix + first_layer).astype(bool)
    root = int(np.argmax(np.diff(two_steps.indptr)))
    one, two = matrix[[root]].indices, two_steps[[root]].indices
    _edges(ax, graph, place)
    reached = graph.rows == root
    _edges(ax, graph, place, reached | np.isin(graph.rows, one), colors=COLOURS["sky"], linewidths=0.8)
    _edges(ax, graph, place, reached, colors=COLOURS["blue"], linewidths=1.2)
    _nodes(ax, place)
    _nodes(ax, place, two, color=COLOURS["sky"], s=16)
    _nodes(ax, place, one, color=COLOURS["blue"], s=24)
    _nodes(ax, place, [root], color=COLOURS["orange"], s=40)
    return ["n1", "n2"]


def _motifs(ax: Axes, graph: Prepared, place) -> list[str]:
    counts = rooted_fours(graph, np.arange(graph.nodes))
    _edges(ax, graph, place)
    _nodes(ax, place, s=4 + 80 * np.sqrt(counts / max(counts.max(), 1)), color=COLOURS["green"], alpha=0.8)
    return ["motif4"]


def _strength(ax: Axes, graph: Prepared, place) -> list[str]:
    strengths = graph.weights.sum(axis=0) + graph.weights.sum(axis=1)
    _edges(ax, graph, place)
    size = 4 + 50 * strengths / max(strengths.max(), 1e-9)
    _nodes(ax, place, s=size, color=None, c=graph.coreness, cmap="viridis_r")
    return ["strength", "k_core"]


def _pieces(ax: Axes, graph: Prepared, place) -> list[str]:
    labels = graph.components
    large = np.argsort(np.bincount(labels))[::-1]
    rank = np.empty(len(large), int)
    rank[large] = np.arange(len(large))
    palette = np.array([COLOURS[name] for name in ("sky", "vermilion", "green", "pink", "orange", "ink")])
    colours = palette[np.where(rank == 0, 0, 1 + rank % (len(palette) - 1))]
    _edges(ax, graph, place, colors=colours[labels[graph.rows]])
    _nodes(ax, place, color=colours[labels])
    return ["components", "mean_component"]


def _cuts(ax: Axes, graph: Prepared, place) -> list[str]:
    bridges, cut = graph.cuts
    _edges(ax, graph, place)
    ax.add_collection(LineCollection(place[bridges], colors=COLOURS["vermilion"], linewidths=1.2))
    _nodes(ax, place)
    _nodes(ax, place, cut, color=COLOURS["blue"], s=22, marker="D")
    return ["cut_edges", "cut_nodes"]


def _expansion(ax: Axes, graph: Prepared, place) -> list[str]:
    whole = graph.weights.toarray()
    leading = np.abs(np.linalg.eigh(whole + whole.T)[1][:, -1])
    _edges(ax, graph, place)
    _nodes(ax, place, s=20, color=None, c=leading, cmap="cividis_r")
    return ["spectral_gap", "spectral_radius"]
