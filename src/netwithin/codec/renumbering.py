"""Other numberings of a graph's nodes, and the bytes that tell one.

A numbering is a permutation p: the node that is coded as k is the graph's node p[k]. A bipartite graph has
one for its rows and one for its columns.
"""

import math

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from netwithin.codec.errors import FormatError
from netwithin.codec.varints import Reader
from netwithin.graphs import Graph

GROUP = 256  # choices that share a number in the file

Numbering = tuple[np.ndarray, np.ndarray]  # of the rows and of the columns


def _cuthill_mckee(matrix: scipy.sparse.csr_array) -> np.ndarray:
    if not matrix.shape[0]:
        return np.empty(0, np.int64)
    return reverse_cuthill_mckee(scipy.sparse.csr_matrix(matrix, dtype=np.int8), symmetric_mode=True)


def _degree(matrix: scipy.sparse.csr_array) -> np.ndarray:
    return np.argsort(-np.diff(matrix.indptr), kind="stable")


RENUMBERINGS = {"cuthill-mckee": _cuthill_mckee, "degree": _degree}


def renumbering(graph: Graph, name: str) -> Numbering:
    """One of the `RENUMBERINGS` of a graph.

    "cuthill-mckee" makes neighbours' numbers close (reverse Cuthill-McKee, a breadth-first order); "degree"
    puts nodes of many edges first. Directions do not count.

    Examples
    --------
    >>> import networkx as nx
    >>> from netwithin.graphs import as_graph
    >>> renumbering(as_graph(nx.star_graph(3)), "degree")[0]
    array([0, 1, 2, 3])
    """
    rows = graph.shape[0]
    matrix = graph.adjacency
    if graph.kind == "bipartite":
        matrix = scipy.sparse.block_array([[None, matrix], [matrix.T, None]], format="csr")
    elif graph.kind == "directed":
        matrix = scipy.sparse.csr_array(matrix + matrix.T)
    order = RENUMBERINGS[name](matrix).astype(np.int64)
    if graph.kind != "bipartite":
        return order, order
    return order[order < rows], order[order >= rows] - rows


def renumbered(graph: Graph, numbering: Numbering) -> Graph:
    """The graph with its nodes in another order, without labels."""
    rows, columns = numbering
    return Graph(graph.adjacency[rows][:, columns], graph.kind)


def pack_permutation(permutation: np.ndarray) -> bytes:
    """A permutation in little more than log2(n!) bits.

    Exchanging places from the front brings the identity to the permutation; place k is exchanged with one of
    the n - k from k on. Each 256 of these choices are the digits of one number, the first the lowest.

    Examples
    --------
    >>> pack_permutation(np.array([2, 0, 1, 3]))
    b'\\x06'
    """
    now = list(range(len(permutation)))
    where = list(now)
    choices = []
    for k, wanted in enumerate(permutation.tolist()):
        at, here = where[wanted], now[k]
        choices.append(at - k)
        now[at], where[here] = here, at
    packed = bytearray()
    for start in range(0, len(choices), GROUP):
        radices = _radices(len(choices), start)
        number = 0
        for radix, choice in zip(reversed(radices), reversed(choices[start : start + GROUP]), strict=True):
            number = number * radix + choice
        packed += number.to_bytes(_width(radices), "little")
    return bytes(packed)


def read_permutation(reader: Reader, size: int) -> np.ndarray:
    """Undo `pack_permutation`; int64[size].

    Raises
    ------
    FormatError
        If the bytes end early, or are no permutation's.
    """
    if size > max(reader.left, 1) * 8:  # a choice takes a bit or more, but for the last one
        raise FormatError("the file is cut short")
    now = list(range(size))
    for start in range(0, size, GROUP):
        radices = _radices(size, start)
        number = int.from_bytes(reader.take(_width(radices)), "little")
        for k, radix in enumerate(radices, start):
            number, choice = divmod(number, radix)
            now[k], now[k + choice] = now[k + choice], now[k]
        if number:
            raise FormatError("the file's numbering of the nodes is damaged")
    return np.array(now, np.int64)


def _radices(size: int, start: int) -> range:
    return range(size - start, max(size - start - GROUP, 0), -1)


def _width(radices: range) -> int:
    return -(-(math.prod(radices) - 1).bit_length() // 8)
