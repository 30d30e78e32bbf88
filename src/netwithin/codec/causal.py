"""The pair loop of the adaptive experts: a small network that memorises the graph as it goes.

For each pair, a *base* prediction (the degrees so far, or what a stored expert says) and many contexts
that correct it by their lifts (`netwithin.codec.lifts`), given by the experts `picture`, `neighbours` and
`distance`. They are the inputs of a network of two layers: eight neurons that each choose their weights by
a small context of their own, and one that weighs the eight. A last stage corrects what is left. All of it
learns after each pair, in encoder and decoder alike, so nothing of it is stored.

Everything is integer arithmetic: logits in 2**-12 nats, probabilities in 2**-32, weights in 2**-27.

References
----------
Mahoney, M. (2005). Adaptive weighing of context models for lossless data compression.
Mattern, C. (2013). Linear and geometric mixtures: analysis. Data Compression Conference.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np

from netwithin.codec.experts import neighbours as nb
from netwithin.codec.experts import picture as pic
from netwithin.codec.fixedpoint import (
    LOGIT_BITS,
    LOGIT_LIMIT,
    PROBABILITY_BITS,
    ln_fixed,
    octave_part,
    squash,
)
from netwithin.codec.lifts import LIFT, new_slots, observe
from netwithin.codec.pairs import Header
from netwithin.codec.past import Past, known
from netwithin.codec.rangecoder import decode_bit, encode_bit

WEIGHT_BITS = 27
WEIGHT_LIMIT = np.int32(8 << WEIGHT_BITS)
STEP_SHIFT = PROBABILITY_BITS + LOGIT_BITS - WEIGHT_BITS
ROUNDING = 1 << (STEP_SHIFT - 1)
BASE_LIMIT = 14 << LOGIT_BITS
DEGREE_PRIOR = 16  # 16ths of an edge that a new row or column is believed to have
HALF = 45875  # 0.7 edges in 2**-16, added to edges found and expected before their ratio is taken

BASE_INPUTS, BASE_SIZES = 6, (0, 0, 196, 384)  # the zeros: one slot for each column, and for each row
DISTANCE_INPUTS, DISTANCE_SIZES = 1, (512, 512)
NEURONS = 8
CHOICES = (1, 32, 64, 20, 32, 14, 24, 41)  # weight sets of each neuron
FINAL_CHOICES = 4
LAST_SIZES = (64 * 24, 64 * 16, 64 * 20, 64 * 16, 64 * 14)
LAST_SHARE = 50  # of each last lift, in 1/256
NORM = 32  # squared nats of input at which the learning rate is halved
FOUND, EXPECTED, POSITION = range(3)  # the scalars of a row
SEEN, LEFT = range(2)  # the scalars of a graph
RATE_BITS = 16


class Model(NamedTuple):
    """What the causal network has learnt so far; every array is updated in place.

    Attributes
    ----------
    flags : int64[3]
        Whether distance, picture and neighbours take part.
    offsets : int64[contexts]
        First slot of each context; those that the row gives have none.
    slots, last : int64[slots, 4], int64[slots, 4]
        Statistics of the contexts and of the last stage.
    last_offsets : int64[5]
        First slot of each context of the last stage.
    weights, choices : int32[sets, inputs], int64[8]
        Of the first layer, and each neuron's first set.
    final : int32[4, 8]
        Weights of the last neuron.
    expected : int64[columns]
        Edges expected in each column so far, in 2**-32.
    """

    flags: np.ndarray
    offsets: np.ndarray
    slots: np.ndarray
    last: np.ndarray
    last_offsets: np.ndarray
    weights: np.ndarray
    choices: np.ndarray
    final: np.ndarray
    expected: np.ndarray


class Row(NamedTuple):
    """What is known about the row in hand; the arrays are overwritten for each row.

    Attributes
    ----------
    around, near, density
        See `netwithin.codec.experts.picture.begin_row`.
    votes, shared, similar, similarity
        See `netwithin.codec.experts.neighbours.begin_row`.
    points : uint8[columns]
        1 or 0 where the column's node points to the row's or not, 2 where that is unknown.
    scalars : int64[3]
        Edges found in the row, edges expected of its pairs in 2**-32, pairs coded.
    """

    around: np.ndarray
    near: np.ndarray
    density: np.ndarray
    votes: np.ndarray
    shared: np.ndarray
    similar: np.ndarray
    similarity: np.ndarray
    points: np.ndarray
    scalars: np.ndarray


def new_model(header: Header, names: Sequence[str], given: Sequence[int], stored: int) -> Model:
    """The network before it has seen a pair.

    Parameters
    ----------
    header : Header
        Of the graph.
    names : sequence of str
        Experts that take part.
    given : sequence of int
        How many contexts each row-wise context can distinguish.
    stored : int
        How many logits each pair is given.
    """
    rows, columns = header.shape
    flags = np.array([name in names for name in ("distance", "picture", "neighbours")], np.int64)
    base = list(BASE_SIZES)
    base[:2] = columns, rows
    sizes, inputs = base, BASE_INPUTS
    groups = ((DISTANCE_SIZES, DISTANCE_INPUTS), (pic.SIZES, pic.INPUTS), (nb.SIZES, nb.INPUTS))
    for flag, (more, numbers) in zip(flags, groups, strict=True):
        if flag:
            sizes, inputs = [*sizes, *more], inputs + numbers
    sizes = [*sizes, *given]
    offsets = np.cumsum([0, *sizes[:-1]])
    contexts = len(sizes)
    choices = np.cumsum([0, *CHOICES[:-1]])
    weights = np.zeros((sum(CHOICES), inputs + stored + contexts), np.int32)
    weights[:, -contexts:] = (1 << WEIGHT_BITS) // 10
    if stored:
        weights[:, inputs : inputs + stored] = (1 << WEIGHT_BITS) // stored
    else:
        weights[:, 0] = 1 << WEIGHT_BITS
    last_offsets = np.cumsum([0, *LAST_SIZES[:-1]])
    final = np.full((FINAL_CHOICES, NEURONS), (1 << WEIGHT_BITS) // NEURONS, np.int32)
    slots = new_slots(sum(sizes)), new_slots(sum(LAST_SIZES))
    return Model(flags, offsets, *slots, last_offsets, weights, choices, final, np.zeros(columns, np.int64))


def new_row(header: Header, picture: bool) -> Row:
    """Room for a row."""
    rows, columns = header.shape
    densities = columns if picture and columns <= pic.MAX_DENSITY_COLUMNS else 0
    return Row(
        np.zeros((1 + pic.ROWS_AROUND, columns), np.uint8),
        np.full(columns, pic.FAR, np.int64),
        np.zeros((pic.WINDOWS, densities), np.int64),
        np.zeros((columns, nb.VOTES), np.int64),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int64),
        np.zeros(nb.SCALARS, np.int64),
        np.full(columns, 2, np.uint8),
        np.zeros(3, np.int64),
    )


def begin_row(v: int, header: Header, model: Model, past: Past, row: Row) -> None:
    """Gather what the past says about row `v`, before any of its pairs is coded.

    Parameters
    ----------
    v : int
        The row.
    header : Header
        Of the graph.
    model : Model
        Whose flags say which experts want to know.
    past : Past
        The rows coded so far.
    row : Row
        Overwritten.
    """
    square = header.kind != "bipartite"
    lists = known(past)
    row.scalars[:] = 0
    if model.flags[1]:
        pic.begin_row(v, square, *lists, row.around, row.near, row.density)
    if model.flags[2]:
        nb.begin_row(v, square, *lists, row.votes, row.shared, row.similar, row.similarity)
    if header.kind == "directed":
        _reciprocate(v, *lists, row.points)


def learn_edge(v: int, j: int, square: bool, model: Model, past: Past, row: Row) -> None:
    """Learn of the edge of row `v` to `j`, which was not decided by `code_pairs`; `row` is told."""
    row.around[0, j] = 1
    if model.flags[1]:
        pic.learn_edge(j, row.near)
    if model.flags[2]:
        nb.learn_edge(v, j, square, *known(past), row.votes, row.shared, row.similar, row.similarity)


@numba.njit(cache=True)
def _reciprocate(v, entries, start, count, done, offset, points):
    """Which nodes point to `v`, as far as that is known."""
    for u in range(len(points)):
        points[u] = 0 if done[u] else 2
    for b in range(start[offset + v], start[offset + v] + count[offset + v]):
        points[entries[b]] = 1


@numba.njit(cache=True, inline="always")
def _dot(weights, chosen, inputs):
    """Sum of logits, weighted by one set of weights: a logit."""
    total = np.int64(0)
    for k in range(len(inputs)):
        total += np.int64(inputs[k]) * np.int64(weights[chosen, k])
    return min(max(total >> WEIGHT_BITS, -LOGIT_LIMIT), LOGIT_LIMIT)


@numba.njit(cache=True, inline="always")
def _learn(weights, chosen, inputs, step):
    """Move a set of weights down the gradient of the code length; `step` is rate times error in 2**-32."""
    step = np.int64(np.int32(step))
    for k in range(len(inputs)):
        moved = np.int32(weights[chosen, k] + np.int32((np.int64(inputs[k]) * step + ROUNDING) >> STEP_SHIFT))
        weights[chosen, k] = min(max(moved, -WEIGHT_LIMIT), WEIGHT_LIMIT)


@numba.njit(cache=True, inline="always")
def _damping(inputs):
    """The part of the learning rate that is left for inputs so large, in 2**-16."""
    norm = np.int64(0)
    for k in range(len(inputs)):
        norm += np.int64(inputs[k]) * np.int64(inputs[k])
    return (NORM << RATE_BITS) // (NORM + (norm >> 2 * LOGIT_BITS))


@numba.njit(cache=True, inline="always")
def _degree_logit(degree, seen, pairs_per_edge):
    """Log odds of an edge for a node that had `degree` of them in `seen` pairs."""
    others = 16 * max(seen - degree, 0) + DEGREE_PRIOR * pairs_per_edge
    return ln_fixed(16 * degree + DEGREE_PRIOR) - ln_fixed(others)


@numba.njit(cache=True, inline="always")
def _mix(weights, chosen, inputs, final, last_set, logits, guesses):
    """Run both layers; the neurons' logits and probabilities are kept for learning."""
    for s in range(NEURONS):
        logits[s] = _dot(weights, chosen[s], inputs)
        guesses[s] = squash(logits[s])
    return _dot(final, last_set, logits)


@numba.njit(cache=True, inline="always")
def _correction(last, ends):
    """What the last stage adds to the network's logit."""
    lifts = np.int64(0)
    for k in range(len(ends)):
        lifts += last[ends[k], LIFT]
    return (lifts * LAST_SHARE) >> 8


@numba.njit(cache=True)
def code_pairs(
    decoding, v, columns, bits, given, stored, square, step, rates,
    graph_logit, pairs_per_edge, edges, counters,
    entries, start, count, done, offset,
    flags, offsets, slots, last, last_offsets, weights, choices, final, expected,
    around, near, density, votes, shared, similar, similarity, points, scalars,
    buffer, state,
):  # fmt: skip
    """Encode or decode some pairs of row `v`, in the order given, and learn from each.

    Parameters
    ----------
    decoding : bool
        Whether `bits` is to be filled rather than read.
    v : int
        The row.
    columns : int64[pairs]
        Ascending.
    bits : uint8[pairs]
        1 where the row has an edge.
    given : int64[k, pairs]
        Contexts of each pair that experts give by row.
    stored : int32[l, pairs]
        Logits of each pair that stored experts give; the first takes the base's place.
    square : bool
        Whether rows and columns are the same nodes.
    step : int
        Rows coded before this one.
    rates : int64[2]
        Learning rates of the two layers, in 2**-16.
    graph_logit, pairs_per_edge, edges : int
        Log odds of the graph's density, its inverse, and all its edges.
    counters : int64[2]
        Edges coded so far, pairs left; when all edges are seen, or all pairs left are edges, nothing
        needs coding.
    entries, start, count, done, offset
        `netwithin.codec.past.Past`.
    flags, ..., expected
        `Model`.
    around, ..., scalars
        `Row`.
    buffer, state
        The code (`netwithin.codec.rangecoder`).
    """
    symmetric = offset == 0
    distances, pictures, neighbourhoods = flags[0] != 0, flags[1] != 0, flags[2] != 0
    total_contexts, total_inputs = len(offsets), weights.shape[1]
    contexts = np.zeros(total_contexts, np.int64)
    inputs = np.zeros(total_inputs, np.int32)
    chosen = np.zeros(NEURONS, np.int64)
    logits, guesses = np.zeros(NEURONS, np.int32), np.zeros(NEURONS, np.int64)
    ends = np.zeros(len(last_offsets), np.int64)
    shift = max(6, octave_part(max(len(done), len(near)) - 1, 0) - 7)
    diagonal = v if square else v * len(near) // len(done)
    degree_v = count[v] if symmetric else (count[offset + v] if square else 0)
    exposed = step if symmetric else 0
    ln_v, ln_step = ln_fixed(1 + degree_v), ln_fixed(1 + step)
    for t in range(len(columns)):
        j = columns[t]
        if counters[SEEN] == edges or edges - counters[SEEN] == counters[LEFT]:
            if decoding:
                bits[t] = counters[SEEN] < edges
            counters[SEEN] += bits[t]
            counters[LEFT] -= 1
            continue
        found = scalars[FOUND]
        degree_j = count[offset + j]
        known = found + (degree_v if symmetric else 0)
        base = _degree_logit(degree_j, step, pairs_per_edge) - graph_logit
        base += _degree_logit(known, exposed + scalars[POSITION], pairs_per_edge)
        base = min(max(base, -BASE_LIMIT), BASE_LIMIT)
        inputs[0] = base
        if len(stored):
            base = min(max(np.int64(stored[0, t]), -BASE_LIMIT), BASE_LIMIT)
        guess = squash(base)
        in_row = ln_fixed((found << 16) + HALF) - ln_fixed((scalars[EXPECTED] >> 16) + HALF)
        in_column = ln_fixed((degree_j << 16) + HALF) - ln_fixed((expected[j] >> 16) + HALF)
        row_band, column_band = min(max((in_row >> 11) + 6, 0), 13), min(max((in_column >> 11) + 6, 0), 13)
        base_band = min(max((base >> 11) + 28, 0), 40)
        found_band, degree_band = min(octave_part(found, 0), 7), min(octave_part(degree_j, 1), 15)
        contexts[0] = offsets[0] + j
        contexts[1] = offsets[1] + v
        contexts[2] = offsets[2] + row_band * 14 + column_band
        contexts[3] = offsets[3] + (found_band * 16 + degree_band) * 3 + points[j]
        inputs[1] = 1024
        inputs[2], inputs[3] = in_row, in_column
        inputs[4] = (ln_fixed(1 + degree_j) >> 1) - (ln_step >> 2)
        inputs[5] = (ln_v >> 1) - (ln_step >> 2)
        c, m = len(BASE_SIZES), BASE_INPUTS
        distance = abs(j - diagonal)
        distance_band = min(octave_part(distance, 1), 31)
        if distances:
            contexts[c] = offsets[c] + distance_band * 16 + degree_band
            degrees_band = min(octave_part(degree_v, 1) + found_band, 15)
            contexts[c + 1] = offsets[c + 1] + distance_band * 16 + degrees_band
            inputs[m] = ln_fixed(1 + distance) >> 2
            c, m = c + len(DISTANCE_SIZES), m + DISTANCE_INPUTS
        west, north, east, near_band, other_band = 0, 0, 0, 0, 0
        common, common_band, squares_band = 0, 0, 0
        if pictures:
            other = pic.nearest_in_column(v, offset + j, entries, start, count)
            other_band = min(octave_part(other, 1), 19)
            west, north, east, near_band = pic.describe(
                v, j, distance_band, other, around, near, density, shift, offsets, c, contexts, m, inputs
            )
            c, m = c + len(pic.SIZES), m + pic.INPUTS
        if neighbourhoods:
            common, common_band, squares_band = nb.describe(
                j, degree_j, degree_v, found, points[j], votes, similarity, offsets, c, contexts, m, inputs
            )
            c, m = c + len(nb.SIZES), m + nb.INPUTS
        for k in range(len(stored)):
            inputs[m] = stored[k, t]
            m += 1
        for k in range(len(given)):
            contexts[c] = offsets[c] + given[k, t]
            c += 1
        for k in range(total_contexts):
            inputs[m + k] = slots[contexts[k], LIFT]

        chosen[0] = choices[0]
        chosen[1] = choices[1] + common_band * 2 + (1 if votes[j, nb.FOUND] > 0 else 0)
        chosen[2] = choices[2] + west * 16 + north * 4 + east
        chosen[3] = choices[3] + near_band
        chosen[4] = choices[4] + degree_band * 2 + (1 if found > 0 else 0)
        chosen[5] = choices[5] + row_band
        chosen[6] = choices[6] + squares_band
        chosen[7] = choices[7] + base_band
        last_set = min(common, FINAL_CHOICES - 1)
        logit = _mix(weights, chosen, inputs, final, last_set, logits, guesses)
        mixed = squash(logit)
        logit_band = min(max((logit + LOGIT_LIMIT) >> 11, 0), 63)
        ends[0] = last_offsets[0] + logit_band * 24 + squares_band
        ends[1] = last_offsets[1] + logit_band * 16 + degree_band
        ends[2] = last_offsets[2] + logit_band * 20 + min(near_band, other_band)
        ends[3] = last_offsets[3] + logit_band * 16 + common_band
        ends[4] = last_offsets[4] + logit_band * 14 + row_band
        probability = squash(logit + _correction(last, ends))

        if decoding:
            bits[t] = decode_bit(buffer, state, probability)
        else:
            encode_bit(buffer, state, probability, bits[t])
        bit = np.int64(bits[t])
        target = bit << PROBABILITY_BITS
        _learn(final, last_set, logits, ((target - mixed) * rates[1]) >> RATE_BITS)
        rate = (rates[0] * _damping(inputs)) >> RATE_BITS
        for s in range(NEURONS):
            _learn(weights, chosen[s], inputs, ((target - guesses[s]) * rate) >> RATE_BITS)
        for k in range(total_contexts):
            observe(slots, contexts[k], bit, guess)
        for k in range(len(ends)):
            observe(last, ends[k], bit, mixed)
        scalars[EXPECTED] += mixed
        scalars[POSITION] += 1
        expected[j] += mixed
        counters[SEEN] += bit
        counters[LEFT] -= 1
        around[0, j] = bit
        if bit:
            scalars[FOUND] += 1
            if pictures:
                pic.learn_edge(j, near)
            if neighbourhoods:
                nb.learn_edge(
                    v, j, square, entries, start, count, done, offset, votes, shared, similar, similarity
                )
