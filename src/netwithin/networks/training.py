"""Training a sparse network from its initial weights, by the paper's recipe (Appendix A.3)."""

import hashlib
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from netwithin.atomic import replacing
from netwithin.networks.architectures import prunable
from netwithin.networks.data import Pictures
from netwithin.networks.masks import Masks, apply_masks, as_masks
from netwithin.networks.randomness import seeded

#: Pictures in one pass when accuracy is measured; it has no influence on the result.
JUDGED_AT_ONCE = 1000


@dataclass(frozen=True)
class Recipe:
    """What a training run is told, apart from the network, its masks and the data.

    Attributes
    ----------
    epochs : int
        Passes over the training part.
    batch : int
        Pictures per step.
    learning_rate : float
        Until the first milestone.
    milestones : tuple of float
        Shares of the epochs after which the rate is multiplied by `decay`: a shorter run keeps the shape.
    decay : float
    momentum : float
    weight_decay : float
        L2 penalty, on all parameters.
    augment : bool
        Move and mirror pictures at random, as far as their data set allows.
    evaluate_every : int
        Epochs between two measurements on the test part; the last epoch is always measured.

    Raises
    ------
    ValueError
        If there is nothing to do, or a milestone is no share.
    """

    epochs: int = 160
    batch: int = 128
    learning_rate: float = 0.1
    milestones: tuple[float, ...] = (0.5, 0.75)
    decay: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    augment: bool = True
    evaluate_every: int = 1

    def __post_init__(self):
        if min(self.epochs, self.batch, self.evaluate_every) < 1:
            raise ValueError("epochs, batch and evaluate_every are at least 1")
        if not all(0 < share < 1 for share in self.milestones):
            raise ValueError(f"milestones are shares of the epochs, between 0 and 1, not {self.milestones}")

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0.

        Examples
        --------
        >>> [round(Recipe(epochs=160).rate(epoch), 6) for epoch in (0, 79, 80, 120)]
        [0.1, 0.1, 0.01, 0.001]
        """
        passed = sum(epoch >= round(share * self.epochs) for share in self.milestones)
        return self.learning_rate * self.decay**passed


def recipe(dataset: str, architecture: str, epochs: int | None = None) -> Recipe:
    """The paper's settings for a data set and an architecture.

    Parameters
    ----------
    dataset : str
        As in `data.names()`; one that the paper does not have is trained as CIFAR-10.
    architecture : str
        As in `ARCHITECTURES`.
    epochs : int, optional
        Another number of epochs, with the milestones at the same shares of it.

    Returns
    -------
    Recipe

    References
    ----------
    Cunegatti et al. (2024), Appendix A.3. The released code has 20 in the place of 30 for Conv-6 on
    Tiny-ImageNet.

    Examples
    --------
    >>> recipe("tiny-imagenet", "wide_resnet28_2").milestones, recipe("cifar-10", "resnet20").epochs
    ((0.3, 0.6, 0.8), 160)
    """
    tiny = dataset == "tiny-imagenet"
    return Recipe(
        epochs=epochs or (100 if tiny else 160),
        milestones=(0.3, 0.6, 0.8) if tiny else (0.5, 0.75),
        weight_decay=5e-4 if architecture.startswith("wide") else 1e-4,
    )


@dataclass
class Outcome:
    """What a training run leaves, besides the network itself, which ends with the last epoch's weights.

    Attributes
    ----------
    loss : list of float
        Mean loss of each epoch, over the pictures as it saw them.
    train_accuracy : list of float
        Share of those that were right, 0 to 1.
    test_accuracy : list of float or None
        Share of the test part that is right after each epoch; None where it was not measured.
    diverged : bool
        The loss became infinite or no number, which ended the run.
    seconds : float
        Spent in the epochs, those before an interruption included; not part of equality.
    """

    loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    test_accuracy: list[float | None] = field(default_factory=list)
    diverged: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def epochs(self) -> int:
        """Epochs run."""
        return len(self.loss)

    @property
    def accuracy(self) -> float | None:
        """Share of the test part that is right after the last epoch, which is what the paper reports."""
        return self.test_accuracy[-1] if self.test_accuracy else None

    @property
    def best_accuracy(self) -> float | None:
        """The highest share after any epoch; it was chosen by looking at the test part."""
        return max((one for one in self.test_accuracy if one is not None), default=None)


def train_sparse(
    model: nn.Module,
    masks: Masks | None,
    data: Pictures,
    settings: Recipe | None = None,
    *,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    on_epoch: Callable[[Outcome], None] | None = None,
) -> Outcome:
    """Train the weights that masks keep, with stochastic gradient descent and a step schedule.

    Weights that are removed are zero from the start and stay so. The order of the pictures and their
    augmentation follow from the seed and the epoch alone, so that a run that was killed goes on from its
    checkpoint, at the end of the last whole epoch, and ends with the same bits as one that was not, on the
    same CPU and number of threads.

    Parameters
    ----------
    model : torch.nn.Module
        As initialised; changed in place.
    masks : mapping of str to bool array, optional
        With the keys and shapes of `prunable(model)`; None keeps everything.
    data : Pictures
    settings : Recipe, optional
        By default the paper's for CIFAR-10.
    seed : int
        Of the order, of the augmentation, and of dropout where there is any.
    device : str
        "cpu", "cuda", ...; the data go there once.
    checkpoint : path-like, optional
        File to go on from if it is there, and to write after every epoch, whole or not at all.
    on_epoch : callable, optional
        Called with the result so far after every epoch.

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        If masks do not fit, or the checkpoint belongs to another run or is damaged.

    References
    ----------
    Cunegatti et al. (2024), Appendix A.3.

    Examples
    --------
    >>> from netwithin import networks
    >>> from netwithin.networks import data
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    >>> masks = networks.uniform_masks(model, 0.5)
    >>> result = train_sparse(model, masks, data.load("digits"), Recipe(epochs=3, augment=False))
    >>> bool(result.accuracy > 0.5), networks.sparsity_of({"": model[1].weight != 0})
    (True, 0.5)
    """
    run = _Run(model, as_masks(model, masks), data, settings or Recipe(), seed, device, checkpoint)
    while not run.finished():
        run.epoch()
        if on_epoch:
            on_epoch(run.result)
    return run.result


@torch.no_grad()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Share of pictures that a network names rightly.

    Parameters
    ----------
    model : torch.nn.Module
        Ends in evaluation mode.
    images : torch.Tensor
        float[n, channels, height, width], on the model's device.
    labels : torch.Tensor
        int64[n]

    Returns
    -------
    float

    Examples
    --------
    >>> accuracy(nn.Identity(), torch.eye(3), torch.tensor([0, 1, 1]))
    0.6666666666666666
    """
    model.eval()
    chunks = zip(images.split(JUDGED_AT_ONCE), labels.split(JUDGED_AT_ONCE), strict=True)
    return sum(int((model(x).argmax(1) == y).sum()) for x, y in chunks) / len(labels)


def augmented(
    padded: torch.Tensor,
    rows: torch.Tensor,
    offsets: torch.Tensor,
    flips: torch.Tensor,
    size: tuple[int, int],
) -> torch.Tensor:
    """Cut moved, and mirrored, pictures out of padded ones.

    Parameters
    ----------
    padded : torch.Tensor
        float[n, channels, height + 2 shift, width + 2 shift]
    rows : torch.Tensor
        int64[m], which pictures.
    offsets : torch.Tensor
        int64[m, 2], upper left corner of each in its padded picture.
    flips : torch.Tensor
        bool[m], which to mirror.
    size : tuple of int
        (height, width).

    Returns
    -------
    torch.Tensor
        float[m, channels, height, width]

    References
    ----------
    Cunegatti et al. (2024), Appendix A.3: random crops and horizontal flips.

    Examples
    --------
    >>> picture = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> augmented(picture, torch.tensor([0]), torch.tensor([[1, 0]]), torch.tensor([True]), (2, 2))
    tensor([[[[4., 3.],
              [7., 6.]]]])
    """
    height, width = (torch.arange(length, device=padded.device) for length in size)
    down = offsets[:, :1] + height
    across = offsets[:, 1:] + torch.where(flips[:, None], width.flip(0), width)
    channels = torch.arange(padded.shape[1], device=padded.device)
    return padded[
        rows[:, None, None, None], channels[:, None, None], down[:, None, :, None], across[:, None, None, :]
    ]


class _Run:
    """The moving parts of one run, and how they are written down."""

    def __init__(self, model, masks, data, settings, seed, device, checkpoint):
        self.model, self.settings, self.seed, self.device = model.to(device), settings, seed, device
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.shift, self.flip = (data.shift, data.flip) if settings.augment else (0, False)
        images, self.labels = data.tensors("train", device)
        self.size = tuple(images.shape[2:])
        self.padded = F.pad(images, (self.shift,) * 4)
        self.test = data.tensors("test", device)
        apply_masks(model, masks)
        self.kept = [torch.from_numpy(masks[name]).to(device) for name in prunable(model)]
        self.optimiser = torch.optim.SGD(
            model.parameters(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
        )
        self.result = Outcome()
        self.identity = {
            "settings": asdict(settings) | {"milestones": list(settings.milestones)},
            "seed": seed,
            "data": _digest(data.train_images, data.train_labels, data.test_images, data.test_labels),
            "model": repr(model),
            "masks": _digest(*masks.values()),
            "start": _digest(*(value.cpu().numpy() for value in model.state_dict().values())),
        }
        self._resume()

    def finished(self) -> bool:
        """Whether the epochs are used up, or nothing more can come of them."""
        return self.result.diverged or self.result.epochs >= self.settings.epochs

    def epoch(self) -> None:
        """One pass over the training part, a look at the test part, a checkpoint."""
        start, result, number = time.perf_counter(), self.result, self.result.epochs
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate(number)
        self.model.train()
        total = right = torch.zeros((), device=self.device)
        seen = 0
        with seeded(int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])):
            for x, y in self._batches(np.random.default_rng([self.seed, number])):
                outputs = self.model(x)
                loss = F.cross_entropy(outputs, y)
                self._step(loss)
                total = total + loss.detach() * len(y)
                right = right + (outputs.detach().argmax(1) == y).sum()
                seen += len(y)
        result.loss.append(float(total) / seen)
        result.train_accuracy.append(float(right) / seen)
        result.diverged = not math.isfinite(result.loss[-1])
        last = result.epochs % self.settings.evaluate_every == 0 or self.finished()
        result.test_accuracy.append(accuracy(self.model, *self.test) if last else None)
        result.seconds += time.perf_counter() - start
        self._save()

    def _step(self, loss: torch.Tensor) -> None:
        """Move the weights that are kept; the gradient and so the momentum of the others is zero."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for weight, kept in zip(prunable(self.model).values(), self.kept, strict=True):
            weight.grad.mul_(kept)
        self.optimiser.step()

    def _batches(self, random: np.random.Generator):
        """The training part in a new order, in batches, augmented; a last batch of one is left out."""
        count, span = len(self.labels), 2 * self.shift + 1
        order = torch.from_numpy(random.permutation(count)).to(self.device)
        offsets = torch.from_numpy(random.integers(0, span, (count, 2))).to(self.device)
        flips = torch.from_numpy(random.random(count) < 0.5 * self.flip).to(self.device)
        for at in range(0, count, self.settings.batch):
            rows, some = order[at : at + self.settings.batch], slice(at, at + self.settings.batch)
            if len(rows) > 1 or count == 1:  # a batch norm has no variance of a single picture
                yield augmented(self.padded, rows, offsets[some], flips[some], self.size), self.labels[rows]

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        state = {
            "identity": self.identity,
            "result": asdict(self.result),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with replacing(self.checkpoint) as temporary:
            torch.save(state, temporary)

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one and it is this run's."""
        if self.checkpoint is None or not self.checkpoint.exists():
            return
        try:
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            identity, result = state["identity"], Outcome(**state["result"])
        except Exception as error:
            raise ValueError(f"{self.checkpoint} is no checkpoint; delete it to start anew") from error
        if differing := [key for key in self.identity if identity.get(key) != self.identity[key]]:
            raise ValueError(
                f"{self.checkpoint} is another run's ({', '.join(differing)} differ); delete it to start anew"
            )
        self.result = result
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])


def _digest(*arrays: np.ndarray) -> str:
    """SHA-256 of the arrays' bytes."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()
