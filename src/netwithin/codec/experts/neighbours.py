"""The expert that knows who has neighbours in common.

Nothing is stored: everything here is read off the rows that are coded already, and off the edges that
the row in hand has shown so far. For the pair (v, j):

- *common neighbours* of v and j, counted plainly, and with less weight for a neighbour of high degree
  (Adamic, Adar 2003);
- *votes*: every coded row l that shares s neighbours with v votes for its own neighbours, with s^2 over
  its degree; paths of length three, v - k - l - j, are votes too, linear in s;
- the *reference*, the coded row most similar to v: does it have an edge to j? (WebGraph's idea, Boldi,
  Vigna 2004, as a context);
- in a directed graph, whether j points to v.

Each is divided by the degrees so far in the proper power, taken to a log scale and cut into bands; bands
and pairs of bands are contexts, the logarithms inputs of their own.
"""

import numba
import numpy as np

from netwithin.codec.experts.base import Expert
from netwithin.codec.fixedpoint import LOGIT_BITS, ln_fixed, octave_part

COMMON, WEIGHTED, SQUARES, CUBES, FOUND, PATHS, REFERRED = range(7)  # the columns of a row's votes
VOTES = 7
VOTE_BITS = 16
MOST_SHARED = 1 << 15  # neighbours for which a row's vote grows: their cube, in 2**-16, is a 64-bit number
SIMILARITY, REFERENCE, SIMILAR_ROWS = range(3)  # the scalars of a row
SCALARS = 3
SIZES = (768, 512, 256, 256, 256, 2048, 6144, 2048, 384, 384, 2304, 3072)
INPUTS = 8
LN2 = 2839  # of 2, in 2**-12 nats
HALF_NAT = LOGIT_BITS - 1


class Neighbours(Expert):
    """Common neighbours, votes of similar rows, paths of length three, reciprocity.

    Its statistics live in the pair loop (`netwithin.codec.causal`), because they change with every edge.
    """

    name = "neighbours"
    code = 5


@numba.njit(cache=True)
def begin_row(v, square, entries, start, count, done, offset, votes, shared, similar, scalars):
    """Gather what the past says about row `v` before any of its pairs is coded.

    Parameters
    ----------
    v : int
        The row.
    square : bool
        Whether rows and columns are the same nodes.
    entries, start, count, done, offset
        `netwithin.codec.past.Past`.
    votes : int64[columns, 7]
        Overwritten: see the names above; weighted ones in 2**-12, votes in 2**-16.
    shared : int64[rows]
        Overwritten: neighbours that each coded row shares with `v`.
    similar : int64[rows]
        Room for the rows that share any.
    scalars : int64[3]
        Overwritten.
    """
    votes[:] = 0
    shared[:] = 0
    scalars[SIMILARITY], scalars[REFERENCE], scalars[SIMILAR_ROWS] = 0, -1, 0
    if not square:
        return
    known = offset + v  # in a directed graph, the rows that point to v
    found = 0
    for a in range(start[known], start[known] + count[known]):
        k = np.int64(entries[a])
        if k == v:
            continue
        _share(k, entries, start, count, offset, votes)
        if offset == 0:
            for b in range(start[k], start[k] + count[k]):
                row = np.int64(entries[b])
                if done[row] and row != v:
                    if shared[row] == 0:
                        similar[found] = row
                        found += 1
                    shared[row] += 1
    scalars[SIMILAR_ROWS] = found
    for t in range(found):
        row = similar[t]
        s, degree = min(shared[row], MOST_SHARED), count[row] + 1
        linear = (s << VOTE_BITS) // degree
        square_, cube = (s * s << VOTE_BITS) // degree, (s * s * s << VOTE_BITS) // degree
        for b in range(start[row], start[row] + count[row]):
            j = entries[b]
            votes[j, PATHS] += linear
            votes[j, SQUARES] += square_
            votes[j, CUBES] += cube


@numba.njit(cache=True)
def _share(k, entries, start, count, offset, votes):
    """Count the neighbours of `k`, a neighbour of the row, as having one neighbour in common with it."""
    degree = count[k] + (count[offset + k] if offset else 0)
    weight = (np.int64(1) << 2 * LOGIT_BITS) // ln_fixed(2 + degree)
    for b in range(start[k], start[k] + count[k]):
        votes[entries[b], COMMON] += 1
        votes[entries[b], WEIGHTED] += weight
    if offset:
        for b in range(start[offset + k], start[offset + k] + count[offset + k]):
            votes[entries[b], COMMON] += 1
            votes[entries[b], WEIGHTED] += weight


@numba.njit(cache=True)
def learn_edge(v, j, square, entries, start, count, done, offset, votes, shared, similar, scalars):
    """Row `v` has an edge to `j`: the coded rows that have one too are more similar to `v`, and vote."""
    if square and offset and done[j]:
        _share(j, entries, start, count, offset, votes)
    for a in range(start[offset + j], start[offset + j] + count[offset + j]):
        row = np.int64(entries[a])
        if not done[row] or row == v:
            continue
        if shared[row] == 0:
            similar[scalars[SIMILAR_ROWS]] = row
            scalars[SIMILAR_ROWS] += 1
        shared[row] += 1
        s, degree, best = shared[row], count[row] + 1, scalars[REFERENCE]
        if best < 0 or s * s * (count[best] + 1) > shared[best] * shared[best] * degree:
            _refer(best, row, entries, start, count, scalars, votes)
        grain = max(octave_part(s, 0) - 2, 0)  # 1, 2, 3, 4, 6, 8, 12, ...: its neighbours hear of these only
        if s & ((1 << grain) - 1):
            continue
        before = min(s - (1 << max(octave_part(s - 1, 0) - 2, 0)), MOST_SHARED)
        s = min(s, MOST_SHARED)
        once = ((s - before) << VOTE_BITS) // degree
        square_ = ((s * s - before * before) << VOTE_BITS) // degree
        cube = ((s * s * s - before * before * before) << VOTE_BITS) // degree
        for b in range(start[row], start[row] + count[row]):
            k = entries[b]
            votes[k, FOUND] += once
            votes[k, SQUARES] += square_
            votes[k, CUBES] += cube
    if scalars[REFERENCE] >= 0:
        scalars[SIMILARITY] = shared[scalars[REFERENCE]]


@numba.njit(cache=True)
def _refer(old, new, entries, start, count, scalars, votes):
    """Another row becomes the reference."""
    scalars[REFERENCE] = new
    if old == new:
        return
    if old >= 0:
        for b in range(start[old], start[old] + count[old]):
            votes[entries[b], REFERRED] = 0
    for b in range(start[new], start[new] + count[new]):
        votes[entries[b], REFERRED] = 1


@numba.njit(cache=True, inline="always")
def _band(log, zero):
    """A logarithm in half nats, cut to 1..23."""
    return min(max((log >> HALF_NAT) + zero, 0), 22) + 1


@numba.njit(cache=True, inline="always")
def describe(
    j, degree_j, degree_v, found, reciprocal, votes, scalars, offsets, c, contexts, m, inputs
):  # fmt: skip
    """Contexts and inputs of one pair.

    Parameters
    ----------
    j : int
        The column.
    degree_j, degree_v, found : int
        Entries known of the column, of the row before it was begun, and found in the row since.
    reciprocal : int
        1 or 0 where j points to v or not, 2 where that is unknown.
    votes, scalars
        As for `begin_row`.
    offsets : int64 array
        First slot of each context of this expert, from `c` on.
    contexts, inputs : int64 arrays
        Written from `c` and `m` on.

    Returns
    -------
    common, common_band, squares_band : int
        What selects the mixer's weights.
    """
    common = votes[j, COMMON]
    cb = min(octave_part(common, 1), 15)
    cb3 = min(common, 3)
    ab = min(octave_part(votes[j, WEIGHTED] >> 6, 1), 31)
    sb = min(octave_part(votes[j, FOUND] >> 8, 0), 15)
    pb = min(octave_part(votes[j, PATHS] >> 8, 0), 23)
    djb, dvb = min(octave_part(degree_j, 1), 15), min(octave_part(degree_v, 1), 15)
    rb, r3 = min(octave_part(found, 0), 7), min(found, 3)
    ln_j, ln_v, ln_all = ln_fixed(1 + degree_j), ln_fixed(1 + degree_v), ln_fixed(1 + degree_v + found)
    jaccard = 0
    jb = 0
    if common > 0:
        jaccard = ln_fixed(votes[j, WEIGHTED]) - ((ln_j + ln_v) >> 1)
        jb = min(max((jaccard >> HALF_NAT) - 2, 0), 14) + 1
    squares, cubes, q1, q2 = 0, 0, 0, 0
    if votes[j, SQUARES] > 0:
        squares = ln_fixed(votes[j, SQUARES]) - ln_all - (ln_j >> 1) - 8 * LN2
        cubes = ln_fixed(votes[j, CUBES]) - ln_all - (ln_all >> 1) - (ln_j >> 1) - 6 * LN2
        q1, q2 = _band(squares, 12), _band(cubes, 12)
    votes_found, q3 = 0, 0
    if votes[j, FOUND] > 0:
        votes_found = ln_fixed(votes[j, FOUND]) - (ln_j >> 1) - 10 * LN2
        q3 = _band(votes_found, 10)
    paths = 0
    if votes[j, PATHS] > 0:
        paths = ln_fixed(votes[j, PATHS]) - ln_all - (ln_j >> 1) - 8 * LN2
    in_reference = 0 if scalars[REFERENCE] < 0 else 1 + votes[j, REFERRED]
    contexts[c] = offsets[c] + (cb * 16 + djb) * 3 + reciprocal
    contexts[c + 1] = offsets[c + 1] + ab * 16 + dvb
    contexts[c + 2] = offsets[c + 2] + jb * 16 + cb
    contexts[c + 3] = offsets[c + 3] + sb * 16 + cb3 * 4 + r3
    contexts[c + 4] = offsets[c + 4] + in_reference * 64 + min(scalars[SIMILARITY], 15) * 4 + cb3
    contexts[c + 5] = offsets[c + 5] + (rb * 16 + djb) * 16 + cb
    contexts[c + 6] = offsets[c + 6] + (sb * 24 + pb) * 16 + cb
    contexts[c + 7] = offsets[c + 7] + (cb * 8 + rb) * 16 + dvb
    contexts[c + 8] = offsets[c + 8] + q1 * 16 + cb3 * 4 + r3
    contexts[c + 9] = offsets[c + 9] + q2 * 16 + djb
    contexts[c + 10] = offsets[c + 10] + (q2 * 24 + q3) * 4 + cb3
    contexts[c + 11] = offsets[c + 11] + (q1 * 16 + cb) * 8 + rb
    inputs[m] = ln_fixed(1 + common) >> 1
    inputs[m + 1] = jaccard >> 2
    inputs[m + 2] = (ln_fixed((1 << VOTE_BITS) + votes[j, FOUND]) - VOTE_BITS * LN2) >> 1
    inputs[m + 3] = (ln_fixed((1 << VOTE_BITS) + votes[j, PATHS]) - VOTE_BITS * LN2) >> 1
    inputs[m + 4] = squares >> 1
    inputs[m + 5] = cubes >> 1
    inputs[m + 6] = votes_found >> 1
    inputs[m + 7] = paths >> 1
    return common, cb, q1
