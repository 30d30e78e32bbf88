"""The drawing of what ordinary files of a graph take."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netwithin.codec.studies.formats import BOUNDS
from netwithin.graphs import Graph
from netwithin.plotting import COLOURS


def ways(bits: pd.DataFrame, graphs: Mapping[str, Graph]) -> Figure:
    """Ways to store a graph, a row each, on an axis of bits per edge; a panel per graph.

    Parameters
    ----------
    bits : pandas.DataFrame
        From `formats.bits_per_edge`: files are drawn filled, bounds hollow, and the bitmap as a line too.
    graphs : mapping of str to Graph
        The graphs by the table's columns.

    Returns
    -------
    matplotlib.figure.Figure
    """
    bound = bits.index.isin(BOUNDS)
    figure, axes = plt.subplots(1, len(graphs), figsize=(8.4, 5.4), sharey=True, sharex=True)
    for ax, (name, graph) in zip(axes, graphs.items(), strict=True):
        column = bits[name]
        for kind, members, face in (("file", ~bound, COLOURS["blue"]), ("bound", bound, "white")):
            style = dict(color=COLOURS["blue"], mfc=face, ms=7, label=kind)
            ax.plot(column[members], np.flatnonzero(members), "o", **style)
        ax.axvline(column["bitmap"], color=COLOURS["grey"], linewidth=1, linestyle="-")
        ax.set(xscale="log", xlabel="bits per edge", yticks=range(len(bits)), yticklabels=bits.index)
        ax.set_title(f"{name}\n{graph.shape[0]} nodes, {graph.number_of_edges} edges")
    axes[-1].legend(loc="lower right")
    title = "The paper's text is the costliest form by far; a bitmap is hard to beat"
    figure.suptitle(title, x=0.01, ha="left")
    return figure
