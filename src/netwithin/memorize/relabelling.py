"""One graph under every order of its nodes, and what each order is worth (Section 5.5).

Examples
--------
>>> told = dict(nodes=12, density=0.3, network="Block", depth=2, width=8, epochs=3)
>>> table = compare(trials_of(("as given", "degree"), gap=10, **told))
>>> table.loc["as given", ["gain_points", "won_bits"]].tolist()
[0.0, 0.0]
"""

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.graphs import Graph, orderings
from netwithin.memorize.comparisons import frame
from netwithin.memorize.trials import Trial, positions, trial

#: The orders that have gaps.
SPACED = ("components", "degree")


def trials_of(orders: Iterable[str] = tuple(orderings.ORDERINGS), gap: int = 10, **told) -> list[Trial]:
    """Train the same network on the same graph under several orders.

    Parameters
    ----------
    orders : iterable of str
        Of `orderings.ORDERINGS`, "as given" among them.
    gap : int
        Of the orders that have gaps.
    **told
        The other arguments of `trial`.

    Returns
    -------
    list of Trial
    """
    return [trial(order=order, gap=gap if order in SPACED else 1, **told) for order in orders]


def compare(runs: Iterable[Trial]) -> pd.DataFrame:
    """What each order wins over the numbers that the nodes had.

    Parameters
    ----------
    runs : iterable of Trial
        From `trials_of`.

    Returns
    -------
    pandas.DataFrame
        A row an order: the columns of `comparisons.frame`, and besides "gain_points" (accuracy), "won_bits"
        (of the total, the order paid for) and "won_bits_free" (the order not paid for).
    """
    table = frame(runs).set_index("order")
    given = table.loc["as given"]
    table["gain_points"] = table.accuracy_percent - given.accuracy_percent
    table["won_bits"] = given.total_bits - table.total_bits
    table["won_bits_free"] = table.won_bits + table.order_bits
    return table


def pictures(graphs_shown: Mapping[str, Graph], gap: int = 1, seed: int = 0) -> Figure:
    """Draw graphs under every order, a row a graph, with the share of edges near the diagonal.

    Parameters
    ----------
    graphs_shown : mapping of str to Graph
    gap : int
        Of the orders that have gaps; the pictures close them.
    seed : int
        Of the random order.

    Returns
    -------
    matplotlib.figure.Figure
        Each title says the order and the mean distance of an edge from the diagonal, as a share of what a
        random order has, (n + 1) / 3.
    """
    figure, axes = plt.subplots(
        len(graphs_shown),
        len(orderings.ORDERINGS),
        figsize=(len(orderings.ORDERINGS), 1.35 * len(graphs_shown) + 0.4),
        squeeze=False,
    )
    first = next(iter(graphs_shown))  # whose row has the orders' names, for all
    for row, (name, graph) in zip(axes, graphs_shown.items(), strict=True):
        for ax, order in zip(row, orderings.ORDERINGS, strict=True):
            moved = orderings.relabelled(graph, positions(graph, order, gap, seed))
            plotting.adjacency(ax, moved)
            ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
            if order == "as given":
                ax.set_ylabel(name, fontsize=9.5)
            head = order.replace(" ", "\n").replace("-", "-\n") + "\n" if name == first else ""
            ax.set_title(f"{head}{nearness(moved):.2f}", fontsize=9.5)
    return figure


def nearness(graph: Graph) -> float:
    """Mean `|i - j|` over the edges, divided by what a random order has on average, (n + 1) / 3.

    Examples
    --------
    >>> import networkx as nx
    >>> from netwithin.graphs import as_graph
    >>> nearness(as_graph(nx.path_graph(5)))
    0.5
    """
    rows, columns = graph.edges()
    if not len(rows):
        return float("nan")
    return float(np.abs(rows - columns).mean() / ((graph.shape[0] + 1) / 3))


def dots(panels: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> Figure:
    """Draw the accuracy under every order: live as hollow dots, recorded as filled ones with their range.

    Parameters
    ----------
    panels : mapping of str to (live, recorded)
        Titles to tables with the columns "order", "accuracy_percent" and "majority_percent"; either may be
        empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, len(panels), figsize=(8, 4.4), sharey=True, squeeze=False)
    names = list(orderings.ORDERINGS)[::-1]
    blue, grey = plotting.COLOURS["blue"], plotting.COLOURS["grey"]
    for ax, (title, (live, recorded)) in zip(axes[0], panels.items(), strict=True):
        if len(live):
            right = live.set_index("order").accuracy_percent.reindex(names)
            ax.plot(right, np.arange(len(names)) + 0.15, "o", mfc="white", color=blue, label="live")
        if len(recorded):
            by = recorded.groupby("order").accuracy_percent.agg(["mean", "min", "max"]).reindex(names)
            reach = [by["mean"] - by["min"], by["max"] - by["mean"]]
            place = np.arange(len(names)) - 0.15
            ax.errorbar(by["mean"], place, xerr=reach, fmt="D", color=blue, capsize=3, label="recorded")
        for table, dash in ((live, ":"), (recorded, "--")):
            if len(table):
                which = "live" if table is live else "recorded"
                ax.axvline(
                    table.majority_percent.mean(),
                    color=grey,
                    linestyle=dash,
                    lw=1,
                    label=f"majority, {which}",
                )
        ax.set(yticks=range(len(names)), yticklabels=names, xlabel="entries right, %", title=title)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
