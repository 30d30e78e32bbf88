"""Numbers as bytes, seven bits a byte, lowest first, the top bit set on all bytes but the last (LEB128)."""

import numpy as np

from netwithin.codec.errors import FormatError

MOST_BYTES = 9  # of a number in an array: 63 bits


def varint(value: int) -> bytes:
    """A number >= 0 of any size.

    Examples
    --------
    >>> varint(300)
    b'\\xac\\x02'
    """
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def varints(values: np.ndarray) -> bytes:
    """The `varint` of each of many numbers, one after the other.

    Parameters
    ----------
    values : int64 array
        Not negative.

    Examples
    --------
    >>> varints(np.array([1, 300, 2]))
    b'\\x01\\xac\\x02\\x02'
    """
    values = np.asarray(values, np.int64)
    lengths = np.ones(len(values), np.int64)
    for k in range(1, MOST_BYTES):
        lengths += values >> 7 * k > 0
    last = np.cumsum(lengths) - 1
    out = np.empty(int(lengths.sum()), np.uint8)
    for k in range(MOST_BYTES):
        longer = lengths > k
        more = lengths[longer] > k + 1
        out[last[longer] - lengths[longer] + 1 + k] = values[longer] >> 7 * k & 127 | more << 7
    return out.tobytes()


def read_varints(data: bytes, most: int | None = None) -> np.ndarray:
    """Undo `varints`; int64.

    Parameters
    ----------
    data : bytes
        What that returned.
    most : int, optional
        Refuse more numbers: each takes the memory of some dozens of bytes.

    Raises
    ------
    FormatError
        If the last number is cut short, a number leaves 63 bits, or there are more than `most`.
    """
    octets = np.frombuffer(data, np.uint8)
    ends = octets < 128
    if most is not None and np.count_nonzero(ends) > most:
        raise FormatError("the file holds more numbers than it can need")
    last = np.flatnonzero(ends)
    if len(octets) and (not len(last) or last[-1] != len(octets) - 1):
        raise FormatError("a number in the file is cut short")
    lengths = np.diff(last, prepend=-1)
    if len(lengths) and lengths.max() > MOST_BYTES:
        raise FormatError("a number in the file is out of bounds")
    values = np.zeros(len(last), np.int64)
    for k in range(int(lengths.max(initial=0))):
        longer = lengths > k
        octet = octets[last[longer] - lengths[longer] + 1 + k].astype(np.int64)
        values[longer] |= (octet & 127) << 7 * k
    return values


class Reader:
    """Takes bytes apart, front to back.

    Parameters
    ----------
    data : bytes or mmap
        What is to be read.
    stop : int, optional
        Where to end; by default behind the last byte.

    Raises
    ------
    FormatError
        By every method that wants more bytes than there are.
    """

    def __init__(self, data, stop: int | None = None):
        self._data, self.position = data, 0
        self._stop = len(data) if stop is None else stop

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > self.left:
            raise FormatError("the file is cut short")
        self.position += size
        return self._data[self.position - size : self.position]

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return self._stop - self.position

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(self.left)

    def since(self, start: int) -> bytes:
        """The bytes from `start` to where reading has come."""
        return self._data[start : self.position]

    def varint(self) -> int:
        """The next number, below 2**70."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise FormatError("a number in the file is out of bounds")
