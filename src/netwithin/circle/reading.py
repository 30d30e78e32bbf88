"""What the shape of a sparse network says about the bits that it leaves: correlations, and a regression.

Rows are those of `netwithin.circle.memory.run` with `pruner`, `sparsity`, `when` and `seed` beside them. What
is to be predicted is the share of the graph that a network leaves open: its residual over the entropy of the
graph's density. It is near 0 for a network that holds the graph, and 1 for one that knows nothing.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from netwithin import topometrics
from netwithin.prediction.regression import cross_validate, regressors


def share_left(rows: pd.DataFrame) -> pd.Series:
    """Residual over the density's entropy, by row.

    Examples
    --------
    >>> share_left(pd.DataFrame({"residual_bits": [5.0], "density_entropy_bits": [20.0]})).tolist()
    [0.25]
    """
    return rows["residual_bits"] / rows["density_entropy_bits"]


def features(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What may be known of a sparse network before it is trained, by kind.

    Parameters
    ----------
    rows : pandas.DataFrame

    Returns
    -------
    dict of str to pandas.DataFrame
        Floats, rows as given: "weights kept" (the logarithm of their number), "useful weights" (those and
        the biases from which the output can be reached, logarithms of their numbers and one more), "layer
        densities", "topometrics" (all 16), and "densities and topometrics".

    Examples
    --------
    >>> rows = pd.DataFrame({"kept": [9, 5], "useful": [8, 0], "biases": [3, 1]})
    >>> rows["layer_densities"] = [[1.0, 0.5], [0.5, 0.0]]
    >>> for name in topometrics.NAMES:
    ...     rows[name] = [0.0, 1.0]
    >>> [table.shape[1] for table in features(rows).values()]
    [1, 2, 2, 16, 18]
    """
    densities = pd.DataFrame(rows["layer_densities"].tolist(), index=rows.index)
    densities.columns = [f"density {k + 1}" for k in densities]
    shape = rows[list(topometrics.NAMES)].astype(float)
    return {
        "weights kept": np.log2(rows[["kept"]].astype(float)),
        "useful weights": np.log2(rows[["useful", "biases"]].astype(float) + 1),
        "layer densities": densities,
        "topometrics": shape,
        "densities and topometrics": pd.concat([densities, shape], axis=1),
    }


def predicted(rows: pd.DataFrame, repeats: int = 10, seed: int = 0) -> pd.DataFrame:
    """How much of the share that is left each kind of features predicts, for networks that were left out.

    Parameters
    ----------
    rows : pandas.DataFrame
    repeats : int
        Times that random folds are drawn.
    seed : int
        Of the folds.

    Returns
    -------
    pandas.DataFrame
        R^2 of the predictions of all rows together, by ridge regression: a row per kind of features; columns
        "folds at random" (the median over the repeats) and "pruner held out", one pruner at a time. NaN for
        more features than there are rows, less two.
    """
    target = share_left(rows)
    found = {
        name: _held_out(table, target, rows["pruner"], repeats, seed)
        for name, table in features(rows).items()
    }
    return pd.DataFrame(found).T


def rank_correlations(rows: pd.DataFrame) -> pd.DataFrame:
    """How each feature goes with the share that is left, among networks of the same sparsity.

    Parameters
    ----------
    rows : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        A row per feature with `kind`, `correlation`, Spearman's averaged over the sparsities, and `spread`,
        from its least to its greatest. A feature that is constant correlates with nothing: 0.
    """
    target, found = share_left(rows), {}
    kinds = features(rows)
    kinds.pop("densities and topometrics")
    for kind, table in kinds.items():
        for name in table:
            parts = [
                spearman(table.loc[some, name], target[some])
                for some in rows.groupby("sparsity").groups.values()
            ]
            found[name] = {"kind": kind, "correlation": np.mean(parts), "spread": np.ptp(parts)}
    return pd.DataFrame(found).T.astype({"correlation": float, "spread": float})


def spearman(one: pd.Series, other: pd.Series) -> float:
    """Pearson's correlation of the ranks, 0 where one of them does not vary.

    Examples
    --------
    >>> spearman(pd.Series([1, 2, 9]), pd.Series([3, 2, 1])), spearman(pd.Series([1, 2]), pd.Series([5, 5]))
    (-1.0, 0.0)
    """
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (one, other)]
    norm = np.sqrt(np.prod([(rank**2).sum() for rank in ranks]))
    return float(ranks[0] @ ranks[1] / norm) if norm else 0.0


def beside(coded: pd.DataFrame, trained: pd.DataFrame) -> pd.DataFrame:
    """Coded masks and the accuracy that the networks with these masks were trained to.

    Parameters
    ----------
    coded : pandas.DataFrame
        Records of `circle-masks`: `architecture`, `dataset`, `pruner`, `sparsity`, `seed`, the bits and the
        topometrics.
    trained : pandas.DataFrame
        Records of `pruning`, with `accuracy` and the same columns, the dense networks' among them.

    Returns
    -------
    pandas.DataFrame
        The rows of `coded` whose network was trained, with `accuracy`, `drop` (the share of the dense
        network's accuracy, same seed, that it lacks: MGE, Section 4.2) and `codec_ratio`, the codec's bits
        over the entropy of the layers' densities. Of several trainings the longest counts. No rows if one of
        the tables has none.

    Examples
    --------
    >>> same = {"architecture": ["a"], "dataset": ["d"], "seed": [0]}
    >>> coded = pd.DataFrame(same | {"pruner": "er", "sparsity": 0.9, "codec_bits": 9})
    >>> coded["layer_density_bits"] = 10
    >>> trained = pd.DataFrame({name: values * 2 for name, values in same.items()})
    >>> trained = trained.assign(pruner=["dense", "er"], sparsity=[0, 0.9], accuracy=[0.5, 0.25], epochs=2)
    >>> beside(coded, trained)[["codec_ratio", "drop"]].values.tolist()
    [[0.9, 0.5]]
    """
    network = ["architecture", "dataset", "seed"]
    keys = [*network, "pruner", "sparsity"]
    if coded.empty or trained.empty:
        return pd.DataFrame(columns=[*coded.columns, "accuracy", "drop", "codec_ratio"])
    trained = trained.sort_values("epochs").drop_duplicates(keys, keep="last")
    dense = trained[trained["pruner"] == "dense"].rename(columns={"accuracy": "dense"})
    rows = coded.merge(trained[[*keys, "accuracy"]], on=keys).merge(dense[[*network, "dense"]], on=network)
    ratio = rows["codec_bits"] / rows["layer_density_bits"]
    return rows.assign(drop=1 - rows["accuracy"] / rows["dense"], codec_ratio=ratio)


def drops(rows: pd.DataFrame, repeats: int = 10) -> pd.DataFrame:
    """How much of the accuracy drop the codec's ratio predicts, beside and on top of the topometrics.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `beside`.
    repeats : int
        Times that random folds are drawn.

    Returns
    -------
    pandas.DataFrame
        As `predicted`, of `drop`, for "sparsity", "codec's ratio", "topometrics" and "topometrics and codec's
        ratio"; each has the sparsity among its features.
    """
    base, shape = ["sparsity"], list(topometrics.NAMES)
    sets = {
        "sparsity": base,
        "codec's ratio": [*base, "codec_ratio"],
        "topometrics": base + shape,
        "topometrics and codec's ratio": [*base, *shape, "codec_ratio"],
    }
    found = {
        name: _held_out(rows[columns].astype(float), rows["drop"], rows["pruner"], repeats)
        for name, columns in sets.items()
    }
    return pd.DataFrame(found).T


def _held_out(
    values: pd.DataFrame, target: pd.Series, pruners: pd.Series, repeats: int, seed: int = 0
) -> dict:
    """R^2 of all rows' predictions by ridge regression, with folds at random and with one pruner held out."""
    if len(values) < values.shape[1] + 2:
        return {"folds at random": np.nan, "pruner held out": np.nan}
    ridge = {"ridge": regressors()["ridge"]}
    drawn = cross_validate(values, target, repeats=repeats, seed=seed, models=ridge)
    apart = cross_validate(values, target, groups=pruners, folds=None, repeats=1, models=ridge)
    return {"folds at random": drawn["pooled_r2"].median(), "pruner held out": apart["pooled_r2"].iloc[0]}
