"""Drawings of layered graphs: every node and edge of a small one, the layers of a large one."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from netwithin import plotting
from netwithin.encodings.layered import LayeredGraph

_COLOURS = plotting.COLOURS


def nodes_and_edges(ax: Axes, graph: LayeredGraph, step: int | None = None, gaps: int = 0) -> np.ndarray:
    """Draw a small graph with a column for each layer, the first node on top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    graph : LayeredGraph
        Of some hundred nodes at most. Nodes of the padding are hollow. Edges between neighbouring
        layers are blue; those that skip a layer, or stay in theirs, are orange and curved.
    step : int, optional
        Of a graph of two layers: draw only the edges into the right nodes that are `step` modulo the number
        of steps, `gaps`.
    gaps : int
        How many right nodes one output channel has, to tell the channels apart by colour; 0 for one colour.

    Returns
    -------
    float[nodes, 2]
        Where the nodes are.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import scipy.sparse
    >>> figure, ax = plt.subplots()
    >>> edges = scipy.sparse.csr_array(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], bool))
    >>> nodes_and_edges(ax, LayeredGraph(edges, [0, 1, 2, 3], ("a", "b", "c"))).tolist()
    [[0.0, 0.5], [1.0, 0.5], [2.0, 0.5]]
    >>> plt.close(figure)
    """
    sizes = np.diff(graph.offsets)
    heights = np.concatenate([1 - (np.arange(size) + 0.5) / size for size in sizes])
    places = np.column_stack([graph.layer_of.astype(float), heights])
    rows, columns = graph.adjacency.nonzero()
    if step is not None:
        drawn = (columns - graph.offsets[1]) % gaps == step
        rows, columns = rows[drawn], columns[drawn]
    apart = graph.layer_of[columns] - graph.layer_of[rows]
    which = (columns - graph.offsets[1]) // gaps % 2 if gaps else (apart != 1).astype(int)
    width = float(np.clip(60 / max(len(rows), 1), 0.25, 1.2))
    for kind, bend in ((apart == 1, (0.0, 0.0)), (apart > 1, (0.0, 0.35)), (apart < 1, (0.45, 0.0))):
        for colour in (0, 1):
            chosen = kind & (which == colour)
            lines = _curves(places[rows[chosen]], places[columns[chosen]], bend)
            thick = width if bend == (0.0, 0.0) else max(width, 0.8)
            shade = (_COLOURS["blue"], _COLOURS["orange"])[colour]
            ax.add_collection(LineCollection(lines, colors=shade, linewidths=thick, zorder=1))
    for padding, face in ((False, _COLOURS["ink"]), (True, "white")):
        at = places[graph.padding == padding]
        size = float(np.clip(1500 / sizes.max(), 3, 30))
        ax.scatter(*at.T, s=size, c=face, edgecolors=_COLOURS["ink"], linewidths=0.6, zorder=2)
    ax.set(xlim=(-0.15, len(sizes) - 0.85), ylim=(-0.03, 1.06), yticks=[])
    ax.set_xticks(range(len(sizes)), graph.names)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.grid(False)
    return places


def between_layers(ax: Axes, graph: LayeredGraph):
    """Draw how many edges run from each layer to each other, on a logarithmic scale.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw. Rows are where edges start; what lies above the diagonal runs forwards.
    graph : LayeredGraph
        Of any size.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    counts = graph.between()
    shown = np.ma.masked_equal(counts, 0)
    norm = {"vmin": 1, "vmax": max(int(counts.max()), 10)}
    image = ax.imshow(shown, cmap="cividis", norm="log", interpolation="nearest")
    image.set_clim(**norm)
    ticks = range(len(graph.names))
    ax.set_xticks(ticks, graph.names, rotation=90, fontsize=7)
    ax.set_yticks(ticks, graph.names, fontsize=7)
    ax.set(xlabel="to layer", ylabel="from layer")
    ax.plot([-0.5, len(graph.names) - 0.5], [-0.5, len(graph.names) - 0.5], "-", c=_COLOURS["grey"], lw=0.8)
    ax.grid(False)
    return image


def _curves(starts: np.ndarray, ends: np.ndarray, bend: tuple[float, float]) -> np.ndarray:
    """Lines from point to point, bent to the right and upwards, float[lines, points, 2]."""
    along = np.linspace(0, 1, 20 if any(bend) else 2)[None, :, None]
    lines = starts[:, None] * (1 - along) + ends[:, None] * along
    bow = (4 * along * (1 - along))[..., 0]
    lines[..., 0] += bend[0] * bow * np.abs(ends - starts)[:, None, 1]
    lines[..., 1] += bend[1] * bow * (1.1 - lines[..., 1])
    return lines
