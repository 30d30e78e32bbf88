"""Edges that nothing announced, coded by where they are: the large graph's way to pass over its empty pairs.

Of the pairs that the past makes plausible each is decided one by one; the others come as *surprises*: is
there another one in this row, and if so, in which column? The column is found by going down a binary tree
over all columns, left or right, where the first guess compares the weights below, the degrees so far, and
contexts correct it (`netwithin.codec.lifts`). A row without surprises costs one decision, a surprise as
many as the number of columns has bits: cost follows the edges.
"""

from typing import NamedTuple

import numba
import numpy as np

from netwithin.codec.causal import _dot, _learn
from netwithin.codec.fixedpoint import PROBABILITY_BITS, ln_fixed, octave_part, squash
from netwithin.codec.lifts import LIFT, new_slots, observe
from netwithin.codec.rangecoder import decode_bit, encode_bit

PER_EDGE, PER_COLUMN = 16, 12  # weight of an edge known in a column, and of the column itself
CONTEXTS = 4
BLOCKS, NODES_BY_BLOCK = 32, 1024
LEVELS, PLACES = 32, 34
MORE_SIZES = (32, 128, 64, 64)
MORE_SETS = 4
RATE = 400  # in 2**-16
WEIGHT_ONE = 1 << 27


class Tree(NamedTuple):
    """What coder and decoder know about surprises; every array is updated in place.

    Attributes
    ----------
    weights : int64[2 * leaves]
        Node k's weight is that of its children 2 k and 2 k + 1; leaf j is node `leaves` + j. A column that
        cannot be a surprise weighs nothing.
    way : tuple of int64[slots, 4], int64[4], int32[32, 5]
        Of the way down: statistics of the contexts, the first slot of each, and the mixing weights for each
        level.
    more : tuple of int64[slots, 4], int64[4], int32[4, 5], int64[2]
        Of the decision whether there is another surprise: the same, for each number of surprises so far, and
        how often there was none and another one.
    """

    weights: np.ndarray
    way: tuple[np.ndarray, ...]
    more: tuple[np.ndarray, ...]


def new_tree(columns: int) -> Tree:
    """A tree over columns none of which has an edge."""
    leaves = 1
    while leaves < columns:
        leaves *= 2
    weights = np.zeros(2 * leaves, np.int64)
    weights[leaves : leaves + columns] = PER_COLUMN
    for k in range(leaves - 1, 0, -1):
        weights[k] = weights[2 * k] + weights[2 * k + 1]
    sizes = (2 * leaves, LEVELS * PLACES, LEVELS * PLACES, NODES_BY_BLOCK * BLOCKS + LEVELS)
    offsets, more_offsets = np.cumsum([0, *sizes[:-1]]), np.cumsum([0, *MORE_SIZES[:-1]])
    first = np.array([WEIGHT_ONE, *[WEIGHT_ONE // CONTEXTS] * CONTEXTS], np.int32)
    way = new_slots(sum(sizes)), offsets, np.tile(first, (LEVELS, 1))
    more = new_slots(sum(MORE_SIZES)), more_offsets, np.tile(first, (MORE_SETS, 1)), np.zeros(2, np.int64)
    return Tree(weights, way, more)


@numba.njit(cache=True)
def change(weights, column, by):
    """Add to a column's weight."""
    k = len(weights) // 2 + column
    while k > 0:
        weights[k] += by
        k >>= 1


@numba.njit(cache=True)
def take_out(weights, columns):
    """Let columns weigh nothing; gives what they weighed, int64[columns]."""
    leaves = len(weights) // 2
    out = np.empty(len(columns), np.int64)
    for t in range(len(columns)):
        out[t] = weights[leaves + columns[t]]
        change(weights, columns[t], -out[t])
    return out


@numba.njit(cache=True)
def put_back(weights, columns, out):
    """Undo `take_out`."""
    for t in range(len(columns)):
        change(weights, columns[t], out[t])


@numba.njit(cache=True)
def _decide(decoding, bit, base, contexts, slots, mixing, chosen, buffer, state):
    """Code one decision and learn from it."""
    inputs = np.empty(1 + len(contexts), np.int32)
    inputs[0] = base
    for k in range(len(contexts)):
        inputs[1 + k] = slots[contexts[k], LIFT]
    probability = squash(_dot(mixing, chosen, inputs))
    if decoding:
        bit = np.int64(decode_bit(buffer, state, probability))
    else:
        encode_bit(buffer, state, probability, bit)
    _learn(mixing, chosen, inputs, (((bit << PROBABILITY_BITS) - probability) * RATE) >> 16)
    expected = squash(base)
    for k in range(len(contexts)):
        observe(slots, contexts[k], bit, expected)
    return bit


@numba.njit(cache=True)
def code_more(decoding, bit, so_far, degree, found, before, slots, offsets, mixing, totals, buffer, state):
    """Code whether the row has another surprise.

    Parameters
    ----------
    decoding, bit
        The answer, if it is known.
    so_far, degree, found, before : int
        The row's surprises so far, its entries known before it was begun, the edges found in it since, and
        the surprises of the row before.
    slots, offsets, mixing, totals
        Of `Tree`.
    buffer, state
        The code.
    """
    contexts = np.empty(CONTEXTS, np.int64)
    few = min(so_far, 7)
    contexts[0] = offsets[0] + min(so_far, 31)
    contexts[1] = offsets[1] + few * 16 + min(octave_part(degree, 1), 15)
    contexts[2] = offsets[2] + few * 8 + min(octave_part(found, 0), 7)
    contexts[3] = offsets[3] + few * 8 + min(octave_part(before, 0), 7)
    base = ln_fixed(2 * totals[1] + 1) - ln_fixed(2 * totals[0] + 1)
    bit = _decide(decoding, bit, base, contexts, slots, mixing, min(so_far, MORE_SETS - 1), buffer, state)
    totals[bit] += 1
    return bit


@numba.njit(cache=True, inline="always")
def _place(position, middle, half):
    """Where a position lies from the middle of a node, in quarters of its half; 0..33."""
    return min(max((position - middle) * 4 // half, -17), 16) + 17


@numba.njit(cache=True)
def code_column(decoding, column, v, rows, last, weights, slots, offsets, mixing, buffer, state):
    """Code which column a surprise is in.

    Parameters
    ----------
    decoding, column
        The answer, if it is known.
    v, rows, last : int
        The row, the number of rows, and the column of the row's last surprise, -1 if there was none; the next
        one is beyond.
    weights, slots, offsets, mixing
        Of `Tree`; the column weighs something.
    buffer, state
        The code.

    Returns
    -------
    int
        The column. In a damaged file it may weigh nothing.
    """
    leaves = len(weights) // 2
    contexts = np.empty(CONTEXTS, np.int64)
    k, first, half, level = np.int64(1), np.int64(0), np.int64(leaves // 2), 0
    while k < leaves:
        left, right = weights[2 * k], weights[2 * k + 1]
        middle = first + half
        if left == 0 or middle <= last + 1:
            bit = np.int64(1)
        elif right == 0:
            bit = np.int64(0)
        else:
            contexts[0] = offsets[0] + k
            contexts[1] = offsets[1] + level * PLACES + _place(v, middle, half)
            contexts[2] = offsets[2] + level * PLACES + _place(last, middle, half)
            in_block = k * BLOCKS + v * BLOCKS // rows
            contexts[3] = offsets[3] + (in_block if k < NODES_BY_BLOCK else NODES_BY_BLOCK * BLOCKS + level)
            base = ln_fixed(right) - ln_fixed(left)
            bit = np.int64(column >= middle)
            bit = _decide(decoding, bit, base, contexts, slots, mixing, level, buffer, state)
        k = 2 * k + bit
        first += bit * half
        half >>= 1
        level += 1
    return k - leaves
