"""What an expert is."""

import abc

import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.pairs import Header


class Expert(abc.ABC):
    """Something that knows something about pairs of nodes.

    An expert contributes to each row's pairs a fixed number of *contexts*, whose statistics the mixer
    keeps, or of *logits*, which it computes itself, or both. A file names its experts in order; an
    expert that was learnt also keeps its integers there. To add one: subclass, give it a `name` and
    an unused `code`, and register it in `netwithin.codec.experts`.

    Attributes
    ----------
    name : str
        As in `predictor="density+distance"`.
    code : int
        The byte that stands for it in a file; never reused for something else.
    work : int
        How many ordinary pairs one of its pairs takes the time of.
    """

    name: str
    code: int
    work: int = 1

    def begin(self, header: Header) -> int:
        """Get ready for a graph.

        Returns
        -------
        int
            How many contexts it distinguishes, 0 if it has none.
        """
        return 0

    def contexts(self, i: int, candidates: np.ndarray) -> np.ndarray:
        """Contexts, 0 to `begin`'s answer - 1, of the pairs (i, candidates); int64[k, pairs]."""
        return np.empty((0, len(candidates)), np.int64)

    def logits(self, i: int, candidates: np.ndarray, past: list[np.ndarray]) -> np.ndarray:
        """Logits of the pairs (i, candidates), in 2**-12 nats; int32[l, pairs].

        `past[r]` holds the columns of row `r`'s edges, for every row already coded.
        """
        return np.empty((0, len(candidates)), np.int32)

    def update(self, i: int, row: np.ndarray) -> None:  # noqa: B027 - few experts have anything to learn here
        """Learn that row `i` has its edges at the columns `row`."""

    def payload(self) -> bytes:
        """What a file must hold for `from_payload` to make this expert again."""
        return b""

    @classmethod
    def from_payload(cls, payload: bytes) -> "Expert":
        """Make the expert that a file holds.

        Raises
        ------
        FormatError
            If the payload is not one that `payload` writes.
        """
        if payload:
            raise FormatError(f"{len(payload)} bytes for the expert '{cls.name}', which keeps none")
        return cls()
