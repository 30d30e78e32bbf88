"""Files for random access: every answer is the decoded graph's, and only what is needed is decoded."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwithin
import strategies
from netwithin.codec import FormatError, GraphFile, decode, encode, info
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts import Neighbours
from netwithin.codec.pairs import Header
from netwithin.codec.stream import ORDERS, Plan, encode_stream
from netwithin.codec.tiles import Grid, automatic_side
from netwithin.graphs import Graph, as_graph, erdos_renyi
from netwithin.graphs.isomorphism import same_but_for_order


def _names(graph: Graph) -> list:
    return list(graph.to_networkx().nodes)


def _check_answers(file: GraphFile, graph: Graph) -> None:
    wanted = graph.to_networkx()
    assert file.number_of_nodes() == graph.number_of_nodes
    assert file.number_of_edges() == graph.number_of_edges
    place = {name: k for k, name in enumerate(wanted.nodes)}
    for v in wanted:
        assert file.neighbors(v) == sorted(wanted[v], key=place.get)
        for u in wanted:
            assert file.has_edge(u, v) == wanted.has_edge(u, v)


@settings(max_examples=120, deadline=None)
@given(strategies.graphs(most=7), st.sampled_from([1, 2, 3, 5, 8]), st.sampled_from(["random", "solid"]))
def test_every_answer_is_the_graphs(tmp_path_factory, graph, tile, access):
    path = tmp_path_factory.mktemp("files") / "g.nwn"
    data = encode(graph, "density+distance", access=access, tile=tile if access == "random" else None)
    assert decode(data) == graph
    path.write_bytes(data)
    with netwithin.open(path) as file:
        _check_answers(file, graph)
        assert 0 < file.decoded_fraction <= 1


@pytest.mark.parametrize("order", ORDERS)
def test_edges_are_found_in_whatever_order_the_rows_came(tmp_path, order):
    graph = as_graph(nx.barabasi_albert_graph(30, 3, seed=1))
    stream = encode_stream(header_of(graph), graph.adjacency, Plan((Neighbours(),), order))
    path = tmp_path / "g.nwn"
    path.write_bytes(pack(graph, [stream]))
    with netwithin.open(path) as file:
        _check_answers(file, graph)


@settings(max_examples=60, deadline=None)
@given(strategies.graphs(most=12, labels=(None,)), st.sampled_from([1, 3, 5, 20]), st.integers(1, 3))
def test_tiles_come_back_by_auto(graph, tile, effort):
    data = encode(graph, effort=effort, access="random", tile=tile)
    assert decode(data) == graph
    facts = info(data)
    assert facts["access"] == "random" and facts["tile"] == tile
    parts = ("model_bytes", "residual_bytes", "label_bytes", "header_bytes")
    assert sum(facts[part] for part in parts) == facts["total_bytes"] == len(data)
    assert facts["index_bytes"] < facts["header_bytes"]


def test_more_tiles_than_a_file_can_hold_are_refused_at_once():
    with pytest.raises(ValueError, match="use larger ones"):
        encode(Graph(np.eye(1100), "directed"), access="random", tile=1)


@pytest.fixture
def blocks(tmp_path):
    """Ten blocks of nodes, dense inside, nothing between them but in a corner; its file in tiles of 40."""
    rng = np.random.default_rng(0)
    matrix = np.kron(np.eye(10), np.ones((40, 40))) * (rng.random((400, 400)) < 0.3)
    matrix[:40, 360:] = rng.random((40, 40)) < 0.1
    matrix = np.triu(matrix, 1)
    graph = as_graph(matrix + matrix.T)
    path = tmp_path / "blocks.nwn"
    path.write_bytes(encode(graph, effort=1, access="random", tile=40))
    return graph, path


def test_only_what_is_needed_is_decoded(blocks):
    graph, path = blocks
    with netwithin.open(path) as file:
        head = file.decoded_fraction
        assert file.has_edge(100, 110) == bool(graph.adjacency[100, 110])
        one = file.decoded_fraction
        assert head < one < head + 0.15
        file.neighbors(101)  # the other tiles of its row are empty
        assert file.decoded_fraction == one
        _check_answers(file, graph)
        assert file.decoded_fraction == 1


def test_empty_tiles_take_next_to_nothing(blocks):
    _, path = blocks
    assert info(path.read_bytes())["index_bytes"] < 12 * 11 + 20
    empty = Graph(np.zeros((5000, 5000)), "directed")
    assert len(encode(empty, access="random", tile=64)) < 60


def test_a_damaged_tile_is_refused_and_the_others_are_not(blocks):
    graph, path = blocks
    data = bytearray(path.read_bytes())
    data[-10] ^= 1  # in the last tile, of the nodes 360 to 399
    path.write_bytes(data)
    with netwithin.open(path) as file:
        assert file.has_edge(0, 1) == bool(graph.adjacency[0, 1])
        with pytest.raises(FormatError, match=r"tile \(9, 9\)"):
            file.has_edge(370, 380)
        with pytest.raises(FormatError):
            file.neighbors(399)
        assert file.neighbors(200) == graph.adjacency[[200]].indices.tolist()
    with pytest.raises(FormatError, match="checksum"):
        decode(bytes(data))


def test_a_damaged_head_is_refused_at_once(blocks):
    _, path = blocks
    data = path.read_bytes()
    head = len(data) - info(data)["residual_bytes"] - 200
    for k in range(0, head):
        damaged = bytearray(data)
        damaged[k] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(FormatError):
            GraphFile(path)
    for length in (0, 3, 10, head, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(FormatError):
            GraphFile(path)


def test_few_tiles_are_kept(blocks):
    graph, path = blocks
    with GraphFile(path, cache=1) as file:
        _check_answers(file, graph)


def test_limits_hold_for_open_files(blocks):
    _, path = blocks
    with pytest.raises(FormatError, match="max_nodes"):
        GraphFile(path, max_nodes=399)
    with pytest.raises(FormatError, match="max_edges"):
        GraphFile(path, max_edges=100)
    with GraphFile(path, max_pairs=100) as file, pytest.raises(FormatError, match="max_pairs"):
        file.has_edge(0, 1)


def test_unknown_nodes_are_told(tmp_path):
    names = nx.Graph([("a", "b"), ("b", "c")])
    for graph, wrong in ((names, ["d", 0, None]), (nx.path_graph(4), [4, -1, "0", 1.5])):
        (tmp_path / "g.nwn").write_bytes(encode(graph, "density"))
        with netwithin.open(tmp_path / "g.nwn") as file:
            for v in wrong:
                with pytest.raises(KeyError, match="no node"):
                    file.neighbors(v)


def test_old_and_numbered_files_answer_too(tmp_path):
    from golden.make import FOLDER, GOLDEN, source

    for name in GOLDEN:
        with netwithin.open(FOLDER / f"{name}.nwn") as file:
            graph = source(name)
            for v in _names(graph)[:: max(graph.number_of_nodes // 5, 1)]:
                wanted = graph.to_networkx()
                assert set(file.neighbors(v)) == set(wanted[v])


@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
@pytest.mark.parametrize("side", [1, 3, 4, 10, 11, 50])
def test_tiles_cover_each_pair_once(kind, side):
    matrix = np.random.default_rng(1).random((11, 14 if kind == "bipartite" else 11)) < 0.4
    graph = Graph(matrix | matrix.T if kind == "undirected" else matrix, kind)
    grid = Grid(header_of(graph), side)
    places = grid.places()
    assert len(places) == len(grid) and [grid.number(*place) for place in places] == list(range(len(grid)))
    tiles = [grid.cut(graph.adjacency, *place)[0] for place in places]
    assert sum(tile.pairs for tile in tiles) == graph.number_of_pairs
    assert sum(tile.edges for tile in tiles) == graph.number_of_edges


def test_the_automatic_side_leaves_edges_to_learn_from():
    for nodes, edges in [(100, 300), (1000, 20_000), (20_000, 800_000), (100_000, 1_000_000)]:
        header = Header("undirected", (nodes, nodes), False, edges)
        side = automatic_side(header)
        assert 64 <= side <= 2048 and side & (side - 1) == 0
        if 64 < side < min(nodes, 2048):
            assert 1500 < edges / len(Grid(header, side)) < 15_000


def test_wrong_wishes_are_refused():
    graph = erdos_renyi(30, 0.2)
    for options, reason in [
        ({"access": "sequential"}, "access"),
        ({"access": "random", "tile": 0}, "tile"),
        ({"access": "random", "predictor": "siren"}, "trained"),
        ({"effort": 0}, "effort"),
        ({"effort": 10}, "effort"),
        ({"tile": 64}, "tile"),
    ]:
        with pytest.raises(ValueError, match=reason):
            encode(graph, **options)


@settings(max_examples=60, deadline=None)
@given(strategies.graphs(most=8), st.sampled_from(["solid", "random"]))
def test_without_labels_the_graph_is_isomorphic(graph, access):
    data = encode(graph, effort=2, access=access, drop_labels=True)
    decoded = decode(data)
    assert decoded.labels is None and decoded.column_labels is None
    assert info(data)["labels"] == "dropped"
    assert same_but_for_order(decoded, graph) is not False
    if graph.kind != "bipartite":
        assert nx.is_isomorphic(decoded.to_networkx(), graph.to_networkx())


def test_dropping_labels_saves():
    rng = np.random.default_rng(3)
    path = nx.path_graph(300)
    order = rng.permutation(300).tolist()
    shuffled = nx.Graph([(f"node {order[u]}", f"node {order[v]}") for u, v in path.edges])
    kept, dropped = encode(shuffled, effort=2), encode(shuffled, effort=2, drop_labels=True)
    assert len(dropped) < len(kept) / 3
    assert nx.is_isomorphic(decode(dropped).to_networkx(), path)
