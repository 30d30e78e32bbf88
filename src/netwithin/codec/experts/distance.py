"""The expert that knows how far apart two labels are, on a line and on a ring."""

import numpy as np

from netwithin.codec.experts.base import Expert
from netwithin.codec.pairs import Header

BANDS_PER_OCTAVE = 4


def bands(distance: np.ndarray) -> np.ndarray:
    """Number the bands of distances, each octave cut in `BANDS_PER_OCTAVE` equal parts.

    Parameters
    ----------
    distance : int64 array
        Not negative.

    Returns
    -------
    int64 array
        0 for distance 0; then one band for each distance until the parts of an octave are longer.

    Examples
    --------
    >>> bands(np.array([0, 1, 2, 3, 4, 8, 9, 10]))
    array([ 0,  4,  8, 10, 12, 16, 16, 17])
    """
    octave = np.frexp(distance.astype(np.float64))[1].astype(np.int64) - 1  # exact below 2**53
    part = (distance * BANDS_PER_OCTAVE >> np.maximum(octave, 0)) - BANDS_PER_OCTAVE
    return np.where(distance > 0, (octave + 1) * BANDS_PER_OCTAVE + part, 0)


class Distance(Expert):
    """Four contexts for each pair: its distance on the line and on the ring, exact and in bands.

    On a ring lattice with shortcuts the exact ring distance is all there is to know; on a road network,
    whose labels follow the map, the bands on the line tell most. The distance has a sign in a directed
    graph; in a bipartite one it is that to the diagonal, along the columns.

    Examples
    --------
    >>> expert = Distance()
    >>> expert.begin(Header("undirected", (10, 10), loops=False, edges=3)) > 10
    True
    >>> expert.contexts(0, np.arange(1, 10)).shape
    (4, 9)
    """

    name = "distance"
    code = 2

    def begin(self, header: Header) -> int:
        """Number the contexts of every distance that the graph can have."""
        rows, columns = header.shape
        self._rows, self._columns = rows, columns
        self._kind = header.kind
        offset = np.arange(-columns + 1 if header.kind != "undirected" else 0, columns, dtype=np.int64)
        line = np.abs(offset)
        ring = np.minimum(line, columns - line)
        sign = (offset < 0).astype(np.int64)
        tables = [2 * line + sign, 2 * ring + sign, 2 * bands(line) + sign, 2 * bands(ring) + sign]
        self._zero = len(offset) - columns
        self._table = np.empty((len(tables), len(offset)), np.int64)
        used = 0
        for k, table in enumerate(tables):
            names, index = np.unique(table, return_inverse=True)
            self._table[k] = index + used
            used += len(names)
        return used

    def contexts(self, i: int, candidates: np.ndarray) -> np.ndarray:
        """Line, ring, band on the line, band on the ring; int64[4, pairs]."""
        diagonal = i * self._columns // self._rows if self._kind == "bipartite" else i
        offset = candidates - diagonal
        if self._kind == "undirected":  # rows may come in any order
            offset = np.abs(offset)
        return self._table[:, offset + self._zero]
