"""Choosing a pruner for a network and a sparsity that were not seen: the paper's outlook, tried.

One architecture at one sparsity is held out after the other. Whoever chooses may look at the metrics of the
held-out networks, which cost no training, and at everything about the others. What a choice costs is its
*regret*: the best pruner's mean accuracy less the chosen one's, for each dataset.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from netwithin.prediction.ranking import CELL, mixture, over_seeds
from netwithin.prediction.regression import fitted, importance, regressors, unit_range


def compare(table: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Let every strategy of `STRATEGIES` choose for every architecture and sparsity, held out in turn.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per network: `released.KEYS`, `accuracy`, `drop`, `density_mean` and the metrics. Rows with a
        NaN are left out.
    metrics : sequence of str

    Returns
    -------
    pandas.DataFrame
        One row per strategy and cell: `strategy`, `CELL`, `pruner` (the chosen one) and `regret` (in shares
        of accuracy, not percent); and for comparison the strategy "any pruner" with the mean regret of all
        pruners, and "any" for its choice.
    """
    metrics = list(metrics)
    whole = table.dropna(subset=[*metrics, "drop", "density_mean"])
    accuracy = over_seeds(whole, "accuracy")
    rows = []
    for (architecture, sparsity), unseen in whole.groupby(["architecture", "sparsity"]):
        seen = whole.drop(unseen.index)
        for name, strategy in STRATEGIES.items():
            scores = strategy(seen, unseen, metrics)
            for dataset, one in scores.groupby("dataset"):
                pruner = one.idxmin()[-1]
                regrets = _regrets(accuracy, (dataset, architecture, sparsity))
                rows.append((name, dataset, architecture, sparsity, pruner, regrets[pruner]))
        for dataset in unseen["dataset"].unique():
            regrets = _regrets(accuracy, (dataset, architecture, sparsity))
            rows.append(("any pruner", dataset, architecture, sparsity, "any", regrets.mean()))
    return pd.DataFrame(rows, columns=["strategy", *CELL, "pruner", "regret"])


def _regrets(accuracy: pd.Series, cell: tuple) -> pd.Series:
    """What each pruner of a cell lacks of the best one's accuracy."""
    return accuracy.loc[cell].max() - accuracy.loc[cell]


def _mixture(seen: pd.DataFrame, unseen: pd.DataFrame, metrics: list[str]) -> pd.Series:
    """Equation 5, weighted by the architecture's other sparsities and the sparsity's other architectures."""
    architecture, sparsity = unseen["architecture"].iloc[0], unseen["sparsity"].iloc[0]
    weights = {}
    for fixed, level in (("architecture", architecture), ("sparsity", sparsity)):
        rows = seen[seen[fixed] == level]
        weights[fixed, level] = importance(rows[metrics], rows["drop"])
    return mixture(unseen, metrics, weights)


def _predicted(seen: pd.DataFrame, unseen: pd.DataFrame, metrics: list[str]) -> pd.Series:
    """The mean of what the regressors predict, fitted to everything that was seen."""
    known = seen[metrics].to_numpy(float)
    asked = unit_range(unseen[metrics].to_numpy(float), of=known)
    drop = seen["drop"].to_numpy()
    models = [fitted(model, unit_range(known), drop) for model in regressors().values()]
    predicted = np.mean([model.predict(asked) for model in models], axis=0)
    return over_seeds(unseen.assign(predicted=predicted), "predicted")


def _on_average(seen: pd.DataFrame, unseen: pd.DataFrame, metrics: list[str]) -> pd.Series:
    """Each pruner's mean accuracy drop wherever it was seen, whatever is asked for."""
    drop = seen.groupby("pruner")["drop"].mean()
    return over_seeds(unseen.assign(average=unseen["pruner"].map(drop)), "average")


def _of_architecture(seen: pd.DataFrame, unseen: pd.DataFrame, metrics: list[str]) -> pd.Series:
    """Each pruner's mean accuracy drop with this architecture at other sparsities."""
    return _on_average(seen[seen["architecture"] == unseen["architecture"].iloc[0]], unseen, metrics)


def _of_dataset(seen: pd.DataFrame, unseen: pd.DataFrame, metrics: list[str]) -> pd.Series:
    """Each pruner's mean accuracy drop with this architecture and data set at other sparsities."""
    alike = seen[seen["architecture"] == unseen["architecture"].iloc[0]]
    parts = [
        _on_average(alike[alike["dataset"] == dataset], rows, metrics)
        for dataset, rows in unseen.groupby("dataset")
    ]
    return pd.concat(parts)


def _density(seen: pd.DataFrame, unseen: pd.DataFrame, metrics: list[str]) -> pd.Series:
    """The higher the mean layer density, the better."""
    return -over_seeds(unseen, "density_mean")


#: Strategies by name; seen rows, unseen rows and metrics to scores by cell and pruner, the lowest best.
STRATEGIES: dict[str, Callable[[pd.DataFrame, pd.DataFrame, list[str]], pd.Series]] = {
    "topometric mixture": _mixture,
    "predicted drop": _predicted,
    "best on average": _on_average,
    "best for the architecture": _of_architecture,
    "best for architecture and data set": _of_dataset,
    "layer density": _density,
}
