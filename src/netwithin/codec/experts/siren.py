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
from netwithin.codec.experts.integers import LENGTHS, PLAIN, pack_integers, unpack_integers
from netwithin.codec.fixedpoint import LOGIT_BITS, LOGIT_LIMIT, SINE, SINE_INDEX_BITS
from netwithin.codec.pairs import Header

ANGLE_BITS = 32
COORDINATE_BITS = 31
SCALE_BITS = 16
SCALE_MANTISSAS = (128, 140, 152, 166, 181, 197, 215, 235)  # 128 * 2**(k / 8)
MAX_FIRST_EXPONENT, MAX_EXPONENT = 15, 24  # beyond them a product could leave 64 bits
MAX_LAYERS, MAX_WIDTH, MAX_BITS = 32, 255, 8
MAX_INTEGERS = 1 << 16  # so that a pair takes microseconds, whatever a file says
INTEGERS_PER_PAIR = 1 << 12  # a network's, that take the time of a pair
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
    first : int64[width, inputs]
        Weights of the inputs: row and column coordinate.
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
def _row_logits(inputs, first, hidden, output, biases, factors, output_bias):
    """Run a network on inputs, int64[k, pairs], in units of 2**-31: logits, int32[pairs]."""
    layers, width = biases.shape
    index_shift = ANGLE_BITS - SINE_INDEX_BITS
    mask = (1 << SINE_INDEX_BITS) - 1
    pairs = inputs.shape[1]
    logits = np.empty(pairs, np.int32)
    now = np.empty((width, BLOCK), np.int32)
    then = np.empty((width, BLOCK), np.int32)
    sums = np.empty(BLOCK, np.int32)
    turns = np.empty(BLOCK, np.int64)
    for start in range(0, pairs, BLOCK):
        size = min(BLOCK, pairs - start)
        for h in range(width):
            turns[:size] = 0
            for k in range(len(inputs)):
                weight = first[h, k] * factors[0]
                for j in range(size):
                    turns[j] += weight * inputs[k, start + j]
            for j in range(size):
                angle = (turns[j] >> SCALE_BITS) + biases[0, h]
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


def run(net: Integers, inputs: np.ndarray) -> np.ndarray:
    """A sine network's logits.

    Parameters
    ----------
    net : Integers
        The network.
    inputs : int64[k, pairs]
        In units of 2**-31. With k weights of 7 bits, |inputs| <= 2**33 / k stays within 64 bits.

    Returns
    -------
    int32[pairs]
        In 2**-12 nats, within +-16 nats.
    """
    factors = np.array([multiplier(int(scale)) for scale in net.scales], np.int64)
    hidden, output = net.hidden.astype(np.int32), net.output.astype(np.int32)
    output_bias = net.output_bias << (LOGIT_BITS - OUTPUT_BIAS_BITS)
    biases = net.biases << (ANGLE_BITS - net.bits)
    return _row_logits(inputs, net.first, hidden, output, biases, factors, output_bias)


def pack_network(net: Integers) -> bytes:
    """Layers, width, bits, scales, output bias, then the integers, plain or adaptive, the shorter."""
    values, groups = net.flat()
    codes = [pack_integers(values, groups, net.bits, form) for form in (PLAIN, LENGTHS)]
    adaptive = len(codes[1]) < len(codes[0])
    head = bytes([net.layers, net.width, net.bits | adaptive << 7]) + bytes(net.scales.astype(np.uint8))
    return head + net.output_bias.to_bytes(2, "little", signed=True) + codes[adaptive]


def work(net: Integers) -> int:
    """How many ordinary pairs one of the network's takes the time of."""
    return -(-len(net.flat()[0]) // INTEGERS_PER_PAIR)


def unpack_network(data: bytes, inputs: int = 2) -> Integers:
    """Undo `pack_network`.

    Parameters
    ----------
    data : bytes
        All that it wrote.
    inputs : int
        How many the network has.

    Raises
    ------
    FormatError
        If it cannot have written that.
    """
    if len(data) < 3:
        raise FormatError("the sine network is cut short")
    layers, width, bits, adaptive = data[0], data[1], data[2] & 127, data[2] >> 7
    if not (1 <= layers <= MAX_LAYERS and 1 <= width <= MAX_WIDTH and 2 <= bits <= MAX_BITS):
        raise FormatError(f"a sine network of {layers} x {width} x {bits} bits is out of bounds")
    head = 3 + layers + 1 + 2
    if len(data) < head:
        raise FormatError("the sine network is cut short")
    scales = np.frombuffer(data, np.uint8, layers + 1, 3)
    if scales[0] >> 3 > MAX_FIRST_EXPONENT or (scales[1:] >> 3).max() > MAX_EXPONENT:
        raise FormatError("a scale of the sine network is out of bounds")
    shapes = ((width, inputs), (layers - 1, width, width), (width,), (layers, width))
    sizes = [int(np.prod(shape)) for shape in shapes]
    if sum(sizes) > MAX_INTEGERS:
        raise FormatError(f"a sine network of {sum(sizes)} integers is larger than netwithin runs")
    values = unpack_integers(
        data[head:], np.repeat(np.arange(4), sizes), bits, LENGTHS if adaptive else PLAIN
    )
    if values is None:
        raise FormatError("the sine network's weights are damaged")
    limit = 1 << (bits - 1)
    if (values > limit).any() or (np.abs(values[: sum(sizes[:3])]) >= limit).any():
        raise FormatError("a weight of the sine network is out of bounds")
    parts = np.split(values, np.cumsum(sizes)[:-1])
    bias = int.from_bytes(data[head - 2 : head], "little", signed=True)
    first, hidden, output, biases = map(np.reshape, parts, shapes)
    return Integers(bits, scales, first, hidden, biases, output, bias)


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
        self.work = work(integers)

    def begin(self, header: Header) -> int:
        """Scale the labels; no contexts."""
        self._rows, self._columns = (coordinates(size) for size in header.shape)
        return 0

    def logits(self, i: int, candidates: np.ndarray, past: list[np.ndarray]) -> np.ndarray:
        """The network's log odds; int32[1, pairs]."""
        columns = self._columns[candidates]
        return run(self.integers, np.stack([np.full_like(columns, self._rows[i]), columns]))[None]

    def payload(self) -> bytes:
        """The network; see `pack_network`."""
        return pack_network(self.integers)

    @classmethod
    def from_payload(cls, payload: bytes) -> "Siren":
        """Read what `payload` wrote."""
        return cls(unpack_network(payload))
