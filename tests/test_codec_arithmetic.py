"""The codec's parts, each against something that shares no code with it."""

import hashlib
import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import reference_decoder
from netwithin.codec import FormatError, encode, fixedpoint, gaps, rangecoder, training
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts import Density, Distance, Siren
from netwithin.codec.experts.siren import Integers, coordinates
from netwithin.codec.mixer import UNIT, WEIGHT_BITS, code_row, new_counts
from netwithin.codec.pairs import Header
from netwithin.codec.panel import encode_pairs
from netwithin.codec.renumbering import renumbered, renumbering
from netwithin.codec.stream import PANEL, is_trivial, panel_bytes
from netwithin.codec.varints import varints
from netwithin.graphs import Graph
from netwithin.memorize.siren import SIREN
from strategies import graphs

GOLDEN = Path(__file__).parent / "golden"
DIGESTS = json.loads((GOLDEN / "digests.json").read_text())
CERTAIN = (1 << 32) - 1


# --- tables -------------------------------------------------------------------------------------


def _nearest(x) -> int:
    return int(mpmath.nint(x))


def test_tables_are_the_functions_rounded():
    with mpmath.workdps(50):
        squash = [_nearest(2**32 / (1 + mpmath.exp(16 - mpmath.mpf(k) / 64))) for k in range(2049)]
        logs = [_nearest(2**16 * mpmath.log(1 + mpmath.mpf(k) / 4096)) for k in range(4096)]
        sines = [_nearest(2**12 * mpmath.sin(2 * mpmath.pi * k / 4096)) for k in range(4096)]
        ln2 = _nearest(2**16 * mpmath.log(2))
    assert fixedpoint.SQUASH.tolist() == squash
    assert fixedpoint.LOG.tolist() == logs
    assert fixedpoint.SINE.tolist() == sines
    assert fixedpoint.LN2 == ln2 == 45426


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("SQUASH", "6ebe46ddd4ad72fe10414fbdb42261fde12646773a3cd20d0408e5dd53281b16"),
        ("LOG", "bdbfe55fa73cfa47d1e927f1879c70582f0f73aa2cea8ad58d602ea1f37a104f"),
        ("SINE", "492d5467109b3351b1a7a067c615d99440c5b181131eca4c5aceef6eea98ae7e"),
    ],
)
def test_tables_never_change(name, digest):
    """A changed entry would make every file written before undecodable."""
    table = getattr(fixedpoint, name)
    assert hashlib.sha256(table.astype("<i8").tobytes()).hexdigest() == digest


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 52).flatmap(lambda bits: st.integers(1 << bits, (2 << bits) - 1)))
def test_log_fixed_is_just_below_the_logarithm(x):
    got = fixedpoint.log_fixed(x) / 2**16
    # 13 leading bits lose 2**-12; a table entry and each of up to 52 ln 2 are rounded by half a unit.
    assert -(2**-12) - 31 / 2**16 <= got - float(mpmath.log(x)) <= 31 / 2**16
    assert fixedpoint.log_fixed(x) == reference_decoder.log(x)


@settings(max_examples=300, deadline=None)
@given(st.integers(-(1 << 17), 1 << 17))
def test_squash_is_the_logistic_function(logit):
    got = fixedpoint.squash(logit)
    true = 2**32 / (1 + math.exp(-min(max(logit, -65536), 65535) / 4096))
    # Linear interpolation over h = 1/64 nats errs by at most h^2/8 of the second derivative, <= p(1 - p).
    assert abs(got - true) <= 2 + true * (1 - true / 2**32) / 2**15
    assert 483 <= got <= 2**32 - 483
    assert fixedpoint.squash(logit + 1) >= got


# --- range coder --------------------------------------------------------------------------------

probabilities = st.one_of(
    st.integers(1, CERTAIN), st.sampled_from([1, 2, 483, 1 << 31, CERTAIN - 482, CERTAIN - 1, CERTAIN])
)


def _encode(decisions) -> bytes:
    buffer, state = rangecoder.start_encoding()
    buffer = rangecoder.reserve(buffer, state, len(decisions))
    for p, bit in decisions:
        rangecoder.encode_bit(buffer, state, p, bit)
    return rangecoder.finish_encoding(buffer, state)


def _decode(code, ps):
    buffer, state = rangecoder.start_decoding(code)
    return [rangecoder.decode_bit(buffer, state, p) for p in ps], state


def _encode_exactly(decisions) -> tuple[int, int, int]:
    """The interval in integers of any size, where a carry needs no care: low, width, bits shifted in."""
    low, width, shifted = 0, 1 << 56, 0
    for p, bit in decisions:
        bound = (width >> 32) * p
        low, width = (low, bound) if bit else (low + bound, width - bound)
        while width < 1 << 48:
            low, width, shifted = low << 8, width << 8, shifted + 8
    return low, width, shifted


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(probabilities, st.integers(0, 1)), max_size=300))
def test_any_decisions_come_back(decisions):
    code = _encode(decisions)
    bits, state = _decode(code, [p for p, _ in decisions])
    assert bits == [bit for _, bit in decisions]
    assert rangecoder.is_exhausted(code, state)
    assert not rangecoder.is_overdrawn(code, state)
    low, width, shifted = _encode_exactly(decisions)
    value = int.from_bytes(code.ljust(7 + shifted // 8, b"\0"), "big")
    assert low <= value < low + width
    if code:  # no byte could have been left away
        shorter = int.from_bytes(code[:-1].ljust(7 + shifted // 8, b"\0"), "big")
        assert not low <= shorter < low + width or len(code) <= shifted // 8


def test_bits_survive_from_a_second_decoder_too():
    rng = np.random.default_rng(1)
    ps = rng.integers(1, CERTAIN, 3000)
    bits = (rng.random(3000) < ps / 2**32).astype(int)
    code = _encode(list(zip(ps, bits, strict=True)))
    decoder = reference_decoder.Arithmetic(code)
    assert [decoder.bit(int(p)) for p in ps] == bits.tolist()
    decoder.finish()


@pytest.mark.parametrize("spread", [0.02, 1, 8])
def test_code_length_is_near_the_ideal_and_to_constriction(spread):
    import constriction

    rng = np.random.default_rng(2)
    p = 1 / (1 + np.exp(-spread * rng.normal(size=100_000) - 1))
    p = np.clip(np.round(p * 2**32), 483, 2**32 - 483)
    bits = (rng.random(len(p)) < p / 2**32).astype(np.int32)
    code = _encode(list(zip(p.astype(np.int64), bits, strict=True)))
    ideal = -np.log2(np.where(bits, p, 2**32 - p) / 2**32).sum()
    oracle = constriction.stream.queue.RangeEncoder()
    oracle.encode(bits, constriction.stream.model.Bernoulli(perfect=False), p / 2**32)
    # 48 bits of range over 32 of probability lose at most 2**-16 of a decision's probability.
    assert ideal - 1 <= 8 * len(code) <= ideal + len(p) * 2**-16 / np.log(2) + 16
    assert 8 * len(code) <= oracle.num_bits() + 16
    assert oracle.num_bits() < ideal * 1.002 + 200  # the oracle speaks of the same decisions


def test_a_carry_runs_through_bytes_of_ones():
    """One byte to raise, three of 255 to turn over, and a low end that the next decision lifts over."""
    buffer, state = rangecoder.start_encoding()
    buffer[:4] = 0x12, 255, 255, 255
    state[:] = (1 << 56) - 1, 1 << 50, 4
    rangecoder.encode_bit(buffer, state, 1 << 31, 0)
    assert buffer[:4].tolist() == [0x13, 0, 0, 0]
    assert state.tolist() == [(1 << 49) - 1, 1 << 49, 4]


def test_a_carry_is_finished_into_the_head():
    """The shortest number of the last interval may itself lie beyond a byte boundary."""
    buffer, state = rangecoder.start_encoding()
    buffer[:3] = 0x12, 255, 255
    state[:] = (1 << 56) - 5, 1 << 48, 3
    assert rangecoder.finish_encoding(buffer, state) == bytes([0x13, 0, 0])


def test_carries_happen_in_ordinary_codes():
    """Unlikely zeros keep the low end close under a byte's end, so that ones run long and then turn."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        ps = rng.choice([1, 2, 1 << 16, CERTAIN], 400)
        decisions = list(zip(ps, rng.random(400) < 0.5, strict=True))
        code = _encode(decisions)
        assert _decode(code, ps)[0] == [int(bit) for _, bit in decisions]


@pytest.mark.parametrize("seed", range(50))
def test_codes_too_long_or_too_short_are_noticed(seed):
    rng = np.random.default_rng(seed)
    decisions = list(zip(rng.integers(1, CERTAIN, 300), rng.integers(0, 2, 300), strict=True))
    code, ps = _encode(decisions), [p for p, _ in decisions]
    _, state = _decode(code + bytes(8), ps)
    assert not rangecoder.is_exhausted(code + bytes(8), state)
    assert not rangecoder.is_overdrawn(code + bytes(8), state)
    # A code cut to a tenth: even if all bits to come were the likelier ones, they would need more.
    short = code[: len(code) // 10]
    _, state = _decode(short, ps)
    assert rangecoder.is_overdrawn(short, state)
    assert not rangecoder.is_exhausted(short, state)


def test_reading_past_the_end_is_overdrawn_at_the_eighth_zero():
    buffer, state = rangecoder.start_decoding(b"")
    for end in range(8, 20):
        while state[rangecoder.POSITION] < end:
            rangecoder.decode_bit(buffer, state, 1 << 31)
        assert rangecoder.is_overdrawn(b"", state) == (end > rangecoder.CODE_BYTES)
        assert not rangecoder.is_exhausted(b"", state)


# --- mixer --------------------------------------------------------------------------------------


def _mix_in_floats(bits, contexts, logits, counts, weights, rate, edges, pairs):
    """`code_row` in float64, with true logarithms: probabilities, counts and weights."""
    counts, weights = counts.astype(float), weights / 2**WEIGHT_BITS
    chances, seen, left = [], 0, pairs
    for j, bit in enumerate(bits.tolist()):
        if 0 < edges - seen < left:
            rows = contexts[:, j]
            x = np.append(np.log(counts[rows, 1] / counts[rows, 0]), logits[:, j] / 4096)
            p = 1 / (1 + np.exp(-np.clip(weights @ x, -16, 16)))
            chances.append(p if bit else 1 - p)
            for row in rows:
                counts[row, bit] += UNIT
            if len(x) > 1:
                weights = np.clip(weights + x * (bit - p) * 2.0**-rate, -16, 16)
        seen, left = seen + bit, left - 1
    return np.array(chances), counts, weights


def _mix_in_integers(bits, contexts, logits, counts, weights, rate, edges):
    """The weights at the end, to the last bit, by the reference decoder."""
    own = [reference_decoder.Context(*count) for count in counts.tolist()]
    mixer = reference_decoder.Mixer(len(contexts), len(logits), rate)
    mixer.weights, seen, left = weights.tolist(), 0, len(bits)
    for j, bit in enumerate(bits.tolist()):
        if 0 < edges - seen < left:
            used = [own[row] for row in contexts[:, j]]
            x = [context.logit() for context in used] + logits[:, j].tolist()
            mixer.update(x, mixer.probability(x), bit)
            for context in used:
                context.update(bit)
        seen, left = seen + bit, left - 1
    return mixer.weights


@pytest.mark.parametrize(("adaptive", "stored"), [(1, 0), (4, 0), (0, 1), (0, 3), (3, 2)])
@pytest.mark.parametrize("rate", [4, 9])
def test_the_mixer_does_what_its_formulas_say(adaptive, stored, rate):
    rng = np.random.default_rng(10 * adaptive + stored)
    size, kinds = 3000, 5
    logits = rng.normal(0, 4096, (stored, size)).astype(np.int32)
    truth = 1 / (1 + np.exp(-logits.sum(0) / 4096)) if stored else rng.random(kinds)[np.arange(size) % kinds]
    bits = (rng.random(size) < truth).astype(np.uint8)
    contexts = np.array([(np.arange(size) + k) % (kinds + k) + 10 * k for k in range(adaptive)], np.int64)
    contexts = contexts.reshape(adaptive, size)
    edges = int(bits.sum())
    counts = new_counts(10 * max(adaptive, 1), edges, size)
    weights = np.full(adaptive + stored, 2**32 // (adaptive + stored), np.int64)
    exact = _mix_in_integers(bits, contexts, logits, counts, weights, rate, edges)
    chances, float_counts, float_weights = _mix_in_floats(
        bits, contexts, logits, counts, weights, rate, edges, size
    )
    buffer, state = rangecoder.start_encoding()
    buffer = rangecoder.reserve(buffer, state, size)
    code_row(False, bits, contexts, logits, counts, weights, rate, buffer, state, 0, edges, size)
    code = rangecoder.finish_encoding(buffer, state)
    ideal = -np.log2(chances).sum()
    assert abs(8 * len(code) - ideal) < 16 + 2e-4 * size
    assert (counts == float_counts).all()
    assert weights.tolist() == exact
    assert np.abs(weights / 2**32 - float_weights).max() < 2e-3


def test_counts_are_halved_and_weights_clipped():
    """Against the reference decoder's context, which keeps the same counts in its own words."""
    size = 70_000
    bits = np.r_[np.zeros(size, np.uint8), np.uint8(1), np.uint8(0)]
    counts = new_counts(1, 1, size + 1)
    own = reference_decoder.Context(*counts[0].tolist())
    buffer, state = rangecoder.start_encoding()
    buffer = rangecoder.reserve(buffer, state, size + 1)
    contexts = np.zeros((1, len(bits)), np.int64)
    logits = np.full((1, len(bits)), 65536, np.int32)  # an expert who is sure, and wrong
    weights = np.array([0, 1 << 32], np.int64)
    code_row(False, bits, contexts, logits, counts, weights, 0, buffer, state, 0, 1, size + 2)
    for bit in bits[: size + 1]:
        own.update(bit)
    assert counts[0].tolist() == own.counts
    assert own.counts[0] < size * reference_decoder.ONE
    assert np.abs(weights).max() <= 1 << 36


# --- experts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("undirected", (23, 23)),
        ("undirected", (1, 1)),
        ("directed", (22, 22)),
        ("bipartite", (7, 31)),
        ("bipartite", (31, 7)),
        ("bipartite", (1, 5)),
        ("bipartite", (9, 9)),
    ],
)
def test_distance_contexts_are_those_of_the_page(kind, shape):
    """Contexts are equal exactly where the pairs' distances are."""
    header = Header(kind, shape, loops=kind != "bipartite", edges=1)
    expert = Distance()
    size = expert.begin(header)
    numbers: dict = {}
    for i in range(shape[0]):
        candidates = header.candidates(i)
        contexts = expert.contexts(i, candidates)
        assert contexts.shape == (4, len(candidates))
        assert contexts.min() >= 0 and contexts.max() < size
        for column, j in enumerate(candidates.tolist()):
            for key, number in zip(_distances(kind, *shape, i, j), contexts[:, column], strict=True):
                assert numbers.setdefault(key, number) == number
    assert len(set(numbers.values())) == len(numbers)  # no two distances share a context


def _distances(kind, rows, columns, i, j):
    """The four distances from their definitions, in floats and loops."""
    offset = j - (math.floor(i * columns / rows) if kind == "bipartite" else i)
    line, ring = abs(offset), min(abs(offset), columns - abs(offset))

    def band(d):
        if d == 0:
            return 0
        octave = math.floor(math.log2(d))
        return 4 * (octave + 1) + math.floor(4 * (d / 2**octave - 1))

    side = offset < 0 and kind != "undirected"
    return [(0, line, side), (1, ring, side), (2, band(line), side), (3, band(ring), side)]


def _network(layers, width, bits, seed, spread=1.0, exponents=(9, 17, 2)) -> Integers:
    """A random sine network; `spread` below 1 makes most weights small."""
    rng = np.random.default_rng(seed)
    top = 2 ** (bits - 1) - 1

    def draw(*shape):
        return np.round(rng.uniform(-1, 1, shape) * top * spread).astype(np.int64)

    first, hidden, last = exponents
    scales = [8 * first + 3, *[8 * hidden + 5] * (layers - 1), 8 * last + 1]
    biases = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (layers, width))
    parts = draw(width, 2), draw(layers - 1, width, width), (biases * spread).astype(np.int64), draw(width)
    return Integers(bits, np.array(scales, np.uint8), *parts, output_bias=int(rng.integers(-1024, 1024)))


def _same(a: Integers, b: Integers) -> bool:
    parts = ("scales", "first", "hidden", "biases", "output")
    arrays = all(np.array_equal(getattr(a, part), getattr(b, part)) for part in parts)
    return arrays and (a.bits, a.output_bias) == (b.bits, b.output_bias)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 12),
    st.integers(2, 8),
    st.integers(0, 99),
    st.sampled_from([0.0, 0.2, 1.0]),
)
def test_networks_come_back(layers, width, bits, seed, spread):
    net = _network(layers, width, bits, seed, spread)
    payload = Siren(net).payload()
    assert _same(Siren.from_payload(payload).integers, net)
    page = reference_decoder.Siren(payload, (9, 9))
    assert [page.first, page.output] == [net.first.tolist(), net.output.tolist()]
    assert page.hidden == net.hidden.tolist()
    assert page.biases == (net.biases << (32 - bits)).tolist()


def test_both_codings_of_the_integers_are_used():
    even, small = _network(3, 12, 8, 0), _network(3, 12, 8, 0, spread=0.05)
    assert Siren(even).payload()[2] == 8
    assert Siren(small).payload()[2] == 8 | 128
    assert len(Siren(small).payload()) < len(Siren(even).payload()) / 1.5
    plain = 12 * (2 + 2 * 12 + 1 + 3)  # bytes
    assert plain <= len(Siren(even).payload()) - (3 + 4 + 2) <= plain + 1


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("shape", [(50, 50), (20, 61), (1, 7)])
def test_networks_predict_what_the_page_says(layers, shape):
    """Integer for integer: another implementation, in integers that cannot overflow."""
    expert = Siren(_network(layers, 6, 6, seed=4))
    expert.begin(Header("bipartite", shape, False, 1))
    page = reference_decoder.Siren(expert.payload(), shape)
    for i in {0, shape[0] // 2, shape[0] - 1}:
        got = expert.logits(i, np.arange(shape[1]), [])[0]
        assert got.tolist() == [page.logit(i, j) for j in range(shape[1])]


def test_the_largest_network_that_a_file_may_hold_stays_within_64_bits():
    top = 127
    width, layers = 253, 2  # one more unit, and it has more integers than a file may hold
    for sign in (1, -1):
        net = Integers(
            8,
            np.array([15 * 8 + 7, 24 * 8 + 7, 24 * 8 + 7], np.uint8),
            np.full((width, 2), sign * top),
            np.full((layers - 1, width, width), top),
            np.full((layers, width), -128),
            np.full(width, sign * top),
            sign * ((1 << 15) - 1),
        )
        expert = Siren.from_payload(Siren(net).payload())
        expert.begin(Header("directed", (9, 9), True, 1))
        page = reference_decoder.Siren(expert.payload(), (9, 9))
        for i in (0, 4, 8):
            assert expert.logits(i, np.arange(9), [])[0].tolist() == [page.logit(i, j) for j in range(9)]


def _in_floats(net: Integers, x: np.ndarray) -> tuple[np.ndarray, float]:
    """The network in float64 with a true sine: logits in nats, and how far integers may lie off."""
    factor = [float((128 * 2 ** ((s & 7) / 8)).__round__() * 2 ** (int(s) >> 3)) for s in net.scales]
    grain = 2 * np.pi / 4096 + 2**-13  # of a table of sines: its index is rounded down, its entry to nearest
    angles = x @ (net.first.T * factor[0] / 2**17) + net.biases[0] / 2**net.bits
    a, off = np.sin(2 * np.pi * angles), grain
    for layer in range(1, net.layers):
        weights = net.hidden[layer - 1] * factor[layer] / 2**36
        a = np.sin(2 * np.pi * (a @ weights.T + net.biases[layer] / 2**net.bits))
        off = min(2.0, 2 * np.pi * off * np.abs(weights).sum(1).max() + grain)
    weights = net.output * factor[-1] / 2**16
    logits = np.clip(a @ weights + net.output_bias / 2**8, -16, 16)
    return logits, off * np.abs(weights).sum() + 2**-11


@pytest.mark.parametrize(("layers", "exponents"), [(1, (8, 0, 2)), (2, (8, 20, 2)), (3, (8, 20, 2))])
def test_integer_networks_are_near_real_ones(layers, exponents):
    net = _network(layers, 8, 7, seed=layers, exponents=exponents)
    n = 64
    expert = Siren(net)
    expert.begin(Header("directed", (n, n), True, 1))
    got = np.array([expert.logits(i, np.arange(n), [])[0] for i in range(n)]).ravel() / 4096
    axis = np.linspace(-1, 1, n)
    wanted, off = _in_floats(net, np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2))
    assert np.abs(got - wanted).max() <= off
    assert wanted.std() > 4 * np.abs(got - wanted).mean()  # or closeness would mean nothing


@pytest.mark.parametrize("bits", [6, 8])
@pytest.mark.parametrize(("layers", "width"), [(1, 8), (2, 8), (3, 6)])
def test_the_file_holds_the_network_that_was_trained(bits, layers, width):
    """Training's forward pass with rounded weights, in floats, and the file's in integers."""
    model = SIREN(layers, width, training.OMEGA0, seed=5)
    with torch.no_grad():
        model.output.weight *= 40
    grid = training.Grid(model, bits)
    grid.snap()
    grid.settled = layers + 1
    net = training.to_integers(model, grid)
    assert np.abs(net.output).max() > 2 ** (bits - 1) * 0.9  # the scale uses the bits that it has
    n = 40
    expert = Siren(net)
    expert.begin(Header("directed", (n, n), True, 1))
    got = np.array([expert.logits(i, np.arange(n), [])[0] for i in range(n)]).ravel() / 4096
    axis = torch.linspace(-1, 1, n)
    with torch.no_grad():
        wanted = training.forward(model, torch.cartesian_prod(axis, axis), grid).numpy()
    _, off = _in_floats(net, np.zeros((1, 2)))
    assert np.abs(got - wanted).max() <= off + 2**-9 + 1e-3
    assert wanted.std() > 5 * np.abs(got - wanted).mean()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, 1 << 20])
def test_coordinates_run_from_minus_one_to_one(size):
    got = coordinates(size) / 2**31
    wanted = np.linspace(-1, 1, size) if size != 1 else np.zeros(1)
    assert np.abs(got - wanted).max(initial=0) <= size / 2**31


def test_payloads_out_of_bounds_are_refused():
    good = Siren(_network(2, 5, 6, seed=0)).payload()
    wrong = {
        "layers": bytes([0]) + good[1:],
        "many layers": bytes([33]) + good[1:],
        "width": good[:1] + b"\0" + good[2:],
        "bits": good[:2] + b"\1" + good[3:],
        "many bits": good[:2] + b"\x09" + good[3:],
        "first scale": good[:3] + bytes([16 << 3]) + good[4:],
        "hidden scale": good[:4] + bytes([25 << 3]) + good[5:],
        "output scale": good[:5] + b"\xff" + good[6:],
        "bytes that follow": good + bytes(8),
        "most negative weight": good[:8] + b"\xff" * (len(good) - 8),
    }
    for name, payload in wrong.items():
        with pytest.raises(FormatError):
            pytest.fail(f"{name}: {Siren.from_payload(payload).integers}")
    for length in range(len(good) - 7):
        with pytest.raises(FormatError):
            Siren.from_payload(good[:length])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_payloads_are_refused_or_are_networks(data):
    net = _network(*(data.draw(st.integers(1, k)) for k in (3, 6)), bits=5, seed=1, spread=0.4)
    payload = bytearray(Siren(net).payload())
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_back = Siren.from_payload(bytes(payload)).integers
    except FormatError:
        return
    assert _same(Siren.from_payload(Siren(read_back).payload()).integers, read_back)
    top = 2 ** (read_back.bits - 1) - 1
    for part in (read_back.first, read_back.hidden, read_back.output):
        assert np.abs(part).max(initial=0) <= top


# --- the second decoder -------------------------------------------------------------------------


def _agrees(data: bytes, graph: Graph) -> None:
    told = reference_decoder.decode(data)
    rows, columns = graph.edges()
    assert told["edges"] == list(zip(rows.tolist(), columns.tolist(), strict=True))
    assert (told["kind"], told["shape"]) == (graph.kind, graph.shape)
    labels = [None if names is None else names.tolist() for names in (graph.labels, graph.column_labels)]
    assert told["labels"] == labels
    assert told["digest"] == graph.digest().hex()


@pytest.mark.parametrize("name", DIGESTS)
def test_the_page_alone_decodes_the_golden_files(name):
    assert reference_decoder.decode((GOLDEN / f"{name}.nwn").read_bytes())["digest"] == DIGESTS[name]


@settings(max_examples=60, deadline=None)
@given(graphs(most=9), st.integers(1, 7), st.integers(0, 15), st.integers(1, 3), st.sampled_from([0.1, 1.0]))
def test_the_page_alone_decodes_any_file(graph, panel, rate, layers, spread):
    """All kinds, labels, panels and rates; networks deep and shallow, plain and adaptive."""
    experts = [Density(), Distance(), Siren(_network(layers, 5, 5, seed=rate, spread=spread))]
    experts = [expert for k, expert in enumerate(experts) if panel >> k & 1]
    matrix = graph.adjacency.indptr, graph.adjacency.indices
    code = encode_pairs(header_of(graph), *matrix, experts, rate)
    stream = b"" if is_trivial(header_of(graph)) else bytes([PANEL]) + panel_bytes(experts, rate) + code
    _agrees(pack(graph, [stream]), graph)


@settings(max_examples=100, deadline=None)
@given(graphs(most=9), st.sampled_from(["density", "distance", "gaps"]), st.integers(1, 10), st.booleans())
def test_the_page_alone_decodes_any_container(graph, predictor, side, numbered):
    """Tiles, gaps in all layouts, numberings."""
    _agrees(encode(graph, predictor, access="random", tile=side), graph)
    numbering = renumbering(graph, "degree") if numbered else None
    header = header_of(graph)
    coded = renumbered(graph, numbering) if numbered else graph
    if not is_trivial(header):
        for layout, (write, _) in enumerate(gaps.LAYOUTS):
            plain = varints(write(header, *coded.edges()))
            for method, (compress, _) in enumerate(gaps.METHODS):
                code = bytes([0, layout + 16 * method]) + compress(plain, gaps.most_bytes(header))
                _agrees(pack(graph, [code], numbering=numbering), graph)
