"""Which pairs of nodes a file decides, and in which order.

Rows come in the order of the nodes; within a row, columns ascend. An undirected graph decides each
pair once, i < j, and i = i too if the graph has loops; a directed graph every ordered pair; a bipartite
graph every row with every column.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Header:
    """What encoder and decoder both know before the first pair.

    Attributes
    ----------
    kind : str
        "undirected", "directed" or "bipartite".
    shape : tuple of int
        Rows and columns of the adjacency matrix.
    loops : bool
        Whether pairs (i, i) are decided; never for bipartite graphs.
    edges : int
        Edges to come, each undirected one once.
    """

    kind: str
    shape: tuple[int, int]
    loops: bool
    edges: int

    @property
    def pairs(self) -> int:
        """How many pairs there are to decide."""
        rows, columns = self.shape
        if self.kind == "bipartite":
            return rows * columns
        if self.kind == "directed":
            return rows * columns if self.loops else rows * (columns - 1)
        return rows * (rows + 1) // 2 if self.loops else rows * (rows - 1) // 2

    @property
    def nodes(self) -> int:
        """How many nodes there are, that is rows, and for bipartite graphs columns too."""
        return sum(self.shape) if self.kind == "bipartite" else self.shape[0]

    def candidates(self, i: int) -> np.ndarray:
        """Columns that row `i` decides, ascending; int64."""
        columns = np.arange(self.shape[1])
        if self.kind == "bipartite":
            return columns
        if self.kind == "undirected":
            return columns[i if self.loops else i + 1 :]
        return columns if self.loops else np.delete(columns, i)
