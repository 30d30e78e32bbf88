"""A graph's matrix cut into square tiles, each of which is a graph of its own.

The nodes are cut into blocks of equal size, the last one smaller. Tile (a, b) holds the pairs of a node of
block a with one of block b: on the diagonal a graph of the same kind, elsewhere a bipartite one. An
undirected graph has the tiles a <= b.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from netwithin.codec.pairs import Header

EDGES_PER_TILE = 5000
MIN_SIDE, MAX_SIDE = 64, 2048


def automatic_side(header: Header) -> int:
    """How many nodes a tile has on a side, unless told otherwise.

    The power of two that leaves about five thousand edges to a tile on average, so that there is something to
    learn from; at least 64, and at most 2048, so that no tile takes long to decode.

    Examples
    --------
    >>> automatic_side(Header("undirected", (5000, 5000), loops=False, edges=40_000))
    1024
    """
    area = 2 * header.pairs if header.kind == "undirected" else header.pairs
    wanted = (area * EDGES_PER_TILE / (max(header.edges, 1) * (1 + (header.kind == "undirected")))) ** 0.5
    return int(min(max(2 ** round(np.log2(max(wanted, 1))), MIN_SIDE), MAX_SIDE))


@dataclass(frozen=True)
class Grid:
    """The tiles of a graph.

    Attributes
    ----------
    header : Header
        Of the whole graph.
    side : int
        Nodes of a block; as many as the graph has, or more, make a single tile of it.
    """

    header: Header
    side: int

    @property
    def shape(self) -> tuple[int, int]:
        """How many blocks of rows, and of columns."""
        rows, columns = self.header.shape
        return max(-(-rows // self.side), 1), max(-(-columns // self.side), 1)

    def __len__(self) -> int:
        """How many tiles."""
        rows, columns = self.shape
        return rows * (rows + 1) // 2 if self.header.kind == "undirected" else rows * columns

    def number(self, a: int, b: int) -> int:
        """The place of tile (a, b) among the tiles: row by row, in each row from left to right.

        Examples
        --------
        >>> grid = Grid(Header("undirected", (30, 30), loops=False, edges=5), 10)
        >>> [grid.number(a, b) for a in range(3) for b in range(a, 3)]
        [0, 1, 2, 3, 4, 5]
        """
        columns = self.shape[1]
        return a * columns + b - (a * (a + 1) // 2 if self.header.kind == "undirected" else 0)

    def places(self) -> list[tuple[int, int]]:
        """Each tile's blocks (a, b), in order."""
        rows, columns = self.shape
        undirected = self.header.kind == "undirected"
        return [(a, b) for a in range(rows) for b in range(a if undirected else 0, columns)]

    def span(self, block: int, side: int) -> slice:
        """The nodes of a block, of the rows (side 0) or the columns (side 1)."""
        return slice(block * self.side, min((block + 1) * self.side, self.header.shape[side]))

    def tile(self, a: int, b: int, edges: int) -> Header:
        """What describes the tile (a, b), which has so many edges."""
        rows, columns = self.span(a, 0), self.span(b, 1)
        shape = rows.stop - rows.start, columns.stop - columns.start
        if a == b and self.header.kind != "bipartite":
            return replace(self.header, shape=shape, edges=edges)
        return Header("bipartite", shape, False, edges)

    def cut(self, adjacency: scipy.sparse.csr_array, a: int, b: int) -> tuple[Header, scipy.sparse.csr_array]:
        """Tile (a, b) of a matrix, with what describes it."""
        part = adjacency[self.span(a, 0)][:, self.span(b, 1)]
        part.sort_indices()
        edges = int(part.nnz)
        if a == b and self.header.kind == "undirected":
            edges = (edges + int(part.diagonal().sum())) // 2
        return self.tile(a, b, edges), part
