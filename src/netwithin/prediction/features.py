"""What the accuracy drop is predicted from: the paper's metrics, and the baselines that it lacks.

A scenario fixes either the sparsity, so that datasets and architectures are mixed, or the architecture, so
that datasets and sparsities are. `Scenario` holds a scenario's networks, `SETS` the sets of features by name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from netwithin.prediction import released

FIXED = ("sparsity", "architecture")


@dataclass(frozen=True)
class Scenario:
    """The networks of one column of Table 3.

    Attributes
    ----------
    fixed : {"sparsity", "architecture"}
        What all of them share.
    level : float or str
        Its value.
    table : pandas.DataFrame
        One row per network, as `released.study` has them, without those that lack a metric.
    metrics : tuple of str
        The columns that are metrics.
    """

    fixed: str
    level: float | str
    table: pd.DataFrame
    metrics: tuple[str, ...]

    @property
    def varying(self) -> list[str]:
        """What tells a network of the scenario from another, pruner and seed aside."""
        return ["dataset", "architecture" if self.fixed == "sparsity" else "sparsity"]


def scenarios(table: pd.DataFrame, metrics: Sequence[str]) -> list[Scenario]:
    """Part a table of networks into the scenarios of Table 3: five sparsities, then four architectures.

    Parameters
    ----------
    table : pandas.DataFrame
        With `sparsity`, `architecture` and the metrics.
    metrics : sequence of str
        Rows in which one of them is NaN are left out, in every set of features alike, so that all sets are
        judged by the same networks.

    Returns
    -------
    list of Scenario
        Those that have a row.

    Examples
    --------
    >>> table = pd.DataFrame({"sparsity": [.6, .6], "architecture": ["Conv-6"] * 2, "sink": [1., None]})
    >>> [(one.fixed, one.level, len(one.table)) for one in scenarios(table, ["sink"])]
    [('sparsity', 0.6, 1), ('architecture', 'Conv-6', 1)]
    """
    whole = table.dropna(subset=list(metrics))
    levels = [("sparsity", level) for level in released.SPARSITIES]
    levels += [("architecture", level) for level in released.ARCHITECTURES]
    parts = [Scenario(fixed, level, whole[whole[fixed] == level], tuple(metrics)) for fixed, level in levels]
    return [part for part in parts if len(part.table)]


def indicators(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Indicator variables: for each value of each column but the first, whether a row has it.

    Parameters
    ----------
    table : pandas.DataFrame
    columns : sequence of str

    Returns
    -------
    pandas.DataFrame
        Float zeros and ones, rows as in `table`.

    Examples
    --------
    >>> indicators(pd.DataFrame({"dataset": ["a", "b", "c"]}), ["dataset"]).values.tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    texts = table[list(columns)].astype(str)
    return pd.get_dummies(texts, drop_first=True, dtype=float)


def _topometrics(scenario: Scenario) -> pd.DataFrame:
    return scenario.table[list(scenario.metrics)]


def _untrained(scenario: Scenario) -> pd.DataFrame:
    return _topometrics(scenario).drop(columns=list(released.TRAINED), errors="ignore")


def _indicators(scenario: Scenario) -> pd.DataFrame:
    return indicators(scenario.table, scenario.varying)


def _with_pruner(scenario: Scenario) -> pd.DataFrame:
    return indicators(scenario.table, [*scenario.varying, "pruner"])


def _size(scenario: Scenario) -> pd.DataFrame:
    return scenario.table[["nodes", "edges"]]


def _densities(scenario: Scenario) -> pd.DataFrame:
    return scenario.table.filter(like="density_")


def _beside(*parts: Callable[[Scenario], pd.DataFrame]) -> Callable[[Scenario], pd.DataFrame]:
    return lambda scenario: pd.concat([part(scenario) for part in parts], axis=1)


#: The sets of features, by name; scenario to a table of floats, rows as in the scenario's.
SETS: dict[str, Callable[[Scenario], pd.DataFrame]] = {
    "topometrics": _topometrics,
    "topometrics before training": _untrained,
    "indicators": _indicators,
    "indicators and pruner": _with_pruner,
    "nodes and edges": _size,
    "layer densities": _densities,
    "indicators and topometrics": _beside(_indicators, _topometrics),
    "indicators and topometrics before training": _beside(_indicators, _untrained),
    "indicators and layer densities": _beside(_indicators, _densities),
}
