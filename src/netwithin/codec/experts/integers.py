"""Small signed integers as an arithmetic code: how a file keeps what an expert learnt."""

import numba
import numpy as np

from netwithin.codec.fixedpoint import squash
from netwithin.codec.mixer import UNIT, context_logit
from netwithin.codec.rangecoder import (
    decode_bit,
    encode_bit,
    finish_encoding,
    is_exhausted,
    reserve,
    start_decoding,
    start_encoding,
)

PLAIN, LENGTHS, UNARY = 0, 1, 2
HALF = 1 << 31


def pack_integers(values: np.ndarray, groups: np.ndarray, bits: int, form: int) -> bytes:
    """Code integers.

    Parameters
    ----------
    values : int64[k]
        Signed; plain ones of `bits` bits, others of magnitudes below 2**bits.
    groups : int64[k]
        Which integers share statistics; groups are counted from 0.
    bits : int
        At least 1.
    form : int
        `PLAIN`: even decisions. `LENGTHS`: the length of the magnitude in unary, with statistics for each
        group and length, then the bits below the leading one and the sign, evenly: for integers of any
        size. `UNARY`: the magnitude itself in unary, then the sign, all with statistics: for small ones.

    Returns
    -------
    bytes
        A code that `unpack_integers` reads, if it is told the same.

    Examples
    --------
    >>> values, groups = np.array([3, 0, -1]), np.zeros(3, np.int64)
    >>> unpack_integers(pack_integers(values, groups, 4, UNARY), groups, 4, UNARY).tolist()
    [3, 0, -1]
    """
    most = int(np.abs(values).sum()) + 2 * len(values) if form == UNARY else 2 * (bits + 1) * len(values)
    buffer, state = start_encoding()
    buffer = reserve(buffer, state, most)
    _code(False, values.astype(np.int64), groups, bits, form, _counts(groups, bits, form), buffer, state)
    return finish_encoding(buffer, state)


def unpack_integers(code: bytes, groups: np.ndarray, bits: int, form: int) -> np.ndarray | None:
    """Undo `pack_integers`.

    Parameters
    ----------
    code : bytes
        All that it returned.
    groups : int64[k]
        As it was told.
    bits, form : int
        As it was told.

    Returns
    -------
    int64[k] or None
        None if the code is shorter or longer than that.
    """
    values = np.zeros(len(groups), np.int64)
    buffer, state = start_decoding(code)
    _code(True, values, groups, bits, form, _counts(groups, bits, form), buffer, state)
    return values if is_exhausted(code, state) else None


def _counts(groups: np.ndarray, bits: int, form: int) -> np.ndarray:
    """Fresh statistics: of each group, for each step in unary and, last, for the sign."""
    steps = 1 << bits if form == UNARY else bits + 1
    return np.full((int(groups.max(initial=0)) + 1, steps, 2), UNIT, np.int64)


@numba.njit(cache=True)
def _code_learning(decoding, bit, count, buffer, state):
    """Encode or decode a decision by its statistics, and add it to them."""
    probability = squash(context_logit(count))
    if decoding:
        bit = np.int64(decode_bit(buffer, state, probability))
    else:
        encode_bit(buffer, state, probability, bit)
    count[bit] += 2 * UNIT
    return bit


@numba.njit(cache=True)
def _code_evenly(decoding, value, bits, buffer, state):
    """Encode or decode `bits` even decisions, highest first."""
    read = np.int64(0)
    for b in range(bits - 1, -1, -1):
        if decoding:
            read |= np.int64(decode_bit(buffer, state, HALF)) << b
        else:
            encode_bit(buffer, state, HALF, (value >> b) & 1)
    return read if decoding else value


@numba.njit(cache=True)
def _code(decoding, values, groups, bits, form, counts, buffer, state):
    """Encode or decode integers in one of the three forms."""
    most = (1 << bits) - 1 if form == UNARY else bits
    for n in range(len(values)):
        if form == PLAIN:
            half = 1 << (bits - 1)
            values[n] = _code_evenly(decoding, values[n] + half, bits, buffer, state) - half
            continue
        count = counts[groups[n]]
        magnitude = abs(values[n])
        size = 0
        while size < most:
            left = magnitude - size if form == UNARY else magnitude >> size
            if not _code_learning(decoding, np.int64(left != 0), count[size], buffer, state):
                break
            size += 1
        negative = np.int64(values[n] < 0)
        if form == UNARY:
            magnitude = np.int64(size)
            if size:
                negative = _code_learning(decoding, negative, count[most], buffer, state)
        elif size:
            rest = magnitude & ((1 << (size - 1)) - 1)
            magnitude = (1 << (size - 1)) | _code_evenly(decoding, rest, size - 1, buffer, state)
            negative = _code_evenly(decoding, negative, 1, buffer, state)
        values[n] = -magnitude if negative else magnitude if size else 0
