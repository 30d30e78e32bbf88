"""Perceptrons of several shapes in one embedding: are they told apart, and is near alike (Figure 2)?"""

import dataclasses
import itertools
import time
from collections.abc import Mapping

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.metrics import silhouette_score

from netwithin.structure import autoencoder, baselines, models
from netwithin.structure.autoencoder import Fit, hash_of
from netwithin.structure.histories import History, TrainingPlan, network, watch
from netwithin.structure.tasks import Task

#: Hidden layers of the shapes beside the regular one, which is the task's own.
LAYERS = {"deeper": 4, "wider": 1}
#: Pairs of graphs, by what they are graphs of.
PAIRS = ("all", "one network", "two networks, one shape", "two shapes")
#: Equal groups of pairs, from near to far, of which a picture has the quartiles.
GROUPS = 10


def widths(task: Task, regular: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Hidden layers of a regular, a deeper and a wider perceptron with about as many parameters.

    Parameters
    ----------
    task : Task
        A table.
    regular : tuple of int
        Hidden neurons of the regular one.

    Returns
    -------
    dict
        By shape: hidden neurons of each layer.

    References
    ----------
    StructureReps, Section 3: "three variants of MLP networks (regular, deeper, wider) with same parameter
    count". It gives no sizes.

    Examples
    --------
    >>> from netwithin.structure import tasks
    >>> widths(tasks.load("two_moons"), (16, 16))
    {'regular': (16, 16), 'deeper': (10, 10, 10, 10), 'wider': (70,)}
    """
    parameters = sum(p.numel() for p in network(task, regular).parameters())
    inputs = task.train_inputs.shape[1]
    others = {
        name: (models.width_for(inputs, task.outputs, layers, parameters),) * layers
        for name, layers in LAYERS.items()
    }
    return {"regular": regular} | others


@dataclasses.dataclass(frozen=True, eq=False)
class Family:
    """Networks of several shapes that were trained for one task, as many of each and for as many epochs.

    Parameters
    ----------
    runs : dict
        By shape: `History` of each network. Graphs are counted shape by shape, network by network, epoch by
        epoch.
    """

    runs: dict[str, list[History]]

    @property
    def histories(self) -> list[History]:
        """All networks."""
        return [run for runs in self.runs.values() for run in runs]

    @property
    def epochs(self) -> int:
        """Graphs of each network."""
        return self.histories[0].epochs

    @property
    def shape(self) -> np.ndarray:
        """Each graph's shape, str[graphs]."""
        return np.repeat(list(self.runs), [len(runs) * self.epochs for runs in self.runs.values()])

    @property
    def network(self) -> np.ndarray:
        """The number of each graph's network, int64[graphs]."""
        return np.repeat(np.arange(len(self.histories)), self.epochs)

    @property
    def epoch(self) -> np.ndarray:
        """Each graph's epoch, from 1 on, int64[graphs]."""
        return np.tile(np.arange(1, self.epochs + 1), len(self.histories))

    @property
    def scores(self) -> np.ndarray:
        """Each graph's score on the test part, float64[graphs]."""
        return np.concatenate([run.test_scores.numpy() for run in self.histories])


def watched(task: Task, plan: TrainingPlan, runs: int = 2, seed: int = 0) -> Family:
    """Train networks of every shape.

    Parameters
    ----------
    task : Task
        A table.
    plan : TrainingPlan
        Its hidden layers are the regular shape's.
    runs : int
        Networks of each shape; with one alone, a cluster of the shape could not be told from one of the
        network.
    seed : int
        Each network's seed follows from it.

    Returns
    -------
    Family
    """
    return Family(
        {
            name: [
                watch(task, dataclasses.replace(plan, hidden=hidden), seed=hash_of(seed, k, run))
                for run in range(runs)
            ]
            for k, (name, hidden) in enumerate(widths(task, plan.hidden).items())
        }
    )


def embed(family: Family, encoder: str, fit: Fit, seed: int = 0) -> np.ndarray:
    """Embed all graphs with one autoencoder, which is trained on all of them.

    Parameters
    ----------
    family : Family
    encoder : str
        One of `encoders.ENCODERS`.
    fit : Fit
        With 0 steps the encoder is left untrained.
    seed : int

    Returns
    -------
    float64[graphs, latent]
    """
    graphs = [one for run in family.histories for one in autoencoder.as_graphs(run, encoder, fit, seed)]
    return autoencoder.embed(autoencoder.train(graphs, encoder, fit, seed), graphs)


def clusters(family: Family, embedding: np.ndarray) -> dict[str, float]:
    """How far shapes, and networks, lie apart (Figure 2a).

    Parameters
    ----------
    family : Family
    embedding : float array of shape (graphs, latent)

    Returns
    -------
    dict
        `silhouette_shape` and `silhouette_network`, from -1 to 1: near 1 where graphs are much nearer to
        their own cluster than to the next. `within` and `between`, the mean distances of the last graphs of
        two networks of one shape, and of two shapes.
    """
    last = embedding[family.epoch == family.epochs]
    shape = family.shape[family.epoch == family.epochs]
    distance, same = pdist(last), _alike(shape)
    return {
        "silhouette_shape": float(silhouette_score(embedding, family.shape)),
        "silhouette_network": float(silhouette_score(embedding, family.network)),
        "within": float(distance[same].mean()),
        "between": float(distance[~same].mean()),
    }


def shifts(family: Family, embedding: np.ndarray) -> dict[str, float]:
    """How gradually scores change within the networks' paths, and whether in one direction (Figure 2b).

    Parameters
    ----------
    family : Family
    embedding : float array of shape (graphs, latent)

    Returns
    -------
    dict
        `along_path`: the size of Spearman's rank correlation of the score with the first principal axis of
        the network's own path, mean over the networks. `direction`: the cosine of the angle between the ways
        from first to last graph of two networks, mean over the pairs; 1 if all go the same way.
    """
    along, ways = [], []
    for number in range(len(family.histories)):
        path, scores = embedding[family.network == number], family.scores[family.network == number]
        along.append(abs(_rank_correlation(_axes(path, 1)[:, 0], scores)))
        ways.append((path[-1] - path[0]) / max(float(np.linalg.norm(path[-1] - path[0])), 1e-300))
    cosines = [float(a @ b) for a, b in itertools.combinations(ways, 2)]
    return {"along_path": float(np.mean(along)), "direction": float(np.mean(cosines))}


def nearness(family: Family, embedding: np.ndarray) -> dict[str, dict[str, float]]:
    """Whether graphs that are near each other have like scores (Figure 2c), by kind of pair.

    Parameters
    ----------
    family : Family
    embedding : float array of shape (graphs, latent)

    Returns
    -------
    dict
        By measure ("embedding", "epoch number", "mean absolute weight") and kind of pair (`PAIRS`):
        Spearman's rank correlation of the distance in that measure with the difference of the scores.
    """
    # Accuracies are shares of one number of rows, so that differences are equal but for rounding.
    difference = pdist(family.scores[:, None]).round(12)
    shape, network = _alike(family.shape), _alike(family.network)
    chosen = dict(zip(PAIRS, (shape | True, network, shape & ~network, ~shape), strict=True))
    weights = np.concatenate([baselines.mean_absolute_weight(run) for run in family.histories])
    measures = {
        "embedding": pdist(embedding),
        "epoch number": pdist(family.epoch[:, None].astype(float)),
        "mean absolute weight": pdist(weights),
    }
    return {
        name: {kind: _rank_correlation(values[pairs], difference[pairs]) for kind, pairs in chosen.items()}
        for name, values in measures.items()
    }


def picture(family: Family, embedding: np.ndarray, every: int = 1) -> dict[str, list]:
    """What `figures.shapes` draws, small enough for a record.

    Parameters
    ----------
    family : Family
    embedding : float array of shape (graphs, latent)
    every : int
        Of so many epochs one is kept, the last always.

    Returns
    -------
    dict
        Of the graphs that are kept: `shape`, `run` (from 0 on, within the shape), `axis_1` and `axis_2` (the
        principal axes along which all graphs vary most), `score`. Of `GROUPS` equal groups of all pairs of
        graphs, from near to far: `distance`, the median, and `low`, `middle`, `high`, the quartiles of the
        difference of scores.
    """
    kept = (family.epochs - family.epoch) % every == 0
    per_shape = len(family.histories) // len(family.runs)
    distance, difference = pdist(embedding), pdist(family.scores[:, None])
    groups = np.array_split(np.argsort(distance, kind="stable"), GROUPS)
    quartiles = np.array([np.quantile(difference[group], [0.25, 0.5, 0.75]) for group in groups]).T
    numbers = dict(zip(("axis_1", "axis_2"), _axes(embedding, 2)[kept].T, strict=True))
    numbers |= {"score": family.scores[kept], "distance": [np.median(distance[group]) for group in groups]}
    numbers |= dict(zip(("low", "middle", "high"), quartiles, strict=True))
    told = {"shape": family.shape[kept].tolist(), "run": (family.network[kept] % per_shape).tolist()}
    return told | {name: [float(f"{value:.4g}") for value in values] for name, values in numbers.items()}


def measured(family: Family, embedding: np.ndarray, every: int = 5) -> dict:
    """Everything above in the form of a record's metrics.

    Parameters
    ----------
    family : Family
    embedding : float array of shape (graphs, latent)
    every : int
        As for `picture`.

    Returns
    -------
    dict
        The keys of `clusters`, `shifts` and `picture`; `rank_<measure>_<pairs>` for `nearness`, with
        underscores for spaces and without commas; `end_scores`, one for each network; `rank_epoch`, the size
        of the rank correlation of epoch and score, mean over the networks.
    """
    near = {
        f"rank_{name}_{kind}".replace(",", "").replace(" ", "_"): value
        for name, values in nearness(family, embedding).items()
        for kind, value in values.items()
    }
    by_epoch = [abs(_rank_correlation(np.arange(run.epochs), run.test_scores)) for run in family.histories]
    return (
        clusters(family, embedding)
        | shifts(family, embedding)
        | {"rank_epoch": float(np.mean(by_epoch))}
        | near
        | {"end_scores": [run.test_scores[-1].item() for run in family.histories]}
        | picture(family, embedding, every)
    )


def study(
    task: Task, plan: TrainingPlan, encoder: str, fits: Mapping[str, Fit], seed: int = 0
) -> list[tuple[dict, dict, float]]:
    """Train the networks, embed them in every way, and measure each embedding.

    Parameters
    ----------
    task : Task
    plan : TrainingPlan
    encoder : str
    fits : mapping of str to Fit
        By name.
    seed : int

    Returns
    -------
    list of tuple
        For each fit: what was run, with `embedding` its name; what `measured` returned; seconds.
    """
    start = time.perf_counter()
    family = watched(task, plan, seed=seed)
    shared = (time.perf_counter() - start) / len(fits)
    rows = []
    for name, fit in fits.items():
        start = time.perf_counter()
        found = measured(family, embed(family, encoder, fit, seed))
        told = {"task": task.name, "encoder": encoder, "embedding": name, "steps": fit.steps}
        told |= {"epochs": plan.epochs, "learning_rate": plan.learning_rate, "seed": seed}
        rows.append((told, found, shared + time.perf_counter() - start))
    return rows


def _alike(labels: np.ndarray) -> np.ndarray:
    """Which pairs, in `pdist`'s order, have one label: bool[pairs]."""
    first, second = np.triu_indices(len(labels), 1)
    return labels[first] == labels[second]


def _axes(points: np.ndarray, count: int) -> np.ndarray:
    """Points on their first principal axes."""
    centred = points - points.mean(axis=0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2][:count].T


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's, or 0 where one of the two does not vary."""
    if np.ptp(np.asarray(first)) == 0 or np.ptp(np.asarray(second)) == 0:
        return 0.0
    return float(spearmanr(first, second).statistic)
