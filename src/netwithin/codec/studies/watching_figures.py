"""Drawings of what a decoder knows, and of what pairs, rows and edges cost while a graph is coded."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from netwithin.codec.studies.clues import CLUES
from netwithin.codec.studies.small_worlds import learned
from netwithin.codec.studies.watching import GROUPS, Watched
from netwithin.graphs import as_graph
from netwithin.plotting import COLOURS
from netwithin.rates import density_entropy_bits

_LINES = ("vermilion", "blue", "green", "ink")
_GROUPS = dict(zip(GROUPS, ("grey", "vermilion", "blue", "green"), strict=True))
_UNKNOWN = 0.45  # the grey of what is to come


def half_known(graph, rows: int) -> Figure:
    """An undirected graph when its first rows are coded: known edges white, the row in hand in colour.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected.
    rows : int
        How many are coded.

    Returns
    -------
    matplotlib.figure.Figure
        Its title says what share of the pairs is known.

    Examples
    --------
    >>> from netwithin import graphs
    >>> (ax,) = half_known(graphs.load("karate-club"), 11).axes
    >>> ax.images[0].get_array().shape
    (34, 34, 3)
    >>> plt.close(ax.figure)
    """
    truth = as_graph(graph).adjacency.toarray()
    n = len(truth)
    picture = np.repeat(truth[..., None].astype(float), 3, axis=2)
    picture[rows:, rows:] = _UNKNOWN
    picture[rows, rows + 1 :] = picture[rows + 1 :, rows] = to_rgb(COLOURS["orange"])
    figure, ax = plt.subplots(figsize=(4.8, 4.8))
    ax.imshow(picture, interpolation="nearest")
    ax.set(xlabel="node $j$", ylabel="node $i$")
    ax.grid(False)
    known = 1 - (n - rows - 1) * (n - rows) / (n * (n - 1))
    ax.set_title(f"After {rows} of {n} rows, {known:.0%} of the pairs are known")
    return figure


def lifts(table: pd.DataFrame) -> Figure:
    """The edges in each class of pairs beside those expected, the lift above them; a panel per clue.

    Parameters
    ----------
    table : pandas.DataFrame
        From `clues.lifts`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, len(CLUES), figsize=(9.4, 3.9), sharey=True, layout="constrained")
    for ax, (clue, what) in zip(axes, CLUES.items(), strict=True):
        own = table[table["clue"] == clue]
        place = np.arange(len(own))
        ax.bar(place - 0.2, own["edges"], 0.4, color=COLOURS["blue"], label="seen")
        ax.bar(place + 0.2, own["expected"], 0.4, color=COLOURS["orange"], label="expected from degrees")
        tops = own[["edges", "expected"]].max(axis="columns")
        for k, top, lift in zip(place, tops, own["lift"], strict=True):
            above = dict(xytext=(0, 2), textcoords="offset points", ha="center", fontsize=8)
            ax.annotate(f"{lift:+.1f}", (k, top), **above)
        ax.set(xticks=place, xticklabels=own["label"], xlabel=what, title=clue)
        ax.set_yscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0)), np.square))
    axes[0].set_ylabel("edges")
    axes[0].legend(fontsize=8)
    figure.suptitle("Every clue knows something that degrees do not", x=0.01, ha="left")
    return figure


def dearest_share(pair_bits: np.ndarray, one_in: int = 20) -> float:
    """The share of the bits that the dearest pairs take.

    Parameters
    ----------
    pair_bits : float[...]
        NaN where nothing is coded.
    one_in : int
        One pair in so many counts, rounded down.

    Returns
    -------
    float

    Examples
    --------
    >>> float(dearest_share(np.array([3.0, 1.0, np.nan, 0.5, 0.5]), 4))
    0.6
    """
    bits = np.sort(pair_bits[~np.isnan(pair_bits)])[::-1]
    return bits[: len(bits) // one_in].sum() / bits.sum()


def pair_costs(runs: Mapping[str, Watched]) -> Figure:
    """What each pair cost, a map per run.

    Parameters
    ----------
    runs : mapping of str to netwithin.codec.studies.watching.Watched
        Four, with the costs of pairs; the last is what the title is about.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(2, 2, figsize=(7.6, 7.2), sharex=True, sharey=True, layout="constrained")
    for ax, (name, seen) in zip(axes.flat, runs.items(), strict=True):
        image = ax.imshow(seen.pair_bits, cmap="cividis", vmin=0, vmax=6, interpolation="nearest")
        ax.set_title(f"{name}: {seen.bits:,.0f} bits")
        ax.grid(False)
    for ax in axes[:, 0]:
        ax.set_ylabel("node $i$")
    for ax in axes[1]:
        ax.set_xlabel("node $j$")
    figure.colorbar(image, ax=axes, shrink=0.6, extend="max", label="bits per pair")
    share = dearest_share(seen.pair_bits)
    figure.suptitle(f"A twentieth of the pairs takes {share:.0%} of the bits", x=0.01, ha="left")
    return figure


def row_costs(graph, runs: Mapping[str, Watched]) -> Figure:
    """What each row cost in the last run, and the bits per edge so far in each of them.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected, without loops; its rows came in the given order.
    runs : mapping of str to netwithin.codec.studies.watching.Watched
        Four; those before the last are experts alone.

    Returns
    -------
    matplotlib.figure.Figure
        Bits per edge are drawn from the fifth edge on.
    """
    graph = as_graph(graph)
    new = np.triu(graph.adjacency.toarray()).sum(axis=1)
    edges, rows = np.cumsum(new), np.arange(len(new))
    *alone, whole = runs.values()
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.7), layout="constrained")
    left.bar(rows, whole.row_bits, width=1.0, color=COLOURS["sky"], label="bits")
    left.plot(rows, new, "-", color=COLOURS["ink"], lw=1.2, label="new edges")
    dearest = f"Row {whole.row_bits.argmax()} alone takes {whole.row_bits.max() / whole.bits:.0%} of the bits"
    left.set(xlabel="row", ylabel="bits, edges", title=dearest)
    left.legend(fontsize=8)
    some = edges >= 5
    for (name, seen), colour in zip(runs.items(), _LINES, strict=True):
        so_far = np.cumsum(seen.row_bits)[some] / edges[some]
        right.plot(rows[some], so_far, color=COLOURS[colour], label=name)
    entropy = density_entropy_bits(graph) / graph.number_of_edges
    right.axhline(entropy, color=COLOURS["grey"], ls=":", label="density's entropy")
    ends = [seen.bits / graph.number_of_edges for seen in (whole, min(alone, key=lambda seen: seen.bits))]
    right.set_title("All together end at {:.2f}, the best alone at {:.2f}".format(*ends))
    right.set(xlabel="row", ylabel="bits per edge so far", ylim=(0, None))
    right.legend(fontsize=8)
    return figure


def smooth(values: np.ndarray, window: int = 9) -> np.ndarray:
    """Running means, over fewer values at either end.

    Parameters
    ----------
    values : float[n]
        As many as the window has, or more.
    window : int
        An odd number of values.

    Returns
    -------
    float64[n]

    Examples
    --------
    >>> smooth(np.array([1.0, 3.0, 5.0, 10.0]), window=3).tolist()
    [2.0, 3.0, 6.0, 7.5]
    """
    weight = np.ones(window)
    return np.convolve(values, weight, "same") / np.convolve(np.ones(len(values)), weight, "same")


def excess(graph, seen: Watched, ideal: np.ndarray, marks: Mapping[str, float]) -> Figure:
    """Bits per pair of each row beside what they cost someone who knows more, and the difference so far.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        That was watched, in the given order of its rows.
    seen : netwithin.codec.studies.watching.Watched
    ideal : float[rows]
        Bits of each row to someone who knows the generator.
    marks : mapping of str to float
        Sums of bits to compare with, horizontal lines on the right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    graph = as_graph(graph)
    paid, half = learned(seen.row_bits, ideal)
    share, some = np.cumsum(seen.row_pairs) / graph.number_of_pairs, seen.row_pairs > 0
    pairs = np.maximum(seen.row_pairs, 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 3.9), layout="constrained")
    left.plot(share[some], (seen.row_bits / pairs)[some], ".", color=COLOURS["sky"], ms=3)
    for bits, dash, colour, label in (
        (seen.row_bits, "-", "blue", "the network"),
        (ideal, "--", "ink", "who knows the generator"),
    ):
        running = (smooth(bits) / smooth(pairs))[some]
        left.plot(share[some], running, dash, color=COLOURS[colour], label=label)
    entropy = density_entropy_bits(graph) / graph.number_of_pairs
    left.axhline(entropy, color=COLOURS["vermilion"], ls=":", label="density's entropy")
    left.set(xlabel="share of the pairs coded", ylabel="bits per pair")
    left.set_title("What is paid, and what had to be")
    left.legend(fontsize=8)
    right.plot(share, paid, "-", color=COLOURS["blue"])
    for name, bits in marks.items():
        right.axhline(bits, color=COLOURS["orange"], ls="--", label=name)
    middle = dict(color=COLOURS["blue"], ms=7, label=f"half: after {half} rows")
    right.plot(share[half - 1], paid[half - 1], "o", **middle)
    right.set(xlabel="share of the pairs coded", ylabel="excess over the generator, bits", ylim=(0, None))
    right.set_title(f"Learning costs {paid[-1]:,.0f} bits")
    right.legend(fontsize=8)
    return figure


def most_moved(seen: Watched) -> str:
    """The group of inputs whose weights change most in sum from the first row to the last.

    Parameters
    ----------
    seen : netwithin.codec.studies.watching.Watched

    Returns
    -------
    str

    Examples
    --------
    >>> from netwithin import graphs
    >>> from netwithin.codec.studies.watching import watch
    >>> most_moved(watch(graphs.load("karate-club"), ["neighbours"])) in ("base", "neighbours")
    True
    """
    moved = np.abs(seen.weights[-1] - seen.weights[0])
    return str(pd.Series(moved).groupby(np.array(seen.groups)).sum().idxmax())


def weights(runs: Mapping[str, Watched]) -> Figure:
    """The weights of the first neuron while graphs are coded, coloured by whose input they are for.

    Parameters
    ----------
    runs : mapping of str to netwithin.codec.studies.watching.Watched
        Two; a panel each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, len(runs), figsize=(8.8, 3.8), sharey=True, layout="constrained")
    for ax, (name, seen) in zip(axes, runs.items(), strict=True):
        done = np.cumsum(seen.row_pairs) / seen.row_pairs.sum()
        groups = np.array(seen.groups)
        for group, colour in _GROUPS.items():
            own = seen.weights[:, groups == group]
            lines = ax.plot(done, own, color=COLOURS[colour], ls="-", lw=0.8, alpha=0.8)
            for line in lines[:1]:
                line.set_label(group)
        ax.set(xlabel="share of the pairs coded", title=f"{name}: most change for {most_moved(seen)}")
    axes[0].set_ylabel("weight")
    axes[-1].legend(fontsize=8)
    return figure
