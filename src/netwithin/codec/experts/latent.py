"""The expert that keeps a map: learned coordinates of every node, stored as small integers.

Each node has a bias, which says how many neighbours it has, and coordinates in a space of few
dimensions, which say who they are. A pair's log odds are a sum of products of integers; in a variant, a
small sine network that reads the two nodes' coordinates adds what products cannot say:

    logit = intercept + unit (bias_i + bias_j) + sum_k factor_k x_ik y_jk
            [+ sine network (x_i + y_j, |x_i - y_j|)]

An undirected graph has one vector a node, so that x = y; in directed and bipartite graphs rows and
columns have vectors of their own. A negative factor joins opposites.

References
----------
Hoff, Raftery, Handcock (2002). Latent space approaches to social network analysis. JASA 97.
Hoff (2007). Modeling homophily and stochastic equivalence in symmetric relational data. NIPS.
"""

from dataclasses import dataclass

import numba
import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.experts.base import Expert
from netwithin.codec.experts.integers import UNARY, pack_integers, unpack_integers
from netwithin.codec.experts.siren import Integers, pack_network, run, unpack_network, work
from netwithin.codec.fixedpoint import LOGIT_BITS, LOGIT_LIMIT
from netwithin.codec.pairs import Header

MAX_DIMENSIONS = 16
VALUE_BITS = 6  # of a coordinate's magnitude
FACTOR_BITS = 10  # of a nat
INPUT_SHIFT = 21  # a coordinate of 1 is 2**-10 of the sine network's range


@dataclass(frozen=True)
class Map:
    """The integers that are a graph's map.

    Attributes
    ----------
    intercept : int
        In 2**-10 nats, 16 bits, as the next two are.
    loop : int
        What a pair (i, i) has on top.
    factors : int64[1 + dimensions]
        Of the biases, then of each dimension's products.
    rows : int64[rows, 1 + dimensions]
        Bias and coordinates, within +-63.
    columns : int64[columns, 1 + dimensions]
        The same array as `rows` in an undirected graph.
    network : Integers, optional
        Reads sums and distances of coordinates.
    """

    intercept: int
    loop: int
    factors: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    network: Integers | None = None

    @property
    def dimensions(self) -> int:
        """How many coordinates a node has."""
        return self.rows.shape[1] - 1


@numba.njit(cache=True)
def _products(row, columns, candidates, factors, intercept):
    """Intercept, biases and products of coordinates, summed for a row and its candidates; int64[pairs]."""
    sums = np.empty(len(candidates), np.int64)
    weights = factors * row
    for j in range(len(candidates)):
        column = columns[candidates[j]]
        total = intercept + weights[0] + factors[0] * column[0]
        for k in range(1, len(factors)):
            total += weights[k] * column[k]
        sums[j] = total
    return sums


def network_inputs(row: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """What the sine network reads of coordinates [dimensions] and [pairs, dimensions]; [2 dimensions, pairs].

    Sums and distances are the same from both ends, as an undirected graph needs.
    """
    return np.concatenate([(row + columns).T, abs(row - columns).T])


class Latent(Expert):
    """A stored map: learned coordinates and a bias of every node.

    Parameters
    ----------
    learnt : Map, optional
        From `netwithin.codec.embedding`; a file's is read once the graph's size is known.

    Examples
    --------
    >>> places = np.array([[0, 2], [0, 1], [0, -2]])
    >>> expert = Latent(Map(0, 0, np.array([256, 512]), places, places))
    >>> header = Header("undirected", (3, 3), loops=False, edges=1)
    >>> expert.begin(header)
    0
    >>> expert.logits(0, np.array([1, 2]), []).tolist()
    [[4096, -8192]]
    >>> again = Latent.from_payload(expert.payload())
    >>> again.begin(header)
    0
    >>> (again.map.rows == places).all()
    np.True_
    """

    name = "latent"
    code = 6

    def __init__(self, learnt: Map | None = None):
        self.map = learnt
        self._payload: bytes | None = None

    def begin(self, header: Header) -> int:
        """Read the coordinates of as many nodes as the graph has; no contexts.

        Raises
        ------
        FormatError
            If the file holds those of fewer or of more.
        """
        if self.map is None:
            self.map = _unpack_map(self._payload or b"", header)
        self._diagonal = header.kind != "bipartite"
        return 0

    def logits(self, i: int, candidates: np.ndarray, past: list[np.ndarray]) -> np.ndarray:
        """The map's log odds; int32[1, pairs]."""
        m = self.map
        sums = _products(m.rows[i], m.columns, candidates, m.factors, m.intercept)
        if self._diagonal:
            sums[candidates == i] += m.loop
        sums <<= LOGIT_BITS - FACTOR_BITS
        if m.network:
            inputs = network_inputs(m.rows[i, 1:], m.columns[candidates, 1:])
            sums += run(m.network, inputs << INPUT_SHIFT)
        return np.clip(sums, -LOGIT_LIMIT, LOGIT_LIMIT).astype(np.int32)[None]

    def payload(self) -> bytes:
        """Dimensions, intercept, loop, factors, the sine network if there is one, biases and coordinates."""
        if self._payload is None:
            self._payload = _pack_map(self.map)
        return self._payload

    @classmethod
    def from_payload(cls, payload: bytes) -> "Latent":
        """Keep what `payload` wrote for `begin`, which knows how many nodes there are."""
        network = _unpack_head(payload)[2]
        expert = cls()
        expert._payload = payload
        if network:
            expert.work = work(network)
        return expert


def _pack_map(m: Map) -> bytes:
    """A map as bytes."""
    sides = [m.rows] if m.columns is m.rows else [m.rows, m.columns]
    numbers = np.array([m.intercept, m.loop, *m.factors])
    if np.abs(numbers).max() >= 1 << 15:
        raise ValueError("a factor of the map leaves 16 bits")
    network = pack_network(m.network) if m.network else b""
    if len(network) >= 1 << 16:
        raise ValueError("the map's sine network is too large")
    head = bytes([m.dimensions | bool(m.network) << 7]) + numbers.astype("<i2").tobytes()
    if m.network:
        head += len(network).to_bytes(2, "little") + network
    values = np.concatenate([side.ravel() for side in sides])
    return head + pack_integers(values, _groups(m.dimensions, *map(len, sides)), VALUE_BITS, UNARY)


def _groups(dimensions: int, *sizes: int) -> np.ndarray:
    """For each integer its side and dimension, whose statistics it shares."""
    sides = [np.tile(np.arange(dimensions + 1), size) + k * (dimensions + 1) for k, size in enumerate(sizes)]
    return np.concatenate(sides)


def _unpack_head(payload: bytes) -> tuple[int, np.ndarray, Integers | None, bytes]:
    """What can be read without knowing the graph: dimensions, numbers, network, and the bytes after them."""
    if not payload:
        raise FormatError("the map is cut short")
    dimensions, has_network = payload[0] & 127, payload[0] >> 7
    if dimensions > MAX_DIMENSIONS or (has_network and not dimensions):
        raise FormatError(f"a map of {dimensions} dimensions is out of bounds")
    end = 1 + 2 * (3 + dimensions)
    if len(payload) < end + 2 * has_network:
        raise FormatError("the map is cut short")
    numbers = np.frombuffer(payload, "<i2", (end - 1) // 2, 1).astype(np.int64)
    if not has_network:
        return dimensions, numbers, None, payload[end:]
    size = int.from_bytes(payload[end : end + 2], "little")
    network = payload[end + 2 : end + 2 + size]
    if len(network) < size:
        raise FormatError("the map is cut short")
    return dimensions, numbers, unpack_network(network, 2 * dimensions), payload[end + 2 + size :]


def _unpack_map(payload: bytes, header: Header) -> Map:
    """Undo `_pack_map`, for a graph of that shape."""
    dimensions, numbers, network, code = _unpack_head(payload)
    sizes = header.shape[:1] if header.kind == "undirected" else header.shape
    values = unpack_integers(code, _groups(dimensions, *sizes), VALUE_BITS, UNARY)
    if values is None:
        raise FormatError("the map's coordinates are damaged, or not of this graph")
    places = values.reshape(-1, dimensions + 1)
    rows, columns = places[: header.shape[0]], places[-header.shape[1] :]
    if header.kind == "undirected":
        columns = rows
    return Map(int(numbers[0]), int(numbers[1]), numbers[2:], rows, columns, network)
