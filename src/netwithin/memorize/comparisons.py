"""Trials side by side: printed, live and recorded; beside what takes no network to say."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from netwithin import graphs, plotting, rates
from netwithin.graphs import Graph, generators
from netwithin.memorize.trials import Trial

#: Short names of the generators, for tables.
SHORT = {"erdos-renyi": "ER", "newman-watts-strogatz": "NWS", "watts-strogatz": "WS"}
#: Recorded runs of the size that the paper has; the others are the live pages' own.
PAPERS = {"nodes": 100, "epochs": 1000}
#: Colours of what is read; they differ in lightness too.
_READ = {"no edge": "orange", "edge": "blue"}


def frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """Trials as a table, a row each, with the columns that `records.gather` gives recorded ones."""
    return pd.DataFrame([one.parameters | one.metrics | {"seconds": one.seconds} for one in trials])


def rows(runs: pd.DataFrame, **wanted) -> pd.DataFrame:
    """The runs whose columns have the values wanted; none where there is no such column.

    Examples
    --------
    >>> len(rows(pd.DataFrame({"nodes": [30, 100]}), nodes=100)), len(rows(pd.DataFrame(), nodes=100))
    (1, 0)
    """
    for name, value in wanted.items():
        runs = runs[runs[name] == value] if name in runs else runs[:0]
    return runs


def spread(runs: pd.DataFrame, by, value: str, digits: int = 1) -> pd.Series:
    """Mean and, where there are several runs, standard deviation of a column, as text, group by group.

    Parameters
    ----------
    runs : pandas.DataFrame
        As from `frame` or `records.gather`.
    by : str or list of str
        The groups' columns.
    value : str
        A column, or a formula over columns as `DataFrame.eval` takes it.
    digits : int
        After the point.

    Returns
    -------
    pandas.Series of str
        Empty where there are no runs.

    Examples
    --------
    >>> runs = pd.DataFrame({"density": [0.1, 0.1, 0.2], "right": [90, 92, 70.0]})
    >>> spread(runs, "density", "right").tolist()
    ['91.0 ± 1.4', '70.0']
    """
    if runs.empty:
        return pd.Series(dtype=str)
    keys = [by] if isinstance(by, str) else by
    grouped = runs.assign(_value=runs.eval(value, engine="python")).groupby(keys)["_value"]
    found = grouped.agg(["mean", "std", "count"])
    texts = [
        f"{row['mean']:,.{digits}f}" + (f" ± {row['std']:,.{digits}f}" if row["count"] > 1 else "")
        for _, row in found.iterrows()
    ]
    return pd.Series(texts, found.index if len(keys) > 1 else found.index.get_level_values(0))


def beside(printed: pd.Series, live: Iterable[Trial], recorded: pd.DataFrame) -> pd.DataFrame:
    """A printed column of accuracies beside live and recorded ones, and what takes no network to say.

    Parameters
    ----------
    printed : pandas.Series
        Accuracy in percent by density.
    live : iterable of Trial
        One for each density.
    recorded : pandas.DataFrame
        Recorded trials of the same kind; may be empty.

    Returns
    -------
    pandas.DataFrame of str
        By density: "printed", "live", "recorded" (mean and standard deviation over seeds); "majority" and
        "band" (of the recorded graphs; no column without a ring); of recorded runs "wrong bits" and "times
        the bitmap", model and residual. Dashes where nothing is recorded.
    """
    values = {
        "live": (frame(live), "accuracy_percent", 1),
        "recorded": (recorded, "accuracy_percent", 1),
        "majority": (recorded, "majority_percent", 1),
        "band": (recorded.dropna(subset=["band_percent"]) if len(recorded) else recorded, "band_percent", 1),
        "wrong bits": (recorded, "wrong_bits", 0),
        "times the bitmap": (recorded, "total_bits / bitmap_bits", 1),
    }
    found = {name: spread(runs, "density", value, digits) for name, (runs, value, digits) in values.items()}
    table = pd.DataFrame({"printed": printed.map("{:.2f}".format)} | found).reindex(printed.index)
    table = table.fillna("\u2013").rename_axis("nominal density")
    return table if (table.band != "\u2013").any() else table.drop(columns="band")


def gains(runs: pd.DataFrame, switch: str, keys: Sequence[str]) -> pd.Series:
    """Accuracy won by a switch, in points, between runs that are alike in everything else.

    Parameters
    ----------
    runs : pandas.DataFrame
        Trials, with and without.
    switch : str
        The column that is True or False.
    keys : sequence of str
        Columns that tell the pairs apart.

    Returns
    -------
    pandas.Series
        By `keys`; pairs of which one half is missing are left out.

    Examples
    --------
    >>> runs = pd.DataFrame({"seed": [0, 0, 1], "on": [True, False, True], "accuracy_percent": [80, 79, 70]})
    >>> gains(runs, "on", ["seed"]).tolist()
    [1.0]
    """
    if runs.empty:
        return pd.Series(dtype=float)
    halves = runs.pivot_table("accuracy_percent", list(keys), switch).reindex(columns=[False, True])
    return (halves[True] - halves[False]).dropna()


def rule_curves(chances: Sequence[float], densities: Sequence[float], nodes: int = 100, seed: int = 0):
    """What a rule of one line gets right, in percent of all entries, against the chance of a shortcut.

    The better of two rules: the ring lattice is the graph, or the commoner answer is right everywhere.

    Returns
    -------
    dict of str to pandas.DataFrame
        "shortcuts added" and "edges moved"; a row a chance, a column a nominal density, one graph each.
    """
    makers = {"shortcuts added": graphs.newman_watts_strogatz, "edges moved": graphs.watts_strogatz}

    def right(graph: Graph) -> float:
        truth = graph.adjacency.toarray()
        share = float(truth.mean())
        return 100 * max(float((generators.lattice(graph) == truth).mean()), share, 1 - share)

    return {
        name: pd.DataFrame(
            {d: [right(make(nodes, d, chance, seed)) for chance in chances] for d in densities}, chances
        )
        for name, make in makers.items()
    }


def nearest(curve: pd.DataFrame, printed: pd.Series) -> tuple[float, float]:
    """The chance at which a curve of `rule_curves` comes nearest to printed accuracies, and how near.

    Returns
    -------
    chance : float
    miss : float
        The largest difference among the densities there, in points.

    Examples
    --------
    >>> curve = pd.DataFrame({0.25: [100, 90.0], 0.5: [100, 80.0]}, [0.0, 0.1])
    >>> nearest(curve, pd.Series({0.25: 91.0, 0.5: 83.0}))
    (0.1, 3.0)
    """
    miss = (curve - printed).abs().max(axis=1)
    return float(miss.idxmin()), float(miss.min())


def costs(graph: Graph, models: Mapping[str, Trial], file: bytes) -> pd.DataFrame:
    """What it takes to store a graph exactly: by networks, by what is known without them, and as files.

    Parameters
    ----------
    graph : Graph
    models : mapping of str to Trial
        Trials on this graph.
    file : bytes
        What `netwithin.encode` made of it.

    Returns
    -------
    pandas.DataFrame
        Columns "model bits", "residual bits", "total bits", "times the bitmap", "is" ("count", "bound" or
        "file").
    """
    bitmap = rates.bitmap_bits(graph)
    rows = {
        name: [
            8 * one.metrics["model_bytes"],
            one.metrics["residual_bits"],
            one.metrics["total_bits"],
            "count",
        ]
        for name, one in models.items()
    }
    rows["nothing but the density"] = [np.nan, np.nan, rates.density_entropy_bits(graph), "bound"]
    if "k" in graph.meta:
        rows["the band, and the grain off it"] = [
            np.nan,
            np.nan,
            generators.lattice_entropy_bits(graph),
            "bound",
        ]
    rows["bitmap"] = [np.nan, np.nan, bitmap, "file"]
    rows["this book's codec"] = [np.nan, np.nan, 8 * len(file), "file"]
    table = pd.DataFrame(rows, ["model bits", "residual bits", "total bits", "is"]).T
    table.insert(3, "times the bitmap", table["total bits"].astype(float) / bitmap)
    return table.rename_axis("stored as")


def draw_rules(curves: Mapping[str, pd.DataFrame], printed: pd.Series) -> Figure:
    """Draw `rule_curves`, a panel each, with the printed accuracies as dashed lines."""
    figure, axes = plt.subplots(1, len(curves), figsize=(8, 4), sharey=True)
    for ax, (name, curve) in zip(axes, curves.items(), strict=True):
        for density, colour, mark in zip(curve, ("blue", "orange", "ink"), "os^", strict=False):
            shade = plotting.COLOURS[colour]
            ax.plot(curve.index, curve[density], f"{mark}-", color=shade, ms=4, label=f"density {density:g}")
            ax.axhline(printed[density], color=shade, linestyle="--", linewidth=1)
        chance, _ = nearest(curve, printed)
        ax.axvline(chance, color=plotting.COLOURS["grey"], linewidth=1, linestyle=":")
        ax.set(xlabel="probability $p$", title=f"{name}: nearest at $p$ = {chance:.2f}")
    axes[0].set_ylabel("entries right by a rule, %")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(printed))
    return figure


def draw_sweep(panels: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw accuracy against width, a line per depth, with the majority (dotted) and the band (dashed).

    Parameters
    ----------
    panels : mapping of str to pandas.DataFrame
        Titles to trials; a table may be empty. Points are means over seeds, bars go from least to most.

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels = {title: table for title, table in panels.items() if len(table)}
    figure, axes = plt.subplots(1, max(len(panels), 1), figsize=(8, 4), sharey=True, squeeze=False)
    for ax, (title, table) in zip(axes[0], panels.items(), strict=False):
        for ((network, depth), group), mark in zip(
            table.groupby(["network", "depth"]), cycle("os^D"), strict=False
        ):
            by = group.groupby("width").accuracy_percent.agg(["mean", "min", "max"])
            bars = [by["mean"] - by["min"], by["max"] - by["mean"]]
            label = f"Block, {depth} deep" if network == "Block" else network
            ax.errorbar(by.index, by["mean"], bars, label=label, marker=mark, capsize=3)
        for column, dash in (("majority_percent", ":"), ("band_percent", "--")):
            ax.axhline(table[column].mean(), color=plotting.COLOURS["grey"], linestyle=dash, linewidth=1)
        widths = sorted(table.width.unique())
        ax.set(
            xscale="log", xlabel="units of the widest layer", title=f"{title}, {table.nodes.iloc[0]} nodes"
        )
        ax.set_xticks(widths, labels=widths)
        ax.minorticks_off()
    axes[0, 0].set_ylabel("entries right, %")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def draw_maps(graph: Graph, models: Mapping[str, Trial]) -> Figure:
    """Draw a graph and what networks read of it, side by side, with their wrong bits."""
    figure, axes = plt.subplots(1, 1 + len(models), figsize=(8, 3.8), sharey=True)
    plotting.adjacency(axes[0], graph, title="the graph")
    for ax, (name, one) in zip(axes[1:], models.items(), strict=True):
        wrong = one.metrics["wrong_bits"]
        prediction_map(ax, one.scores, f"{name}:\n{wrong:,} of {one.scores.size:,} wrong")
    handles = [Patch(color=plotting.COLOURS[colour], label=name) for name, colour in _READ.items()]
    figure.legend(handles=handles, loc="outside lower right", ncols=2)
    return figure


def prediction_map(ax: Axes, scores: np.ndarray, title: str | None = None) -> None:
    """Draw what is read from scores as Figure 5 does: an edge blue, none orange, which is also lighter.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    scores : float[n, n]
        Cut at 0.5.
    title : str, optional
    """
    colours = ListedColormap([plotting.COLOURS[colour] for colour in _READ.values()])
    ax.imshow(np.asarray(scores) > 0.5, cmap=colours, vmin=0, vmax=1, interpolation="nearest")
    ax.set(xlabel="node $j$", title=title)
    ax.grid(False)
