"""The codec's peers: sizes as published, files that other readers and brute force agree with."""

import gzip
import io
import lzma
import os
import shutil
import stat
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import reference_decoder
import strategies
from netwithin.codec import baselines, encode
from netwithin.codec.container import header_of
from netwithin.graphs import Graph, erdos_renyi, load, newman_watts_strogatz, read
from netwithin.graphs.graph import KINDS
from netwithin.records import published


def published_graphs():
    return published("peers_bits_per_edge")["graph"].tolist()


def small_graphs():
    rng = np.random.default_rng(0)
    return [
        newman_watts_strogatz(60, 0.2),
        Graph(rng.random((30, 30)) < 0.3, "directed"),
        Graph((rng.random((30, 30)) < 0.3) & ~np.eye(30, dtype=bool), "directed"),
        Graph(np.ones((17, 17)), "undirected"),
        Graph(rng.random((9, 40)) < 0.3, "bipartite"),
        Graph(rng.random((40, 9)) < 0.3, "bipartite"),
        erdos_renyi(33, 0.0),
        load("karate-club"),
    ]


@pytest.mark.parametrize("name", published_graphs())
def test_sizes_are_those_that_were_published(name):
    """Whole sizes, measured once with other programs."""
    if not os.environ.get("NETWITHIN_DATA"):
        pytest.skip("NETWITHIN_DATA, the folder of the data sets, is not set")
    peers = published("peers_bits_per_edge").set_index("graph").loc[name]
    graph = read(Path(os.environ["NETWITHIN_DATA"]) / "graphs" / f"{name}.mtx.gz", ignore_weights=True)
    assert graph.number_of_edges == peers.edges
    columns = [*baselines.BOUNDS, "bitmap", "xz_gaps"]
    for column in columns if name == "fb100-cornell5" else [*columns, "xz_text"]:  # which takes half a minute
        size = baselines.measure(column, graph)["bytes"]
        printed = peers[column] * peers.edges / 8
        rounding = 0.005 if column == "bitmap" else 0.0005  # of the printed figure
        assert abs(size - printed) <= 5 + rounding * peers.edges / 8, column


@pytest.mark.parametrize("name", baselines.PEERS)
@settings(max_examples=40, deadline=None)
@given(graph=strategies.graphs(labels=(None,), most=12))
def test_every_file_decodes_to_the_graph(name, graph):
    if baselines.PEERS[name].programs:
        pytest.skip("processes take their time")
    if baselines.absent(name, graph):
        assert min(graph.shape) == 0
    else:
        data = baselines.PEERS[name].encode(graph)
        assert baselines.read(name, data, header_of(graph)) == graph


@pytest.mark.parametrize("name", [name for name, peer in baselines.PEERS.items() if peer.programs])
def test_every_file_of_a_program_decodes_to_the_graph(name):
    if not all(map(shutil.which, baselines.PEERS[name].programs)):
        pytest.skip("the program is not on this machine")
    for graph in small_graphs():
        assert baselines.measure(name, graph)["exact"]


def test_the_sizes_of_compare_are_those_of_the_files():
    graph = load("karate-club")
    sizes = baselines.compare(graph, programs=True)
    assert list(sizes) == [*baselines.BOUNDS, *baselines.PEERS]
    assert all(baselines.measure(name, graph)["bytes"] == size for name, size in sizes.items())
    inside = baselines.compare(graph)
    assert inside.items() < sizes.items()
    assert not any(baselines.PEERS[name].programs for name in inside.keys() & baselines.PEERS.keys())


def test_general_purpose_peers_are_compressors_of_text_and_gaps():
    general = {name for name, peer in baselines.PEERS.items() if peer.general}
    forms = ("text", "gaps")
    assert general == {f"{c}_{form}" for c in ("gzip", "bz2", "xz", "zstd", "zpaq") for form in forms}


def test_other_readers_open_the_compressed_texts(tmp_path):
    """The text is one that networkx reads, whichever of the standard formats it is packed in."""
    graph = load("karate-club")
    wanted = nx.Graph(zip(*graph.edges(), strict=True))
    for name, unpack in (("gzip_text", gzip.decompress), ("xz_text", lzma.decompress)):
        lines = unpack(baselines.PEERS[name].encode(graph)).decode().splitlines()
        assert nx.utils.graphs_equal(nx.parse_edgelist(lines, nodetype=int), wanted)


def test_a_program_that_fails_is_told_and_no_error(tmp_path, monkeypatch):
    for name in ("pbmtojbg", "jbgtopbm"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 3\n")
        (tmp_path / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = baselines.measure("jbig", load("karate-club"))
    assert found["absent"] == "pbmtojbg failed" and found["bytes"] is None


def test_a_file_that_decodes_to_something_else_is_told(monkeypatch):
    lossy = baselines.Peer(lambda graph: b"", lambda data, header: (np.zeros(1, int), np.ones(1, int)))
    monkeypatch.setitem(baselines.PEERS, "lossy", lossy)
    assert baselines.measure("lossy", load("karate-club"))["exact"] is False


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_pictures_hold_the_whole_matrix(kind):
    """Read back with PIL: every entry is there, an edge white."""
    for graph in small_graphs():
        file = Image.open(io.BytesIO(baselines.PEERS[kind].encode(graph)))
        assert file.format == kind.upper() and (kind == "webp" or file.mode == "1")
        pixels = np.asarray(file.convert("L"))
        assert set(np.unique(pixels)) <= {0, 255}
        assert ((pixels == 255) == graph.adjacency.toarray()).all()


def test_portable_bitmaps_are_those_of_another_writer():
    for graph in small_graphs():
        file = io.BytesIO()
        Image.fromarray(graph.adjacency.toarray() == 0).save(file, "PPM")
        assert baselines._pbm(graph) == file.getvalue()


def test_pictures_too_large_or_empty_are_absent(monkeypatch):
    assert baselines.absent("png", erdos_renyi(0, 0.0)) == "no picture is empty"
    wide = Graph.from_edges([0], [0], (1, baselines.MAX_WEBP_SIDE + 1), "bipartite")
    assert baselines.absent("webp", wide) == "too large for a picture" and not baselines.absent("png", wide)
    assert baselines.compare(wide)["webp"] is None
    monkeypatch.setattr(baselines, "MAX_PIXELS", 60 * 60 - 1)
    assert baselines.absent("png", erdos_renyi(60, 0.5)) and not baselines.absent("png", erdos_renyi(59, 0.5))


def test_texts_and_gaps_hold_every_edge():
    for graph in small_graphs():
        rows, columns = graph.edges()
        lines = baselines.edge_text(graph).decode().splitlines()
        assert lines == [f"{i} {j}" for i, j in zip(rows, columns, strict=True)]
        source = reference_decoder.Source(baselines.edge_gaps(graph))
        lengths = [source.varint() for _ in range(graph.shape[0])]
        found = []
        for i, length in enumerate(lengths):
            j = i if graph.kind == "undirected" else 0
            for _ in range(length):
                j += source.varint()
                found.append((i, j))
        assert found == list(zip(rows.tolist(), columns.tolist(), strict=True))
        assert source.at == len(source.data)


def test_bitmaps_have_the_bits_of_the_candidates_row_by_row():
    for graph in small_graphs():
        header, matrix = header_of(graph), graph.adjacency.toarray()
        bits = [matrix[i, j] for i in range(graph.shape[0]) for j in header.candidates(i)]
        assert baselines.bitmap(graph) == np.packbits(np.array(bits, bool)).tobytes()


def quarters(matrix):
    """The k2-tree of a square matrix by its definition: each level's bits, parts of it cut by hand."""
    levels, parts = [], [matrix]
    while parts and len(parts[0]) > 1:
        half = len(parts[0]) // 2
        cut = [part[a : a + half, b : b + half] for part in parts for a in (0, half) for b in (0, half)]
        levels.append([bool(part.any()) for part in cut])
        parts = [part for part in cut if part.any()]
    return levels


def test_k2_trees_are_those_of_the_definition():
    for graph in small_graphs():
        matrix = graph.adjacency.toarray()
        if graph.kind == "undirected":
            matrix = np.triu(matrix)
        side = 2
        while side < max(graph.shape):
            side *= 2
        padded = np.zeros((side, side), bool)
        padded[: graph.shape[0], : graph.shape[1]] = matrix
        levels = [level.tolist() for level in baselines.k2_levels(graph)]
        assert [level for level in levels if level] == quarters(padded)
        total = sum(map(len, levels))
        assert baselines.measure("k2_tree", graph)["bytes"] == -(-total // 8)


def test_a_k2_tree_counted_by_hand():
    """10 nodes make 16 x 16 entries, so four levels; the edges lie in 2 quarters, 2 eighths, 3 sixteenths."""
    graph = Graph.from_edges([0, 1, 1, 9], [1, 2, 3, 6], (10, 10), "directed")
    levels = baselines.k2_levels(graph)
    assert len(levels) == 4
    assert sum(map(len, levels[:-1])) == 4 * (1 + 2 + 2) and len(levels[-1]) == 4 * 3


#: Matrices of n x n from a generator, by what makes neighbours' lists alike or easy to write down.
FAMILIES = {
    "noise": lambda n, rng: rng.random((n, n)) < rng.choice([0.003, 0.03, 0.3, 0.97]),
    "band": lambda n, rng: abs(np.subtract.outer(np.arange(n), np.arange(n))) < rng.integers(2, 9),
    "rows that repeat": lambda n, rng: (rng.random((5, n)) < 0.2)[np.arange(n) % 5],
    "blocks": lambda n, rng: np.kron(rng.random((-(-n // 8),) * 2) < 0.2, np.ones((8, 8)))[:n, :n] > 0,
    "residues": lambda n, rng: np.multiply.outer(np.arange(n), np.arange(n)) % 31 == rng.integers(31),
    "divisors": lambda n, rng: np.arange(1, n + 1)[:, None] % np.arange(1, n + 1) == 0,
    "hubs": lambda n, rng: rng.random((n, n)) < 2 / np.arange(1, n + 1),
    "copies": lambda n, rng: (rng.random((n, n)) < 0.1)[np.maximum(0, np.arange(n) - rng.integers(1, 4, n))],
}


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=8, deadline=None)
@given(
    nodes=st.integers(1, 250),
    kind=st.sampled_from(KINDS),
    labels=st.sampled_from(["given", "shuffled", "by degree"]),
    seed=st.integers(0, 99),
)
def test_no_file_of_ours_is_much_larger_than_a_general_purpose_peers(family, nodes, kind, labels, seed):
    rng = np.random.default_rng(seed)
    matrix = FAMILIES[family](nodes, rng)
    if kind == "undirected":
        matrix = np.triu(matrix) | np.triu(matrix).T
    if kind == "bipartite":
        matrix = matrix[: nodes // 2]
    else:
        order = {"given": np.arange(nodes), "shuffled": rng.permutation(nodes)}
        order = order.get(labels, np.argsort(-matrix.sum(axis=0), kind="stable"))
        matrix = matrix[order][:, order]
    graph = Graph(matrix, kind)
    general = [peer for peer in baselines.PEERS.values() if peer.general and not peer.programs]
    assert len(encode(graph, effort=1)) <= min(len(peer.encode(graph)) for peer in general) + 64
