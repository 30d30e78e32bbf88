"""Ranking the pruners before anything is trained (Section 4.3): the topometric mixture and its baselines.

A cell is a dataset, an architecture and a sparsity; in each, the pruners are ranked by a score and compared
with their ranking by accuracy. Tables 4, 11 and 12 give the mean and the sample standard deviation of the
rank-biased overlap over the three datasets.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from netwithin.prediction import released
from netwithin.prediction.regression import importance, unit_range

#: What tells a cell from another.
CELL = ["dataset", "architecture", "sparsity"]
#: The persistences over which the paper averages (its alpha).
PERSISTENCES = (0.25, 0.5, 0.75)


def rbo(first: Sequence, second: Sequence, p: float) -> float:
    """Extrapolated rank-biased overlap of two rankings of the same things.

    (X_k / k) p^k + (1 - p) / p sum_d (X_d / d) p^d, where X_d is how many things the first d of both have in
    common and k is the length: what is agreed on at the end is taken to go on for ever.

    Parameters
    ----------
    first, second : sequence
        The best one first; the same things, each once.
    p : float
        Persistence, between 0 and 1: how far down one looks.

    Returns
    -------
    float
        From above 0 to 1, which is for equal rankings.

    Raises
    ------
    ValueError
        If the rankings are not of the same things, or p is out of range.

    References
    ----------
    Webber, Moffat, Zobel (2010). A similarity measure for indefinite rankings, Equation 30.

    Examples
    --------
    >>> rbo("abc", "abc", 0.5), rbo("abc", "bac", 0.5)
    (1.0, 0.5)
    """
    first, second = list(first), list(second)
    if sorted(map(str, first)) != sorted(map(str, second)) or len(set(first)) != len(first) or not first:
        raise ValueError("two rankings of the same things are needed, each thing once")
    if not 0 < p < 1:
        raise ValueError(f"the persistence is {p}; it must lie between 0 and 1")
    depths = np.arange(1, len(first) + 1)
    agreed = np.array([len(set(first[:d]) & set(second[:d])) for d in depths]) / depths
    return float(agreed[-1] * p ** len(first) + (1 - p) / p * (agreed * p**depths).sum())


def mean_rbo(first: Sequence, second: Sequence) -> float:
    """The mean of `rbo` over the `PERSISTENCES`.

    Examples
    --------
    >>> mean_rbo("abc", "abc")
    1.0
    """
    return float(np.mean([rbo(first, second, p) for p in PERSISTENCES]))


def over_seeds(table: pd.DataFrame, column: str) -> pd.Series:
    """The mean of a column over the seeds.

    Parameters
    ----------
    table : pandas.DataFrame
        With `CELL`, `pruner` and the column; one row per network.
    column : str

    Returns
    -------
    pandas.Series
        Indexed by `CELL` and `pruner`.
    """
    return table.groupby([*CELL, "pruner"])[column].mean()


def ranking(scores: pd.Series, ascending: bool = False) -> list:
    """The index of the scores, the best first; ties and what has no score keep their order, the latter last.

    Examples
    --------
    >>> ranking(pd.Series({"SNIP": 0.2, "GraSP": 0.9, "ER": float("nan")}))
    ['GraSP', 'SNIP', 'ER']
    """
    return list(scores.sort_values(ascending=ascending, kind="stable", na_position="last").index)


def agreement(
    scores: pd.Series,
    accuracy: pd.Series,
    pruners: Sequence[str] = released.PRUNERS,
    ascending: bool = False,
) -> pd.DataFrame:
    """How well scores rank the pruners in each cell.

    Parameters
    ----------
    scores : pandas.Series
        Indexed by `CELL` and `pruner`.
    accuracy : pandas.Series
        Indexed alike: what is ranked from high to low.
    pruners : sequence of str
        Those that are ranked: seven for Table 4, `released.PAI` for Table 11, `released.RANDOM` for Table 12.
    ascending : bool
        Whether a low score is a good one.

    Returns
    -------
    pandas.DataFrame
        One row per cell of `accuracy`: `CELL` and `rbo`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["D"], ["A"], [0.9], ["ER", "SNIP"]], names=[*CELL, "pruner"])
    >>> agreement(pd.Series([1, 2], index), pd.Series([.3, .4], index), ["ER", "SNIP"])["rbo"].tolist()
    [1.0]
    """
    rows = []
    for cell in accuracy.index.droplevel("pruner").unique():
        ours = ranking(scores.loc[cell].reindex(pruners), ascending)
        rows.append((*cell, mean_rbo(ours, ranking(accuracy.loc[cell].reindex(pruners)))))
    return pd.DataFrame(rows, columns=[*CELL, "rbo"])


def over_datasets(agreements: pd.DataFrame) -> pd.DataFrame:
    """Mean and sample standard deviation over the datasets, as the tables print them.

    Parameters
    ----------
    agreements : pandas.DataFrame
        What `agreement` returned.

    Returns
    -------
    pandas.DataFrame
        `architecture`, `sparsity` (as text), `mean_rbo`, `std`, and a row with the sparsity "average" per
        architecture: the means of both columns.

    Examples
    --------
    >>> cells = pd.DataFrame({"architecture": "A", "sparsity": 0.9, "rbo": [.4, .6]})
    >>> over_datasets(cells).round(2).values.tolist()
    [['A', '0.9', 0.5, 0.14], ['A', 'average', 0.5, 0.14]]
    """
    cells = agreements.groupby(["architecture", "sparsity"])["rbo"].agg(mean_rbo="mean", std="std")
    cells = cells.reset_index().astype({"sparsity": str})
    average = cells.groupby("architecture")[["mean_rbo", "std"]].mean().reset_index()
    table = pd.concat([cells, average.assign(sparsity="average")], ignore_index=True)
    return table.sort_values("architecture", kind="stable", ignore_index=True)


def importances(table: pd.DataFrame, metrics: Sequence[str]) -> dict[tuple[str, float | str], pd.Series]:
    """The weights of Equation 5: every scenario's feature importance.

    Parameters
    ----------
    table : pandas.DataFrame
        With `sparsity`, `architecture`, `drop` and the metrics. Rows with a NaN are left out.
    metrics : sequence of str

    Returns
    -------
    dict
        `regression.importance` by ("sparsity", level) and ("architecture", level).
    """
    whole, found = table.dropna(subset=[*metrics, "drop"]), {}
    for fixed in ("sparsity", "architecture"):
        for level, rows in whole.groupby(fixed):
            found[fixed, level] = importance(rows[list(metrics)], rows["drop"])
    return found


def mixture(
    table: pd.DataFrame,
    metrics: Sequence[str],
    weights: Mapping[tuple[str, float | str], pd.Series],
) -> pd.Series:
    """The ranking coefficient of Equation 5: the metrics' sum, weighted by their importance. Low is good.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per network, with `CELL`, `pruner` and the metrics.
    metrics : sequence of str
    weights : mapping
        What `importances` returned, of these networks or of others.

    Returns
    -------
    pandas.Series
        Indexed by `CELL` and `pruner`; means over the seeds. The paper does not say how the metrics are
        scaled; here each is brought to [0, 1] over the rows of its architecture, which comes nearest to what
        is printed. A network that lacks a metric is left out.
    """
    metrics = list(metrics)
    whole = table.dropna(subset=metrics)
    values = whole.groupby("architecture")[metrics].transform(lambda column: unit_range(column.to_numpy()))
    rows = zip(whole["architecture"], whole["sparsity"], strict=True)
    pairs = [(weights["architecture", a][metrics] + weights["sparsity", s][metrics]) / 2 for a, s in rows]
    coefficient = (values.to_numpy(float) * np.array(pairs)).sum(axis=1)
    return over_seeds(whole.assign(coefficient=coefficient), "coefficient")
