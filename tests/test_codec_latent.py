"""Stored maps: the decoder's integers, the payload, what training makes of real and of pure graphs."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import reference_decoder
from netwithin.codec import FormatError, embedding, training
from netwithin.codec.container import header_of
from netwithin.codec.embedding import MapPreset, train_latent, with_network
from netwithin.codec.experts import EXPERTS, Density, Latent
from netwithin.codec.experts.integers import LENGTHS, PLAIN, UNARY, pack_integers, unpack_integers
from netwithin.codec.experts.latent import MAX_DIMENSIONS, Map
from netwithin.codec.experts.siren import Integers
from netwithin.codec.pairs import Header
from netwithin.codec.panel import decode_pairs, encode_pairs
from netwithin.graphs import Graph, erdos_renyi, load
from netwithin.rates import density_entropy_bits

QUICK = MapPreset(dimensions=3, steps=60, sweeps=3)


# --- integers -----------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_integers_come_back(data):
    form = data.draw(st.sampled_from([PLAIN, LENGTHS, UNARY]))
    bits = data.draw(st.integers(1, 7))
    least, most = (
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if form == PLAIN else (1 - (1 << bits), (1 << bits) - 1)
    )
    values = np.array(data.draw(st.lists(st.integers(least, most), max_size=60)), np.int64)
    groups = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values))), np.int64
    )
    code = pack_integers(values, groups, bits, form)
    assert unpack_integers(code, groups, bits, form).tolist() == values.tolist()
    assert unpack_integers(code + bytes(9), groups, bits, form) is None


def test_integers_cost_their_entropy_and_what_it_takes_to_learn_it():
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(0, 1.5, 4000)).astype(np.int64)
    _, counts = np.unique(values, return_counts=True)
    entropy = -(counts * np.log2(counts / counts.sum())).sum()
    bits = 8 * len(pack_integers(values, np.zeros(4000, np.int64), 6, UNARY))
    assert entropy - 16 < bits < 1.02 * entropy + 60


# --- the decoder's side -------------------------------------------------------------------------


def _random_map(header, dimensions, seed, network=None, spread=3.0) -> Map:
    rng = np.random.default_rng(seed)
    rows, columns = (
        np.clip(np.round(rng.normal(0, spread, (size, dimensions + 1))), -63, 63).astype(np.int64)
        for size in header.shape
    )
    columns = rows if header.kind == "undirected" else columns
    return Map(
        *rng.integers(-4000, 4000, 2).tolist(),
        rng.integers(-900, 900, dimensions + 1),
        rows,
        columns,
        network,
    )


def _network(inputs, layers, width, seed) -> Integers:
    rng = np.random.default_rng(seed)
    weights = lambda *shape: rng.integers(-31, 32, shape)  # noqa: E731
    scales = np.array([12 * 8, *[19 * 8] * (layers - 1), 5 * 8], np.uint8)
    shapes = (width, inputs), (layers - 1, width, width)
    return Integers(
        6, scales, weights(*shapes[0]), weights(*shapes[1]), weights(layers, width), weights(width), 40
    )


def _by_hand(header, m) -> reference_decoder.Latent:
    """The second decoder, which was told the map by its payload only."""
    return reference_decoder.Latent(Latent(m).payload(), header.kind, header.shape)


HEADERS = [
    Header("undirected", (13, 13), False, 5),
    Header("undirected", (13, 13), True, 5),
    Header("directed", (12, 12), False, 5),
    Header("directed", (12, 12), True, 5),
    Header("bipartite", (5, 11), False, 5),
    Header("bipartite", (9, 9), False, 5),
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: f"{h.kind} {h.shape[1]} {h.loops}")
@pytest.mark.parametrize(
    ("dimensions", "layers"), [(0, 0), (1, 0), (5, 0), (MAX_DIMENSIONS, 0), (2, 1), (3, 2)]
)
def test_logits_are_those_of_the_formula_before_and_after_the_file(header, dimensions, layers):
    network = _network(2 * dimensions, layers, 4, seed=layers) if layers else None
    m = _random_map(header, dimensions, seed=dimensions, network=network)
    expert = Latent.from_payload(Latent(m).payload())
    expert.begin(header)
    assert expert.payload() == Latent(m).payload()
    page = _by_hand(header, m)
    for i in range(header.shape[0]):
        candidates = header.candidates(i)
        got = expert.logits(i, candidates, [])
        assert got.dtype == np.int32 and got.shape == (1, len(candidates))
        assert got[0].tolist() == [page.logit(i, j) for j in candidates.tolist()]


def test_the_largest_map_that_a_file_may_hold_stays_within_64_bits():
    header, size = Header("directed", (4, 4), True, 1), MAX_DIMENSIONS
    places = np.full((4, size + 1), 63)
    first, hidden, biases = (
        np.full((255, 2 * size), 127),
        np.zeros((0, 255, 255), np.int64),
        np.full((1, 255), -128),
    )
    scales = np.array([15 * 8 + 7, 24 * 8 + 7], np.uint8)
    network = Integers(8, scales, first, hidden, biases, np.full(255, 127), -(1 << 15))
    for sign in (1, -1):
        m = Map(sign * 32767, sign * 32767, np.full(size + 1, sign * 32767), places, sign * places, network)
        expert = Latent.from_payload(Latent(m).payload())
        expert.begin(header)
        assert expert.logits(1, np.arange(4), [])[0].tolist() == [
            _by_hand(header, m).logit(1, j) for j in range(4)
        ]


def test_payloads_out_of_bounds_are_refused():
    header = Header("undirected", (20, 20), False, 5)
    plain = Latent(_random_map(header, 3, seed=1)).payload()
    headed = Latent(_random_map(header, 3, seed=1, network=_network(6, 2, 4, seed=1))).payload()
    wrong = {
        "nothing": b"",
        "many dimensions": bytes([MAX_DIMENSIONS + 1]) + plain[1:],
        "a network without inputs": b"\x80" + headed[1:],
        "bytes that follow": plain + bytes(8),
        "a network of no layers": headed[:15] + b"\0" + headed[16:],
        "a network too long": headed[:13] + b"\xff\xff" + headed[15:],
    }
    for name, payload in wrong.items():
        with pytest.raises(FormatError):
            Latent.from_payload(payload).begin(header)
            pytest.fail(name)
    for payload in (plain, headed):
        for length in range(len(payload) - 8):
            with pytest.raises(FormatError):
                Latent.from_payload(payload[:length]).begin(header)
    with pytest.raises(FormatError, match="not of this graph"):
        Latent.from_payload(plain).begin(Header("undirected", (5, 5), False, 5))
    with pytest.raises(ValueError, match="16 bits"):
        Latent(dataclasses.replace(_random_map(header, 1, 0), intercept=1 << 15)).payload()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_payloads_are_refused_or_are_maps(data):
    header = data.draw(st.sampled_from(HEADERS))
    dimensions = data.draw(st.integers(0, 4))
    network = _network(2 * dimensions, 2, 3, seed=0) if dimensions and data.draw(st.booleans()) else None
    payload = bytearray(Latent(_random_map(header, dimensions, 1, network)).payload())
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        expert = Latent.from_payload(bytes(payload))
        expert.begin(header)
    except FormatError:
        return
    got = expert.logits(2, header.candidates(2), [])[0]
    page = reference_decoder.Latent(bytes(payload), header.kind, header.shape)
    assert got.tolist() == [page.logit(2, j) for j in header.candidates(2).tolist()]
    again = Latent.from_payload(Latent(expert.map).payload())
    again.begin(header)
    assert np.array_equal(again.map.rows, expert.map.rows)


# --- training -----------------------------------------------------------------------------------


def _any_graph(kind, loops, seed=0) -> Graph:
    rng = np.random.default_rng(seed)
    matrix = rng.random((30, 50 if kind == "bipartite" else 30)) < 0.1
    matrix[:10, :10] |= rng.random((10, 10)) < 0.6
    if kind == "undirected":
        matrix |= matrix.T
    if kind != "bipartite" and not loops:
        np.fill_diagonal(matrix, False)
    return Graph(matrix, kind)


@pytest.mark.parametrize(
    ("kind", "loops"),
    [
        ("undirected", False),
        ("undirected", True),
        ("directed", False),
        ("directed", True),
        ("bipartite", False),
    ],
)
@pytest.mark.parametrize("network", [None, training.Preset(2, 4, bits=(6,), steps=30, rounded_steps=8)])
def test_every_kind_of_graph_comes_back(kind, loops, network):
    graph = _any_graph(kind, loops)
    learnt = train_latent(graph, dataclasses.replace(QUICK, network=network))
    assert bool(learnt.network) == bool(network and learnt.dimensions)
    header, matrix = header_of(graph), (graph.adjacency.indptr, graph.adjacency.indices)
    code = encode_pairs(header, *matrix, (Density(), Latent(learnt)), 9)
    stored = EXPERTS[Latent.code].from_payload(Latent(learnt).payload())
    rows, columns = decode_pairs(header, code, (Density(), stored), 9)
    assert Graph.from_edges(rows, columns, graph.shape, kind) == graph


def _bits(graph, learnt) -> tuple[float, float]:
    """Of the map, and of the pairs once it is known."""
    header, matrix = header_of(graph), (graph.adjacency.indptr, graph.adjacency.indices)
    return 8 * len(Latent(learnt).payload()), 8 * len(encode_pairs(header, *matrix, (Latent(learnt),), 9))


def test_training_is_deterministic():
    graph = load("les-miserables")
    first, second = (Latent(train_latent(graph, QUICK, seed=3)).payload() for _ in range(2))
    assert first == second
    assert first != Latent(train_latent(graph, QUICK, seed=4)).payload()


def test_a_map_pays_where_there_is_something_to_map_and_is_small_where_there_is_not():
    rng = np.random.default_rng(1)
    blocks = np.repeat(np.arange(3), 50)
    matrix = np.triu(rng.random((150, 150)) < np.where(blocks[:, None] == blocks, 0.5, 0.03), 1)
    mapped = Graph(matrix | matrix.T, "undirected")
    model, residual = _bits(mapped, train_latent(mapped, MapPreset(dimensions=3, steps=200)))
    assert model + residual < 0.85 * density_entropy_bits(mapped)
    noise = erdos_renyi(150, 0.2, seed=1)
    model, residual = _bits(noise, train_latent(noise, MapPreset(dimensions=3, steps=200)))
    assert model + residual < 1.04 * density_entropy_bits(noise)


def test_a_dearer_map_is_a_smaller_one():
    graph = load("les-miserables")
    models, residuals = zip(
        *(_bits(graph, train_latent(graph, MapPreset(4, 150, price=p))) for p in (0.5, 1, 3)), strict=True
    )
    assert models[0] > models[1] > models[2]
    assert residuals[0] < residuals[1] < residuals[2]


def test_negative_factors_join_opposites():
    """A complete bipartite graph, told as an undirected one, has no map on which the near are joined."""
    side = np.arange(40) % 2
    graph = Graph(side[:, None] != side, "undirected")
    learnt = train_latent(graph, MapPreset(dimensions=2, steps=200))
    model, residual = _bits(graph, learnt)
    assert (learnt.factors[1:] < 0).any()
    assert model + residual < 0.5 * density_entropy_bits(graph)


@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
def test_sampled_training_ends_near_exhaustive_training(kind, monkeypatch):
    graph = _any_graph(kind, loops=False, seed=2)
    whole = sum(_bits(graph, train_latent(graph, QUICK)))
    monkeypatch.setattr(embedding, "ALL_PAIRS", 0)
    monkeypatch.setattr(embedding, "BLOCK", 20)
    monkeypatch.setattr(embedding, "VISITS", 0)
    monkeypatch.setattr(embedding, "LEAST_DRAWS", 15)
    sampled = sum(_bits(graph, train_latent(graph, QUICK)))
    assert sampled < 1.1 * whole + 40


def test_sampled_partners_stand_for_all():
    indptr, indices = np.array([0, 3]), np.array([2, 5, 7])
    who, sign, weight = np.empty(60, np.int64), np.empty(60), np.empty(60)
    state = np.array([1], np.uint64)
    for draws in (0, 40):
        count = embedding._partners(0, indptr, indices, 20, draws, True, state, who, sign, weight)
        edges = sign[:count] < 0
        assert sorted(who[:count][edges]) == [2, 5, 7]
        assert not set(who[:count][~edges]) & {0, 2, 5, 7}
        assert weight[:count][~edges].sum() == pytest.approx(16)


def test_a_sine_network_adds_to_a_map():
    """A ring of coordinates whose middle distances are joined: no product says that."""
    rng = np.random.default_rng(0)
    place = rng.integers(-12, 13, 120)
    matrix = abs(abs(place[:, None] - place) - 8) <= 2
    np.fill_diagonal(matrix, False)
    graph = Graph(matrix, "undirected")
    places = np.stack([np.zeros(120, np.int64), place], 1)
    plain = Map(-1024, 0, np.array([256, 0]), places, places)
    headed = with_network(graph, plain, training.Preset(2, 8, bits=(7,), steps=600, rounded_steps=100))
    assert sum(_bits(graph, headed)) < 0.5 * sum(_bits(graph, plain))


# --- the rate of a sine network's weights -------------------------------------------------------


def test_the_rate_term_is_the_length_of_the_code_or_nearly():
    from netwithin.memorize.siren import SIREN

    model = SIREN(2, 16, training.OMEGA0, seed=0)
    grid = training.Grid(model, 8, 1.5)
    grid.snap()
    optimiser = torch.optim.Adam([grid.spreads], lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        rate = grid.rate(model)
        rate.backward()
        optimiser.step()
    grid.settled = 3
    net = training.to_integers(model, grid)
    values, groups = net.flat()
    weights = groups < 3
    code = 8 * len(pack_integers(values[weights], groups[weights], 8, LENGTHS))
    assert code == pytest.approx(rate.item() / np.log(2), rel=0.08)
