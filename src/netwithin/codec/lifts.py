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


def new_slots(contexts: int) -> np.ndarray:
    """Slots of contexts that have seen nothing.

    Returns
    -------
    int64[contexts, 4]
        Non-edges and edges seen, non-edges and edges expected, in units of 2**-28 pairs.
    """
    return np.zeros((contexts, 4), np.int64)


@numba.njit(cache=True, inline="always")
def lift(slots, s):
    """What slot `s` adds to the base's logit, in 2**-12 nats, within +-16 nats."""
    seen = ln_fixed(slots[s, 1] + PRIOR) - ln_fixed(slots[s, 0] + PRIOR)
    expected = ln_fixed(slots[s, 3] + PRIOR) - ln_fixed(slots[s, 2] + PRIOR)
    return min(max(seen - expected, -LOGIT_LIMIT), LOGIT_LIMIT)


@numba.njit(cache=True, inline="always")
def observe(slots, s, bit, probability):
    """Count one pair in slot `s`: what it was, and the base's probability, in 2**-32, that it is an edge."""
    expected = probability >> (PROBABILITY_BITS - PAIR_BITS)
    slots[s, bit] += 1 << PAIR_BITS
    slots[s, 2] += (1 << PAIR_BITS) - expected
    slots[s, 3] += expected
    if slots[s, bit] > SLOT_LIMIT:
        for k in range(4):
            slots[s, k] >>= 1
