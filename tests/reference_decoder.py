"""A second decoder of `.nwn` files, written from the format's page alone: plain Python, slow, no code shared.

It knows nothing of the package, so the two agree only where the page (`book/format.md`) tells the truth.
"""

import bz2
import hashlib
import lzma
import math
import struct
import zlib
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache

ONE = 1 << 24  # a pair in the counts of a context
FACTORS = (128, 140, 152, 166, 181, 197, 215, 235)


def nearest(x):
    return int(Decimal(x).to_integral_value(ROUND_HALF_EVEN))


@cache
def logarithms():
    with localcontext(prec=40):
        return [nearest((1 + Decimal(k) / 4096).ln() * 2**16) for k in range(4096)]


@cache
def logistic():
    with localcontext(prec=40):
        return [nearest(2**32 / (1 + (16 - Decimal(q) / 64).exp())) for q in range(2049)]


@cache
def sines():
    return [round(4096 * math.sin(2 * math.pi * q / 4096)) for q in range(4096)]


def log(x):
    s = x.bit_length() - 1
    return s * 45426 + logarithms()[((x << 12) >> s) & 4095]


def squash(x):
    x = min(max(x, -65536), 65535) + 65536
    low, high = logistic()[x >> 6], logistic()[(x >> 6) + 1]
    return low + ((high - low) * (x & 63) >> 6)


class Source:
    """Bytes read from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        assert self.at + count <= len(self.data), "the file ends early"
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value


class Arithmetic:
    """The arithmetic code, bit by bit."""

    def __init__(self, code):
        self.code, self.read = code, 7
        self.range, self.distance = 1 << 56, int.from_bytes((code + bytes(7))[:7], "big")

    def bit(self, p):
        bound = (self.range >> 32) * p
        one = self.distance < bound
        if one:
            self.range = bound
        else:
            self.range -= bound
            self.distance -= bound
        while self.range < 1 << 48:
            byte = self.code[self.read] if self.read < len(self.code) else 0
            self.range, self.distance, self.read = self.range << 8, self.distance << 8 | byte, self.read + 1
        return int(one)

    def finish(self):
        assert len(self.code) <= self.read <= len(self.code) + 7, "bytes of the code are left over or missing"


class Context:
    """Two adaptive counts."""

    def __init__(self, c0=ONE, c1=ONE, step=ONE, limit=1 << 40):
        self.counts, self.step, self.limit = [c0, c1], step, limit

    def logit(self):
        return (log(self.counts[1]) - log(self.counts[0])) >> 4

    def update(self, bit):
        self.counts[bit] += self.step
        if self.counts[bit] > self.limit:
            self.counts = [(c + 1) >> 1 for c in self.counts]


class Mixer:
    """Weights that learn."""

    def __init__(self, contexts, logits, rate):
        self.rate, inputs = rate, contexts + logits
        start = [0] * contexts + [2**32 // max(logits, 1)] * logits
        self.weights = start if logits else [2**32 // max(inputs, 1)] * inputs

    def probability(self, x):
        return squash(sum(w * v for w, v in zip(self.weights, x, strict=True)) >> 32)

    def update(self, x, p, bit):
        if len(x) > 1:
            shift = 12 + self.rate
            moves = [(v * ((bit << 32) - p) + (1 << shift - 1)) >> shift for v in x]
            moved = [w + move for w, move in zip(self.weights, moves, strict=True)]
            self.weights = [min(max(w, -(2**36)), 2**36) for w in moved]


def distance_keys(kind, rows, columns, i, j):
    """The keys of a pair's contexts in the distance expert."""
    offset = j - (i * columns // rows if kind == "bipartite" else i)
    ring = min(abs(offset), columns - abs(offset))

    def band(d):
        s = d.bit_length() - 1
        return 4 * (s + 1) + ((4 * d >> s) - 4) if d else 0

    behind = offset < 0 and kind != "undirected"
    return [(which, d, behind) for which, d in enumerate([abs(offset), ring, band(abs(offset)), band(ring)])]


class Siren:
    """The stored sine network in integers."""

    def __init__(self, payload, shape, inputs=2):
        source = Source(payload)
        self.layers, self.width, bits = source.byte(), source.byte(), source.byte()
        adaptive, self.bits = bits >> 7, bits & 127
        scales = [source.byte() for _ in range(self.layers + 1)]
        self.factors = [FACTORS[s & 7] << (s >> 3) for s in scales]
        (self.bias,) = struct.unpack("<h", source.take(2))
        code, w, h = Arithmetic(source.take(len(payload) - source.at)), self.width, self.layers
        groups = [inputs * w, (h - 1) * w * w, w, h * w]
        values = [self._group(code, size, adaptive) for size in groups]
        code.finish()
        self.first = self._rows(values[0], inputs)
        rows = self._rows(values[1], w)
        self.hidden = [rows[layer * w : layer * w + w] for layer in range(h - 1)]
        self.output = values[2]
        self.biases = self._rows([v << 32 - self.bits for v in values[3]], w)
        self.shape = shape

    @staticmethod
    def _rows(values, size):
        return [values[k : k + size] for k in range(0, len(values), size)]

    def _group(self, code, size, adaptive):
        if not adaptive:
            half = 1 << (self.bits - 1)
            return [self._plain(code, self.bits) - half for _ in range(size)]
        contexts = [Context(step=2 * ONE, limit=math.inf) for _ in range(self.bits)]
        return [self._adaptive(code, contexts) for _ in range(size)]

    @staticmethod
    def _plain(code, count):
        value = 0
        for _ in range(count):
            value = 2 * value + code.bit(1 << 31)
        return value

    def _adaptive(self, code, contexts):
        length = 0
        while length < self.bits:
            further = code.bit(squash(contexts[length].logit()))
            contexts[length].update(further)
            if not further:
                break
            length += 1
        if not length:
            return 0
        value = 1 << (length - 1) | self._plain(code, length - 1)
        return -value if code.bit(1 << 31) else value

    def logit(self, i, j):
        ends = zip((i, j), self.shape, strict=True)
        return self.run([(2 * k - (n - 1)) * (2**31 // max(n - 1, 1)) for k, n in ends])

    def run(self, inputs):
        f = self.factors
        angles = [f[0] * self._dot(row, inputs) >> 16 for row in self.first]
        units = self._sines(angles, 0)
        for layer in range(1, self.layers):
            angles = [f[layer] * self._dot(row, units) >> 16 for row in self.hidden[layer - 1]]
            units = self._sines(angles, layer)
        logit = (f[-1] * self._dot(self.output, units) >> 16) + 16 * self.bias
        return min(max(logit, -65536), 65536)

    def _sines(self, angles, layer):
        return [
            sines()[((angle + bias) % 2**32) >> 20]
            for angle, bias in zip(angles, self.biases[layer], strict=True)
        ]

    @staticmethod
    def _dot(row, a):
        return sum(v * w for v, w in zip(row, a, strict=True))


class Latent:
    """The stored map."""

    def __init__(self, payload, kind, shape):
        source = Source(payload)
        first = source.byte()
        self.kind, self.dimensions = kind, first & 127
        numbers = struct.unpack(f"<{3 + self.dimensions}h", source.take(2 * (3 + self.dimensions)))
        self.intercept, self.loop, self.factors = numbers[0], numbers[1], numbers[2:]
        self.network = None
        if first >> 7:
            (size,) = struct.unpack("<H", source.take(2))
            self.network = Siren(source.take(size), None, 2 * self.dimensions)
        code = Arithmetic(source.take(len(payload) - source.at))
        sides = [self._side(code, size) for size in (shape[:1] if kind == "undirected" else shape)]
        code.finish()
        self.rows, self.columns = sides[0], sides[-1]

    def _side(self, code, size):
        fresh = lambda: Context(step=2 * ONE, limit=math.inf)  # noqa: E731
        contexts = [([fresh() for _ in range(63)], fresh()) for _ in range(self.dimensions + 1)]
        return [[self._number(code, *own) for own in contexts] for _ in range(size)]

    @staticmethod
    def _decision(code, context):
        bit = code.bit(squash(context.logit()))
        context.update(bit)
        return bit

    def _number(self, code, steps, sign):
        value = 0
        while value < 63 and self._decision(code, steps[value]):
            value += 1
        return -value if value and self._decision(code, sign) else value

    def logit(self, i, j):
        x, y = self.rows[i], self.columns[j]
        score = self.intercept + self.factors[0] * (x[0] + y[0])
        score += sum(f * a * b for f, a, b in zip(self.factors[1:], x[1:], y[1:], strict=True))
        score += self.loop * (i == j and self.kind != "bipartite")
        logit = 4 * score
        if self.network:
            both = list(zip(x[1:], y[1:], strict=True))
            inputs = [a + b << 21 for a, b in both] + [abs(a - b) << 21 for a, b in both]
            logit += self.network.run(inputs)
        return min(max(logit, -65536), 65536)


def read_block(source):
    """Bytes that are deflated where that pays."""
    plain_length, stored_length = source.varint(), source.varint()
    stored = source.take(stored_length)
    plain = stored if plain_length == stored_length else zlib.decompress(stored)
    assert len(plain) == plain_length
    return Source(plain)


def read_labels(source, form, count):
    """A block of labels: a list of integers, of strings, or None."""
    if form == 0:
        return None
    plain = read_block(source)
    numbers = [plain.varint() for _ in range(count)]
    if form == 2:
        return [plain.take(length).decode() for length in numbers]
    labels, label = [], 0
    for number in numbers:
        label += number >> 1 if number % 2 == 0 else -(number + 1 >> 1)
        labels.append(label)
    return labels


def read_permutation(source, size):
    """A numbering of one side's nodes."""
    places = list(range(size))
    for start in range(0, size, 256):
        radices = range(size - start, max(size - start - 256, 0), -1)
        largest = math.prod(radices) - 1
        number = int.from_bytes(source.take(-(-largest.bit_length() // 8)), "little")
        for k, radix in enumerate(radices, start):
            number, choice = divmod(number, radix)
            places[k], places[k + choice] = places[k + choice], places[k]
    return places


def read_tiles(header, source):
    """Each tile's first row, first column, header and stream."""
    kind, (rows, columns) = header["kind"], header["shape"]
    side = source.varint()
    blocks = [[(k, min(k + side, n)) for k in range(0, max(n, 1), side)] for n in (rows, columns)]
    tiles = [
        (
            r,
            c,
            {
                "kind": kind if r == c and kind != "bipartite" else "bipartite",
                "shape": (r[1] - r[0], c[1] - c[0]),
            },
        )
        for r in blocks[0]
        for c in blocks[1]
        if kind != "undirected" or r <= c
    ]
    index = read_block(source)
    for _, _, tile in tiles:
        tile |= {"edges": index.varint(), "loops": header["loops"] and tile["kind"] != "bipartite"}
    coded = [tile for *_, tile in tiles if 0 < tile["edges"] < len(list(pairs(tile)))]
    lengths = [index.varint() for _ in coded]
    checksums = [int.from_bytes(source.take(4), "little") for _ in coded]
    assert zlib.crc32(source.data[: source.at]) == int.from_bytes(source.take(4), "little")
    for tile, length, checksum in zip(coded, lengths, checksums, strict=True):
        tile["stream"] = source.take(length)
        assert zlib.crc32(tile["stream"]) == checksum
    return [(r[0], c[0], tile) for r, c, tile in tiles]


def digest(kind, shape, edges, labels):
    """The graph's SHA-256."""
    number = struct.Struct("<Q").pack
    parts = [b"netwithin graph 1\n", bytes([kind]), *map(number, [*shape, len(edges)])]
    for names in labels:
        if names is None:
            parts.append(b"\0")
        elif names and isinstance(names[0], str):
            parts.append(b"\2" + b"".join(number(len(s.encode())) + s.encode() for s in names))
        else:
            parts.append(b"\1" + struct.pack(f"<{len(names)}q", *names))
    ends = [end for side in (0, 1) for end in (edge[side] for edge in edges)]
    return hashlib.sha256(b"".join(parts) + struct.pack(f"<{len(ends)}q", *ends)).digest()


def read_header(data):
    """Everything but the streams, as a dict, and these as tiles."""
    assert data[:3] == b"NWN" and zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
    version = data[3]
    source = Source(data[:-4])
    source.take(4)
    flags = source.byte()
    kind = ("undirected", "directed", "bipartite")[flags & 3]
    rows = source.varint()
    columns = source.varint() if kind == "bipartite" else rows
    header = {"kind": kind, "loops": bool(flags & 4), "shape": (rows, columns), "edges": source.varint()}
    header |= {"digest": source.take(4)}
    layout, panel = 0, b""
    if version == 1:
        start = source.at
        source.take(1)
        for _ in range(source.byte()):
            source.take(1)
            source.take(source.varint())
        panel = b"\1" + source.data[start : source.at]
    else:
        layout = source.byte()
    header["numbering"] = [list(range(rows)), list(range(columns))]
    if layout & 2:
        first = read_permutation(source, rows)
        header["numbering"] = [first, read_permutation(source, columns) if kind == "bipartite" else first]
    header["labels"] = [read_labels(source, flags >> shift & 3, n) for shift, n in ((3, rows), (5, columns))]
    if layout & 1:
        return header | {"tiles": read_tiles(header, source)}
    return header | {
        "tiles": [(0, 0, header | {"stream": panel + source.take(len(source.data) - source.at)})]
    }


def pairs(header):
    """The pairs in the order of the code."""
    kind, shape = header["kind"], header["shape"]
    for i in range(shape[0]):
        first = i if kind == "undirected" else 0
        yield from (
            (i, j) for j in range(first, shape[1]) if i != j or header["loops"] or kind == "bipartite"
        )


def decode_gaps(header, code):
    """Method 0."""
    rows, columns = header["shape"]
    most = max(columns, header["edges"])
    most = -(-most.bit_length() // 7) * (rows + 2 * header["edges"] + 1)
    dictionary = 1 << 12
    while dictionary < min(most, 1 << 26):
        dictionary *= 2
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": dictionary}]
    plain = (
        lambda data: zlib.decompress(data, -15),
        bz2.decompress,
        lambda data: lzma.decompress(data, lzma.FORMAT_RAW, filters=filters),
    )[code[0] >> 4](code[1:])
    source = Source(plain)
    counts = [source.varint() for _ in range(rows)]
    layout, edges, patterns = code[0] & 15, [], []
    if layout == 3:
        lengths = [source.varint() for _ in range(max(counts) + 1)]
        for length in lengths:
            column, pattern = 0, []
            for _ in range(length):
                column += source.varint()
                pattern.append(column)
            patterns.append(pattern)
    for i, count in enumerate(counts):
        column = i if header["kind"] == "undirected" else 0
        if layout == 3:
            edges += [(i, j) for j in patterns[count]]
            continue
        for _ in range(count):
            column = source.varint() + (0 if layout == 1 else column)
            edges.append((i, column))
            for _ in range(source.varint() if layout == 2 else 0):
                column += 1
                edges.append((i, column))
    return edges


def decode_stream(header):
    """The edges of a graph or a tile."""
    order, missing = list(pairs(header)), header["edges"]
    if missing in (0, len(order)):
        return order if missing else []
    source = Source(header["stream"])
    method = source.byte()
    if method == 0:
        return decode_gaps(header, source.take(len(source.data) - 1))
    if method & 3 == 2:
        from reference_causal import decode_causal  # which is written in this module's terms

        return decode_causal(header, len(order), method, source.take(len(source.data) - source.at))
    assert method == 1, "a method that this decoder does not know"
    rate = source.byte()
    experts = [(source.byte(), source.take(source.varint())) for _ in range(source.byte())]
    return decode_panel(header, order, rate, experts, source.take(len(source.data) - source.at))


def decode_panel(header, order, rate, experts, code):
    """Method 1."""
    kind, shape, missing, left = header["kind"], header["shape"], header["edges"], len(order)
    first = min(max(1, (missing << 24) // left), ONE - 1)
    stored = [Siren(payload, shape) for code, payload in experts if code == 3]
    stored += [Latent(payload, kind, shape) for code, payload in experts if code == 6]
    adaptive = [code for code, _ in experts if code not in (3, 6)]
    mixer = Mixer(sum({1: 1, 2: 4}[code] for code in adaptive), len(stored), rate)
    contexts, edges, code = {}, [], Arithmetic(code)
    for i, j in order:
        if 0 < missing < left:
            keys = []
            for expert in adaptive:
                keys += [1] if expert == 1 else distance_keys(kind, *shape, i, j)
            used = [contexts.setdefault(key, Context(ONE - first, first)) for key in keys]
            x = [c.logit() for c in used] + [expert.logit(i, j) for expert in stored]
            p = mixer.probability(x)
            bit = code.bit(p)
            mixer.update(x, p, bit)
            for context in used:
                context.update(bit)
        else:
            bit = int(missing > 0)
        if bit:
            edges.append((i, j))
        missing, left = missing - bit, left - 1
    code.finish()
    return edges


def decode(data):
    """Kind, shape, edges and labels of a file, its digest checked."""
    header = read_header(data)
    kind, shape, (rows, columns) = header["kind"], header["shape"], header["numbering"]
    edges = [(rows[r + i], columns[c + j]) for r, c, tile in header["tiles"] for i, j in decode_stream(tile)]
    edges = sorted((min(e), max(e)) if kind == "undirected" else e for e in edges)
    number = ("undirected", "directed", "bipartite").index(kind)
    whole = digest(number, shape, edges, header["labels"])
    assert whole[:4] == header["digest"]
    return {"kind": kind, "shape": shape, "edges": edges, "labels": header["labels"], "digest": whole.hex()}
