"""Ways of making a small network, compared: dense, or sparse by a pruner, before or after training.

Rows are those of `netwithin.circle.memory.run` and `netwithin.circle.stored.run`, with `pruner`, `sparsity`,
`when`, `width` and `seed` beside them.
"""

import numpy as np
import pandas as pd


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `way` in words, and `ratio`, the total over the entropy of the density.

    Examples
    --------
    >>> rows = pd.DataFrame({"pruner": ["none", "snip"], "when": ["before", "after"]})
    >>> named(rows.assign(total_bits=3, density_entropy_bits=2.0))[["way", "ratio"]].values.tolist()
    [['dense', 1.5], ['snip, after training', 1.5]]
    """
    after = rows["pruner"] + np.where(rows["when"] == "after", ", after training", "")
    ratio = rows["total_bits"] / rows["density_entropy_bits"]
    return rows.assign(way=after.where(rows["pruner"] != "none", "dense"), ratio=ratio)


def best(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each way the setting with the least mean ratio, the best way first.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `named`.

    Returns
    -------
    pandas.DataFrame
        Index `way`, `width` and `sparsity`; columns `mean`, `min` and `max` of `ratio` over the seeds.

    Examples
    --------
    >>> rows = pd.DataFrame({"way": ["er", "er", "dense"], "width": 9, "sparsity": [0.9, 0.5, 0]})
    >>> best(rows.assign(ratio=[3.0, 2.0, 1.0])).index.tolist()
    [('dense', 9, 0.0), ('er', 9, 0.5)]
    """
    table = rows.groupby(["way", "width", "sparsity"])["ratio"].agg(["mean", "min", "max"])
    return table.loc[table.groupby("way")["mean"].idxmin()].sort_values("mean")


def verdict(firsts: pd.DataFrame) -> str:
    """Whether a sparse network pays, in a sentence.

    Parameters
    ----------
    firsts : pandas.DataFrame
        From `best`, "dense" among the ways.

    Returns
    -------
    str

    Examples
    --------
    >>> rows = pd.DataFrame({"way": ["dense", "er"], "width": [3, 9], "sparsity": [0, 0.5]})
    >>> firsts = best(rows.assign(ratio=[0.8, 0.9]))
    >>> verdict(firsts)[:74]
    "The cheapest sparse network (er, sparsity 0.5) takes 0.90 of the density's"
    """
    dense = firsts.loc["dense"]
    width, dense = dense.index[0][0], dense.iloc[0]
    sparse = firsts.drop(index="dense", level="way")
    (way, _, sparsity), cheapest = sparse.index[0], sparse.iloc[0]
    ahead = int((sparse["mean"] < dense["mean"]).sum())
    return (
        f"The cheapest sparse network ({way}, sparsity {sparsity:g}) takes {cheapest['mean']:.2f} of the "
        f"density's entropy ({cheapest['min']:.2f} to {cheapest['max']:.2f} over the seeds), the cheapest "
        f"dense one, of {width} units, {dense['mean']:.2f} ({dense['min']:.2f} to {dense['max']:.2f}). Of "
        f"{len(sparse)} ways of pruning, {int((sparse['max'] < 1).sum())} stay below the entropy for every "
        f"seed, and {ahead} take less than the small dense network on average."
    )


def in_files(sizes: pd.Series) -> str:
    """What pruning does to a file, in a sentence.

    Parameters
    ----------
    sizes : pandas.Series
        Bytes, index `way`, `width` and `sparsity`; the widest dense network is the one that was pruned.

    Returns
    -------
    str

    Examples
    --------
    >>> index = [("dense", 3, 0.0), ("dense", 9, 0.0), ("er", 9, 0.5)]
    >>> sizes = pd.Series([30, 60, 50], pd.MultiIndex.from_tuples(index, names=["way", "width", "sparsity"]))
    >>> in_files(sizes)[:61]
    'The whole network of 9 units makes a file of 60 bytes, the be'
    """
    dense, sparse = sizes.loc["dense"].droplevel("sparsity"), sizes.drop(index="dense", level="way")
    way, _, sparsity = sparse.idxmin()
    return (
        f"The whole network of {dense.index.max()} units makes a file of {dense.loc[dense.index.max()]:.0f} "
        f"bytes, the best pruned one ({way}, sparsity {sparsity:g}) {sparse.min():.0f}, the best dense "
        f"one, of {dense.idxmin()} units, {dense.min():.0f}."
    )
