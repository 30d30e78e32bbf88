"""The figures of the ways forward: tiles, courses of training, eigenvectors. Titles state what is found."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwithin.plotting import COLOURS

#: Marks of one place grow smaller, since lines may lie on each other.
_KINDS = [("blue", "o", 10), ("orange", "s", 7), ("ink", "^", 4)]
_LINES = {
    "total_bits": ("network, eigenvectors counted", "blue", "o-"),
    "free_bits": ("eigenvectors free (a bound)", "sky", "o:"),
    "low_rank_bits": ("low rank, counted", "orange", "s--"),
}


def bits_by_tiles(memorised: pd.DataFrame, coded: pd.DataFrame) -> Figure:
    """Bits per pair against the number of tiles, memorised and coded.

    Parameters
    ----------
    memorised, coded : pandas.DataFrame
        Columns `graph_model`, `blocks`, `tiles` and `bits_per_pair`, a row per graph and number of blocks.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, 2, figsize=(8, 4.2))
    for ax, table, what in zip(axes, (memorised, coded), ("memorised, a count", "coded, files"), strict=True):
        groups = table.groupby("graph_model", sort=False)
        for (name, line), (colour, mark, size) in zip(groups, _KINDS, strict=False):
            style = {"marker": mark, "ms": size, "color": COLOURS[colour]}
            ax.plot(line["tiles"], line["bits_per_pair"], label=name, **style)
        ax.axhline(1, color=COLOURS["vermilion"], linestyle=":", label="bitmap")
        ax.set(
            xlabel=f"tiles ({what})", ylabel="bits per pair", xticks=table["tiles"].unique(), ylim=(0, None)
        )
    axes[0].set_title(f"Memorised tiles take\n{memorised['bits_per_pair'].min():.1f} bits a pair or more")
    rise = coded.groupby("graph_model")["bits_per_pair"].agg(lambda bits: bits.iloc[-1] / bits.iloc[0] - 1)
    axes[1].set_title(
        f"Coded, {coded['tiles'].max()} tiles take\n{rise.min():.0%} to {rise.max():.0%} more than one"
    )
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def courses(ax: Axes, table: pd.DataFrame) -> None:
    """Wrong pixels along training, by what networks read and what they are trained by.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    table : pandas.DataFrame
        As from `spectral.compare`, of one graph.
    """
    for row in table.itertuples():
        dash = "-" if row.inputs == "node numbers" else ":"
        colour = COLOURS["orange" if row.trained_by == "cross-entropy" else "blue"]
        label = f"{row.inputs}, {row.trained_by}"
        ax.plot(row.history_epoch, row.history_wrong_bits, dash, color=colour, label=label)
    majority = table["majority_wrong_bits"].iloc[0]
    ax.axhline(majority, color=COLOURS["grey"], linestyle="--", label="the majority everywhere")
    ax.set(xlabel="epoch", ylabel="wrong pixels", ylim=(0, None))
    sooner = table.groupby("trained_by")["one_answer_epochs"].mean().idxmin()
    ax.set_title(f"Trained by {sooner}, networks give up the single answer sooner")
    ax.legend(fontsize="small", loc="upper right", bbox_to_anchor=(1, 0.9))


def bits_by_eigenvectors(table: pd.DataFrame) -> Figure:
    """Bits per pair against the number of eigenvectors, a panel per graph.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `spectral.compare`, with `file_bits`, the codec's.

    Returns
    -------
    matplotlib.figure.Figure
    """
    groups = table.groupby("graph_model", sort=False)
    lines = -(-len(groups) // 3)  # three panels in a row leave their numbers legible
    figure, axes = plt.subplots(lines, 3, figsize=(8, 2.9 * lines + 0.6), sharey=True, squeeze=False)
    for ax in axes.flat[len(groups) :]:
        ax.remove()
    for ax, (name, line) in zip(axes.flat, groups, strict=False):
        pairs = line["bitmap_bits"]
        for column, (label, colour, mark) in _LINES.items():
            ax.plot(line["eigenvectors"], line[column] / pairs, mark, color=COLOURS[colour], label=label)
        file = (line["file_bits"] / pairs).iloc[0]
        ax.axhline(file, color=COLOURS["green"], linestyle="-.", label="codec, a file")
        ax.axhline(1, color=COLOURS["vermilion"], linestyle=":", label="bitmap")
        ax.set(xlabel="eigenvectors", xticks=line["eigenvectors"])
        ax.set_title(name.replace(", ", ",\n"))
    axes[0, 0].set_ylim(0, None)
    for ax in axes[:, 0]:
        ax.set_ylabel("bits per pair")
    below = int((table["total_bits"] < table["file_bits"]).sum())
    title = f"With eigenvectors counted, {below or 'none'} of {len(table)} networks is below the codec's file"
    figure.suptitle(title, fontsize="medium", x=0.01, ha="left")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
