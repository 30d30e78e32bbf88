"""How well the accuracy drop can be predicted (Section 4.2): eight linear regressors, cross-validated.

The paper leaves much of its protocol open. This is the one used here; what was chosen here says so:

- the rows are a scenario's networks, repeated rows once and networks with a missing metric left out (chosen);
- every feature is brought to [0, 1] by its minimum and maximum over all rows, before the folds are made, as
  the paper says; `scaling="train"` takes them from the training rows alone;
- five folds at random, without regard to what the rows are (chosen), repeated with other folds; `groups`
  keeps together rows that belong together, so that a fold holds what training has not seen;
- `R^2` of each test fold against that fold's mean, adjusted by the numbers of the scenario's rows and
  features, then the mean over folds, repeats and regressors (chosen: with the fold's rows in place of the
  scenario's it comes out much lower than what is printed);
- the penalties, and the share of the variance that principal components keep (99.9 per cent), are those of
  `regressors()`, chosen so that what comes out is near what is printed: the regression's code was not
  released.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.base import RegressorMixin, clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    Ridge,
)
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline


def regressors(penalty: float = 1.0) -> dict[str, RegressorMixin]:
    """The eight regressors of Appendix A.6, for features in [0, 1] and a target of about that size.

    Parameters
    ----------
    penalty : float
        Multiplies the penalties of ridge, lasso and elastic net, which are .1, .001 and .001.

    Returns
    -------
    dict
        scikit-learn estimators by name, not fitted.

    Examples
    --------
    >>> list(regressors())
    ['linear', 'ridge', 'lasso', 'elastic net', 'Huber', 'principal components', 'Bayesian ridge', 'ARD']
    """
    return {
        "linear": LinearRegression(),
        "ridge": Ridge(0.1 * penalty),
        "lasso": Lasso(1e-3 * penalty, max_iter=5_000),
        "elastic net": ElasticNet(1e-3 * penalty, max_iter=5_000),
        "Huber": HuberRegressor(),
        "principal components": make_pipeline(PCA(0.999, svd_solver="full"), LinearRegression()),
        "Bayesian ridge": BayesianRidge(),
        "ARD": ARDRegression(),
    }


def fitted(model: RegressorMixin, values: np.ndarray, drop: np.ndarray) -> RegressorMixin:
    """A copy of the model, fitted.

    Huber's regressor may stop at scikit-learn's limit of iterations; what it has by then is its result, and
    nothing is said about it.

    Parameters
    ----------
    model : scikit-learn regressor
        Left as it is.
    values : float array of shape (rows, features)
    drop : float array of shape (rows,)

    Returns
    -------
    scikit-learn regressor
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return clone(model).fit(values, drop)


def adjusted_r2(r2: float, rows: int, features: int) -> float:
    """1 - (1 - R^2) (rows - 1) / (rows - features - 1).

    Raises
    ------
    ValueError
        If there are not at least two rows more than features.

    Examples
    --------
    >>> adjusted_r2(0.5, rows=11, features=5)
    0.0
    """
    if rows < features + 2:
        raise ValueError(f"{rows} rows are too few for the adjusted R^2 of {features} features")
    return 1 - (1 - r2) * (rows - 1) / (rows - features - 1)


def unit_range(values: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
    """Bring each column to [0, 1] by its minimum and maximum.

    Parameters
    ----------
    values : float array of shape (rows, features)
    of : float array of shape (any, features), optional
        Where minimum and maximum come from; by default `values`. With others, the result may leave [0, 1].

    Returns
    -------
    float array of shape (rows, features)
        A column that does not vary becomes 0 where `of` is `values`.

    Examples
    --------
    >>> unit_range(np.array([[1., 5.], [3., 5.]])).tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    of = values if of is None else of
    low, width = of.min(axis=0), np.ptp(of, axis=0)
    return (values - low) / np.where(width > 0, width, 1.0)


def cross_validate(
    features: pd.DataFrame | np.ndarray,
    drop: Sequence[float],
    *,
    groups: Sequence | None = None,
    folds: int | None = 5,
    repeats: int = 100,
    seed: int = 0,
    scaling: str = "all",
    models: Mapping[str, RegressorMixin] | None = None,
) -> pd.DataFrame:
    """Predict the accuracy drop of networks that were left out (Section 4.2.1).

    Parameters
    ----------
    features : float table of shape (rows, features)
    drop : float array of shape (rows,)
    groups : array of shape (rows,), optional
        What rows belong to; those of one group fall into the same fold.
    folds : int or None
        None makes a fold of each group.
    repeats : int
        Times that the folds are drawn anew. One is enough where each group is a fold.
    seed : int
        Repeat i draws its folds with the seed `seed` + i.
    scaling : {"all", "train"}
        Which rows the features' minima and maxima are taken from.
    models : mapping, optional
        By default `regressors()`.

    Returns
    -------
    pandas.DataFrame
        One row per regressor and repeat: `regressor`, `repeat`, `adjusted_r2` and `mae` (means over the
        folds), and `pooled_r2`, the plain R^2 of all rows' predictions together, which says more where a
        fold is unlike the others.

    Raises
    ------
    ValueError
        If something is NaN or infinite, lengths differ, `scaling` is unknown, or rows or groups are too few.

    Examples
    --------
    >>> x = np.random.default_rng(0).random((60, 2))
    >>> scores = cross_validate(x, x @ [1.0, -2.0], repeats=2)
    >>> len(scores), bool(scores["pooled_r2"].min() > 0.99)
    (16, True)
    """
    features, drop = _checked(features, drop)
    if scaling not in ("all", "train"):
        raise ValueError(f"scaling is {scaling!r}; it must be 'all' or 'train'")
    if scaling == "all":
        features = unit_range(features)
    rows = []
    for repeat in range(repeats):
        parts = _parts(features, groups, folds, seed + repeat)
        for name, model in (models or regressors()).items():
            found = _one_repeat(model, features, drop, parts, scaling)
            rows.append({"regressor": name, "repeat": repeat} | found)
    return pd.DataFrame(rows)


def averages(scores: pd.DataFrame) -> dict[str, float]:
    """Table 3's figures, over all regressors and repeats.

    Parameters
    ----------
    scores : pandas.DataFrame
        What `cross_validate` returned.

    Returns
    -------
    dict
        The means `adjusted_r2` and `mae`; `adjusted_r2_std`, the standard deviation of the repeats' means
        (None for a single repeat); and the median `pooled_r2`, because a regressor without penalty can go
        astray without measure where a fold is unlike the others.

    Examples
    --------
    >>> scores = pd.DataFrame({"repeat": [0, 1], "adjusted_r2": [.4, .6], "pooled_r2": .5, "mae": .1})
    >>> round(averages(scores)["adjusted_r2_std"], 3)
    0.141
    """
    spread = scores.groupby("repeat")["adjusted_r2"].mean().std(ddof=1)
    return {
        "adjusted_r2": float(scores["adjusted_r2"].mean()),
        "adjusted_r2_std": None if np.isnan(spread) else float(spread),
        "pooled_r2": float(scores["pooled_r2"].median()),
        "mae": float(scores["mae"].mean()),
    }


def importance(
    features: pd.DataFrame,
    drop: Sequence[float],
    models: Mapping[str, RegressorMixin] | None = None,
) -> pd.Series:
    """How each feature correlates with what the regressors predict (Section 4.2.2, Figures 3 and 4).

    Every regressor is fitted to all rows; Pearson's correlation of each feature with each one's output, then
    the mean over the regressors.

    Parameters
    ----------
    features : pandas.DataFrame, shape (rows, features)
    drop : float array of shape (rows,)
    models : mapping, optional
        By default `regressors()`.

    Returns
    -------
    pandas.Series
        From -1 to 1 by feature. 0 for a feature or an output that does not vary.

    Raises
    ------
    ValueError
        If something is NaN or infinite, or lengths differ.

    Examples
    --------
    >>> table = pd.DataFrame({"sink": [0., 1, 2, 3], "same": 1.0})
    >>> importance(table, [0., .1, .2, .3]).round(2).to_dict()
    {'sink': 1.0, 'same': 0.0}
    """
    values, drop = _checked(features, drop)
    values = unit_range(values)
    outputs = [fitted(model, values, drop).predict(values) for model in (models or regressors()).values()]
    return pd.Series(np.mean([_correlations(values, output) for output in outputs], axis=0), features.columns)


def _correlations(values: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each column with the output, 0 where one of them is constant."""
    centred, output = values - values.mean(axis=0), output - output.mean()
    norms = np.sqrt((centred**2).sum(axis=0) * (output**2).sum())
    return np.divide(output @ centred, norms, out=np.zeros(values.shape[1]), where=norms > 1e-12)


def _checked(features, drop) -> tuple[np.ndarray, np.ndarray]:
    values, drop = np.asarray(features, dtype=float), np.asarray(drop, dtype=float)
    if values.ndim != 2 or drop.shape != values.shape[:1]:
        raise ValueError(f"features of shape {values.shape} do not fit a drop of shape {drop.shape}")
    if not (np.isfinite(values).all() and np.isfinite(drop).all()):
        raise ValueError("there is a NaN or an infinity; leave out the rows that have one")
    return values, drop


def _parts(values, groups, folds, seed) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and test rows of each fold."""
    if groups is None:
        if folds is None:
            raise ValueError("folds=None makes a fold of each group, so it needs groups")
        return list(KFold(folds, shuffle=True, random_state=seed).split(values))
    groups = np.asarray(groups)
    folds = len(np.unique(groups)) if folds is None else folds
    return list(GroupKFold(folds, shuffle=True, random_state=seed).split(values, groups=groups))


def _one_repeat(model, values, drop, parts, scaling) -> dict[str, float]:
    rows, features = values.shape
    predicted, fold_r2, fold_mae = np.empty(rows), [], []
    for train, test in parts:
        seen, unseen = values[train], values[test]
        if scaling == "train":
            unseen, seen = unit_range(unseen, of=seen), unit_range(seen)
        predicted[test] = fitted(model, seen, drop[train]).predict(unseen)
        fold_r2.append(_r2(drop[test], predicted[test]))
        fold_mae.append(np.abs(drop[test] - predicted[test]).mean())
    return {
        "adjusted_r2": adjusted_r2(float(np.mean(fold_r2)), rows, features),
        "pooled_r2": _r2(drop, predicted),
        "mae": float(np.mean(fold_mae)),
    }


def _r2(true: np.ndarray, predicted: np.ndarray) -> float:
    """Share of the variance that is explained; 0 where there is none to explain."""
    total = ((true - true.mean()) ** 2).sum()
    return 1 - float(((true - predicted) ** 2).sum() / total) if total > 0 else 0.0
