"""Training runs that keep a graph of every epoch."""

import dataclasses
import time

import torch
from torch_geometric.data import Data

from netwithin.networks.randomness import seeded
from netwithin.structure import graphs, models
from netwithin.structure.tasks import Task


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """How a network is laid out and trained; the paper names the epochs and nothing else.

    Parameters
    ----------
    hidden : tuple of int
        Neurons or channels of the layers between inputs and outputs.
    epochs : int
        The paper trains for 200 to 250.
    batch : int
        Rows or pictures per step.
    learning_rate : float
        Of Adam.
    """

    hidden: tuple[int, ...]
    epochs: int = 200
    batch: int = 128
    learning_rate: float = 1e-3


#: A plan for each task, slow enough that the score still moves after some dozen epochs.
PLANS: dict[str, TrainingPlan] = {
    "two_moons": TrainingPlan((16, 16), batch=100, learning_rate=5e-4),
    "california_housing": TrainingPlan((32, 32), batch=512, learning_rate=5e-4),
    "forest_cover": TrainingPlan((32, 32), batch=256, learning_rate=3e-4),
    "cifar_10_subset": TrainingPlan((16, 32, 32), batch=128, learning_rate=5e-4),
    "digits": TrainingPlan((8, 16), batch=64, learning_rate=5e-4),
}


@dataclasses.dataclass(frozen=True, eq=False)
class History:
    """A network's graph and scores after each epoch of its training.

    Parameters
    ----------
    topology : torch_geometric.data.Data
        `edge_index` and `layer`, the same at every epoch.
    edge_attr : torch.Tensor
        float32[epochs, edges, features].
    train_scores, test_scores : torch.Tensor
        float64[epochs], as `Task.judge` has them.
    seconds : float
        Spent on training and judging.
    """

    topology: Data
    edge_attr: torch.Tensor
    train_scores: torch.Tensor
    test_scores: torch.Tensor
    seconds: float

    @property
    def epochs(self) -> int:
        """Epochs, and so graphs."""
        return len(self.edge_attr)

    def scores(self, part: str) -> torch.Tensor:
        """The scores on the part "train" or "test"."""
        return {"train": self.train_scores, "test": self.test_scores}[part]


def network(task: Task, hidden: tuple[int, ...], seed: int = 0) -> torch.nn.Sequential:
    """An untrained network for a task: convolutions for pictures, linear layers for tables.

    Parameters
    ----------
    task : Task
    hidden : tuple of int
        As in `TrainingPlan`.
    seed : int
        Of the initial weights.

    Returns
    -------
    torch.nn.Sequential
    """
    widths = [task.train_inputs.shape[1], *hidden]
    if task.pictures:
        return models.convolutional_network(widths, task.outputs, seed=seed)
    return models.multilayer_perceptron([*widths, task.outputs], seed=seed)


def watch(
    task: Task,
    plan: TrainingPlan,
    *,
    seed: int = 0,
    model: torch.nn.Sequential | None = None,
    kernel: int | None = None,
    kinds: bool | None = None,
) -> History:
    """Train a network and keep its graph after every epoch (StructureReps, Section 3).

    Parameters
    ----------
    task : Task
    plan : TrainingPlan
    seed : int
        Of the initial weights and of the order of the rows.
    model : torch.nn.Sequential, optional
        Another network than `network(task, plan.hidden, seed)`; changed in place.
    kernel, kinds
        As for `graphs.edge_features`.

    Returns
    -------
    History
        The first graph is that after the first epoch.

    Examples
    --------
    >>> from netwithin.structure import tasks
    >>> history = watch(tasks.load("two_moons"), TrainingPlan((4,), epochs=3))
    >>> history.edge_attr.shape, history.test_scores.shape
    (torch.Size([3, 16, 1]), torch.Size([3]))
    """
    start = time.perf_counter()
    model = network(task, plan.hidden, seed) if model is None else model
    topology = graphs.topology(model).to_torch_geometric()
    optimiser = torch.optim.Adam(model.parameters(), lr=plan.learning_rate)
    inputs, targets = task.part("train")
    found: dict[str, list] = {"edges": [], "train": [], "test": []}
    with seeded(seed):
        for _ in range(plan.epochs):
            for rows in torch.randperm(len(inputs)).split(plan.batch):
                optimiser.zero_grad(set_to_none=True)
                task.loss(model(inputs[rows]), targets[rows]).backward()
                optimiser.step()
            found["edges"].append(graphs.edge_features(model, kernel, kinds))
            for part in ("train", "test"):
                found[part].append(task.judge(model, part))
    scores = (torch.tensor(found[part], dtype=torch.float64) for part in ("train", "test"))
    return History(topology, torch.stack(found["edges"]), *scores, time.perf_counter() - start)
