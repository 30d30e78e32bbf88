"""How fast a feed is, where the time goes, and what a row costs in memory (Section 6.5)."""

import time
from collections.abc import Iterable, Iterator

import pandas as pd
import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile, record_function

from netwithin.memorize import feeds
from netwithin.memorize.trainer import Result, Settings, train

#: What all measures together made of the paper's hours, over 7 of which became less than 5 minutes.
PAPERS_SPEEDUP = 7 * 60 / 5


class ClockedFeed:
    """A feed's batches, with a clock on the time that passes until each one is there.

    Parameters
    ----------
    batches : iterable
        What a feed returned.

    Attributes
    ----------
    seconds : float
        Spent waiting for batches so far.
    """

    def __init__(self, batches: Iterable[feeds.Batch]):
        self.batches, self.seconds = batches, 0.0

    def __iter__(self) -> Iterator[feeds.Batch]:
        """Give the batches; a profiler sees the waiting as "load"."""
        start = time.perf_counter()
        batches, missing = iter(self.batches), object()
        while True:
            with record_function("load"):
                batch = next(batches, missing)
            self.seconds += time.perf_counter() - start
            if batch is missing:
                return
            yield batch
            start = time.perf_counter()


def race(
    feed: feeds.Feed,
    model: nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    chunk: int,
    epochs: int = 2,
) -> tuple[dict, Result]:
    """Train for some epochs and time all but the first, in which workers start and caches fill.

    Parameters
    ----------
    feed : callable
        One of `feeds`.
    model : nn.Module
        Maps `inputs` to outputs float[m]; is trained.
    inputs, targets : torch.Tensor
        float32[m, d] and float32[m].
    chunk : int
        Rows a step.
    epochs : int
        Epochs to time.

    Returns
    -------
    timing : dict
        `seconds_per_epoch`, `loading_seconds` of them, `loading_share`, `rows_per_second`.
    result : Result
        The course of the training, all `epochs + 1` of them.

    Examples
    --------
    >>> timing, result = race(feeds.chunks, nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)), *_four(), chunk=2)
    >>> result.epochs, 0 <= timing["loading_share"] < 1
    (3, True)
    """
    watched, marks = [], []

    def watching(*given):
        watched.append(ClockedFeed(feed(*given)))
        return watched[0]

    settings = Settings(epochs=epochs + 1, chunk=chunk)
    result = train(
        model,
        inputs,
        targets,
        settings,
        feed=watching,
        on_epoch=lambda so_far: marks.append((so_far.seconds, watched[0].seconds)),
    )
    seconds, loading = ((end - start) / epochs for start, end in zip(marks[0], marks[-1], strict=True))
    timing = {"seconds_per_epoch": seconds, "loading_seconds": loading, "loading_share": loading / seconds}
    return timing | {"rows_per_second": len(targets) / seconds}, result


def profiled(
    feed: feeds.Feed, model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, chunk: int
) -> tuple[float, pd.Series]:
    """Run one epoch under torch's profiler, set-up and workers' start included.

    Parameters
    ----------
    feed, model, inputs, targets, chunk
        As in `race`.

    Returns
    -------
    share : float
        Part of the profiled time that passes in loading.
    operations : pandas.Series
        Milliseconds of each operation by itself, the longest first.
    """

    def watching(*given):
        return ClockedFeed(feed(*given))

    with profile(activities=[ProfilerActivity.CPU]) as seen:
        with record_function("epoch"):
            train(model, inputs, targets, Settings(epochs=1, chunk=chunk), feed=watching)
    events = {event.key: event for event in seen.key_averages()}
    share = events["load"].cpu_time_total / events["epoch"].cpu_time_total
    alone = pd.Series({key: event.self_cpu_time_total / 1000 for key, event in events.items()})
    return share, alone.sort_values(ascending=False)


def kept_bytes(model: nn.Module, inputs: torch.Tensor) -> float:
    """Bytes per row that a forward pass keeps for the gradients, the weights not counted.

    Parameters
    ----------
    model : nn.Module
    inputs : torch.Tensor
        float32[m, d].

    Returns
    -------
    float

    Examples
    --------
    A linear layer keeps its inputs, here two floats:

    >>> kept_bytes(nn.Linear(2, 5), torch.zeros(100, 2))
    8.0
    """
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        outputs = model(inputs.clone())  # a view would count with all of its storage
    assert outputs is not None  # alive until here, or the kept storages could be freed and counted twice
    return sum(kept.values()) / len(inputs)


def findings(raced: pd.DataFrame, searched: pd.DataFrame) -> pd.DataFrame:
    """The paper's sentences on loading, beside what was measured.

    Parameters
    ----------
    raced : pandas.DataFrame
        Timings of `race` with the columns `feed`, `nodes`, `seed` and `faster_than_dataset`.
    searched : pandas.DataFrame
        Timings of the best numbers of workers and batch sizes that were found.

    Returns
    -------
    pandas.DataFrame
        Columns "the paper (section)" and "measured", texts.
    """

    def span(feed: str, column: str, form: str) -> str:
        values = raced[raced.feed == feed][column]
        least, most = format(values.min(), form), format(values.max(), form)
        return least if least == most else f"{least} to {most}"

    best = searched.loading_share
    rows = {
        'training was "heavily limited" by data loading': (
            f"share of loading with a dataset: {span('dataset', 'loading_share', '.0%')}"
        ),
        'loading is "still the dominating friction" with the best workers and batch size': (
            f"share of loading there: {best.min():.0%} to {best.max():.0%}"
        ),
        'a stream gives "no noticeable speed up"': (
            f"times as fast as a dataset: {span('stream, 2 workers', 'faster_than_dataset', '.2f')}"
        ),
        "a file on disk makes it slower": (
            f"times as fast as a dataset: {span('HDF5 file', 'faster_than_dataset', '.2f')}"
        ),
        'from "over 7 hours" to "less than 5 minutes", all measures together': (
            f"chunks against a dataset, per epoch: {span('chunks', 'faster_than_dataset', '.1f')} times "
            f"as fast; the paper's whole gain is {PAPERS_SPEEDUP:.0f}"
        ),
    }
    return pd.DataFrame(rows.items(), columns=["the paper (Section 6.5)", "measured"])


def _four() -> tuple[torch.Tensor, torch.Tensor]:
    """Four rows, for the example."""
    return torch.ones(4, 2), torch.ones(4)
