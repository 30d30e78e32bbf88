"""Motifs of four nodes: how many sets of four nodes hang together, exactly and as estimated.

The exact number needs no listing. With d the degrees, T all triangles, t_v and t_e those at a node and at an
edge, the spanning trees of four nodes that hang together are stars and paths,

    stars = sum over v of C(d_v, 3)         paths = sum over edges uv of (d_u - 1)(d_v - 1) - 3 T,

and a set of four nodes that has more edges has several of them. Four-cycles C, triangles with a pendant edge
P = sum of t_v (d_v - 2), pairs of triangles with an edge in common D = sum of C(t_e, 2), and complete sets K,
each counted whether or not there are more edges among their nodes, set that right:

    motif(4) = stars + paths - 3 C - 2 P + 4 D - 6 K.
"""

import numba
import numpy as np
import scipy.sparse

from netwithin.topometrics.prepared import prepare


def motif4(graph, offsets=None) -> int:
    """Sets of four nodes that are connected among themselves, whatever the edges' directions.

    Parameters
    ----------
    graph : Prepared, LayeredGraph or scipy.sparse array, shape (nodes, nodes)
    offsets : int[layers + 1], optional
        With a matrix: the first node of each layer, and the number of nodes.

    Returns
    -------
    int
        Table 2's motif(4), exact. `compute` divides it by the number of edges. Cost: one step for each path
        of two edges that ends at its highest node, O(sum of degrees squared); 4 bytes of memory for each
        edge beside the graph.

    Examples
    --------
    >>> import scipy.sparse
    >>> motif4(scipy.sparse.csr_array(np.triu(np.ones((5, 5)), k=1)), range(6))  # any four of five
    5
    """
    graph = prepare(graph, offsets)
    indptr, indices = graph.neighbours
    degree = graph.degree
    cycles, walks, triangles_at_edge = _four_cycles(indptr, indices, degree)
    at_edge = scipy.sparse.csr_array((triangles_at_edge, indices, indptr), shape=(graph.nodes,) * 2)
    at_node = (at_edge.sum(axis=0, dtype=np.int64) + at_edge.sum(axis=1, dtype=np.int64)) // 2
    triangles = int(at_node.sum()) // 3
    stars = int((degree * (degree - 1) * (degree - 2) // 6).sum())
    pendant = int((at_node * (degree - 2)).sum())
    shared = triangles_at_edge.astype(np.int64)
    diamonds = int((shared * (shared - 1) // 2).sum())
    complete = _complete_fours(at_edge) if diamonds else 0
    return stars + (walks - 3 * triangles) - 3 * cycles - 2 * pendant + 4 * diamonds - 6 * complete


def motif4_estimate(graph, offsets=None, *, share: float = 0.001, seed: int = 0) -> float:
    """Estimate `motif4` from a few nodes, as the authors' code did.

    The sets are counted whose lowest node is among `share` of the nodes, drawn without replacement, and
    scaled up: the estimator of FANMOD's algorithm ESU as igraph has it.

    Parameters
    ----------
    graph, offsets
        As for `motif4`.
    share : float
        How much of the nodes is drawn; at least one.
    seed : int

    Returns
    -------
    float
        Cost: the sets of three nodes that hang together and have a lowest node that was drawn.

    Examples
    --------
    >>> import scipy.sparse
    >>> motif4_estimate(scipy.sparse.csr_array(np.triu(np.ones((5, 5)), k=1)), range(6), share=1)
    5.0

    References
    ----------
    Wernicke & Rasche (2006). FANMOD: a tool for fast network motif detection.
    """
    graph = prepare(graph, offsets)
    if not graph.nodes:
        return 0.0
    size = max(1, int(share * graph.nodes))
    roots = np.random.default_rng(seed).choice(graph.nodes, size, replace=False)
    return float(rooted_fours(graph, roots).sum() * graph.nodes / size)


def rooted_fours(graph, roots) -> np.ndarray:
    """Connected sets of four nodes whose lowest node is a given one.

    Parameters
    ----------
    graph : Prepared or LayeredGraph
    roots : int[k]
        Nodes.

    Returns
    -------
    int64[k]

    Examples
    --------
    >>> import scipy.sparse
    >>> star = prepare(scipy.sparse.csr_array(([1, 1, 1], ([0, 0, 0], [1, 2, 3])), shape=(4, 4)), [0, 1, 4])
    >>> rooted_fours(star, [0, 1]).tolist()
    [1, 0]
    """
    return _rooted(*prepare(graph).neighbours, np.asarray(roots, dtype=np.int64))


@numba.njit(cache=True)
def _four_cycles(indptr, indices, degree):
    """Four-cycles, walks over three edges that turn at no edge, and the triangles at each edge.

    A cycle is found at its highest node v: every lower node w that is two steps down away from it on k ways
    closes C(k, 2) cycles. A triangle is found at its highest node too, and noted at all three edges, each at
    its place in the row of its higher end (the other triangle of the matrix stays 0).
    """
    nodes = len(indptr) - 1
    ways = np.zeros(nodes, np.int32)
    place = np.full(nodes, -1, np.int64)  # of the edge to v, in v's row
    triangles = np.zeros(len(indices), np.int32)
    cycles, walks = 0, 0
    for v in range(nodes):
        end = indptr[v]
        while end < indptr[v + 1] and indices[end] < v:
            place[indices[end]] = end
            walks += (degree[v] - 1) * (degree[indices[end]] - 1)
            end += 1
        for first in range(indptr[v], end):
            u = indices[first]
            for second in range(indptr[u], indptr[u + 1]):
                w = indices[second]
                if w >= v:
                    break
                cycles += ways[w]
                ways[w] += 1
                if w < u and place[w] >= 0:
                    triangles[first] += 1
                    triangles[second] += 1
                    triangles[place[w]] += 1
        for first in range(indptr[v], end):
            u = indices[first]
            place[u] = -1
            for second in range(indptr[u], indptr[u + 1]):
                if indices[second] >= v:
                    break
                ways[indices[second]] = 0
    return cycles, walks, triangles


def _complete_fours(triangles_at_edge: scipy.sparse.csr_array) -> int:
    """Sets of four nodes with all six edges; each edge of such a set lies in two triangles at least."""
    edges = triangles_at_edge.tocoo()
    kept = edges.data >= 2
    lower = scipy.sparse.csr_array((edges.data[kept], (edges.row[kept], edges.col[kept])), shape=edges.shape)
    return int(_cliques(lower.indptr, lower.indices))


@numba.njit(cache=True)
def _cliques(indptr, indices):
    """Complete sets of four nodes, from each node's lower neighbours."""
    nodes = len(indptr) - 1
    below = np.full((2, nodes), -1, np.int64)  # the node that each is known to lie below of, twice
    cliques = 0
    for v in range(nodes):
        for a in range(indptr[v], indptr[v + 1]):
            below[0, indices[a]] = v
        for a in range(indptr[v], indptr[v + 1]):
            u = indices[a]
            for b in range(indptr[u], indptr[u + 1]):
                if below[0, indices[b]] == v:
                    below[1, indices[b]] = v * nodes + u
            for b in range(indptr[u], indptr[u + 1]):
                w = indices[b]
                if below[0, w] == v:
                    for c in range(indptr[w], indptr[w + 1]):
                        cliques += below[1, indices[c]] == v * nodes + u
    return cliques


@numba.njit(cache=True)
def _rooted(indptr, indices, roots):
    """ESU (Wernicke 2006) for sets of four: how many have each root as their lowest node.

    A set grows by nodes above the root, each from among those that were at hand before and the new
    neighbours of the last one; the last of the four is counted and not visited.
    """
    nodes = len(indptr) - 1
    seen = np.zeros(nodes, np.int8)  # in the set, or next to it
    counts = np.zeros(len(roots), np.int64)
    first, second = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    for r in range(len(roots)):
        root = roots[r]
        seen[root] = 1
        firsts = 0
        for e in range(indptr[root], indptr[root + 1]):
            if indices[e] > root:
                first[firsts] = indices[e]
                seen[indices[e]] = 1
                firsts += 1
        for i in range(firsts):
            seconds = 0
            for j in range(i + 1, firsts):
                second[seconds] = first[j]
                seconds += 1
            old = seconds
            for e in range(indptr[first[i]], indptr[first[i] + 1]):
                if indices[e] > root and not seen[indices[e]]:
                    second[seconds] = indices[e]
                    seen[indices[e]] = 1
                    seconds += 1
            for j in range(seconds):
                counts[r] += seconds - 1 - j
                for e in range(indptr[second[j]], indptr[second[j] + 1]):
                    counts[r] += indices[e] > root and not seen[indices[e]]
            for j in range(old, seconds):
                seen[second[j]] = 0
        seen[root] = 0
        for i in range(firsts):
            seen[first[i]] = 0
    return counts
