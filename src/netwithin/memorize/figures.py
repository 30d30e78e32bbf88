"""What a training run looks like: its course, its scores, its wrong bits. Titles state what is found."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwithin import plotting
from netwithin.graphs import as_graph
from netwithin.memorize import schedules
from netwithin.memorize.evaluation import Evaluation, best_threshold
from netwithin.memorize.summary import PAPERS_STOP
from netwithin.memorize.trainer import Result

_COLOURS = plotting.COLOURS
#: How the three thresholds are drawn, in every figure.
_RULES = {"mean": ("orange", "--"), "half": ("blue", "-"), "best": ("vermilion", ":")}


def training(result: Result, pixels: int) -> Figure:
    """Draw the loss and the wrong bits of each epoch, with the paper's stop.

    Parameters
    ----------
    result : Result
        What `train` returned.
    pixels : int
        Entries of the matrix.

    Returns
    -------
    matplotlib.figure.Figure
    """
    stop = result.first_below(PAPERS_STOP)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.9), sharex=True)
    epochs = np.arange(1, result.epochs + 1)
    left.semilogy(epochs, result.loss, color=_COLOURS["ink"], linestyle="-")
    left.axhline(
        PAPERS_STOP, color=_COLOURS["vermilion"], linestyle=":", label=f"{PAPERS_STOP}, the paper's stop"
    )
    left.set(xlabel="epoch", ylabel="mean squared error (logarithmic)")
    reached = f"is first below {PAPERS_STOP}\nin epoch {stop}" if stop else f"stays\nabove {PAPERS_STOP}"
    left.set_title(f"The loss {reached}")
    left.legend()
    for rule, errors in (("mean", result.errors_mean), ("half", result.errors_half)):
        colour, dash = _RULES[rule]
        right.plot(epochs, errors, color=_COLOURS[colour], linestyle=dash, label=_cut(rule))
    _wrong_bits_axis(right, pixels)
    wrong = result.errors_mean[(stop or result.best_epoch) - 1]
    right.set_title(f"{wrong:,} bits are wrong\n{'there' if stop else 'at best'}")
    right.legend()
    if stop:
        for ax in (left, right):
            ax.axvline(stop, color=_COLOURS["grey"], linewidth=1, linestyle="-")
    return figure


def histogram(ax: Axes, evaluation: Evaluation, graph, rules=("mean", "half", "best")) -> None:
    """Draw the scores of edges and of other pairs, and where the thresholds cut.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    evaluation : Evaluation
        Whose scores and thresholds.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What the scores should say.
    rules : sequence of {"mean", "half", "best"}
        Thresholds to draw, with the wrong bits that each leaves in the legend.
    """
    truth = as_graph(graph).adjacency.toarray()
    scores, best = evaluation.scores, evaluation.threshold_best
    bins = np.linspace(min(scores.min(), 0.4), max(scores.max(), 1.0), 70)
    ax.hist(scores[~truth], bins, color=_COLOURS["grey"], label="no edge")
    ax.hist(scores[truth], bins, color=_COLOURS["sky"], alpha=0.7, label="edge")
    cuts = {
        "mean": (evaluation.threshold_mean, evaluation.errors_mean),
        "half": (0.5, evaluation.errors_half),
        "best": (float(np.clip(best, bins[0], bins[-1])), evaluation.errors_best),
    }
    for rule in rules:
        (value, wrong), (colour, dash) = cuts[rule], _RULES[rule]
        ax.axvline(value, color=_COLOURS[colour], linestyle=dash, label=f"{_cut(rule)}: {wrong:,} wrong")
    ax.set(yscale="log", xlabel="score", ylabel="entries (logarithmic)")
    ax.set_ylim(0.7, None)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=9)


def wrong_entries(ax: Axes, evaluation: Evaluation, graph) -> None:
    """Mark the entries that the mean threshold reads wrongly, over the graph in pale grey.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    evaluation : Evaluation
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    """
    truth = as_graph(graph).adjacency.toarray()
    missed = truth & ~(evaluation.scores > evaluation.threshold_mean)
    invented = ~truth & (evaluation.scores > evaluation.threshold_mean)
    plotting.adjacency(ax, 1 - 0.25 * truth)
    size = 2500 / max(truth.shape)
    for wrong, colour, marker, name in (
        (missed, "blue", "o", "missed"),
        (invented, "vermilion", "X", "invented"),
    ):
        rows, columns = np.nonzero(wrong)
        ax.scatter(
            columns, rows, size, _COLOURS[colour], marker=marker, linewidths=0, label=f"{len(rows):,} {name}"
        )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=9)


def recorded(runs: pd.DataFrame) -> Figure:
    """Draw the wrong bits along recorded runs, a panel per nominal density, a line per seed and threshold.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of `records.gather(experiment="siren")` of one size.

    Returns
    -------
    matplotlib.figure.Figure
    """
    groups = list(runs.groupby("nominal_density"))
    figure, axes = plt.subplots(
        1, max(len(groups), 1), figsize=(8, 4.2), sharey=True, sharex=True, squeeze=False
    )
    for ax, (density, group) in zip(axes[0], groups, strict=False):
        for _, run in group.iterrows():
            for rule in ("mean", "half"):
                colour, dash = _RULES[rule]
                label = _cut(rule) if run.seed == group.seed.min() else None
                errors = run[f"history_bit_errors_{rule}"]
                ax.plot(run.history_epoch, errors, _COLOURS[colour], linestyle=dash, lw=1.2, label=label)
        ax.set_title(f"nominal {density},\nactual {group.actual_density.mean():.3f}")
        _wrong_bits_axis(ax, int(group.nodes.iloc[0]) ** 2)
        ax.label_outer()
    if groups:
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    exact = [int(runs[f"fp16_bit_errors_{rule}"].eq(0).sum()) for rule in ("mean", "half")]
    figure.suptitle(
        f"Of {len(runs)} runs, {exact[0]} end without a wrong bit at the mean threshold, {exact[1]} at 0.5",
        x=0.01,
        ha="left",
        fontsize="medium",
    )
    return figure


def losses(results: Mapping[tuple[str, str], Result], majority: int, pixels: int) -> Figure:
    """Draw the wrong bits along training, a panel per network, a line per loss.

    Parameters
    ----------
    results : mapping
        (network, loss) -> what `train` returned.
    majority : int
        Wrong bits of the commoner answer everywhere.
    pixels : int
        Entries of the matrix.

    Returns
    -------
    matplotlib.figure.Figure
    """
    networks = list(dict.fromkeys(network for network, _ in results))
    figure, axes = plt.subplots(1, len(networks), figsize=(8, 4), sharey=True, squeeze=False)
    for ax, network in zip(axes[0], networks, strict=True):
        courses = {loss: result for (name, loss), result in results.items() if name == network}
        for (loss, result), (colour, dash) in zip(courses.items(), _RULES.values(), strict=False):
            epochs = range(1, result.epochs + 1)
            ax.semilogx(epochs, result.errors_half, _COLOURS[colour], linestyle=dash, label=loss)
        ax.axhline(majority, color=_COLOURS["grey"], linestyle=":", label="majority class")
        ends = [result.errors_half[-1] / pixels for result in courses.values()]
        title = f"{network}: at the end\n{min(ends):.1%} to {max(ends):.1%} are wrong"
        ax.set(xlabel="epoch (logarithmic)", title=title)
    axes[0][0].set(ylabel=f"wrong bits of {pixels:,}", ylim=(0, None))
    axes[0][0].legend()
    return figure


def blurred(graph, picture: np.ndarray) -> Figure:
    """Draw a graph's picture, the blurred one, and the blurred values of edges and of other pairs.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    picture : float[rows, columns]
        Its picture, blurred.

    Returns
    -------
    matplotlib.figure.Figure
    """
    truth = as_graph(graph).adjacency.toarray()
    threshold, wrong = best_threshold(picture, truth)
    figure, axes = plt.subplots(1, 3, figsize=(8, 3.1), width_ratios=[1, 1, 1.2])
    plotting.adjacency(axes[0], truth, title=f"sharp, density {as_graph(graph).density:.2f}")
    plotting.adjacency(axes[1], picture, title="blurred")
    axes[1].set_ylabel("")
    bins = np.linspace(0, 1, 41)
    axes[2].hist(picture[~truth], bins, color=_COLOURS["grey"], label="no edge")
    axes[2].hist(picture[truth], bins, color=_COLOURS["sky"], alpha=0.7, label="edge")
    axes[2].axvline(threshold, color=_COLOURS["vermilion"], linestyle="--", label="best threshold")
    axes[2].set(
        xlabel="blurred value", ylabel="entries", title=f"No threshold leaves\nfewer than {wrong} wrong"
    )
    figure.legend(*axes[2].get_legend_handles_labels(), loc="outside lower right", ncols=3)
    return figure


def rates_and_losses(
    plans: Mapping[str, schedules.Schedule], results: Mapping[str, Result], learning_rate: float
) -> Figure:
    """Draw what schedules do to the learning rate, and the losses of runs that had them.

    Parameters
    ----------
    plans : mapping
        Name -> schedule.
    results : mapping
        Name -> what `train` returned.
    learning_rate : float
        Adam's, before the schedule.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4.2))
    for name, plan in plans.items():
        result = results[name]
        left.plot(schedules.rates(plan, result.epochs, learning_rate, result.loss), label=name)
        right.semilogy(range(1, result.epochs + 1), result.loss, label=name)
    right.axhline(PAPERS_STOP, color=_COLOURS["grey"], linestyle="-", lw=1)
    left.set(xlabel="epoch", ylabel="learning rate", title="What the schedules do")
    left.ticklabel_format(axis="y", style="sci", scilimits=(0, 0), useMathText=True)
    right.set(xlabel="epoch", ylabel="loss (logarithmic)")
    reached = [stop for result in results.values() if (stop := result.first_below(PAPERS_STOP))]
    word = f"First below {PAPERS_STOP} in epoch {min(reached)}" if reached else f"None below {PAPERS_STOP}"
    right.set_title(word)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=len(plans))
    return figure


def two_schedules(runs: pd.DataFrame) -> Figure:
    """Draw the losses of the constant rate and of the paper's schedule, a panel each, a line per run.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of studies with the columns `schedule`, `steps_per_epoch` and those of a history. There are as
        many pairs of panels as numbers of steps an epoch.

    Returns
    -------
    matplotlib.figure.Figure
    """
    several = sorted(runs.steps_per_epoch.unique())
    size = (4 * len(several), 6.2)
    figure, axes = plt.subplots(2, len(several), figsize=size, sharex="col", sharey=True, squeeze=False)
    for column, steps in zip(axes.T, several, strict=True):
        for ax, schedule in zip(column, ("constant", "x0.75 per 250"), strict=True):
            group = runs[(runs.schedule == schedule) & (runs.steps_per_epoch == steps)]
            for _, run in group.iterrows():
                ax.semilogy(run.history_epoch, run.history_loss, _COLOURS["blue"], linestyle="-", lw=1.1)
            ax.axhline(PAPERS_STOP, color=_COLOURS["vermilion"], linestyle=":")
            there = f"{group.stop_epoch.notna().sum()} of {len(group)} below {PAPERS_STOP}"
            ax.set_title(f"{schedule}, {steps} step{'s' if steps > 1 else ''} an epoch:\n{there}")
            ax.set(ylabel="loss (logarithmic)", xlabel="epoch")
            ax.label_outer()
    return figure


def grid(table: pd.DataFrame, columns: str, rows: str, most: float) -> Figure:
    """Draw a table of epochs as coloured cells with their numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        First epochs with a small loss, NaN where there is none; its index and columns label the axes.
    columns, rows : str
        What the columns and the rows are.
    most : float
        The epoch of the darkest cell; cells without one are as dark.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, ax = plt.subplots(figsize=(6.2, 0.55 * len(table) + 1.4))
    ax.imshow(table.fillna(most), cmap="Blues", vmin=0, vmax=most, aspect="auto")
    for (i, j), value in np.ndenumerate(table.to_numpy(dtype=float)):
        dark, text = not value <= 0.6 * most, "\u2013" if np.isnan(value) else f"{value:,.0f}"
        ax.text(j, i, text, ha="center", va="center", color="white" if dark else _COLOURS["ink"])
    ax.set_xticks(range(table.shape[1]), [f"{name:g}" for name in table.columns])
    ax.set_yticks(range(table.shape[0]), table.index)
    ax.grid(False)
    ax.set(xlabel=columns, ylabel=rows)
    reached = table.stack().dropna()
    first = f", the first in epoch {reached.min():.0f}" if len(reached) else ""
    ax.set_title(f"{len(reached)} of {table.size} get below {PAPERS_STOP}{first}")
    return figure


def _wrong_bits_axis(ax: Axes, pixels: int) -> None:
    """An axis on which both thousands and none can be seen."""
    ax.set_yscale("symlog", linthresh=1)
    ax.set(xlabel="epoch", ylabel=f"wrong bits of {pixels:,} (logarithmic)", ylim=(-0.15, None))


def _cut(rule: str) -> str:
    """A threshold in words."""
    return {"mean": "cut at the mean", "half": "cut at 0.5", "best": "best cut"}[rule]
