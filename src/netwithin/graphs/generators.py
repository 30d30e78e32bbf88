"""Random graphs: Erdos-Renyi, Watts-Strogatz, Newman-Watts-Strogatz by nominal density, and communities.

Tang & Li (Section 4) build their graphs with networkx: Erdos-Renyi graphs, and small-world graphs whose mean
degree K follows from a wanted density d by d = K / (n - 1). These functions call networkx with the same K, so
that the adjacency is networkx's own for the same seed. How far nominal and actual density differ depends on
the model; `Graph.density` has the actual one, `meta["nominal_density"]` the wanted one.
"""

import math

import numpy as np
from scipy.sparse import coo_array
from scipy.special import entr

from netwithin.graphs.convert import as_graph
from netwithin.graphs.graph import Graph, GraphError


def erdos_renyi(n: int, density: float, seed: int = 0) -> Graph:
    """Erdos-Renyi graph G(n, density): each pair is an edge with the same probability.

    Parameters
    ----------
    n : int
        Nodes.
    density : float
        Probability of an edge, 0 to 1.
    seed : int
        As in ``networkx.gnp_random_graph(n, density, seed)``, whose adjacency this is.

    Returns
    -------
    Graph
        Undirected; `meta` holds model, nominal_density and seed.

    Raises
    ------
    GraphError
        If `n` is negative or `density` is not within 0 and 1.

    References
    ----------
    Tang & Li, Section 4. Gilbert, Random graphs, Ann. Math. Stat. 30, 1959.

    Examples
    --------
    >>> erdos_renyi(100, 0.5, seed=0)
    <Graph: undirected, 100 nodes, 2444 edges>
    """
    import networkx as nx

    _check(n, density)
    meta = {"model": "erdos_renyi", "nominal_density": density, "seed": seed}
    return _with_meta(nx.gnp_random_graph(n, density, seed=seed), meta)


def watts_strogatz(n: int, density: float, p: float = 0.5, seed: int = 0) -> Graph:
    """Watts-Strogatz graph: a ring lattice, each of whose edges is *moved* elsewhere with probability p.

    Moving keeps the number of edges, so the density is (K or K - 1) / (n - 1).

    Parameters
    ----------
    n : int
        Nodes.
    density : float
        Nominal density d, 0 to 1; the lattice has K = ceil(d (n - 1)), see `mean_degree`.
    p : float
        Probability that an edge of the lattice is moved.
    seed : int
        As in ``networkx.watts_strogatz_graph(n, K, p, seed)``, whose adjacency this is.

    Returns
    -------
    Graph
        Undirected; `meta` holds model, nominal_density, k, p and seed.

    Raises
    ------
    GraphError
        If `n` is negative, or `density` or `p` is not within 0 and 1.

    References
    ----------
    Watts & Strogatz, Collective dynamics of small-world networks, Nature 393, 1998.

    Examples
    --------
    >>> watts_strogatz(101, 0.25, seed=0)
    <Graph: undirected, 101 nodes, 1212 edges>
    """
    import networkx as nx

    _check(n, density, p)
    k = mean_degree(n, density)
    meta = {"model": "watts_strogatz", "nominal_density": density, "k": k, "p": p, "seed": seed}
    return _with_meta(nx.watts_strogatz_graph(n, k, p, seed=seed), meta)


def newman_watts_strogatz(n: int, density: float, p: float = 0.5, seed: int = 0) -> Graph:
    """Newman-Watts-Strogatz graph: a ring lattice, to which each edge *adds* a shortcut with probability p.

    Nothing is removed, so the graph is about 1 + p times as dense as its lattice, and denser than `density`.

    Parameters
    ----------
    n : int
        Nodes.
    density : float
        Nominal density d, 0 to 1: that of the lattice, with K = ceil(d (n - 1)), see `mean_degree`.
    p : float
        Probability that an edge of the lattice adds a shortcut.
    seed : int
        As in ``networkx.newman_watts_strogatz_graph(n, K, p, seed)``, whose adjacency this is.

    Returns
    -------
    Graph
        Undirected; `meta` holds model, nominal_density, k, p and seed.

    Raises
    ------
    GraphError
        If `n` is negative, or `density` or `p` is not within 0 and 1.

    References
    ----------
    Tang & Li, Section 4. Newman & Watts, Renormalization group analysis of the small-world network model,
    Physics Letters A 263, 1999.

    Examples
    --------
    >>> g = newman_watts_strogatz(100, 0.25, seed=0)
    >>> g.meta["nominal_density"], round(g.density, 3)
    (0.25, 0.366)
    """
    import networkx as nx

    _check(n, density, p)
    k = mean_degree(n, density)
    meta = {"model": "newman_watts_strogatz", "nominal_density": density, "k": k, "p": p, "seed": seed}
    return _with_meta(nx.newman_watts_strogatz_graph(n, k, p, seed=seed), meta)


def mean_degree(n: int, density: float) -> int:
    """The ring lattice's K for a nominal density: K = ceil(d (n - 1)).

    networkx joins each node to K // 2 neighbours on either side, so an odd K gives the lattice of K - 1.

    Parameters
    ----------
    n : int
        Nodes.
    density : float
        Nominal density d.

    Returns
    -------
    int
        K, from 0 to n - 1.

    References
    ----------
    Tang & Li, Section 4: d = K / (n - 1).

    Examples
    --------
    >>> mean_degree(100, 0.25), mean_degree(11, 0.7)
    (25, 7)
    """
    # Rounding first: 0.7 * 10 is 7.000000000000001 to a computer, and its ceiling would be 8.
    return max(0, math.ceil(round(density * (n - 1), 9)))


def lattice(graph: Graph) -> np.ndarray:
    """The ring lattice that a small-world graph began as: the band of its matrix.

    Parameters
    ----------
    graph : Graph
        From `watts_strogatz` or `newman_watts_strogatz`, whose K is in its `meta`.

    Returns
    -------
    bool[n, n]
        Symmetric; True for the K // 2 nearest nodes on either side.

    Raises
    ------
    GraphError
        If `meta` has no K.

    Examples
    --------
    >>> lattice(watts_strogatz(6, 0.4, p=1.0))[0].astype(int)
    array([0, 1, 0, 0, 0, 1])
    """
    if "k" not in graph.meta:
        raise GraphError("the graph does not know its K; take one from a small-world generator")
    n = graph.shape[0]
    gaps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    gaps = np.minimum(gaps, n - gaps)
    return (gaps > 0) & (gaps <= graph.meta["k"] // 2)


def lattice_entropy_bits(graph: Graph) -> float:
    """What a small-world graph costs a coder that knows its ring lattice: the generator's own bound.

    The pairs on the lattice and those off it are two groups, of which each costs its size times the entropy
    of its density. In a Newman-Watts-Strogatz graph the whole lattice is there and costs nothing, which
    leaves H(q) bits for each pair off it, q being the density of the shortcuts. K itself and the two
    densities are not counted.

    Parameters
    ----------
    graph : Graph
        From `watts_strogatz` or `newman_watts_strogatz`, whose K is in its `meta`.

    Returns
    -------
    float
        Bits.

    Raises
    ------
    GraphError
        If `meta` has no K.

    Examples
    --------
    >>> round(lattice_entropy_bits(newman_watts_strogatz(1000, 0.25)) / 8)
    30463
    """
    above = np.triu_indices(graph.shape[0], 1)
    on_lattice, edges = lattice(graph)[above], graph.adjacency.toarray()[above]
    groups = [edges[on_lattice], edges[~on_lattice]]
    densities = [(group.size, group.mean()) for group in groups if group.size]
    return float(sum(size * (entr(q) + entr(1 - q)) for size, q in densities) / math.log(2))


def communities(
    n: int, edges: int, groups: int, mixing: float = 0.2, exponent: float = 2.5, seed: int = 0
) -> Graph:
    """Degree-corrected block model: groups of nodes that keep to themselves, degrees by a power law.

    Parameters
    ----------
    n : int
        Nodes, shuffled, so that labels tell nothing.
    edges : int
        Distinct edges, without loops.
    groups : int
        How many; sizes vary by a factor of some ten.
    mixing : float
        Share of the edges that are drawn without regard to groups, 0 to 1.
    exponent : float
        Of the power law that the nodes' expected degrees follow, above 2.
    seed : int
        Of NumPy's generator.

    Returns
    -------
    Graph
        Undirected; `meta` holds the parameters.

    Raises
    ------
    GraphError
        If a parameter is out of bounds, or the groups are too small for the edges.

    References
    ----------
    Karrer, B., Newman, M. E. J. (2011). Stochastic blockmodels and community structure in networks.
    Physical Review E 83, 016107.

    Examples
    --------
    >>> communities(1000, 5000, groups=20)
    <Graph: undirected, 1000 nodes, 5000 edges>
    """
    _check(n, mixing)
    pairs = n * (n - 1) // 2
    if not 0 <= edges <= pairs or not 1 <= groups <= max(n, 1) or exponent <= 2:
        raise GraphError(f"{n} nodes cannot have {edges} edges in {groups} groups with exponent {exponent}")
    random = np.random.default_rng(seed)
    group = random.choice(groups, n, p=random.dirichlet(np.full(groups, 4.0)))
    weight = (1 - random.random(n)) ** (-1 / (exponent - 1))
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(weight[order])  # nodes of a group lie side by side on this line
    bounds = np.searchsorted(group[order], np.arange(groups + 1))
    edge_of = np.concatenate([[0.0], ends])[bounds]
    chosen = np.empty(0, np.int64)
    for _ in range(100):
        missing = edges - len(chosen)
        if not missing:
            break
        source = np.searchsorted(ends, random.random(2 * missing) * ends[-1], side="right")
        home = group[order][source]
        anywhere = random.random(2 * missing) < mixing
        low = np.where(anywhere, 0.0, edge_of[home])
        high = np.where(anywhere, ends[-1], edge_of[home + 1])
        target = np.searchsorted(ends, low + random.random(2 * missing) * (high - low), side="right")
        u, v = order[source], order[np.minimum(target, n - 1)]
        drawn = (np.minimum(u, v) * n + np.maximum(u, v))[u != v]
        drawn = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
        chosen = np.concatenate([chosen, drawn[~np.isin(drawn, chosen)][:missing]])
    else:
        raise GraphError(f"no room for {edges} edges in {groups} groups; take fewer groups or more mixing")
    adjacency = coo_array((np.ones(edges, bool), np.divmod(chosen, n)), shape=(n, n)).tocsr()
    meta = {"model": "communities", "groups": groups, "mixing": mixing, "exponent": exponent, "seed": seed}
    return Graph(adjacency + adjacency.T, "undirected", meta=meta)


def _check(n: int, *fractions: float) -> None:
    if n < 0:
        raise GraphError(f"a graph cannot have {n} nodes; give 0 or more")
    for fraction in fractions:
        if not 0 <= fraction <= 1:
            raise GraphError(f"densities and probabilities lie from 0 to 1, unlike {fraction}")


def _with_meta(networkx_graph, meta: dict) -> Graph:
    graph = as_graph(networkx_graph)
    return Graph(graph.adjacency, graph.kind, meta=meta)
