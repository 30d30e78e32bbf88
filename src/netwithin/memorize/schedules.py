"""Learning-rate schedules: how Adam's rate changes from epoch to epoch (Section 6.5).

A schedule is a callable that takes an optimiser and returns one of torch's schedulers, which the trainer
steps once an epoch (with the epoch's loss where it asks for one) and whose state a checkpoint keeps.

Examples
--------
>>> [round(rate, 4) for rate in rates(STEPS, 501, learning_rate=1.0)[::250]]
[1.0, 0.75, 0.5625]
"""

import warnings
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CyclicLR,
    LambdaLR,
    LRScheduler,
    ReduceLROnPlateau,
    StepLR,
)

Schedule = Callable[[Optimizer], LRScheduler]


def cosine(epochs: int) -> Schedule:
    """Half a cosine: from the full rate down to zero in `epochs` epochs."""
    return partial(CosineAnnealingLR, T_max=epochs)


def cyclic(period: int = 500, lowest: float = 0.1) -> Schedule:
    """Smith's triangles: up from `lowest` times the rate to the rate and down again, every `period` epochs.

    References
    ----------
    Smith (2015), Cyclical learning rates for training neural networks, Section 3.
    """
    return partial(_cyclic, period=period, lowest=lowest)


def _cyclic(optimiser: Optimizer, period: int, lowest: float) -> CyclicLR:
    """A CyclicLR whose top is the optimiser's own rate; Adam has no momentum that could cycle along."""
    rate = optimiser.param_groups[0]["lr"]
    return CyclicLR(optimiser, lowest * rate, rate, step_size_up=period // 2, cycle_momentum=False)


def _one(epoch: int) -> float:
    return 1.0


#: The same rate throughout.
CONSTANT: Schedule = partial(LambdaLR, lr_lambda=_one)
#: The paper's, times 0.75 after every 250 epochs.
STEPS: Schedule = partial(StepLR, step_size=250, gamma=0.75)
#: Half a cosine over the 4,000 epochs of `Settings`; `cosine` has another length.
COSINE: Schedule = cosine(4000)
#: Triangles of 500 epochs between a tenth of the rate and the rate.
CYCLIC: Schedule = cyclic()
#: Times 0.75 when the loss has not fallen by a hundredth part for 50 epochs.
PLATEAU: Schedule = partial(ReduceLROnPlateau, factor=0.75, patience=50, threshold=1e-2)


def step(scheduler: LRScheduler, loss: float) -> None:
    """End an epoch: the scheduler sets the next one's rate, by the epoch's loss if it works by losses."""
    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(loss)
    else:
        scheduler.step()


def identity(schedule: Schedule, scheduler: LRScheduler) -> str:
    """What a checkpoint knows a schedule by: its name, and its scheduler's numbers before the first epoch."""
    named = getattr(schedule, "func", schedule)
    name = getattr(named, "__qualname__", repr(named))
    return f"{named.__module__}.{name} {sorted(scheduler.state_dict().items())}"


def rates(schedule: Schedule, epochs: int, learning_rate: float = 2e-4, losses=None) -> list[float]:
    """The rate of each epoch, as the trainer would set it.

    Parameters
    ----------
    schedule : callable
        One of this module's.
    epochs : int
        How many.
    learning_rate : float
        Adam's, before the schedule.
    losses : sequence of float, optional
        Each epoch's loss, for a schedule that works by it; falling for ever if left out.

    Returns
    -------
    list of float
    """
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=learning_rate)
    scheduler, found = schedule(optimiser), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the optimiser itself never steps
        for epoch in range(epochs):
            found.append(optimiser.param_groups[0]["lr"])
            step(scheduler, -float(epoch) if losses is None else losses[epoch])
    return found


def relapses(trained: pd.DataFrame, after: int = 250) -> pd.Series:
    """How far losses climb back: the highest loss after an epoch, of runs that were below 0.01 before it.

    Parameters
    ----------
    trained : pandas.DataFrame
        Rows of studies with the columns `schedule`, `stop_epoch`, `history_epoch` and `history_loss`.
    after : int
        The epoch; by default the one after which the paper's schedule differs from a constant rate.

    Returns
    -------
    pandas.Series
        Float, one per such run, indexed by schedule. Losses between the epochs of the history are not seen.

    Examples
    --------
    >>> run = {"schedule": "constant", "stop_epoch": 90}
    >>> run |= {"history_epoch": [90, 300], "history_loss": [0.009, 0.02]}
    >>> relapses(pd.DataFrame([run, run | {"stop_epoch": 280}])).to_dict()
    {'constant': 0.02}
    """
    early = trained[trained.stop_epoch <= after]
    later = [
        (run.schedule, [y for x, y in zip(run.history_epoch, run.history_loss, strict=True) if x > after])
        for run in early.itertuples()
    ]
    names = [name for name, losses in later if losses]
    return pd.Series([max(losses) for _, losses in later if losses], names, dtype=float)


def findings(
    trained: pd.DataFrame, placed: pd.DataFrame, activated: pd.DataFrame, shared: Mapping[str, int]
) -> pd.DataFrame:
    """The paper's sentences on schedules, stopping, coordinates and activations, beside what was measured.

    Parameters
    ----------
    trained, placed, activated : pandas.DataFrame
        Rows of studies with the columns `schedule`; `range` and `omega0`; `activation`.
    shared : mapping
        Format -> smallest number of nodes of which two share a coordinate.

    Returns
    -------
    pandas.DataFrame
        Columns "the paper (section)" and "measured", texts.
    """
    steps = trained[trained.schedule == "x0.75 per 250"]
    others = trained[trained.schedule != "constant"]
    speeds = others.groupby(["steps_per_epoch", "schedule"]).speed_over_constant.median()
    order = "; ".join(
        f"{steps} step{'s' if steps > 1 else ''} an epoch: "
        + ", ".join(f"{name} {speed:.2f}" for name, speed in group.droplevel(0).sort_values().items())
        for steps, group in speeds.groupby(level=0)
    )
    ranges = placed[placed.omega0 == 30].groupby("range", sort=False).stop_epoch.median()
    ranges = ranges.sort_index(key=lambda names: names.str.zfill(12))  # 1, 5, 10, then words
    kinds = activated.groupby("activation").wrong_half.median().sort_values()
    restless = relapses(trained).groupby(level=0, sort=True).agg(["min", "max"])
    rows = {
        '"much faster convergence compared to other schedulers" (6.5)': (
            "a constant rate's epochs to a loss below 0.01 over its own, median "
            f"(one more than were run where it does not get there): {order}"
        ),
        '"the loss reaches 0 in less than 500 epochs" (Figure 9b)': (
            f"below 0.01 in {(steps.stop_epoch < 500).sum()} of {len(steps)} runs by then, "
            f"without a wrong bit in {(steps.exact_epoch < 500).sum()}"
        ),
        '"extremely inconsistent and stochastic" without the schedule (Figure 9a)': (
            "highest loss after epoch 250 of runs that were below 0.01 before: "
            + (
                ", ".join(f"{name} {a:.1g} to {b:.1g}" for name, a, b in restless.itertuples())
                or "no such run"
            )
        ),
        'a loss below 0.01 is "sufficiently accurate" (6.5)': (
            f"wrong bits there, cut at 0.5: {trained.wrong_half_at_stop.min():,.0f} to "
            f"{trained.wrong_half_at_stop.max():,.0f}"
        ),
        "scaled coordinates are critical, wider ones beneficial (6.3)": (
            "median epochs to a loss below 0.01, by range, at omega0 = 30: "
            + ", ".join(f"{name}: {epoch:,.0f}" for name, epoch in ranges.items())
        ),
        "neighbours may share a float in a large network (6.3)": (
            "from " + ", ".join(f"{nodes:,} nodes in {name}" for name, nodes in shared.items())
        ),
        '"much faster memorization" than with other activations (6.2)': (
            "median wrong bits: " + ", ".join(f"{name} {wrong:,.0f}" for name, wrong in kinds.items())
        ),
    }
    return pd.DataFrame(rows.items(), columns=["the paper (section)", "measured"])
