"""Schematics of the networks, of storing a graph in one and of reading it back (after Figures 4, 7 and 8)."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from torch import nn

from netwithin import plotting
from netwithin.graphs import as_graph
from netwithin.memorize.siren import SIREN, pixels
from netwithin.memorize.weights import parameter_count, size_bytes

_INK, _BLUE, _ORANGE, _GREY = (plotting.COLOURS[name] for name in ("ink", "blue", "orange", "grey"))


def encoding(graph, model: SIREN, limit: float = 1.0) -> Figure:
    """Draw how a graph becomes weights: its picture, the training set, the network, the bytes.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What is stored; its own matrix and coordinates are shown.
    model : SIREN
        Where it goes; its own shape and size are shown.
    limit : float
        The coordinates' range.

    Returns
    -------
    matplotlib.figure.Figure
    """
    graph = as_graph(graph)
    figure, (picture, data, network, weights) = _panels()
    plotting.adjacency(picture, graph, title="1. the graph is a picture")
    draw_training_set(data, graph, limit)
    data.set_title("2. a pixel is an example")
    draw_network(network, model)
    network.set_title("3. overfit: least squares")
    draw_weights(weights, model)
    weights.set_title("4. store the weights")
    return figure


def decoding(scores: np.ndarray, threshold: float, model: SIREN) -> Figure:
    """Draw how weights become a graph again: the network, its scores, the threshold, the graph.

    Parameters
    ----------
    scores : float[rows, columns]
        What the network says about each pixel.
    threshold : float
        Scores above it are read as edges.
    model : SIREN
        The network that said so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (network, picture, cut, read) = _panels()
    draw_network(network, model)
    network.set_title("1. ask for every pixel")
    plotting.adjacency(picture, np.clip(scores, 0, 1), title="2. scores, in grey")
    cut.hist(scores.ravel(), bins=40, color=_GREY)
    cut.axvline(threshold, color=_ORANGE, linestyle="--")
    cut.set(xlabel="score", ylabel="entries (logarithmic)", yscale="log")
    cut.set_title(rf"3. cut at $\theta$ = {threshold:.2f}")
    plotting.adjacency(read, scores > threshold, title="4. the graph that is read")
    return figure


def architectures(models: dict[str, nn.Module]) -> Figure:
    """Draw networks layer by layer, after Figure 4: a bar a layer, as high as the logarithm of its units.

    Parameters
    ----------
    models : dict
        Titles to networks of `netwithin.memorize.networks`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = -(-len(models) // 2)  # two in a row: four would shrink their numbers to nothing on a page
    figure, axes = plt.subplots(rows, 2, figsize=(7.6, 2.6 * rows), sharey=True, squeeze=False)
    most = max(len(model.widths) for model in models.values())
    for ax, (title, model) in zip(axes.flat, models.items(), strict=False):
        draw_layers(ax, model)
        ax.set(title=title, xlim=(-0.8, most - 0.2))  # a layer is as wide in every panel
    for ax in axes.flat[len(models) :]:
        ax.remove()
    return figure


def draw_layers(ax: Axes, model: nn.Module) -> None:
    """Draw a network's layers as bars, joined where each unit reads all of the layer before."""
    heights = [0.5 + np.log2(width) / 2 for width in model.widths]
    colours = [_ORANGE] + [_BLUE] * (len(heights) - 2) + [_INK]
    for place, (left, right) in enumerate(pairwise(heights)):
        corners = [(place, left / 2), (place + 1, right / 2), (place + 1, -right / 2), (place, -left / 2)]
        ax.add_patch(Polygon(corners, facecolor=_GREY, alpha=0.2, edgecolor="none"))
    ax.bar(range(len(heights)), heights, 0.35, bottom=[-h / 2 for h in heights], color=colours, zorder=2)
    for place, (height, width) in enumerate(zip(heights, model.widths, strict=True)):
        ax.text(place, height / 2 + 0.15, str(width), ha="center", va="bottom", fontsize=10)
    ax.text(
        (len(heights) - 1) / 2,
        -2.7,
        f"{parameter_count(model):,} weights",
        ha="center",
        va="center",
        color=_BLUE,
        fontsize=10,
    )
    ax.set(xlim=(-0.8, len(heights) - 0.2), ylim=(-3.1, 3))
    ax.axis("off")


def draw_training_set(ax: Axes, graph, limit: float = 1.0, rows: int = 7) -> None:
    """List some pixels as the network sees them: scaled coordinates and a target."""
    graph = as_graph(graph)
    inputs, targets = (tensor.numpy() for tensor in pixels(graph, limit))
    shown = _some_entries(targets, rows)
    ax.axis("off")
    ax.set(xlim=(0, 1), ylim=(rows + 1.2, -0.8))
    style = dict(ha="center", va="center", fontsize=10)
    for x, head in zip((0.22, 0.6, 0.92), ("$(i, j)$", "scaled", "$A_{ij}$"), strict=True):
        ax.text(x, -0.1, head, weight="bold", **style)
    for line, k in enumerate(shown, 1):
        i, j = divmod(int(k), graph.shape[1])
        ax.text(0.22, line, f"({i}, {j})", **style)
        ax.text(0.6, line, f"({inputs[k][0]:+.2f}, {inputs[k][1]:+.2f})", **style)
        ax.text(0.92, line, f"{int(targets[k])}", **style)
    ax.text(0.5, rows + 0.9, f"{len(targets):,} examples", color=_BLUE, **style)


def draw_network(ax: Axes, model: SIREN, columns: int = 4, units: int = 5) -> None:
    """Draw a sine network: two inputs, some of its layers and units, one output, and its shape in words."""
    layers, width = len(model.sines), model.output.in_features
    columns, units = min(columns, layers), min(units, width)
    heights = [np.array([-0.5, 0.5]), *[np.linspace(-1, 1, units)] * columns, np.zeros(1)]
    places = np.linspace(0, 1, columns + 2)
    for k in range(columns + 1):
        for a in heights[k]:
            for b in heights[k + 1]:
                ax.plot(places[k : k + 2], [a, b], color=_GREY, linewidth=0.4, linestyle="-", zorder=1)
    for place, ys, colour in zip(places, heights, [_ORANGE] + [_BLUE] * columns + [_INK], strict=True):
        ax.scatter([place] * len(ys), ys, s=45, color=colour, edgecolor="white", zorder=2)
    ax.text(-0.06, 0.5, "$i$", ha="right", va="center")
    ax.text(-0.06, -0.5, "$j$", ha="right", va="center")
    ax.text(1.06, 0, r"$\Phi$", ha="left", va="center")
    ax.text(
        0.5,
        -1.5,
        f"{layers} sine layers of {width} units",
        ha="center",
        va="center",
        color=_BLUE,
        fontsize=10,
    )
    ax.set(xlim=(-0.18, 1.2), ylim=(-1.7, 1.1))
    ax.axis("off")


def draw_weights(ax: Axes, model: SIREN, side: int = 12) -> None:
    """Draw some weights as a grid of greys, with their number and half-precision size in words."""
    largest = max((p.detach() for p in model.parameters()), key=lambda p: p.numel()).cpu().numpy()
    tile = np.atleast_2d(largest)[:side, :side]
    bound = np.abs(tile).max() or 1.0
    shade = dict(cmap="gray", vmin=-bound, vmax=bound, interpolation="nearest")
    ax.imshow(tile, extent=(0.15, 0.85, 0.3, 1.0), aspect="auto", **shade)
    lines = f"{parameter_count(model):,} weights\n16 bits each\n{size_bytes(model):,} bytes"
    ax.text(0.5, 0.24, lines, ha="center", va="top", color=_BLUE, fontsize=10)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")


def _some_entries(targets: np.ndarray, count: int) -> np.ndarray:
    """Entries spread over the matrix, in order: every second one an edge, where there are edges."""
    spread = np.linspace(0, 1, count)
    edges = np.flatnonzero(targets)
    entries = (spread * (len(targets) - 1)).astype(int)
    if len(edges):
        entries[1::2] = edges[(spread[1::2] * (len(edges) - 1)).astype(int)]
    return np.unique(entries)


def _panels() -> tuple[Figure, np.ndarray]:
    """Four square panels, two in a row, each after the first with an arrow that leads into it."""
    figure, axes = plt.subplots(2, 4, figsize=(7.6, 6.6), width_ratios=[0.4, 3, 0.4, 3])
    for ax in axes[:, 1::2].flat:
        ax.set_box_aspect(1)
    for ax in axes[:, ::2].flat:
        ax.axis("off")
    for ax in axes[:, ::2].flat[1:]:
        arrow = dict(arrowstyle="-|>", color=_INK, lw=1.6)
        ax.annotate("", (1, 0.5), (0, 0.5), xycoords="axes fraction", arrowprops=arrow)
    return figure, axes[:, 1::2].flatten()
