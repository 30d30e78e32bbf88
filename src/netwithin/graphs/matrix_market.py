"""Matrix Market text, `coordinate` and `array`, by SciPy's reader, with the checks that it leaves out."""

import io

import numpy as np
import scipy.io
import scipy.sparse

from netwithin.graphs import marker
from netwithin.graphs.graph import Graph, GraphError, boolean_matrix, weighted

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
    banner, comments, sizes, body = _split(data)
    form, field, symmetry = banner[2:]
    shape = tuple(sizes[:2])
    _check_header(form, field, symmetry, sizes, len(body.split()))
    # SciPy wants the banner's first word as it is written here, the format itself does not care.
    head = f"%%MatrixMarket matrix {form} {field} {symmetry}\n{' '.join(map(str, sizes))}\n"
    try:
        entries = scipy.io.mmread(io.BytesIO(head.encode() + body))
    except (ValueError, OverflowError) as error:
        raise GraphError(
            f"no sound Matrix Market file ({error}); the line is counted without comments"
        ) from None
    matrix = _matrix(entries, shape, symmetry == "symmetric", ignore_weights)
    note = marker.parse("".join(comments)) if comments else {}
    if note and tuple(note.get("shape", shape)) != shape:
        raise GraphError("the netwithin comment and the size line disagree; remove the comment")
    natural = "undirected" if symmetry == "symmetric" else "directed" if shape[0] == shape[1] else "bipartite"
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
    """Banner words, pieces of our comment, the numbers of the size line, and the entries."""
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
    return banner, comments, [int(word) for word in words], source.read()


def _check_header(form: str, field: str, symmetry: str, sizes: list[int], words: int) -> None:
    """Check what SciPy lets pass: short arrays, surplus values, symmetry without a square, any size."""
    if field not in ("pattern", "integer", "unsigned-integer", "real", "double"):
        raise GraphError(
            f"values of the field {field!r} are no weights of a graph; use pattern, integer or real"
        )
    if symmetry not in ("general", "symmetric", "skew-symmetric"):
        raise GraphError(f"the symmetry {symmetry!r} is none of a graph; use general or symmetric")
    if form not in ("coordinate", "array") or (form, field) == ("array", "pattern"):
        raise GraphError(
            f"no Matrix Market file is {form!r} with {field!r}; use coordinate, or array with numbers"
        )
    if len(sizes) != (3 if form == "coordinate" else 2):
        raise GraphError(f"the size line of a {form} file holds {len(sizes)} numbers; it is damaged")
    marker.check_size(sizes[:2])
    rows, columns = sizes[:2]
    if symmetry != "general" and rows != columns:
        raise GraphError(f"a {symmetry} matrix of {rows} x {columns} cannot be; the header is damaged")
    if form == "coordinate":
        expected = sizes[2] * (2 if field == "pattern" else 3)
    else:
        triangle = {
            "general": 0,
            "symmetric": rows * (rows + 1) // 2,
            "skew-symmetric": rows * (rows - 1) // 2,
        }
        expected = triangle[symmetry] if symmetry != "general" else rows * columns
    if words != expected:
        problem = "truncated" if words < expected else "too long"
        raise GraphError(
            f"{expected} numbers should follow the size line and {words} do; the file is {problem}"
        )


def _matrix(entries, shape: tuple, symmetric: bool, ignore_weights: bool) -> scipy.sparse.csr_array:
    """The boolean matrix, with repeated entries merged where they agree."""
    if not scipy.sparse.issparse(entries):
        return boolean_matrix(entries, ignore_weights)
    rows, columns = (np.asarray(index, np.int64) for index in entries.coords)
    merge = merge_entries(rows, columns, entries.data, shape, ignore_weights)
    return scipy.sparse.csr_array((np.ones(merge.sum(), bool), (rows[merge], columns[merge])), shape=shape)


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
