"""Integer arithmetic that gives the same result on every machine.

The decoder may use nothing that rounds differently elsewhere, so logarithm, logistic function and
sine are tables of integers. They are computed once with `decimal`, whose arithmetic is specified to
the last digit, never with the machine's `libm`; `book/format.md` defines them so that another
program can make the same ones.

Units: a *logit* is an integer in 1/4096 of a nat, clipped to +-16 nats; a *probability* is an
integer in units of 2**-32; an *angle* is an integer in 2**-32 of a turn; an *activation* is an
integer in 2**-12.
"""

from decimal import Decimal, localcontext

import numba
import numpy as np

LOGIT_BITS = 12
LOGIT_LIMIT = 16 << LOGIT_BITS
PROBABILITY_BITS = 32
SQUASH_STEP_BITS = 6  # the logistic table has a point every 64 logit units, 1/64 nat
LOG_INDEX_BITS = 12
LOG_SHIFT, LOG_MASK = 52 - LOG_INDEX_BITS, (1 << LOG_INDEX_BITS) - 1  # the top of a double's fraction
LOG_BITS = 16
SINE_INDEX_BITS = 12
ACTIVATION_BITS = 12


def _squash_table() -> np.ndarray:
    """Round 2**32 / (1 + exp(-x)) at x = -16, -16 + 1/64, ..., 16; int64[2049]."""
    with localcontext(prec=40):
        points = [Decimal(k) / 64 for k in range(-1024, 1025)]
        return np.array([round((1 << PROBABILITY_BITS) / (1 + (-x).exp())) for x in points], np.int64)


def _log_table() -> np.ndarray:
    """Round 2**16 ln(1 + k / 4096) for k = 0..4095; int64[4096]."""
    with localcontext(prec=40):
        size = 1 << LOG_INDEX_BITS
        points = [1 + Decimal(k) / size for k in range(size)]
        return np.array([round((1 << LOG_BITS) * x.ln()) for x in points], np.int64)


def _ln2() -> int:
    """Round 2**16 ln 2."""
    with localcontext(prec=40):
        return round((1 << LOG_BITS) * Decimal(2).ln())


def _sine_table() -> np.ndarray:
    """Round 2**12 sin(2 pi k / 4096) for k = 0..4095; int32[4096].

    One small rotation, repeated, is exact to far more digits than the table keeps.
    """
    size = 1 << SINE_INDEX_BITS
    with localcontext(prec=60):
        pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
        step = 2 * pi / size
        cosine, sine, term = Decimal(0), Decimal(0), Decimal(1)
        for k in range(40):  # Taylor series of exp(i step)
            if k % 2 == 0:
                cosine += term * (-1) ** (k // 2)
            else:
                sine += term * (-1) ** (k // 2)
            term = term * step / (k + 1)
        x, y, table = Decimal(1), Decimal(0), []
        for _ in range(size):
            table.append(round((1 << ACTIVATION_BITS) * y))
            x, y = x * cosine - y * sine, x * sine + y * cosine
    return np.array(table, np.int32)


SQUASH = _squash_table()
LOG = _log_table()
LN2 = _ln2()
SINE = _sine_table()
LN = (LOG >> (LOG_BITS - LOGIT_BITS)).astype(np.int16)
LOGIT_LN2 = LN2 >> (LOG_BITS - LOGIT_BITS)


@numba.njit(cache=True, inline="always")
def log_fixed(x: int) -> int:
    """Natural logarithm of a positive integer, in 2**-16 nats.

    Parameters
    ----------
    x : int
        1 <= x < 2**53, so that its conversion to a double is exact; the double's exponent and the first 12
        bits of its fraction are the integer's, on every machine.

    Returns
    -------
    int
        At most 16 units (2**-12 nats) below the true value, from the leading 13 bits of `x`.

    Examples
    --------
    >>> round(log_fixed(1000) / 2**16, 2)
    6.91
    """
    double = np.float64(x).view(np.int64)
    return ((double >> 52) - 1023) * LN2 + LOG[(double >> LOG_SHIFT) & LOG_MASK]


@numba.njit(cache=True, inline="always")
def ln_fixed(x: int) -> int:
    """Natural logarithm of a positive integer, in 2**-12 nats, the units of a logit.

    Coarser than `log_fixed` (0.005 nats below the true value at most), from a table a quarter the size. From
    2**53 on the number is first rounded to a double, halves to even.
    """
    double = np.float64(x).view(np.int64)
    return ((double >> 52) - 1023) * LOGIT_LN2 + LN[(double >> LOG_SHIFT) & LOG_MASK]


@numba.njit(cache=True, inline="always")
def octave_part(x: int, bits: int) -> int:
    """Number the bands of a magnitude, 2**bits equal parts to each octave, from 1; 0 for 0 and below.

    Examples
    --------
    >>> [octave_part(x, 1) for x in range(9)]
    [0, 1, 3, 4, 5, 5, 6, 6, 7]
    """
    if x <= 0:
        return 0
    return 1 + (np.float64(x).view(np.int64) >> (52 - bits)) - (1023 << bits)


@numba.njit(cache=True)
def squash(logit: int) -> int:
    """Logistic function of a logit, in units of 2**-32, by linear interpolation in a table.

    Parameters
    ----------
    logit : int
        In 2**-12 nats; clipped to +-16 nats.

    Returns
    -------
    int
        A probability from 483 to 2**32 - 483, never 0 or 2**32.

    Examples
    --------
    >>> squash(0) == 2**31
    True
    """
    clipped = min(max(logit, -LOGIT_LIMIT), LOGIT_LIMIT - 1) + LOGIT_LIMIT
    index = clipped >> SQUASH_STEP_BITS
    rest = clipped & ((1 << SQUASH_STEP_BITS) - 1)
    low, high = SQUASH[index], SQUASH[index + 1]
    return low + (((high - low) * rest) >> SQUASH_STEP_BITS)
