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
    below, ahead = int((sparse["max"] < 1).sum()), int((sparse["mean"] < dense["mean"]).sum())
    return (
        f"The cheapest sparse network ({way}, sparsity {sparsity:g}) takes {cheapest['mean']:.2f} of the "
        f"density's entropy ({cheapest['min']:.2f} to {cheapest['max']:.2f} over the seeds), the cheapest "
        f"dense one, of {width} units, {dense['mean']:.2f} ({dense['min']:.2f} to {dense['max']:.2f}). Of "
        f"{len(sparse)} ways of pruning, {below or 'none'} stay below the entropy for every seed, and "
        f"{ahead or 'none'} take less than the small dense network on average."
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


def cheapest(rows: pd.DataFrame) -> tuple[float, pd.Series, pd.Series]:
    """The whole dense network, the cheapest dense one and the cheapest pruned one.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `named`, one size of network to be pruned, the widest.

    Returns
    -------
    whole : float
        Mean ratio of the widest dense network.
    dense, pruned : pandas.Series
        `mean`, `min` and `max`, as from `best`.

    Examples
    --------
    >>> rows = pd.DataFrame({"way": ["dense", "dense", "er"], "width": [3, 9, 9], "sparsity": [0, 0, 0.5]})
    >>> whole, dense, pruned = cheapest(rows.assign(ratio=[1.0, 4.0, 2.0]))
    >>> whole, dense["mean"], pruned["max"]
    (np.float64(4.0), np.float64(1.0), np.float64(2.0))
    """
    firsts = best(rows)
    dense = rows[rows["way"] == "dense"]
    whole = dense.loc[dense["width"] == dense["width"].max(), "ratio"].mean()
    return whole, firsts.loc["dense"].iloc[0], firsts.drop(index="dense", level="way").iloc[0]


def waste(name: str, rows: pd.DataFrame) -> str:
    """What pruning takes off the whole network's total and how a small one compares, in two sentences.

    Examples
    --------
    >>> rows = pd.DataFrame({"way": ["dense", "dense", "er"], "width": [3, 9, 9], "sparsity": [0, 0, 0.5]})
    >>> waste("Here", rows.assign(ratio=[1.0, 4.0, 2.0])).split(". The ranges")[1]
    ' of the last two over the seeds do not overlap.'
    """
    whole, dense, pruned = cheapest(rows)
    apart = dense["max"] < pruned["min"] or pruned["max"] < dense["min"]
    return (
        f"{name}: the whole dense network takes {whole:.2f} of the density's entropy, the cheapest pruned "
        f"one {pruned['mean']:.2f}, the cheapest dense one {dense['mean']:.2f}. The ranges of the last two "
        f"over the seeds {'do not overlap' if apart else 'overlap'}."
    )


def saved(where: str, sizes: pd.Series) -> str:
    """What pruning saves of the whole network's file, and what having fewer units saves, in a sentence.

    Parameters
    ----------
    where : str
        Says which files.
    sizes : pandas.Series
        As for `in_files`.

    Returns
    -------
    str

    Examples
    --------
    >>> index = [("dense", 3, 0.0), ("dense", 9, 0.0), ("er", 9, 0.5)]
    >>> sizes = pd.Series([30, 60, 45], pd.MultiIndex.from_tuples(index, names=["way", "width", "sparsity"]))
    >>> saved("live", sizes)
    "Pruning saves 25% of the whole network's file, fewer units 50% (live)."
    """
    dense, sparse = sizes.loc["dense"].droplevel("sparsity"), sizes.drop(index="dense", level="way")
    whole = dense.loc[dense.index.max()]
    return (
        f"Pruning saves {1 - sparse.min() / whole:.0%} of the whole network's file, fewer units "
        f"{1 - dense.min() / whole:.0%} ({where})."
    )
