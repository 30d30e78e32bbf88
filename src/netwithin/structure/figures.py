"""The drawings of Part III: networks with their weights, embeddings over a training, predicted scores."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch_geometric.data import Data

from netwithin.plotting import COLOURS
from netwithin.structure.graphs import weight_columns

_MARKS = "os^D"


def weighted_network(ax: Axes, graph: Data, names: Sequence[str] | None = None) -> LineCollection:
    """Draw a small network with a column for each layer and its edges coloured by their weights.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    graph : torch_geometric.data.Data
        As from `graphs.attributed`. An edge of several weights is coloured by their mean.
    names : sequence of str, optional
        Of the layers.

    Returns
    -------
    matplotlib.collections.LineCollection
        The edges, for a colour bar.
    """
    layer = graph.layer.numpy()
    sizes = np.bincount(layer)
    heights = np.concatenate([1 - (np.arange(size) + 0.5) / size for size in sizes])
    places = np.column_stack([layer.astype(float), heights])
    weights = graph.edge_attr[:, : weight_columns(graph.edge_attr.shape[1])].mean(dim=1).numpy()
    most = max(float(np.abs(weights).max()), 1e-9)
    order = np.argsort(np.abs(weights))  # the strong ones on top
    ends = graph.edge_index.numpy()[:, order]
    widths = 0.3 + 1.9 * np.abs(weights[order]) / most
    lines = LineCollection(
        np.stack([places[ends[0]], places[ends[1]]], axis=1), linewidths=widths, cmap="PuOr"
    )
    lines.set_array(weights[order])
    lines.set_clim(-most, most)
    ax.add_collection(lines)
    ax.scatter(*places.T, s=22, c=COLOURS["ink"], zorder=2)
    ax.set(xlim=(-0.15, len(sizes) - 0.85), ylim=(-0.03, 1.03), yticks=[])
    ax.set_xticks(range(len(sizes)), names or [f"layer {k}" for k in range(len(sizes))])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.grid(False)
    return lines


def paths(ax: Axes, embedding: np.ndarray, lengths: Sequence[int], scores: np.ndarray):
    """Draw embeddings on their first two principal axes, a mark for each run, coloured by score.

    The labels say which share of the variance is along each axis.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    embedding : float array of shape (graphs, latent)
        Run after run.
    lengths : sequence of int
        Epochs of each run, at most four runs.
    scores : float array of shape (graphs,)

    Returns
    -------
    matplotlib.collections.PathCollection
        Of the last run, for a colour bar.
    """
    centred = embedding - embedding.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    shown, shares = centred @ axes[:2].T, sizes**2 / max(float((sizes**2).sum()), 1e-300)
    stops = np.cumsum(lengths)
    limits = (float(scores.min()), float(scores.max()))
    for k, stop in enumerate(stops):
        rows = slice(stop - lengths[k], stop)
        style = dict(cmap="cividis", vmin=limits[0], vmax=limits[1], marker=_MARKS[k], s=16)
        drawn = ax.scatter(*shown[rows].T, c=scores[rows], label=f"run {k + 1}", **style)
    ax.set_xlabel(f"first axis ({shares[0]:.0%})", loc="left")  # at the right stands the ticks' power of ten
    ax.set_ylabel(f"second axis ({shares[1]:.0%})")
    ax.ticklabel_format(style="sci", scilimits=(-2, 3))
    ax.legend(fontsize=9)
    return drawn


def shapes(figure: Figure, picture: Mapping, titles: Sequence[str], score: str) -> None:
    """Draw the paper's Figure 2: graphs by shape, the same by score, score against distance.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Empty.
    picture : mapping
        As from `shapes.picture`: the points, and the quartiles of each group of pairs.
    titles : sequence of str
        Of the three panels.
    score : str
        What the scores are.
    """
    left, middle, right = figure.subplot_mosaic("ab;cc", height_ratios=[1.3, 1]).values()
    shape, run = np.array(picture["shape"]), np.array(picture["run"])
    points = np.column_stack([picture["axis_1"], picture["axis_2"]])
    for colour, name in zip(("blue", "orange", "ink"), dict.fromkeys(picture["shape"]), strict=False):
        for number in np.unique(run):
            rows = points[(shape == name) & (run == number)]
            label = name if number == 0 else None
            left.plot(*rows.T, _MARKS[number], ms=3.5, ls="", color=COLOURS[colour], label=label)
    left.legend(fontsize=9)
    drawn = middle.scatter(*points.T, c=picture["score"], s=12, cmap="cividis")
    figure.colorbar(drawn, ax=middle, label=score)
    for ax in (left, middle):
        ax.set(xlabel="first axis", ylabel="second axis")
        ax.ticklabel_format(style="sci", scilimits=(-2, 3))
    quartiles = picture["low"], picture["high"]
    right.fill_between(picture["distance"], *quartiles, color=COLOURS["sky"], alpha=0.35, lw=0)
    right.plot(picture["distance"], picture["middle"], "o-", color=COLOURS["blue"])
    right.set(xlabel="distance of embeddings", ylabel=f"difference of {score}", ylim=(0, None))
    for ax, title in zip((left, middle, right), titles, strict=True):
        ax.set_title(title)


def predictions(figure: Figure, panels: dict[str, tuple[np.ndarray, np.ndarray]], score: str) -> None:
    """Scatter predicted against true scores, a panel for each way to hold rows out.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Empty.
    panels : dict
        By the panel's title: predicted and true scores, float arrays of one length.
    score : str
        What the scores are.
    """
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for ax, (title, (predicted, true)) in zip(axes, panels.items(), strict=True):
        ax.plot(true, predicted, "o", ms=3.5, color=COLOURS["blue"])
        ends = [float(true.min()), float(true.max())]
        ax.plot(ends, ends, ls="--", lw=1, color=COLOURS["grey"])
        ax.set(title=title, xlabel=f"{score} as it is")
    axes[0].set_ylabel(f"{score} as predicted")


def ranked(ax: Axes, names: Sequence[str], values: Sequence[Sequence[float]], marked: Sequence[bool]) -> None:
    """Draw a row of dots for each reading, a bar at their mean.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    names : sequence of str
        Of the readings, the lowest row first.
    values : sequence of sequences of float
        Kendall's tau of each reading, one for each fold.
    marked : sequence of bool
        Which of them have the other colour.
    """
    for row, (folds, chosen) in enumerate(zip(values, marked, strict=True)):
        colour = COLOURS["vermilion" if chosen else "blue"]
        ax.plot(folds, [row] * len(folds), "o", ms=4, alpha=0.6, color=colour)
        ax.plot(np.mean(folds), row, "|", ms=15, mew=3, color=colour)
    ax.axvline(0, color=COLOURS["grey"], lw=1, ls="-")
    ax.set_yticks(range(len(values)), names)
    ax.set_xlim(-1.03, 1.03)
