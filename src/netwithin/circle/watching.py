"""Can the wrong bits of a memory be read from its weights' graph? Trainings watched, readings compared.

Sine networks memorise graphs of several kinds, and every few epochs the graph of their weights and the number
of wrong bits are kept, as `netwithin.structure.histories` keeps scores. What is read is log2(1 + wrong bits).
Unlike the candidates of `netwithin.structure.studies` these differ in what they learn and at which rate, so
that the epoch number alone does not say how far they are; and each of them is held out once.
"""

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from scipy.stats import kendalltau
from sklearn.metrics import r2_score
from torch import nn

from netwithin import graphs, memorize
from netwithin.circle import memory
from netwithin.circle.pruning import pairs
from netwithin.graphs import Graph
from netwithin.memorize.evaluation import bit_errors, predict
from netwithin.memorize.siren import SIREN
from netwithin.structure import baselines, decoding, studies
from netwithin.structure.autoencoder import Fit, hash_of
from netwithin.structure.graphs import edge_features, topology
from netwithin.structure.histories import History

#: The columns that tell readings apart, and what was watched; the parameters of their records.
PARAMETERS = [
    "features",
    "regressor",
    "steps",
    "edge_term",
    "weights_in_messages",
    "split",
    "nodes",
    "layers",
    "width",
    "epochs",
    "every",
    "runs",
    "seed",
]
#: What reads an embedding; the paper's regression first, then those that read weight statistics.
REGRESSORS = ("linear", "ridge", "boosting")
_MAKERS = {"random": graphs.erdos_renyi, "small world": graphs.newman_watts_strogatz}


@dataclasses.dataclass(frozen=True)
class Case:
    """What one network is to memorise, and how fast.

    Parameters
    ----------
    kind : {"random", "small world"}
        Erdos-Renyi or Newman-Watts-Strogatz.
    density : float
        Nominal density of the graph.
    learning_rate : float
        Adam's at the start.
    """

    kind: str
    density: float
    learning_rate: float

    def graph(self, nodes: int, seed: int = 0) -> Graph:
        """The graph to memorise.

        Examples
        --------
        >>> Case("random", 0.25, 1e-3).graph(20).shape
        (20, 20)
        """
        return _MAKERS[self.kind](nodes, self.density, seed=seed)


#: Four kinds of graphs by three rates; any six in a row have each rate twice and no combination twice.
CASES = tuple(
    Case(*(("random", 0.1), ("small world", 0.25), ("random", 0.4), ("small world", 0.1))[k % 4], rate)
    for k, rate in enumerate((1e-3, 2e-3, 4e-3) * 4)
)


def weights(model: SIREN) -> torch.Tensor:
    """What the edges of a sine network's graph carry: its weights, those before a sine times omega0.

    A sine layer computes `sin(omega0 (W x + b))`. So its weights are omega0 W in the sense in which those of
    the linear layer behind them are W, and it is by these that the layers can be compared.

    Parameters
    ----------
    model : SIREN

    Returns
    -------
    torch.Tensor
        float32[edges, 1], in the order of the edges of `topology(linear_layers(model))`; detached.

    Examples
    --------
    >>> model = SIREN(1, 2, omega0=30.0)
    >>> bool((weights(model)[:2, 0] == 30 * model.sines[0].linear.weight[:, 0]).all())
    True
    """
    found = edge_features(linear_layers(model))
    found[: len(found) - model.output.weight.numel()] *= model.sines[0].omega0
    return found


def linear_layers(model: SIREN) -> nn.Sequential:
    """The layers of a sine network without the sines, sharing their weights: what has a graph.

    Examples
    --------
    >>> topology(linear_layers(SIREN(2, 16)))
    <LayeredGraph: 4 layers, 35 nodes, 304 edges>
    """
    return nn.Sequential(*(sine.linear for sine in model.sines), model.output)


def watch(graph, setup: memory.Setup, every: int = 4, seed: int = 0) -> History:
    """Train a network to hold a graph, and keep its weights' graph and its wrong bits as it goes.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    setup : Setup
    every : int
        Epochs from one graph to the next.
    seed : int
        Of the first weights.

    Returns
    -------
    History
        `edge_attr` as from `weights`; the scores are log2(1 + wrong bits) over the pairs of nodes, cut at the
        mean as in the first part (Section 6.4 there), and the same on both "parts": a memory has none.

    Examples
    --------
    >>> found = watch(Case("random", 0.25, 1e-3).graph(10), memory.Setup(2, 4, epochs=12))
    >>> found.edge_attr.shape, found.test_scores.shape
    (torch.Size([3, 28, 1]), torch.Size([3]))
    """
    start, model = time.perf_counter(), memory.fresh(setup, seed)
    inputs, targets = pairs(graph)
    edges, wrong = [], []

    def keep(result) -> None:
        if result.epochs % every == 0:
            edges.append(weights(model))
            wrong.append(bit_errors(predict(model, inputs).numpy(), targets.numpy(), "mean"))

    settings = memorize.Settings(setup.epochs, setup.learning_rate, chunk=len(inputs))
    memorize.train(model, inputs, targets, settings, on_epoch=keep)
    scores = torch.log2(1 + torch.tensor(wrong, dtype=torch.float64))
    shape = topology(linear_layers(model)).to_torch_geometric()
    return History(shape, torch.stack(edges), scores, scores, time.perf_counter() - start)


def histories(
    cases: Sequence[Case], setup: memory.Setup, nodes: int, every: int = 4, seed: int = 0
) -> list[History]:
    """Watch a network for each case, every one with a graph and first weights of its own.

    Parameters
    ----------
    cases : sequence of Case
    setup : Setup
        Its rate is replaced by the case's.
    nodes : int
        Of the graphs.
    every, seed : int
        As for `watch`.

    Returns
    -------
    list of History
    """
    found = []
    for k, case in enumerate(cases):
        own, one = hash_of(seed, k), dataclasses.replace(setup, learning_rate=case.learning_rate)
        found.append(watch(case.graph(nodes, own), one, every, own))
    return found


def plain(runs: Sequence[History], cases: Sequence[Case]) -> dict[str, tuple[np.ndarray, tuple[str, ...]]]:
    """The features that stand beside an embedding, and what reads them.

    Those of `netwithin.structure.baselines`, and what is known of a training without any weight: its epoch,
    its rate and its graph's nominal density.

    Parameters
    ----------
    runs : sequence of History
        Of one length.
    cases : sequence of Case

    Returns
    -------
    dict
        By name, float64[runs, steps, columns] and names of regressors.
    """
    found = {
        name: (np.stack([measure(run) for run in runs]), models)
        for name, (measure, models) in baselines.BASELINES.items()
    }
    epochs = found["epoch number"][0]
    told = np.array([(np.log(case.learning_rate), case.density) for case in cases])
    told = np.repeat(told[:, None], epochs.shape[1], axis=1)
    return found | {"epoch, rate and density": (np.concatenate([epochs, told], axis=2), ("boosting",))}


def embeddings(runs: Sequence[History], encoder: str, fit: Fit, seed: int = 0) -> list[np.ndarray]:
    """Embed all graphs once for each run that is held out, by an autoencoder that has not seen that run.

    Parameters
    ----------
    runs : sequence of History
        Of one topology and one length.
    encoder, fit, seed
        As for `netwithin.structure.studies.embeddings`.

    Returns
    -------
    list of float64[runs, steps, latent]
        One for each run held out.
    """
    found = []
    for k in range(len(runs)):
        embedding, _ = studies.embeddings(_last(runs, k), encoder, fit, seed)
        back = _last(range(len(runs)), len(runs) - 2 - k)  # undoes the turn
        found.append(embedding.reshape(len(runs), runs[0].epochs, -1)[list(back)])
    return found


def read_out(features: Sequence[np.ndarray], scores: np.ndarray, model: str) -> np.ndarray:
    """The scores of each run, read by a regression that has learned from the others.

    Parameters
    ----------
    features : sequence of float[runs, steps, columns]
        One for each run held out; columns that are constant are left out by scaling.
    scores : float[runs, steps]
    model : str
        As for `decoding.regressor`.

    Returns
    -------
    float64[runs, steps]

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(3, 20, 2))
    >>> bool(np.allclose(read_out([x] * 3, x @ [1.0, -1.0], "linear"), x @ [1.0, -1.0]))
    True
    """
    found = np.empty(scores.shape)
    for k, table in enumerate(features):
        others = np.arange(len(scores)) != k
        rows = table[others].reshape(-1, table.shape[2])
        found[k] = decoding.regressor(model).fit(rows, scores[others].ravel()).predict(table[k])
    return found


def agreement(predicted: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """How well scores were read that no regression had learned from.

    Parameters
    ----------
    predicted, true : float[runs, steps]

    Returns
    -------
    dict
        `pearson`, `kendall` and `r2` along a run, means over the runs; `pearson_least` and `pearson_most` of
        them; and the same three with `_pooled` for all graphs of all runs together, which asks for more: that
        it shows which run has fewer wrong bits than another. What is constant correlates with nothing: 0.

    Examples
    --------
    >>> found = agreement(np.array([[3.0, 2, 1], [4, 3, 2]]), np.array([[6.0, 5, 4], [6, 5, 4.5]]))
    >>> found["pearson"] > 0.98, found["kendall"], found["pearson_pooled"] < 0.9
    (True, 1.0, True)
    """
    names = ("pearson", "kendall", "r2")
    along = np.array([_three(*pair) for pair in zip(predicted, true, strict=True)])
    found = dict(zip(names, along.mean(axis=0).tolist(), strict=True))
    found |= {"pearson_least": float(along[:, 0].min()), "pearson_most": float(along[:, 0].max())}
    pooled = _three(predicted.ravel(), true.ravel())
    return found | {f"{name}_pooled": value for name, value in zip(names, pooled, strict=True)}


def read(runs: Sequence[History], features: Sequence[np.ndarray], model: str, seed: int = 0) -> pd.DataFrame:
    """Decode the wrong bits, once for each way to hold rows out.

    Parameters
    ----------
    runs : sequence of History
    features : sequence of float[runs, steps, columns]
        As for `read_out`.
    model : str
    seed : int
        Of the random choice of rows.

    Returns
    -------
    pandas.DataFrame
        Rows "random" and "time", where a part of one run is read by a regression that has learned from the
        rest of it (drawn once for each), and the results are means over the runs; and "run", with the columns
        of `agreement`. By time those runs count whose wrong bits still change.
    """
    scores = np.stack([run.scores("test").numpy() for run in runs])
    rows = []
    for how in ("random", "time"):
        end = decoding.split([scores.shape[1]], "time")[1] if how == "time" else slice(None)
        # The autoencoder of number k has seen run k - 1, and not run k.
        parts = [(table[k - 1], scores[k - 1]) for k, table in enumerate(features)]
        found = [
            decoding.decode(table, score, [len(score)], how, model, draws=1, seed=seed + k)
            for k, (table, score) in enumerate(parts)
            if np.ptp(score[end])
        ]
        found = pd.DataFrame(found, columns=["pearson", "kendall", "r2"]).astype(float).fillna(0.0)
        rows.append({"split": how, "counted": len(found)} | found.mean().to_dict())
    rows.append({"split": "run", "counted": len(runs)} | agreement(read_out(features, scores, model), scores))
    return pd.DataFrame(rows)


def read_plain(runs: Sequence[History], cases: Sequence[Case], seed: int = 0) -> Iterator[pd.DataFrame]:
    """Every reading of `plain` features.

    Parameters
    ----------
    runs : sequence of History
    cases : sequence of Case
        What the runs were told.
    seed : int

    Yields
    ------
    pandas.DataFrame
        As from `read`, with `features` and `regressor`, None for `steps`, `edge_term` and
        `weights_in_messages`, and `seconds`.
    """
    told = {"steps": None, "edge_term": None, "weights_in_messages": None}
    for name, (table, models) in plain(runs, cases).items():
        yield from _by_each(runs, [table] * len(runs), models, {"features": name} | told, seed)


def read_encoders(
    runs: Sequence[History],
    encoders: Sequence[str],
    fits: Sequence[Fit],
    seed: int = 0,
    known: Mapping[tuple[str, Fit], list[np.ndarray]] | None = None,
) -> Iterator[pd.DataFrame]:
    """Every encoder, trained in every way, by every regressor.

    Parameters
    ----------
    runs : sequence of History
    encoders : sequence of str
        Of `netwithin.structure.encoders.ENCODERS`.
    fits : sequence of Fit
    seed : int
    known : mapping, optional
        What `embeddings` returned for an encoder and a fit, so that it is not done again.

    Yields
    ------
    pandas.DataFrame
        As from `read_plain`.
    """
    known = known or {}
    for encoder in encoders:
        for fit in fits:
            told = {name: getattr(fit, name) for name in ("steps", "edge_term", "weights_in_messages")}
            start = time.perf_counter()
            found = known.get((encoder, fit)) or embeddings(runs, encoder, fit, seed)
            spent = time.perf_counter() - start
            yield from _by_each(runs, found, REGRESSORS, {"features": encoder} | told, seed, spent)


def _by_each(runs, features, models, told: dict, seed: int, spent: float = 0.0) -> Iterator[pd.DataFrame]:
    """The table of each regressor; the seconds that the features took are shared among all rows."""
    for model in models:
        start = time.perf_counter()
        table = read(runs, features, model, seed).assign(**told, regressor=model)
        seconds = time.perf_counter() - start + spent / len(models)
        yield table.assign(seconds=seconds / len(table))


def _last(runs: Sequence, k: int) -> list:
    """The same runs in a circle, so that number k is the last."""
    return [runs[(k + 1 + j) % len(runs)] for j in range(len(runs))]


def _three(predicted: np.ndarray, true: np.ndarray) -> tuple[float, float, float]:
    """Pearson's r, Kendall's tau and R²; 0 for a correlation with something constant."""
    r2 = float(r2_score(true, predicted))
    if np.ptp(predicted) <= decoding.ROUNDING * max(1.0, np.abs(predicted).max()) or not np.ptp(true):
        return 0.0, 0.0, r2
    r = np.corrcoef(predicted, true)[0, 1]
    return float(r), float(kendalltau(predicted, true).statistic), r2
