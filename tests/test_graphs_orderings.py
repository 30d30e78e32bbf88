"""Orders of nodes: each a numbering of all nodes, by the rule that its name says."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse

from netwithin import graphs
from netwithin.graphs import orderings

GRAPHS = {
    "connected": graphs.newman_watts_strogatz(30, 0.2, seed=0),
    "in pieces": graphs.erdos_renyi(40, 0.03, seed=2),
    "no edges": graphs.Graph(np.zeros((5, 5)), "undirected"),
    "no nodes": graphs.Graph(np.zeros((0, 0)), "undirected"),
    "directed": graphs.as_graph(nx.gnp_random_graph(20, 0.1, seed=1, directed=True)),
}


def bandwidth(graph):
    rows, columns = graph.edges()
    return int(np.abs(rows - columns).max())


@pytest.mark.parametrize("order", orderings.ORDERINGS)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_order_numbers_every_node_once(name, order):
    graph = GRAPHS[name]
    position = orderings.ORDERINGS[order](graph)
    assert position.dtype == np.int64
    np.testing.assert_array_equal(np.sort(position), np.arange(graph.shape[0]))
    np.testing.assert_array_equal(orderings.ORDERINGS[order](graph), position)


@pytest.mark.parametrize("order", orderings.ORDERINGS)
def test_relabelling_moves_every_edge_to_its_nodes_new_numbers(order):
    graph = GRAPHS["in pieces"]
    position = orderings.ORDERINGS[order](graph)
    moved = orderings.relabelled(graph, position)
    before, after = graph.adjacency.toarray(), moved.adjacency.toarray()
    np.testing.assert_array_equal(after[np.ix_(position, position)], before)


def test_a_breadth_first_order_never_goes_back_in_distance():
    graph = GRAPHS["connected"]
    distance = nx.single_source_shortest_path_length(nx.from_numpy_array(graph.adjacency.toarray()), 0)
    order = np.argsort(orderings.breadth_first(graph))
    assert order[0] == 0
    assert (np.diff([distance[int(node)] for node in order]) >= 0).all()


def test_a_depth_first_order_follows_an_edge_or_goes_back_to_the_latest_that_has_one():
    matrix = GRAPHS["connected"].adjacency.toarray()
    order = np.argsort(orderings.depth_first(GRAPHS["connected"]))
    seen, path = {int(order[0])}, [int(order[0])]
    for node in map(int, order[1:]):
        while not (set(np.flatnonzero(matrix[path[-1]])) - seen):
            path.pop()
        assert matrix[path[-1], node]
        seen.add(node)
        path.append(node)


def test_components_stand_apart_by_the_gap():
    graph = GRAPHS["in pieces"]
    count, component = scipy.sparse.csgraph.connected_components(graph.adjacency, directed=False)
    assert count > 1
    position = orderings.by_component(graph, gap=7)
    for number in range(count):
        own = position[component == number]
        np.testing.assert_array_equal(own, own[0] + np.arange(len(own)))
    assert position.max() == graph.shape[0] - 1 + 6 * (count - 1)
    np.testing.assert_array_equal(orderings.by_component(GRAPHS["connected"], 7), np.arange(30))


def test_degrees_stand_apart_as_in_the_papers_example():
    # Two nodes of degree 4, three of degree 5 and one of degree 6: 1, 2, 2+L, 3+L, 4+L, 4+2L.
    group = np.array([5, 4, 6, 5, 4, 5])
    np.testing.assert_array_equal(
        1 + orderings._grouped(group, gap=10), np.array([2 + 10, 1, 4 + 20, 3 + 10, 2, 4 + 10])
    )


def test_cuthill_mckee_and_the_spectrum_find_a_hidden_path():
    path = graphs.as_graph(nx.path_graph(25))
    hidden = orderings.relabelled(path, orderings.at_random(path, 3))
    assert bandwidth(hidden) > 5
    for order in ("Cuthill-McKee", "spectral"):
        assert bandwidth(orderings.relabelled(hidden, orderings.ORDERINGS[order](hidden))) == 1


def test_a_random_order_depends_on_its_seed():
    graph = GRAPHS["connected"]
    assert np.array_equal(orderings.at_random(graph, 1), orderings.at_random(graph, 1))
    assert not np.array_equal(orderings.at_random(graph, 1), orderings.at_random(graph, 2))


def test_what_cannot_be_ordered_is_refused():
    bipartite = graphs.Graph(np.ones((2, 3)), "bipartite")
    with pytest.raises(graphs.GraphError, match="bipartite"):
        orderings.by_degree(bipartite)
    with pytest.raises(graphs.GraphError, match="gap"):
        orderings.by_degree(GRAPHS["connected"], gap=0)
    with pytest.raises(graphs.GraphError, match="different positions"):
        orderings.relabelled(GRAPHS["connected"], np.zeros(30))
    with pytest.raises(graphs.GraphError, match="different positions"):
        orderings.relabelled(GRAPHS["connected"], np.arange(29))
