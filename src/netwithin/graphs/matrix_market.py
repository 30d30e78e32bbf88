"""Matrix Market text, `coordinate` and `array`."""

import io

import numpy as np
import scipy.io
import scipy.sparse

from netwithin.graphs import marker
from netwithin.graphs.graph import Graph, GraphError, weighted

# Lines over 1024 characters are against the format's rules, so that a long marker goes on several.
_CHUNK = 1000


def parse(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read a graph from Matrix Market text.

    A `symmetric` matrix is an undirected graph (whichever triangle holds its entries), a square `general` one
    directed even if its values are symmetric, any other bipartite; a `netwithin` comment or `kind` overrules
    that. Entries of value 0 are no edges. The same entry twice counts once, unless once with 0 and once
    without.

    Parameters
    ----------
    data : bytes
        The file.
    ignore_weights, kind
        As for `netwithin.graphs.read`.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If the text is damaged, complex-valued, weighted, or not of the `kind` asked for.
    """
    (form, field, symmetry), comments, sizes, body = _split(data)
    _check_header(form, field, symmetry, sizes)
    shape, symmetric = tuple(sizes[:2]), symmetry == "symmetric"
    if form == "coordinate":
        rows, columns, values = _coordinates(body, field, sizes)
    else:
        rows, columns, values = _array(body, shape, symmetric)
    if symmetric:
        rows, columns = np.maximum(rows, columns), np.minimum(rows, columns)
    edge = merge_entries(rows, columns, values, shape, ignore_weights)
    rows, columns = rows[edge], columns[edge]
    if symmetric:
        rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    matrix = scipy.sparse.coo_array((np.ones(len(rows), bool), (rows, columns)), shape=shape)
    note = marker.parse("".join(comments)) if comments else {}
    if note and tuple(note.get("shape", shape)) != shape:
        raise GraphError("the netwithin comment and the size line disagree; remove the comment")
    natural = "undirected" if symmetric else "directed" if shape[0] == shape[1] else "bipartite"
    return Graph(matrix, kind or note.get("kind", natural), note.get("labels"), note.get("column_labels"))


def dump(graph: Graph) -> bytes:
    """Write a graph as Matrix Market text, `coordinate pattern`.

    `symmetric` (lower triangle) for undirected graphs, `general` for others. Labels, and the kind of a square
    bipartite graph, go into `%netwithin` comment lines; an unlabelled graph's file is like everyone else's.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    bytes
    """
    symmetry = "symmetric" if graph.kind == "undirected" else "general"
    lines = [f"%%MatrixMarket matrix coordinate pattern {symmetry}"]
    square_bipartite = graph.kind == "bipartite" and graph.shape[0] == graph.shape[1]
    if square_bipartite or graph.labels is not None or graph.column_labels is not None:
        text = marker.full(graph)
        lines += [f"%{marker.NAME} {text[k : k + _CHUNK]}" for k in range(0, len(text), _CHUNK)]
    lines.append(f"{graph.shape[0]} {graph.shape[1]} {graph.number_of_edges}")
    head = "\n".join(lines).encode() + b"\n"
    if not graph.number_of_edges:
        return head
    body = io.BytesIO()
    scipy.io.mmwrite(body, graph.adjacency.astype(np.int8), comment="", field="pattern", symmetry=symmetry)
    # SciPy's own head is three lines: banner, an empty comment, sizes.
    return head + body.getvalue().split(b"\n", 3)[3]


def dump_dense(graph: Graph) -> bytes:
    """Write an undirected graph the way the paper's files are: `array real symmetric`, 23 bytes per entry.

    Every entry of the lower triangle, diagonal included, is spelt out with sixteen decimals, so that the size
    depends on the number of nodes alone.

    Parameters
    ----------
    graph : Graph
        Undirected.

    Returns
    -------
    bytes

    Raises
    ------
    GraphError
        If the graph is not undirected.

    References
    ----------
    Tang & Li, Table 4, column "File Size (.mtx)".

    Examples
    --------
    >>> from netwithin.graphs import erdos_renyi
    >>> len(dump_dense(erdos_renyi(100, 0.25))), len(dump_dense(erdos_renyi(100, 0.75)))
    (116203, 116203)
    """
    if graph.kind != "undirected":
        raise GraphError(f"the symmetric array form holds undirected graphs, not {graph.kind} ones; use dump")
    target = io.BytesIO()
    dense = graph.adjacency.toarray().astype(np.float64)
    scipy.io.mmwrite(target, dense, field="real", precision=17, symmetry="symmetric")
    return target.getvalue()


def _split(data: bytes) -> tuple[list[str], list[str], list[int], bytes]:
    """The banner's last words, pieces of our comment, the numbers of the size line, and the entries."""
    source = io.BytesIO(data)
    banner = source.readline(1024).decode("ascii", "replace").lower().split()
    if len(banner) != 5 or banner[:2] != ["%%matrixmarket", "matrix"]:
        raise GraphError(
            "the first line is no Matrix Market banner (%%MatrixMarket matrix ...); check the format"
        )
    comments, opening = [], f"%{marker.NAME} ".encode()
    for line in source:
        if line.startswith(opening):
            comments.append(line[len(opening) :].decode("ascii", "replace").rstrip("\r\n"))
        elif line.strip() and not line.startswith(b"%"):
            break
    else:
        raise GraphError("the file ends before its size line; it is truncated")
    words = line.split()
    if len(words) not in (2, 3) or not all(word.lstrip(b"+-").isdigit() and len(word) < 20 for word in words):
        raise GraphError(f"the size line reads {line[:60]!r}; it should hold whole numbers")
    return banner[2:], comments, [int(word) for word in words], source.read()


def _check_header(form: str, field: str, symmetry: str, sizes: list[int]) -> None:
    if field not in ("pattern", "integer", "unsigned-integer", "real", "double"):
        raise GraphError(
            f"values of the field {field!r} are no weights of a graph; use pattern, integer or real"
        )
    if symmetry not in ("general", "symmetric"):
        raise GraphError(f"the symmetry {symmetry!r} is none of a graph; use general or symmetric")
    if form not in ("coordinate", "array") or (form, field) == ("array", "pattern"):
        raise GraphError(
            f"no Matrix Market file is {form!r} with {field!r}; use coordinate, or array with numbers"
        )
    if len(sizes) != (3 if form == "coordinate" else 2):
        raise GraphError(f"the size line of a {form} file holds {len(sizes)} numbers; it is damaged")
    marker.check_size(sizes[:2])
    if symmetry == "symmetric" and sizes[0] != sizes[1]:
        raise GraphError(f"a symmetric matrix of {sizes[0]} x {sizes[1]} cannot be; the header is damaged")


def _table(body: bytes, dtype, expected: int) -> np.ndarray:
    """The numbers after the size line, a row per line.

    NumPy's reader is as quick as SciPy's `mmread`, and strict. SciPy's (1.17) takes an array's missing values
    for zeros, passes over surplus ones, and reads beyond its buffer where a damaged last line misleads it.
    """
    if body.strip():
        try:
            table = np.loadtxt(io.BytesIO(body), dtype, comments=None, ndmin=1)
        except (ValueError, OverflowError) as error:
            raise GraphError(f"a line after the size line is damaged or truncated: {error}") from None
    else:
        table = np.empty((0,), dtype)
    entries = table.size if table.dtype.names is None else len(table)
    if entries != expected:
        problem = "truncated" if entries < expected else "too long"
        raise GraphError(f"{entries} of {expected} entries follow the size line; the file is {problem}")
    return table


def _coordinates(body: bytes, field: str, sizes: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Zero-based rows, columns and values of the `coordinate` form."""
    names = [("row", np.int64), ("column", np.int64)]
    table = _table(body, names if field == "pattern" else [*names, ("value", np.float64)], sizes[2])
    for name, size in zip(("row", "column"), sizes[:2], strict=True):
        outside = (table[name] < 1) | (table[name] > size)
        if outside.any():
            raise GraphError(
                f"{name} {table[name][outside][0]} is out of range; ids go from 1 to {size} here"
            )
    values = np.ones(len(table)) if field == "pattern" else table["value"]
    return table["row"] - 1, table["column"] - 1, values


def _array(body: bytes, shape: tuple[int, int], symmetric: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Zero-based rows, columns and values of what is not 0 in the `array` form: columns one after another."""
    heights = shape[0] - np.arange(shape[1]) if symmetric else np.full(shape[1], shape[0])
    values = _table(body, np.float64, int(heights.sum())).ravel()
    places = np.flatnonzero(values)
    starts = np.concatenate([[0], np.cumsum(heights)])
    columns = np.searchsorted(starts, places, side="right") - 1
    # Of a symmetric matrix, each column begins at the diagonal.
    return places - starts[columns] + (columns if symmetric else 0), columns, values[places]


def merge_entries(rows, columns, values, shape, ignore_weights: bool) -> np.ndarray:
    """Tell which entries of a list are edges.

    Parameters
    ----------
    rows, columns : int64 arrays of shape (m,)
    values : array of shape (m,)
        Numbers; 0 is no edge.
    shape : tuple of int
    ignore_weights : bool
        Let values other than 0 and 1 pass.

    Returns
    -------
    bool array of shape (m,)
        True for edges, repeated or not.

    Raises
    ------
    GraphError
        If a value is no finite number or is a weight, or one pair has both a zero and another value.
    """
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise GraphError("a value is NaN or infinite; remove it first")
    edge = values != 0
    strange = edge & (values != 1)
    if strange.any() and not ignore_weights:
        raise weighted(values[strange][0])
    if edge.all():
        return edge
    keys = rows * shape[1] + columns
    both = np.intersect1d(keys[edge], keys[~edge])
    if len(both):
        row, column = divmod(int(both[0]), shape[1])
        raise GraphError(
            f"the entry at row {row + 1}, column {column + 1} is there with 0 and with 1; keep one"
        )
    return edge
