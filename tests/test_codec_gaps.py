"""Plain gaps: they come back, damage is told, and no file is larger than a compressor would make it."""

import bz2
import gzip
import lzma

import networkx as nx
import numpy as np
import pytest
import zstandard
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import strategies
from netwithin.codec import FormatError, encode, gaps
from netwithin.codec.baselines import edge_gaps, edge_text
from netwithin.codec.container import header_of
from netwithin.codec.varints import Reader, read_varints, varint, varints
from netwithin.graphs import Graph, as_graph

COMPRESSORS = (
    lambda data: gzip.compress(data, 9, mtime=0),
    lambda data: bz2.compress(data, 9),
    lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
    lambda data: zstandard.ZstdCompressor(level=19).compress(data),
)


@given(st.lists(st.integers(0, 2**63 - 1)))
def test_numbers_come_back(numbers):
    data = varints(np.array(numbers, np.int64))
    assert data == b"".join(map(varint, numbers))
    assert read_varints(data).tolist() == numbers
    reader = Reader(data)
    assert [reader.varint() for _ in numbers] == numbers and not reader.left


def test_more_numbers_than_expected_are_refused_before_they_take_memory():
    assert len(read_varints(bytes(10), most=10)) == 10
    with pytest.raises(FormatError, match="more numbers"):
        read_varints(bytes(11), most=10)


@pytest.mark.parametrize("data", [b"\x80", b"\1\xff", b"\xff" * 9 + b"\1"])
def test_numbers_that_are_cut_or_too_long_are_refused(data):
    with pytest.raises(FormatError):
        read_varints(data)


@settings(max_examples=200, deadline=None)
@given(strategies.graphs(labels=(None,), most=9))
def test_every_layout_by_every_method(graph):
    assume(graph.number_of_edges)
    header, edges = header_of(graph), graph.edges()
    most = gaps.most_bytes(header)
    for layout, (write, _) in enumerate(gaps.LAYOUTS):
        plain = varints(write(header, *edges))
        assert len(plain) <= most
        for method, (compress, _) in enumerate(gaps.METHODS):
            code = bytes([layout + 16 * method]) + compress(plain, most)
            for one, other in zip(gaps.decode_gaps(header, code), edges, strict=True):
                assert np.array_equal(one, other)
    assert len(gaps.encode_gaps(header, *edges)) <= len(code)


@settings(max_examples=500, deadline=None)
@given(strategies.graphs(labels=(None,), most=9), st.data())
def test_other_numbers_are_refused_or_are_such_a_graph(graph, data):
    """Damage that decompresses: any numbers, in any layout."""
    assume(graph.number_of_edges)
    header = header_of(graph)
    layout = data.draw(st.integers(0, len(gaps.LAYOUTS) - 1))
    numbers = gaps.LAYOUTS[layout][0](header, *graph.edges())
    changed = data.draw(st.lists(st.integers(0, 20), max_size=3))
    for value in changed:
        if len(numbers):
            numbers[data.draw(st.integers(0, len(numbers) - 1))] = value
    numbers = numbers[: len(numbers) - data.draw(st.sampled_from([0, 0, 0, 1]))]
    code = bytes([layout]) + gaps.METHODS[0][0](varints(numbers), 0)
    try:
        rows, columns = gaps.decode_gaps(header, code)
    except FormatError:
        return
    decoded = Graph.from_edges(rows, columns, header.shape, header.kind)
    assert decoded.number_of_edges == header.edges
    assert header.loops or not decoded.has_loops


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 2), st.integers(0, 2))
def test_garbage_is_refused(garbage, layout, method):
    header = header_of(as_graph(nx.path_graph(30)))
    with pytest.raises(FormatError):
        gaps.decode_gaps(header, bytes([layout + 16 * method]) + garbage)
        raise FormatError("a path by chance")


@pytest.mark.parametrize("method", range(len(gaps.METHODS)))
def test_nothing_inflates_beyond_the_graph(method):
    header = header_of(as_graph(nx.path_graph(30)))
    bomb = gaps.METHODS[method][0](bytes(1 << 24), 1 << 24)
    with pytest.raises(FormatError, match="damaged"):
        gaps.decode_gaps(header, bytes([16 * method]) + bomb)


def _random(seed, rows, columns, density):
    return np.random.default_rng(seed).random((rows, columns)) < density


def _hubs(seed, size):
    rng = np.random.default_rng(seed)
    hubs = rng.choice(size, 10, replace=False)
    matrix = np.zeros((size, size), bool)
    for row in matrix:
        row[rng.choice(hubs, 5, replace=False)] = True
    return matrix


FAMILIES = {
    "runs": lambda seed, n: np.kron(_random(seed, n // 8, n // 8, 0.2), np.ones((8, 8))),
    "cliques": lambda seed, n: nx.caveman_graph(n // 8, 8),
    "grid": lambda seed, n: nx.convert_node_labels_to_integers(nx.grid_2d_graph(n // 8, 8)),
    "circulant": lambda seed, n: nx.circulant_graph(
        n, np.random.default_rng(seed).integers(1, n, 4).tolist()
    ),
    "star": lambda seed, n: nx.star_graph(n),
    "lower triangle": lambda seed, n: np.tril(np.ones((n, n)), -1),
    "multipartite": lambda seed, n: nx.complete_multipartite_graph(n // 3, n // 3, n // 4),
    "repeated rows": lambda seed, n: np.tile(_random(seed, 3, n, 0.1), (n // 3, 1)),
    "hubs": _hubs,
    "random": lambda seed, n: nx.gnp_random_graph(n, 0.1, seed),
    "preferential": lambda seed, n: nx.barabasi_albert_graph(n, 3, seed),
    "tree": lambda seed, n: nx.balanced_tree(2, int(np.log2(n))),
    "hypercube": lambda seed, n: nx.convert_node_labels_to_integers(nx.hypercube_graph(int(np.log2(n)))),
    "one edge": lambda seed, n: np.arange(n * n).reshape(n, n) == seed % (n * n),
    "lollipop": lambda seed, n: nx.lollipop_graph(n // 3, n // 2),
}


@st.composite
def labelled(draw):
    """A graph of one of the families, read as any kind, with loops or not, its nodes shuffled or not."""
    family = draw(st.sampled_from(sorted(FAMILIES)))
    seed, size = draw(st.integers(0, 2**20)), draw(st.sampled_from([16, 60, 150]))
    matrix = FAMILIES[family](seed, size)
    if not isinstance(matrix, np.ndarray):
        matrix = nx.to_numpy_array(matrix, sorted(matrix))
    matrix = matrix.astype(bool)
    kind = draw(st.sampled_from(["undirected", "directed", "bipartite"]))
    if kind != "bipartite":
        matrix = matrix[:, : len(matrix)][: len(matrix[0])]
        np.fill_diagonal(matrix, draw(st.booleans()))
    if kind == "undirected":
        matrix = matrix | matrix.T
    if draw(st.booleans()):
        order = np.random.default_rng(seed + 1).permutation(len(matrix))
        matrix = matrix[order] if kind == "bipartite" else matrix[order][:, order]
    return Graph(matrix, kind)


@settings(max_examples=120, deadline=None)
@given(labelled(), st.integers(1, 3))
@example(Graph(_hubs(0, 400), "directed"), 1)
@example(as_graph(nx.circulant_graph(700, [1, 5, 60])), 1)
def test_no_file_is_larger_than_a_compressor_makes_it(graph, effort):
    peers = [len(compress(form(graph))) for compress in COMPRESSORS for form in (edge_text, edge_gaps)]
    assert len(encode(graph, effort=effort)) <= min(peers) + 64
