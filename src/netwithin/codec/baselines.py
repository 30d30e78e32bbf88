"""What else a graph could be stored as: the codec's peers, each by its definition.

All keep the labels' order and need nothing but the file; `netwithin.rates` has the bounds that are no
files. Node names are not counted, by any of them nor for the codec.
"""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import numpy as np
from PIL import Image

from netwithin.codec.container import varint
from netwithin.graphs import as_graph
from netwithin.rates import bitmap_bits, density_entropy_bits, polya_urn_bits

MAX_PICTURE_SIDE = 16_383  # of a WebP picture
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bz2": lambda data: bz2.compress(data, 9),
    "xz": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
}


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


def edge_gaps(graph) -> bytes:
    """The rows' lengths, then the differences between neighbours in their columns, all as LEB128 numbers.

    A row's first difference is that to its diagonal entry in an undirected graph, to column 0 in others.
    """
    graph = as_graph(graph)
    rows, columns = graph.edges()
    lengths = np.bincount(rows, minlength=graph.shape[0])
    first = np.diff(rows, prepend=-1) != 0
    gaps = columns - np.where(first, rows * (graph.kind == "undirected"), np.roll(columns, 1))
    return b"".join(varint(int(x)) for x in np.append(lengths, gaps))


def picture(graph) -> Image.Image:
    """The adjacency matrix as a black and white picture, edges white."""
    matrix = as_graph(graph).adjacency.toarray()
    return Image.fromarray(np.where(matrix, 255, 0).astype(np.uint8)).convert("1")


def picture_bytes(graph, kind: str) -> int | None:
    """Size of the adjacency matrix, all of it, as a picture without loss.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    kind : {"png", "webp"}
        PNG with one bit a pixel, or lossless WebP.

    Returns
    -------
    int or None
        Bytes; None if the graph is empty or larger than such pictures can be.
    """
    graph = as_graph(graph)
    if not 0 < min(graph.shape) <= max(graph.shape) <= MAX_PICTURE_SIDE:
        return None
    file = io.BytesIO()
    image = picture(graph)
    if kind == "png":
        image.save(file, "PNG", optimize=True)
    else:
        image.convert("RGB").save(file, "WEBP", lossless=True, method=6, quality=100)
    return len(file.getvalue())


def compare(graph) -> dict[str, int | None]:
    """Sizes of a graph under every baseline.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    dict
        Bytes by name, rounded up where the baseline is a bound and no file: `bitmap`,
        `density_entropy`, `polya_urn`, `gzip_text`, `bz2_text`, `xz_text`, `xz_gaps`, `png`, `webp`.

    Examples
    --------
    >>> import networkx as nx
    >>> sizes = compare(nx.Graph(list(nx.karate_club_graph().edges)))
    >>> sizes["bitmap"], sizes["density_entropy"]
    (71, 41)
    """
    graph = as_graph(graph)
    bounds = {"bitmap": bitmap_bits, "density_entropy": density_entropy_bits, "polya_urn": polya_urn_bits}
    text = edge_text(graph)
    return {
        **{name: int(-(-bits(graph) // 8)) for name, bits in bounds.items()},
        **{f"{name}_text": len(compress(text)) for name, compress in COMPRESSORS.items()},
        "xz_gaps": len(COMPRESSORS["xz"](edge_gaps(graph))),
        "png": picture_bytes(graph, "png"),
        "webp": picture_bytes(graph, "webp"),
    }
