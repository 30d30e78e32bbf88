"""The bytes of a `.nwn` file: `book/format.md` says the same in prose.

magic "NWN"  version 2  flags  rows [columns]  edges  digest  layout  [numbering]  [labels]
[tile side  index  checksum]  stream(s)  CRC-32
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.pairs import Header
from netwithin.codec.renumbering import Numbering, pack_permutation, read_permutation
from netwithin.codec.stream import PANEL, is_trivial, read_panel
from netwithin.codec.tiles import Grid
from netwithin.codec.varints import Reader, read_varints, varint, varints
from netwithin.graphs import Graph
from netwithin.graphs.graph import KINDS

MAGIC = b"NWN"
VERSION, VERSIONS = 2, (1, 2)  # written, and read
DIGEST_BYTES = 4
CHECKSUM_BYTES = 4
DEFLATE_RATIO = 1032  # the most that deflate can shrink anything
MAX_LABEL_BYTES = 1 << 26  # plain, and as NumPy's array, in which each label takes the room of the longest
MAX_TILES = 1 << 16
MAX_EDGES = 1 << 62  # even for who only wants to know about a file
NO_LABELS, INTEGER_LABELS, STRING_LABELS = 0, 1, 2
TILED, NUMBERED, ISOMORPHIC = 1, 2, 4  # bits of the layout


@dataclass(frozen=True)
class File:
    """A `.nwn` file, taken apart but not decoded.

    Attributes
    ----------
    data : bytes or mmap
        The file.
    version : int
        1 or 2.
    header : Header
        Kind, shape, loops, edges.
    digest : bytes
        The first 4 bytes of `Graph.digest`.
    isomorphic : bool
        Whether labels and numbering were dropped on request.
    numbering : tuple of int64 arrays, or None
        Which node each row and each column of the coded matrix is; None if they are coded in order.
    labels, column_labels : array or None
        As in `Graph`.
    sizes : dict
        Bytes that `labels`, `numbering` and `index` take in the file.
    grid : Grid
        Of a solid file, a single tile.
    tiled : bool
        Whether the file was written for random access.
    edges, starts, lengths : int64[tiles]
        Of each tile's stream: edges, first byte, bytes.
    checksums : uint32[tiles] or None
        CRC-32 of each stream, in a file for random access.
    """

    data: bytes
    version: int
    header: Header
    digest: bytes
    isomorphic: bool
    numbering: Numbering | None
    labels: np.ndarray | None
    column_labels: np.ndarray | None
    sizes: dict[str, int]
    grid: Grid
    tiled: bool
    edges: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    checksums: np.ndarray | None

    @property
    def label_kind(self) -> str:
        """What names the nodes, of a bipartite graph either side; none, integers, strings, or dropped."""
        given = [labels for labels in (self.labels, self.column_labels) if labels is not None]
        if not given:
            return "dropped" if self.isomorphic else "none"
        return "strings" if any(labels.dtype.kind == "U" for labels in given) else "integers"

    def tile(self, a: int, b: int) -> tuple[Header, bytes]:
        """What describes a tile, and its stream.

        Raises
        ------
        FormatError
            If the tile's checksum does not match.
        """
        k = self.grid.number(a, b)
        start, length = int(self.starts[k]), int(self.lengths[k])
        stream = bytes(self.data[start : start + length])
        if self.checksums is not None and zlib.crc32(stream) != self.checksums[k]:
            raise FormatError(
                f"the checksum of tile ({a}, {b}) does not match: that part of the file is damaged"
            )
        return self.grid.tile(a, b, int(self.edges[k])), stream


def header_of(graph: Graph) -> Header:
    """The header that describes a graph."""
    return Header(graph.kind, graph.shape, graph.has_loops, graph.number_of_edges)


def _pack_block(plain: bytes) -> bytes:
    """Varint of the plain length, varint of the stored length, the stored bytes: deflated where that pays."""
    stored = min(plain, zlib.compress(plain, 9), key=len)
    return varint(len(plain)) + varint(len(stored)) + stored


def _read_block(reader: Reader, what: str, least: int, most: int) -> bytes:
    """Undo `_pack_block`; the plain bytes must be as many as the limits say."""
    size, stored_size = reader.varint(), reader.varint()
    stored = reader.take(stored_size)
    if not least <= size <= min(most, DEFLATE_RATIO * (stored_size + 1)):
        raise FormatError(f"the {what} claims {size} bytes, which cannot be")
    if size == stored_size:
        return stored
    try:
        inflater = zlib.decompressobj()
        plain = inflater.decompress(stored, size + 1)
    except zlib.error as error:
        raise FormatError(f"the {what} is damaged ({error})") from None
    if len(plain) != size or inflater.unused_data or not inflater.eof:
        raise FormatError(f"the {what} is damaged")
    return plain


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
    return which, _pack_block(plain)


def unpack_labels(which: int, count: int, reader: Reader) -> np.ndarray | None:
    """Undo `pack_labels`.

    Raises
    ------
    FormatError
        If the block is not one that `pack_labels` writes for `count` labels.
    """
    if which == NO_LABELS:
        return None
    plain = _read_block(reader, "block of labels", count, MAX_LABEL_BYTES)
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


def pack(
    graph: Graph,
    streams: Sequence[bytes],
    grid: Grid | None = None,
    edges: Sequence[int] = (),
    numbering: Numbering | None = None,
    isomorphic: bool = False,
) -> bytes:
    """Put a file together.

    Parameters
    ----------
    graph : Graph
        What the file is to decode to.
    streams : sequence of bytes
        One of the whole graph, or one a tile.
    grid : Grid, optional
        The tiles, if the file is for random access.
    edges : sequence of int
        Of each tile.
    numbering : tuple of int arrays, optional
        In which order the nodes were coded.
    isomorphic : bool
        Whether to say that labels and numbering were dropped.

    Returns
    -------
    bytes
        The whole file.
    """
    which, labels = pack_labels(graph.labels)
    which_columns, column_labels = pack_labels(graph.column_labels)
    flags = KINDS.index(graph.kind) | graph.has_loops << 2 | which << 3 | which_columns << 5
    layout = TILED * (grid is not None) | NUMBERED * (numbering is not None) | ISOMORPHIC * isomorphic
    bipartite = graph.kind == "bipartite"
    sides = 0 if numbering is None else 1 + bipartite
    head = b"".join(
        [
            MAGIC,
            bytes([VERSION, flags]),
            *(varint(size) for size in graph.shape[: 1 + bipartite]),
            varint(graph.number_of_edges),
            graph.digest()[:DIGEST_BYTES],
            bytes([layout]),
            *(pack_permutation(numbering[side]) for side in range(sides)),
            labels,
            column_labels,
        ]
    )
    if grid is not None:
        head += varint(grid.side) + _pack_index(streams, edges)
        head += _checksum(head)
    body = head + b"".join(streams)
    return body + _checksum(body)


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(CHECKSUM_BYTES, "little")


def _pack_index(streams: Sequence[bytes], edges: Sequence[int]) -> bytes:
    """A block of the tiles' edges, the lengths of streams that are not empty, and their checksums."""
    lengths = [len(stream) for stream in streams if stream]
    block = _pack_block(varints(np.array([*edges, *lengths], np.int64)))
    return block + b"".join(_checksum(stream) for stream in streams if stream)


def unpack(data: bytes, max_nodes: int, max_edges: int) -> File:
    """Take a file apart, without decoding its pairs.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_nodes, max_edges : int
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
    data = bytes(data)
    _check_magic(data)
    _check_whole(data)
    return _read(data, max_nodes, max_edges)


def unpack_head(data, max_nodes: int, max_edges: int) -> File:
    """As `unpack`, but of a file for random access only what lies before the streams is read and checked.

    Parameters
    ----------
    data : bytes or mmap
        The whole file.
    max_nodes, max_edges : int
        What the caller is ready for.
    """
    _check_magic(data)
    file = _read(data, max_nodes, max_edges)
    if not file.tiled:
        _check_whole(data)
    return file


def _check_magic(data) -> None:
    if data[: len(MAGIC)] != MAGIC:
        raise FormatError("this is no .nwn file: its first bytes are not 'NWN'")
    if len(data) < len(MAGIC) + 1 + CHECKSUM_BYTES:
        raise FormatError("the file is cut short")
    if data[len(MAGIC)] not in VERSIONS:
        known = " and ".join(map(str, VERSIONS))
        raise FormatError(f"the file has format version {data[len(MAGIC)]}; this netwithin reads {known}")


def _check_whole(data) -> None:
    if _checksum(memoryview(data)[:-CHECKSUM_BYTES]) != data[-CHECKSUM_BYTES:]:
        raise FormatError("the checksum does not match: the file is damaged or cut short")


def _read(data, max_nodes: int, max_edges: int) -> File:
    """Everything before the streams, and where they lie."""
    reader = Reader(data, len(data) - CHECKSUM_BYTES)
    version, flags = reader.take(len(MAGIC) + 2)[-2:]
    kind, which, which_columns = flags & 3, flags >> 3 & 3, flags >> 5 & 3
    if kind >= len(KINDS) or max(which, which_columns) > STRING_LABELS or flags >> 7:
        raise FormatError(f"unknown flags {flags:#04x}; the file needs a newer netwithin, or is damaged")
    rows = reader.varint()
    columns = reader.varint() if KINDS[kind] == "bipartite" else rows
    header = Header(KINDS[kind], (rows, columns), bool(flags >> 2 & 1), reader.varint())
    _check_sizes(header, max_nodes, max_edges)
    digest = reader.take(DIGEST_BYTES)
    panel = _old_panel(header, reader) if version == 1 else None
    layout = reader.take(1)[0] if version > 1 else 0
    _check_layout(layout, which or which_columns)
    start = reader.position
    numbering = _read_numbering(header, reader) if layout & NUMBERED else None
    sizes = {"numbering": reader.position - start}
    start = reader.position
    labels, column_labels = unpack_labels(which, rows, reader), unpack_labels(which_columns, columns, reader)
    sizes["labels"] = reader.position - start
    start = reader.position
    if layout & TILED:
        where = _read_index(header, reader)
        sizes["index"] = reader.position - start
    else:
        if panel is not None:  # in version 1, its parts stood apart; together they are a stream of today
            data = panel + reader.rest()
            reader = Reader(data)
        streams = np.array([header.edges]), np.array([reader.position]), np.array([reader.left])
        where = Grid(header, max(*header.shape, 1)), *streams, None
        sizes["index"] = 0
    facts = data, version, header, digest, bool(layout & ISOMORPHIC), numbering, labels, column_labels, sizes
    grid, *where = where
    return File(*facts, grid, bool(layout & TILED), *where)


def _check_layout(layout: int, labelled: int) -> None:
    if layout >= 2 * ISOMORPHIC:
        raise FormatError(f"unknown layout {layout:#04x}; the file needs a newer netwithin, or is damaged")
    if layout & ISOMORPHIC and (labelled or layout & NUMBERED):
        raise FormatError("the file says that it has dropped the labels, and holds some")


def _old_panel(header: Header, reader: Reader) -> bytes:
    """The first bytes of the stream that a file of version 1 amounts to."""
    start = reader.position
    read_panel(reader)
    return b"" if is_trivial(header) else bytes([PANEL]) + reader.since(start)


def _read_numbering(header: Header, reader: Reader) -> Numbering:
    rows = read_permutation(reader, header.shape[0])
    return rows, read_permutation(reader, header.shape[1]) if header.kind == "bipartite" else rows


def _check_sizes(header: Header, max_nodes: int, max_edges: int) -> None:
    """Refuse what the caller is not ready for, before anything is allocated."""
    if header.nodes > max_nodes:
        raise FormatError(f"the file announces {header.nodes} nodes, more than max_nodes = {max_nodes}")
    if header.edges > header.pairs:
        raise FormatError(f"the file announces {header.edges} edges for {header.pairs} pairs")
    if header.edges > min(max_edges, MAX_EDGES):
        raise FormatError(f"the file announces {header.edges} edges, more than max_edges = {max_edges}")
    if header.kind == "bipartite" and header.loops:
        raise FormatError("a bipartite graph has no loops")


def _read_index(header: Header, reader: Reader) -> tuple:
    """Undo `_pack_index`, check the head's checksum, and find each tile's stream behind it.

    Returns
    -------
    grid : Grid
    edges, starts, lengths : int64[tiles]
    checksums : uint32[tiles]
    """
    side = reader.varint()
    if not side:
        raise FormatError("the file's tiles have no nodes; it is damaged")
    grid = Grid(header, side)
    if max(grid.shape) > MAX_TILES or len(grid) > MAX_TILES:
        rows, columns = grid.shape
        raise FormatError(f"the file announces {rows} by {columns} blocks, more than {MAX_TILES} tiles")
    tiles = len(grid)
    numbers = read_varints(_read_block(reader, "index of the tiles", tiles, 20 * tiles), 2 * tiles)
    edges, given = numbers[:tiles], numbers[tiles:]
    pairs = np.array([min(grid.tile(*place, 0).pairs, MAX_EDGES) for place in grid.places()], np.int64)
    if len(edges) < tiles or (edges > pairs).any() or sum(edges.tolist()) != header.edges:
        raise FormatError("the tiles do not hold as many edges as the file announces")
    coded = (edges > 0) & (edges < pairs)
    if len(given) != coded.sum():
        raise FormatError("the index of the tiles is damaged")
    lengths, checksums = np.zeros(tiles, np.int64), np.zeros(tiles, np.uint32)
    lengths[coded] = given
    checksums[coded] = np.frombuffer(reader.take(CHECKSUM_BYTES * len(given)), "<u4")
    head = reader.since(0)
    if _checksum(head) != reader.take(CHECKSUM_BYTES):
        raise FormatError("the checksum of the file's head does not match: it is damaged")
    if (lengths > reader.left).any() or lengths.sum() != reader.left:
        raise FormatError("the file is cut short, or bytes follow its last tile")
    return grid, edges, reader.position + np.cumsum(lengths) - lengths, lengths, checksums
