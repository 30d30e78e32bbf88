"""The causal network: round trips against the second decoder, its experts against brute force, damage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference_causal
from netwithin.codec import FormatError
from netwithin.codec.causal import begin_row, learn_edge, new_model, new_row
from netwithin.codec.container import header_of
from netwithin.codec.experts import Density, Distance, Latent, Neighbours, Picture, Siren, siren
from netwithin.codec.experts import neighbours as nb
from netwithin.codec.experts import picture as pic
from netwithin.codec.fixedpoint import ln_fixed, octave_part
from netwithin.codec.lifts import EDGES, EXPECTED, LIFT, PAIRS, PRIOR, SLOT_LIMIT, new_slots, observe
from netwithin.codec.pairs import Header
from netwithin.codec.past import empty_past, known, learn_row, neighbours
from netwithin.codec.plausible import plausible
from netwithin.codec.rows import Rows
from netwithin.codec.stream import Plan, decode_stream, encode_stream
from netwithin.codec.surprises import PER_COLUMN, PER_EDGE, change, new_tree, put_back, take_out
from netwithin.graphs import Graph, as_graph
from strategies import graphs
from test_codec_arithmetic import _network
from test_codec_latent import _random_map

ALL = Distance, Picture, Neighbours


@st.composite
def some_graphs(draw):
    """Up to thirty nodes a side, of any kind and density, with hubs and blocks."""
    kind = draw(st.sampled_from(["undirected", "directed", "bipartite"]))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows = int(rng.integers(2, 31))
    columns = int(rng.integers(2, 31)) if kind == "bipartite" else rows
    chance = rng.random((rows, 1)) ** rng.integers(0, 4) * rng.random(columns) ** rng.integers(0, 4)
    matrix = rng.random((rows, columns)) < chance
    if draw(st.booleans()) and kind != "bipartite":
        np.fill_diagonal(matrix, False)
    return Graph(matrix | matrix.T if kind == "undirected" else matrix, kind)


@st.composite
def plans(draw, kind):
    """Any that a stream of the causal network can hold, but for stored experts."""
    look_back = draw(st.sampled_from([(Picture,), (Neighbours,), (Picture, Neighbours)]))
    others = draw(st.lists(st.sampled_from([Distance, Density]), unique=True))
    order = "given" if kind == "bipartite" else draw(st.sampled_from(["given", "cardinality"]))
    every = Neighbours not in look_back or draw(st.booleans())
    experts = tuple(expert() for expert in (*others, *look_back))
    return Plan(experts, order, every, draw(st.integers(0, 3)))


def _matrix(header, rows, columns):
    matrix = np.zeros(header.shape, bool)
    matrix[rows, columns] = True
    return matrix | matrix.T if header.kind == "undirected" else matrix


def _by_page(header, stream):
    """The matrix that the second decoder reads."""
    told = {"kind": header.kind, "shape": header.shape, "loops": header.loops, "edges": header.edges}
    edges = reference_causal.decode_causal(told, header.pairs, stream[0], stream[1:])
    return _matrix(header, *np.array(edges).T)


def _agrees(graph, plan):
    header = header_of(graph)
    stream = encode_stream(header, graph.adjacency, plan)
    truth = graph.adjacency.toarray()
    assert (_matrix(header, *decode_stream(header, stream)) == truth).all()
    if stream:
        assert (_by_page(header, stream) == truth).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_graph_and_plan_round_trip_by_the_page(data):
    graph = data.draw(st.one_of(graphs(labels=(None,)), some_graphs()))
    _agrees(graph, data.draw(plans(graph.kind)))


@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
@pytest.mark.parametrize("every", [True, False])
def test_stored_experts_and_bytes_that_do_not_depend_on_blocks(kind, every, monkeypatch):
    rng = np.random.default_rng(1)
    matrix = rng.random((9, 14 if kind == "bipartite" else 9)) < 0.3
    graph = Graph(matrix | matrix.T if kind == "undirected" else matrix, kind)
    header = header_of(graph)
    experts = (
        Siren(_network(2, 5, 5, seed=3)),
        Latent(_random_map(header, 2, seed=4)),
        Picture(),
        Neighbours(),
    )
    plan = Plan(experts, every=every)
    _agrees(graph, plan)
    stream = encode_stream(header, graph.adjacency, plan)
    monkeypatch.setattr(siren, "BLOCK", 3)
    monkeypatch.setattr(siren, "_row_logits", siren._row_logits.py_func)  # compiled code has its own copy
    assert encode_stream(header, graph.adjacency, plan) == stream


# --- arithmetic -----------------------------------------------------------------------------------


@given(st.integers(1, 2**53 - 1))
def test_coarse_logarithms_and_bands(x):
    assert -0.006 < ln_fixed(x) / 4096 - math.log(x) < 1e-3
    octave = x.bit_length() - 1
    assert octave_part(x, 0) == octave + 1
    assert octave_part(x, 1) == 1 + 2 * octave + (2 * x >= 3 << octave)
    assert octave_part(x, 2) == 1 + 4 * octave + (4 * x >> octave) - 4


def test_bands_ascend_from_zero():
    bands = [octave_part(x, 1) for x in range(-3, 3000)]
    assert bands[:4] == [0, 0, 0, 0]
    assert (np.diff(bands) >= 0).all()


def test_lifts_are_what_was_found_against_what_was_expected():
    slots = new_slots(2)
    for k in range(800):
        observe(slots, 1, int(k % 4 == 0), 1 << 31)
    pairs, edges, expected, lift = slots[1]
    assert (pairs >> 28, edges >> 28, expected >> 28) == (800, 200, 400)
    assert abs(lift / 4096 - math.log(200.4 / 600.4)) < 0.02
    assert (slots[0] == 0).all()


def test_lifts_of_many_pairs_are_halved():
    slots = new_slots(1)
    slots[0, :LIFT] = SLOT_LIMIT, SLOT_LIMIT // 4, SLOT_LIMIT // 8
    observe(slots, 0, 1, 1 << 31)
    assert slots[0, PAIRS] == (SLOT_LIMIT + (1 << 28)) >> 1
    assert slots[0, EDGES] == (SLOT_LIMIT // 4 + (1 << 28)) >> 1
    assert slots[0, EXPECTED] == (SLOT_LIMIT // 8 + (1 << 27)) >> 1
    assert abs(slots[0, LIFT] / 4096 - math.log(1 / 3 * 7)) < 0.02
    assert PRIOR == 2 * 2**28 // 5


# --- what rows know -------------------------------------------------------------------------------


class Part:
    """A graph some of whose rows are coded, and what a row learns of it."""

    def __init__(self, graph, seed):
        rng = np.random.default_rng(seed)
        self.header, self.truth = header_of(graph), graph.adjacency.toarray().astype(np.int64)
        order = rng.permutation(len(self.truth))
        self.coded, self.v = order[: rng.integers(len(order))], int(order[-1])
        self.symmetric, self.square = graph.kind == "undirected", graph.kind != "bipartite"
        self.past = empty_past(self.header)
        self.lists = np.zeros_like(self.truth)  # what the lists of rows hold
        self.known = np.zeros(self.truth.shape, bool)
        for step, u in enumerate(self.coded):
            columns = np.flatnonzero(self.truth[u])
            if self.symmetric:
                columns = columns[~np.isin(columns, self.coded[:step])]
            self.past = learn_row(self.past, u, columns)
            self.lists[u, columns] = 1
            self.known[u] = True
            if self.symmetric:
                self.lists[columns, u] = 1
                self.known[:, u] = True
        self.model = new_model(self.header, ("distance", "picture", "neighbours"), (), 0)
        self.row = new_row(self.header, True)
        begin_row(self.v, self.header, self.model, self.past, self.row)

    def open_edges(self):
        columns = np.flatnonzero(self.truth[self.v])
        return columns[~np.isin(columns, self.coded)] if self.symmetric else columns


@settings(max_examples=80, deadline=None)
@given(some_graphs(), st.integers(0, 1000))
def test_lists_hold_what_is_known(graph, seed):
    part = Part(graph, seed)
    offset = part.past.offset
    for u in range(len(part.truth)):
        assert sorted(neighbours(part.past, u)) == np.flatnonzero(part.lists[u]).tolist()
        assert part.past.done[u] == (u in part.coded)
    for j in range(part.truth.shape[1]):
        known_rows = neighbours(part.past, offset + j)
        assert sorted(known_rows) == np.flatnonzero(part.lists[:, j]).tolist()
        if not (part.symmetric and j in part.coded):
            own = [u for u in part.coded if u in known_rows]
            assert known_rows.tolist() == own  # as they were coded


def _shares(part, shown):
    """Common neighbours from matrix products, and each coded row's shared neighbours."""
    a, v = part.lists.copy(), part.v
    if part.symmetric:
        half, near = a, a[v].copy()
    else:
        half, near = a + a.T if part.square else a, a[:, v].copy() if part.square else np.zeros(0, np.int64)
    if part.square:
        near[v] = 0
        fresh = [k for k in shown if not part.symmetric and k in part.coded]
        degrees = a.sum(1) + (0 if part.symmetric else a.sum(0))
        weights = np.array([(1 << 24) // ln_fixed(2 + d) for d in degrees])
        times = near + np.isin(np.arange(len(near)), fresh)
        return times @ half, (times * weights) @ half, near
    return np.zeros(a.shape[1], np.int64), np.zeros(a.shape[1], np.int64), near


def _half_octaves(s):
    return s >> max(s.bit_length() - 2, 0) << max(s.bit_length() - 2, 0) == s


def _votes(part, near, shown):
    """Linear, square and cubic votes, in closed form: what each similar row says in all."""
    votes = np.zeros((nb.VOTES, part.truth.shape[1]), np.int64)
    before = part.lists[part.coded] @ near if part.symmetric else np.zeros(len(part.coded), np.int64)
    after = before + part.lists[part.coded][:, shown].sum(1)
    for row, start, stop in zip(part.coded, before.tolist(), after.tolist(), strict=True):
        own, size = part.lists[row], int(part.lists[row].sum()) + 1
        for power, column in ((1, nb.PATHS), (2, nb.SQUARES), (3, nb.CUBES)):
            votes[column] += own * ((start**power << 16) // size)
        heard = [s for s in range(start + 1, stop + 1) if _half_octaves(s)]
        for s in heard:
            b = max(r for r in range(s) if r == 0 or _half_octaves(r))
            for power, column in ((1, nb.FOUND), (2, nb.SQUARES), (3, nb.CUBES)):
                votes[column] += own * ((s**power - b**power << 16) // size)
    return votes, dict(zip(part.coded.tolist(), after.tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(some_graphs(), st.integers(0, 1000))
def test_votes_are_those_of_the_adjacency_matrix(graph, seed):
    part = Part(graph, seed)
    shown = []
    for j in [None, *part.open_edges()]:
        if j is not None:
            learn_edge(part.v, j, part.square, part.model, part.past, part.row)
            shown.append(j)
        votes = part.row.votes
        common, weighted, near = _shares(part, shown)
        assert (votes[:, nb.COMMON] == common).all()
        assert (votes[:, nb.WEIGHTED] == weighted).all()
        if not part.symmetric:
            near = np.zeros(part.truth.shape[1], np.int64)
        expected, shared = _votes(part, near, shown)
        for column in (nb.SQUARES, nb.CUBES, nb.FOUND, nb.PATHS):
            assert (votes[:, column] == expected[column]).all()
        assert all(part.row.shared[row] == s for row, s in shared.items())
    reference = part.row.similarity[nb.REFERENCE]
    sharing = {row: s for row, s in shared.items() if part.lists[row][shown].any()}
    assert (reference in sharing) if sharing else reference == -1
    if sharing:
        assert part.row.similarity[nb.SIMILARITY] == shared[reference]


@settings(max_examples=150, deadline=None)
@given(some_graphs(), st.integers(0, 1000))
def test_the_picture_is_drawn_as_far_as_it_is_known(graph, seed):
    part = Part(graph, seed)
    (rows, columns), v = part.truth.shape, part.v
    shown = np.zeros(columns, bool)
    for j in [None, *part.open_edges()]:
        if j is not None:
            learn_edge(v, j, part.square, part.model, part.past, part.row)
            shown[j] = True
        for s, u in enumerate((v, v - 1, v - 2, v + 1)):
            if not 0 <= u < rows:
                beyond = [0 if part.symmetric and k in part.coded else 2 for k in range(columns)]
                assert part.row.around[s].tolist() == beyond
                continue
            entries = np.where(part.known[u], part.lists[u], 2)
            if u == v:
                if part.square:
                    entries[v] = 3
                entries[shown] = 1
            assert (part.row.around[s] == entries).all()
        edges = np.flatnonzero(part.row.around[0] == 1)
        away = np.abs(np.arange(columns)[:, None] - edges).min(1, initial=pic.FAR)
        assert (part.row.near == away).all()


@settings(max_examples=60, deadline=None)
@given(some_graphs(), st.integers(0, 1000))
def test_densities_are_sums_of_decaying_weights(graph, seed):
    part = Part(graph, seed)
    v, columns = part.v, part.truth.shape[1]
    u, k = np.nonzero(part.lists)
    u, k = u[u != v], k[u != v]
    decays = np.array(pic.DECAYS) / 2**16
    here = np.arange(columns)[:, None]
    for s in range(3):
        weights = decays[s] ** (np.abs(u - v) + np.abs(here - k))
        assert np.allclose(part.row.density[s] / 2**16, weights.sum(1), atol=1e-3 * (1 + len(u)))
    for s, (by_row, by_column) in {3: (1, 0), 4: (2, 1)}.items():
        shifted = k - u + v
        inside = (0 <= shifted) & (shifted < columns)
        weights = decays[by_row] ** np.abs(u - v) * decays[by_column] ** np.abs(here - shifted) * inside
        assert np.allclose(part.row.density[s] / 2**16, weights.sum(1), atol=1e-3 * (1 + len(u)))


def test_the_nearest_edge_of_a_column_is_among_its_last_six():
    past = empty_past(Header("directed", (20, 20), True, 9))
    for row in (0, 11, 12, 13, 14, 15, 16):
        past = learn_row(past, row, np.array([3]))
    lists = known(past)[:3]
    assert pic.nearest_in_column(2, past.offset + 3, *lists) == 9
    assert pic.nearest_in_column(2, past.offset + 4, *lists) == pic.FAR


# --- passing over pairs ---------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(some_graphs(), st.integers(0, 1000), st.integers(1, 20))
def test_plausible_columns_are_the_best(graph, seed, allowance):
    part = Part(graph, seed)
    columns, v, row = part.truth.shape[1], part.v, part.row
    open_ = np.random.default_rng(seed).integers(0, 2, columns).astype(np.uint8)
    diagonal = v if part.square else v * columns // len(part.truth)
    found, threshold = plausible(open_, row.votes, row.points, row.around, row.near, diagonal, allowance)
    scores = {}
    for j in np.flatnonzero(open_).tolist():
        votes = row.votes[j].tolist()
        certain = row.near[j] <= 2 or abs(j - diagonal) <= 2 or 1 in (row.around[1, j], row.around[3, j])
        certain = certain or row.points[j] == 1
        scores[j] = 1 << 60 if certain else votes[nb.SQUARES] + votes[nb.WEIGHTED] * votes[nb.COMMON]
    assert found.tolist() == [j for j, score in scores.items() if score >= threshold]
    positive = sorted((score for score in scores.values() if score), reverse=True)
    assert threshold == (positive[allowance - 1] if len(positive) > allowance else 1)


@given(st.integers(1, 70), st.lists(st.tuples(st.integers(0, 69), st.booleans()), max_size=30))
def test_every_node_of_the_tree_is_the_sum_of_its_children(columns, changes):
    weights = new_tree(columns).weights
    leaves, own = len(weights) // 2, np.full(columns, PER_COLUMN)
    assert leaves // 2 < columns <= leaves
    for column, is_edge in changes:
        if is_edge:
            change(weights, column % columns, PER_EDGE)
            own[column % columns] += PER_EDGE
        else:
            some = np.unique([column % columns, columns // 2])
            out = take_out(weights, some)
            assert (out == own[some]).all()
            assert weights[1] == own.sum() - out.sum()
            put_back(weights, some, out)
        assert (weights[leaves : leaves + columns] == own).all()
        assert (weights[leaves + columns :] == 0).all()
        assert (weights[1:leaves] == weights[2::2] + weights[3::2]).all()


def test_neighbours_alone_pass_over_pairs_too(monkeypatch):
    """A ring whose labels are shuffled: hardly a pair is plausible, and few are decided."""
    order = np.random.default_rng(0).permutation(400)
    matrix = np.zeros((400, 400), bool)
    matrix[order, np.roll(order, 1)] = True
    graph = as_graph(matrix | matrix.T)
    header, decided, pairs = header_of(graph), [], Rows._pairs

    def counted(self, step, v, columns, truth):
        decided.append(len(columns))
        return pairs(self, step, v, columns, truth)

    monkeypatch.setattr(Rows, "_pairs", counted)
    stream = encode_stream(header, graph.adjacency, Plan((Neighbours(),), every=False))
    assert sum(decided) < 10 * 400
    assert (_matrix(header, *decode_stream(header, stream)) == graph.adjacency.toarray()).all()


# --- damage ---------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(some_graphs(), st.data())
def test_damaged_streams_are_refused_or_decode_to_some_graph(graph, data):
    """The digest tells which graph; here it must end, and in nothing but `FormatError`."""
    header = header_of(graph)
    stream = bytearray(encode_stream(header, graph.adjacency, data.draw(plans(graph.kind))))
    if not stream:
        return
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    stream = stream[: data.draw(st.integers(1, len(stream)))]
    try:
        rows, columns = decode_stream(header, bytes(stream))
    except FormatError:
        return
    assert len(rows) == len(columns) == header.edges
    matrix = _matrix(header, rows, columns)
    loops = int(np.trace(matrix)) if header.kind != "bipartite" else 0
    assert header.loops or not loops
    assert int(matrix.sum()) == (2 * header.edges - loops if header.kind == "undirected" else header.edges)
