"""One network, one graph, one way of training: what came of it, in figures that tables and records share.

Chapters that compare losses, schedules, coordinates or activations vary one argument of `study` and leave the
rest as it is.

Examples
--------
>>> from netwithin import graphs, memorize
>>> graph = graphs.watts_strogatz(12, 0.25, seed=0)
>>> found = study(memorize.SIREN(2, 8), graph, Settings(epochs=20))
>>> found.metrics["majority_wrong"], len(found.metrics["history_loss"])
(24, 20)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from torch import nn

from netwithin import rates, records
from netwithin.graphs import as_graph
from netwithin.memorize import feeds, schedules
from netwithin.memorize.evaluation import Evaluation, evaluate
from netwithin.memorize.losses import MSE, Loss
from netwithin.memorize.siren import pixels
from netwithin.memorize.summary import PAPERS_STOP, history_epochs, spread
from netwithin.memorize.trainer import Result, Settings, train
from netwithin.memorize.weights import half_precision, parameter_count, size_bytes

#: A network gives one answer as long as fewer entries than this share get the other one.
ONE_ANSWER = 0.01


@dataclass(frozen=True)
class Study:
    """What came of one training.

    Attributes
    ----------
    result : Result
        Its course.
    evaluation : Evaluation
        Of the best weights, rounded to half precision.
    metrics : dict
        See `study`.
    """

    result: Result = field(repr=False)
    evaluation: Evaluation = field(repr=False)
    metrics: dict


def study(
    model: nn.Module,
    graph,
    settings: Settings,
    *,
    limit: float | None = 1.0,
    loss: Loss = MSE,
    schedule: schedules.Schedule = schedules.STEPS,
    feed: feeds.Feed = feeds.chunks,
    on_epoch: Callable[[Result], None] | None = None,
) -> Study:
    """Train a model on a graph's entries, and count.

    Parameters
    ----------
    model : nn.Module
        Maps coordinates float[m, 2] to outputs float[m]; ends with its best weights.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What to memorise.
    settings : Settings
    limit : float or None
        The coordinates' range.
    loss, schedule, feed, on_epoch
        As in `train`.

    Returns
    -------
    Study
        With the metrics

        - `lowest_loss`, `final_loss`;
        - `wrong_mean`, `wrong_half`, `wrong_best`: wrong entries of the best weights in 16 bits, cut at the
          mean, at 0.5 and at the best threshold; `majority_wrong`, those of the commoner answer everywhere;
        - `stop_epoch`: first epoch with a loss below the paper's 0.01, and `wrong_mean_at_stop`,
          `wrong_half_at_stop`: wrong entries of that epoch; `exact_epoch`: first epoch without a wrong entry
          at 0.5; None where there is no such epoch, and `epochs_to_stop`, `epochs_to_exact` are then one
          more than the epochs run;
        - `one_answer_epochs`: epochs before the first one in which the rarer answer gets at least
          `ONE_ANSWER` of the entries; `early_majority`: the least share of the commoner answer within the
          first tenth of the epochs;
        - `rises`: share of the epochs that end with a larger loss than the one before;
        - `parameters_count`, `model_bytes` (16 bits a weight), `residual_bits`, `total_bits` of
          `rates.total_bits`, `bitmap_bits`, `density_entropy_bits`, `actual_density`, `edges`;
        - `seconds`, `epochs_run`, `chunk`, and `history_epoch`, `history_loss`, `history_wrong_half`,
          `history_wrong_mean`.
    """
    graph = as_graph(graph)
    result = train(
        model,
        *pixels(graph, limit),
        settings,
        loss=loss,
        schedule=schedule,
        feed=feed,
        on_epoch=on_epoch,
    )
    found = evaluate(half_precision(model), graph, limit, loss=loss)
    rate = rates.total_bits(found.scores, graph, size_bytes(model))
    entries, edges = found.scores.size, graph.adjacency.nnz
    stop, exact = result.first_below(PAPERS_STOP), np.flatnonzero(np.array(result.errors_half) == 0)
    rarer = np.minimum(result.edges_half, entries - np.array(result.edges_half)) / entries
    mixed = np.flatnonzero(rarer >= ONE_ANSWER)
    shown = history_epochs(result.epochs)
    metrics = {
        "lowest_loss": result.best_loss,
        "final_loss": result.loss[-1],
        "wrong_mean": found.errors_mean,
        "wrong_half": found.errors_half,
        "wrong_best": found.errors_best,
        "majority_wrong": min(edges, entries - edges),
        "stop_epoch": stop,
        "wrong_mean_at_stop": result.errors_mean[stop - 1] if stop else None,
        "wrong_half_at_stop": result.errors_half[stop - 1] if stop else None,
        "exact_epoch": int(exact[0]) + 1 if len(exact) else None,
        "epochs_to_stop": stop or result.epochs + 1,
        "epochs_to_exact": int(exact[0]) + 1 if len(exact) else result.epochs + 1,
        "one_answer_epochs": int(mixed[0]) if len(mixed) else result.epochs,
        "early_majority": 1 - float(rarer[: max(1, result.epochs // 10)].max()),
        "rises": float(np.mean(np.diff(result.loss) > 0)) if result.epochs > 1 else 0.0,
        "parameters_count": parameter_count(model),
        "model_bytes": size_bytes(model),
        "residual_bits": rate.residual,
        "total_bits": rate.total,
        "bitmap_bits": rates.bitmap_bits(graph),
        "density_entropy_bits": rates.density_entropy_bits(graph),
        "actual_density": graph.density,
        "edges": graph.number_of_edges,
        "seconds": result.seconds,
        "epochs_run": result.epochs,
        "chunk": result.chunk,
        "history_epoch": shown,
        "history_loss": [result.loss[epoch - 1] for epoch in shown],
        "history_wrong_half": [result.errors_half[epoch - 1] for epoch in shown],
        "history_wrong_mean": [result.errors_mean[epoch - 1] for epoch in shown],
    }
    return Study(result, found, metrics)


def beside(
    live: Iterable[Mapping],
    experiment: str,
    setting: list[str],
    by: list[str],
    shown: Mapping[str, tuple[str, str]],
) -> pd.DataFrame:
    """The live rows of a chapter, and below them the recorded ones, runs that differ in seeds together.

    Parameters
    ----------
    live : iterable of mapping
        Parameters and metrics, one mapping per row.
    experiment : str
        Whose records are shown.
    setting : list of str
        Parameters that say what all rows of a chapter have in common; they share a column.
    by : list of str
        Parameters that the rows compare.
    shown
        As in `summary.spread`.

    Returns
    -------
    pandas.DataFrame
        Its column "run" says which row is which.
    """
    told, by = len(setting), [*setting, *by]
    tables = [spread(pd.DataFrame(list(live)), by, dict(shown), "live")]
    kept = records.gather(experiment=experiment)
    if len(kept):
        # Files lie in no order: rows come as they do live, and other values, such as larger sizes, after.
        for name in reversed(by):
            values = list(dict.fromkeys([*tables[0][name], *sorted(kept[name].unique())]))
            kept = kept.sort_values(
                name, key=lambda column, values=values: column.map(values.index), kind="stable"
            )
        tables.append(spread(kept, by, dict(shown)))
    table = pd.concat(tables, ignore_index=True)
    table["run"] += ": " + table[setting].apply(lambda row: ", ".join(map(_said, row.index, row)), axis=1)
    return table.drop(columns=by[:told])


def as_markdown(table: pd.DataFrame) -> str:
    """Write what `beside` returned as Markdown: a heading for each kind of run, with its rows below.

    Parameters
    ----------
    table : pandas.DataFrame
        With a column "run".

    Returns
    -------
    str

    Examples
    --------
    >>> print(as_markdown(pd.DataFrame({"run": ["live"] * 2, "loss": ["a", "b"], "wrong": ["1", "2"]})))
    **live**
    <BLANKLINE>
    | loss   | wrong   |
    |:-------|:--------|
    | a      | 1       |
    | b      | 2       |
    """
    blocks = [
        f"**{run}**\n\n" + rows.drop(columns="run").to_markdown(index=False, disable_numparse=True)
        for run, rows in table.groupby("run", sort=False)
    ]
    return "\n\n".join(blocks)


def recorded(experiment: str, common: Mapping, rows: Iterable[Mapping], told: list[str]) -> list[dict]:
    """Make the records of a chapter's rows.

    Parameters
    ----------
    experiment : str
        The records' experiment.
    common : mapping
        Parameters that all rows share.
    rows : iterable of mapping
        Parameters, metrics and `seconds` of each row; what is missing (None, NaN) is kept as None.
    told : list of str
        Those of a row's keys that are parameters.

    Returns
    -------
    list of dict
        As from `records.record`.

    Examples
    --------
    >>> [found] = recorded("demo", {"nodes": 5}, [{"loss": "MSE", "wrong": 2, "seconds": 1.0}], ["loss"])
    >>> found["parameters"], found["metrics"]
    ({'nodes': 5, 'loss': 'MSE'}, {'wrong': 2})
    """
    made = []
    for row in rows:
        parameters = dict(common) | {name: row[name] for name in told}
        metrics = {name: value for name, value in row.items() if name not in {*parameters, "seconds"}}
        metrics = {name: None if _missing(value) else value for name, value in metrics.items()}
        made.append(records.record(experiment, parameters, metrics, row.get("seconds", 0.0)))
    return made


def _said(name: str, value) -> str:
    """A parameter in a few characters: "40 nodes", "NWS", "6 steps an epoch"."""
    if isinstance(value, str):
        return "".join(word[0].upper() for word in value.split("_"))
    what, _, per = name.partition("_per_")
    what = what.removesuffix("s") if value == 1 else what
    return f"{value:,} {what}" + (f" an {per}" if per else "")


def _missing(value) -> bool:
    """Whether a single value is None or NaN."""
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))
