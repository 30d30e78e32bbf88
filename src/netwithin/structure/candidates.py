"""A population of networks for one task that differ in layout and training, and plain numbers about each."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import torch

from netwithin.structure import histories, tasks
from netwithin.structure.autoencoder import hash_of
from netwithin.structure.histories import PLANS, History, TrainingPlan
from netwithin.structure.tasks import Task

#: Kinds of network; linear layers, or convolutions and a linear layer.
KINDS = ("perceptron", "convolutional")
#: Side of the field that holds every edge's weights where there are convolutions, in pixels.
KERNEL = 3
#: Hidden layers of a candidate; any of these with equal chance.
DEPTHS = (1, 2, 3)
#: Least and greatest width of a hidden layer, learning rate of Adam and number of epochs; between them the
#: logarithm is drawn evenly, for each layer by itself.
WIDTHS, RATES, EPOCHS = (4, 32), (3e-4, 1e-2), (4, 40)


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A network to be trained.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    plan : TrainingPlan
    seed : int
        Of the initial weights and of the order of the rows.
    """

    kind: str
    plan: TrainingPlan
    seed: int


@dataclasses.dataclass(frozen=True, eq=False)
class Trained:
    """A candidate after its training.

    Parameters
    ----------
    candidate : Candidate
    history : History
        Of its last epoch only.
    parameters : int
        Weights and biases.
    """

    candidate: Candidate
    history: History
    parameters: int

    def score(self, part: str) -> float:
        """Its score on the part "train" or "test"."""
        return float(self.history.scores(part)[-1])


def draw(
    task: str, kind: str, count: int, seed: int = 0, epochs: tuple[int, int] = EPOCHS
) -> list[Candidate]:
    """Draw candidates at random, as a random search does.

    Depth, widths, learning rate, number of epochs and first weights are drawn, each independently of the
    others; the batch is that of the task's plan.

    Parameters
    ----------
    task : str
        One of `tasks.names()`.
    kind : str
        One of `KINDS`.
    count, seed : int
    epochs : tuple of int
        Least and greatest number of epochs.

    Returns
    -------
    list of Candidate

    Raises
    ------
    ValueError
        If there is no such kind or task.

    References
    ----------
    Bergstra and Bengio (2012), Random search for hyper-parameter optimization.

    Examples
    --------
    >>> [(one.plan.hidden, one.plan.epochs) for one in draw("two_moons", "perceptron", 2)]
    [((7, 4, 4), 26), ((14, 18), 14)]
    """
    if kind not in KINDS or task not in PLANS:
        raise ValueError(
            f"a candidate's kind is one of {', '.join(KINDS)}, its task one of {', '.join(PLANS)}"
        )
    random = np.random.default_rng([seed, KINDS.index(kind)])
    drawn = []
    for number in range(count):
        widths = [round(_between(random, *WIDTHS)) for _ in range(random.choice(DEPTHS))]
        length, rate = round(_between(random, *epochs)), _between(random, *RATES)
        plan = TrainingPlan(tuple(widths), length, PLANS[task].batch, rate)
        drawn.append(Candidate(kind, plan, hash_of(seed, KINDS.index(kind), number)))
    return drawn


def train(task: str, candidates: Sequence[Candidate]) -> list[Trained]:
    """Train candidates and keep the graph and the scores of each at its end.

    If one of them is convolutional, all edges have a field of `KERNEL` x `KERNEL` weights and the kind of
    their layer, so that one encoder can read all of the graphs. A perceptron gets pictures row by row.

    Parameters
    ----------
    task : str
        One of `tasks.names()`.
    candidates : sequence of Candidate

    Returns
    -------
    list of Trained

    Raises
    ------
    ValueError
        If a convolutional candidate is to be trained for a table.

    Examples
    --------
    >>> few = [dataclasses.replace(one, plan=TrainingPlan((3,), epochs=1)) for kind in KINDS
    ...        for one in draw("digits", kind, 1)]
    >>> [tuple(one.history.edge_attr.shape) for one in train("digits", few)]
    [(1, 222, 10), (1, 33, 10)]
    """
    loaded = tasks.load(task)
    mixed = any(one.kind == "convolutional" for one in candidates)
    if mixed and not loaded.pictures:
        raise ValueError(f"{task} has no pictures for a convolutional network")
    field = {"kernel": KERNEL, "kinds": True} if mixed else {}
    made = []
    for one in candidates:
        given = _flat(loaded) if one.kind == "perceptron" else loaded
        model = histories.network(given, one.plan.hidden, one.seed)
        history = histories.watch(given, one.plan, seed=one.seed, model=model, **field)
        size = sum(p.numel() for p in model.parameters())
        made.append(Trained(one, _last(history), size))
    return made


def weight_statistics(one: Trained) -> list[float]:
    """Mean, variance and five quantiles of the first layer's weights, of the last one's, and their means.

    Networks have different numbers of layers; the first and the last they all have, and the third seven
    numbers are the means over all layers. So they are comparable, and do not depend on the width as such.
    The zeros around a smaller kernel are no weights and are left out.

    Parameters
    ----------
    one : Trained

    Returns
    -------
    list of float
        21 numbers.

    References
    ----------
    Unterthiner et al. (2020), Predicting neural network accuracy from weights.
    """
    levels = np.linspace(0, 1, 5)
    rows = np.array([[w.mean(), w.var(), *np.quantile(w, levels)] for w in layer_weights(one.history)])
    return [*rows[0], *rows[-1], *rows.mean(axis=0)]


def layer_weights(history: History) -> list[np.ndarray]:
    """The weights of each layer at the end of a history, without the zeros around a linear layer's.

    Parameters
    ----------
    history : History
        Its edges have `KERNEL` x `KERNEL` weights and the kind of the layer, or as many as they need.

    Returns
    -------
    list of float64[weights]
    """
    edges = history.edge_attr[-1].double().numpy()
    starts = history.topology.layer[history.topology.edge_index[0]].numpy()
    found = []
    for layer in np.unique(starts):
        block = edges[starts == layer]
        if block.shape[1] == KERNEL**2 + 1:
            block = block[:, :-1] if block[0, -1] else block[:, [KERNEL**2 // 2]]
        found.append(block.ravel())
    return found


def hyperparameters(one: Trained) -> list[float]:
    """What was decided before the training: rate, epochs, width (logarithms), depth and kind."""
    plan = one.candidate.plan
    width = float(np.mean(np.log(plan.hidden)))
    return [np.log(plan.learning_rate), np.log(plan.epochs), len(plan.hidden), width, *kind(one)]


def kind(one: Trained) -> list[float]:
    """Whether it is convolutional, 1, or not, 0."""
    return [float(one.candidate.kind == "convolutional")]


def mean_absolute_weight(one: Trained) -> list[float]:
    """The mean magnitude of all weights."""
    return [float(np.abs(np.concatenate(layer_weights(one.history))).mean())]


def random_numbers(one: Trained) -> list[float]:
    """As many numbers as an embedding has, which say nothing."""
    return np.random.default_rng(one.candidate.seed).normal(size=16).tolist()


#: What stands beside the embeddings; what a candidate gives, and the regressors of `decoding` that read it.
BASELINES: dict[str, tuple[Callable[[Trained], list[float]], tuple[str, ...]]] = {
    "weight statistics": (weight_statistics, ("ridge", "boosting")),
    "mean absolute weight": (mean_absolute_weight, ("linear", "boosting")),
    "parameters": (lambda one: [float(np.log(one.parameters))], ("linear", "boosting")),
    "epochs": (lambda one: [float(np.log(one.candidate.plan.epochs))], ("linear", "boosting")),
    "hyperparameters": (hyperparameters, ("ridge", "boosting")),
    "kind": (kind, ("linear",)),
    "random numbers": (random_numbers, ("ridge",)),
    "training score": (lambda one: [one.score("train")], ("linear",)),
}


def _between(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _flat(task: Task) -> Task:
    """A task whose pictures are rows of numbers; a table as it is."""
    parts = {f"{part}_inputs": task.part(part)[0].flatten(1) for part in ("train", "test")}
    return dataclasses.replace(task, **parts)


def _last(history: History) -> History:
    def end(values: torch.Tensor) -> torch.Tensor:
        return values[-1:].clone()  # lets go of the other epochs

    names = ("edge_attr", "train_scores", "test_scores")
    return dataclasses.replace(history, **{name: end(getattr(history, name)) for name in names})
