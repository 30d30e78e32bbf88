"""Ranking candidates never seen: scores are learned on some networks, others are put in order by them."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.stats import kendalltau
from sklearn.model_selection import StratifiedKFold

from netwithin.structure import autoencoder, candidates, decoding, studies
from netwithin.structure.autoencoder import Fit, hash_of
from netwithin.structure.candidates import BASELINES, Trained
from netwithin.structure.histories import PLANS

#: A candidate whose score is so near to the best one's is as good as the best.
NEAR = 0.01
#: Regressors that read an embedding; the first is the paper's.
REGRESSORS = ("linear", "ridge", "boosting")
#: The columns that tell the rows of a study apart, and so the parameters of its records.
PARAMETERS = [
    "task",
    "features",
    "regressor",
    "steps",
    "edge_term",
    "weights_in_messages",
    "learned",
    "ranked",
    "candidates",
    "folds",
    "seed",
]
_OF_FIT = ("steps", "edge_term", "weights_in_messages")
#: What `agreement` measures, each once per fold.
METRICS = ("kendall", "pearson", "regret", "regret_by_chance", "best", "near_best", "error")

Split = tuple[np.ndarray, np.ndarray]


def splits(trained: Sequence[Trained], folds: int = 5, seed: int = 0) -> list[Split]:
    """Part candidates so that each is ranked once, among others that were not learned from either.

    Parameters
    ----------
    trained : sequence of Trained
    folds : int
        Parts; each has its share of every kind.
    seed : int

    Returns
    -------
    list of tuple of int64 arrays
        For each fold, the candidates that are learned from and those that are held out.

    Raises
    ------
    ValueError
        If a kind has fewer than two candidates for each fold.
    """
    kinds = [one.candidate.kind for one in trained]
    if min(map(kinds.count, set(kinds)), default=0) < 2 * folds:
        raise ValueError(f"{folds} folds need {2 * folds} candidates of each kind, to rank two in each")
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(kinds)), kinds)
    return list(parts)


def agreement(predicted: np.ndarray, true: np.ndarray) -> dict[str, float | None]:
    """How well candidates are ranked, and what it costs to take the one that is ranked first.

    Parameters
    ----------
    predicted, true : float array of shape (candidates,)
        At least two; more is better.

    Returns
    -------
    dict
        `kendall` (tau-b) and `pearson`, None where either side is constant; `regret`, the best score less
        that of the candidate ranked first, and `regret_by_chance`, less the mean; `best` and `near_best`,
        whether the one ranked first is the best, or within `NEAR` of it; `error`, the mean absolute
        difference. Where several are ranked first, the mean over them.

    Examples
    --------
    >>> found = agreement(np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.9, 0.8]))
    >>> {name: round(value, 3) for name, value in found.items() if name in ("kendall", "regret", "best")}
    {'kendall': 0.333, 'regret': 0.1, 'best': 0.0}
    """
    # Predictions of a constant differ by rounding.
    flat = np.ptp(predicted) <= 1e-12 * max(1.0, np.abs(predicted).max()) or np.ptp(true) == 0
    first = true[predicted == predicted.max()] if not flat else true
    return {
        "kendall": None if flat else float(kendalltau(predicted, true).statistic),
        "pearson": None if flat else float(np.corrcoef(predicted, true)[0, 1]),
        "regret": float(true.max() - first.mean()),
        "regret_by_chance": float(true.max() - true.mean()),
        "best": float((first == true.max()).mean()),
        "near_best": float((first >= true.max() - NEAR - 1e-9).mean()),
        "error": float(np.abs(predicted - true).mean()),
    }


def embeddings(
    trained: Sequence[Trained], parts: Sequence[Split], encoder: str, fit: Fit, seed: int = 0
) -> list[np.ndarray]:
    """Embed all candidates, once for each fold, with an autoencoder that has seen none of those held out.

    Parameters
    ----------
    trained : sequence of Trained
        Of one kind or several, with edge features of one width.
    parts : sequence of tuple
        As from `splits`.
    encoder : str
        One of `encoders.ENCODERS`.
    fit : Fit
    seed : int

    Returns
    -------
    list of float64[candidates, latent]
        One per fold.
    """
    graphs = [
        autoencoder.as_graphs(one.history, encoder, fit, hash_of(seed, number))[0]
        for number, one in enumerate(trained)
    ]
    found = []
    for learned, _ in parts:
        model = autoencoder.train([graphs[k] for k in learned], encoder, fit, seed)
        found.append(autoencoder.embed(model, graphs))
    return found


def rank(
    features: Sequence[np.ndarray],
    trained: Sequence[Trained],
    parts: Sequence[Split],
    model: str,
    learned: str = "all",
    ranked: str = "all",
) -> dict[str, float | list | None]:
    """Learn scores on the test part from features of some candidates and rank the others.

    Parameters
    ----------
    features : sequence of float arrays of shape (candidates, columns)
        One per fold.
    trained : sequence of Trained
    parts : sequence of tuple
        As from `splits`.
    model : str
        As for `decoding.regressor`.
    learned, ranked : str
        One of `candidates.KINDS`, or "all": whose scores are learned, and who is ranked.

    Returns
    -------
    dict
        The means of `METRICS` over the folds, a correlation None where one of the folds has none; and
        `kendall_folds`, `regret_folds`, a value per fold.
    """
    scores = np.array([one.score("test") for one in trained])
    kinds = np.array([one.candidate.kind for one in trained])

    def chosen(rows: np.ndarray, kind: str) -> np.ndarray:
        return rows if kind == "all" else rows[kinds[rows] == kind]

    found = []
    for values, (rows, others) in zip(features, parts, strict=True):
        rows, others = chosen(rows, learned), chosen(others, ranked)
        fitted = decoding.regressor(model).fit(values[rows], scores[rows])
        found.append(agreement(fitted.predict(values[others]), scores[others]))
    table = pd.DataFrame(found, columns=list(METRICS)).astype(float)
    means = {name: None if table[name].isna().any() else float(table[name].mean()) for name in METRICS}
    return means | {f"{name}_folds": [one[name] for one in found] for name in ("kendall", "regret")}


def pairs(trained: Sequence[Trained]) -> list[tuple[str, str]]:
    """Whose scores can be learned and who can be ranked: everything, and each kind where there are several.

    Examples
    --------
    >>> few = candidates.train("two_moons", candidates.draw("two_moons", "perceptron", 1))
    >>> pairs(few)
    [('all', 'all')]
    """
    kinds = [kind for kind in candidates.KINDS if any(one.candidate.kind == kind for one in trained)]
    if len(kinds) == 1:
        return [("all", "all")]
    return [("all", "all")] + [(one, other) for one in ("all", *kinds) for other in kinds]


def by_reader(table: pd.DataFrame, metric: str = "kendall") -> pd.DataFrame:
    """A metric of each reader in each population, mean over seeds; learned and ranked are of one kind.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `compare`, of several tasks and seeds, or records of it.
    metric : str
        One of `METRICS`.

    Returns
    -------
    pandas.DataFrame
        Index readers, columns populations: the task, and the kind where a task has several. NaN where a seed
        has no such value.

    Examples
    --------
    >>> rows = [("two_moons", 0, 0.5), ("two_moons", 1, 0.7)]
    >>> told = dict(features="epochs", regressor="linear", steps=None, edge_term=None,
    ...             weights_in_messages=None, learned="all", ranked="all")
    >>> table = pd.DataFrame(rows, columns=["task", "seed", "kendall"]).assign(**told)
    >>> by_reader(table).round(2).to_dict()
    {'two_moons': {'epochs (linear)': 0.6}}
    """
    table = _in_order(table)
    several = table.groupby("task")["learned"].transform("nunique") > 1
    one_kind = (table["learned"] == table["ranked"]) & (several == (table["learned"] != "all"))
    table = table[one_kind].assign(reader=studies.readers)
    table["population"] = table["task"].where(~several, table["task"] + ", " + table["learned"])
    return _means(table, ["population"], metric)


def by_kind(table: pd.DataFrame, metric: str = "kendall") -> pd.DataFrame:
    """A metric of each reader for each kind learned from and each kind ranked, mean over seeds.

    Parameters
    ----------
    table, metric
        As for `by_reader`.

    Returns
    -------
    pandas.DataFrame
        Index readers, columns `learned` (a kind, or "all") and `ranked` (a kind); without tasks of one kind.
    """
    table = _in_order(table[table["ranked"] != "all"])
    return _means(table.assign(reader=studies.readers), ["learned", "ranked"], metric)


def compare(
    trained: Sequence[Trained],
    ways: Sequence[tuple[str, Fit]],
    *,
    task: str,
    folds: int = 5,
    seed: int = 0,
    baselines: Sequence[str] = tuple(BASELINES),
    regressors: Sequence[str] = REGRESSORS,
) -> Iterator[pd.DataFrame]:
    """Rank candidates by every baseline and by embeddings, alone and with the hyperparameters beside them.

    Parameters
    ----------
    trained : sequence of Trained
    ways : sequence of tuple
        Encoders and how their autoencoders are trained.
    task : str
        For the table only.
    folds, seed : int
    baselines : sequence of str
        Some of `candidates.BASELINES`.
    regressors : sequence of str
        That read the embeddings; all but the first, the hyperparameters beside them, too.

    Yields
    ------
    pandas.DataFrame
        One row per regressor and pair of `pairs`: `PARAMETERS`, what `rank` returns, and `seconds`; first
        the baselines one after the other, then each of the ways.
    """
    parts = splits(trained, folds, seed)
    told = {"task": task, "candidates": len(trained), "folds": folds, "seed": seed}

    def table(values: Sequence[np.ndarray], models: Sequence[str], **named) -> pd.DataFrame:
        rows, start = [], time.perf_counter()
        for model in models:
            for learned, ranked in pairs(trained):
                found = rank(values, trained, parts, model, learned, ranked)
                rows.append({"regressor": model, "learned": learned, "ranked": ranked} | found)
        spent = time.perf_counter() - start
        made = pd.DataFrame(rows).assign(**told, **named, seconds=spent / len(rows))
        return made[PARAMETERS + [name for name in made if name not in PARAMETERS]]

    for name in baselines:
        measure, models = BASELINES[name]
        plain = np.array([measure(one) for one in trained])
        yield table([plain] * folds, models, features=name, **dict.fromkeys(_OF_FIT))
    known = np.array([candidates.hyperparameters(one) for one in trained])
    for encoder, fit in ways:
        start = time.perf_counter()
        found = embeddings(trained, parts, encoder, fit, seed)
        spent = time.perf_counter() - start
        named = {name: getattr(fit, name) for name in _OF_FIT}
        both = [np.column_stack([one, known]) for one in found]
        for features, values, models in (
            (encoder, found, regressors),
            (f"{encoder} and hyperparameters", both, regressors[1:]),
        ):
            if models:
                made = table(values, models, features=features, **named)
                yield made.assign(seconds=made["seconds"] + spent / len(made))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """The rows by task and kinds in their usual order; records come in any."""
    order = {name: place for place, name in enumerate((*PLANS, "all", *candidates.KINDS))}
    columns = ["task", "learned", "ranked"]
    return table.sort_values(columns, key=lambda column: column.map(order), kind="stable", ignore_index=True)


def _means(table: pd.DataFrame, columns: list[str], metric: str) -> pd.DataFrame:
    """Means over seeds, with readers and columns in the order in which they come."""
    values = table.astype({metric: float}).groupby(["reader", *columns], sort=False)[metric]
    return values.agg(lambda seeds: seeds.mean(skipna=False)).unstack(columns)
