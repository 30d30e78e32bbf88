"""What each effort does: a fixed amount of work, not a time, so that the same call gives the same bytes."""

from dataclasses import dataclass

from netwithin.codec.experts import EXPERTS
from netwithin.codec.renumbering import RENUMBERINGS
from netwithin.codec.stream2 import ORDERS

DEFAULT_EFFORT = 5
TRAINED = ("siren", "latent")  # experts that a file stores; the others learn while they code
LARGE = 1 << 24  # pairs: every factor of 4 beyond them takes one off the effort


@dataclass(frozen=True)
class Effort:
    """What "auto" tries.

    Attributes
    ----------
    panels : int
        How many of the sets of adaptive experts (`panels`).
    orders : int
        How many of the orders in which rows can come.
    trained : tuple of str
        Experts that are trained, if the graph has any of them.
    promise : float
        They are trained for real if a short training comes to fewer bits than this times the best file's.
    networks : int
        How many sizes of networks are trained: those for the graph's own size, then those for larger ones.
    renumberings : tuple of str
        Other numberings of the nodes, their permutation stored.
    """

    panels: int = 1
    orders: int = 1
    trained: tuple[str, ...] = ()
    promise: float = 0.0
    networks: int = 1
    renumberings: tuple[str, ...] = ()


EFFORTS = {
    1: Effort(),
    2: Effort(orders=2),
    3: Effort(panels=2, orders=2),
    4: Effort(panels=2, orders=2, trained=("siren",), promise=1.05),
    5: Effort(panels=2, orders=2, trained=TRAINED, promise=1.15),
    6: Effort(panels=4, orders=2, trained=TRAINED, promise=1.3),
    7: Effort(panels=4, orders=2, trained=TRAINED, promise=1.3, networks=2),
    8: Effort(panels=4, orders=2, trained=TRAINED, promise=1.3, networks=2, renumberings=tuple(RENUMBERINGS)),
    9: Effort(99, 99, TRAINED, float("inf"), networks=3, renumberings=tuple(RENUMBERINGS)),
}


def work(effort: int, pairs: int) -> Effort:
    """What an effort does for a graph of so many pairs.

    Raises
    ------
    ValueError
        If there is no such effort.

    Examples
    --------
    >>> work(3, 1 << 28) == work(1, 1 << 10)
    True
    """
    if effort not in EFFORTS:
        raise ValueError(f"effort {effort!r} is none of {min(EFFORTS)} to {max(EFFORTS)}")
    while pairs > LARGE:
        pairs, effort = pairs // 4, max(effort - 1, 1)
    return EFFORTS[effort]


def adaptive_panels() -> list[tuple[str, ...]]:
    """Sets of experts that learn while they code, the best guesses first: all; labels only; all but one."""
    every = tuple(expert.name for expert in EXPERTS.values() if expert.name not in TRAINED)
    labels = tuple(name for name in ("density", "distance") if name in every)
    without = [tuple(name for name in every if name != one) for one in reversed(every)]
    return list(dict.fromkeys([every, labels, *filter(None, without)]))


def orders(effort: Effort) -> tuple[str, ...]:
    """The orders of rows that an effort tries."""
    return ORDERS[: effort.orders]
