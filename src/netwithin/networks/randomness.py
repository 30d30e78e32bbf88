"""Torch's global generator, lent out and given back."""

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a seed of one's own inside the block, where a library asks the global generators (dropout).

    Parameters
    ----------
    seed : int

    Examples
    --------
    >>> before = torch.get_rng_state()
    >>> with seeded(3):
    ...     first = torch.rand(1)
    >>> with seeded(3):
    ...     torch.equal(first, torch.rand(1)), torch.equal(before, torch.get_rng_state())
    (True, False)
    >>> torch.equal(before, torch.get_rng_state())
    True
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield
