"""The container of version 2: every part comes back, and nothing that a file says is believed unchecked."""

import time
from zlib import compress, crc32

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwithin
import strategies
from netwithin.codec import FormatError, decode, encode, info
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts.siren import Integers, Siren
from netwithin.codec.renumbering import (
    RENUMBERINGS,
    pack_permutation,
    read_permutation,
    renumbered,
    renumbering,
)
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.tiles import Grid
from netwithin.codec.varints import Reader, varint
from netwithin.graphs import as_graph, erdos_renyi


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 700), st.integers(0, 2**32))
def test_permutations_come_back_at_little_more_than_their_entropy(size, seed):
    permutation = np.random.default_rng(seed).permutation(size)
    packed = pack_permutation(permutation)
    reader = Reader(packed + b"more")
    assert np.array_equal(read_permutation(reader, size), permutation)
    assert reader.rest() == b"more"
    entropy = np.log2(np.arange(1, size + 1)).sum()
    assert entropy <= 8 * len(packed) < entropy + 8 * (size // 256 + 1)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 120))
def test_any_bytes_are_a_permutation_or_refused(data, size):
    try:
        permutation = read_permutation(Reader(data), size)
    except FormatError:
        return
    assert sorted(permutation.tolist()) == list(range(size))


def test_a_numbering_without_its_bytes_is_refused_at_once():
    start = time.process_time()
    with pytest.raises(FormatError, match="cut short"):
        read_permutation(Reader(b"\0" * 100), 1 << 50)
    assert time.process_time() - start < 10  # what is announced would take for ever


@settings(max_examples=150, deadline=None)
@given(strategies.graphs(most=9), st.sampled_from(sorted(RENUMBERINGS)))
def test_a_stored_numbering_gives_the_graph_back(graph, name):
    numbering = renumbering(graph, name)
    coded = renumbered(graph, numbering)
    data = pack(graph, [encode_stream(header_of(coded), coded.adjacency, Plan())], numbering=numbering)
    assert decode(data) == graph
    assert (info(data)["numbering_bytes"] > 0) == (max(graph.shape) > 1)


def _sealed(*parts: bytes) -> bytes:
    body = b"NWN\2" + b"".join(parts)
    return body + crc32(body).to_bytes(4, "little")


def _head(flags: int, *sizes: int, layout: int = 0) -> bytes:
    return bytes([flags]) + b"".join(map(varint, sizes)) + b"abcd" + bytes([layout])


def _tiled(head: bytes, side: int, index: bytes, checksums: bytes = b"") -> list[bytes]:
    head += varint(side) + varint(len(index)) + varint(len(index)) + index + checksums
    return [head, crc32(b"NWN\2" + head).to_bytes(4, "little")]


BOMB = compress(bytes(1 << 24))
FORGED = {
    "2**60 nodes": [_head(0, 1 << 60, 0)],
    "2**69 edges": [_head(0, 5, 1 << 69)],
    "2**61 edges": [_head(0, 1 << 40, 1 << 61)],
    "a method of the future": [_head(0, 5, 3), b"\x63code"],
    "no method": [_head(0, 5, 3)],
    "a layout of the future": [_head(0, 5, 0, layout=8)],
    "dropped labels that are there": [_head(0x08, 1, 0, layout=4), b"\1\1\4"],
    "dropped labels and a numbering": [_head(0, 3, 0, layout=6), b"\0"],
    "a numbering that is cut": [_head(0, 60, 0, layout=2), b"\0" * 5],
    "a numbering beyond the last": [_head(0, 3, 0, layout=2), b"\6"],
    "an order that a bipartite graph has not": [_head(2, 7, 5, 3), b"\x26\x04\0code"],
    "gaps in an unknown way": [_head(0, 5, 3), b"\0\x44aaaa"],
    "gaps that inflate without end": [_head(0, 5, 3), b"\0\0", compress(bytes(1 << 24), wbits=-15)],
    "gaps beyond the last column": [_head(0, 3, 1), b"\0\0", compress(b"\1\0\0\x09", wbits=-15)],
    "an edge twice": [_head(1, 3, 2), b"\0\1", compress(b"\2\0\0\1\1", wbits=-15)],
    "an edge below the diagonal": [_head(0, 3, 1), b"\0\1", compress(b"\0\0\1\1", wbits=-15)],
    "an edge too few": [_head(0, 4, 2), b"\0\0", compress(b"\1\0\0\0\1", wbits=-15)],
    "a gap of 63 bits": [_head(1, 3, 2), b"\0\0", compress(b"\2\0\0" + b"\xff" * 8 + b"\x7f\1", wbits=-15)],
    "a run of 63 bits": [_head(1, 3, 2), b"\0\2", compress(b"\1\0\0\1" + b"\xff" * 8 + b"\x7f", wbits=-15)],
    "bytes behind the gaps": [_head(0, 3, 1), b"\0\0", compress(b"\1\0\0\1", wbits=-15) + b"\0"],
    "a code where none is needed": [_head(0, 5, 0), b"\0"],
    "2**40 tiles": _tiled(_head(0, 1 << 20, 3, layout=1), 1, b"\0" * 50),
    "tiles that inflate without end": [
        _head(0, 500, 3, layout=1),
        b"\1",
        varint(1 << 30),
        varint(len(BOMB)),
        BOMB,
    ],
    "tiles without nodes": _tiled(_head(0, 4, 0, layout=1), 0, b"\0"),
    "too few tiles": _tiled(_head(0, 4, 1, layout=1), 2, b"\1\0"),
    "more edges than a tile has pairs": _tiled(_head(0, 4, 3, layout=1), 2, b"\3\0\0"),
    "fewer edges than announced": _tiled(_head(0, 4, 3, layout=1), 2, b"\1\0\1"),
    "a stream that is not there": _tiled(_head(0, 8, 3, layout=1), 4, b"\3\0\0\x30", b"abcd"),
    "a stream beyond 63 bits": _tiled(
        _head(0, 8, 3, layout=1), 4, b"\3\0\0" + b"\xff" * 8 + b"\x7f", b"abcd"
    ),
    "a stream that its checksum belies": [
        *_tiled(_head(0, 8, 3, layout=1), 4, b"\3\0\0\2", b"abcd"),
        b"\0\0",
    ],
    "a tile of another side": [*_tiled(_head(0, 4, 1, layout=1), 1 << 69, b"\1\1", b"abcd"), b"\0"],
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_files_are_refused_at_once(name):
    data = _sealed(*FORGED[name])
    start = time.process_time()
    with pytest.raises(FormatError):
        decode(data)
    assert time.process_time() - start < 10  # compiling included; what is announced would take for ever
    try:
        info(data)
    except FormatError:
        pass


def test_every_part_is_counted():
    names = nx.Graph(list(nx.les_miserables_graph().edges))
    for options in ({"effort": 1}, {"predictor": "gaps"}, {"access": "random", "tile": 20}):
        facts = info(encode(names, **options))
        parts = ("model_bytes", "residual_bytes", "label_bytes", "header_bytes")
        assert sum(facts[part] for part in parts) == facts["total_bytes"]
        assert facts["index_bytes"] + facts["numbering_bytes"] <= facts["header_bytes"]
        assert facts["labels"] == "strings"


def test_pairs_count_only_where_they_are_decided_one_by_one():
    graph = erdos_renyi(60, 0.1)
    assert decode(encode(graph, "gaps"), max_pairs=0) == graph
    for options in ({"predictor": "density"}, {"predictor": "density", "access": "random", "tile": 16}):
        with pytest.raises(FormatError, match="max_pairs"):
            decode(encode(graph, **options), max_pairs=1000)


def _network(width: int) -> Siren:
    """A sine network of four layers, which answers nothing."""
    zeros = np.zeros
    parts = zeros((width, 2), int), zeros((3, width, width), int), zeros((4, width), int), zeros(width, int)
    return Siren(Integers(4, zeros(5, np.uint8), *parts, 0))


def test_pairs_count_more_often_for_a_large_network():
    graph = erdos_renyi(40, 0.1)
    data = {}
    for width in (4, 60):
        stream = encode_stream(header_of(graph), graph.adjacency, Plan((_network(width),)))
        data[width] = pack(graph, [stream])
    assert decode(data[4], max_pairs=780) == decode(data[60], max_pairs=3 * 780) == graph
    with pytest.raises(FormatError, match="2340 pairs"):
        decode(data[60], max_pairs=3 * 780 - 1)


def test_a_tile_with_a_trained_expert_is_refused(tmp_path):
    graph = erdos_renyi(20, 0.2)
    grid = Grid(header_of(graph), 20)
    stream = encode_stream(header_of(graph), graph.adjacency, Plan((_network(4),)))
    data = pack(graph, [stream], grid, [graph.number_of_edges])
    with pytest.raises(FormatError, match="trained expert"):
        decode(data)
    (tmp_path / "tile.nwn").write_bytes(data)
    with netwithin.open(tmp_path / "tile.nwn") as file, pytest.raises(FormatError, match="trained expert"):
        file.has_edge(0, 1)


def test_a_graph_of_more_pairs_than_experts_code_is_coded_by_gaps():
    cycle = as_graph(nx.cycle_graph(40_000))
    data = encode(cycle)
    assert len(data) < 100 and decode(data) == cycle
    with pytest.raises(ValueError, match="pairs"):
        encode(cycle, "density")
    path = as_graph(nx.path_graph(300_000))  # wider than passing over pairs is quick for
    assert decode(encode(path)) == path
    with pytest.raises(ValueError, match="pairs"):
        encode(path, "neighbours")
