"""Record what the released measurements say: `python benchmarks/record_prediction.py --help`.

They are read from NETWITHIN_DATA or downloaded. What is recorded at this commit is skipped, so the command
can simply be repeated, also after it stopped for want of time. Records go to results/recorded/:

- `released-networks`: how many there are, and what is missing;
- `released-accuracies`: how many of the printed accuracies of Tables 8 to 10 are means of the released ones;
- `regression`: Table 3 and its baselines, one record per encoding, set of features, way to make folds, and
  scenario;
- `regression-protocol`: what Table 3's MGE rows become under other readings of the protocol;
- `importance`: Figures 3 and 4, one record per scenario;
- `ranking`: Tables 4, 11 and 12, one record per table, strategy and architecture;
- `choosing`: one record per strategy and set of metrics, the choices as lists.
"""

import math
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated

import pandas as pd
import typer

from netwithin import records
from netwithin.prediction import choosing, features, ranking, regression, released

METRICS = {
    "unrolled": list(released.TOPOMETRICS),
    "rolled": list(released.LAYER_METRICS),
    "rolled_channel": list(released.LAYER_METRICS),
}
#: What the rows of a fold share when folds are not made at random.
GROUPS = ("dataset", "pruner")
GROUPED_SETS = ("topometrics", "topometrics before training", "indicators", "layer densities")
TABLES = {4: released.PRUNERS, 11: released.PAI, 12: released.RANDOM}
#: Other readings: arguments of `cross_validate`, whether repeated rows stay, whose rows adjust R^2.
PROTOCOLS: dict[str, dict] = {
    "as in this book": {},
    "minima and maxima of the training rows": {"scaling": "train"},
    "repeated rows kept": {"repeated": True},
    "adjusted by a fold's rows": {"fold_rows": True},
    "penalties ten times larger": {"penalty": 10.0},
    "penalties ten times smaller": {"penalty": 0.1},
}
Run = tuple[str, dict, Callable[[], dict]]


@cache
def networks(encoding: str, repeated: bool = False) -> pd.DataFrame:
    """The networks of the paper with one encoding's metrics and their layers' densities."""
    table = released.study(encoding)
    if repeated:
        everything = released.load(encoding)
        wanted = everything["architecture"].isin(released.ARCHITECTURES)
        everything = everything[wanted & everything["pruner"].isin(released.PRUNERS)]
        table = everything.assign(drop=released.accuracy_drop(everything))
    layers = released.layer_densities(released.of_the_paper(released.load("rolled")))
    return table.merge(layers, on=released.KEYS, how="left")


def scenarios(encoding: str, repeated: bool = False) -> list[features.Scenario]:
    """The nine columns of Table 3."""
    return features.scenarios(networks(encoding, repeated), METRICS[encoding])


def counts(repeats: int, seed: int) -> Iterator[Run]:
    """How many networks were released."""
    yield "released-networks", {"encoding": "unrolled"}, _counts


def _counts() -> dict:
    rows, once = networks("unrolled", repeated=True), networks("unrolled")
    kinds = (released.DATASETS, released.ARCHITECTURES, released.SPARSITIES, released.PRUNERS)
    wanted = 3 * math.prod(map(len, kinds))
    return {
        "rows": len(rows),
        "repeated": len(rows) - len(once),
        "networks": len(once),
        "missing": wanted - len(once),
        "incomplete": int(once[METRICS["unrolled"]].isna().any(axis=1).sum()),
    }


def accuracies(repeats: int, seed: int) -> Iterator[Run]:
    """Whether the printed accuracies are the means over the released seeds, by data set and architecture."""
    for dataset in released.DATASETS:
        for architecture in released.ARCHITECTURES:
            parameters = {"dataset": dataset, "architecture": architecture}
            yield "released-accuracies", parameters, lambda p=parameters: _accuracies(**p)


def _accuracies(dataset: str, architecture: str) -> dict:
    means = networks("rolled").groupby(["dataset", "architecture", "sparsity", "pruner"])["accuracy"].mean()
    printed = (
        released.published_accuracy().loc[[dataset], [architecture]].drop("Dense", level="pruner").dropna()
    )
    apart = 100 * (means.reindex(printed.index) - printed).abs()
    farthest = "{2:g}, {3}".format(*apart.idxmax())
    # An accuracy is printed with one decimal.
    found = {"cells": len(printed), "within": int((apart <= 0.1001).sum())}
    return found | {"largest": float(apart.max()), "farthest": farthest}


def regressions(repeats: int, seed: int) -> Iterator[Run]:
    """Every encoding with its metrics; of the unrolled one every set of features, and grouped folds."""
    random = [(encoding, "topometrics", "random") for encoding in METRICS]
    random += [("unrolled", name, "random") for name in features.SETS if name != "topometrics"]
    grouped = [("unrolled", name, group) for group in GROUPS for name in GROUPED_SETS]
    for encoding, name, folds in random + grouped:
        for place, (fixed, level) in enumerate((part.fixed, part.level) for part in scenarios(encoding)):
            parameters = {"encoding": encoding, "features": name, "folds": folds, "fixed": fixed}
            parameters |= {"level": str(level), "repeats": repeats if folds == "random" else 1, "seed": seed}
            yield "regression", parameters, lambda p=parameters, i=place: _regression(p, i)


def _regression(parameters: dict, place: int) -> dict:
    scenario = scenarios(parameters["encoding"])[place]
    table = features.SETS[parameters["features"]](scenario)
    grouping = {}
    if parameters["folds"] != "random":
        grouping = {"groups": scenario.table[parameters["folds"]], "folds": None}
    scores = regression.cross_validate(
        table,
        scenario.table["drop"],
        repeats=parameters["repeats"],
        seed=parameters["seed"],
        **grouping,
    )
    return regression.averages(scores) | {"rows": table.shape[0], "columns": table.shape[1]}


def protocols(repeats: int, seed: int) -> Iterator[Run]:
    """Table 3's MGE rows read otherwise; the metrics are lists over the scenarios."""
    for name, reading in PROTOCOLS.items():
        parameters = {"protocol": name, "repeats": repeats, "seed": seed}
        yield "regression-protocol", parameters, lambda r=reading: _protocol(r, repeats, seed)


def _protocol(reading: dict, repeats: int, seed: int) -> dict:
    parts, found = scenarios("unrolled", reading.get("repeated", False)), []
    for part in parts:
        table = features.SETS["topometrics"](part)
        scores = regression.cross_validate(
            table,
            part.table["drop"],
            repeats=repeats,
            seed=seed,
            scaling=reading.get("scaling", "all"),
            models=regression.regressors(reading.get("penalty", 1.0)),
        )
        value = regression.averages(scores)["adjusted_r2"]
        rows, columns = table.shape
        if reading.get("fold_rows"):
            plain = 1 - (1 - value) * (rows - columns - 1) / (rows - 1)
            value = regression.adjusted_r2(plain, rows // 5, columns)
        found.append(value)
    return {"level": [str(part.level) for part in parts], "adjusted_r2": found}


def importances(repeats: int, seed: int) -> Iterator[Run]:
    """Every scenario's feature importance."""
    for part in scenarios("unrolled"):
        parameters = {"fixed": part.fixed, "level": str(part.level)}
        table = part.table
        yield (
            "importance",
            parameters,
            lambda t=table: regression.importance(t[METRICS["unrolled"]], t["drop"]).to_dict(),
        )


def rankings(repeats: int, seed: int) -> Iterator[Run]:
    """Tables 4, 11 and 12 for every strategy."""
    for number in TABLES:
        for strategy in ("Layer-Density", "Difference of bound", "IMDB", "IMSG", "Topometric mixture"):
            for architecture in released.ARCHITECTURES:
                parameters = {"table": number, "strategy": strategy, "architecture": architecture}
                yield "ranking", parameters, lambda p=parameters: _ranking(**p)


def _ranking(table: int, strategy: str, architecture: str) -> dict:
    accuracy = ranking.over_seeds(networks("rolled"), "accuracy")
    low_is_good = strategy == "Topometric mixture"
    cells = ranking.agreement(_scores(strategy), accuracy, TABLES[table], ascending=low_is_good)
    cells = ranking.over_datasets(cells[cells["architecture"] == architecture])
    means = {f"rbo_{row.sparsity}": row.mean_rbo for row in cells.itertuples()}
    return means | {f"std_{row.sparsity}": row.std for row in cells.itertuples()}


@cache
def _scores(strategy: str) -> pd.Series:
    if strategy == "Topometric mixture":
        table, metrics = networks("unrolled"), METRICS["unrolled"]
        return ranking.mixture(table, metrics, ranking.importances(table, metrics))
    if strategy == "Layer-Density":
        return ranking.over_seeds(networks("rolled"), "density")
    column = strategy.lower().replace(" ", "_")
    layers = released.per_network(released.of_the_paper(released.load("ramanujan")))
    return ranking.over_seeds(layers, column)


def choices(repeats: int, seed: int) -> Iterator[Run]:
    """What each strategy chooses for what it has not seen, with all metrics and without trained weights."""
    untrained = [name for name in METRICS["unrolled"] if name not in released.TRAINED]
    for label, metrics in (("all 16", METRICS["unrolled"]), ("before training", untrained)):
        for strategy in (*choosing.STRATEGIES, "any pruner"):
            parameters = {"strategy": strategy, "metrics": label}
            yield "choosing", parameters, lambda s=strategy, m=tuple(metrics): _choices(s, m)


def _choices(strategy: str, metrics: tuple[str, ...]) -> dict:
    rows = _compared(metrics)
    rows = rows[rows["strategy"] == strategy].drop(columns="strategy")
    summary = {
        "mean_regret": rows["regret"].mean(),
        "median_regret": rows["regret"].median(),
        "largest_regret": rows["regret"].max(),
        "best_chosen": float((rows["regret"] == 0).mean()),
    }
    return summary | {name: list(rows[name]) for name in rows}


@cache
def _compared(metrics: tuple[str, ...]) -> pd.DataFrame:
    return choosing.compare(networks("unrolled"), metrics)


def main(
    repeats: Annotated[int, typer.Option(help="Times that random folds are drawn; the paper has 100.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the first folds.")] = 0,
    only: Annotated[str, typer.Option(help="Record this experiment only.")] = "",
    seconds: Annotated[float, typer.Option(help="Begin nothing new after so many seconds.")] = 3600.0,
) -> None:
    """Record whatever is missing."""
    began = time.perf_counter()
    for runs in (counts, accuracies, importances, rankings, choices, regressions, protocols):
        for experiment, parameters, run in runs(repeats, seed):
            if time.perf_counter() - began > seconds:
                print("out of time; call again")
                return
            if only not in ("", experiment):
                continue
            start = time.perf_counter()
            if records.count(experiment, parameters, this_commit=True):
                continue
            metrics = run()
            records.write(records.record(experiment, parameters, metrics, time.perf_counter() - start))
            print(experiment, parameters, round(time.perf_counter() - start, 1), flush=True)


if __name__ == "__main__":
    typer.run(main)
