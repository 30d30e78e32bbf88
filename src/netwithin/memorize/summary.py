"""What a run's record says: one list of metrics for the chapter and the long runs."""

import numpy as np
import pandas as pd
from torch import nn

from netwithin import rates, records
from netwithin.graphs import as_graph
from netwithin.memorize.evaluation import evaluate
from netwithin.memorize.siren import SIREN
from netwithin.memorize.trainer import Result
from netwithin.memorize.weights import half_precision, parameter_count, size_bytes

#: The paper breaks out of its training loop below this loss (Section 6.5).
PAPERS_STOP = 0.01
#: Points of a history that a record keeps.
POINTS = 80


def summarise(model: nn.Module, graph, result: Result, limit: float = 1.0, device: str = "cpu") -> dict:
    """Metrics of a finished training run.

    Parameters
    ----------
    model : nn.Module
        With its best weights, as `train` leaves it.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What was memorised.
    result : Result
        What `train` returned.
    limit : float
        The coordinates' range.
    device : str
        Where to decode.

    Returns
    -------
    dict
        `loss`, `bit_errors_{mean,half,best}` (over all entries), the same of the half-precision
        weights as `fp16_bit_errors_*`, `parameters_count`, `fp32_bytes`, `fp16_bytes`,
        `decode_seconds`, `epochs_run`, `training_seconds`, `stop_epoch` (first epoch with a loss
        below 0.01, or None), `first_exact_epoch` (first with no wrong bit at the mean or at 0.5, or None),
        `actual_density`, `edges`, `bitmap_bits`, `total_bits` (half-precision weights and the
        residual of `rates.total_bits`, in bits), `residual_bits`, `residual_method`, and the
        histories `history_{epoch,loss,bit_errors_mean,bit_errors_half}` at `POINTS` epochs.
    """
    graph, half = as_graph(graph), half_precision(model)
    full, rounded = evaluate(model, graph, limit, device), evaluate(half, graph, limit, device)
    rate = rates.total_bits(rounded.scores, graph, size_bytes(model))
    exact = np.minimum(result.errors_mean, result.errors_half) == 0
    shown = history_epochs(result.epochs)
    return {
        "loss": full.loss,
        "bit_errors_mean": full.errors_mean,
        "bit_errors_half": full.errors_half,
        "bit_errors_best": full.errors_best,
        "fp16_bit_errors_mean": rounded.errors_mean,
        "fp16_bit_errors_half": rounded.errors_half,
        "fp16_bit_errors_best": rounded.errors_best,
        "parameters_count": parameter_count(model),
        "fp32_bytes": size_bytes(model, bits=32),
        "fp16_bytes": size_bytes(model),
        "decode_seconds": full.decode_seconds,
        "epochs_run": result.epochs,
        "training_seconds": result.seconds,
        "stop_epoch": result.first_below(PAPERS_STOP),
        "first_exact_epoch": int(np.argmax(exact)) + 1 if exact.any() else None,
        "actual_density": graph.density,
        "edges": graph.number_of_edges,
        "bitmap_bits": rates.bitmap_bits(graph),
        "total_bits": rate.total,
        "residual_bits": rate.residual,
        "residual_method": rate.method,
        "history_epoch": shown,
        "history_loss": [result.loss[epoch - 1] for epoch in shown],
        "history_bit_errors_mean": [result.errors_mean[epoch - 1] for epoch in shown],
        "history_bit_errors_half": [result.errors_half[epoch - 1] for epoch in shown],
    }


def history_epochs(epochs: int, points: int = POINTS) -> list[int]:
    """At most `points` epochs from 1 to `epochs`, evenly spaced, both ends among them.

    Examples
    --------
    >>> history_epochs(9, points=3), history_epochs(2), history_epochs(0)
    ([1, 5, 9], [1, 2], [])
    """
    if epochs == 0:
        return []
    return np.unique(np.linspace(1, epochs, min(points, epochs)).round().astype(int)).tolist()


def recorded_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The recorded runs, one column per setting, with the seeds' values side by side.

    Parameters
    ----------
    runs : pandas.DataFrame
        `records.gather(experiment="siren")`.

    Returns
    -------
    pandas.DataFrame
        Texts; the index says what a row is. Values of several seeds are joined by " / " in the order
        of the seeds; a value that a run does not have, for example the epoch of a loss that it never
        reached, is a dash.
    """
    setting = ["graph_model", "nodes", "nominal_density", "chunk", "epochs_run"]
    shown = {
        "seed": ("seeds", "d"),
        "actual_density": ("actual density", ".3f"),
        "loss": ("lowest loss", ".2g"),
        "stop_epoch": ("first epoch with a loss below 0.01", ".0f"),
        "bit_errors_mean_at_stop": ("wrong bits then, cut at the mean", ",.0f"),
        "bit_errors_half_at_stop": ("wrong bits then, cut at 0.5", ",.0f"),
        "bit_errors_mean": ("wrong bits at the end, mean", ",.0f"),
        "bit_errors_half": ("wrong bits at the end, 0.5", ",.0f"),
        "bit_errors_best": ("wrong bits at the end, best cut", ",.0f"),
        "fp16_bit_errors_mean": ("the same with 16-bit weights, mean", ",.0f"),
        "fp16_bit_errors_half": ("the same with 16-bit weights, 0.5", ",.0f"),
    }

    def joined(values, form):
        return " / ".join("\u2013" if pd.isna(value) else format(value, form) for value in values)

    columns = []
    for key, group in runs.sort_values("seed").groupby(setting):
        column = {"graphs": _initials(key[0]), "nodes": f"{key[1]}", "nominal density": f"{key[2]}"}
        column |= {"pixels per step": f"{key[3]:,}", "epochs": f"{key[4]:,}"}
        columns.append(column | {name: joined(group[key], form) for key, (name, form) in shown.items()})
    return pd.DataFrame(columns).T


def table_five(runs: pd.DataFrame) -> pd.DataFrame:
    """The sizes and losses of the paper's networks, printed beside computed and recorded (Tables 4 and 5).

    Parameters
    ----------
    runs : pandas.DataFrame
        `records.gather(experiment="siren")`; may be empty.

    Returns
    -------
    pandas.DataFrame
        Texts, by nodes and nominal density; runs that differ in their seeds only are one row, median and
        range. Rows without a run say so; sizes need none.

    Examples
    --------
    >>> rows = table_five(pd.DataFrame())
    >>> len(rows), rows["fp16 kB, here"].unique().tolist(), rows["loss, recorded"].unique().tolist()
    (9, ['14.8', '186.3', '966.7'], ['not run'])
    """
    five, four = (records.published(f"memorization_table_{name}") for name in ("5_bits", "4_sizes"))
    rows = []
    for row in five.merge(four, on="nodes").to_dict("records"):
        size = size_bytes(SIREN(row["hidden_layers"], row["width"])) / 1000
        told = {"nodes": row["nodes"], "nominal density": row["density"]}
        told |= {"fp16 kB, printed": f"{row['fp16_kb']:,.1f}", "fp16 kB, here": f"{size:,.1f}"}
        told |= {"loss, printed": f"{row['overfitting_loss']:g}"}
        same = runs
        for column in ("nodes", "hidden_layers", "width"):
            same = same[same[column] == row[column]] if len(same) else same
        same = same[same.nominal_density == row["density"]] if len(same) else same
        if same.empty:
            rows.append(told | {"loss, recorded": "not run"})
            continue
        for (model, epochs), group in same.groupby(["graph_model", "epochs_run"]):
            shown = {"loss, recorded": _range(group.loss, ".2g"), "kind": _initials(model)}
            for rule, name in (("mean", "mean"), ("half", "0.5")):
                shown[f"wrong bits, cut at {name}"] = _range(group[f"fp16_bit_errors_{rule}"], ",.0f")
            rows.append(told | shown | {"epochs": f"{epochs:,}", "seeds": f"{group.seed.nunique()}"})
    return pd.DataFrame(rows).fillna("\u2013")


def findings(runs: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """The paper's sentences beside what the recorded runs measured.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of `records.gather(experiment="siren")` of one size.
    sizes : pandas.DataFrame
        The paper's Table 4, as published.

    Returns
    -------
    pandas.DataFrame
        Columns "the paper (section)" and "measured", texts.
    """
    smallest = sizes.loc[sizes.nodes.idxmin()]
    network = SIREN(int(smallest.hidden_layers), int(smallest.width))
    times = 8000 * sizes.fp16_kb / (sizes.nodes * (sizes.nodes - 1) / 2)
    exact = {rule: int((runs[f"fp16_bit_errors_{rule}"] == 0).sum()) for rule in ("mean", "half")}
    same = int((runs.fp16_bit_errors_half == runs.bit_errors_half).sum())
    dense = runs[runs.nominal_density == runs.nominal_density.max()]
    rows = {
        '"fewer than 800" parameters (1)': f"{parameter_count(network):,} in the smallest network of Table 4",
        'a loss below 0.01 is "sufficiently accurate" (6.5)': "wrong bits there, cut at 0.5: "
        + _span(runs.bit_errors_half_at_stop),
        '"entirely overfits", "lossless" (7)': "runs that end without a wrong bit, 16-bit weights: "
        f"{exact['mean']} of {len(runs)} cut at the mean, {exact['half']} at 0.5",
        "the mean prediction as threshold (6.4)": (
            f"nominal density {runs.nominal_density.max()}, wrong bits at a loss of 0.01: "
            f"{_span(dense.bit_errors_mean_at_stop)}, and {_span(dense.bit_errors_half_at_stop)} if "
            f"cut at 0.5; none from epoch {_exact_from(dense, 'mean')} on, "
            f"and from {_exact_from(dense, 'half')} on if cut at 0.5"
        ),
        "16-bit weights decode the same (6.4)": "as many wrong bits (cut at 0.5) as before in "
        f"{same} of {len(runs)} runs",
        "smaller than the stored graph (1)": f"{times.min():.0f} to {times.max():.0f} times one bit per pair "
        "(printed sizes)",
    }
    return pd.DataFrame(rows.items(), columns=["the paper (section)", "measured"])


def spread(
    runs: pd.DataFrame, by: list[str], shown: dict[str, tuple[str, str]], label: str = "recorded"
) -> pd.DataFrame:
    """Recorded runs that differ in their seeds only, as one row each time: the median, and the range.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of `records.gather`.
    by : list of str
        Columns that say what a row is about, in the order of the rows.
    shown : dict
        Column -> (heading, format of a float) of the figures.
    label : str
        What stands in the column "run", before the number of runs.

    Returns
    -------
    pandas.DataFrame
        Texts: "median (least to most)", or a single figure where all are the same; a dash where no run has
        the value, and the median among those that have it, with their number, where some do not.

    Examples
    --------
    >>> runs = pd.DataFrame({"loss": ["a", "a", "b"], "wrong": [3, 5, 7.0]})
    >>> spread(runs, ["loss"], {"wrong": ("wrong bits", ".0f")}).values.tolist()
    [['recorded, 2 runs', 'a', '4 (3 to 5)'], ['recorded, 1 run', 'b', '7']]
    """
    rows = []
    for key, group in runs.groupby(by, sort=False, dropna=False):
        number = f"{label}, {len(group)} run{'s' if len(group) > 1 else ''}"
        row = {"run": number} | dict(zip(by, key, strict=True))
        rows.append(row | {name: _range(group[column], form) for column, (name, form) in shown.items()})
    return pd.DataFrame(rows, columns=["run", *by, *(name for name, _ in shown.values())])


def _range(values: pd.Series, form: str) -> str:
    """Median, least and most of some figures, as text."""
    known = pd.to_numeric(values).dropna()
    if known.empty:
        return "\u2013"
    middle, least, most = (format(value, form) for value in (known.median(), known.min(), known.max()))
    some = f", in {len(known)} of {len(values)}" if len(known) < len(values) else ""
    return f"{middle} ({least} to {most}{some})" if least != most else f"{middle}{some}"


def _span(values: pd.Series) -> str:
    """The least and the most of some counts."""
    ends = sorted(
        {f"{value:,.0f}": value for value in (values.min(), values.max())}.items(), key=lambda e: e[1]
    )
    return " to ".join(text for text, _ in ends) if values.notna().any() else "not run"


def _exact_from(runs: pd.DataFrame, rule: str) -> str:
    """The recorded epochs from which on a threshold leaves no wrong bit, seed by seed."""
    found = []
    for _, run in runs.sort_values("seed").iterrows():
        wrong = np.flatnonzero(run[f"history_bit_errors_{rule}"])
        first = wrong[-1] + 1 if len(wrong) else 0
        found.append(f"{run.history_epoch[first]:,}" if first < len(run.history_epoch) else "\u2013")
    return " / ".join(found) or "not run"


def _initials(name: str) -> str:
    """A generator's short name: newman-watts-strogatz is NWS."""
    return "".join(word[0].upper() for word in name.split("-"))
