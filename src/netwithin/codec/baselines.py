"""What else a graph could be stored as: the codec's peers, files and bounds.

All keep the labels' order. A peer's reader is told what a `Header` holds (kind, shape, loops, number of
edges), some ten bytes that are not counted; node names are not counted either, nor are they for the codec.
The *general-purpose* peers are what anybody would do today: a text of the edges, or the gaps between
neighbours, through a compressor that knows nothing of graphs.
"""

import bz2
import gzip
import io
import lzma
import math
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard
from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from netwithin.codec.container import header_of
from netwithin.codec.pairs import Header
from netwithin.codec.varints import read_varints, varints
from netwithin.graphs import Graph, as_graph
from netwithin.rates import density_entropy_bits, polya_urn_bits

Positions = tuple[np.ndarray, np.ndarray]  # rows and columns of the edges

MAX_PIXELS = 1 << 29  # of a picture here: more takes gigabytes
MAX_WEBP_SIDE = 16_383  # as the format has it
BOUNDS = {"density_entropy": density_entropy_bits, "polya_urn": polya_urn_bits}


@dataclass(frozen=True)
class Peer:
    """Another way to store a graph in a file.

    Attributes
    ----------
    encode : callable
        From a `Graph` to bytes.
    decode : callable
        From bytes and the graph's `Header` to the edges' positions; an undirected edge may come in either
        direction, or in both.
    general : bool
        Whether a general-purpose compressor made the file.
    programs : tuple of str
        What has to be on the machine.
    side : int, optional
        The longest side of a matrix that it takes; 0 if it is no picture.
    """

    encode: Callable[[Graph], bytes]
    decode: Callable[[bytes, Header], Positions]
    general: bool = False
    programs: tuple[str, ...] = ()
    side: int = 0


# --- what is written -----------------------------------------------------------------------------


def edge_text(graph) -> bytes:
    """The edges as a text, a line "i j" each, sorted.

    Examples
    --------
    >>> edge_text(np.array([[0, 1], [1, 0]]))
    b'0 1\\n'
    """
    rows, columns = as_graph(graph).edges()
    lines = np.char.add(np.char.add(rows.astype(str), " "), columns.astype(str))
    return "".join(f"{line}\n" for line in lines).encode()


def _read_text(data: bytes, header: Header) -> Positions:
    numbers = np.array(data.split(), np.int64)
    return numbers[::2], numbers[1::2]


def edge_gaps(graph) -> bytes:
    """The rows' lengths, then the differences between neighbours in their columns, all as LEB128 numbers.

    A row's first difference is that to its diagonal entry in an undirected graph, to column 0 in others.

    Examples
    --------
    >>> list(edge_gaps(np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]])))  # row 0 has columns 1 and 2
    [2, 0, 0, 1, 1]
    """
    graph = as_graph(graph)
    rows, columns = graph.edges()
    lengths = np.bincount(rows, minlength=graph.shape[0])
    before = np.where(np.diff(rows, prepend=-1), rows * (graph.kind == "undirected"), np.roll(columns, 1))
    return varints(np.append(lengths, columns - before))


def _read_gaps(data: bytes, header: Header) -> Positions:
    lengths, gaps = np.split(read_varints(data), [header.shape[0]])
    rows = np.repeat(np.arange(len(lengths)), lengths)
    sums = np.append(0, np.cumsum(gaps))
    before = np.repeat(sums[np.cumsum(lengths) - lengths], lengths)
    return rows, sums[1:] - before + rows * (header.kind == "undirected")


def bitmap(graph) -> bytes:
    """One bit for every pair that may be an edge, row by row, eight in a byte.

    Examples
    --------
    >>> bitmap(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))  # pairs 01, 02, 12: 101
    b'\\xa0'
    """
    graph = as_graph(graph)
    header = header_of(graph)
    rows, columns = graph.edges()
    starts, first = _places(header)
    past_diagonal = (columns > rows) if _skips_diagonal(header) else 0
    return _from_ones(starts[rows] + columns - first[rows] - past_diagonal, header.pairs)


def _read_bitmap(data: bytes, header: Header) -> Positions:
    starts, first = _places(header)
    ones = _ones(data)
    rows = np.searchsorted(starts, ones, "right") - 1
    columns = ones - starts[rows] + first[rows]
    return rows, columns + ((columns >= rows) if _skips_diagonal(header) else 0)


def _skips_diagonal(header: Header) -> bool:
    return header.kind == "directed" and not header.loops


def _places(header: Header) -> Positions:
    """Where each row's pairs start among all pairs, and the first column that each row decides."""
    rows = np.arange(header.shape[0])
    first = rows + (not header.loops) if header.kind == "undirected" else np.zeros_like(rows)
    widths = header.shape[1] - first - _skips_diagonal(header)
    return np.cumsum(widths) - widths, first


def _from_ones(positions: np.ndarray, bits: int) -> bytes:
    """Bits, the ones at `positions`, packed eight in a byte from the top."""
    packed = np.zeros(-(-bits // 8), np.uint8)
    np.bitwise_or.at(packed, positions >> 3, (128 >> (positions & 7)).astype(np.uint8))
    return packed.tobytes()


def _ones(data: bytes) -> np.ndarray:
    """Undo `_from_ones`."""
    octets = np.frombuffer(data, np.uint8)
    filled = np.flatnonzero(octets)
    which, bits = np.nonzero(np.unpackbits(octets[filled]).reshape(-1, 8))
    return 8 * filled[which] + bits


def k2_levels(graph) -> list[np.ndarray]:
    """The bits of a k2-tree with k = 2, one array a level; its L is the last, its T the others in a row.

    The matrix is filled up with zeros to a side of a power of two and cut into four quarters again and
    again: each quarter gets a 1 if it holds an edge, left to right and top to bottom, and only those are
    cut again. Of an undirected graph the upper triangle is kept, since the tree answers for rows and for
    columns. The directories that make it quick to ask (5 % more or so) are not counted.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    list of bool arrays

    References
    ----------
    Brisaboa, Ladra, Navarro (2009). k2-trees for compact web graph representation, Section 3.

    Examples
    --------
    >>> levels = k2_levels(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))  # edges 01 and 12
    >>> [level.astype(int).tolist() for level in levels]
    [[1, 1, 0, 0], [0, 1, 0, 0, 0, 0, 1, 0]]
    """
    graph = as_graph(graph)
    rows, columns = graph.edges()
    depth = _depth(graph.shape)
    code = np.zeros(len(rows), np.int64)  # bits of row and column in turn: the way from the root
    for bit in range(depth):
        code |= ((rows >> bit & 1) << 2 * bit + 1) | ((columns >> bit & 1) << 2 * bit)
    code.sort()
    levels, parents = [], np.zeros(1, np.int64)
    for level in range(1, depth + 1):
        quarters = code >> 2 * (depth - level)
        quarters = quarters[np.diff(quarters, prepend=-1) != 0]
        bits = np.zeros(4 * len(parents), bool)
        bits[4 * np.searchsorted(parents, quarters >> 2) + (quarters & 3)] = True
        levels.append(bits)
        parents = quarters
    return levels


def _depth(shape: tuple[int, int]) -> int:
    """Levels of the smallest tree that covers a matrix."""
    return max(1, (max(shape) - 1).bit_length())


def _k2_tree(graph: Graph) -> bytes:
    return np.packbits(np.concatenate(k2_levels(graph))).tobytes()


def _read_k2_tree(data: bytes, header: Header) -> Positions:
    bits, at = np.unpackbits(np.frombuffer(data, np.uint8)).view(bool), 0
    rows = columns = np.zeros(1, np.int64)
    for _ in range(_depth(header.shape)):
        which, quarter = np.nonzero(bits[at : at + 4 * len(rows)].reshape(-1, 4))
        at += 4 * len(rows)
        rows, columns = 2 * rows[which] + (quarter >> 1), 2 * columns[which] + (quarter & 1)
    return rows, columns


# --- general-purpose compressors -----------------------------------------------------------------


def _zpaq(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "graph").write_bytes(data)
        _run("zpaq", "add", "graph.zpaq", "graph", "-method", "5", folder=folder)
        return (Path(folder) / "graph.zpaq").read_bytes()


def _unzpaq(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "graph.zpaq").write_bytes(data)
        _run("zpaq", "extract", "graph.zpaq", folder=folder)
        return (Path(folder) / "graph").read_bytes()


def _run(*command: str, data: bytes = b"", folder: str | None = None) -> bytes:
    """What a program writes to its standard output."""
    return subprocess.run(command, input=data, cwd=folder, capture_output=True, check=True).stdout


#: Compressing and decompressing, each at its strongest.
COMPRESSORS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "gzip": (lambda data: gzip.compress(data, 9, mtime=0), gzip.decompress),
    "bz2": (lambda data: bz2.compress(data, 9), bz2.decompress),
    "xz": (lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME), lzma.decompress),
    "zstd": (lambda data: zstandard.compress(data, 22), zstandard.decompress),
    "zpaq": (_zpaq, _unzpaq),
}
FORMS = {"text": (edge_text, _read_text), "gaps": (edge_gaps, _read_gaps)}


def _compressed(compressor: str, form: str) -> Peer:
    """A form of the edges through a compressor."""
    (write, read), (compress, decompress) = FORMS[form], COMPRESSORS[compressor]
    return Peer(
        lambda graph: compress(write(graph)),
        lambda data, header: read(decompress(data), header),
        general=True,
        programs=("zpaq",) if compressor == "zpaq" else (),
    )


# --- pictures of the whole matrix ----------------------------------------------------------------


def _packed_rows(graph: Graph) -> bytes:
    """The matrix, an edge a 1, each row filled up to whole bytes."""
    (rows, columns), stride = graph.adjacency.nonzero(), -(-graph.shape[1] // 8)
    return _from_ones(8 * stride * rows.astype(np.int64) + columns, 8 * stride * graph.shape[0])


def picture(graph) -> Image.Image:
    """The adjacency matrix as a black and white picture, edges white."""
    graph = as_graph(graph)
    return Image.frombytes("1", graph.shape[::-1], _packed_rows(graph))


def _png(graph: Graph) -> bytes:
    file = io.BytesIO()
    picture(graph).save(file, "PNG", optimize=True)
    return file.getvalue()


def _webp(graph: Graph) -> bytes:
    file = io.BytesIO()
    picture(graph).convert("RGB").save(file, "WEBP", lossless=True, method=6, quality=100)
    return file.getvalue()


def _pbm(graph: Graph) -> bytes:
    """The matrix as a portable bitmap, edges black."""
    return b"P4\n%d %d\n" % graph.shape[::-1] + _packed_rows(graph)


def _read_pbm(data: bytes) -> Positions:
    start = re.match(rb"P4\s+(\d+)\s+\d+\s", data)
    return np.divmod(_ones(data[start.end() :]), 8 * -(-int(start[1]) // 8))


def _jbig2(graph: Graph) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "graph.pbm").write_bytes(_pbm(graph))
        return _run("jbig2", "graph.pbm", folder=folder)


PEERS: dict[str, Peer] = {
    "bitmap": Peer(bitmap, _read_bitmap),
    "k2_tree": Peer(_k2_tree, _read_k2_tree),
    **{f"{name}_{form}": _compressed(name, form) for form in FORMS for name in COMPRESSORS},
    "png": Peer(
        _png, lambda data, header: np.asarray(PngImageFile(io.BytesIO(data))).nonzero(), side=MAX_PIXELS
    ),
    "webp": Peer(
        _webp,
        lambda data, header: np.asarray(WebPImageFile(io.BytesIO(data)).convert("1")).nonzero(),
        side=MAX_WEBP_SIDE,
    ),
    "jbig": Peer(
        lambda graph: _run("pbmtojbg", "-q", data=_pbm(graph)),
        lambda data, header: _read_pbm(_run("jbgtopbm", data=data)),
        programs=("pbmtojbg", "jbgtopbm"),
        side=MAX_PIXELS,
    ),
    "jbig2": Peer(
        _jbig2,
        lambda data, header: _read_pbm(_run("jbig2dec", "-t", "pbm", "-o", "-", "-", data=data)),
        programs=("jbig2", "jbig2dec"),
        side=MAX_PIXELS,
    ),
}


# --- side by side --------------------------------------------------------------------------------


def absent(name: str, graph) -> str | None:
    """Why a peer cannot store a graph here; None if it can.

    Parameters
    ----------
    name : str
        A key of `PEERS`.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    """
    peer, shape = PEERS[name], as_graph(graph).shape
    if not all(shutil.which(program) for program in peer.programs):
        return "not present"
    if peer.side and min(shape) == 0:
        return "no picture is empty"
    if peer.side and (max(shape) > peer.side or shape[0] * shape[1] > MAX_PIXELS):
        return "too large for a picture"
    return None


def measure(name: str, graph) -> dict:
    """Encode a graph as a peer does, decode the file, compare.

    Parameters
    ----------
    name : str
        A key of `BOUNDS` or `PEERS`.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Its labels are not stored.

    Returns
    -------
    dict
        `name`; `bytes`; `file`, whether there is one; `general`, as of `Peer`; `encode_seconds`,
        `decode_seconds` and `exact`, whether the same edges came back, all None without a file; `absent`,
        why there is nothing at all, or None.

    Examples
    --------
    >>> import networkx as nx
    >>> found = measure("k2_tree", nx.path_graph(3))
    >>> found["bytes"], found["file"], found["exact"]
    (2, True, True)
    """
    graph = as_graph(graph)
    found = {"name": name, "bytes": None, "file": name in PEERS, "general": False} | dict.fromkeys(
        ("encode_seconds", "decode_seconds", "exact", "absent")
    )
    if name in BOUNDS:
        return found | {"bytes": bound_bytes(name, graph)}
    found["general"] = PEERS[name].general
    if reason := absent(name, graph):
        return found | {"absent": reason}
    start = time.perf_counter()
    try:
        data = PEERS[name].encode(graph)
        encoded = time.perf_counter()
        again = read(name, data, header_of(graph))
        decoded = time.perf_counter()
    except subprocess.CalledProcessError as error:
        return found | {"absent": f"{error.cmd[0]} failed"}
    return found | {
        "bytes": len(data),
        "encode_seconds": encoded - start,
        "decode_seconds": decoded - encoded,
        "exact": again == Graph(graph.adjacency, graph.kind),
    }


def bound_bytes(name: str, graph) -> int:
    """One of `BOUNDS`, rounded up to whole bytes."""
    return math.ceil(BOUNDS[name](graph) / 8)


def read(name: str, data: bytes, header: Header) -> Graph:
    """The graph, without labels, that a peer's file holds."""
    return Graph.from_edges(*PEERS[name].decode(data, header), header.shape, header.kind)


def compare(graph, programs: bool = False) -> dict[str, int | None]:
    """Sizes of a graph under every baseline.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    programs : bool
        Ask the peers that are programs of their own too, where they are on the machine. Without them the
        sizes are the same everywhere, but for the libraries' versions.

    Returns
    -------
    dict
        Bytes by name, those of `BOUNDS`, which are no files, rounded up, then those of `PEERS`; None for a
        peer that `absent` says something of.

    Examples
    --------
    >>> import networkx as nx
    >>> sizes = compare(nx.Graph(list(nx.karate_club_graph().edges)))
    >>> sizes["bitmap"], sizes["density_entropy"]
    (71, 41)
    """
    graph = as_graph(graph)
    asked = {name: peer for name, peer in PEERS.items() if programs or not peer.programs}
    return {
        **{name: bound_bytes(name, graph) for name in BOUNDS},
        **{name: None if absent(name, graph) else len(peer.encode(graph)) for name, peer in asked.items()},
    }
