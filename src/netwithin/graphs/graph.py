"""The one graph type of the package: a canonical boolean sparse matrix with its kind and its labels."""

import dataclasses
import functools
import hashlib
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse

KINDS = ("undirected", "directed", "bipartite")


class GraphError(ValueError):
    """What was given is no graph that this package can hold; the message says what to do about it."""


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """An unweighted graph: who is joined to whom, of which kind, under which names.

    The constructor accepts any two-dimensional array or sparse matrix whose values are 0 and 1, and brings
    it into canonical form. A graph never changes after that: its arrays are read-only.

    Parameters
    ----------
    adjacency : scipy.sparse.csr_array of bool, shape (rows, columns)
        Canonical: indices sorted, no duplicates, no explicit zeros. An undirected graph holds both
        triangles. A bipartite graph has its first side as rows and its second as columns.
    kind : {"undirected", "directed", "bipartite"}
    labels : int64 or str array of shape (rows,), optional
        The rows' names, each different. None means 0, 1, ..., rows - 1, and labels equal to those become
        None.
    column_labels : int64 or str array of shape (columns,), optional
        Of a bipartite graph only: the names of the second side, which is numbered on from the first, so that
        None means rows, ..., rows + columns - 1. No name may stand on both sides: a label names one node.
    meta : mapping, optional
        Where the graph came from (model, seed, name, ...). Not part of equality, nor of the digest.

    Raises
    ------
    GraphError
        If the matrix is not what `kind` asks for, a value is not 0 or 1, or the labels do not name each node
        once.

    Examples
    --------
    >>> g = Graph([[0, 1], [1, 0]], "undirected", labels=["a", "b"])
    >>> g.number_of_nodes, g.number_of_edges, g.density
    (2, 1, 1.0)
    """

    adjacency: scipy.sparse.csr_array
    kind: str
    labels: np.ndarray | None = None
    column_labels: np.ndarray | None = None
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        if self.kind not in KINDS:
            raise GraphError(f"kind is {self.kind!r}; it must be one of {', '.join(KINDS)}")
        matrix = boolean_matrix(self.adjacency)
        rows, columns = matrix.shape
        if self.kind != "bipartite" and rows != columns:
            raise GraphError(f"a matrix of {rows} x {columns} is no {self.kind} graph; use kind='bipartite'")
        if self.kind == "undirected" and (matrix != matrix.T).nnz:
            raise GraphError("the matrix is not symmetric; use kind='directed', or add its transpose")
        if self.kind != "bipartite" and self.column_labels is not None:
            raise GraphError(f"a {self.kind} graph has no column labels; give labels only")
        labels = _clean_labels(self.labels, 0, rows, "labels")
        column_labels = _clean_labels(self.column_labels, rows, columns, "column_labels")
        if self.kind == "bipartite":
            _refuse_shared(labels, column_labels, rows, columns)
        for array in (matrix.data, matrix.indices, matrix.indptr):
            array.flags.writeable = False
        object.__setattr__(self, "adjacency", matrix)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "column_labels", column_labels)
        object.__setattr__(self, "meta", dict(self.meta))

    @classmethod
    def from_edges(cls, rows, columns, shape, kind, labels=None, column_labels=None, meta=None) -> "Graph":
        """Build a graph from the positions of its edges.

        Parameters
        ----------
        rows, columns : array of int, shape (m,)
            Positions, not labels. Repeated edges count once; an undirected edge may be given in either
            direction or in both.
        shape : tuple of int
            (rows, columns); both n unless the graph is bipartite.
        kind, labels, column_labels, meta
            As for `Graph`.

        Returns
        -------
        Graph

        Raises
        ------
        GraphError
            If a position is no integer or lies outside `shape`.

        Examples
        --------
        >>> Graph.from_edges([0, 2], [1, 1], (3, 3), "undirected").number_of_edges
        2
        """
        rows, columns = _positions(rows, shape[0], "row"), _positions(columns, shape[1], "column")
        if len(rows) != len(columns):
            raise GraphError(f"{len(rows)} rows but {len(columns)} columns; give one of each per edge")
        if kind == "undirected":
            rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
        matrix = scipy.sparse.coo_array((np.ones(len(rows), bool), (rows, columns)), shape=tuple(shape))
        return cls(matrix, kind, labels, column_labels, meta or {})

    @property
    def shape(self) -> tuple[int, int]:
        """The matrix's shape, (rows, columns)."""
        return tuple(int(size) for size in self.adjacency.shape)

    @property
    def number_of_nodes(self) -> int:
        """Number of nodes; for a bipartite graph, both sides together."""
        return sum(self.shape) if self.kind == "bipartite" else self.shape[0]

    @functools.cached_property
    def _loops(self) -> int:
        return 0 if self.kind == "bipartite" else int(self.adjacency.diagonal().sum())

    @property
    def has_loops(self) -> bool:
        """Whether any node is joined to itself, which never happens in a bipartite graph."""
        return self._loops > 0

    @property
    def number_of_edges(self) -> int:
        """Edges, an undirected one once, a loop once."""
        stored = int(self.adjacency.nnz)
        return (stored + self._loops) // 2 if self.kind == "undirected" else stored

    @property
    def number_of_pairs(self) -> int:
        """The pairs that a coder must decide.

        i < j for an undirected graph and all i != j for a directed one, with the diagonal if there is any
        loop; rows times columns for a bipartite one.
        """
        rows, columns = self.shape
        if self.kind == "bipartite":
            return rows * columns
        pairs = rows * (rows - 1)
        return (pairs // 2 if self.kind == "undirected" else pairs) + (rows if self.has_loops else 0)

    @property
    def density(self) -> float:
        """Edges per pair, 0 to 1; 0 where there is no pair."""
        return self.number_of_edges / self.number_of_pairs if self.number_of_pairs else 0.0

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """The edges' positions, sorted by row, then by column.

        Returns
        -------
        rows, columns : int64 arrays of shape (number_of_edges,)
            Of an undirected graph, i <= j only.
        """
        rows = np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(self.adjacency.indptr))
        columns = self.adjacency.indices.astype(np.int64)
        if self.kind != "undirected":
            return rows, columns
        upper = rows <= columns
        return rows[upper], columns[upper]

    @functools.cached_property
    def _digest(self) -> bytes:
        rows, columns = self.edges()
        hashed = hashlib.sha256(b"netwithin graph 1\n")
        hashed.update(bytes([KINDS.index(self.kind)]))
        hashed.update(np.array([*self.shape, len(rows)], "<u8").tobytes())
        hashed.update(_label_bytes(self.labels) + _label_bytes(self.column_labels))
        hashed.update(rows.astype("<i8").tobytes() + columns.astype("<i8").tobytes())
        return hashed.digest()

    def digest(self) -> bytes:
        """SHA-256 of the graph: kind, shape, labels, edges. The same on every machine.

        The bytes that are hashed, integers little-endian: the 18 bytes ``netwithin graph 1\\n``; one byte for
        the kind (0 undirected, 1 directed, 2 bipartite); rows, columns and the number of edges as uint64; the
        labels, then the column labels, each as one byte 0 (none), or 1 and int64 each, or 2 and, for each,
        the uint64 length of its UTF-8 form and that form; then the rows of `edges()` as int64, then its
        columns.

        Returns
        -------
        bytes
            32 of them.
        """
        return self._digest

    def __eq__(self, other) -> bool:
        """Same kind, shape, edges and labels (the integer 1 and the string "1" differ)."""
        if not isinstance(other, Graph):
            return NotImplemented
        return (
            self.kind == other.kind
            and self.shape == other.shape
            and np.array_equal(self.adjacency.indptr, other.adjacency.indptr)
            and np.array_equal(self.adjacency.indices, other.adjacency.indices)
            and _same_labels(self.labels, other.labels)
            and _same_labels(self.column_labels, other.column_labels)
        )

    def __hash__(self) -> int:
        return int.from_bytes(self.digest()[:8], "little")

    def __repr__(self) -> str:
        size = f"{self.shape[0]} + {self.shape[1]}" if self.kind == "bipartite" else f"{self.shape[0]}"
        return f"<Graph: {self.kind}, {size} nodes, {self.number_of_edges} edges>"

    def to_scipy(self) -> scipy.sparse.csr_array:
        """A writable copy of the adjacency matrix (bool), without kind and labels."""
        return self.adjacency.copy()

    def to_networkx(self):
        """The same graph as a networkx `Graph` or `DiGraph`; `as_graph` takes it back exactly.

        Nodes are the labels, as Python integers or strings, in order. A bipartite graph becomes a
        `networkx.Graph`, its columns after its rows, with networkx's customary node attribute `bipartite`
        (0 or 1) and the graph attribute `netwithin_kind`.

        Returns
        -------
        networkx.Graph or networkx.DiGraph
        """
        from netwithin.graphs.convert import to_networkx

        return to_networkx(self)


def boolean_matrix(values, ignore_weights: bool = False) -> scipy.sparse.csr_array:
    """Bring a matrix of zeros and ones into canonical form.

    Parameters
    ----------
    values : array or sparse matrix, two-dimensional, of booleans, integers or floats
        Duplicate entries of a sparse matrix add up, as everywhere in SciPy.
    ignore_weights : bool
        Count every value but 0 as an edge instead of refusing values other than 0 and 1.

    Returns
    -------
    scipy.sparse.csr_array of bool
        Sorted, without duplicates or explicit zeros; shares no memory with `values`.

    Raises
    ------
    GraphError
        If there is a NaN or an infinity, a value other than 0 or 1, or no matrix.
    """
    if not scipy.sparse.issparse(values):
        values = np.asarray(values)
    if values.ndim != 2 or values.dtype.kind not in "buif":
        raise GraphError(f"a matrix of numbers is needed, not {values.ndim} dimensions of {values.dtype}")
    matrix = scipy.sparse.csr_array(values, copy=True)
    matrix.sum_duplicates()
    if matrix.dtype.kind == "f" and not np.isfinite(matrix.data).all():
        raise GraphError("the matrix holds NaN or infinity; remove them first")
    strange = (matrix.data != 0) & (matrix.data != 1)
    if strange.any() and not ignore_weights:
        raise weighted(matrix.data[strange][0])
    matrix = matrix.astype(bool)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def weighted(value) -> GraphError:
    """The error for a weight where none can be kept."""
    return GraphError(
        f"the value {value} is neither 0 nor 1; ignore weights (ignore_weights=True) to drop it"
    )


def _positions(values, size: int, what: str) -> np.ndarray:
    """int64 positions, each checked to be an integer from 0 to size - 1."""
    values = np.asarray(values)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iu"):
        raise GraphError(f"{what} positions must be a one-dimensional array of integers")
    outside = (values < 0) | (values >= size)
    if outside.any():
        raise GraphError(f"{what} {values[outside][0]} is out of range; ids go from 0 to {size - 1} here")
    return values.astype(np.int64)


def _clean_labels(
    labels: Sequence | np.ndarray | None, first: int, size: int, what: str
) -> np.ndarray | None:
    """Labels as a read-only int64 or str array, or None where they are first, first + 1, ..."""
    if labels is None:
        return None
    labels = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    if len(labels) != size:
        raise GraphError(f"{len(labels)} {what} for {size} nodes; give one each")
    if all(
        isinstance(label, numbers.Integral) and not isinstance(label, bool | np.bool_) for label in labels
    ):
        if any(not -(2**63) <= label < 2**63 for label in labels):
            raise GraphError(f"{what} must fit in 64 bits; use strings for longer numbers")
        clean = np.array(labels, np.int64)
        if np.array_equal(clean, np.arange(first, first + size)):
            return None
    elif all(isinstance(label, str) for label in labels):
        _refuse_unwritable(labels, what)
        clean = np.array(labels, np.str_)
    else:
        strange = sorted({type(label).__name__ for label in labels})
        raise GraphError(
            f"{what} must be all integers or all strings, not {', '.join(strange)}; rename the nodes"
        )
    if len(set(labels)) != size:
        seen = set()
        twice = next(label for label in labels if label in seen or seen.add(label))
        raise GraphError(f"{what} name {twice!r} twice; give each node its own name")
    clean.flags.writeable = False
    return clean


def _refuse_unwritable(labels: list[str], what: str) -> None:
    """NumPy cuts trailing NULs off in silence, and lone surrogates have no UTF-8 form."""
    for label in labels:
        if "\0" in label or any("\ud800" <= character <= "\udfff" for character in label):
            raise GraphError(
                f"{what} must be free of NUL and of lone surrogates, unlike {label!r}; rename it"
            )


def _refuse_shared(labels, column_labels, rows: int, columns: int) -> None:
    first = set(range(rows) if labels is None else labels.tolist())
    second = range(rows, rows + columns) if column_labels is None else column_labels.tolist()
    shared = next((label for label in second if label in first), None)
    if shared is not None:
        raise GraphError(f"{shared!r} names a row and a column; give the two sides different labels")


def _label_bytes(labels: np.ndarray | None) -> bytes:
    if labels is None:
        return b"\0"
    if labels.dtype.kind == "i":
        return b"\1" + labels.astype("<i8").tobytes()
    encoded = [label.encode() for label in labels.tolist()]
    return b"\2" + b"".join(len(label).to_bytes(8, "little") + label for label in encoded)


def _same_labels(one: np.ndarray | None, two: np.ndarray | None) -> bool:
    if one is None or two is None:
        return one is two
    return one.dtype.kind == two.dtype.kind and np.array_equal(one, two)
