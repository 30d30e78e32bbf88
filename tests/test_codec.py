"""The codec: every graph comes back, files are small, damage is told."""

import functools
import zlib

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from netwithin.codec import FormatError, decode, encode, info, trainers, training
from netwithin.codec.container import header_of, pack, unpack
from netwithin.codec.encoder import experts_of
from netwithin.codec.experts import EXPERTS, Density, Distance, Expert
from netwithin.codec.pairs import Header
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.varints import varint
from netwithin.graphs import Graph, GraphError, as_graph, erdos_renyi, newman_watts_strogatz
from netwithin.rates import density_entropy_bits

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


@st.composite
def graphs(draw):
    """Any small graph: kind, loops, labels, density from nothing to everything."""
    kind = draw(st.sampled_from(["undirected", "directed", "bipartite"]))
    rows = draw(st.integers(0, 12))
    columns = draw(st.integers(0, 12)) if kind == "bipartite" else rows
    matrix = np.random.default_rng(draw(st.integers(0, 2**32))).random((rows, columns))
    matrix = matrix < draw(st.sampled_from([0, 0.05, 0.3, 0.7, 1]))
    if kind != "bipartite" and draw(st.booleans()):
        np.fill_diagonal(matrix, False)
    if kind == "undirected":
        matrix = np.triu(matrix) | np.triu(matrix).T
    names = draw(st.sampled_from([st.integers(-(2**63), 2**63 - 1), TEXT, None]))
    labels = [None, None]
    if names is not None:
        total = rows + (columns if kind == "bipartite" else 0)
        drawn = draw(st.lists(names, min_size=total, max_size=total, unique=True))
        labels = [drawn[:rows], drawn[rows:] if kind == "bipartite" else None]
    return Graph(matrix, kind, *labels)


@settings(max_examples=300, deadline=None)
@given(graphs(), st.sampled_from(["gaps", "density", "distance", "density+distance"]))
def test_any_graph_comes_back(graph, predictor):
    data = encode(graph, predictor)
    assert decode(data) == graph
    facts = info(data)
    assert (facts["nodes"], facts["edges"]) == (graph.number_of_nodes, graph.number_of_edges)
    parts = ("model_bytes", "residual_bytes", "label_bytes", "header_bytes")
    assert sum(facts[part] for part in parts) == facts["total_bytes"] == len(data)


@pytest.mark.parametrize(
    "graph",
    [
        nx.Graph(),
        nx.empty_graph(1),
        nx.empty_graph(2000),
        nx.complete_graph(50),
        nx.complete_graph(50, nx.DiGraph),
        nx.DiGraph([(0, 0), (0, 1), (1, 0), (2, 1)]),
        nx.relabel_nodes(nx.path_graph(3), {0: "ä", 1: "b c", 2: ""}),
        np.ones((3, 7)),
        scipy.sparse.random_array((40, 30), density=0.2, rng=np.random.default_rng(0)) > 0,
    ],
    ids=[
        "no nodes",
        "one node",
        "isolated",
        "complete",
        "complete directed",
        "loops",
        "names",
        "full",
        "bipartite",
    ],
)
def test_corner_cases_come_back_under_every_predictor(graph):
    for predictor in ("auto", "gaps", "density", "distance", "density+distance"):
        assert decode(encode(graph, predictor)) == as_graph(graph)


@pytest.fixture
def quick_training(monkeypatch):
    """One small network with few steps: what a long training changes is the size, not the exactness."""
    monkeypatch.setattr(trainers, "NETWORKS", {0: ((2, 6),)})
    monkeypatch.setattr(training, "Preset", functools.partial(training.Preset, steps=60, rounded_steps=20))


def test_the_sine_network_codes_directed_and_bipartite_graphs(quick_training):
    rng = np.random.default_rng(0)
    for graph in (
        Graph(rng.random((20, 20)) < 0.3, "directed"),
        Graph(rng.random((9, 30)) < 0.3, "bipartite"),
    ):
        data = encode(graph, "siren")
        assert decode(data) == graph
        assert info(data)["experts"] == ["density", "siren"]
        assert info(data)["model_bytes"] > 0


def test_networkx_and_scipy_graphs_come_back_as_such():
    club = nx.karate_club_graph()
    club = nx.Graph(list(club.edges))
    assert nx.utils.graphs_equal(decode(encode(club)).to_networkx(), club)
    matrix = nx.to_scipy_sparse_array(club, dtype=bool)
    assert (decode(encode(matrix)).to_scipy() != matrix).nnz == 0


def test_weights_are_refused():
    weighted = np.array([[0, 2], [2, 0]])
    with pytest.raises(GraphError, match="weight"):
        encode(weighted)
    assert decode(encode(weighted, ignore_weights=True)) == as_graph(weighted != 0)


def test_unknown_predictors_are_refused():
    for wrong in ("", "sine", "density+density", "density,distance"):
        with pytest.raises(ValueError, match="unknown predictor"):
            encode(np.ones((3, 3)), wrong)
    assert experts_of("distance+density") == ["density", "distance"]


@pytest.mark.parametrize("effort", [1, 2])
def test_noise_costs_its_entropy_at_every_effort(effort):
    """Effort 1 passes over this graph's pairs, which costs some per cent; the density alone does not."""
    graph = erdos_renyi(1000, 0.01)
    assert len(encode(graph, effort=effort)) < density_entropy_bits(graph) / 8 + 40


def test_density_costs_its_entropy_and_little_more():
    for graph in (erdos_renyi(200, 0.5), erdos_renyi(400, 0.01), newman_watts_strogatz(300, 0.25)):
        facts = info(encode(graph, "density"))
        # one count learnt: some log2(pairs) bits
        assert 8 * facts["residual_bytes"] < density_entropy_bits(graph) + 40
        assert facts["header_bytes"] <= 24


def test_auto_is_never_larger_than_density_alone():
    for seed in range(3):
        graph = erdos_renyi(60, 0.1 + 0.3 * seed, seed=seed)
        assert len(encode(graph)) <= len(encode(graph, "density"))


def test_a_ring_lattice_with_shortcuts_nears_its_entropy():
    """H(q) for each pair off the lattice, q the share of shortcuts there, is the least on average."""
    graph = newman_watts_strogatz(300, 0.25, seed=1)
    n, half = 300, int(np.ceil(0.25 * 299)) // 2
    distance = np.minimum(np.arange(n), n - np.arange(n))
    rows, columns = graph.edges()
    off = distance[columns - rows] > half
    pairs = graph.number_of_pairs - n * half
    share = off.sum() / pairs
    bound = pairs * -(share * np.log2(share) + (1 - share) * np.log2(1 - share)) / 8
    assert bound < len(encode(graph, "density+distance")) < 1.02 * bound + 60


def test_encoding_is_deterministic(quick_training):
    graph = newman_watts_strogatz(80, 0.25)
    assert encode(graph) == encode(graph)
    assert encode(graph, "siren", seed=1) == encode(graph, "siren", seed=1)


def test_progress_is_reported():
    told = []
    encode(
        newman_watts_strogatz(80, 0.25), "density", progress=lambda doing, share: told.append((doing, share))
    )
    assert told[0] == ("coding by density", 0.0)
    assert told[-1][0].startswith("coding by density; so far ") and told[-1][1] == 1.0


def test_limits_are_checked_before_anything_is_allocated():
    big = erdos_renyi(50, 0.2)
    data = encode(big, "density")
    with pytest.raises(FormatError, match="max_nodes"):
        decode(data, max_nodes=49)
    with pytest.raises(FormatError, match="max_pairs"):
        decode(data, max_pairs=50 * 49 // 2 - 1)
    with pytest.raises(FormatError, match="max_edges"):
        decode(data, max_edges=big.number_of_edges - 1)
    assert decode(data, 50, 50 * 49 // 2, big.number_of_edges) == big
    # a header that announces 2**40 nodes, checksum and all
    body = data[:5] + varint(1 << 40) + data[6:-4]
    with pytest.raises(FormatError, match="nodes"):
        decode(body + zlib.crc32(body).to_bytes(4, "little"))


def _resealed(data: bytes) -> bytes:
    return data[:-4] + zlib.crc32(data[:-4]).to_bytes(4, "little")


def test_every_flipped_bit_and_every_cut_is_told():
    data = encode(newman_watts_strogatz(20, 0.25), "density+distance")
    for k in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[k // 8] ^= 1 << k % 8
        with pytest.raises(FormatError):
            decode(bytes(damaged))
    for length in range(len(data)):
        with pytest.raises(FormatError):
            decode(data[:length])


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_damage_behind_a_right_checksum_is_told_or_harmless(data):
    graph = newman_watts_strogatz(20, 0.25)
    good = encode(graph, "density+distance")
    k = data.draw(st.integers(4, len(good) - 5))
    value = data.draw(st.integers(0, 255))
    damaged = _resealed(good[:k] + bytes([value]) + good[k + 1 :])
    try:
        decoded = decode(damaged, max_nodes=1000, max_pairs=100_000)
    except FormatError:
        return
    assert decoded == graph


def test_foreign_and_newer_files_are_refused_with_their_reason():
    good = encode(np.ones((3, 3)) - np.eye(3))
    for data, reason in [
        (b"", "no .nwn file"),
        (b"\x89PNG\r\n\x1a\n" + good, "no .nwn file"),
        (good[:3] + b"\x03" + good[4:], "version 3"),
        (good[:-1] + bytes([good[-1] ^ 1]), "checksum"),
        (_resealed(good[:4] + b"\x80" + good[5:]), "newer"),
    ]:
        with pytest.raises(FormatError, match=reason):
            decode(data)


def test_labels_are_written_only_if_they_will_be_read():
    names = ["€" * 60_000, *map(str, range(200))]
    graph = Graph(np.zeros((201, 201)), "undirected", names)
    assert decode(encode(graph)) == graph
    with pytest.raises(ValueError, match="shorter"):
        encode(Graph(np.zeros((401, 401)), "undirected", [*names, *map(str, range(200, 400))]))


def test_an_expert_is_named_once():
    data = encode(newman_watts_strogatz(20, 0.25), "density")
    at = data.index(bytes([9, 1, 1, 0]))
    with pytest.raises(FormatError, match="twice"):
        decode(_resealed(data[:at] + bytes([9, 2, 1, 0, 1, 0]) + data[at + 4 :]))


def test_an_unknown_expert_is_refused():
    graph = newman_watts_strogatz(20, 0.25)
    data = encode(graph, "density")
    at = data.index(bytes([9, 1, 1, 0]))  # rate, one expert, density, no payload
    with pytest.raises(FormatError, match="unknown expert"):
        decode(_resealed(data[: at + 2] + b"\xfa" + data[at + 3 :]))


def test_a_new_expert_needs_nothing_but_its_class(monkeypatch):
    """The seam: an expert that answers with logits and looks at the rows coded so far."""

    class Degree(Expert):
        name, code = "degree", 200

        def begin(self, header):
            self.degrees = np.zeros(header.shape[0], np.int64)
            return 0

        def logits(self, i, candidates, past):
            assert len(past) == i
            return (np.minimum(self.degrees[candidates], 9)[None] * 512 - 4096).astype(np.int32)

        def update(self, i, row):
            self.degrees[row] += 1

    monkeypatch.setitem(EXPERTS, Degree.code, Degree)
    graph = Graph.from_edges(
        *np.array(list(nx.barabasi_albert_graph(60, 3, seed=0).edges)).T, (60, 60), "undirected"
    )
    plan = Plan((Density(), Degree(), Distance()))
    data = pack(graph, [encode_stream(header_of(graph), graph.adjacency, plan)])
    assert info(data)["experts"] == ["density", "degree", "distance"]
    assert decode(data) == graph


@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
@pytest.mark.parametrize("loops", [False, True])
def test_pairs_are_those_of_the_matrix(kind, loops):
    """Against the graph's own count, and each pair once."""
    if kind == "bipartite" and loops:
        return
    header = Header(kind, (4, 6) if kind == "bipartite" else (5, 5), loops, 1)
    listed = [(i, j) for i in range(header.shape[0]) for j in header.candidates(i)]
    assert len(listed) == len(set(listed)) == header.pairs
    if kind == "undirected":
        assert all(i < j or (loops and i == j) for i, j in listed)


def test_unpack_gives_back_what_pack_was_given():
    graph = newman_watts_strogatz(20, 0.25)
    file = unpack(encode(graph, "density"), 100, 1000)
    assert file.header == header_of(graph)
    assert file.digest == graph.digest()[:4]


def test_decoding_needs_no_torch(tmp_path):
    import subprocess
    import sys

    file = tmp_path / "a.nwn"
    file.write_bytes(encode(newman_watts_strogatz(30, 0.25), "density+distance"))
    program = (
        "import sys, netwithin; data = open(sys.argv[1], 'rb').read();"
        "netwithin.info(data); netwithin.decode(data);"
        "sys.exit(any(m in sys.modules for m in ('torch', 'networkx', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", program, file]).returncode == 0
