"""The graph type, and conversion to and from networkx, SciPy and NumPy."""

import hashlib
import struct
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from netwithin.graphs import Graph, GraphError, as_graph
from netwithin.graphs.graph import KINDS
from strategies import graphs


@given(graphs())
def test_canonical_form(graph):
    matrix = graph.adjacency
    assert matrix.dtype == bool and matrix.data.all()
    dense = matrix.toarray()
    # Rebuilding from the dense array gives what SciPy itself calls canonical.
    other = scipy.sparse.csr_array(dense)
    assert np.array_equal(matrix.indices, other.indices) and np.array_equal(matrix.indptr, other.indptr)
    if graph.kind == "undirected":
        assert np.array_equal(dense, dense.T)


@given(graphs())
def test_counts_agree_with_networkx(graph):
    other = graph.to_networkx()
    assert graph.number_of_nodes == other.number_of_nodes()
    assert graph.number_of_edges == other.number_of_edges() == len(graph.edges()[0])
    if graph.kind != "bipartite":
        assert graph.has_loops == (nx.number_of_selfloops(other) > 0)
        if not graph.has_loops:
            assert graph.density == pytest.approx(nx.density(other))
    else:
        assert graph.number_of_pairs == graph.shape[0] * graph.shape[1] and not graph.has_loops


@given(graphs())
def test_edges_are_sorted_and_name_the_entries(graph):
    rows, columns = graph.edges()
    assert rows.dtype == columns.dtype == np.int64
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    assert pairs == sorted(pairs)
    dense = graph.adjacency.toarray()
    expected = np.triu(dense) if graph.kind == "undirected" else dense
    assert pairs == list(map(tuple, np.argwhere(expected).tolist()))


def test_number_of_pairs_by_hand():
    path = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    loop = [[1, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert [Graph(path, kind).number_of_pairs for kind in KINDS] == [3, 6, 9]
    assert [Graph(loop, kind).number_of_pairs for kind in KINDS] == [6, 9, 9]
    assert Graph(np.zeros((1, 1)), "undirected").density == 0.0
    assert Graph(np.ones((4, 4)), "undirected").density == 1.0


@given(graphs())
def test_networkx_round_trip(graph):
    assert as_graph(graph.to_networkx()) == graph


@given(graphs(kinds=("undirected", "directed")))
def test_networkx_holds_the_same_edges(graph):
    other = graph.to_networkx()
    names = list(range(graph.shape[0])) if graph.labels is None else graph.labels.tolist()
    assert list(other) == names and other.is_directed() == (graph.kind == "directed")
    expected = nx.to_numpy_array(other) if names else np.zeros((0, 0))
    assert np.array_equal(expected.astype(bool), graph.adjacency.toarray())


@given(graphs(kinds=("bipartite",)))
def test_networkx_agrees_that_it_is_bipartite(graph):
    other = graph.to_networkx()
    rows = [node for node, side in other.nodes(data="bipartite") if side == 0]
    assert len(rows) == graph.shape[0]
    assert not rows or nx.bipartite.is_bipartite_node_set(other, rows)


@given(graphs(), graphs())
def test_equality_and_digest_agree(one, two):
    assert (one == two) == (one.digest() == two.digest())
    assert (one == two) <= (hash(one) == hash(two))


def test_equality_tells_everything_apart():
    square = [[0, 1], [1, 0]]
    variants = [
        Graph(square, "undirected"),
        Graph(square, "directed"),
        Graph(square, "bipartite"),
        Graph([[0, 0], [0, 0]], "undirected"),
        Graph(np.zeros((3, 3)), "undirected"),
        Graph(square, "undirected", labels=[1, 0]),
        Graph(square, "undirected", labels=["1", "0"]),
        Graph(square, "undirected", labels=["0", "1"]),
        Graph(square, "bipartite", column_labels=[7, 8]),
        Graph(square, "bipartite", column_labels=["7", "8"]),
    ]
    assert len({graph.digest() for graph in variants}) == len(variants) == len(set(variants))
    assert variants[0] != "a graph"


def test_digest_has_the_documented_bytes():
    graph = Graph([[0, 1, 0], [1, 1, 0], [0, 0, 0]], "undirected", labels=["a", "é", ""])
    labels = b"".join(struct.pack("<Q", len(text)) + text for text in (b"a", "é".encode(), b""))
    head = b"netwithin graph 1\n" + bytes([0]) + struct.pack("<3Q", 3, 3, 2)
    edges = struct.pack("<2q", 0, 1) + struct.pack("<2q", 1, 1)
    assert graph.digest() == hashlib.sha256(head + b"\2" + labels + b"\0" + edges).digest()
    bipartite = Graph([[1, 0, 1]], "bipartite", labels=[-5])
    head = b"netwithin graph 1\n" + bytes([2]) + struct.pack("<3Q", 1, 3, 2)
    middle = b"\1" + struct.pack("<q", -5) + b"\0"
    assert bipartite.digest() == hashlib.sha256(head + middle + struct.pack("<4q", 0, 0, 0, 2)).digest()


def test_meta_is_no_part_of_the_graph():
    one, two = Graph([[0]], "undirected", meta={"seed": 1}), Graph([[0]], "undirected")
    assert one == two and one.digest() == two.digest() and one.meta == {"seed": 1}


def test_default_labels_become_none():
    assert Graph(np.zeros((3, 3)), "directed", labels=np.arange(3)).labels is None
    assert Graph(np.zeros((2, 3)), "bipartite", [0, 1], [2, 3, 4]).column_labels is None
    assert Graph(np.zeros((3, 3)), "directed", labels=["0", "1", "2"]).labels is not None


def test_a_graph_shares_nothing_and_cannot_be_changed():
    matrix = scipy.sparse.csr_array(np.array([[0, 1], [1, 0]], bool))
    graph = Graph(matrix, "undirected")
    matrix.data[:] = False
    assert graph.number_of_edges == 1
    with pytest.raises(ValueError, match="read-only"):
        graph.adjacency.data[0] = False
    with pytest.raises(AttributeError):
        graph.kind = "directed"
    copy = graph.to_scipy()
    copy.data[:] = False
    assert graph.number_of_edges == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=30), st.sampled_from(KINDS))
def test_from_edges_merges_and_mirrors(pairs, kind):
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = Graph.from_edges(rows, columns, (5, 5), kind)
    expected = np.zeros((5, 5), bool)
    for i, j in pairs:
        expected[i, j] = True
        if kind == "undirected":
            expected[j, i] = True
    assert np.array_equal(graph.adjacency.toarray(), expected)


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (([0], [5], (3, 3), "directed"), "column 5 is out of range"),
        (([-1], [0], (3, 3), "directed"), "row -1 is out of range"),
        (([0.5], [0], (3, 3), "directed"), "integers"),
        (([0, 1], [0], (3, 3), "directed"), "2 rows but 1 columns"),
        (([], [], (3, 3), "mixed"), "kind is 'mixed'"),
        (([], [], (3, 2), "undirected"), "3 x 2"),
    ],
)
def test_from_edges_refuses(arguments, reason):
    with pytest.raises(GraphError, match=reason):
        Graph.from_edges(*arguments)


@pytest.mark.parametrize(
    "labels, reason",
    [
        (["a"], "1 labels for 2 nodes"),
        (["a", "a"], "'a' twice"),
        ([1, 1], "1 twice"),
        ([1, "1"], "int, str"),
        ([0.0, 1.0], "float"),
        ([True, False], "bool"),
        ([None, "a"], "NoneType"),
        ([0, 2**63], "64 bits"),
        (["a\0", "b"], "NUL"),
        (["\ud800", "b"], "surrogates"),
    ],
)
def test_labels_refused(labels, reason):
    with pytest.raises(GraphError, match=reason) as caught:
        Graph(np.zeros((2, 2)), "undirected", labels=labels)
    assert "\n" not in str(caught.value)


def test_labels_name_each_node_of_a_bipartite_graph_once():
    for labels in ((["a"], ["a"]), ([1], None), (None, [0])):
        with pytest.raises(GraphError, match="names a row and a column"):
            Graph(np.zeros((1, 1)), "bipartite", *labels)
    with pytest.raises(GraphError, match="no column labels"):
        Graph(np.zeros((1, 1)), "directed", column_labels=[0])


@pytest.mark.parametrize(
    "matrix, reason",
    [
        ([[0, 2], [2, 0]], "2 is neither 0 nor 1"),
        ([[0, -1], [-1, 0]], "-1 is neither"),
        ([[0, 0.5], [0.5, 0]], "0.5 is neither"),
        ([[0, np.nan], [np.nan, 0]], "NaN"),
        ([[0, 1j], [1j, 0]], "complex"),
        ([["a"]], "dimensions of"),
        ([0, 1], "1 dimensions"),
        ([[0, 1], [0, 0]], None),
    ],
)
def test_matrices(matrix, reason):
    matrix = np.array(matrix)
    if reason is None:
        assert as_graph(matrix).kind == "directed"
        with pytest.raises(GraphError, match="not symmetric"):
            as_graph(matrix, kind="undirected")
    else:
        with pytest.raises(GraphError, match=reason):
            as_graph(matrix)


def test_matrix_kinds_and_weights():
    assert as_graph(np.ones((2, 2), np.uint8)).kind == "undirected"
    assert as_graph(scipy.sparse.coo_array(np.ones((2, 3)))).kind == "bipartite"
    assert as_graph(np.ones((2, 2)), kind="bipartite").shape == (2, 2)
    assert as_graph(np.zeros((0, 0))).number_of_nodes == 0
    weighted = scipy.sparse.csr_array(np.array([[0, 3.5], [3.5, 0]]))
    assert as_graph(weighted, ignore_weights=True).number_of_edges == 1
    with pytest.raises(GraphError, match="NaN"):
        as_graph(np.array([[np.nan]]), ignore_weights=True)
    explicit_zero = scipy.sparse.coo_array(([0, 1], ([0, 1], [1, 0])), shape=(2, 2))
    assert as_graph(explicit_zero).number_of_edges == 1
    twice = scipy.sparse.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(2, 2))
    with pytest.raises(GraphError, match="2 is neither"):
        as_graph(twice)


@given(graphs(labels=(None,)))
def test_scipy_round_trip(graph):
    assert as_graph(graph.to_scipy(), kind=graph.kind) == graph


def test_networkx_refused():
    for multigraph in (nx.MultiGraph([(0, 1)]), nx.MultiDiGraph()):
        with pytest.raises(GraphError, match="parallel edges"):
            as_graph(multigraph)
    for node in (1.5, (0, 1), None, True, frozenset()):
        graph = nx.Graph()
        # networkx refuses None itself.
        if node is not None:
            graph.add_node(node)
            with pytest.raises(GraphError, match="no integer and no string"):
                as_graph(graph)
    with pytest.raises(GraphError, match="int, str"):
        as_graph(nx.Graph([(0, "a")]))
    with pytest.raises(GraphError, match="list is no graph"):
        as_graph([[0, 1], [1, 0]])
    with pytest.raises(GraphError, match="kind is"):
        as_graph(nx.Graph(), kind="mixed")


def test_networkx_weights():
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=1.0)
    graph.add_edge("b", "c", weight=0)
    graph.add_edge("c", "d")
    assert as_graph(graph).number_of_edges == 2 and as_graph(graph).number_of_nodes == 4
    graph.add_edge("a", "d", weight=2.5)
    with pytest.raises(GraphError, match=r"2\.5 is neither"):
        as_graph(graph)
    assert as_graph(graph, ignore_weights=True).number_of_edges == 3
    for weight in (float("nan"), "heavy"):
        graph.add_edge("a", "d", weight=weight)
        with pytest.raises(GraphError, match="no finite number"):
            as_graph(graph, ignore_weights=True)


def test_networkx_bipartite_only_where_it_is_said():
    davis = nx.davis_southern_women_graph()
    assert as_graph(davis).kind == "undirected"
    graph = as_graph(davis, kind="bipartite")
    assert graph.shape == (18, 14) and graph.labels[0] == "Evelyn Jefferson"
    expected = nx.bipartite.biadjacency_matrix(davis, graph.labels.tolist(), graph.column_labels.tolist())
    assert np.array_equal(expected.toarray(), graph.adjacency.toarray())
    with pytest.raises(GraphError, match="attribute bipartite"):
        as_graph(nx.path_graph(3), kind="bipartite")
    triangle = nx.complete_graph(3)
    nx.set_node_attributes(triangle, {0: 0, 1: 1, 2: 1}, "bipartite")
    with pytest.raises(GraphError, match="one side"):
        as_graph(triangle, kind="bipartite")
    with pytest.raises(GraphError, match="to_undirected"):
        as_graph(nx.DiGraph(triangle), kind="bipartite")


def test_changing_the_kind():
    path = Graph([[0, 1], [1, 0]], "undirected", labels=["a", "b"])
    assert as_graph(path) is path
    assert as_graph(path, kind="directed").labels.tolist() == ["a", "b"]
    with pytest.raises(GraphError, match="no bipartite form"):
        as_graph(path, kind="bipartite")
    with pytest.raises(GraphError, match="not symmetric"):
        as_graph(nx.DiGraph([(0, 1)]), kind="undirected")


def test_importing_graphs_loads_no_heavy_library():
    code = (
        "import sys, netwithin.graphs; print([m for m in ('torch', 'networkx', 'pooch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
