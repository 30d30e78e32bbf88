"""The recorded runs on the released measurements, as the tables that chapters show and figures draw.

The runs are those of `benchmarks/record_prediction.py`. Without them the tables have no rows, or NaN where
the paper's figures stand beside them.
"""

import pandas as pd

from netwithin import records
from netwithin.prediction import released

#: Table 3's columns, as text.
LEVELS = [str(sparsity) for sparsity in released.SPARSITIES] + list(released.ARCHITECTURES)
#: Table 3's names for the encodings, and this package's.
ENCODINGS = {"Rolled BGE": "rolled", "Rolled-channel BGE": "rolled_channel", "Unrolled MGE": "unrolled"}
#: Epochs of the recorded short trainings, by data set.
SHORT_EPOCHS = {"digits": 12, "cifar-10-subset": 10}
# How many trainings `grids/pruning.yml` has, dense and under seven pruners: on digits with three seeds and at
# three sparsities, on the other once.
_SHORT_EXPECTED = {
    "digits": 3 * (1 + 3 * len(released.PRUNERS)),
    "cifar-10-subset": 1 + len(released.PRUNERS),
}
_SPARSITIES = [*LEVELS[:5], "average"]


def table_3(metric: str = "adjusted_r2", runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Table 3, printed and measured.

    Parameters
    ----------
    metric : {"adjusted_r2", "mae"}
    runs : pandas.DataFrame, optional
        The records of the experiment `regression`; by default those of the checkout.

    Returns
    -------
    pandas.DataFrame
        Index `encoding` (the paper's name) and "printed" or "measured"; columns `LEVELS`. NaN where nothing
        is recorded.
    """
    printed = records.published("mge_regression_table_3").query("metric == @metric")
    runs = _of("regression", runs)
    chosen = _rows(runs, features="topometrics", folds="random")
    names = {short: name for name, short in ENCODINGS.items()}
    parts = {
        "printed": printed.rename(columns={"mean": "value"}),
        "measured": chosen.assign(encoding=chosen["encoding"].map(names), value=chosen[metric])
        if len(chosen)
        else pd.DataFrame(columns=["encoding", "level", "value"]),
    }
    tables = {
        source: part.pivot(index="encoding", columns="level", values="value").reindex(
            index=list(ENCODINGS), columns=LEVELS
        )
        for source, part in parts.items()
    }
    both = pd.concat(tables, names=["source"]).swaplevel().astype(float)
    order = pd.MultiIndex.from_product([list(ENCODINGS), ["printed", "measured"]], names=both.index.names)
    return both.reindex(order)


def by_features(
    folds: str = "random", metric: str = "adjusted_r2", runs: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How well each set of features of `netwithin.prediction.features.SETS` predicts the drop.

    Parameters
    ----------
    folds : {"random", "dataset", "pruner"}
        At random, or a dataset or a pruner held out.
    metric : {"adjusted_r2", "pooled_r2", "mae"}
    runs : pandas.DataFrame, optional
        As for `table_3`.

    Returns
    -------
    pandas.DataFrame
        Index `features`, as far as recorded; columns `LEVELS`.
    """
    chosen = _rows(_of("regression", runs), encoding="unrolled", folds=folds)
    if chosen.empty:
        return pd.DataFrame(columns=LEVELS, dtype=float)
    return chosen.pivot(index="features", columns="level", values=metric).reindex(columns=LEVELS)


def importance(runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Figures 3 and 4: each metric's correlation with the predicted drop.

    Parameters
    ----------
    runs : pandas.DataFrame, optional
        The records of the experiment `importance`.

    Returns
    -------
    pandas.DataFrame
        The 16 metrics by `LEVELS`; without records, no columns.
    """
    runs = _of("importance", runs)
    table = runs.set_index("level") if len(runs) else pd.DataFrame(columns=list(released.TOPOMETRICS))
    table = table[list(released.TOPOMETRICS)].T.astype(float)
    return table[[level for level in LEVELS if level in table]]


def protocols(runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """The multipartite row of Table 3 under other readings of the protocol.

    Parameters
    ----------
    runs : pandas.DataFrame, optional
        The records of the experiment `regression-protocol`.

    Returns
    -------
    pandas.DataFrame
        Index `protocol`, the first of them "printed", the others by `distance`; columns `LEVELS`, adjusted
        R^2, and `distance`, the mean absolute difference from what is printed.
    """
    printed = table_3(runs=pd.DataFrame()).loc[("Unrolled MGE", "printed")]
    runs = _of("regression-protocol", runs)
    if runs.empty:
        return printed.to_frame("printed").T.assign(distance=0.0).rename_axis(index="protocol")
    runs = runs.sort_values("date").drop_duplicates("protocol", keep="last")
    long = runs[["protocol", "level", "adjusted_r2"]].explode(["level", "adjusted_r2"])
    table = long.pivot(index="protocol", columns="level", values="adjusted_r2")[LEVELS].astype(float)
    table = pd.concat([printed.to_frame("printed").T, table]).rename_axis(index="protocol")
    return table.assign(distance=(table - printed).abs().mean(axis=1)).sort_values("distance")


def draws(runs: pd.DataFrame | None = None, readings: pd.DataFrame | None = None) -> dict[str, str]:
    """How often random folds were drawn for the recorded figures.

    Parameters
    ----------
    runs, readings : pandas.DataFrame, optional
        The records of the experiments `regression` and `regression-protocol`.

    Returns
    -------
    dict
        `repeats_mge` for the topometrics of the multipartite encoding, `repeats_else` for all other features,
        `repeats_protocol` for the other readings of the protocol. Where records differ, all numbers that
        there are, with commas between; without records, a dash.
    """
    random, readings = _rows(_of("regression", runs), folds="random"), _of("regression-protocol", readings)
    mge = _rows(random, features="topometrics", encoding="unrolled")
    parts = {"repeats_mge": mge, "repeats_else": random.drop(mge.index), "repeats_protocol": readings}
    texts = {}
    for name, part in parts.items():
        numbers = sorted(part["repeats"].unique()) if len(part) else ["–"]
        texts[name] = ", ".join(map(str, numbers))
    return texts


def checks(networks: pd.DataFrame | None = None, accuracies: pd.DataFrame | None = None) -> dict[str, str]:
    """What is in the released table, and how far the printed accuracies are its means over the seeds.

    Parameters
    ----------
    networks, accuracies : pandas.DataFrame, optional
        The records of the experiments `released-networks`, of which the last counts, and
        `released-accuracies`, one per data set and architecture.

    Returns
    -------
    dict
        Numbers of `rows`, rows that are there twice (`repeated`), networks that are `missing`, and those
        without all metrics (`incomplete`); `checked_within` of `checked_cells` accuracies, within 0.1 points
        of the mean; and `checked_farthest`, which one is farthest. Dashes without records.
    """
    networks, accuracies = _of("released-networks", networks), _of("released-accuracies", accuracies)
    counts = ("rows", "repeated", "missing", "incomplete")
    checked = ("checked_within", "checked_cells", "checked_farthest")
    texts = dict.fromkeys((*counts, *checked), "–")
    if len(networks):
        last = networks.sort_values("date").iloc[-1]
        texts |= {name: f"{int(last[name]):,}" for name in counts}
    if len(accuracies):
        far = accuracies.loc[accuracies["largest"].idxmax()]
        where = f"{far['architecture']} on {far['dataset']} ({far['farthest']})"
        told = (
            accuracies["within"].sum(),
            accuracies["cells"].sum(),
            f"{where}, by {far['largest']:.1f} points",
        )
        texts |= dict(zip(checked, map(str, told), strict=True))
    return texts


def ranking(number: int, runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Table 4, 11 or 12, printed and measured.

    Parameters
    ----------
    number : {4, 11, 12}
    runs : pandas.DataFrame, optional
        The records of the experiment `ranking`.

    Returns
    -------
    pandas.DataFrame
        Index `architecture`, `strategy` and `sparsity` (text, "average" among them), in the paper's order;
        columns `printed` and `measured`, the mean overlaps.
    """
    table = records.published("mge_ranking_tables_4_11_12").query("table == @number")
    keys = ["architecture", "strategy", "sparsity"]
    printed = table.set_index(keys)["mean_rbo"].rename("printed")
    runs = _rows(_of("ranking", runs), table=number)
    columns = {f"rbo_{sparsity}": sparsity for sparsity in _SPARSITIES}
    if runs.empty:
        return printed.to_frame().assign(measured=float("nan"))
    long = runs.rename(columns=columns).melt(keys[:2], _SPARSITIES, "sparsity", "measured")
    return printed.to_frame().join(long.set_index(keys)["measured"])


def ranking_in_full(number: int, runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Table 4, 11 or 12 as the paper lays it out, with the spread over the data sets.

    Parameters
    ----------
    number : {4, 11, 12}
    runs : pandas.DataFrame, optional
        The records of the experiment `ranking`.

    Returns
    -------
    pandas.DataFrame
        Index `architecture`, `strategy` and `source` ("printed" or "measured"), in the paper's order; columns
        the sparsities and "average", values as text: the mean overlap and the sample standard deviation over
        the three data sets. Dashes where nothing is recorded.

    Examples
    --------
    >>> ranking_in_full(4).loc[("Resnet-32", "Layer-Density", "printed"), "0.6"]
    '0.58 ± 0.33'
    """
    table = records.published("mge_ranking_tables_4_11_12").query("table == @number")
    keys = ["architecture", "strategy"]
    rows = dict.fromkeys(map(tuple, table[keys].itertuples(index=False)))  # in the paper's order
    printed = table.set_index([*keys, "sparsity"])[["mean_rbo", "std"]]
    runs = _rows(_of("ranking", runs), table=number)
    known = {} if runs.empty else runs.set_index(keys).to_dict("index")
    found = {}
    for row in rows:
        here = known.get(row, {})
        found[*row, "printed"] = [_spread(*printed.loc[(*row, sparsity)]) for sparsity in _SPARSITIES]
        found[*row, "measured"] = [
            _spread(here.get(f"rbo_{sparsity}"), here.get(f"std_{sparsity}")) for sparsity in _SPARSITIES
        ]
    return pd.DataFrame.from_dict(found, "index", columns=_SPARSITIES).set_axis(
        pd.MultiIndex.from_tuples(found, names=[*keys, "source"])
    )


def choices(metrics: str = "all 16", runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """What each strategy chose for the networks that it had not seen.

    Parameters
    ----------
    metrics : {"all 16", "before training"}
    runs : pandas.DataFrame, optional
        The records of the experiment `choosing`.

    Returns
    -------
    pandas.DataFrame
        One row per strategy and cell: `strategy`, `dataset`, `architecture`, `sparsity`, `pruner`, `regret`
        (shares of accuracy).
    """
    columns = ["dataset", "architecture", "sparsity", "pruner", "regret"]
    runs = _rows(_of("choosing", runs), metrics=metrics)
    if runs.empty:
        return pd.DataFrame(columns=["strategy", *columns])
    return runs[["strategy", *columns]].explode(columns, ignore_index=True).astype({"regret": float})


def accuracies(runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Tables 8 to 10, held against the released runs.

    Parameters
    ----------
    runs : pandas.DataFrame, optional
        The records of the experiment `released-accuracies`.

    Returns
    -------
    pandas.DataFrame
        Index the data sets, columns the architectures, values as text: of how many printed accuracies the
        mean of the released runs is within 0.1 points, the farthest distance and where it is. Dashes where
        nothing is recorded.

    Examples
    --------
    >>> accuracies(pd.DataFrame()).loc["CIFAR-10", "Conv-6"]
    '–'
    """
    runs = _of("released-accuracies", runs)
    table = pd.DataFrame("–", list(released.DATASETS), list(released.ARCHITECTURES))
    for run in runs.itertuples():
        found = f"{run.within} of {run.cells}; {run.largest:.2f} ({run.farthest})"
        table.loc[run.dataset, run.architecture] = found
    return table


def short_trainings(runs: pd.DataFrame | None = None, dataset: str = "digits") -> pd.DataFrame:
    """What Resnet-20 makes of small pictures in a few epochs, under every pruner, beside Table 8.

    Parameters
    ----------
    runs : pandas.DataFrame, optional
        The records of the experiment `pruning`, of `grids/pruning.yml`.
    dataset : str
        One of `SHORT_EPOCHS`.

    Returns
    -------
    pandas.DataFrame
        Index `pruner` as the paper has it, "Dense" among them; columns the recorded sparsities by `mean` and
        `spread` over the seeds (largest less smallest) and `printed` (Table 8, Resnet-20 on CIFAR-10), in
        percent. The dense network stands in each sparsity. No columns without records. `attrs` has the
        numbers of records, `runs`, of those that the grid would have, `expected`, and of `epochs`.
    """
    runs = _of("pruning", runs)
    pruners = ["Dense", *released.PRUNERS]
    counts = {"epochs": SHORT_EPOCHS[dataset], "expected": _SHORT_EXPECTED[dataset]}
    if "epochs" in runs:
        chosen = {"epochs": counts["epochs"], "architecture": "resnet20", "dataset": dataset}
        for column, value in chosen.items():
            runs = runs[runs[column] == value]
    if "epochs" not in runs or runs.empty:
        table = pd.DataFrame(index=pd.Index(pruners, name="pruner"))
        table.attrs = counts | {"runs": 0}
        return table
    titles = {title.lower(): title for title in pruners}
    runs = runs.assign(pruner=runs["pruner"].map(titles), percent=100 * runs["accuracy"].astype(float))
    groups = runs.groupby(["pruner", "sparsity"])["percent"]
    found = pd.DataFrame({"mean": groups.mean(), "spread": groups.max() - groups.min()})
    printed = 100 * released.published_accuracy()["CIFAR-10", "Resnet-20"].rename("printed")
    both = found.join(printed, how="inner").reset_index("sparsity")
    parts = {}
    for sparsity in sorted(set(runs["sparsity"]) - {0.0}):
        rows = both["sparsity"].isin([0.0, sparsity])
        parts[sparsity] = both.loc[rows, ["mean", "spread", "printed"]].reindex(pruners)
    table = pd.concat(parts, axis=1, names=["sparsity", None]).rename_axis(index="pruner")
    table.attrs = counts | {"runs": len(runs)}
    return table


def speeds(runs: pd.DataFrame | None = None) -> str:
    """What encoding and measuring a network of the paper's size took, as a list in a sentence.

    Parameters
    ----------
    runs : pandas.DataFrame, optional
        The records of the experiment `topometrics-speed`, which `benchmarks/topometrics_speed.py` makes.

    Returns
    -------
    str
        For each record, the smallest graph first: edges, seconds by the clock, and memory.

    Examples
    --------
    >>> speeds(pd.DataFrame())
    'nothing yet'
    """
    runs = _of("topometrics-speed", runs)
    if runs.empty:
        return "nothing yet"
    return "; ".join(
        f"{run.architecture} at {run.sparsity:g}, {run.edges / 1e6:.1f} million edges, "
        f"encoded in {run.encoding_seconds:.1f} s, "
        f"{'all metrics linear in the edges' if run.linear else 'all sixteen metrics'} "
        f"in {run.metrics_seconds:.1f} s, {run.gibibytes:.1f} GiB"
        for run in runs.sort_values("edges").itertuples()
    )


def _spread(mean: float | None, std: float | None) -> str:
    """A mean and its spread, if there are any, as text."""
    if mean is None or pd.isna(mean):
        return "–"
    return f"{mean:.2f}" if std is None or pd.isna(std) else f"{mean:.2f} ± {std:.2f}"


def _of(experiment: str, runs: pd.DataFrame | None) -> pd.DataFrame:
    return records.gather(experiment=experiment) if runs is None else runs


def _rows(runs: pd.DataFrame, **wanted) -> pd.DataFrame:
    """The runs that have these values; of several, as with other repeats, the last."""
    for column, value in wanted.items():
        if column not in runs:
            return runs.iloc[:0]
        runs = runs[runs[column] == value]
    keys = [
        column for column in ("encoding", "features", "level", "strategy", "architecture") if column in runs
    ]
    keys = [column for column in keys if runs[column].map(type).ne(list).all()]
    return runs.sort_values("date").drop_duplicates(keys, keep="last")
