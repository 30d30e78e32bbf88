"""The causal network of the second decoder (`reference_decoder`): plain Python, written from the page alone.

Everything is looked up anew for every pair, so that nothing has to be kept up to date: slow, and simple.
"""

from collections import defaultdict

from reference_decoder import Arithmetic, Latent, Siren, Source, distance_keys, logarithms, squash

RATES = ((650, 130), (1300, 260), (2600, 500), (5200, 1000))
DECAYS = (39750, 59299, 64238)
PRIOR = 107374182


def ln(x):
    s = x.bit_length() - 1
    return s * 2839 + (logarithms()[((x << 12) >> s) & 4095] >> 4)


def band(x, bits=0, most=1 << 60):
    if x <= 0:
        return 0
    s = x.bit_length() - 1
    return min(1 + (s << bits) + (((x << bits) >> s) & ((1 << bits) - 1)), most)


def clip(x, low, high):
    return min(max(x, low), high)


def half_nats(x, zero, most):
    return clip((x >> 11) + zero, 0, most) + 1


class Lift:
    """What a context found against what was expected."""

    def __init__(self):
        self.pairs = self.edges = self.expected = self.lift = 0

    def update(self, bit, p):
        self.pairs += 1 << 28
        self.edges += bit << 28
        self.expected += p >> 4
        if bit or self.pairs < 1 << 32 or (self.pairs >> 28) % 8 == 0:
            if self.pairs > 1 << 52:
                self.pairs, self.edges, self.expected = self.pairs >> 1, self.edges >> 1, self.expected >> 1
            lift = ln(self.edges + PRIOR) - ln(self.pairs - self.edges + PRIOR)
            lift += ln(self.pairs - self.expected + PRIOR) - ln(self.expected + PRIOR)
            self.lift = clip(lift, -65536, 65536)


class Neuron:
    """Sets of weights, one for each choice."""

    def __init__(self, first):
        self.sets = defaultdict(lambda: list(first))

    def logit(self, choice, x):
        return clip(sum(w * v for w, v in zip(self.sets[choice], x, strict=True)) >> 27, -65536, 65536)

    def update(self, choice, x, y, bit, rate):
        step = ((bit << 32) - squash(y)) * rate >> 16
        moved = [w + (v * step + (1 << 16) >> 17) for w, v in zip(self.sets[choice], x, strict=True)]
        self.sets[choice] = [clip(w, -(1 << 30), 1 << 30) for w in moved]


class Decision:
    """One of the two decisions about surprises."""

    def __init__(self):
        self.neuron, self.contexts = Neuron([1 << 27] + [1 << 25] * 4), defaultdict(Lift)

    def decode(self, code, base, keys, choice):
        used = [self.contexts[key] for key in enumerate(keys)]
        x = [base, *(context.lift for context in used)]
        y = self.neuron.logit(choice, x)
        bit = code.bit(squash(y))
        self.neuron.update(choice, x, y, bit, 400)
        for context in used:
            context.update(bit, squash(base))
        return bit


class Causal:
    """Method 2 from its second byte on."""

    def __init__(self, header, pairs, method, source):
        self.kind, (self.rows, self.columns), self.loops = header["kind"], header["shape"], header["loops"]
        self.all_edges, self.all_pairs = header["edges"], pairs
        self.cardinality, self.sparse, self.rates = method >> 2 & 1, method >> 3 & 1, RATES[method >> 4]
        free = source.byte()
        self.distance, self.picture, self.neighbours = free & 1, free >> 1 & 1, free >> 2 & 1
        stored = [(source.byte(), source.take(source.varint())) for _ in range(source.byte())]
        self.density = any(code == 1 for code, _ in stored)
        self.stored = []
        for code, payload in stored:
            if code == 3:
                self.stored.append(Siren(payload, header["shape"]))
            elif code == 6:
                self.stored.append(Latent(payload, self.kind, header["shape"]))
        self.code = Arithmetic(source.take(len(source.data) - source.at))
        self.square, self.mutual = self.kind != "bipartite", self.kind == "undirected"
        self.done, self.lists = [], defaultdict(list)
        self.into = self.lists if self.mutual else defaultdict(list)  # rows that have an edge to a column
        self.seen, self.left = 0, pairs
        self.contexts, self.last, self.neurons = defaultdict(Lift), defaultdict(Lift), None
        self.final = Neuron([1 << 24] * 8)
        self.expected = defaultdict(int)
        self.more, self.way, self.answers, self.before = Decision(), Decision(), [0, 0], 0

    # --- rows ---

    def decode(self):
        edges = []
        for step in range(self.rows):
            v = step
            if self.cardinality:
                v = max((u for u in range(self.rows) if u not in self.done), key=lambda u: len(self.into[u]))
            self.begin(step, v)
            columns = range(self.columns)
            if self.square:
                columns = [j for j in columns if (self.loops or j != v)]
            if self.mutual:
                columns = [j for j in columns if j not in self.done]
            found = self.pass_over(columns) if self.sparse else self.group(columns)
            edges += [(v, j) for j in found]
            for j in sorted(found):
                self.lists[v].append(j)
                if not (self.mutual and j == v):
                    self.into[j].append(v)
            self.done.append(v)
            if self.seen == self.all_edges:
                break
        self.code.finish()
        assert self.seen == self.all_edges
        return edges

    def begin(self, step, v):
        self.v, self.step, self.shown, self.coded, self.expected_row = v, step, 0, 0, 0
        self.diagonal = v if self.square else v * self.columns // self.rows
        self.own = {}  # what the row in hand has shown
        if self.mutual:
            self.own |= {u: int(u in self.lists[v]) for u in self.done}
        self.degree_v = len(self.into[v]) if self.square else 0
        zero = lambda: defaultdict(int)  # noqa: E731
        self.common, self.weight, self.votes, self.paths = zero(), zero(), zero(), zero()
        self.squares, self.cubes, self.shared, self.reference = zero(), zero(), zero(), None
        if self.neighbours and self.square:
            near = [k for k in self.into[v] if k != v]
            for k in near:
                self.have_in_common(k)
            if self.mutual:
                self.vote_at_once(near)
        if self.picture and self.columns <= 1 << 15:
            self.densities = self.all_densities()

    def have_in_common(self, k):
        lists = [self.lists[k]] if self.mutual else [self.lists[k], self.into[k]]
        weight = (1 << 24) // ln(2 + sum(map(len, lists)))
        for own in lists:
            for j in own:
                self.common[j] += 1
                self.weight[j] += weight

    def vote_at_once(self, near):
        for row in self.done:
            s = len(set(near) & set(self.lists[row]))
            if s:
                self.shared[row] = s
                s, divisor = min(s, 1 << 15), len(self.lists[row]) + 1
                for j in self.lists[row]:
                    self.paths[j] += (s << 16) // divisor
                    self.squares[j] += (s**2 << 16) // divisor
                    self.cubes[j] += (s**3 << 16) // divisor

    def all_densities(self):
        powers = [[1 << 16] for _ in DECAYS]
        for power, decay in zip(powers, DECAYS, strict=True):
            while len(power) <= 200:
                power.append(power[-1] * decay >> 16)
        sums = [[0] * self.columns for _ in range(5)]
        for w in range(max(0, self.v - 200), min(self.rows, self.v + 201)):
            for k in self.lists[w] if w != self.v else []:
                away, shifted = abs(w - self.v), k - w + self.v
                for s in range(3):
                    sums[s][k] += powers[s][away]
                if 0 <= shifted < self.columns:
                    sums[3][shifted] += powers[1][away]
                    sums[4][shifted] += powers[2][away]
        densities = []
        for own, decay in zip(sums, DECAYS + DECAYS[:2], strict=True):
            left, right = [0], [0]
            for here in own:
                left.append((left[-1] * decay >> 16) + here)
            for after in own[:0:-1]:
                right.append((right[-1] + after) * decay >> 16)
            densities.append([a + b for a, b in zip(left[1:], right[::-1], strict=True)])
        return densities

    # --- what an edge teaches ---

    def show(self, k):
        """The row shows an edge."""
        self.shown += 1
        self.own[k] = 1
        if not self.neighbours:
            return
        if self.kind == "directed" and k in self.done:
            self.have_in_common(k)
        for row in [u for u in self.done if k in self.lists[u]]:
            self.shared[row] += 1
            s, size, best = self.shared[row], len(self.lists[row]) + 1, self.reference
            if best is None or s**2 * (len(self.lists[best]) + 1) > self.shared[best] ** 2 * size:
                self.reference = row
            if s % (1 << max(s.bit_length() - 2, 0)):
                continue
            b = min(s - (1 << max((s - 1).bit_length() - 2, 0)), 1 << 15)
            s = min(s, 1 << 15)
            for j in self.lists[row]:
                self.votes[j] += (s - b << 16) // size
                self.squares[j] += (s**2 - b**2 << 16) // size
                self.cubes[j] += (s**3 - b**3 << 16) // size

    # --- one pair ---

    def entry(self, row, column):
        if row == self.v and column in self.own:
            return self.own[column]
        if row == self.v == column and self.square:
            return 3
        known = row in self.done or (self.mutual and column in self.done)
        known = known and 0 <= column < self.columns
        return int(column in self.lists[row]) if known else 2

    def reciprocal(self, j):
        return int(self.v in self.lists[j]) if self.kind == "directed" and j in self.done else 2

    def nearest(self, j):
        """In the row, and in the column."""
        edges = [k for k, bit in self.own.items() if bit]
        row = min([1 << 20, *(abs(k - j) for k in edges)])
        return row, min([1 << 20, *(abs(u - self.v) for u in self.into[j][-6:])])

    def describe(self, j):
        """Contexts and inputs, and what choices need."""
        t, shown, degree, degree_v = self.step, self.shown, len(self.into[j]), self.degree_v
        a, g = self.all_pairs // self.all_edges, ln(self.all_edges) - ln(self.all_pairs - self.all_edges)
        k, e = (shown + degree_v, t) if self.mutual else (shown, 0)
        x0 = ln(16 * degree + 16) + ln(16 * k + 16) - g - ln(16 * max(t - degree, 0) + 16 * a)
        x0 = clip(x0 - ln(16 * max(e + self.coded - k, 0) + 16 * a), -57344, 57344)
        logits = [expert.logit(self.v, j) for expert in self.stored]
        base = clip(logits[0], -57344, 57344) if logits else x0
        surplus_row = ln((shown << 16) + 45875) - ln((self.expected_row >> 16) + 45875)
        surplus_column = ln((degree << 16) + 45875) - ln((self.expected[j] >> 16) + 45875)
        bands = clip((surplus_row >> 11) + 6, 0, 13), clip((surplus_column >> 11) + 6, 0, 13)
        found, many = band(shown, 0, 7), band(degree, 1, 15)
        away = abs(j - self.diagonal)
        far = band(away, 1, 31)
        contexts = [j, self.v, bands, (found, many, self.reciprocal(j))]
        x = [x0, 1024, surplus_row, surplus_column]
        x += [(ln(1 + d) >> 1) - (ln(1 + t) >> 2) for d in (degree, degree_v)]
        if self.distance:
            contexts += [(far, many), (far, min(band(degree_v, 1) + found, 15))]
            contexts += distance_keys(self.kind, self.rows, self.columns, self.v, j)
            x.append(ln(1 + away) >> 2)
        chosen = {"M": 0, "common": 0, "Y": 0, "voted": 0, "cross": (0, 0, 0), "H": 0, "I": 0}
        if self.picture:
            self.describe_picture(j, far, contexts, x, chosen)
        if self.neighbours:
            self.describe_neighbours(j, contexts, x, chosen)
        if self.density:
            contexts.append(0)
        x += logits
        chosen |= {"R": bands[0], "G": many, "B": clip((base >> 11) + 28, 0, 40)}
        return contexts, x, base, chosen

    def describe_picture(self, j, far, contexts, x, chosen):
        v = self.v
        w, w2, w3, o = (self.entry(v, j + d) for d in (-1, -2, -3, 1))
        a, a2, u = (self.entry(v + d, j) for d in (-1, -2, 1))
        corners = tuple(self.entry(v + d, j + k) == 1 for d in (-1, 1) for k in (-1, 1))
        h, i = self.nearest(j)
        z = max(6, (max(self.rows, self.columns) - 1).bit_length() - 7)
        row, column = band(h, 1, 19), band(i, 1, 19)
        densities, logs = [0] * 5, [0] * 5
        if self.columns <= 1 << 15:
            densities = [own[j] for own in self.densities]
            logs = [ln(1 + d) >> 2 for d in densities]
        bands = [band(densities[s] >> by, 1, 31) for s, by in ((0, 4), (1, 6), (3, 6), (4, 8))]
        contexts += [(w, a, o, u), (w, a, o, u, w2, a2), (a, a2, w, w2, w3, corners)]
        contexts += [min(h, 1023), min(i, 1023), (row, column, far), (j >> z, v >> z)]
        contexts += [tuple(bands[:2]), tuple(bands[2:])]
        x += [ln(1 + h) >> 2, ln(1 + i) >> 2, *logs]
        chosen |= {"cross": (w, a, o), "H": row, "I": column}

    def describe_neighbours(self, j, contexts, x, chosen):
        n, weight, votes, paths = self.common[j], self.weight[j], self.votes[j], self.paths[j]
        degree, shown = len(self.into[j]), self.shown
        lj, lv, la = ln(1 + degree), ln(1 + self.degree_v), ln(1 + self.degree_v + shown)
        jaccard = squares = cubes = voted = ways = 0
        jb = yb = zb = vb = 0
        if weight > 0:
            jaccard = ln(weight) - (lj + lv >> 1)
            jb = half_nats(jaccard, -2, 14)
        if self.squares[j] > 0:
            squares = ln(self.squares[j]) - la - (lj >> 1) - 22712
            cubes = ln(self.cubes[j]) - la - (la >> 1) - (lj >> 1) - 17034
            yb, zb = half_nats(squares, 12, 22), half_nats(cubes, 12, 22)
        if votes > 0:
            voted = ln(votes) - (lj >> 1) - 28390
            vb = half_nats(voted, 10, 22)
        if paths > 0:
            ways = ln(paths) - la - (lj >> 1) - 22712
        m, m3, f3, f = band(n, 1, 15), min(n, 3), min(shown, 3), band(shown, 0, 7)
        g, gv, v0 = band(degree, 1, 15), band(self.degree_v, 1, 15), band(votes >> 8, 0, 15)
        referred, similarity = 0, 0
        if self.reference is not None:
            referred, similarity = 1 + (j in self.lists[self.reference]), self.shared[self.reference]
        contexts += [(m, g, self.reciprocal(j)), (band(weight >> 6, 1, 31), gv), (jb, m), (v0, m3, f3)]
        contexts += [(referred, min(similarity, 15), m3), (f, g, m), (v0, band(paths >> 8, 0, 23), m)]
        contexts += [(m, f, gv), (yb, m3, f3), (zb, g), (zb, vb, m3), (yb, m, f)]
        x += [ln(1 + n) >> 1, jaccard >> 2]
        x += [ln((1 << 16) + number) - 45424 >> 1 for number in (votes, paths)]
        x += [squares >> 1, cubes >> 1, voted >> 1, ways >> 1]
        chosen |= {"M": m, "common": n, "Y": yb, "voted": votes > 0}

    def pair(self, j, rate):
        contexts, x, base, to = self.describe(j)
        if self.neurons is None:
            stored = len(self.stored)
            first = [0] * (len(x) - stored) + [(1 << 27) // max(stored, 1)] * stored
            first[0] = 0 if stored else 1 << 27
            self.neurons = [Neuron(first + [13421772] * len(contexts)) for _ in range(8)]
        used = [self.contexts[key] for key in enumerate(contexts)]
        x = x + [context.lift for context in used]
        choices = [0, (to["M"], to["voted"]), to["cross"], to["H"], (to["G"], self.shown > 0)]
        choices += [to["R"], to["Y"], to["B"]]
        logits = [neuron.logit(choice, x) for neuron, choice in zip(self.neurons, choices, strict=True)]
        common = min(to["common"], 3)
        y = self.final.logit(common, logits)
        at = clip(y + 65536 >> 11, 0, 63)
        ends = [(at, to["Y"]), (at, to["G"]), (at, min(to["H"], to["I"])), (at, to["M"]), (at, to["R"])]
        ends = [self.last[key] for key in enumerate(ends)]
        bit = self.code.bit(squash(y + (50 * sum(end.lift for end in ends) >> 8)))
        eta = (1 << 21) // (32 + (sum(v * v for v in x) >> 24))
        for neuron, choice, logit in zip(self.neurons, choices, logits, strict=True):
            neuron.update(choice, x, logit, bit, rate * eta >> 16)
        self.final.update(common, logits, y, bit, 15 * rate >> 8)
        for context in used:
            context.update(bit, squash(base))
        for end in ends:
            end.update(bit, squash(y))
        self.expected_row += squash(y)
        self.expected[j] += squash(y)
        self.coded += 1
        self.own[j] = bit
        if bit:
            self.show(j)
        return bit

    def group(self, columns):
        """Pairs one by one; the columns of the edges."""
        found = []
        first, last = self.rates
        rate = last + 500 * first // (500 + self.seen)
        for j in columns:
            missing = self.all_edges - self.seen
            bit = self.pair(j, rate) if 0 < missing < self.left else int(missing > 0)
            self.seen, self.left = self.seen + bit, self.left - 1
            if bit:
                found.append(j)
        return found

    # --- passing over implausible pairs ---

    def score(self, j):
        return 1 << 60 if self.reciprocal(j) == 1 else self.squares[j] + self.weight[j] * self.common[j]

    def pictured(self, j):
        if abs(j - self.diagonal) <= 2:
            return True
        sides = 1 in (self.entry(self.v - 1, j), self.entry(self.v + 1, j))
        return self.picture and (sides or self.nearest(j)[0] <= 2)

    def pass_over(self, columns):
        open_, found, surprises, last = set(columns), [], 0, -1
        scores = {j: 1 << 60 if self.pictured(j) else self.score(j) for j in columns}
        entries = self.all_edges * (2 if self.mutual else 1)
        allowed = 64 + 8 * entries // self.rows
        positive = sorted((score for score in scores.values() if score > 0), reverse=True)
        threshold = positive[allowed - 1] if len(positive) > allowed else 1
        group = [j for j in columns if scores[j] >= threshold]
        while True:
            found += self.group(sorted(group))
            open_ -= set(group)
            if self.seen == self.all_edges or not open_ or not self.another(surprises):
                break
            last = self.which(open_, last)
            surprises += 1
            found.append(last)
            open_.remove(last)
            self.seen += 1
            self.show(last)
            rows = [u for u in self.done if last in self.lists[u]]
            if self.kind == "directed" and last in self.done:
                rows.append(last)
            near = {j for u in rows for j in self.lists[u] if self.score(j) >= threshold}
            group = (near | set(range(last - 2, last + 3))) & open_
        self.before = surprises
        return found

    def another(self, s):
        degree = self.degree_v if self.mutual else 0
        keys = [min(s, 31), (min(s, 7), band(degree, 1, 15))]
        keys += [(min(s, 7), band(self.shown, 0, 7)), (min(s, 7), band(self.before, 0, 7))]
        base = ln(2 * self.answers[1] + 1) - ln(2 * self.answers[0] + 1)
        bit = self.more.decode(self.code, base, keys, min(s, 3))
        self.answers[bit] += 1
        return bit

    def which(self, open_, last):
        leaves = 1
        while leaves < self.columns:
            leaves *= 2
        weights = [12 + 16 * len(self.into[j]) if j in open_ else 0 for j in range(leaves)]
        node, first, size, level = 1, 0, leaves // 2, 0
        while size:
            middle = first + size
            left, right = sum(weights[first:middle]), sum(weights[middle : middle + size])
            if left == 0 or middle <= last + 1:
                bit = 1
            elif right == 0:
                bit = 0
            else:
                places = [(level, clip(4 * (p - middle) // size, -17, 16)) for p in (self.v, last)]
                block = (node, 32 * self.v // self.rows) if node < 1024 else level
                bit = self.way.decode(self.code, ln(right) - ln(left), [node, *places, block], level)
            node, first, size, level = 2 * node + bit, first + bit * size, size // 2, level + 1
        assert weights[first] > 0
        return first


def decode_causal(header, pairs, method, rest):
    """The edges of a stream of method 2, whose bytes after the method are the `rest`."""
    return Causal(header, pairs, method, Source(rest)).decode()
