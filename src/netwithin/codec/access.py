"""Asking a file about a graph without decoding all of it."""

import functools
import mmap
import operator
import os

import numpy as np

from netwithin.codec.container import unpack_head
from netwithin.codec.decoder import MAX_EDGES, MAX_NODES, MAX_PAIRS, check_streams
from netwithin.codec.errors import FormatError
from netwithin.codec.stream import decode_stream, describe_stream

Tile = tuple[np.ndarray, np.ndarray]  # rows and columns of a tile's edges, of undirected ones row <= column


class GraphFile:
    """A `.nwn` file that answers questions about its graph.

    A file that was encoded with `access="random"` is read and decoded tile by tile, as far as the answers
    need it; any other is decoded whole at the first question. Nodes are named by their labels, or by their
    numbers if the graph has no labels; the columns of a bipartite graph go on where its rows end.

    Use it in a `with` statement, or call `close`.

    Parameters
    ----------
    path : path-like
        The file.
    max_nodes, max_pairs, max_edges : int
        As for `netwithin.decode`; the pairs are those of a tile.
    cache : int
        How many decoded tiles are kept, those that were used last.

    Raises
    ------
    FormatError
        If the file is damaged before its first tile, foreign, or above a limit. Later on, by any question
        that needs a tile that is damaged; questions about others are still answered.

    Examples
    --------
    >>> import pathlib, tempfile, networkx, netwithin
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "club.nwn"
    >>> club = networkx.Graph(list(networkx.karate_club_graph().edges))
    >>> _ = path.write_bytes(netwithin.encode(club, effort=1, access="random", tile=8))
    >>> with netwithin.open(path) as file:
    ...     file.has_edge(0, 1), sorted(file.neighbors(11)), file.decoded_fraction < 1
    (True, [0], True)
    """

    def __init__(
        self,
        path: str | os.PathLike,
        max_nodes: int = MAX_NODES,
        max_pairs: int = MAX_PAIRS,
        max_edges: int = MAX_EDGES,
        cache: int = 128,
    ):
        with open(path, "rb") as handle:
            if not os.fstat(handle.fileno()).st_size:
                raise FormatError("this is no .nwn file: it is empty")
            self._map = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._file = unpack_head(self._map, max_nodes, max_edges)
        except BaseException:
            self._map.close()
            raise
        self._max_pairs = max_pairs
        self._tile = functools.lru_cache(cache)(self._decode)
        self._decoded = np.zeros(len(self._file.grid), bool)

    def __enter__(self) -> "GraphFile":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. No question can be asked any more."""
        self._tile.cache_clear()
        self._map.close()

    @property
    def kind(self) -> str:
        """ "undirected", "directed" or "bipartite"."""
        return self._file.header.kind

    @property
    def decoded_fraction(self) -> float:
        """Which part of the file's bytes has been decoded so far, its head included."""
        streams = self._file.lengths
        return 1 - float(streams[~self._decoded].sum()) / max(len(self._file.data), 1)

    def number_of_nodes(self) -> int:
        """How many nodes, both sides of a bipartite graph together."""
        return self._file.header.nodes

    def number_of_edges(self) -> int:
        """How many edges, an undirected one counted once."""
        return self._file.header.edges

    def neighbors(self, v) -> list:
        """The nodes that `v` has an edge to: in a directed graph, its successors.

        Parameters
        ----------
        v : int or str
            A node.

        Returns
        -------
        list of int or str
            In the graph's order of nodes.

        Raises
        ------
        KeyError
            If there is no such node.
        """
        side, place = self._place(v)
        found = [self._along(0, place)] if side == 0 else []
        if self.kind == "undirected" or side == 1:
            found.append(self._along(1, place))
        other = 1 - side if self.kind == "bipartite" else side
        return self._names(other, np.unique(np.concatenate(found)))

    def has_edge(self, u, v) -> bool:
        """Whether there is an edge from `u` to `v`; of graphs that are not directed, between them.

        Raises
        ------
        KeyError
            If there is no such node.
        """
        (side, i), (other, j) = self._place(u), self._place(v)
        if self.kind == "bipartite" and side == other:
            return False
        if side > other or (self.kind == "undirected" and i > j):
            i, j = j, i
        size = self._file.grid.side
        rows, columns = self._tile(i // size, j // size)
        return bool(((rows == i) & (columns == j)).any())

    def _along(self, side: int, place: int) -> np.ndarray:
        """Where the coded matrix has edges in a row (side 0) or a column (side 1)."""
        grid = self._file.grid
        block = place // grid.side
        count = grid.shape[1 - side]
        if self.kind == "undirected":
            others = range(block, count) if side == 0 else range(block + 1)
        else:
            others = range(count)
        tiles = (self._tile(*((block, other) if side == 0 else (other, block))) for other in others)
        return np.concatenate([tile[1 - side][tile[side] == place] for tile in tiles])

    def _decode(self, a: int, b: int) -> Tile:
        """The edges of a tile, by their places in the whole matrix."""
        header, stream = self._file.tile(a, b)
        check_streams([describe_stream(header, stream)], self._max_pairs, self._file.tiled)
        rows, columns = decode_stream(header, stream)
        if header.kind == "undirected":  # whose rows may have come in any order
            rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
        self._decoded[self._file.grid.number(a, b)] = True
        return self._file.grid.span(a, 0).start + rows, self._file.grid.span(b, 1).start + columns

    @functools.cached_property
    def _numbers(self) -> dict:
        """For each label its side and its number on it; empty for a side without labels."""
        sides = enumerate([self._file.labels, self._file.column_labels])
        named = ((side, labels.tolist()) for side, labels in sides if labels is not None)
        return {label: (side, k) for side, labels in named for k, label in enumerate(labels)}

    @functools.cached_property
    def _places(self) -> list[np.ndarray] | None:
        """Where in the coded matrix each node is."""
        return [np.argsort(own) for own in self._file.numbering] if self._file.numbering else None

    def _place(self, v) -> tuple[int, int]:
        """The side of a node, 1 for a column of a bipartite graph, and its place in the coded matrix."""
        side, number = self._numbers.get(v) or self._unlabelled(v)
        return side, number if self._places is None else int(self._places[side][number])

    def _unlabelled(self, v) -> tuple[int, int]:
        """The side and number of a node on a side that has no labels."""
        rows, columns = self._file.header.shape
        try:
            number = operator.index(v)
        except TypeError:
            number = -1
        if self._file.labels is None and 0 <= number < rows:
            return 0, number
        if self.kind == "bipartite" and self._file.column_labels is None and rows <= number < rows + columns:
            return 1, number - rows
        raise KeyError(f"the graph has no node {v!r}")

    def _names(self, side: int, places: np.ndarray) -> list:
        """What the nodes at some places of the coded matrix are called, in the graph's order."""
        numbers = places if self._file.numbering is None else np.sort(self._file.numbering[side][places])
        labels = self._file.column_labels if side else self._file.labels
        return (numbers + side * self._file.header.shape[0] if labels is None else labels[numbers]).tolist()
