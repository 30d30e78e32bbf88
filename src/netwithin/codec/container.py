"""The bytes of a `.nwn` file: `book/format.md` says the same in prose.

magic "NWN"  version  flags  rows [columns]  edges  digest  mixer  experts  [labels]  code  CRC-32
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.experts import EXPERTS, Expert
from netwithin.codec.pairs import Header
from netwithin.graphs import Graph
from netwithin.graphs.graph import KINDS

MAGIC = b"NWN"
VERSION = 1
DIGEST_BYTES = 4
CHECKSUM_BYTES = 4
MAX_EXPERTS = 16
DEFLATE_RATIO = 1032  # the most that deflate can shrink anything
MAX_LABEL_BYTES = 1 << 26  # plain, and as NumPy's array, in which each label takes the room of the longest
NO_LABELS, INTEGER_LABELS, STRING_LABELS = 0, 1, 2


@dataclass(frozen=True)
class File:
    """A `.nwn` file, taken apart but not decoded.

    Attributes
    ----------
    header : Header
        Kind, shape, loops, edges.
    digest : bytes
        The first 4 bytes of `Graph.digest`.
    rate : int
        The mixer learns at 2**-rate.
    experts : tuple of Expert
        In the order of the mixer's inputs.
    payloads : tuple of bytes
        What each of them keeps.
    labels, column_labels : array or None
        As in `Graph`.
    label_bytes : int
        What the labels take in the file.
    code : bytes
        The coded pairs.
    """

    header: Header
    digest: bytes
    rate: int
    experts: tuple[Expert, ...]
    payloads: tuple[bytes, ...]
    labels: np.ndarray | None
    column_labels: np.ndarray | None
    label_bytes: int
    code: bytes

    @property
    def label_kind(self) -> str:
        """What the nodes are named by: "none", "integers" or "strings"; of a bipartite graph, either side."""
        given = [labels for labels in (self.labels, self.column_labels) if labels is not None]
        if not given:
            return "none"
        return "strings" if any(labels.dtype.kind == "U" for labels in given) else "integers"


def header_of(graph: Graph) -> Header:
    """The header that describes a graph."""
    return Header(graph.kind, graph.shape, graph.has_loops, graph.number_of_edges)


def varint(value: int) -> bytes:
    """A number >= 0, seven bits a byte, lowest first, the top bit set on all bytes but the last (LEB128).

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


class Reader:
    """Takes a byte string apart, front to back.

    Parameters
    ----------
    data : bytes
        What is to be read.

    Raises
    ------
    FormatError
        By every method that wants more bytes than there are.
    """

    def __init__(self, data: bytes):
        self._data, self._position = data, 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > self.left:
            raise FormatError("the file is cut short")
        self._position += size
        return self._data[self._position - size : self._position]

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._position

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(self.left)

    def varint(self) -> int:
        """The next number, below 2**70."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise FormatError("a number in the file is out of bounds")


def pack_labels(labels: np.ndarray | None) -> tuple[int, bytes]:
    """Labels as bytes, deflated where that pays.

    Parameters
    ----------
    labels : int64[n], str[n] or None
        Integers become varints of their zigzag differences; strings, the varints of their UTF-8 lengths,
        then their UTF-8 bytes.

    Returns
    -------
    which : int
        `NO_LABELS`, `INTEGER_LABELS` or `STRING_LABELS`.
    block : bytes
        Varint of the plain length, varint of the stored length, the stored bytes (plain if both lengths
        are equal); empty without labels.

    Raises
    ------
    ValueError
        If the labels are too long for a file.
    """
    if labels is None:
        return NO_LABELS, b""
    if labels.dtype.kind == "i":
        which = INTEGER_LABELS
        values = [int(x) for x in labels]
        steps = [b - a for a, b in zip([0, *values], values, strict=False)]
        plain = b"".join(varint(2 * step if step >= 0 else -2 * step - 1) for step in steps)
    else:
        which = STRING_LABELS
        words = [str(x).encode() for x in labels]
        plain = b"".join(varint(len(word)) for word in words) + b"".join(words)
    if max(labels.nbytes, len(plain)) > MAX_LABEL_BYTES:
        raise ValueError(f"the labels take {max(labels.nbytes, len(plain)):,} bytes; use shorter ones")
    stored = min(plain, zlib.compress(plain, 9), key=len)
    return which, varint(len(plain)) + varint(len(stored)) + stored


def unpack_labels(which: int, count: int, reader: Reader) -> np.ndarray | None:
    """Undo `pack_labels`.

    Raises
    ------
    FormatError
        If the block is not one that `pack_labels` writes for `count` labels.
    """
    if which == NO_LABELS:
        return None
    size, stored_size = reader.varint(), reader.varint()
    stored = reader.take(stored_size)
    if not count <= size <= min(MAX_LABEL_BYTES, DEFLATE_RATIO * (stored_size + 1)):
        raise FormatError(f"the labels claim {size} bytes for {count} nodes, which cannot be")
    if size == stored_size:
        plain = stored
    else:
        try:
            inflater = zlib.decompressobj()
            plain = inflater.decompress(stored, size + 1)
        except zlib.error as error:
            raise FormatError(f"the labels are damaged ({error})") from None
        if len(plain) != size or inflater.unused_data or not inflater.eof:
            raise FormatError("the labels are damaged")
    inner = Reader(plain)
    numbers = [inner.varint() for _ in range(count)]
    if which == INTEGER_LABELS:
        labels = _undo_steps(numbers)
    else:
        try:
            words = [inner.take(length).decode() for length in numbers]
        except UnicodeDecodeError as error:
            raise FormatError(f"a label is no UTF-8 ({error})") from None
        if 4 * count * max(map(len, words), default=0) > MAX_LABEL_BYTES:
            raise FormatError("the labels are longer than netwithin reads")
        labels = np.array(words, np.str_)
    if inner.rest():
        raise FormatError("bytes follow the last label")
    return labels


def _undo_steps(numbers: list[int]) -> np.ndarray:
    """Integers from the zigzag differences of neighbours; int64."""
    labels, last = [], 0
    for number in numbers:
        last += -(number + 1) // 2 if number & 1 else number // 2
        labels.append(last)
    try:
        return np.array(labels, np.int64)
    except OverflowError:
        raise FormatError("a label leaves 64 bits") from None


def pack(graph: Graph, experts: Sequence[Expert], rate: int, code: bytes) -> bytes:
    """Put a file together.

    Parameters
    ----------
    graph : Graph
        What the code decodes to.
    experts : sequence of Expert
        Those that coded it.
    rate : int
        The mixer's, 0 to 15.
    code : bytes
        From `netwithin.codec.stream.encode_pairs`.

    Returns
    -------
    bytes
        The whole file.
    """
    which, labels = pack_labels(graph.labels)
    which_columns, column_labels = pack_labels(graph.column_labels)
    flags = KINDS.index(graph.kind) | graph.has_loops << 2 | which << 3 | which_columns << 5
    shape = graph.shape if graph.kind == "bipartite" else graph.shape[:1]
    payloads = [expert.payload() for expert in experts]
    body = b"".join(
        [
            MAGIC,
            bytes([VERSION, flags]),
            *(varint(size) for size in shape),
            varint(graph.number_of_edges),
            graph.digest()[:DIGEST_BYTES],
            bytes([rate, len(experts)]),
            *(bytes([e.code]) + varint(len(p)) + p for e, p in zip(experts, payloads, strict=True)),
            labels,
            column_labels,
            code,
        ]
    )
    return body + zlib.crc32(body).to_bytes(CHECKSUM_BYTES, "little")


def unpack(data: bytes, max_nodes: int, max_pairs: int, max_edges: int) -> File:
    """Take a file apart, without decoding its pairs.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_nodes, max_pairs, max_edges : int
        What the caller is ready for.

    Returns
    -------
    File

    Raises
    ------
    FormatError
        If the bytes are no such file, are damaged, name something that this version does not know, or
        announce a graph above the limits.
    """
    body = _checked(bytes(data))
    reader = Reader(body)
    reader.take(len(MAGIC) + 1)
    flags = reader.take(1)[0]
    kind, which, which_columns = flags & 3, flags >> 3 & 3, flags >> 5 & 3
    if kind >= len(KINDS) or max(which, which_columns) > STRING_LABELS or flags >> 7:
        raise FormatError(f"unknown flags {flags:#04x}; the file needs a newer netwithin, or is damaged")
    rows = reader.varint()
    columns = reader.varint() if KINDS[kind] == "bipartite" else rows
    header = Header(KINDS[kind], (rows, columns), bool(flags >> 2 & 1), reader.varint())
    _check_sizes(header, max_nodes, max_pairs, max_edges)
    digest = reader.take(DIGEST_BYTES)
    rate, count = reader.take(2)
    if rate > 15 or count > MAX_EXPERTS:
        raise FormatError(f"mixer rate {rate} or {count} experts are out of bounds")
    experts, payloads = [], []
    for _ in range(count):
        code = reader.take(1)[0]
        payloads.append(reader.take(reader.varint()))
        if code not in EXPERTS:
            raise FormatError(f"unknown expert {code}; the file needs a newer netwithin, or is damaged")
        if any(expert.code == code for expert in experts):
            raise FormatError(f"the file names the expert '{EXPERTS[code].name}' twice")
        experts.append(EXPERTS[code].from_payload(payloads[-1]))
    if not experts and 0 < header.edges < header.pairs:
        raise FormatError("the file names no expert, yet has pairs to decide")
    before = reader.left
    labels = unpack_labels(which, rows, reader)
    column_labels = unpack_labels(which_columns, columns, reader)
    named = (labels, column_labels, before - reader.left)
    return File(header, digest, rate, tuple(experts), tuple(payloads), *named, reader.rest())


def _checked(data: bytes) -> bytes:
    """The file without its checksum, if it is a file of ours and whole."""
    if data[: len(MAGIC)] != MAGIC:
        raise FormatError("this is no .nwn file: its first bytes are not 'NWN'")
    if len(data) < len(MAGIC) + 1 + CHECKSUM_BYTES:
        raise FormatError("the file is cut short")
    if data[len(MAGIC)] != VERSION:
        raise FormatError(f"the file has format version {data[len(MAGIC)]}; this netwithin reads {VERSION}")
    body, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if zlib.crc32(body).to_bytes(CHECKSUM_BYTES, "little") != checksum:
        raise FormatError("the checksum does not match: the file is damaged or cut short")
    return body


def _check_sizes(header: Header, max_nodes: int, max_pairs: int, max_edges: int) -> None:
    """Refuse what the caller is not ready for, before anything is allocated."""
    if header.nodes > max_nodes:
        raise FormatError(f"the file announces {header.nodes} nodes, more than max_nodes = {max_nodes}")
    if header.edges > header.pairs:
        raise FormatError(f"the file announces {header.edges} edges for {header.pairs} pairs")
    if header.edges and header.pairs > max_pairs:
        raise FormatError(f"the file announces {header.pairs} pairs, more than max_pairs = {max_pairs}")
    if header.edges > max_edges:
        raise FormatError(f"the file announces {header.edges} edges, more than max_edges = {max_edges}")
    if header.kind == "bipartite" and header.loops:
        raise FormatError("a bipartite graph has no loops")
