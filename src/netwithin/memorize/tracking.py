"""Watch training runs in an experiment tracker, as the paper did with Weights and Biases (Section 5.7).

A tracker is optional: a run's notebook and its record are complete without one. `trackio` keeps its runs on
the machine that makes them and shows them in a browser (`trackio show`); it answers to the calls of
`wandb`, so that either serves. Nothing is tracked unless the environment asks for it::

    NETWITHIN_TRACKER=trackio snakemake --configfile grids/siren.yml --cores 2
"""

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from netwithin.memorize.trainer import Result


@contextmanager
def tracked(
    project: str,
    parameters: Mapping | None = None,
    library: str | None = None,
    every: int = 10,
    **options,
) -> Iterator[Callable[[Result], None] | None]:
    """Open a run in a tracker, and close it however training ends.

    Parameters
    ----------
    project : str
        The runs' common name, for example that of the grid.
    parameters : mapping, optional
        What the run was told; the tracker shows it as the run's configuration.
    library : str, optional
        Module with the calls `init(project, config)`, `log(metrics, step)` and `finish()`: "trackio" or
        "wandb". By default what the environment's `NETWITHIN_TRACKER` says; without that nothing is tracked.
    every : int
        Epochs between two entries. The last epoch of a run is always entered.
    **options
        For the library's `init`, for example `name`.

    Yields
    ------
    callable or None
        To be handed to `train` as `on_epoch`: it enters the loss and the wrong bits (at the mean and at 0.5)
        under the epoch's number. None where nothing is tracked.

    Raises
    ------
    ImportError
        If the library is not installed, or lacks one of the calls.
    ValueError
        If `every` is less than 1.

    Examples
    --------
    >>> with tracked("siren", {"nodes": 100}) as on_epoch:  # without NETWITHIN_TRACKER
    ...     print(on_epoch)
    None
    """
    library = os.environ.get("NETWITHIN_TRACKER") if library is None else library
    if every < 1:
        raise ValueError(f"entries every {every} epochs")
    if not library:
        yield None
        return
    tracker = _library(library)
    tracker.init(project=project, config=dict(parameters or {}), **options)
    latest = None

    def enter(result: Result) -> None:
        metrics = {
            "loss": result.loss[-1],
            "wrong bits at the mean": result.errors_mean[-1],
            "wrong bits at 0.5": result.errors_half[-1],
        }
        tracker.log(metrics, step=result.epochs)

    def on_epoch(result: Result) -> None:
        nonlocal latest
        latest = result
        if result.epochs % every == 0:
            enter(result)

    try:
        yield on_epoch
    finally:
        if latest and latest.epochs % every:
            enter(latest)
        tracker.finish()


def _library(name: str):
    """The tracker's module, which has to have a tracker's calls."""
    try:
        tracker = importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"the tracker {name!r} cannot be imported: pip install 'netwithin[tracker]' brings trackio; "
            "without NETWITHIN_TRACKER nothing is tracked"
        ) from error
    if missing := [call for call in ("init", "log", "finish") if not callable(getattr(tracker, call, None))]:
        raise ImportError(f"{name!r} is no tracker: it has no {', '.join(missing)}")
    return tracker
