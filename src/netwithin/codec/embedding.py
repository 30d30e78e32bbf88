"""Learning the map of a graph that a file will hold: a bias and coordinates of every node.

What counts is the sum of two code lengths: the map's own, and that of the graph's pairs once the map is
known. First torch descends it with coordinates that are real, blurred by as much noise as rounding would
be, under the entropy of a distribution that is learnt along with them. Then coordinates are integers, and
each moves up or down by one for as long as that saves more bits than it takes.

References
----------
Hoff, Raftery, Handcock (2002). Latent space approaches to social network analysis. JASA 97.
Balle, Laparra, Simoncelli (2017). End-to-end optimized image compression (noise instead of rounding).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numba
import numpy as np
import torch
from torch.nn.functional import softplus

from netwithin.codec.experts.latent import FACTOR_BITS, INPUT_SHIFT, VALUE_BITS, Map, network_inputs
from netwithin.codec.experts.siren import COORDINATE_BITS
from netwithin.codec.training import OMEGA0, Pairs, Preset, blur, fit, one_thread
from netwithin.graphs import Graph
from netwithin.memorize.siren import Sine

TOP = (1 << VALUE_BITS) - 1
BIAS_UNIT = 0.25  # nats, at first
FIRST_FACTOR = 0.15  # nats
RATES = 0.1, 0.02  # Adam's, of coordinates and of all else
FIRST_PRICE = 1.7  # of a bit while numbers are real: what is not learnt then comes later, if it pays
ALL_PAIRS = 1 << 21  # up to so many, every step sees all
BLOCK = 900  # rows and columns of a step's sample, beyond
VISITS = 1 << 24  # pairs that a sweep over the nodes may look at, beyond twice the edges
FACTOR_LIMIT = 16.0  # nats
FIT_STEPS = 8  # of the factors, after each sweep
LEAST_DRAWS = 200  # of a node's non-edges, then
FLOOR = 0.3  # of a value's count when its cost is estimated
HEAD_RANGE = 64  # the network's inputs are that much smaller than a SIREN's
SOFTPLUS_LIMIT, SOFTPLUS_STEPS = 20, 32
SOFTPLUS = np.logaddexp(0, np.arange(-SOFTPLUS_LIMIT, SOFTPLUS_LIMIT + 0.1, 1 / SOFTPLUS_STEPS)).astype(
    np.float32
)


@dataclass(frozen=True)
class MapPreset:
    """How large a map to learn, and how.

    Attributes
    ----------
    dimensions : int
        At most; those that do not earn their bits end at 0 and are dropped.
    steps : int
        Of Adam.
    sweeps : int
        Over all integers, at most.
    price : float
        Bits of residual that a bit of the map must save: 1 for a map that is alone, more for one beside
        experts that know some of it already.
    network : Preset, optional
        The sine network that reads the coordinates, if there is to be one.
    """

    dimensions: int = 12
    steps: int = 500
    sweeps: int = 12
    price: float = 1.0
    network: Preset | None = None


def train_latent(
    graph: Graph,
    preset: MapPreset,
    seed: int = 0,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda share: None,
) -> Map:
    """Learn a map that makes itself and the graph's pairs cheap.

    Parameters
    ----------
    graph : Graph
        With at least one edge and one non-edge.
    preset : MapPreset
        Size and length of the training.
    seed : int
        Of the first coordinates and of the samples. The result is the same for the same seed on the same
        machine.
    device : str
        Of torch.
    progress : callable
        Called now and then with the share of the training that is done.

    Returns
    -------
    Map
        In integers.

    Examples
    --------
    >>> from netwithin.graphs import load
    >>> learnt = train_latent(load("karate-club"), MapPreset(dimensions=2, steps=100))
    >>> len(learnt.rows), learnt.columns is learnt.rows
    (34, True)
    """
    with one_thread():
        model = _Places(graph, preset, seed).to(device)
        for step in _descend(model, graph, preset, seed, device):
            progress(0.8 * step / preset.steps)
        sides, factors, intercept = model.numbers()
    search = _Search(graph, sides, factors, intercept, seed)
    for sweep in range(preset.sweeps):
        if not search.sweep(preset.price):
            break
        progress(0.8 + 0.2 * (sweep + 1) / preset.sweeps)
    learnt = search.map()
    if preset.network and learnt.dimensions:
        learnt = with_network(graph, learnt, preset.network, seed, device)
    progress(1.0)
    return learnt


def with_network(graph: Graph, learnt: Map, preset: Preset, seed: int = 0, device: str = "cpu") -> Map:
    """Add a sine network that reads the coordinates of a map to what its products say.

    Parameters
    ----------
    graph : Graph
        Whose map it is.
    learnt : Map
        With at least one dimension.
    preset : Preset
        Of its widths of a weight, the first is taken.
    seed, device
        As for `train_latent`.

    Returns
    -------
    Map
        The same with a network.
    """
    unit = 2.0**-FACTOR_BITS

    def describe(rows, columns):
        x, y = learnt.rows[rows], learnt.columns[columns]
        biases = learnt.factors[0] * (x[:, 0] + y[:, 0]) + learnt.loop * (rows == columns)
        known = unit * (learnt.intercept + biases + (x[:, 1:] * y[:, 1:]) @ learnt.factors[1:])
        inputs = network_inputs(x[:, 1:], y[:, 1:]).T * 2.0 ** (INPUT_SHIFT - COORDINATE_BITS)
        return inputs.astype(np.float32), known.astype(np.float32)

    model = _Head(2 * learnt.dimensions, preset, seed)
    return replace(learnt, network=fit(model, Pairs(graph, seed), describe, preset, seed, device)[0])


class _Head(torch.nn.Module):
    """A sine network over coordinates, which says nothing at first."""

    def __init__(self, inputs: int, preset: Preset, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        width = preset.width
        first = Sine(inputs, width, OMEGA0 * HEAD_RANGE, True, generator)
        hidden = [Sine(width, width, OMEGA0, False, generator) for _ in range(preset.layers - 1)]
        self.sines = torch.nn.Sequential(first, *hidden)
        self.output = torch.nn.Linear(width, 1)
        torch.nn.init.uniform_(self.output.weight, -1e-3, 1e-3, generator=generator)
        torch.nn.init.zeros_(self.output.bias)


class _Places(torch.nn.Module):
    """Biases (first column) and coordinates as real numbers, their factors, and how widely they spread."""

    def __init__(self, graph: Graph, preset: MapPreset, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        degrees = [np.diff(graph.adjacency.indptr)]
        if graph.kind != "undirected":
            degrees.append(np.bincount(graph.adjacency.indices, minlength=graph.shape[1]))
        self.sides = torch.nn.ParameterList()
        for degree in degrees:
            bias = np.log(np.maximum(degree, 0.5) / math.sqrt(max(degree.sum(), 1))) / BIAS_UNIT
            places = torch.randn((len(degree), preset.dimensions), generator=generator)
            self.sides.append(torch.cat([torch.tensor(bias, dtype=torch.float32)[:, None], places], 1))
        factors = torch.full((1 + preset.dimensions,), FIRST_FACTOR)
        factors[0] = BIAS_UNIT
        self.factors = torch.nn.Parameter(factors)
        self.intercept = torch.nn.Parameter(torch.zeros(()))
        self.centres = torch.nn.Parameter(torch.stack([side[:, 0].mean() for side in self.sides]).detach())
        self.spreads = torch.nn.Parameter(torch.zeros(len(self.sides), 1 + preset.dimensions))

    def blurred(self, noise: torch.Generator) -> list[torch.Tensor]:
        """Both sides' numbers (of an undirected graph the same twice), as uncertain as integers are."""
        sides = [side + blur(side, noise) for side in self.sides]
        return [sides[0], sides[-1]]

    def scores(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Log odds of every row with every column."""
        products = (rows[:, 1:] * self.factors[1:]) @ columns[:, 1:].T
        return products + self.factors[0] * (rows[:, :1] + columns[:, 0]) + self.intercept

    def edge_scores(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Log odds of each row with the column beside it."""
        products = (rows[:, 1:] * self.factors[1:] * columns[:, 1:]).sum(1)
        return products + self.factors[0] * (rows[:, 0] + columns[:, 0]) + self.intercept

    def rate(self, sides: list[torch.Tensor]) -> torch.Tensor:
        """Code length of the numbers in nats, each column under a logistic distribution of its own."""
        total = torch.zeros(())
        for side, spread, centre in zip(sides[: len(self.sides)], self.spreads, self.centres, strict=True):
            x = torch.cat([side[:, :1] - centre, side[:, 1:]], 1).abs()
            scale = torch.exp(-spread)
            mass = torch.sigmoid((0.5 - x) * scale) - torch.sigmoid((-0.5 - x) * scale)
            total = total - torch.log(mass + 1e-9).sum()
        return total

    @torch.no_grad()
    def numbers(self) -> tuple[list[np.ndarray], np.ndarray, float]:
        """Sides rounded to integers, factors, intercept."""
        sides = [np.clip(np.round(s.cpu().numpy()), -TOP, TOP).astype(np.int64) for s in self.sides]
        return sides, self.factors.cpu().numpy().astype(np.float64), float(self.intercept)


def _descend(model: _Places, graph: Graph, preset: MapPreset, seed: int, device: str) -> Iterator[int]:
    """Take Adam's steps, at a rate that falls along a cosine; yield the number of every tenth."""
    noise = torch.Generator(device).manual_seed(seed)
    others = [p for name, p in model.named_parameters() if not name.startswith("sides")]
    groups = [{"params": list(model.sides), "lr": RATES[0]}, {"params": others, "lr": RATES[1]}]
    optimiser = torch.optim.Adam(groups)
    ends = [torch.from_numpy(end.copy()).to(device) for end in graph.edges()]
    keep = ends[0] != ends[1] if graph.kind != "bipartite" else slice(None)
    ends = [end[keep] for end in ends]
    blocks = _blocks(graph, seed, device)
    for step in range(preset.steps):
        slope = 0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * step / preset.steps))
        for group, rate in zip(optimiser.param_groups, RATES, strict=True):
            group["lr"] = rate * slope
        rows, columns, weights = next(blocks)
        sides = model.blurred(noise)
        edges = softplus(
            -model.edge_scores(*(side[end] for side, end in zip(sides, ends, strict=True)))
        ).sum()
        others = (softplus(model.scores(sides[0][rows], sides[1][columns])) * weights).sum()
        warm = min(1.0, 5 * step / preset.steps)
        loss = (
            edges + others + warm * FIRST_PRICE * preset.price * model.rate(sides)
        ) / graph.number_of_edges
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 10 == 0:
            yield step


def _blocks(graph: Graph, seed: int, device: str) -> Iterator[tuple[torch.Tensor, ...]]:
    """Rows, columns, and by how much each non-edge between them counts (0 if it is none); without end."""
    rng = np.random.default_rng(seed)
    height, width = graph.shape
    once = 0.5 if graph.kind == "undirected" else 1.0

    def block(rows, columns):
        absent = 1.0 - graph.adjacency[rows][:, columns].toarray()
        if graph.kind != "bipartite":
            absent[rows[:, None] == columns] = 0
        share = len(rows) * len(columns) / (height * width)
        weights = (absent * (once / share)).astype(np.float32)
        return tuple(torch.from_numpy(a).to(device) for a in (rows, columns, weights))

    if height * width <= ALL_PAIRS:
        everything = block(np.arange(height), np.arange(width))
        while True:
            yield everything
    while True:
        yield block(*(np.sort(rng.choice(n, min(n, BLOCK), replace=False)) for n in (height, width)))


class _Search:
    """Integers that move by one wherever that saves bits, and factors that follow them."""

    def __init__(
        self, graph: Graph, sides: list[np.ndarray], factors: np.ndarray, intercept: float, seed: int
    ):
        self.graph, self.sides, self.seed = graph, sides, seed
        self.diagonal = graph.kind != "bipartite"
        self.numbers = np.append(intercept, factors)
        matrix = graph.adjacency
        self.matrices = [matrix] if len(sides) == 1 else [matrix, matrix.T.tocsr()]
        for matrix in self.matrices:
            matrix.sort_indices()
        self._round()

    def _round(self) -> None:
        limit = (1 << 15) - 1
        self.integers = np.clip(np.round(self.numbers * (1 << FACTOR_BITS)), -limit, limit).astype(np.int64)
        self.numbers = self.integers / (1 << FACTOR_BITS)

    def _arguments(self, side: int) -> tuple:
        """What the kernels want to know to visit one side's nodes."""
        matrix = self.matrices[side]
        height, width = matrix.shape
        draws = 0
        if height * width > VISITS:
            draws = max(VISITS // height, LEAST_DRAWS + 5 * matrix.nnz // height)
        self.seed += 1
        places = self.sides[side], self.sides[-1 - side]
        return (
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int64),
            *places,
            self.numbers,
            0 if draws >= width else draws,
            self.diagonal,
            self.seed,
            SOFTPLUS,
        )

    def sweep(self, price: float) -> int:
        """Visit every integer once, then fit the factors; how many moved."""
        moved = 0
        for side, places in enumerate(self.sides):
            moved += _sweep(*self._arguments(side), price * _costs(places))
        self._fit()
        return moved

    def _fit(self) -> None:
        """Newton's steps of intercept and factors, each as long as it helps."""
        fixed = list(self._arguments(0))
        loss, slopes, curves = _slopes(*fixed)
        for _ in range(FIT_STEPS):
            curves += np.diag(1e-3 * np.diag(curves) + 1e-6)
            step = np.clip(np.linalg.solve(curves, slopes), -1, 1)
            before = loss
            while np.abs(step).max() > 0.5 / (1 << FACTOR_BITS):
                fixed[4] = np.clip(self.numbers - step, -FACTOR_LIMIT, FACTOR_LIMIT)
                loss, slopes, curves = _slopes(*fixed)
                if loss < before:
                    break
                step /= 4
            if loss >= before:
                break
            self.numbers = fixed[4]
            if loss > before * (1 - 1e-4):
                break
        self._round()

    def map(self) -> Map:
        """Dimensions that are used, and biases around 0."""
        used = np.array([True, *np.all([side[:, 1:].any(0) for side in self.sides], 0)])
        sides = [side[:, used] for side in self.sides]
        intercept, factors = int(self.integers[0]), self.integers[1:][used]
        for side in sides:
            centre = int(np.median(side[:, 0]))
            moved = intercept + (3 - len(sides)) * centre * int(factors[0])
            if abs(moved) < 1 << 15:
                side[:, 0], intercept = np.clip(side[:, 0] - centre, -TOP, TOP), moved
        return Map(intercept, self._loop(sides, factors, intercept), factors, sides[0], sides[-1])

    def _loop(self, sides: list[np.ndarray], factors: np.ndarray, intercept: int) -> int:
        """What pairs (i, i) need on top so that as many loops are expected as there are."""
        if not (self.graph.has_loops and self.diagonal):
            return 0
        weights = np.append(2 * factors[:1], factors[1:])
        rows, columns = (side.copy() for side in (sides[0], sides[-1]))
        rows[:, 0], columns[:, 0] = rows[:, 0] + columns[:, 0], 1
        scores = (intercept + (rows * columns) @ np.append(factors[:1], weights[1:])) / (1 << FACTOR_BITS)
        loops = int(self.graph.adjacency.diagonal().sum())
        low, high = -30.0, 30.0
        for _ in range(40):
            middle = (low + high) / 2
            if (1 / (1 + np.exp(-np.clip(scores + middle, -30, 30)))).sum() < loops + 0.5 * (loops == 0):
                low = middle
            else:
                high = middle
        return round(low * (1 << FACTOR_BITS))


def _costs(places: np.ndarray) -> np.ndarray:
    """What each value costs in each column, in nats, by how often it stands there; float[columns, values]."""
    counts = np.array([np.bincount(column + TOP, minlength=2 * TOP + 1) for column in places.T]) + FLOOR
    return -np.log(counts / counts.sum(1, keepdims=True))


@numba.njit(cache=True)
def _softplus(x, table):
    """ln(1 + exp(x)), by linear interpolation."""
    if x >= 20.0:
        return x
    if x <= -20.0:
        return 0.0
    place = (x + 20.0) * 32.0
    index = int(place)
    return table[index] + (table[index + 1] - table[index]) * (place - index)


@numba.njit(cache=True)
def _partners(i, indptr, indices, size, draws, diagonal, state, who, sign, weight):
    """Node i's neighbours (sign -1), and all other nodes (sign 1) or a sample that stands for them."""
    count, k, last = 0, indptr[i], indptr[i + 1]
    if draws == 0:
        for j in range(size):
            edge = k < last and indices[k] == j
            k += edge
            if diagonal and j == i:
                continue
            who[count], sign[count], weight[count] = j, 1 - 2 * edge, 1.0
            count += 1
        return count
    for e in range(k, last):
        if not (diagonal and indices[e] == i):
            who[count], sign[count], weight[count] = indices[e], -1.0, 1.0
            count += 1
    neighbours = count
    for _ in range(draws):
        state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        j = np.int64((state[0] >> np.uint64(33)) % np.uint64(size))
        place = k + np.searchsorted(indices[k:last], j)
        if (place < last and indices[place] == j) or (diagonal and j == i):
            continue
        who[count], sign[count] = j, 1.0
        count += 1
    for e in range(neighbours, count):
        weight[e] = (size - neighbours - diagonal) / (count - neighbours)
    return count


@numba.njit(cache=True)
def _scores(place, others, numbers, who, count, scores):
    """Log odds of a node with its partners."""
    for p in range(count):
        other = others[who[p]]
        total = numbers[0] + numbers[1] * (place[0] + other[0])
        for k in range(1, len(place)):
            total += numbers[1 + k] * place[k] * other[k]
        scores[p] = total


@numba.njit(cache=True)
def _sweep(indptr, indices, places, others, numbers, draws, diagonal, seed, table, costs):
    """Move each integer of each node by one if that saves; how many did."""
    nodes, columns = places.shape
    room = len(others) + draws
    who, sign, weight = np.empty(room, np.int64), np.empty(room), np.empty(room)
    scores, change = np.empty(room), np.empty(room)
    state = np.array([seed], np.uint64)
    moved = 0
    for i in range(nodes):
        count = _partners(i, indptr, indices, len(others), draws, diagonal, state, who, sign, weight)
        _scores(places[i], others, numbers, who, count, scores)
        now = 0.0
        for p in range(count):
            now += weight[p] * _softplus(sign[p] * scores[p], table)
        for k in range(columns):
            for p in range(count):
                change[p] = numbers[1 + k] * (1.0 if k == 0 else others[who[p], k])
            value = places[i, k]
            best, best_sum, best_move = 0.0, now, 0
            for move in (-1, 1):
                if abs(value + move) > TOP:
                    continue
                total = 0.0
                for p in range(count):
                    total += weight[p] * _softplus(sign[p] * (scores[p] + move * change[p]), table)
                gain = total - now + costs[k, value + move + TOP] - costs[k, value + TOP]
                if gain < best:
                    best, best_sum, best_move = gain, total, move
            if best_move:
                places[i, k] += best_move
                moved += 1
                now = best_sum
                for p in range(count):
                    scores[p] += best_move * change[p]
    return moved


@numba.njit(cache=True)
def _slopes(indptr, indices, places, others, numbers, draws, diagonal, seed, table):
    """The residual, and its gradient and second derivatives in intercept and factors."""
    nodes, columns = places.shape
    room = len(others) + draws
    who, sign, weight = np.empty(room, np.int64), np.empty(room), np.empty(room)
    scores, inputs = np.empty(room), np.ones(columns + 1)
    slopes, curves = np.zeros(columns + 1), np.zeros((columns + 1, columns + 1))
    state = np.array([seed], np.uint64)
    loss = 0.0
    for i in range(nodes):
        count = _partners(i, indptr, indices, len(others), draws, diagonal, state, who, sign, weight)
        _scores(places[i], others, numbers, who, count, scores)
        for p in range(count):
            loss += weight[p] * _softplus(sign[p] * scores[p], table)
            chance = 1.0 / (1.0 + np.exp(-scores[p]))
            error = weight[p] * (chance - (sign[p] < 0))
            spread = weight[p] * chance * (1.0 - chance)
            inputs[1] = places[i, 0] + others[who[p], 0]
            for k in range(1, columns):
                inputs[1 + k] = places[i, k] * others[who[p], k]
            for a in range(columns + 1):
                slopes[a] += error * inputs[a]
                for b in range(a + 1):
                    curves[a, b] += spread * inputs[a] * inputs[b]
    for a in range(columns + 1):
        for b in range(a):
            curves[b, a] = curves[a, b]
    return loss, slopes, curves
