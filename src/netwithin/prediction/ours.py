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
from netwithin.prediction import released
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
#: Rows that a scenario needs to be regressed on: with fewer, 16 features explain anything.
LEAST_ROWS = 40

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
        (NaN where the graph had too many edges to be measured), `metrics_seconds`, and the layer densities'
        summaries as `released.layer_densities` has them. No rows without records.
    """
    runs = records.gather(experiment="topometrics") if runs is None else runs
    columns = [*_NETWORK, "seed", "nodes", "edges", *METRICS, "metrics_seconds", *_DENSITIES]
    if "padding" in runs:
        runs = runs[runs["size"].eq(32) & runs["padding"].eq(True) & runs["layer_densities"].notna()]
    if "padding" not in runs or runs.empty:
        return pd.DataFrame(columns=columns)
    named = {"architecture": runs["architecture"].map(ARCHITECTURES), "pruner": runs["pruner"].map(PRUNERS)}
    table = runs.assign(**named).reset_index(drop=True)
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
        all of them. Least squares of the logarithms of `metrics_seconds` against those of `edges`.

    Raises
    ------
    ValueError
        If too few graphs were measured.

    Examples
    --------
    >>> rows = pd.DataFrame({"edges": [1e6, 2e6, 36e8], "metrics_seconds": [1.0, 2.0, None]})
    >>> cost(rows.assign(architecture="A", sparsity=0.6)).round(3).values.tolist()
    [['A', 0.6, 1, 3600000000.0, 1.0]]
    """
    known = table.dropna(subset=["metrics_seconds"])
    if known["edges"].nunique() < 2:
        raise ValueError("two measured graphs of different size are needed")
    slope, start = np.polyfit(np.log(known["edges"]), np.log(known["metrics_seconds"]), 1)
    large = table[table["metrics_seconds"].isna()]
    large = large.assign(hours=np.exp(start) * large["edges"] ** slope / 3600)
    found = large.groupby(["architecture", "sparsity"]).agg(
        graphs=("edges", "size"), edges=("edges", "max"), hours=("hours", "sum")
    )
    return found.reset_index()


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
