"""Which pairs of a row the past makes plausible: those that a large graph decides one by one.

A column is plausible if similar rows or common neighbours speak for it, the best first as far as the row's
allowance goes, or if it is next to a known edge or to the diagonal in the picture, or points to the row.
"""

import numba
import numpy as np

from netwithin.codec.experts import neighbours as nb

ALLOWANCE, ALLOWANCE_PER_DEGREE = 64, 8  # columns, and columns for each entry of the mean row
NEAR = 2  # columns around a known edge, and around the diagonal
CERTAIN = 1 << 60  # more than any votes


def plausible(open_, votes, points, around, near, diagonal: int, allowance: int) -> tuple[np.ndarray, int]:
    """The columns that are plausible when a row begins.

    Parameters
    ----------
    open_ : uint8[columns]
        1 where the pair is to be decided.
    votes, points, around, near
        See `netwithin.codec.causal.Row`.
    diagonal : int
        The column of the picture's diagonal.
    allowance : int
        How many columns may be plausible by their votes alone.

    Returns
    -------
    columns : int64 array
        Ascending.
    threshold : int
        The least score among them, at least 1: what later columns must reach.
    """
    columns, scores = np.empty(len(open_), np.int64), np.empty(len(open_), np.int64)
    size = _scores(open_, votes, points, around, near, diagonal, columns, scores)
    columns, scores = columns[:size], scores[:size]
    threshold = 1
    if size > allowance:
        threshold = int(np.partition(scores, -allowance)[-allowance])
    return columns[scores >= threshold], threshold


@numba.njit(cache=True, inline="always")
def _score(j, votes, points):
    if points[j] == 1:
        return np.int64(CERTAIN)
    return votes[j, nb.SQUARES] + votes[j, nb.WEIGHTED] * votes[j, nb.COMMON]


@numba.njit(cache=True)
def _scores(open_, votes, points, around, near, diagonal, columns, scores):
    """The open columns that score above 0, and their scores, from the front; gives how many there are."""
    size = 0
    for j in range(len(open_)):
        if not open_[j]:
            continue
        pictured = near[j] <= NEAR or abs(j - diagonal) <= NEAR or around[1, j] == 1 or around[3, j] == 1
        score = CERTAIN if pictured else _score(j, votes, points)
        if score > 0:
            columns[size], scores[size] = j, score
            size += 1
    return size


@numba.njit(cache=True)
def plausible_since(j, square, entries, start, count, done, offset, open_, votes, points, threshold, found):
    """Columns that an edge to `j` has made plausible.

    Parameters
    ----------
    j : int
        The column of the row's new edge, already counted in the votes.
    square, entries, start, count, done, offset
        As for `netwithin.codec.experts.neighbours.begin_row`.
    open_, votes, points, threshold
        As for `plausible`; `open_` is set to 0 for the columns found.
    found : int64[columns]
        Filled from the front.

    Returns
    -------
    int
        How many were found.
    """
    size = 0
    for k in range(max(0, j - NEAR), min(len(open_), j + NEAR + 1)):
        if open_[k]:
            open_[k] = 0
            found[size] = k
            size += 1
    directed = square and offset != 0 and done[j]
    for a in range(start[offset + j], start[offset + j] + count[offset + j] + directed):
        row = j if a == start[offset + j] + count[offset + j] else np.int64(entries[a])
        if not done[row]:
            continue
        for b in range(start[row], start[row] + count[row]):
            k = np.int64(entries[b])
            if open_[k] and _score(k, votes, points) >= threshold:
                open_[k] = 0
                found[size] = k
                size += 1
    return size
