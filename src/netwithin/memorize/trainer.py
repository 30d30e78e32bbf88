"""Full passes over the pixels of a graph, in chunks, until the network holds it (Section 6.5)."""

import copy
import hashlib
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
import torch
from torch import nn

from netwithin.atomic import replacing
from netwithin.memorize import feeds, schedules
from netwithin.memorize.evaluation import bit_errors, predict
from netwithin.memorize.losses import MSE, Loss

# Rows a CPU is given at once: beyond this the activations leave the cache, and a pass gets slower.
CPU_ROWS = 2**14
# Floats kept per unit and row while gradients are taken: the sine's input and output, the product
# before omega0, and a gradient of each in flight.
FLOATS_PER_UNIT = 6


@dataclass(frozen=True)
class Settings:
    """What a training run is told, apart from the model and the data.

    Attributes
    ----------
    epochs : int
        Passes over the data, at most.
    learning_rate : float
        Adam's, before the schedule.
    chunk : int or None
        Rows of data per optimiser step; None takes the checkpoint's, or without one works it out by
        `chunk_size`. It changes the training (fewer rows, more steps), so the run's result states it.
    stop_loss : float or None
        Stop after the first epoch with a smaller loss; the paper stops at 0.01.
    stop_errors : int or None
        Stop when no more than this many bits are wrong; 0 is lossless.
    threshold : float or "mean"
        Where the bit errors of `stop_errors` are counted.
    checkpoint_every : int
        Epochs between two checkpoints, where a file for them is given.
    """

    epochs: int = 4000
    learning_rate: float = 2e-4
    chunk: int | None = None
    stop_loss: float | None = None
    stop_errors: int | None = None
    threshold: float | str = 0.5
    checkpoint_every: int = 250


@dataclass
class Result:
    """What a training run leaves, besides the model itself, which ends with the best weights.

    Attributes
    ----------
    loss : list of float
        Mean loss of each epoch.
    errors_mean, errors_half : list of int
        Wrong bits of each epoch at the mean threshold and at 0.5.
    edges_half : list of int
        Entries that each epoch reads as edges at 0.5: none or all of them when a single answer is given.
    chunk : int
        Rows of data per optimiser step.
    best_epoch : int
        Epoch (from 1) whose weights were kept; 0 before the first.
    best_loss : float
        Its loss.
    stopped : str
        "epochs", "loss" or "errors".
    seconds : float
        Spent in the epochs, those before an interruption included; not part of equality.

    Notes
    -----
    All four histories come from the predictions that the epoch trained on, so they are free. With
    one chunk they describe exactly the weights before the epoch's single step, and those are the
    weights that are kept. With several chunks the weights move within the epoch; the weights after
    it are kept, and `evaluate` says what they are worth.
    """

    loss: list[float] = field(default_factory=list)
    errors_mean: list[int] = field(default_factory=list)
    errors_half: list[int] = field(default_factory=list)
    edges_half: list[int] = field(default_factory=list)
    chunk: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    stopped: str = "epochs"
    seconds: float = field(default=0.0, compare=False)

    @property
    def epochs(self) -> int:
        """Epochs run."""
        return len(self.loss)

    def first_below(self, loss: float) -> int | None:
        """First epoch (from 1) with a smaller loss, or None.

        Examples
        --------
        >>> Result(loss=[0.2, 0.009, 0.02]).first_below(0.01)
        2
        """
        return next((epoch for epoch, value in enumerate(self.loss, 1) if value < loss), None)


def chunk_size(model: nn.Module, rows: int, device: str = "cpu", share: float = 0.5) -> int:
    """The largest number of rows that one optimiser step can take on a device.

    Parameters
    ----------
    model : nn.Module
        Its linear layers' widths say what a row costs while gradients are taken.
    rows : int
        Rows of the data; one chunk if they fit.
    device : str
        A CUDA device is asked for its free memory. On a CPU the free memory counts as well, but at
        most `CPU_ROWS` rows are taken, beyond which a pass gets slower.
    share : float
        Part of the free memory to use.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> chunk_size(nn.Linear(2, 28), rows=10_000)
    10000
    """
    units = sum(layer.out_features for layer in model.modules() if isinstance(layer, nn.Linear))
    if torch.device(device).type == "cuda":
        free, most = torch.cuda.mem_get_info(device)[0], rows
    else:
        free, most = psutil.virtual_memory().available, CPU_ROWS
    fit = int(share * free) // (4 * FLOATS_PER_UNIT * max(units, 1))
    return max(1, min(rows, most, fit))


def train(
    model: nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    settings: Settings | None = None,
    *,
    loss: Loss = MSE,
    schedule: schedules.Schedule = schedules.STEPS,
    feed: feeds.Feed = feeds.chunks,
    device: str = "cpu",
    checkpoint: str | os.PathLike | None = None,
    on_epoch: Callable[[Result], None] | None = None,
    progress: bool = False,
) -> Result:
    """Train a model until it holds its data, keeping the best weights seen.

    The data are cut into chunks in their own order, without shuffling (Section 6.5); unless another
    feed is given they go to the device once. Adam takes one step per chunk. A run that was killed goes
    on from its checkpoint and ends with the same bits as one that was not, on the same machine and
    number of threads; one that was interrupted (Ctrl-C, or any exception) loses no whole epoch. A
    finished run goes on likewise when it is called again with more epochs or another stop.

    Parameters
    ----------
    model : nn.Module
        Maps `inputs` to outputs float[m]; ends with the best weights.
    inputs : torch.Tensor
        float32[m, d], as from `pixels`.
    targets : torch.Tensor
        float32[m], 0 or 1.
    settings : Settings
    loss : Loss
        What is minimised, and the link from outputs to the scores whose bit errors are counted.
    schedule : callable
        Optimiser -> one of torch's learning-rate schedulers, as in `schedules`; stepped once an epoch.
    feed : callable
        How the data come to the model, one of `feeds`. It changes the speed only, so that a run may go
        on with another one.
    device : str
        "cpu", "cuda", ...
    checkpoint : path-like
        File to go on from if it is there, and to write to, whole or not at all.
    on_epoch : callable
        Called with the result so far after every epoch.
    progress : bool
        Show a bar with the loss and the bit errors.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If there are no data, or the checkpoint belongs to another run or is damaged.

    References
    ----------
    Tang and Li (2022), Section 6.5.
    """
    settings = settings or Settings()
    if not len(inputs) or len(inputs) != len(targets):
        raise ValueError(f"{len(inputs)} inputs and {len(targets)} targets: nothing to train on")
    run = _Run(model, inputs, targets, settings, loss, schedule, feed, device, checkpoint)
    with _bar(settings.epochs) if progress else nullcontext() as show:
        run.go([listener for listener in (show, on_epoch) if listener])
    model.load_state_dict(run.best)
    return run.result


class _Run:
    """The moving parts of one training run, and how they are written down."""

    def __init__(self, model, inputs, targets, settings, loss, schedule, feed, device, checkpoint):
        self.model, self.settings, self.loss, self.device = model.to(device), settings, loss, device
        self.inputs, self.edges = inputs, targets.to(device) > 0.5
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        state = self._read()
        chunk = settings.chunk or (state and state["identity"]["chunk"])
        chunk = chunk or chunk_size(model, len(inputs), device)
        self.batches = feed(inputs, targets, chunk, device)
        self.optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
        self.scheduler = schedule(self.optimiser)
        self.result = Result(chunk=chunk)
        self.best = _copy(model)
        self.stop = [settings.stop_loss, settings.stop_errors, settings.threshold]
        self.identity = {
            "learning_rate": settings.learning_rate,
            "chunk": chunk,
            "loss": loss.name,
            "schedule": schedules.identity(schedule, self.scheduler),
            "data": _digest(inputs, targets),
            "model": repr(model),
            "start": _digest(*model.state_dict().values()),
        }
        if state:
            self._resume(state)
        self._keep()

    def go(self, listeners: list[Callable[[Result], None]]) -> None:
        """Run the epochs, and leave a checkpoint however that ends."""
        try:
            while not self.finished():
                start = time.perf_counter()
                self.epoch()
                self.result.seconds += time.perf_counter() - start
                self._keep()
                if self.result.epochs % self.settings.checkpoint_every == 0:
                    self.save()
                for listener in listeners:
                    listener(self.result)
        except BaseException:
            # Before the first epoch nothing is lost, and a chunk that did not fit must not be kept.
            if self.checkpoint and self.kept["result"].epochs:
                self.save()
            raise
        self.save()

    def epoch(self) -> None:
        """One pass: a step per chunk, then the histories and the best weights."""
        result, rows = self.result, len(self.edges)
        alone = result.chunk >= rows
        before = _copy(self.model) if alone else None
        outputs, total = [], 0.0
        for x, y in self.batches:
            x, y = x.to(self.device), y.to(self.device)
            self.optimiser.zero_grad(set_to_none=True)
            output = self.model(x)
            value = self.loss.function(output, y)
            value.backward()
            self.optimiser.step()
            outputs.append(output.detach())
            total = total + value.detach().double() * len(y)
        scores = self.loss.link(torch.cat(outputs)).double()
        result.loss.append(float(total / rows))
        result.errors_mean.append(int(((scores > scores.mean()) != self.edges).sum()))
        result.errors_half.append(int(((scores > 0.5) != self.edges).sum()))
        result.edges_half.append(int((scores > 0.5).sum()))
        schedules.step(self.scheduler, result.loss[-1])
        if result.loss[-1] < result.best_loss:
            result.best_loss, result.best_epoch = result.loss[-1], result.epochs
            self.best = before if alone else _copy(self.model)
        self._stop(before if alone else None)

    def _stop(self, before: dict | None) -> None:
        """Decide whether to stop, and which weights to keep if the reason is the bit errors."""
        result, settings = self.result, self.settings
        if settings.stop_loss is not None and result.loss[-1] < settings.stop_loss:
            result.stopped = "loss"
        if settings.stop_errors is None:
            return
        history = result.errors_mean if settings.threshold == "mean" else result.errors_half
        # The pass's own count is a hint where the threshold is 0.5 or the mean; what stops is a
        # count over the weights that would be kept, by the code that judges them afterwards.
        if settings.threshold in ("mean", 0.5) and history[-1] > settings.stop_errors:
            return
        candidate = before or _copy(self.model)
        after = _copy(self.model)
        self.model.load_state_dict(candidate)
        scores = predict(self.model, self.inputs, device=self.device, link=self.loss.link).numpy()
        self.model.load_state_dict(after)
        if bit_errors(scores, self.edges.cpu().numpy(), settings.threshold) <= settings.stop_errors:
            result.stopped = "errors"
            result.best_loss, result.best_epoch, self.best = result.loss[-1], result.epochs, candidate

    def finished(self) -> bool:
        """Whether the last epoch stopped the run or the epochs are used up."""
        return self.result.stopped != "epochs" or self.result.epochs >= self.settings.epochs

    def _keep(self) -> None:
        """Copy everything that the next epoch depends on: an interruption may find it half changed."""
        if self.checkpoint is None:
            return
        result = self.result
        lists = ("loss", "errors_mean", "errors_half", "edges_half")
        histories = {name: list(getattr(result, name)) for name in lists}
        self.kept = {
            "identity": self.identity,
            "stop": self.stop,
            "result": replace(result, **histories),
            "model": _copy(self.model),
            "best": self.best,
            "optimiser": copy.deepcopy(self.optimiser.state_dict()),
            "scheduler": copy.deepcopy(self.scheduler.state_dict()),
        }

    def save(self) -> None:
        """Write the state at the end of the last whole epoch."""
        if self.checkpoint is None:
            return
        with replacing(self.checkpoint) as temporary:
            torch.save(self.kept | {"result": asdict(self.kept["result"])}, temporary)

    def _read(self) -> dict | None:
        """What the checkpoint holds, if there is one."""
        if self.checkpoint is None or not self.checkpoint.exists():
            return None
        try:
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            int(state["identity"]["chunk"]), state["scheduler"]
        except Exception as error:
            raise ValueError(f"{self.checkpoint} is no checkpoint; delete it to start anew") from error
        return state

    def _resume(self, state: dict) -> None:
        """Go on from a checkpoint, if it is this run's."""
        identity = state["identity"]
        differing = [key for key in self.identity if identity.get(key) != self.identity[key]]
        if differing:
            raise ValueError(
                f"{self.checkpoint} is another run's ({', '.join(differing)} differ); delete it to start anew"
            )
        self.result = Result(**state["result"])
        if state["stop"] != self.stop:
            self.result.stopped = "epochs"  # what stopped it then does not stop it now
        self.model.load_state_dict(state["model"])
        self.best = state["best"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.scheduler.load_state_dict(state["scheduler"])


def _copy(model: nn.Module) -> dict[str, torch.Tensor]:
    """The weights as they are now."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _digest(*tensors: torch.Tensor) -> str:
    """SHA-256 of the tensors' bytes."""
    sha = hashlib.sha256()
    for tensor in tensors:
        sha.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    return sha.hexdigest()


def _bar(epochs: int):
    """A progress bar as a context manager that yields a function of the result."""
    from contextlib import contextmanager

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    @contextmanager
    def bar():
        text = TextColumn("loss {task.fields[loss]:.5f}, {task.fields[wrong]} bits wrong")
        with Progress(BarColumn(), MofNCompleteColumn(), text, TimeRemainingColumn()) as shown:
            task = shown.add_task("", total=epochs, loss=float("nan"), wrong="?")
            yield lambda result: shown.update(
                task, completed=result.epochs, loss=result.loss[-1], wrong=result.errors_half[-1]
            )

    return bar()
