"""Files: round trips, other programs' files, damage."""

import gzip
import io

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from netwithin.graphs import Graph, GraphError, as_graph, newman_watts_strogatz, read, write
from netwithin.graphs import files as graph_files
from netwithin.graphs.matrix_market import dump_dense
from strategies import graphs, ids, integers, plain_texts, texts

WITH_LABELS = [".mtx", ".npz", ".txt", ".edges", ".edgelist", ".csv", ".tsv", ".graphml", ".gexf", ".gml"]
SIX = [".g6", ".graph6", ".s6", ".sparse6"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def round_trip(graph, path):
    write(graph, path)
    return read(path)


def text(content, folder, ending, **options):
    path = folder / f"given{ending}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, **options)


# Round trips


@pytest.mark.parametrize("ending", [".mtx", ".mtx.gz", ".npz"])
@settings(max_examples=50, deadline=None)
@given(graph=graphs())
def test_formats_that_hold_everything(ending, folder, graph):
    assert round_trip(graph, folder / f"all{ending}") == graph


@pytest.mark.parametrize("ending", [".txt", ".csv", ".tsv.gz", ".graphml", ".gexf", ".gml"])
@settings(max_examples=40, deadline=None)
@given(graph=graphs(labels=(None, plain_texts, ids)))
def test_formats_with_usual_labels(ending, folder, graph):
    try:
        assert round_trip(graph, folder / f"usual{ending}") == graph
    except GraphError as error:
        # Two names that read alike, 1 and "1", on the two sides of a bipartite graph.
        assert "cannot hold" in str(error)
        assert graph.kind == "bipartite" and len(set(map(str, graph.to_networkx()))) < graph.number_of_nodes


@pytest.mark.parametrize("ending", WITH_LABELS)
@settings(max_examples=25, deadline=None)
@given(graph=graphs(labels=(texts, integers)))
def test_any_label_comes_back_or_is_refused(ending, folder, graph):
    path = folder / f"any{ending}"
    path.unlink(missing_ok=True)
    try:
        write(graph, path)
    except GraphError:
        assert not path.exists()
    else:
        assert read(path) == graph


@pytest.mark.parametrize("ending", SIX)
@settings(max_examples=40, deadline=None)
@given(graph=graphs(kinds=("undirected",), labels=(None,), most=20))
def test_graph6_and_sparse6(ending, folder, graph):
    path = folder / f"six{ending}"
    if graph.has_loops and ending in (".g6", ".graph6"):
        with pytest.raises(GraphError, match="loops"):
            write(graph, path)
    else:
        assert round_trip(graph, path) == graph


@pytest.mark.parametrize("ending", [*WITH_LABELS, *SIX])
@pytest.mark.parametrize("size", [0, 1, 70, 300])
def test_isolated_nodes(ending, size, folder):
    graph = Graph(np.zeros((size, size)), "undirected")
    assert round_trip(graph, folder / f"empty{ending}") == graph


@pytest.mark.parametrize("ending", [*WITH_LABELS, *SIX])
def test_a_larger_graph_packed(ending, folder):
    graph = newman_watts_strogatz(150, 0.1, seed=3)
    path = folder / f"packed{ending}.gz"
    assert round_trip(graph, path) == graph
    assert path.read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("ending", SIX)
@pytest.mark.parametrize(
    "graph",
    [
        Graph([[0, 1], [0, 0]], "directed"),
        Graph([[0, 1]], "bipartite"),
        Graph([[0, 1], [1, 0]], "undirected", labels=["a", "b"]),
    ],
)
def test_what_graph6_and_sparse6_cannot_hold(ending, graph, folder):
    path = folder / f"refused{ending}"
    with pytest.raises(GraphError, match="6 cannot hold"):
        write(graph, path)
    assert not path.exists()


def test_an_edge_list_says_what_it_cannot_hold(folder):
    for label in ("a b", "", "#a", "\u2028"):
        with pytest.raises(GraphError, match=r"cannot stand in an edge list; use \.csv"):
            write(Graph([[0, 1], [1, 0]], "undirected", labels=[label, "x"]), folder / "labels.txt")


def test_write_takes_what_as_graph_takes(folder):
    write(nx.path_graph(3), folder / "path.mtx")
    write(np.ones((2, 3)), folder / "matrix.npz")
    assert read(folder / "path.mtx").number_of_edges == 2 and read(folder / "matrix.npz").kind == "bipartite"


# What other programs see and write


@settings(max_examples=40, deadline=None)
@given(graph=graphs())
def test_scipy_reads_our_matrix_market_and_npz(folder, graph):
    write(graph, folder / "ours.mtx")
    write(graph, folder / "ours.npz")
    dense = graph.adjacency.toarray()
    assert np.array_equal(scipy.io.mmread(folder / "ours.mtx").toarray().astype(bool), dense)
    assert np.array_equal(scipy.sparse.load_npz(folder / "ours.npz").toarray(), dense)


def test_comment_lines_keep_to_the_matrix_market_limit(folder):
    size = 3000
    write(
        Graph(np.zeros((size, size)), "undirected", labels=[f"node {k}" for k in range(size)]),
        folder / "long.mtx",
    )
    assert max(map(len, (folder / "long.mtx").read_text().splitlines())) <= 1024


@pytest.mark.parametrize("directed", [False, True])
def test_networkx_reads_and_writes_the_same(directed, folder):
    graph = nx.gnp_random_graph(20, 0.2, seed=1, directed=directed)
    graph = nx.relabel_nodes(graph, {k: f"n{k}" for k in graph})
    ours = as_graph(graph)
    writers = {"graphml": nx.write_graphml, "gexf": nx.write_gexf, "gml": nx.write_gml}
    readers = {"graphml": nx.read_graphml, "gexf": nx.read_gexf, "gml": nx.read_gml}
    for ending in writers:
        writers[ending](graph, folder / f"theirs.{ending}")
        assert read(folder / f"theirs.{ending}") == ours
        write(ours, folder / f"ours.{ending}")
        again = readers[ending](folder / f"ours.{ending}")
        assert again.is_directed() == directed and list(again) == list(graph)
        assert np.array_equal(nx.to_numpy_array(again), nx.to_numpy_array(graph))


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_scipy_npz_of_every_common_form(form, folder):
    matrix = scipy.sparse.random_array((9, 9), density=0.3, format=form, rng=np.random.default_rng(0))
    matrix.data[:] = 1
    scipy.sparse.save_npz(folder / "scipy.npz", matrix)
    graph = read(folder / "scipy.npz")
    assert graph.kind == "directed" and np.array_equal(graph.adjacency.toarray(), matrix.toarray() == 1)


@settings(max_examples=40, deadline=None)
@given(
    graph=graphs(labels=(None,)),
    field=st.sampled_from(["real", "integer"]),
    dense=st.booleans(),
)
def test_matrix_market_as_scipy_writes_it(folder, graph, field, dense):
    if graph.kind == "undirected" and dense:
        matrix = graph.adjacency.toarray().astype(float if field == "real" else int)
        scipy.io.mmwrite(folder / "scipy.mtx", matrix, field=field, symmetry="symmetric")
    else:
        matrix = graph.adjacency.astype(np.int8)
        scipy.io.mmwrite(folder / "scipy.mtx", matrix, field=field, symmetry="general")
    assert read(folder / "scipy.mtx", kind=graph.kind) == graph


def test_matrix_market_kinds(folder):
    head = "%%MatrixMarket matrix coordinate pattern "
    assert text(head + "symmetric\n2 2 1\n2 1\n", folder, ".mtx").kind == "undirected"
    assert text(head + "symmetric\n2 2 1\n1 2\n", folder, ".mtx").number_of_edges == 1
    assert text(head + "symmetric\n2 2 2\n1 2\n2 1\n", folder, ".mtx").number_of_edges == 1
    assert text(head + "general\n2 2 2\n2 1\n1 2\n", folder, ".mtx").kind == "directed"
    assert text(head + "general\n2 2 2\n2 1\n1 2\n", folder, ".mtx", kind="undirected").number_of_edges == 1
    assert text(head + "general\n2 2 1\n2 1\n", folder, ".mtx", kind="bipartite").number_of_nodes == 4
    assert text(head + "general\n2 3 1\n2 1\n", folder, ".mtx").kind == "bipartite"


def test_matrix_market_freedoms(folder):
    head = "%%matrixmarket MATRIX Coordinate Integer General\r\n% a comment\r\n\r\n"
    content = head + "3 3 3\r\n1 2 1\r\n\r\n2 3 0\r\n1 2 1"
    graph = text(content, folder, ".mtx")
    assert [array.tolist() for array in graph.edges()] == [[0], [1]]


def test_dense_form_is_the_papers(folder):
    graph = newman_watts_strogatz(30, 0.25)
    data = dump_dense(graph)
    lines = data.decode().splitlines()
    assert lines[0] == "%%MatrixMarket matrix array real symmetric"
    assert len(lines[3]) + 1 == 23 and len(lines) == 3 + 30 * 31 // 2
    assert text(data, folder, ".mtx") == graph
    with pytest.raises(GraphError, match="directed"):
        dump_dense(Graph([[0, 1], [0, 0]], "directed"))


def test_snap_edge_list(folder):
    snap = "# Undirected graph\n# Nodes: 4 Edges: 4\n# FromNodeId\tToNodeId\n10\t2\n2\t10\n7\t2\n300\t300\n"
    graph = text(snap, folder, ".txt")
    assert graph.labels.tolist() == [2, 7, 10, 300]
    assert [array.tolist() for array in graph.edges()] == [[0, 0, 3], [1, 2, 3]]
    assert text("0 1\n2 1\n", folder, ".edges").labels is None
    assert text("b a\na c\n", folder, ".txt").labels.tolist() == ["b", "a", "c"]
    assert text("007 7\n", folder, ".txt").labels.tolist() == ["007", "7"]
    directed = text("1 0\n0 2\n", folder, ".txt", kind="directed")
    assert [array.tolist() for array in directed.edges()] == [[0, 1], [2, 0]]
    bipartite = text("u1 p1\nu1 p2\nu2 p1\n", folder, ".txt", kind="bipartite")
    assert bipartite.shape == (2, 2) and bipartite.column_labels.tolist() == ["p1", "p2"]
    assert text("", folder, ".txt").number_of_nodes == 0


def test_edge_list_weights(folder):
    assert text("a b 1\nb c 0\n", folder, ".txt").number_of_edges == 1
    assert text("a b 1\nb c 0\n", folder, ".txt").number_of_nodes == 3
    for content in (
        "a b 7 1082040961\nb c 2.5 3\n",
        "a b 2004-04-15\nb c 2004-04-16\n",
        "a b {}\nb c {'weight': 3, 'colour': 'red'}\n",
        "a b 0\nb c x\n",
    ):
        graph = text(content, folder, ".txt", ignore_weights=True)
        assert [array.tolist() for array in graph.edges()] == [[0, 1], [1, 2]], content
    assert text("a b 0\nb c 2\n", folder, ".txt", ignore_weights=True).number_of_edges == 1
    with pytest.raises(GraphError, match="fields"):
        text("a b 7\nb c\n", folder, ".txt", ignore_weights=True)


def test_csv_headers(folder):
    for content in (
        "a,b\nb,c\n",
        "source,target\na,b\nb,c\n",
        '"Source","Target","Weight"\n"a","b",1\n"b","c",1\n',
        "source,target,when\na,b,2005\nb,c,2006\n",
        "source, target, when, weight\na, b, 2005, 1\nb, c, 2006, 1\n",
        "\ufeffFrom,To\r\na,b\r\n\r\nb,c\r\n",
        "# made by hand\na,b\nb,c\n",
        ",source,target\n0,a,b\n1,b,c\n",
        "id,source,target\n7,a,b\n8,b,c\n",
        "weight,source,target\n1,a,b\n1,b,c\n",
        "target,kind,value,source\nb,x,1,a\nc,y,1,b\n",
    ):
        graph = text(content, folder, ".csv")
        assert graph.labels.tolist() == ["a", "b", "c"], content
        assert [array.tolist() for array in graph.edges()] == [[0, 1], [1, 2]], content
    dated = text("on,weight,from,to\n1,x,b,a\n", folder, ".csv", ignore_weights=True, kind="directed")
    assert dated.labels.tolist() == ["b", "a"] and dated.adjacency.toarray().tolist() == [[0, 1], [0, 0]]
    assert text("paper,cites,weight\n0,1,1\n1,2,0\n", folder, ".csv").number_of_edges == 1
    assert text("paper,cites\n0,1\n1,2\n", folder, ".csv").labels is None
    assert text("0,1\n1,2\n", folder, ".csv").number_of_edges == 2
    assert text("0\t1\n1\t2\n", folder, ".tsv").number_of_edges == 2
    assert text('"a,b","c""d"\n', folder, ".csv").labels.tolist() == ["a,b", 'c"d']


def test_an_edge_list_that_pandas_wrote(folder):
    frame = pd.DataFrame({"source": [0, 1, 5], "target": [1, 5, 0], "weight": [1, 1, 1]})
    frame.to_csv(folder / "index.csv")
    frame.to_csv(folder / "plain.csv", index=False)
    assert read(folder / "index.csv") == read(folder / "plain.csv")
    assert read(folder / "index.csv").labels.tolist() == [0, 1, 5]


def test_csv_columns_without_names_are_not_guessed(folder):
    for content in ("1,2,3,4\n", ",paper,cites\n0,a,b\n"):
        with pytest.raises(GraphError, match=r"fields|no number"):
            text(content, folder, ".csv", ignore_weights=True)


def test_csv_that_needs_no_comment_has_none(folder):
    write(Graph([[0, 1], [1, 0]], "undirected"), folder / "plain.csv")
    assert (folder / "plain.csv").read_text() == "source,target\n0,1\n"
    write(Graph([[0, 1], [0, 0]], "directed"), folder / "directed.csv")
    assert (folder / "directed.csv").read_text().startswith("# netwithin ")


def test_gml_value_is_a_weight(folder):
    gml = 'graph [ node [ id 5 label "a" ] node [ id 7 label "b" ] edge [ source 5 target 7 value 3 ] ]'
    with pytest.raises(GraphError, match="3 is neither"):
        text(gml, folder, ".gml")
    assert text(gml, folder, ".gml", ignore_weights=True).labels.tolist() == ["a", "b"]
    bare = "graph [ node [ id 5 ] node [ id 7 ] edge [ source 5 target 7 ] ]"
    assert text(bare, folder, ".gml").labels.tolist() == [5, 7]


# Damage

MTX = "%%MatrixMarket matrix coordinate {} {}\n"
PATTERN, REAL = MTX.format("pattern", "general"), MTX.format("real", "general")
SYMMETRIC = MTX.format("pattern", "symmetric")
ARRAY = "%%MatrixMarket matrix array real symmetric\n"
NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
GRAPHML = f'<graphml xmlns="{NAMESPACE}"><graph edgedefault="undirected">' + "{}</graph></graphml>"
NODES = '<node id="a"/><node id="b"/>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>' + GRAPHML.format(
    '<node id="&b;"/>'
)
BAD = [
    (".mtx", "", "banner"),
    (".mtx", "1 2\n", "banner"),
    (".mtx", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n", "complex"),
    (".mtx", "%%MatrixMarket matrix coordinate real hermitian\n1 1 1\n1 1 1\n", "hermitian"),
    (".mtx", "%%MatrixMarket matrix array pattern general\n1 1\n", "array"),
    (".mtx", PATTERN, "truncated"),
    (".mtx", PATTERN + "% only a comment\n", "truncated"),
    (".mtx", PATTERN + "3 3\n", "2 numbers"),
    (".mtx", PATTERN + "3 3 x\n", "size line"),
    (".mtx", PATTERN + "-3 -3 0\n", "out of range"),
    (".mtx", PATTERN + "3 99999999999 0\n", "out of range"),
    (".mtx", PATTERN + "3 3 99999999999\n1 1\n", "truncated"),
    (".mtx", PATTERN + "3 3 2\n1 1\n", "truncated"),
    (".mtx", PATTERN + "3 3 2\n1 1\n2", "truncated"),
    (".mtx", PATTERN + "3 3 1\n1 1\n2 2\n", "too long"),
    (".mtx", PATTERN + "3 3 1\n1 1 5\n", "damaged or truncated"),
    (".mtx", PATTERN + "3 3 2\n1 1\n2\n", "damaged or truncated"),
    (".mtx", REAL + "3 3 2\n1 1\n2 2 1\n", "damaged or truncated"),
    (".mtx", SYMMETRIC + "2 2 2\n1 2\n% no place for comments\n2 2\n", "damaged or truncated"),
    (".mtx", PATTERN + "3 3 1\n4 1\n", "row 4 is out of range"),
    (".mtx", PATTERN + "3 3 1\n0 1\n", "row 0 is out of range"),
    (".mtx", PATTERN + "3 3 1\n1 -1\n", "column -1 is out of range"),
    (".mtx", PATTERN + "3 3 1\n1.5 1\n", "could not convert"),
    (".mtx", PATTERN + "3 3 1\n99999999999999999999 1\n", "could not convert"),
    (".mtx", SYMMETRIC + "2 3 1\n2 1\n", "cannot be"),
    (".mtx", REAL + "3 3 1\n1 1 nan\n", "NaN"),
    (".mtx", REAL + "3 3 1\n1 1 inf\n", "infinite"),
    (".mtx", REAL + "3 3 1\n1 1 0.5\n", r"0\.5 is neither"),
    (".mtx", REAL + "3 3 1\n1 1 -1\n", "neither"),
    (".mtx", REAL + "3 3 1\n1 1 x\n", "could not convert"),
    (".mtx", REAL + "3 3 2\n1 2 1\n1 2 0\n", "row 1, column 2 is there with 0 and with 1"),
    (".mtx", ARRAY + "2 2\n0\n1\n", "truncated"),
    (".mtx", ARRAY + "2 2\n0\n1\n0\n1\n", "too long"),
    (".mtx", ARRAY + "100000 100000\n0\n", "truncated"),
    (".mtx", ARRAY + "2 2\n0\nnan\n0\n", "NaN"),
    (".mtx", "%%MatrixMarket matrix coordinate integer skew-symmetric\n2 2 1\n2 1 1\n", "skew-symmetric"),
    (".mtx", SYMMETRIC + "%netwithin {\n2 2 0\n", "damaged"),
    (".mtx", SYMMETRIC + '%netwithin {"kind": "undirected", "shape": [3, 3]}\n2 2 0\n', "disagree"),
    (".mtx", SYMMETRIC + '%netwithin {"kind": "undirected", "labels": "ab"}\n2 2 0\n', "damaged"),
    (".mtx", SYMMETRIC + '%netwithin {"kind": "undirected", "labels": ["a"]}\n2 2 0\n', "1 labels"),
    (
        ".mtx.gz",
        gzip.compress((SYMMETRIC + "2 2 1\n2 1\n").encode(), mtime=0)[:-9],
        "gzip file is damaged or truncated",
    ),
    (".mtx.gz", b"not gzip", "gzip file is damaged"),
    (".txt", "0 1\n-1 2\n", "negative"),
    (".txt", "0 1\n2\n", "fields"),
    (".txt", "0 1\n1 2 1\n", "fields"),
    (".txt", "0 1 1 1\n", "fields"),
    (".txt", "0 1 x\n", "no number"),
    (".txt", "0 1 nan\n", "NaN"),
    (".txt", "0 1 3\n", "neither"),
    (".txt", "0 1 1\n1 0 0\n", "with 0 and with 1"),
    (".txt", "0 99999999999999999999\n", "64 bits"),
    (".txt", "# Nodes: 5 Edges: 3\n0 1\n1 2\n", "2 edges where the comment says 3; the file is truncated"),
    (".txt", b"\xff\xfe0 1\n", "UTF-8"),
    (".txt", '# netwithin {"kind": "undirected", "shape": [2, 2], "labels": null}\n0 2\n', "out of range"),
    (".txt", '# netwithin {"kind": "directed", "shape": [1, 1], "labels": ["a"]}\na b\n', "out of range"),
    (".txt", '# netwithin {"kind": "directed", "shape": [-1, -1]}\n', "out of range"),
    (".txt", '# netwithin {"kind": "directed", "shape": [1e3, 1]}\n', "damaged"),
    (".txt", '# netwithin {"kind": "mixed"}\n', "damaged"),
    (".txt", "# netwithin [" * 1000, "damaged"),
    (".csv", "a,b\nc\n", "fields"),
    (".csv", "source,target\na,b,c\n", "header's 2 fields"),
    (".csv", 'a,"b\n', "no sound CSV"),
    (".csv", "source,target,weight\na,b,2\n", "neither"),
    (".csv", "1,2,3,4\n", "fields"),
    (".csv", "id,paper,cites\n0,0,1\n1,0,1\n", "no columns are called source and target"),
    (".csv", ",0,1\n0,0,1\n1,1,1\n", "no columns are called source and target"),
    (".csv", "weight,paper,cites\n1,0,1\n", "no columns are called source and target"),
    (".csv", "v,source,target\n1,a,b\n", "'v' and 'target'"),
    (".npz", b"PK no archive", "no sound .npz"),
    (".npz", b"", "no sound .npz"),
    (".graphml", BOMB, "document type"),
    (".gexf", BOMB, "document type"),
    (".graphml", BOMB.encode("utf-16"), "document type"),
    (".graphml", GRAPHML.format(NODES)[:-5], "truncated"),
    (".graphml", "<?xml version='1.0' encoding='utf-0'?><graphml/>", "unknown encoding"),
    (".graphml", b"<?xml version='1.0' encoding='utf-7'?><graphml/>", "no sound XML"),
    (".graphml", "<graphml/>", "0 graphs"),
    (".graphml", GRAPHML.format(NODES + '<edge source="a" target="c"/>'), "'c', which is not there"),
    (".graphml", GRAPHML.format(NODES + '<edge source="a" target="b"/>' * 2), "parallel"),
    (".graphml", GRAPHML.format('<node id="a"/><graph edgedefault="directed"/>'), "2 graphs"),
    (".graphml", GRAPHML.format(NODES + '<edge source="a" target="b" directed="true"/>'), "no sound GraphML"),
    (".gexf", "<gexf><graph><nodes/></graph></gexf>", "no sound GEXF"),
    (".gml", "graph [ node [ id 0 ]", "no sound GML"),
    (".gml", 'graph [ node [ id 0 label "a" ] edge [ source 0 target 1 ] ]', "no sound GML"),
    (".gml", "graph [ " * 5000, "no sound GML"),
    (".g6", "", "0 graphs"),
    (".g6", ">>graph6<<A_\nA_\n", "2 graphs"),
    (".g6", "D\x01", "out of range"),
    (".g6", "D", "no sound graph6"),
    (".g6", "D????", "no sound graph6"),
    (".s6", "A_", "colon"),
    (".s6", ":~~~~~~~~", "nodes are more"),
    (".s6", ":~", "no sound sparse6"),
    (".s6", ":A_", "parallel"),
]


@pytest.mark.parametrize("ending, content, reason", BAD)
def test_refused_with_the_reason(ending, content, reason, folder):
    with pytest.raises(GraphError, match=reason) as caught:
        text(content, folder, ending)
    message = str(caught.value)
    assert "\n" not in message and f"given{ending}: " in message


def npz(folder, **arrays):
    matrix = scipy.sparse.csr_array(np.array([[0, 1], [1, 0]]))
    parts = dict(format=np.array(b"csr"), shape=matrix.shape, data=matrix.data, indices=matrix.indices)
    np.savez(folder / "bad.npz", **{**parts, "indptr": matrix.indptr, **arrays})
    return read(folder / "bad.npz")


@pytest.mark.parametrize(
    "arrays, reason",
    [
        ({"indices": np.array([0, 9])}, "no sound"),
        ({"indices": np.array([-1, 0])}, "no sound"),
        ({"indptr": np.array([0, 5, 2])}, "no sound"),
        ({"format": np.array(b"dia")}, "'dia' form"),
        ({"format": np.array("x")}, "'x' form"),
        ({"shape": np.array([10**12, 2])}, "out of range"),
        ({"data": np.array([1.0, np.nan])}, "NaN"),
        ({"data": np.array([1, 2])}, "2 is neither"),
        ({"data": np.array([object(), 1], object)}, "pickle"),
        ({"kind": np.array("mixed")}, "damaged"),
        ({"kind": np.array("undirected"), "labels": np.array(["a"])}, "1 labels"),
        ({"kind": np.array("undirected"), "labels": np.array([{}, {}], object)}, "pickle"),
    ],
)
def test_npz_refused(arrays, reason, folder):
    assert npz(folder).number_of_edges == 1
    with pytest.raises(GraphError, match=reason):
        npz(folder, **arrays)


@pytest.mark.parametrize("ending", [".npz", ".mtx.gz", ".gml", ".graphml", ".gexf", ".txt"])
def test_truncation_is_noticed(ending, folder):
    graph = newman_watts_strogatz(12, 0.3, seed=1)
    path = folder / f"short{ending}"
    write(graph, path)
    whole = path.read_bytes()
    # From half the file to all but its last two bytes: a text's final newline is nobody's loss.
    for length in range(len(whole) // 2, len(whole) - 2, max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(GraphError):
            read(path)


@settings(max_examples=120, deadline=None)
@given(
    ending=st.sampled_from([*WITH_LABELS, *SIX, ".mtx.gz"]),
    place=st.floats(0, 1, exclude_max=True),
    value=st.integers(0, 255),
)
def test_one_wrong_byte_gives_a_graph_or_a_graph_error(folder, ending, place, value):
    path = folder / f"byte{ending}"
    write(newman_watts_strogatz(8, 0.4, seed=2), path)
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] = value
    path.write_bytes(data)
    try:
        assert isinstance(read(path), Graph)
    except GraphError as error:
        assert "\n" not in str(error)


def test_unpacked_size_is_limited(folder, monkeypatch):
    monkeypatch.setattr(graph_files, "MAX_BYTES", 1000)
    with pytest.raises(GraphError, match="more than 1000 bytes"):
        text(gzip.compress(b"%" * 5000), folder, ".mtx.gz")


def test_paths(folder):
    with pytest.raises(GraphError, match=r"ending '\.xyz' is none of"):
        read(folder / "graph.xyz")
    with pytest.raises(GraphError, match=r"ending '\.gz' is none of"):
        write(Graph([[0]], "undirected"), folder / "graph.gz")
    with pytest.raises(GraphError, match="kind is"):
        read(folder / "graph.mtx", kind="mixed")
    with pytest.raises(FileNotFoundError):
        read(folder / "absent.mtx")


def test_reading_a_large_matrix_is_quick(folder):
    import time

    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 20_000, (2, 800_000))
    buffer = io.BytesIO()
    matrix = scipy.sparse.coo_array((np.ones(800_000, np.int8), (rows, columns)), shape=(20_000, 20_000))
    scipy.io.mmwrite(buffer, matrix, field="pattern", symmetry="general")
    (folder / "large.mtx").write_bytes(buffer.getvalue())
    start = time.process_time()
    graph = read(folder / "large.mtx")
    # It takes a third of a second; the bound leaves room for a slow machine.
    assert time.process_time() - start < 3
    assert graph.number_of_edges == len(set(zip(rows.tolist(), columns.tolist(), strict=True)))
