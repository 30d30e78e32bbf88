"""The experiment of Tables 1 and 2: networks are trained, their graphs embedded, their scores read back."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from torch_geometric.data import Data

from netwithin.structure import autoencoder, decoding, tasks
from netwithin.structure.autoencoder import Fit, hash_of
from netwithin.structure.baselines import BASELINES
from netwithin.structure.encoders import ENCODERS
from netwithin.structure.histories import History, TrainingPlan, watch

#: The columns that tell the rows of a study apart, and so the parameters of its records.
PARAMETERS = [
    "task",
    "features",
    "regressor",
    "weights_in_messages",
    "steps",
    "edge_term",
    "split",
    "seed",
    "epochs",
    "runs",
]


def histories(task: str, plan: TrainingPlan, runs: int, seed: int = 0) -> list[History]:
    """Train several networks for a task that differ in their seeds only.

    Parameters
    ----------
    task : str
        One of `tasks.names()`.
    plan : TrainingPlan
    runs : int
    seed : int
        Each run's seed follows from it and the run's number.

    Returns
    -------
    list of History
    """
    loaded = tasks.load(task)
    return [watch(loaded, plan, seed=hash_of(seed, run)) for run in range(runs)]


def embeddings(runs: Sequence[History], encoder: str, fit: Fit, seed: int = 0) -> tuple[np.ndarray, float]:
    """Embed every graph of several runs with an autoencoder that has not seen the last run.

    Parameters
    ----------
    runs : sequence of History
        At least two.
    encoder : str
        One of `encoders.ENCODERS`.
    fit : Fit
    seed : int

    Returns
    -------
    embedding : float64[graphs, latent]
        Run after run.
    area : float
        Under the ROC curve, on the last run's last graph: how well the autoencoder knows what is joined.
    """
    return _embedded(*fitted(runs, encoder, fit, seed))


def fitted(
    runs: Sequence[History], encoder: str, fit: Fit, seed: int = 0
) -> tuple[autoencoder.Autoencoder, list[list[Data]]]:
    """The autoencoder of `embeddings`, trained on all runs but the last, and the graphs of every run.

    Parameters
    ----------
    runs, encoder, fit, seed
        As for `embeddings`.

    Returns
    -------
    model : Autoencoder
    graphs : list of list of torch_geometric.data.Data
        As from `autoencoder.as_graphs`, one list per run.
    """
    # All runs have one topology, and so one set of Laplacian positions; random features are each run's own.
    same = ENCODERS[encoder].positions == "laplacian"
    seeds = [seed if same else hash_of(seed, k) for k in range(len(runs))]
    graphs = [autoencoder.as_graphs(run, encoder, fit, one) for run, one in zip(runs, seeds, strict=True)]
    return autoencoder.train([one for run in graphs[:-1] for one in run], encoder, fit, seed), graphs


def read_embedding(
    runs: Sequence[History],
    encoder: str,
    fit: Fit,
    seed: int = 0,
    embedded: tuple[np.ndarray, float] | None = None,
) -> pd.DataFrame:
    """How well linear regression reads the scores from an encoder's embedding.

    Parameters
    ----------
    runs, encoder, fit, seed
        As for `embeddings`.
    embedded : tuple, optional
        What `embeddings` returned for these, so that it is not done again.

    Returns
    -------
    pandas.DataFrame
        One row per way to hold rows out, with the columns of `read_features`, and `area`.
    """
    start = time.perf_counter()
    embedding, area = embeddings(runs, encoder, fit, seed) if embedded is None else embedded
    told = {
        "features": encoder,
        "regressor": "linear",
        "weights_in_messages": fit.weights_in_messages,
        "steps": fit.steps,
        "edge_term": fit.edge_term,
    }
    table = read_features(runs, embedding, "linear", seed).assign(**told, area=area)
    return table.assign(seconds=(time.perf_counter() - start) / len(table))


def read_with_edge_term(runs: Sequence[History], encoder: str, fit: Fit, seed: int = 0) -> pd.DataFrame:
    """How well scores are read where the autoencoder must also give back the weights, and how far it does.

    Parameters
    ----------
    runs, encoder, fit, seed
        As for `embeddings`.

    Returns
    -------
    pandas.DataFrame
        As from `read_embedding`, with `edges_seen` and `edges_held_out`: the share of the variance of the
        edges' features that is given back (`autoencoder.edges_given_back`), for the first run and for the
        last, which the autoencoder has not seen. NaN where `fit` asks for no edges.
    """
    start = time.perf_counter()
    model, graphs = fitted(runs, encoder, fit, seed)
    table = read_embedding(runs, encoder, fit, seed, embedded=_embedded(model, graphs))
    asked = bool(fit.edge_term and fit.steps)
    back = [
        autoencoder.edges_given_back(model, some) if asked else np.nan for some in (graphs[0], graphs[-1])
    ]
    table = table.assign(edges_seen=back[0], edges_held_out=back[1])
    return table.assign(seconds=(time.perf_counter() - start) / len(table))


def readers(table: pd.DataFrame) -> pd.Series:
    """What each row of a study reads a score from, in words.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns `features`, `steps`, `edge_term`, `weights_in_messages` and `regressor`, as this
        module's tables have them, those of `rankings`, and records of either.

    Returns
    -------
    pandas.Series
        The features, how their encoder was trained where that is not as in the paper, and the regressor.

    Examples
    --------
    >>> rows = [("EA+TC+LF", 0, 0.0, True, "linear"), ("epochs", None, None, None, "boosting")]
    >>> columns = ["features", "steps", "edge_term", "weights_in_messages", "regressor"]
    >>> readers(pd.DataFrame(rows, columns=columns)).tolist()
    ['EA+TC+LF, untrained (linear)', 'epochs (boosting)']
    """
    ways = {
        ", untrained": table["steps"].astype(float) == 0,
        ", edges given back": table["edge_term"].astype(float) > 0,
        ", weights in edge attention only": table["weights_in_messages"].eq(False),
    }
    encoders = table["features"].str.partition(" and ")  # what was read beside the encoder comes last
    named = encoders[0]
    for ending, rows in ways.items():
        named = named.where(~rows, named + ending)
    return named + encoders[1] + encoders[2] + " (" + table["regressor"] + ")"


def read_baselines(runs: Sequence[History], seed: int = 0) -> pd.DataFrame:
    """How well the plainer features of `baselines` do.

    Parameters
    ----------
    runs : sequence of History
    seed : int

    Returns
    -------
    pandas.DataFrame
        As `read_embedding`, one row per baseline, regressor and split.
    """
    parts = []
    for name, (measure, regressors) in BASELINES.items():
        start = time.perf_counter()
        features = np.concatenate([measure(run) for run in runs])
        for model in regressors:
            table = read_features(runs, features, model, seed).assign(features=name, regressor=model)
            table["seconds"] = (time.perf_counter() - start) / len(table)
            parts.append(table)
            start = time.perf_counter()
    return pd.concat(parts, ignore_index=True)


def read_features(runs: Sequence[History], features: np.ndarray, model: str, seed: int = 0) -> pd.DataFrame:
    """Decode the scores on both parts, once for each way to hold rows out.

    Parameters
    ----------
    runs : sequence of History
        At least two.
    features : float array of shape (graphs of all runs, columns)
    model : str
        As for `decoding.regressor`.
    seed : int

    Returns
    -------
    pandas.DataFrame
        One row per split: `split`, and `pearson_train`, `kendall_train`, `r2_train` for the scores on the
        training part, the same with `_test` for those on the test part.
    """
    lengths = [run.epochs for run in runs]
    rows = []
    for how in decoding.SPLITS:
        row = {"split": how}
        for part in ("train", "test"):
            scores = np.concatenate([run.scores(part).numpy() for run in runs])
            found = decoding.decode(features, scores, lengths, how, model, seed=seed)
            row |= {f"{name}_{part}": value for name, value in found.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def compare(
    runs: Sequence[History], encoders: Sequence[str], fits: Sequence[Fit], *, task: str, seed: int = 0
) -> Iterator[pd.DataFrame]:
    """The whole comparison of one task: every baseline, and every encoder, trained in every way.

    Parameters
    ----------
    runs : sequence of History
        As from `histories`; the last is held out where rows are held out by run.
    encoders : sequence of str
    fits : sequence of Fit
    task : str
        For the table only.
    seed : int

    Yields
    ------
    pandas.DataFrame
        As from `read_baselines`, then `read_embedding`, with all columns of `PARAMETERS`.
    """
    yield labelled(read_baselines(runs, seed), runs, task, seed)
    for encoder in encoders:
        for fit in fits:
            yield labelled(read_embedding(runs, encoder, fit, seed), runs, task, seed)


def labelled(table: pd.DataFrame, runs: Sequence[History], task: str, seed: int = 0) -> pd.DataFrame:
    """Give a table all columns of `PARAMETERS`, so that its rows can be recorded.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `read_embedding` or `read_baselines`.
    runs : sequence of History
    task : str
    seed : int

    Returns
    -------
    pandas.DataFrame
        None stands for what a baseline has not.
    """
    table = table.assign(task=task, seed=seed, epochs=runs[0].epochs, runs=len(runs))
    for column in PARAMETERS:
        if column not in table:
            table[column] = None
    # Beside baselines, which have none, steps would become floats, and their records others.
    steps = [None if pd.isna(value) else int(value) for value in table["steps"]]
    table["steps"] = pd.Series(steps, index=table.index, dtype=object)
    rest = [column for column in table if column not in PARAMETERS]
    return table[PARAMETERS + rest]


def _embedded(model: autoencoder.Autoencoder, graphs: Sequence[Sequence[Data]]) -> tuple[np.ndarray, float]:
    """What a trained autoencoder makes of the graphs of all runs, and its area on the very last."""
    embedding = autoencoder.embed(model, [one for run in graphs for one in run])
    return embedding, autoencoder.area_under_curve(model, graphs[-1][-1:])
