"""The part of a graph that is already coded, as lists of neighbours that grow.

All kinds of graphs are kept as one set of lists. List `v` holds the columns of row `v`'s edges and list
`offset + j` the rows of column `j`'s. In a directed or bipartite graph the two sets of lists are apart
(`offset` is the number of rows); in an undirected graph they are the same (`offset` is 0), so that the
list of a node that is not coded yet already holds its neighbours among the coded ones.
"""

from typing import NamedTuple

import numba
import numpy as np

from netwithin.codec.pairs import Header

FIRST_ROOM = 4  # entries; a full list moves to twice its room


class Past(NamedTuple):
    """Growing lists of neighbours; every array is updated in place.

    Attributes
    ----------
    entries : int32[room]
        All lists, one after another, with room left to grow.
    start, count : int64[lists]
        Where each list begins, and how many entries it has.
    end : int64[1]
        The room used in `entries`.
    done : uint8[rows]
        Which rows are coded.
    offset : int
        Of the columns' lists.
    """

    entries: np.ndarray
    start: np.ndarray
    count: np.ndarray
    end: np.ndarray
    done: np.ndarray
    offset: int


def empty_past(header: Header) -> Past:
    """The past of a graph of which nothing is coded.

    Examples
    --------
    >>> past = learn_row(empty_past(Header("undirected", (4, 4), False, 3)), 1, np.array([2, 3]))
    >>> neighbours(past, 3).tolist(), past.done.tolist()
    ([1], [0, 1, 0, 0])
    """
    rows, columns = header.shape
    offset = 0 if header.kind == "undirected" else rows
    lists = offset + columns
    state = (np.zeros(lists, np.int64), np.zeros(lists, np.int64), np.zeros(1, np.int64))
    return Past(np.zeros(1 << 10, np.int32), *state, np.zeros(rows, np.uint8), offset)


def learn_row(past: Past, row: int, columns: np.ndarray) -> Past:
    """Add a row's edges and mark it as coded; gives the past to go on with."""
    need = int(past.end[0]) + _room_needed(past.count, past.offset, row, columns)
    if need > len(past.entries):
        entries = np.zeros(2 * need, np.int32)
        entries[: past.end[0]] = past.entries[: past.end[0]]
        past = past._replace(entries=entries)
    _add(past.entries, past.start, past.count, past.end, past.offset, row, columns)
    past.done[row] = 1
    return past


def neighbours(past: Past, which: int) -> np.ndarray:
    """One list, in the order in which it was learnt; int32[count]."""
    return past.entries[past.start[which] : past.start[which] + past.count[which]]


def known(past: Past) -> tuple:
    """What compiled loops read of a past: entries, start, count, done, offset."""
    return past.entries, past.start, past.count, past.done, past.offset


@numba.njit(cache=True)
def _room_needed(count, offset, row, columns):
    """An upper bound of the new room that a row's edges take."""
    need = 4 * (count[row] + len(columns)) + FIRST_ROOM
    for j in columns:
        need += max(2 * count[offset + j], FIRST_ROOM)
    return need


@numba.njit(cache=True)
def _append(entries, start, count, end, which, value):
    """Append to one list; a list that is full moves to twice its room."""
    size = count[which]
    if size == 0:
        start[which] = end[0]
        end[0] += FIRST_ROOM
    elif size >= FIRST_ROOM and size & (size - 1) == 0:
        old, new = start[which], end[0]
        end[0] += 2 * size
        entries[new : new + size] = entries[old : old + size]
        start[which] = new
    entries[start[which] + size] = value
    count[which] = size + 1


@numba.njit(cache=True)
def _add(entries, start, count, end, offset, row, columns):
    """Append a row's edges to its list and to its columns'."""
    for j in columns:
        _append(entries, start, count, end, row, j)
        if offset or j != row:
            _append(entries, start, count, end, offset + j, row)
