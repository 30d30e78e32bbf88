"""Our own topometrics of the paper's networks: masks made here, graphs as the paper defines them.

The runs are those of `grids/topometrics.yml`, one record of the experiment `topometrics` for each network,
pruner, sparsity and seed: the 16 metrics of the unweighted graph, its padding and its skips included, for
inputs of 32 x 32 pixels and ten classes. Nothing of ours was trained at that scale, so accuracies are the
paper's printed ones (Tables 8 to 10), and the graphs of the three data sets are taken to be alike: what
differs between data sets has to come from an indicator.
"""

import numpy as np
import pandas as pd

from netwithin import records
from netwithin.prediction import features, ranking, regression, released
from netwithin.prediction.ranking import CELL

#: This package's names of the networks and the pruners, and the paper's.
ARCHITECTURES = dict(
    zip(("conv6", "resnet20", "resnet32", "wide_resnet28_2"), released.ARCHITECTURES, strict=True)
)
PRUNERS = {title.lower(): title for title in released.PRUNERS}
#: The 16 metrics.
METRICS = list(released.TOPOMETRICS)
#: Records that the whole grid would have.
EXPECTED = 3 * len(ARCHITECTURES) * len(PRUNERS) * len(released.SPARSITIES)
#: Rows that a scenario needs to be regressed on; with fewer, 16 features explain anything.
LEAST_ROWS = 40

#: Sets of features that are compared; without the graph, with its size alone, and with all of its metrics.
SETS = {
    name: features.SETS[name] for name in ("indicators", "nodes and edges", "layer densities", "topometrics")
}
SETS["indicators and nodes and edges"] = lambda scenario: pd.concat(
    [features.SETS[name](scenario) for name in ("indicators", "nodes and edges")], axis=1
)
SETS |= {
    name: features.SETS[name] for name in ("indicators and layer densities", "indicators and topometrics")
}

_NETWORK = ["architecture", "sparsity", "pruner"]
_DENSITIES = ["density_mean", "density_std", "density_min", "density_max", "density_first", "density_last"]


def networks(runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """The networks whose topometrics were recorded, one row each.

    Parameters
    ----------
    runs : pandas.DataFrame, optional
        The records of the experiment `topometrics`; by default those of the checkout.

    Returns
    -------
    pandas.DataFrame
        `architecture`, `sparsity`, `pruner` (the paper's names) and `seed`; `nodes`, `edges`, the 16 metrics
        (NaN where the graph had too many edges to be measured), `processor_seconds`, and the layer densities'
        summaries as `released.layer_densities` has them. No rows without records.
    """
    runs = records.gather(experiment="topometrics") if runs is None else runs
    columns = [*_NETWORK, "seed", "nodes", "edges", *METRICS, "processor_seconds", *_DENSITIES]
    if "padding" in runs:
        runs = runs[runs["size"].eq(32) & runs["padding"].eq(True) & runs["layer_densities"].notna()]
    if "padding" not in runs or runs.empty:
        return pd.DataFrame(columns=columns)
    named = {"architecture": runs["architecture"].map(ARCHITECTURES), "pruner": runs["pruner"].map(PRUNERS)}
    table = runs.assign(**named).reset_index(drop=True)
    if "processor_seconds" not in table:  # the first records had wall-clock times only
        table["processor_seconds"] = float("nan")
    table = table.join(pd.DataFrame([_summary(one) for one in table["layer_densities"]]))
    numbers = [column for column in columns if column not in ("architecture", "pruner")]
    return table.astype({column: float for column in numbers} | {"seed": int})[columns]


def _summary(densities: list) -> dict[str, float]:
    """A network's layer densities as six numbers; the spread is the sample's, as in the released study."""
    values = np.asarray(densities, float)
    kinds = (values.mean(), values.std(ddof=1), values.min(), values.max(), values[0], values[-1])
    return dict(zip(_DENSITIES, map(float, kinds), strict=True))


def coverage(table: pd.DataFrame) -> pd.DataFrame:
    """How much of the grid there is.

    Parameters
    ----------
    table : pandas.DataFrame
        What `networks` returned.

    Returns
    -------
    pandas.DataFrame
        Index the four architectures, columns the five sparsities, values as text: networks measured, and
        behind a plus sign those with too many edges, of 21 (7 pruners, 3 seeds).

    Examples
    --------
    >>> coverage(networks(pd.DataFrame())).loc["Conv-6", 0.9]
    '0'
    """
    measured = table[METRICS[0]].notna()
    shape = {"index": list(released.ARCHITECTURES), "columns": list(released.SPARSITIES)}

    def count(rows: pd.DataFrame) -> pd.DataFrame:
        counted = rows.groupby(["architecture", "sparsity"]).size().unstack()
        return counted.reindex(**shape).fillna(0).astype(int)

    there, large = count(table[measured]), count(table[~measured])
    return there.astype(str) + large.map(lambda number: f" + {number}" if number else "")


def cost(table: pd.DataFrame) -> pd.DataFrame:
    """What the graphs that were too large would take, by the power law of those that were measured.

    Parameters
    ----------
    table : pandas.DataFrame
        What `networks` returned, with at least two measured graphs of different size.

    Returns
    -------
    pandas.DataFrame
        One row per architecture and sparsity with such graphs: `graphs`, `edges` (the largest's), `hours` of
        all of them. Least squares of the logarithms of `processor_seconds` against those of `edges`.

    Raises
    ------
    ValueError
        If too few graphs were measured.

    Examples
    --------
    >>> rows = pd.DataFrame({"edges": [1e6, 2e6, 36e8], "processor_seconds": [1.0, 2.0, None]})
    >>> rows["sink"] = [0.1, 0.1, None]
    >>> cost(rows.assign(architecture="A", sparsity=0.6)).round(3).values.tolist()
    [['A', 0.6, 1, 3600000000.0, 1.0]]
    """
    known = table.dropna(subset=["processor_seconds"])
    if known["edges"].nunique() < 2:
        raise ValueError("two measured graphs of different size are needed")
    slope, start = np.polyfit(np.log(known["edges"]), np.log(known["processor_seconds"]), 1)
    large = table[table[METRICS[0]].isna()]
    large = large.assign(hours=np.exp(start) * large["edges"] ** slope / 3600)
    found = large.groupby(["architecture", "sparsity"]).agg(
        graphs=("edges", "size"), edges=("edges", "max"), hours=("hours", "sum")
    )
    return found.reset_index()


def not_run(table: pd.DataFrame) -> str:
    """Which graphs were counted and not measured, and what they would take, as a sentence.

    Parameters
    ----------
    table : pandas.DataFrame
        What `networks` returned.

    Returns
    -------
    str

    Examples
    --------
    >>> rows = pd.DataFrame({"edges": [1e6, 2e6, 36e8], "processor_seconds": [1.0, 2.0, None]})
    >>> rows["sink"] = [0.1, 0.1, None]
    >>> not_run(rows.assign(architecture="A", sparsity=0.6))
    'Those not run, 1 with 3600 million edges, would take about 1.0 hours of one core.'
    """
    large = table.loc[table[METRICS[0]].isna(), "edges"] / 1e6
    if large.empty:
        return "None of the graphs that were reached was too large."
    least, most = f"{large.min():.0f}", f"{large.max():.0f}"
    known = table["processor_seconds"].nunique() > 1
    hours = f"{cost(table)['hours'].sum():.1f}" if known else "an unknown number of"
    return (
        f"Those not run, {len(large)} with {least if least == most else f'{least} to {most}'} million edges, "
        f"would take about {hours} hours of one core."
    )


def along_edges(table: pd.DataFrame) -> pd.Series:
    """How much of each metric is the number of edges: Spearman's correlation over the pruners of a network.

    Parameters
    ----------
    table : pandas.DataFrame
        What `networks` returned.

    Returns
    -------
    pandas.Series
        By metric, from -1 to 1: the mean over architectures, sparsities and seeds of which three pruners or
        more were measured. A metric that is the same for all pruners has none there; NaN if it has none
        anywhere.

    Examples
    --------
    >>> table = pd.DataFrame({"architecture": "A", "sparsity": 0.9, "seed": 0, "edges": [1, 2, 3]})
    >>> along = along_edges(table.assign(**{name: [1.0, 4.0, 9.0] for name in METRICS}))
    >>> round(float(along["motif4"]), 3)
    1.0
    """
    cells = []
    for _, cell in table.dropna(subset=METRICS).groupby(["architecture", "sparsity", "seed"]):
        if len(cell) > 2:
            # A metric that is the same for all prunings may still differ in its last digit.
            varying = [name for name in METRICS if np.ptp(cell[name]) > 1e-9 * cell[name].abs().max()]
            cells.append(cell[varying].corrwith(cell["edges"], method="spearman"))
    found = pd.DataFrame(cells, columns=METRICS, dtype=float)
    return found.mean()


def study(table: pd.DataFrame) -> pd.DataFrame:
    """What the regression and the ranking read: our metrics beside the printed accuracies.

    Parameters
    ----------
    table : pandas.DataFrame
        What `networks` returned.

    Returns
    -------
    pandas.DataFrame
        One row per data set, architecture, sparsity and pruner that was measured: means of the metrics over
        the recorded seeds, `seeds` (how many), `accuracy` as printed (NaN: no better than chance) and
        `drop`.
    """
    features = ["nodes", "edges", *METRICS, *_DENSITIES]
    measured = table.dropna(subset=METRICS)
    means = measured.groupby(_NETWORK, as_index=False)[features].mean()
    means = means.merge(measured.groupby(_NETWORK, as_index=False).agg(seeds=("seed", "nunique")))
    printed = released.published_accuracy().drop("Dense", level="pruner").rename("accuracy").reset_index()
    joined = printed.merge(means, on=_NETWORK)
    return joined.assign(drop=released.accuracy_drop(joined))


def whole_cells(table: pd.DataFrame, crossed: bool = False) -> pd.DataFrame:
    """The rows of those architectures and sparsities of which all seven pruners were measured.

    Parameters
    ----------
    table : pandas.DataFrame
        What `study` returned. Accuracies no better than chance count as 0, so that they rank last.
    crossed : bool
        Keep only architectures of which two sparsities are whole, and sparsities of which two architectures
        are: `netwithin.prediction.choosing` learns from those.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> columns = {name: [] for name in [*CELL, "pruner", "accuracy"]}
    >>> len(whole_cells(pd.DataFrame(columns)))
    0
    """
    table = table.assign(accuracy=table["accuracy"].fillna(0.0))
    if len(table):
        table = table.assign(drop=released.accuracy_drop(table))
    kept = table.groupby(CELL)["pruner"].transform("nunique") == len(PRUNERS)
    table = table[kept.astype(bool)]
    while crossed:
        pairs = [("architecture", "sparsity"), ("sparsity", "architecture")]
        enough = [table.groupby(one)[other].transform("nunique") > 1 for one, other in pairs]
        kept = (enough[0] & enough[1]).astype(bool)
        if kept.all():
            break
        table = table[kept]
    return table.reset_index(drop=True)


def regressed(
    table: pd.DataFrame,
    folds: str = "random",
    sets: tuple[str, ...] = tuple(SETS),
    repeats: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """How well sets of features predict the printed drop, by scenario.

    Parameters
    ----------
    table : pandas.DataFrame
        What `study` returned. Rows without a printed accuracy are left out.
    folds : {"random", "dataset", "pruner"}
        Five at random, or one for each data set or pruner.
    sets : tuple of str
        Of `SETS`.
    repeats, seed : int
        Draws of random folds, and the first one's seed.

    Returns
    -------
    pandas.DataFrame
        Index `sets`; columns the nine scenarios as text. Adjusted R^2 with random folds; else the R^2 of all
        folds' predictions together. Both are medians over the regressors and repeats, where Table 3 has a
        mean: with as few rows as ours, one without a penalty would rule that. NaN where a scenario has fewer
        than `LEAST_ROWS` rows or a single group.

    Raises
    ------
    ValueError
        If `folds` is unknown.
    """
    if folds not in ("random", "dataset", "pruner"):
        raise ValueError(f"folds is {folds!r}; it must be 'random', 'dataset' or 'pruner'")
    levels = [str(level) for level in (*released.SPARSITIES, *released.ARCHITECTURES)]
    found = pd.DataFrame(np.nan, list(sets), levels)
    for scenario in features.scenarios(table.dropna(subset=["drop"]), METRICS):
        rows = scenario.table
        if len(rows) < LEAST_ROWS or (folds != "random" and rows[folds].nunique() < 2):
            continue
        how = {"repeats": repeats, "seed": seed}
        if folds != "random":
            how = {"groups": rows[folds], "folds": None, "repeats": 1, "seed": seed}
        for name in sets:
            scores = regression.cross_validate(SETS[name](scenario), rows["drop"], **how)
            kind = "adjusted_r2" if folds == "random" else "pooled_r2"
            found.loc[name, str(scenario.level)] = scores[kind].median()
    return found


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """How well scores from our graphs rank the pruners as the printed accuracies do.

    Parameters
    ----------
    table : pandas.DataFrame
        What `whole_cells` returned.

    Returns
    -------
    pandas.DataFrame
        One row per strategy, architecture and sparsity: `strategy` (the topometric mixture; the layers' mean
        density and the number of edges, of which more is taken to be better), `architecture`, `sparsity`
        (text, "average" among them), `mean_rbo` and `std` over the data sets.
    """
    if table.empty:
        return pd.DataFrame(columns=["strategy", "architecture", "sparsity", "mean_rbo", "std"])
    accuracy = ranking.over_seeds(table, "accuracy")
    scores = {
        "Topometric mixture": -ranking.mixture(table, METRICS, ranking.importances(table, METRICS)),
        "Layer-Density": ranking.over_seeds(table, "density_mean"),
        "Edges": ranking.over_seeds(table, "edges"),
    }
    parts = [
        ranking.over_datasets(ranking.agreement(score, accuracy)).assign(strategy=name)
        for name, score in scores.items()
    ]
    return pd.concat(parts, ignore_index=True)[["strategy", "architecture", "sparsity", "mean_rbo", "std"]]
