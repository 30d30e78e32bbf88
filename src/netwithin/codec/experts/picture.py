"""The expert that looks at the adjacency matrix as a picture.

Labels that are near one another often mean nodes that are: a map's crossings, a list of authors by
paper. This expert reads the entries around the pair, as JBIG2 reads the pixels around a pixel (ITU-T
T.88), and beyond the pixels how far the nearest known edge is, in the row and in the column, and how
dense the picture is around the pair, in windows of three sizes and along the diagonal.

An entry is 1 or 0 where it is known, 2 where it is not yet, and 3 on the diagonal.
"""

import numba
import numpy as np

from netwithin.codec.experts.base import Expert
from netwithin.codec.fixedpoint import ln_fixed, octave_part

UNKNOWN, DIAGONAL = 2, 3
ROWS_AROUND = 3  # v - 1, v - 2, v + 1
REACH = 200  # rows on either side that the densities look at
DECAYS = (39750, 59299, 64238)  # e^(-1/2), e^(-1/10), e^(-1/50), in 2**-16
WINDOWS = 5  # three sizes, then two along the diagonal
MAX_DENSITY_COLUMNS = 1 << 15  # wider pictures do without densities, whose time follows the columns
LAST_ENTRIES = 6  # of a column's list are searched for one near the row
FAR = 1 << 20
BLOCKS = 128
SIZES = (256, 4096, 16384, 1024, 1024, 12800, BLOCKS * BLOCKS, 1024, 1024)
INPUTS = 7


class Picture(Expert):
    """The entries around a pair, the nearest edges, the local density.

    Its statistics live in the pair loop (`netwithin.codec.causal`), because they change with every edge.
    """

    name = "picture"
    code = 4


def _powers() -> np.ndarray:
    """Each decay to the power of 0..REACH, in 2**-16, by repeated rounding down; int64[3, REACH + 1]."""
    table = np.empty((len(DECAYS), REACH + 1), np.int64)
    table[:, 0] = 1 << 16
    for d in range(REACH):
        table[:, d + 1] = (table[:, d] * np.array(DECAYS)) >> 16
    return table


POWERS = _powers()


@numba.njit(cache=True)
def begin_row(v, square, entries, start, count, done, offset, around, near, density):
    """Draw the rows around row `v`, as far as they are known.

    Parameters
    ----------
    v, square, entries, start, count, done, offset
        As for `netwithin.codec.experts.neighbours.begin_row`.
    around : uint8[4, columns]
        Overwritten: row `v` itself, then rows v - 1, v - 2, v + 1.
    near : int64[columns]
        Overwritten: distance to the nearest known edge of the row.
    density : int64[5, columns]
        Overwritten, unless it is empty.
    """
    rows, columns = len(done), len(near)
    symmetric = offset == 0
    around[:] = UNKNOWN
    if symmetric:
        for u in range(rows):
            if done[u]:
                around[:, u] = 0
    for s in range(ROWS_AROUND + 1):
        u = v - s if s < ROWS_AROUND else v + 1
        if 0 <= u < rows:
            if done[u]:
                around[s] = 0
            if symmetric or done[u]:
                for b in range(start[u], start[u] + count[u]):
                    around[s, entries[b]] = 1
    if square:
        around[0, v] = DIAGONAL
    last = -FAR
    for j in range(columns):
        if around[0, j] == 1:
            last = j
        near[j] = min(j - last, FAR)
    last = columns + FAR
    for j in range(columns - 1, -1, -1):
        if around[0, j] == 1:
            last = j
        near[j] = min(near[j], last - j)
    if density.shape[1]:
        _densities(v, entries, start, count, done, symmetric, density)


@numba.njit(cache=True)
def _densities(v, entries, start, count, done, symmetric, density):
    """Add up the edges around every pair of row `v`, with weights that decay exponentially both ways."""
    rows, columns = len(done), density.shape[1]
    density[:] = 0
    for u in range(max(0, v - REACH), min(rows, v + REACH + 1)):
        if u == v or not (symmetric or done[u]):
            continue
        away = abs(u - v)
        for b in range(start[u], start[u] + count[u]):
            j = entries[b]
            for s in range(3):
                density[s, j] += POWERS[s, away]
            shifted = j - u + v
            if 0 <= shifted < columns:
                density[3, shifted] += POWERS[1, away]
                density[4, shifted] += POWERS[2, away]
    from_left = np.empty(columns, np.int64)
    for s in range(WINDOWS):
        decay = DECAYS[s] if s < 3 else DECAYS[s - 3]
        total = np.int64(0)
        for j in range(columns):
            total = ((total * decay) >> 16) + density[s, j]
            from_left[j] = total
        total = np.int64(0)
        for j in range(columns - 1, -1, -1):
            here = density[s, j]
            density[s, j] = from_left[j] + total
            total = ((total + here) * decay) >> 16


@numba.njit(cache=True)
def learn_edge(j, near):
    """Row `v` has an edge to `j`: it is the nearest one for the columns next to it."""
    near[j] = 0
    k = j + 1
    while k < len(near) and k - j < near[k]:
        near[k] = k - j
        k += 1
    k = j - 1
    while k >= 0 and j - k < near[k]:
        near[k] = j - k
        k -= 1


@numba.njit(cache=True, inline="always")
def nearest_in_column(v, list_, entries, start, count):
    """Distance from row `v` to the nearest of the entries that column's list learnt last."""
    nearest = FAR
    end = start[list_] + count[list_]
    for b in range(max(start[list_], end - LAST_ENTRIES), end):
        nearest = min(nearest, abs(np.int64(entries[b]) - v))
    return nearest


@numba.njit(cache=True, inline="always")
def describe(v, j, distance_band, other, around, near, density, shift, offsets, c, contexts, m, inputs):
    """Contexts and inputs of one pair.

    Parameters
    ----------
    v, j : int
        The pair.
    distance_band : int
        Of the labels' distance, 0..31.
    other : int
        From `nearest_in_column`.
    around, near, density
        From `begin_row`.
    shift : int
        So that `v >> shift` and `j >> shift` number at most 128 blocks.
    offsets, c, contexts, m, inputs
        As for `netwithin.codec.experts.neighbours.describe`.

    Returns
    -------
    west, north, east, near_band : int
        What selects the mixer's weights.
    """
    columns = len(near)
    w = around[0, j - 1] if j > 0 else UNKNOWN
    ww = around[0, j - 2] if j > 1 else UNKNOWN
    www = around[0, j - 3] if j > 2 else UNKNOWN
    e = around[0, j + 1] if j + 1 < columns else UNKNOWN
    n, nn, s = around[1, j], around[2, j], around[3, j]
    corners = 0
    if j > 0:
        corners += 8 * (around[1, j - 1] == 1) + 2 * (around[3, j - 1] == 1)
    if j + 1 < columns:
        corners += 4 * (around[1, j + 1] == 1) + (around[3, j + 1] == 1)
    cross = ((np.int64(w) * 4 + n) * 4 + e) * 4 + s
    row_band, column_band = min(octave_part(near[j], 1), 19), min(octave_part(other, 1), 19)
    inputs[m] = ln_fixed(1 + near[j]) >> 2
    inputs[m + 1] = ln_fixed(1 + other) >> 2
    k0 = k1 = g0 = g1 = 0
    for t in range(WINDOWS):
        inputs[m + 2 + t] = 0
    if density.shape[1]:
        k0, k1 = min(octave_part(density[0, j] >> 4, 1), 31), min(octave_part(density[1, j] >> 6, 1), 31)
        g0, g1 = min(octave_part(density[3, j] >> 6, 1), 31), min(octave_part(density[4, j] >> 8, 1), 31)
        for t in range(WINDOWS):
            inputs[m + 2 + t] = ln_fixed(1 + density[t, j]) >> 2
    contexts[c] = offsets[c] + cross
    contexts[c + 1] = offsets[c + 1] + (cross * 4 + ww) * 4 + nn
    left = (np.int64(w) * 4 + ww) * 4 + www
    contexts[c + 2] = offsets[c + 2] + ((np.int64(n) * 4 + nn) * 64 + left) * 16 + corners
    contexts[c + 3] = offsets[c + 3] + min(near[j], 1023)
    contexts[c + 4] = offsets[c + 4] + min(other, 1023)
    contexts[c + 5] = offsets[c + 5] + (row_band * 20 + column_band) * 32 + distance_band
    contexts[c + 6] = offsets[c + 6] + (j >> shift) * BLOCKS + (v >> shift)
    contexts[c + 7] = offsets[c + 7] + k0 * 32 + k1
    contexts[c + 8] = offsets[c + 8] + g0 * 32 + g1
    return np.int64(w), np.int64(n), np.int64(e), row_band
