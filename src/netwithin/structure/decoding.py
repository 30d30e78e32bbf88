"""How well a score can be read from features of a network: regressors, rows held out, correlations."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import kendalltau
from sklearn.base import RegressorMixin
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

#: Share of the epochs that is held out at random, as in the paper, or at the end.
HELD_OUT = 0.2
#: Ways to hold rows out.
SPLITS = ("random", "time", "run")
#: A column whose deviation is less than this share of its size varies by rounding only.
ROUNDING = 1e-6


def regressor(name: str) -> RegressorMixin:
    """A regressor by name, over features brought to mean 0 and deviation 1.

    Parameters
    ----------
    name : {"linear", "ridge", "boosting"}
        Least squares, the paper's; ridge with a penalty chosen within the training rows; gradient boosting
        of 100 trees of depth 3.

    Returns
    -------
    scikit-learn regressor

    Raises
    ------
    ValueError
        If there is no such regressor.
    """
    models = {
        "linear": lambda: LinearRegression(),
        "ridge": lambda: RidgeCV(np.logspace(-3, 3, 13)),
        "boosting": lambda: GradientBoostingRegressor(random_state=0),
    }
    if name not in models:
        raise ValueError(f"there is no regressor {name!r}; the names are {', '.join(models)}")
    return make_pipeline(StandardScaler(), models[name]())


def split(lengths: Sequence[int], how: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are learned from and which are held out, where runs of epochs lie one after another.

    Parameters
    ----------
    lengths : sequence of int
        Epochs of each run.
    how : {"random", "time", "run"}
        A fifth of the first run's epochs at random, as in the paper; its last fifth; or the whole last run,
        where the others are learned from.
    seed : int
        Of the random choice.

    Returns
    -------
    train, test : int64 arrays
        Rows.

    Raises
    ------
    ValueError
        If the way is unknown, a run is too short, or there is no second run to hold out.

    Examples
    --------
    >>> [rows.tolist() for rows in split([5, 5], "time")]
    [[0, 1, 2, 3], [4]]
    >>> [len(rows) for rows in split([5, 5], "run")]
    [5, 5]
    """
    first, everything = lengths[0], sum(lengths)
    cut = first - max(1, round(HELD_OUT * first))
    if how not in SPLITS:
        raise ValueError(f"rows are held out by {', '.join(SPLITS)}, not {how!r}")
    if cut < 1 or (how == "run" and len(lengths) < 2):
        raise ValueError(f"runs of {list(lengths)} epochs are not enough to hold out by {how}")
    if how == "run":
        rows = np.arange(everything)
        return rows[: everything - lengths[-1]], rows[everything - lengths[-1] :]
    rows = np.random.default_rng(seed).permutation(first) if how == "random" else np.arange(first)
    return rows[:cut], rows[cut:]


def decode(
    features: np.ndarray,
    scores: np.ndarray,
    lengths: Sequence[int],
    how: str,
    model: str = "linear",
    draws: int = 5,
    seed: int = 0,
) -> dict[str, float | None]:
    """Learn to read a score from features and see how well that goes on rows held out.

    Parameters
    ----------
    features : float array of shape (rows, columns)
    scores : float array of shape (rows,)
    lengths, how
        As for `split`.
    model : str
        As for `regressor`.
    draws : int
        Random choices of rows, over which the results are averaged; one is enough for the other splits.
    seed : int
        Of the first draw; the next has the next.

    Returns
    -------
    dict
        `pearson` and `kendall`, correlations of what was predicted with what is so, and `r2`. A correlation
        is None where the features vary by no more than rounding.

    References
    ----------
    StructureReps, Section 3.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> decode(x, x @ [1.0, -1.0], [50, 50], "run")["pearson"] > 0.999
    True
    """
    features = np.where(_varies(features), features, 0.0)
    found = []
    for draw in range(draws if how == "random" else 1):
        train, test = split(lengths, how, seed + draw)
        fitted = regressor(model).fit(features[train], scores[train])
        found.append(_agreement(fitted.predict(features[test]), scores[test]))
    pairs = np.array(found, dtype=float)
    return {
        name: None if np.isnan(column).any() else float(column.mean())
        for name, column in zip(("pearson", "kendall", "r2"), pairs.T, strict=True)
    }


def _varies(features: np.ndarray) -> np.ndarray:
    """Which columns vary by more than rounding, bool[columns]."""
    return features.std(axis=0) > ROUNDING * np.abs(features).max(axis=0, initial=1e-300)


def _agreement(predicted: np.ndarray, true: np.ndarray) -> tuple[float, float, float]:
    """Pearson's r, Kendall's tau, R²; NaN for a correlation with something constant."""
    spread = ((true - true.mean()) ** 2).sum()
    r2 = 1 - ((true - predicted) ** 2).sum() / spread if spread > 0 else np.nan
    if np.ptp(predicted) <= 1e-12 * max(1.0, np.abs(predicted).max()) or spread == 0:
        return np.nan, np.nan, r2
    return np.corrcoef(predicted, true)[0, 1], kendalltau(predicted, true).statistic, r2
