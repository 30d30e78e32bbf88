"""Contexts that correct a prediction: how many edges they saw against how many were expected.

A context that only counts its edges must learn from nothing that hubs have many. Here a context counts
what it sees *and* what a first prediction, the base, expected of the same pairs. The log of the ratio of
the two odds, its *lift*, is what the context knows beyond the base: 0 before it has seen anything, and 0
again if the base was right.
"""

import numba
import numpy as np

from netwithin.codec.fixedpoint import LOGIT_LIMIT, PROBABILITY_BITS, ln_fixed

PAIR_BITS = 28  # one pair is 2**28 in a slot
PRIOR = (2 << PAIR_BITS) // 5  # 0.4 pairs on either side: a new context is believed little
SLOT_LIMIT = 1 << 52  # beyond 2**24 pairs a slot's counts are halved
YOUNG, REFRESH = 16 << PAIR_BITS, 8
PAIRS, EDGES, EXPECTED, LIFT = range(4)  # the columns of a slot


def new_slots(contexts: int) -> np.ndarray:
    """Slots of contexts that have seen nothing.

    Returns
    -------
    int64[contexts, 4]
        Pairs seen, edges seen and edges expected, in units of 2**-28, and the lift, in 2**-12 nats.
    """
    return np.zeros((contexts, 4), np.int64)


@numba.njit(cache=True, inline="always")
def observe(slots, s, bit, probability):
    """Count one pair in slot `s`: what it was, and the base's probability, in 2**-32, that it is an edge.

    The lift follows every edge, every pair while the slot is young, and every eighth pair later.

    Parameters
    ----------
    slots : int64[contexts, 4]
        As from `new_slots`.
    s : int
        The context.
    bit : int
        1 for an edge, 0 for none.
    probability : int
        At least 1 and below 2**32.
    """
    slots[s, PAIRS] += 1 << PAIR_BITS
    slots[s, EDGES] += bit << PAIR_BITS
    slots[s, EXPECTED] += probability >> (PROBABILITY_BITS - PAIR_BITS)
    if bit or slots[s, PAIRS] < YOUNG or (slots[s, PAIRS] >> PAIR_BITS) & (REFRESH - 1) == 0:
        _refresh(slots, s)


@numba.njit(cache=True)
def _refresh(slots, s):
    """Take the lift anew from the counts, which are halved when there are too many."""
    if slots[s, PAIRS] > SLOT_LIMIT:
        for k in range(LIFT):
            slots[s, k] >>= 1
    pairs, edges, expected = slots[s, PAIRS], slots[s, EDGES], slots[s, EXPECTED]
    seen = ln_fixed(edges + PRIOR) - ln_fixed(pairs - edges + PRIOR)
    lift = seen - ln_fixed(expected + PRIOR) + ln_fixed(pairs - expected + PRIOR)
    slots[s, LIFT] = min(max(lift, -LOGIT_LIMIT), LOGIT_LIMIT)
