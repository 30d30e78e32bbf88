"""Edge lists: SNAP's (white space, `#` comments) and CSV."""

import csv
import io
import re

import numpy as np

from netwithin.graphs import marker
from netwithin.graphs.graph import Graph, GraphError
from netwithin.graphs.matrix_market import merge_entries

_IDS = re.compile(r"(?:(?:0|[1-9][0-9]*)\n)*")
_SIGNED_IDS = re.compile(r"(?:(?:0|-?[1-9][0-9]*)\n)*")
_SNAP_SIZES = re.compile(r"#\s*Nodes:\s*([0-9]{1,15})\s+Edges:\s*([0-9]{1,15})\s*$", re.IGNORECASE)
_SOURCES = {"source", "from", "src", "u", "node1", "i", "row", "head", "fromnodeid"}
_TARGETS = {"target", "to", "dst", "v", "node2", "j", "column", "tail", "tonodeid"}
_WEIGHTS = {"weight", "value", "w"}


def parse_text(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read a white-space edge list: two names a line, and a weight if there is any.

    Lines that begin with `#` or `%` are comments. Names that are all whole numbers become integer labels in
    numerical order, so that 0 to n - 1 without gaps means no labels; otherwise names are strings, in order of
    appearance. Nodes without edges are known only if `dump_text` wrote the file. SNAP's comment
    ``# Nodes: N Edges: M`` serves as a check against truncation.

    Parameters
    ----------
    data : bytes
        The file, UTF-8.
    ignore_weights : bool
        Drop weights, and whatever follows them on the line. A weight 0 still means no edge, unless some line
        has no number there (a date, networkx's `{}`): then that column holds no weights and is dropped whole.
    kind : {"undirected", "directed", "bipartite"}, optional
        Undirected unless said otherwise here or by `dump_text`: an edge may stand there once or in both
        directions. Of a bipartite graph, the first name is a row and the second a column.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If a line has not two or three fields, an id is negative, the file is shorter than its comment says,
        the same edge has weight 0 and 1, or a weight is found.
    """
    lines = _decode(data).split("\n")
    comments = [line for line in lines if line.startswith(("#", "%"))]
    table = [line.split() for line in lines if not line.startswith(("#", "%"))]
    table = [fields for fields in table if fields]
    for found in filter(None, map(_SNAP_SIZES.match, comments)):
        if len(table) < int(found[2]):
            raise GraphError(f"{len(table)} edges where the comment says {found[2]}; the file is truncated")
    return _graph(
        _without_data(table) if ignore_weights else table, _find_marker(comments), ignore_weights, kind
    )


def parse_csv(
    data: bytes, ignore_weights: bool = False, kind: str | None = None, delimiter: str = ","
) -> Graph:
    """Read an edge list in CSV: source, target, and a weight if there is any.

    A first row of names like `source,target,weight` is recognised; under such a header the columns are found
    by their names, wherever they stand, and columns of other names are passed over. Without such names the
    first two columns count, and there may be a third with weights. `#` lines before the first row are
    comments. Labels, kinds and the rest are as in `parse_text`.

    Parameters
    ----------
    data : bytes
        The file, UTF-8.
    ignore_weights, kind
        As for `parse_text`.
    delimiter : str

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        As `parse_text`, or if the file is no CSV, or it has more columns and no names that tell them apart.
    """
    text, comments = _decode(data), []
    while text.startswith("#"):
        line, _, text = text.partition("\n")
        comments.append(line)
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        table = [fields for fields in reader if fields]
    except csv.Error as error:
        raise GraphError(f"no sound CSV ({error}); check the quotes") from None
    note = _find_marker(comments)
    if table and (note or _is_header(table)):
        table = _choose(table, _lowered(table[0]))
        table = _without_data(table) if ignore_weights else table
    return _graph(table, note, ignore_weights, kind)


def dump_text(graph: Graph) -> bytes:
    """Write a white-space edge list whose comments hold kind, labels and nodes without edges.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    bytes

    Raises
    ------
    GraphError
        If a label is empty, holds white space, or begins like a comment.
    """
    sources, targets = _names(graph)
    for label in {*sources, *targets}:
        if label.split() != [label] or label[0] in "#%":
            raise GraphError(f"the label {label!r} cannot stand in an edge list; use .csv, .npz or .mtx")
    head = f"# {marker.NAME} {marker.full(graph)}\n# Nodes: {graph.number_of_nodes} Edges: {len(sources)}\n"
    return (head + "".join(f"{u} {v}\n" for u, v in zip(sources, targets, strict=True))).encode()


def dump_csv(graph: Graph, delimiter: str = ",") -> bytes:
    """Write an edge list in CSV with the header `source,target`.

    A `#` comment goes before the header only where the edges alone do not tell the whole graph: nodes without
    edges, a kind other than undirected, labels in an order of their own.

    Parameters
    ----------
    graph : Graph
    delimiter : str

    Returns
    -------
    bytes
    """
    target = io.StringIO(newline="")
    strings = any(
        labels is not None and labels.dtype.kind == "U" for labels in (graph.labels, graph.column_labels)
    )
    quoting = csv.QUOTE_ALL if strings else csv.QUOTE_MINIMAL
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n", quoting=quoting)
    writer.writerow(["source", "target"])
    writer.writerows(zip(*_names(graph), strict=True))
    plain = target.getvalue().encode()
    try:
        if parse_csv(plain, delimiter=delimiter) == graph:
            return plain
    except GraphError:
        pass
    return f"# {marker.NAME} {marker.full(graph)}\n".encode() + plain


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GraphError(
            f"the text is not UTF-8 ({error.reason} at byte {error.start}); convert it first"
        ) from None


def _find_marker(comments: list[str]) -> dict:
    opening = f"# {marker.NAME} "
    return next((marker.parse(line[len(opening) :]) for line in comments if line.startswith(opening)), {})


def _lowered(names: list[str]) -> list[str]:
    return [name.strip().lower() for name in names]


def _is_header(table: list[list[str]]) -> bool:
    """A header has the usual names, or names where every other row has numbers."""
    first = set(_lowered(table[0]))
    if first & _SOURCES and first & _TARGETS:
        return True
    return len(table) > 1 and not _numeric([table[0]]) and _numeric(table[1:])


def _numeric(table: list[list[str]]) -> bool:
    return _SIGNED_IDS.fullmatch("".join(f"{name}\n" for fields in table for name in fields[:2])) is not None


def _choose(table: list[list[str]], header: list[str]) -> list[list[str]]:
    """The source, target and weight columns of a table with a header."""
    if any(len(fields) != len(header) for fields in table):
        raise GraphError(f"not every row has the header's {len(header)} fields; the file is damaged")
    source, target, weight = (_column(header, names) for names in (_SOURCES, _TARGETS, _WEIGHTS))
    if source is None or target is None:
        if len(header) > 3 or weight not in (None, 2) or (weight is None and len(header) == 3):
            raise GraphError(
                f"no columns are called source and target, only {', '.join(map(repr, header))}; name them so"
            )
        source, target = 0, 1
    chosen = [source, target] if weight is None else [source, target, weight]
    return [[fields[k] for k in chosen] for fields in table[1:]]


def _column(header: list[str], names: set[str]) -> int | None:
    """The place of the column that has one of the names."""
    places = [k for k, name in enumerate(header) if name in names]
    if len(places) > 1:
        called = " and ".join(repr(header[k]) for k in places)
        raise GraphError(f"the columns {called} could be the same thing; keep one of them")
    return places[0] if places else None


def _without_data(table: list[list[str]]) -> list[list[str]]:
    """Cut everything behind the weights, and the weights too if some line has something else there."""
    weighted = all(_is_number(fields[2]) for fields in table if len(fields) > 2)
    return [fields[: 3 if weighted else 2] for fields in table]


def _graph(table: list[list[str]], note: dict, ignore_weights: bool, kind: str | None) -> Graph:
    """Names and weights become a graph."""
    kind = kind or note.get("kind", "undirected")
    widths = {len(fields) for fields in table} or {2}
    if len(widths) > 1 or min(widths) < 2 or max(widths) > 3:
        raise GraphError(
            f"lines have {sorted(widths)} fields; two names and at most a weight are needed on each"
        )
    sources, targets = [fields[0] for fields in table], [fields[1] for fields in table]
    if note:
        rows, columns, shape = *_placed(sources, targets, note, kind), tuple(note.get("shape", (0, 0)))
        labels = {name: note.get(name) for name in ("labels", "column_labels")}
    else:
        rows, columns, shape, labels = _numbered(sources, targets, kind == "bipartite")
    values = np.array([_number(fields[2]) for fields in table]) if max(widths) > 2 else np.ones(len(table))
    if kind == "undirected":
        # One edge in both directions is one entry, so that a 0 and a 1 for it are seen to disagree.
        rows, columns = np.maximum(rows, columns), np.minimum(rows, columns)
    edge = merge_entries(rows, columns, values, shape, ignore_weights)
    return Graph.from_edges(rows[edge], columns[edge], shape, kind, **labels)


def _is_number(text: str) -> bool:
    try:
        _number(text)
    except GraphError:
        return False
    return True


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise GraphError(f"the weight {text!r} is no number; check the columns") from None


def _numbered(sources: list[str], targets: list[str], bipartite: bool) -> tuple:
    """Positions, shape and labels of a list that says nothing but its edges."""
    if bipartite:
        labels, rows = _ranked(sources)
        column_labels, columns = _ranked(targets)
        return (
            rows,
            columns,
            (len(labels), len(column_labels)),
            {"labels": labels, "column_labels": column_labels},
        )
    labels, both = _ranked(sources + targets)
    return both[: len(sources)], both[len(sources) :], (len(labels), len(labels)), {"labels": labels}


def _ranked(names: list[str]) -> tuple[np.ndarray | list[str], np.ndarray]:
    """The different names in order (numbers by size, strings by appearance), and each name's place there."""
    joined = "".join(f"{name}\n" for name in names)
    if _IDS.fullmatch(joined):
        try:
            return np.unique(np.array([int(name) for name in names], np.int64), return_inverse=True)
        except OverflowError:
            raise GraphError("an id does not fit in 64 bits; give the nodes shorter names") from None
    if _SIGNED_IDS.fullmatch(joined):
        raise GraphError("an id is negative; number the nodes from 0 or from 1")
    place: dict[str, int] = {}
    positions = [place.setdefault(name, len(place)) for name in names]
    return list(place), np.array(positions, np.int64)


def _placed(sources: list[str], targets: list[str], note: dict, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Positions by the labels that `dump_text` or `dump_csv` wrote down."""
    shape = note.get("shape", (0, 0))
    rows = _places(note.get("labels"), 0, shape[0])
    columns = _places(note.get("column_labels"), shape[0], shape[1]) if kind == "bipartite" else rows
    try:
        return (
            np.array([rows[name] for name in sources], np.int64),
            np.array([columns[name] for name in targets], np.int64),
        )
    except (KeyError, ValueError) as error:
        raise GraphError(
            f"an edge names a node that is out of range ({error}); the file is damaged"
        ) from None


class _Numbers:
    """Positions of the labels first, first + 1, ... without a table of them all."""

    def __init__(self, first: int, size: int):
        self.first, self.size = first, size

    def __getitem__(self, name: str) -> int:
        position = int(name) - self.first
        if not 0 <= position < self.size:
            raise KeyError(name)
        return position


def _places(labels, first: int, size: int):
    if labels is None:
        return _Numbers(first, size)
    return {str(label): k for k, label in enumerate(labels)}


def _names(graph: Graph) -> tuple[list[str], list[str]]:
    """The edges as pairs of names."""
    rows, columns = graph.edges()
    first = range(graph.shape[0]) if graph.labels is None else graph.labels.tolist()
    second = first
    if graph.kind == "bipartite":
        numbered = range(graph.shape[0], sum(graph.shape))
        second = numbered if graph.column_labels is None else graph.column_labels.tolist()
    return [str(first[i]) for i in rows.tolist()], [str(second[j]) for j in columns.tolist()]
