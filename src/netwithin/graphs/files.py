"""Graphs from files and into files, by the file's ending.

| ending | format | kinds | labels | nodes without edges |
|---|---|---|---|---|
| .mtx | Matrix Market, `coordinate` or `array` | all | in a comment | yes |
| .npz | SciPy's sparse matrix | all | yes | yes |
| .txt .edges .edgelist | edge list, white space | in a comment | without white space | in a comment |
| .csv .tsv | edge list, commas or tabs | in a comment | yes | in a comment |
| .graphml .gexf .gml | as networkx has them | in an attribute | yes | yes |
| .g6 .graph6 | graph6 | undirected | no | yes; no loops |
| .s6 .sparse6 | sparse6 | undirected | no | yes |

Each may be followed by `.gz`.
"""

import functools
import gzip
import io
import os
import zlib
from pathlib import Path

from netwithin import atomic
from netwithin.graphs import edge_lists, matrix_market, networkx_files, scipy_npz
from netwithin.graphs.convert import as_graph
from netwithin.graphs.graph import KINDS, Graph, GraphError

# A small gzip file can hold any number of zeros.
MAX_BYTES = 1 << 32

_TEXT = (edge_lists.parse_text, edge_lists.dump_text)
_GRAPH6 = (networkx_files.parse_graph6, networkx_files.dump_graph6)
_SPARSE6 = (networkx_files.parse_sparse6, networkx_files.dump_sparse6)
_FORMATS = {
    ".mtx": (matrix_market.parse, matrix_market.dump),
    ".npz": (scipy_npz.parse, scipy_npz.dump),
    ".txt": _TEXT,
    ".edges": _TEXT,
    ".edgelist": _TEXT,
    ".csv": (edge_lists.parse_csv, edge_lists.dump_csv),
    ".tsv": (
        functools.partial(edge_lists.parse_csv, delimiter="\t"),
        functools.partial(edge_lists.dump_csv, delimiter="\t"),
    ),
    ".graphml": (networkx_files.parse_graphml, networkx_files.dump_graphml),
    ".gexf": (networkx_files.parse_gexf, networkx_files.dump_gexf),
    ".gml": (networkx_files.parse_gml, networkx_files.dump_gml),
    ".g6": _GRAPH6,
    ".graph6": _GRAPH6,
    ".s6": _SPARSE6,
    ".sparse6": _SPARSE6,
}


def read(path: str | os.PathLike, *, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read a graph from a file, whose ending says the format.

    Parameters
    ----------
    path : path-like
        .mtx, .npz, .txt, .edges, .edgelist, .csv, .tsv, .graphml, .gexf, .gml, .g6, .graph6, .s6 or .sparse6,
        and any of them with .gz behind.
    ignore_weights : bool
        Count every value but 0 as an edge, instead of refusing values other than 0 and 1.
    kind : {"undirected", "directed", "bipartite"}, optional
        Instead of what the file says, or what its format takes for granted: of Matrix Market, `symmetric` is
        undirected, square and `general` is directed, anything else bipartite; an edge list is undirected.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If the ending is unknown, or the file is damaged, weighted, or no graph of this kind.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "path.txt"
    >>> _ = path.write_text("# a path\\na b\\nb c\\n")
    >>> read(path).labels.tolist()
    ['a', 'b', 'c']
    """
    if kind is not None and kind not in KINDS:
        raise GraphError(f"kind is {kind!r}; it must be one of {', '.join(KINDS)}")
    path = Path(path)
    parse = _format(path)[0]
    data = path.read_bytes()
    try:
        return parse(_gunzip(data) if path.suffix.lower() == ".gz" else data, ignore_weights, kind)
    except GraphError as error:
        raise GraphError(f"{path}: {error}") from None


def write(graph, path: str | os.PathLike) -> None:
    """Write a graph to a file, whose ending says the format, whole or not at all.

    What was written is read back before it takes the file's place, so that whatever a format cannot hold is
    an error, never a loss. Node and edge attributes of other libraries are not part of a graph.

    Parameters
    ----------
    graph : Graph, or anything that `as_graph` takes
    path : path-like
        As for `read`.

    Raises
    ------
    GraphError
        If the ending is unknown or its format cannot hold this graph.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "path.mtx.gz"
    >>> write(Graph([[0, 1], [1, 0]], "undirected", labels=["a", "b"]), path)
    >>> read(path).labels.tolist()
    ['a', 'b']
    """
    graph, path = as_graph(graph), Path(path)
    parse, dump = _format(path)
    data = dump(graph)
    try:
        same = parse(data) == graph
    except GraphError:
        same = False
    if not same:
        raise GraphError(f"{path.name}: this format cannot hold every label of this graph; use .npz or .mtx")
    atomic.write_bytes(path, gzip.compress(data, mtime=0) if path.suffix.lower() == ".gz" else data)


def check_ending(path: str | os.PathLike) -> None:
    """Refuse a file name whose ending says no format, before work is spent on its content.

    Raises
    ------
    GraphError
        If the ending is unknown.
    """
    _format(Path(path))


def _format(path: Path) -> tuple:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    ending = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes or [""])[-1]
    if ending not in _FORMATS:
        raise GraphError(
            f"{path.name}: the ending {ending!r} is none of {', '.join(_FORMATS)}; rename the file"
        )
    return _FORMATS[ending]


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            content = file.read(MAX_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise GraphError(f"the gzip file is damaged or truncated ({error}); fetch it again") from None
    if len(content) > MAX_BYTES:
        raise GraphError(f"the file holds more than {MAX_BYTES} bytes; unpack and split it")
    return content
