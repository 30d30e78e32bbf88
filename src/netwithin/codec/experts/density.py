"""The expert that knows how many pairs are edges, and nothing else."""

import numpy as np

from netwithin.codec.experts.base import Expert
from netwithin.codec.pairs import Header


class Density(Expert):
    """One context for all pairs: the share of edges so far.

    Alone, it codes a graph in its density's entropy plus some ten bits, whatever the graph.

    Examples
    --------
    >>> expert = Density()
    >>> expert.begin(Header("undirected", (4, 4), loops=False, edges=3))
    1
    >>> expert.contexts(0, np.array([1, 2, 3]))
    array([[0, 0, 0]])
    """

    name = "density"
    code = 1

    def begin(self, header: Header) -> int:
        """One context."""
        return 1

    def contexts(self, i: int, candidates: np.ndarray) -> np.ndarray:
        """The same context for every pair; int64[1, pairs]."""
        return np.zeros((1, len(candidates)), np.int64)
