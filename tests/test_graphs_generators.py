"""Generators against networkx called directly."""

import math

import networkx as nx
import numpy as np
import pytest

from netwithin.graphs import GraphError, communities, erdos_renyi, newman_watts_strogatz, watts_strogatz
from netwithin.graphs.generators import lattice_entropy_bits, mean_degree


@pytest.mark.parametrize("n", [1, 2, 30, 101])
@pytest.mark.parametrize("density", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("seed", [0, 7])
def test_adjacency_is_networkx_own(n, density, seed):
    k = math.ceil(density * (n - 1))
    expected = {
        erdos_renyi: nx.gnp_random_graph(n, density, seed=seed),
        lambda *a: watts_strogatz(a[0], a[1], 0.3, a[2]): nx.watts_strogatz_graph(n, k, 0.3, seed=seed),
        lambda *a: newman_watts_strogatz(a[0], a[1], 0.5, a[2]): nx.newman_watts_strogatz_graph(
            n, k, 0.5, seed=seed
        ),
    }
    for generate, graph in expected.items():
        ours = generate(n, density, seed)
        assert np.array_equal(ours.adjacency.toarray(), nx.to_numpy_array(graph).astype(bool))
        assert ours.kind == "undirected" and ours.labels is None and not ours.has_loops


def test_meta_tells_how_to_make_the_graph_again():
    graph = newman_watts_strogatz(50, 0.3, p=0.2, seed=4)
    assert graph.meta == {
        "model": "newman_watts_strogatz",
        "nominal_density": 0.3,
        "k": 15,
        "p": 0.2,
        "seed": 4,
    }
    again = nx.newman_watts_strogatz_graph(50, graph.meta["k"], graph.meta["p"], seed=graph.meta["seed"])
    assert graph.number_of_edges == again.number_of_edges()


def test_mean_degree_is_no_victim_of_rounding():
    # 0.7 * 10 is above 7 in floating point, and 0.07 * 100 above 7 as well.
    assert mean_degree(11, 0.7) == 7 and mean_degree(101, 0.07) == 7
    assert mean_degree(100, 0.25) == 25 and mean_degree(0, 0.5) == 0 and mean_degree(7, 1.0) == 6


def test_moving_keeps_the_number_of_edges_and_adding_does_not():
    n, density = 200, 0.25
    lattice = n * (mean_degree(n, density) // 2)
    assert watts_strogatz(n, density, p=1.0, seed=1).number_of_edges == lattice
    added = newman_watts_strogatz(n, density, p=0.5, seed=1).number_of_edges - lattice
    # A binomial of mean lattice / 2, five standard deviations either way.
    assert abs(added - lattice / 2) < 5 * math.sqrt(lattice / 4)


def test_digests_are_pinned():
    # The encoders' figures in this project are about these very graphs.
    digests = {
        graph.meta["model"]: graph.digest().hex()[:16]
        for graph in (erdos_renyi(100, 0.5), watts_strogatz(100, 0.25), newman_watts_strogatz(100, 0.25))
    }
    assert digests == {
        "erdos_renyi": "6a42e1def676c562",
        "watts_strogatz": "371bb185e901547b",
        "newman_watts_strogatz": "a253d590a397aa0c",
    }


@pytest.mark.parametrize("bad", [(-1, 0.5), (10, 1.5), (10, -0.1), (10, float("nan"))])
def test_refused(bad):
    for generate in (erdos_renyi, watts_strogatz, newman_watts_strogatz):
        with pytest.raises(GraphError):
            generate(*bad)
    with pytest.raises(GraphError, match="from 0 to 1"):
        watts_strogatz(10, 0.5, p=2)


def test_lattice_entropy_is_that_of_the_shortcuts():
    graph = newman_watts_strogatz(60, 0.2, seed=3)
    ring = nx.watts_strogatz_graph(60, graph.meta["k"], 0)
    shortcuts = graph.number_of_edges - ring.number_of_edges()
    free = 60 * 59 // 2 - ring.number_of_edges()
    q = shortcuts / free
    expected = -free * (q * math.log2(q) + (1 - q) * math.log2(1 - q))
    assert lattice_entropy_bits(graph) == pytest.approx(expected)
    assert lattice_entropy_bits(watts_strogatz(60, 0.2, p=0.0)) == 0
    moved = watts_strogatz(60, 0.2, p=0.5)
    assert lattice_entropy_bits(moved) > lattice_entropy_bits(graph) / 2
    with pytest.raises(GraphError, match="does not know its K"):
        lattice_entropy_bits(erdos_renyi(10, 0.5))


def test_communities_have_the_edges_asked_for_and_are_the_same_again():
    graph = communities(400, 3000, groups=8, seed=3)
    assert (graph.number_of_nodes, graph.number_of_edges) == (400, 3000)
    assert graph.kind == "undirected" and not graph.has_loops and graph.labels is None
    assert communities(400, 3000, groups=8, seed=3) == graph != communities(400, 3000, groups=8, seed=4)
    assert graph.meta == {
        "model": "communities",
        "groups": 8,
        "mixing": 0.2,
        "exponent": 2.5,
        "seed": 3,
    }


@pytest.mark.parametrize("n, edges, groups", [(1, 0, 1), (2, 1, 1), (30, 200, 1), (50, 0, 5)])
def test_communities_of_any_size(n, edges, groups):
    graph = communities(n, edges, groups, mixing=1)
    assert (graph.number_of_nodes, graph.number_of_edges) == (n, edges)


def test_degrees_of_communities_have_a_long_tail():
    degrees = np.sort(np.diff(communities(3000, 15_000, groups=15, seed=1).adjacency.indptr))
    assert degrees.mean() == 10
    assert degrees[-1] > 10 * np.median(degrees)
    # At exponent 2.5 the top per cent of nodes has a fifth of the ends; in a random graph, a fiftieth.
    assert degrees[-30:].sum() > 0.1 * degrees.sum()
    lighter = np.diff(communities(3000, 15_000, groups=15, exponent=6, seed=1).adjacency.indptr)
    assert lighter.max() < degrees[-1] / 2


@pytest.mark.parametrize("mixing", [0.0, 0.3, 1.0])
def test_communities_mix_as_asked(mixing):
    graph = communities(5000, 8000, groups=10, mixing=mixing, seed=2)
    rows, columns = graph.edges()
    group = groups_of(graph)
    within = (group[rows] == group[columns]).mean()
    # Edges drawn without regard to groups fall into one by chance: the squared shares of the ends.
    ends = np.bincount(group, np.diff(graph.adjacency.indptr)) / 16_000
    assert abs(within - (1 - mixing + mixing * (ends**2).sum())) < 0.03
    assert np.bincount(group).max() > 1.5 * np.bincount(group).min()


def groups_of(graph):
    """The groups that `communities` draws first, drawn again."""
    groups = graph.meta["groups"]
    random = np.random.default_rng(graph.meta["seed"])
    return random.choice(groups, graph.number_of_nodes, p=random.dirichlet(np.full(groups, 4.0)))


@pytest.mark.parametrize(
    "bad",
    [
        {"n": -1, "edges": 0, "groups": 1},
        {"n": 10, "edges": 46, "groups": 1},
        {"n": 10, "edges": -1, "groups": 1},
        {"n": 10, "edges": 5, "groups": 0},
        {"n": 10, "edges": 5, "groups": 11},
        {"n": 10, "edges": 5, "groups": 2, "exponent": 2},
        {"n": 10, "edges": 5, "groups": 2, "mixing": 1.1},
    ],
)
def test_communities_refuse(bad):
    with pytest.raises(GraphError):
        communities(**bad)


def test_communities_say_when_the_groups_have_no_room():
    with pytest.raises(GraphError, match="no room for 1000 edges in 20 groups"):
        communities(100, 1000, groups=20, mixing=0)
