"""A binary arithmetic coder in integers: 56-bit range, carries carried back into the buffer.

Code is a pair of arrays, so that the compiled loops can pass it around: `buffer` holds the bytes and
`state` the integers `LOW`, `RANGE`, `POSITION`. The encoder keeps the interval [low, low + range);
the decoder keeps in `LOW` how far the code lies above the interval's lower end. Bytes beyond the end
of a code read as zero, which is why the encoder may leave trailing zero bytes away.

References
----------
Martin, G. N. N. (1979). Range encoding: an algorithm for removing redundancy from a digitised message.
"""

import numba
import numpy as np

LOW, RANGE, POSITION = 0, 1, 2
TOP_BITS = 56
BOTTOM_BITS = 48
CODE_BYTES = TOP_BITS // 8  # bytes that the decoder reads ahead


def start_encoding() -> tuple[np.ndarray, np.ndarray]:
    """Make an empty code.

    Returns
    -------
    buffer : uint8 array
        Grown with `reserve`.
    state : int64[3]
        Low end, range and position.
    """
    return np.zeros(1 << 12, np.uint8), np.array([0, 1 << TOP_BITS, 0], np.int64)


def reserve(buffer: np.ndarray, state: np.ndarray, decisions: int) -> np.ndarray:
    """Give a buffer with room for so many more decisions, of at most four bytes each."""
    need = int(state[POSITION]) + 4 * decisions + CODE_BYTES
    if need <= len(buffer):
        return buffer
    grown = np.zeros(2 * need, np.uint8)
    grown[: len(buffer)] = buffer
    return grown


def finish_encoding(buffer: np.ndarray, state: np.ndarray) -> bytes:
    """Close a code with the shortest number in its interval.

    Returns
    -------
    bytes
        Without trailing zeros among the last 7 bytes, which a decoder supplies.
    """
    low, width, position = (int(x) for x in state)
    end = low + width - 1
    for bits in range(BOTTOM_BITS, -1, -8):
        value = (low + (1 << bits) - 1) >> bits << bits
        if value <= end:
            break
    head = int.from_bytes(bytes(buffer[:position]), "big")
    code = ((head << TOP_BITS) + value).to_bytes(position + CODE_BYTES, "big")  # a carry runs into the head
    return code[:position] + code[position:].rstrip(b"\0")


def is_exhausted(code: bytes, state: np.ndarray) -> bool:
    """Whether a decoder has read all of a code, and no more than the zeros that were left away."""
    return 0 <= int(state[POSITION]) - len(code) <= CODE_BYTES


def is_overdrawn(code: bytes, state: np.ndarray) -> bool:
    """Whether a decoder has read beyond the end of a code and the zeros that were left away."""
    return int(state[POSITION]) - len(code) > CODE_BYTES


def start_decoding(code: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Open a code; the arrays are those of `start_encoding`."""
    buffer = np.frombuffer(code, np.uint8).copy()  # compiled code is made for writable arrays
    first = int.from_bytes(code[:CODE_BYTES].ljust(CODE_BYTES, b"\0"), "big")
    return buffer, np.array([first, 1 << TOP_BITS, CODE_BYTES], np.int64)


@numba.njit(cache=True)
def encode_bit(buffer, state, probability, bit):
    """Append a decision whose chance of being 1 is `probability` / 2**32."""
    bound = (state[RANGE] >> 32) * probability
    if bit:
        width = bound
        low = state[LOW]
    else:
        width = state[RANGE] - bound
        low = state[LOW] + bound
    if low >= 1 << TOP_BITS:
        low -= 1 << TOP_BITS
        k = state[POSITION] - 1
        while buffer[k] == 255:
            buffer[k] = 0
            k -= 1
        buffer[k] += 1
    while width < 1 << BOTTOM_BITS:
        buffer[state[POSITION]] = low >> BOTTOM_BITS
        state[POSITION] += 1
        low = (low & ((1 << BOTTOM_BITS) - 1)) << 8
        width <<= 8
    state[LOW] = low
    state[RANGE] = width


@numba.njit(cache=True)
def decode_bit(buffer, state, probability):
    """Read a decision whose chance of being 1 is `probability` / 2**32."""
    bound = (state[RANGE] >> 32) * probability
    if state[LOW] < bound:
        bit = 1
        state[RANGE] = bound
    else:
        bit = 0
        state[LOW] -= bound
        state[RANGE] -= bound
    while state[RANGE] < 1 << BOTTOM_BITS:
        byte = 0
        if state[POSITION] < len(buffer):
            byte = np.int64(buffer[state[POSITION]])
        state[POSITION] += 1
        state[LOW] = (state[LOW] << 8) | byte
        state[RANGE] <<= 8
    return bit
