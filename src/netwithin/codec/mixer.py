"""The online mixer: experts' logits in, one probability out, and a lesson learnt from each pair.

The mixer is a network of one logistic neuron. It gives each expert a weight, adds up the weighted
logits, and after each pair moves the weights down the gradient of the pair's code length. Encoder and
decoder see the same pairs in the same order, so both learn the same weights and none is stored.

Half of the experts' work is done here too: an expert may hand over a *context* for each pair instead
of a logit, and `code_row` keeps for each context how many edges and non-edges it has seen (a
Krichevsky-Trofimov estimate with the graph's density as its prior).

References
----------
Mattern, C. (2013). Linear and geometric mixtures: analysis. Data Compression Conference.
Krichevsky, R., Trofimov, V. (1981). The performance of universal encoding. IEEE Trans. Inf. Theory.
"""

import numba
import numpy as np

from netwithin.codec.fixedpoint import LOG_BITS, LOGIT_BITS, PROBABILITY_BITS, log_fixed, squash
from netwithin.codec.rangecoder import decode_bit, encode_bit

UNIT = 1 << 24  # one observed pair in a context's counts
COUNT_LIMIT = 1 << 40  # 65,536 pairs: beyond it a context's counts are halved
WEIGHT_BITS = 32
WEIGHT_LIMIT = 16 << WEIGHT_BITS


def new_counts(contexts: int, edges: int, pairs: int) -> np.ndarray:
    """Counts of contexts that have seen nothing but the graph's density.

    Parameters
    ----------
    contexts : int
        How many.
    edges, pairs : int
        0 < edges < pairs: together one pair's worth of prior belief.

    Returns
    -------
    int64[contexts, 2]
        Non-edges and edges seen, in units of 2**-24 pairs.
    """
    ones = min(max(UNIT * edges // pairs, 1), UNIT - 1)
    return np.tile(np.array([UNIT - ones, ones], np.int64), (contexts, 1))


@numba.njit(cache=True)
def context_logit(count):
    """Log odds of an edge in a context with these two counts, in 2**-12 nats."""
    return (log_fixed(count[1]) - log_fixed(count[0])) >> (LOG_BITS - LOGIT_BITS)


@numba.njit(cache=True)
def code_row(decoding, bits, contexts, logits, counts, weights, rate, buffer, state, seen, edges, left):
    """Encode or decode the pairs of one row.

    Parameters
    ----------
    decoding : bool
        Whether `bits` is to be filled rather than read.
    bits : uint8[pairs]
        1 where the row has an edge.
    contexts : int64[k, pairs]
        For each adaptive input, the row of `counts` that speaks for each pair.
    logits : int32[l, pairs]
        For each stored input, its logit for each pair.
    counts : int64[contexts, 2]
        See `new_counts`; updated.
    weights : int64[k + l]
        In units of 2**-32; updated unless there is a single input.
    rate : int
        Learning rate of the mixer, 2**-rate.
    buffer, state
        The code (`netwithin.codec.rangecoder`); updated.
    seen, edges, left : int
        Edges coded before this row, edges of the graph, pairs from this row on. When all edges are
        seen, or all pairs left are edges, nothing needs coding.

    Returns
    -------
    int
        Edges coded so far, this row included.
    """
    adaptive, total = len(contexts), len(contexts) + len(logits)
    inputs = np.zeros(total, np.int64)
    for j in range(len(bits)):
        if seen == edges or edges - seen == left:
            if decoding:
                bits[j] = seen < edges
            seen += bits[j]
            left -= 1
            continue
        for k in range(adaptive):
            inputs[k] = context_logit(counts[contexts[k, j]])
        for k in range(adaptive, total):
            inputs[k] = logits[k - adaptive, j]
        logit = 0
        for k in range(total):
            logit += weights[k] * inputs[k]
        logit >>= WEIGHT_BITS
        probability = squash(logit)
        if decoding:
            bits[j] = decode_bit(buffer, state, probability)
        else:
            encode_bit(buffer, state, probability, bits[j])
        bit = np.int64(bits[j])
        for k in range(adaptive):
            c = contexts[k, j]
            counts[c, bit] += UNIT
            if counts[c, bit] > COUNT_LIMIT:
                counts[c, 0] = (counts[c, 0] + 1) >> 1
                counts[c, 1] = (counts[c, 1] + 1) >> 1
        if total > 1:
            error = (bit << PROBABILITY_BITS) - probability
            shift = LOGIT_BITS + rate
            for k in range(total):
                step = (inputs[k] * error + (1 << (shift - 1))) >> shift
                weights[k] = min(max(weights[k] + step, -WEIGHT_LIMIT), WEIGHT_LIMIT)
        seen += bit
        left -= 1
    return seen
