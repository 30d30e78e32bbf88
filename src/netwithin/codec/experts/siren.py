"""The expert that was learnt: a small sine network, stored as integers.

The network maps a pair's two coordinates, scaled to [-1, 1], to the log odds of an edge. Its sine
layers work in turns rather than radians, so that an angle is an integer that wraps around by itself
and sine is a table look-up. Every step is a sum, a product or a shift of integers: the file's network
gives the same logits on every machine.

    column j --x--+                    (weights are integers of at most 8 bits,
                  +--[sine layer]--...--[sine layer]--[linear]-- logit      one scale a layer)
    row    i --x--+
"""

from dataclasses import dataclass

import numba
import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.experts.base import Expert
from netwithin.codec.fixedpoint import (
    LOGIT_BITS,
    LOGIT_LIMIT,
    SINE,
    SINE_INDEX_BITS,
    squash,
)
from netwithin.codec.mixer import UNIT, context_logit
from netwithin.codec.pairs import Header
from netwithin.codec.rangecoder import (
    decode_bit,
    encode_bit,
    finish_encoding,
    is_exhausted,
    reserve,
    start_decoding,
    start_encoding,
)

ANGLE_BITS = 32
COORDINATE_BITS = 31
SCALE_BITS = 16
SCALE_MANTISSAS = (128, 140, 152, 166, 181, 197, 215, 235)  # 128 * 2**(k / 8)
MAX_FIRST_EXPONENT, MAX_EXPONENT = 15, 24  # beyond them a product could leave 64 bits
MAX_LAYERS, MAX_WIDTH, MAX_BITS = 32, 255, 8
MAX_INTEGERS = 1 << 16  # so that a pair takes microseconds, whatever a file says
OUTPUT_BIAS_BITS = 8  # of a nat
BLOCK = 256  # columns at a time, so that the activations stay in the cache


@dataclass(frozen=True)
class Integers:
    """The integers that are a sine network.

    Attributes
    ----------
    bits : int
        Width of a weight and of a bias, 2 to 8; a weight lies within +-(2**(bits - 1) - 1).
    scales : uint8[layers + 1]
        Size of each layer's unit weight, the output's last: 8 steps an octave.
    first : int64[width, 2]
        Weights of row and column coordinate.
    hidden : int64[layers - 1, width, width]
        Weights of the other sine layers, [to, from].
    biases : int64[layers, width]
        In 2**-bits turns, within [-2**(bits - 1), 2**(bits - 1)).
    output : int64[width]
        Weights of the logit.
    output_bias : int
        In 2**-8 nats, 16 bits.
    """

    bits: int
    scales: np.ndarray
    first: np.ndarray
    hidden: np.ndarray
    biases: np.ndarray
    output: np.ndarray
    output_bias: int

    @property
    def layers(self) -> int:
        """How many sine layers."""
        return len(self.biases)

    @property
    def width(self) -> int:
        """How many units each of them has."""
        return len(self.output)

    def flat(self) -> tuple[np.ndarray, np.ndarray]:
        """All weights and biases in the file's order, and for each the group whose statistics it shares."""
        parts = (self.first, self.hidden, self.output, self.biases)
        groups = np.repeat(np.arange(len(parts)), [part.size for part in parts])
        return np.concatenate([part.ravel() for part in parts]).astype(np.int64), groups


def coordinates(size: int) -> np.ndarray:
    """Coordinates of `size` nodes from -1 to 1, in units of 2**-31; int64[size]."""
    span = max(size - 1, 1)
    return (2 * np.arange(size, dtype=np.int64) - (size - 1)) * ((1 << COORDINATE_BITS) // span)


def multiplier(scale: int) -> int:
    """The factor, in 2**-16, that the byte `scale` stands for."""
    return SCALE_MANTISSAS[scale & 7] << (scale >> 3)


@numba.njit(cache=True)
def _row_logits(row, columns, first, hidden, output, biases, factors, output_bias):
    """Run the network on the pairs (row, columns): coordinates in, logits out; int32[pairs]."""
    layers, width = biases.shape
    index_shift = ANGLE_BITS - SINE_INDEX_BITS
    mask = (1 << SINE_INDEX_BITS) - 1
    logits = np.empty(len(columns), np.int32)
    now = np.empty((width, BLOCK), np.int32)
    then = np.empty((width, BLOCK), np.int32)
    sums = np.empty(BLOCK, np.int32)
    for start in range(0, len(columns), BLOCK):
        size = min(BLOCK, len(columns) - start)
        for h in range(width):
            from_row = first[h, 0] * factors[0] * row
            from_column = first[h, 1] * factors[0]
            for j in range(size):
                angle = ((from_row + from_column * columns[start + j]) >> SCALE_BITS) + biases[0, h]
                now[h, j] = SINE[(angle >> index_shift) & mask]
        for layer in range(layers - 1):
            for h in range(width):
                sums[:size] = 0
                for k in range(width):
                    weight = hidden[layer, h, k]
                    for j in range(size):
                        sums[j] += weight * now[k, j]
                for j in range(size):
                    angle = ((np.int64(sums[j]) * factors[layer + 1]) >> SCALE_BITS) + biases[layer + 1, h]
                    then[h, j] = SINE[(angle >> index_shift) & mask]
            now, then = then, now
        sums[:size] = 0
        for k in range(width):
            weight = output[k]
            for j in range(size):
                sums[j] += weight * now[k, j]
        for j in range(size):
            logit = ((np.int64(sums[j]) * factors[layers]) >> SCALE_BITS) + output_bias
            logits[start + j] = min(max(logit, -LOGIT_LIMIT), LOGIT_LIMIT)
    return logits


@numba.njit(cache=True)
def _code_integers(decoding, values, groups, bits, adaptive, buffer, state):
    """Encode or decode signed integers of `bits` bits.

    Plainly, each as `bits` even decisions. Adaptively, as the length of its magnitude in unary, with
    statistics for each group and length, then its sign and the bits below the leading one, evenly.
    """
    half = np.int64(1) << 31
    counts = np.full((4, bits + 1, 2), UNIT, np.int64)
    for n in range(len(values)):
        value = np.int64(0)
        if not adaptive:
            for b in range(bits - 1, -1, -1):
                if decoding:
                    value |= decode_bit(buffer, state, half) << b
                else:
                    encode_bit(buffer, state, half, ((values[n] + (1 << (bits - 1))) >> b) & 1)
            if decoding:
                values[n] = value - (1 << (bits - 1))
            continue
        magnitude = abs(values[n])
        length = 0
        while length < bits:
            count = counts[groups[n], length]
            probability = squash(context_logit(count))
            if decoding:
                more = np.int64(decode_bit(buffer, state, probability))
            else:
                more = np.int64(magnitude >> length != 0)
                encode_bit(buffer, state, probability, more)
            count[more] += 2 * UNIT
            if not more:
                break
            length += 1
        if length == 0:
            values[n] = 0
            continue
        if decoding:
            value = np.int64(1)
        for b in range(length - 2, -1, -1):
            if decoding:
                value = (value << 1) | decode_bit(buffer, state, half)
            else:
                encode_bit(buffer, state, half, (magnitude >> b) & 1)
        if decoding:
            negative = decode_bit(buffer, state, half)
            values[n] = -value if negative else value
        else:
            encode_bit(buffer, state, half, np.int64(values[n] < 0))


class Siren(Expert):
    """A stored sine network over the pair's two labels.

    Parameters
    ----------
    integers : Integers
        From `netwithin.codec.training` or from a file.

    Examples
    --------
    >>> zeros = np.zeros
    >>> net = Integers(4, zeros(2, np.uint8), zeros((3, 2), np.int64), zeros((0, 3, 3), np.int64),
    ...                zeros((1, 3), np.int64), zeros(3, np.int64), output_bias=256)
    >>> expert = Siren.from_payload(Siren(net).payload())
    >>> expert.begin(Header("undirected", (4, 4), loops=False, edges=3))
    0
    >>> expert.logits(0, np.array([1, 2, 3]), [])
    array([[4096, 4096, 4096]], dtype=int32)
    """

    name = "siren"
    code = 3

    def __init__(self, integers: Integers):
        self.integers = integers

    def begin(self, header: Header) -> int:
        """Scale the labels; no contexts."""
        net = self.integers
        self._rows, self._columns = (coordinates(size) for size in header.shape)
        factors = np.array([multiplier(int(scale)) for scale in net.scales], np.int64)
        bias_shift = ANGLE_BITS - net.bits
        output_bias = net.output_bias << (LOGIT_BITS - OUTPUT_BIAS_BITS)
        self._network = (
            net.first,
            net.hidden.astype(np.int32),
            net.output.astype(np.int32),
            net.biases << bias_shift,
            factors,
            output_bias,
        )
        return 0

    def logits(self, i: int, candidates: np.ndarray, past: list[np.ndarray]) -> np.ndarray:
        """The network's log odds; int32[1, pairs]."""
        return _row_logits(self._rows[i], self._columns[candidates], *self._network)[None]

    def payload(self) -> bytes:
        """Layers, width, bits, scales, output bias, then the integers, plain or adaptive, the shorter."""
        net = self.integers
        values, groups = net.flat()
        codes = []
        for adaptive in (False, True):
            buffer, state = start_encoding()
            buffer = reserve(buffer, state, 2 * MAX_BITS * len(values))
            _code_integers(False, values, groups, net.bits, adaptive, buffer, state)
            codes.append(finish_encoding(buffer, state))
        adaptive = len(codes[1]) < len(codes[0])
        head = bytes([net.layers, net.width, net.bits | adaptive << 7]) + bytes(net.scales.astype(np.uint8))
        return head + net.output_bias.to_bytes(2, "little", signed=True) + codes[adaptive]

    @classmethod
    def from_payload(cls, payload: bytes) -> "Siren":
        """Read what `payload` wrote."""
        if len(payload) < 3:
            raise FormatError("the sine network is cut short")
        layers, width, bits, adaptive = payload[0], payload[1], payload[2] & 127, payload[2] >> 7
        if not (1 <= layers <= MAX_LAYERS and 1 <= width <= MAX_WIDTH and 2 <= bits <= MAX_BITS):
            raise FormatError(f"a sine network of {layers} x {width} x {bits} bits is out of bounds")
        head = 3 + layers + 1 + 2
        if len(payload) < head:
            raise FormatError("the sine network is cut short")
        scales = np.frombuffer(payload, np.uint8, layers + 1, 3)
        if scales[0] >> 3 > MAX_FIRST_EXPONENT or (scales[1:] >> 3).max() > MAX_EXPONENT:
            raise FormatError("a scale of the sine network is out of bounds")
        shapes = ((width, 2), (layers - 1, width, width), (width,), (layers, width))
        sizes = [int(np.prod(shape)) for shape in shapes]
        if sum(sizes) > MAX_INTEGERS:
            raise FormatError(f"a sine network of {sum(sizes)} integers is larger than netwithin runs")
        values = np.zeros(sum(sizes), np.int64)
        groups = np.repeat(np.arange(4), sizes)
        buffer, state = start_decoding(payload[head:])
        _code_integers(True, values, groups, bits, bool(adaptive), buffer, state)
        if not is_exhausted(payload[head:], state):
            raise FormatError("the sine network's weights are damaged")
        limit = 1 << (bits - 1)
        if (values > limit).any() or (np.abs(values[: sum(sizes[:3])]) >= limit).any():
            raise FormatError("a weight of the sine network is out of bounds")
        parts = np.split(values, np.cumsum(sizes)[:-1])
        first, hidden, output, biases = map(np.reshape, parts, shapes)
        bias = int.from_bytes(payload[head - 2 : head], "little", signed=True)
        return cls(Integers(bits, scales, first, hidden, biases, output, bias))
