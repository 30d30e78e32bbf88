"""What each effort does: a fixed amount of work, not a time, so that the same call gives the same bytes."""

from dataclasses import dataclass

from netwithin.codec.pairs import Header
from netwithin.codec.renumbering import RENUMBERINGS
from netwithin.codec.stream import ORDERS

DEFAULT_EFFORT = 5
TRAINED = ("siren", "latent")  # experts that a file stores; the others learn while they code
LARGE = 1 << 24  # pairs: every factor of 4 beyond them takes one off the effort
EVERY, EVERY_PER_EDGE, MAX_EVERY = 1 << 26, 256, 1 << 28  # pairs: see `decides_every_pair`
HURRIED, HURRIED_PER_EDGE = 1 << 18, 64
STEPS, STEPS_PER_PAIR = 1 << 25, 32  # from an edge to its nodes' other edges: above both they take too long
PANELS = [  # sets of experts that learn while they code, the best guesses first
    ("distance", "picture", "neighbours"),
    ("density", "distance"),
    ("picture", "neighbours"),
    ("distance", "neighbours"),
    ("distance", "picture"),
    ("neighbours",),
    ("picture",),
]
QUICK_PANELS = [("distance", "neighbours"), ("density", "distance")]


@dataclass(frozen=True)
class Effort:
    """What "auto" tries.

    Attributes
    ----------
    panels : int
        How many of the sets of adaptive experts (`panels`).
    orders : int
        How many of the orders in which rows can come.
    rates : tuple of int
        Other rates at which the best way's network learns (`netwithin.codec.rows.RATES`).
    trained : tuple of str
        Experts that are trained, if the graph has any of them.
    promise : float
        They are trained for real if a short training comes to fewer bits than this times the best file's.
    networks : int
        How many sizes of networks are trained: those for the graph's own size, then those for larger ones.
    renumberings : tuple of str
        Other numberings of the nodes, their permutation stored.
    hurry : bool
        Whether implausible pairs are passed over in smaller graphs, too.
    """

    panels: int = 1
    orders: int = 1
    rates: tuple[int, ...] = ()
    trained: tuple[str, ...] = ()
    promise: float = 0.0
    networks: int = 1
    renumberings: tuple[str, ...] = ()
    hurry: bool = False


EFFORTS = {
    1: Effort(hurry=True),
    2: Effort(orders=2),
    3: Effort(panels=2, orders=2),
    4: Effort(panels=2, orders=2, rates=(1, 3)),
    5: Effort(panels=2, orders=2, rates=(1, 3), trained=("siren",), promise=1.15),
    6: Effort(panels=3, orders=2, rates=(1, 3), trained=("siren",), promise=1.3),
    7: Effort(panels=3, orders=2, rates=(0, 1, 3), trained=TRAINED, promise=1.3, networks=2),
    8: Effort(4, 2, (0, 1, 3), TRAINED, 1.3, 2, tuple(RENUMBERINGS)),
    9: Effort(99, 99, (0, 1, 3), TRAINED, float("inf"), 3, tuple(RENUMBERINGS)),
}


def decides_every_pair(header: Header, hurry: bool = False) -> bool:
    """Whether a graph's pairs are few enough, by themselves or for its edges, to be decided one by one.

    Parameters
    ----------
    header : Header
        Of the graph, or of a tile.
    hurry : bool
        Whether a few per cent of the file are worth less than the time.

    Examples
    --------
    >>> decides_every_pair(Header("undirected", (18660, 18660), False, 790777))
    True
    >>> decides_every_pair(Header("undirected", (26000, 26000), False, 60000))
    False
    """
    few, few_per_edge = (HURRIED, HURRIED_PER_EDGE) if hurry else (EVERY, EVERY_PER_EDGE)
    return header.pairs <= few or header.pairs <= min(MAX_EVERY, few_per_edge * header.edges)


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


def adaptive_panels(header: Header, hurry: bool = False) -> list[tuple[str, ...]]:
    """The `PANELS` that are worth trying, the best guesses first.

    Where pairs are passed over, those with `neighbours`, which tell which ones are worth deciding. Where
    every pair is decided in a hurry, those without `picture`, which takes as long as the others together;
    and without `neighbours`, too, if the graph is so large and dense that neighbours in common take seconds.

    Parameters
    ----------
    header : Header
        Of the graph, or of a tile.
    hurry : bool
        As for `decides_every_pair`.

    Examples
    --------
    >>> adaptive_panels(Header("undirected", (200, 200), False, 2_000), hurry=True)[0]
    ('distance', 'neighbours')
    >>> adaptive_panels(Header("undirected", (1000, 1000), False, 250_000), hurry=True)[0]
    ('density', 'distance')
    """
    if not decides_every_pair(header, hurry):
        return [names for names in PANELS if "neighbours" in names]
    if not hurry:
        return PANELS
    steps = 4 * header.edges**2 // max(header.nodes, 1)
    too_many = steps > max(STEPS, STEPS_PER_PAIR * header.pairs)
    return [names for names in QUICK_PANELS if not (too_many and "neighbours" in names)]


def orders(effort: Effort) -> tuple[str, ...]:
    """The orders of rows that an effort tries."""
    return ORDERS[: effort.orders]
