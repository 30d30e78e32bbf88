"""Training the sine network that a file will hold. Only this module and `embedding` need torch.

The network is trained for what it will be used for: the code length of the pairs that are decided, by
cross-entropy. Then its weights become integers, and the loss is the whole file: the pairs' code length
and the weights' own, under the entropy of a distribution that is learnt along with them. For a while
noise stands for rounding and the layers' unit weights are learnt too, which settles how many bits each
layer is worth; then one layer after the other is rounded, and those behind it make up for that.

References
----------
Sitzmann et al. (2020). Implicit neural representations with periodic activation functions.
Balle, Laparra, Simoncelli (2017). End-to-end optimized image compression (noise instead of rounding).
King, Zeng (2001). Logistic regression in rare events data (case-control sampling, Section 4.1).
"""

import contextlib
import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from netwithin.codec.experts.siren import (
    ANGLE_BITS,
    OUTPUT_BIAS_BITS,
    SCALE_BITS,
    Integers,
    multiplier,
)
from netwithin.codec.fixedpoint import ACTIVATION_BITS
from netwithin.graphs import Graph
from netwithin.memorize.siren import SIREN

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

OMEGA0 = 30.0
ROUNDED_RATE = 0.25  # of the first learning rate, once weights are rounded
GRID_RATE = 0.005  # Adam's, of the unit weights' logarithms
FIRST_SHARE = 1.5  # of the smallest unit weight that is fine enough, at first
SPARSE = 0.1  # below this density, edges are drawn more often than they occur
EDGE_SHARE = 0.3  # of a batch, then
MULTIPLIERS = np.array([multiplier(scale) for scale in range(25 << 3)], np.float64)
# A layer's unit weight in turns (output: in logit units) is its multiplier over this.
FIRST_UNIT = 2.0 ** (SCALE_BITS + 1)  # coordinates come in 2**-31, angles in 2**-32 turns
HIDDEN_UNIT = 2.0 ** (SCALE_BITS + ANGLE_BITS - ACTIVATION_BITS)
OUTPUT_UNIT = 2.0**SCALE_BITS  # activations and logits both come in 2**-12


@dataclass(frozen=True)
class Preset:
    """How large a network to train, and how.

    Attributes
    ----------
    layers, width : int
        Sine layers and the units of each.
    bits : tuple of int
        Widths of a weight to try.
    steps : int
        Of Adam, before rounding.
    rounded_steps : int
        Of Adam after that, for each width: so many with noise, so many with rounding.
    batch : int
        Pairs a step; all of them, if there are no more.
    """

    layers: int
    width: int
    bits: tuple[int, ...] = (6, 7, 8)
    steps: int = 2400
    rounded_steps: int = 400
    batch: int = 8192

    @property
    def learning_rate(self) -> float:
        """Adam's at the start; wide networks want smaller steps."""
        return 0.03 / self.width

    @property
    def model_bits(self) -> int:
        """What the weights take at most, at the smallest width, in bits."""
        weights = 3 * self.width + (self.layers - 1) * self.width**2
        return min(self.bits) * (weights + self.layers * self.width)


class Pairs:
    """Draws pairs of nodes, and knows which of them are edges.

    Parameters
    ----------
    graph : Graph
        With at least one edge and one non-edge.
    seed : int
        Of the draws.
    """

    def __init__(self, graph: Graph, seed: int):
        self._rng = np.random.default_rng(seed)
        self._rows, self._columns = graph.edges()
        self._shape, self._kind, self._loops = graph.shape, graph.kind, graph.has_loops
        self._keys = self._rows * graph.shape[1] + self._columns  # ascending, since edges are sorted
        self.density = graph.density
        self.total = graph.number_of_pairs

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Every pair; two int64 arrays."""
        rows, columns = np.indices(self._shape).reshape(2, -1)
        keep = self._wanted(rows, columns)
        return rows[keep], columns[keep]

    def draw(self, size: int, edge_share: float) -> tuple[np.ndarray, np.ndarray]:
        """Some `size` pairs, the given share of them edges, the others any; two int64 arrays."""
        any_size, edge_size = round(size * (1 - edge_share)), round(size * edge_share)
        rows = self._rng.integers(self._shape[0], size=any_size)
        columns = self._rng.integers(self._shape[1], size=any_size)
        if self._kind == "undirected":
            rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
        keep = self._wanted(rows, columns)
        edges = self._rng.integers(len(self._keys), size=edge_size)
        return np.append(rows[keep], self._rows[edges]), np.append(columns[keep], self._columns[edges])

    def are_edges(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Which of the pairs are edges; bool[pairs]."""
        keys = rows * self._shape[1] + columns
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return self._keys[found] == keys

    def scaled(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The pairs' coordinates in [-1, 1]; float32[pairs, 2]."""
        sizes = np.array(self._shape)
        scaled = (2 * np.stack([rows, columns], 1) - (sizes - 1)) / np.maximum(sizes - 1, 1)
        return scaled.astype(np.float32)

    def _wanted(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        if self._kind == "bipartite":
            return np.ones(len(rows), bool)
        order = rows <= columns if self._kind == "undirected" else np.ones(len(rows), bool)
        return order if self._loops else order & (rows != columns)


class Grid(torch.nn.Module):
    """The multiples that each layer's weights are rounded to.

    Parameters
    ----------
    model : SIREN
        Whose weights they shall reach.
    bits : int
        Of a weight.
    share : float
        A layer's first unit weight is this share of the one with which `bits` bits just reach all weights.
    noise : torch.Generator, optional
        On the model's device.

    Attributes
    ----------
    settled : int
        So many layers, from the first, are rounded and learn no more. In the others noise stands for
        rounding.
    """

    def __init__(self, model: SIREN, bits: int, share: float = 1.0, noise: torch.Generator | None = None):
        super().__init__()
        self._noise = noise
        self.bits, self.top, self.settled = bits, 2 ** (bits - 1) - 1, 0
        steps = [unit_weight(_array(w), unit, bits)[1] * share for w, _, unit in _in_turns(model)]
        self.units = [unit for _, _, unit in _in_turns(model)]
        self.logarithms = torch.nn.Parameter(torch.tensor(steps, dtype=torch.float64).log().float())
        self.spreads = torch.nn.Parameter(torch.full((3,), math.log(self.top / 4)))

    def weights(self, weights: torch.Tensor, layer: int) -> torch.Tensor:
        """Weights on the grid, or as uncertain as if they were."""
        step = torch.exp(self.logarithms[layer])
        if layer < self.settled:
            return (torch.clamp(torch.round(weights / step), -self.top, self.top) * step).detach()
        return weights + step * blur(weights, self._noise)

    def biases(self, biases: torch.Tensor, layer: int) -> torch.Tensor:
        """Biases on theirs, which is even, or as uncertain as if they were."""
        if layer < self.settled:
            return (torch.round(biases * 2.0**self.bits) / 2.0**self.bits).detach()
        return biases + 2.0**-self.bits * blur(biases, self._noise)

    def rate(self, model: SIREN) -> torch.Tensor:
        """Code length in nats of the weights that learn: first layer, other sine layers, output."""
        total = torch.zeros(())
        for layer, (weights, _, _) in list(enumerate(_in_turns(model)))[self.settled :]:
            group = min(layer, 1) if layer < len(self.units) - 1 else 2
            x = (weights / torch.exp(self.logarithms[layer])).abs()
            scale = torch.exp(-self.spreads[group])
            mass = torch.sigmoid((0.5 - x) * scale) - torch.sigmoid((-0.5 - x) * scale)
            total = total - torch.log(mass + 1e-9).sum()
        return total

    @torch.no_grad()
    def scales(self) -> np.ndarray:
        """The bytes that the file keeps, nearest to the layers' unit weights; uint8[layers + 1]."""
        wanted = [float(x) + math.log(unit) for x, unit in zip(self.logarithms, self.units, strict=True)]
        return np.array([np.abs(np.log(MULTIPLIERS) - x).argmin() for x in wanted], np.uint8)

    @torch.no_grad()
    def snap(self) -> None:
        """Take the unit weights that a file can name, and learn them no more."""
        steps = [MULTIPLIERS[k] / unit for k, unit in zip(self.scales(), self.units, strict=True)]
        self.logarithms.copy_(torch.tensor(steps, dtype=torch.float64).log())
        self.logarithms.requires_grad_(False)


def blur(x: torch.Tensor, noise: torch.Generator | None) -> torch.Tensor:
    """As uncertain as what rounding leaves away: uniform in +-1/2, of the same shape."""
    return torch.rand(x.shape, generator=noise, device=x.device) - 0.5


def _array(weights: torch.Tensor) -> np.ndarray:
    return weights.detach().double().cpu().numpy()


def unit_weight(weights: np.ndarray, unit: float, bits: int) -> tuple[int, float]:
    """The smallest scale whose unit weight lets `bits` bits reach every weight.

    Returns
    -------
    scale : int
        The byte that the file keeps.
    step : float
        The weight that the integer 1 then stands for.
    """
    wanted = np.abs(weights).max() / (2 ** (bits - 1) - 1) * unit
    scale = min(int(np.searchsorted(MULTIPLIERS, wanted)), len(MULTIPLIERS) - 1)
    return scale, MULTIPLIERS[scale] / unit


def _in_turns(model: SIREN) -> Iterator[tuple[torch.Tensor, torch.Tensor, float]]:
    """Each layer's weights and biases, a sine layer's in turns, and its unit; the output last."""
    for layer, sine in enumerate(model.sines):
        factor = sine.omega0 / (2 * math.pi)
        unit = FIRST_UNIT if layer == 0 else HIDDEN_UNIT
        yield sine.linear.weight * factor, sine.linear.bias * factor, unit
    yield model.output.weight, model.output.bias, OUTPUT_UNIT


def forward(model: SIREN, x: torch.Tensor, grid: Grid | None) -> torch.Tensor:
    """Logits of a sine network with its weights rounded as a file would.

    Parameters
    ----------
    model : SIREN
        With linear output.
    x : float[pairs, inputs]
        Coordinates.
    grid : Grid or None
        None does not round.

    Returns
    -------
    float[pairs]
        In nats.
    """
    last = len(model.sines)
    for layer, (weights, biases, _) in enumerate(_in_turns(model)):
        if grid is not None:
            weights = grid.weights(weights, layer)
        if layer == last:
            return (x @ weights.T).squeeze(-1) + biases
        x = torch.sin(
            2 * math.pi * (x @ weights.T + (biases if grid is None else grid.biases(biases, layer)))
        )
    raise AssertionError("a network ends in its output")


@torch.no_grad()
def to_integers(model: SIREN, grid: Grid) -> Integers:
    """The integers nearest to a trained network's weights.

    Parameters
    ----------
    model : SIREN
        On any device.
    grid : Grid
        Settled.

    Returns
    -------
    Integers
        Weights clipped to what the grid's bits hold, biases wrapped to one turn.
    """
    bits, top, scales = grid.bits, grid.top, grid.scales()
    layers, biases = [], []
    for (weights, shifts, unit), scale in zip(_in_turns(model), scales, strict=True):
        whole = np.round(_array(weights) / (MULTIPLIERS[scale] / unit))
        layers.append(np.clip(whole, -top, top).astype(np.int64))
        biases.append(_array(shifts))
    width = model.output.in_features
    turns = np.round(np.array(biases[:-1]) * 2**bits).astype(np.int64)
    output_bias = round(float(model.output.bias) * 2**OUTPUT_BIAS_BITS)
    return Integers(
        bits=bits,
        scales=scales,
        first=layers[0],
        hidden=np.array(layers[1:-1], np.int64).reshape(-1, width, width),
        biases=(turns + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1),
        output=layers[-1][0],
        output_bias=min(max(output_bias, -(1 << 15)), (1 << 15) - 1),
    )


def train_siren(
    graph: Graph,
    preset: Preset,
    seed: int = 0,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda share: None,
) -> list[Integers]:
    """Train a small sine network to tell a graph's edges from its other pairs.

    Parameters
    ----------
    graph : Graph
        With at least one edge and one non-edge.
    preset : Preset
        Size and length of the training.
    seed : int
        Of the initial weights and of the batches. The result is the same for the same seed on the
        same machine; another machine may round differently and find slightly different weights.
    device : str
        Of torch.
    progress : callable
        Called now and then with the share of the training that is done.

    Returns
    -------
    list of Integers
        For each of the preset's widths of a weight, the network rounded so.

    Examples
    --------
    >>> from netwithin.graphs import newman_watts_strogatz
    >>> graph = newman_watts_strogatz(30, 0.2)
    >>> nets = train_siren(graph, Preset(layers=2, width=4, bits=(6,), steps=20, rounded_steps=5))
    >>> [(net.layers, net.width, net.bits) for net in nets]
    [(2, 4, 6)]
    """
    pairs = Pairs(graph, seed)
    model = SIREN(preset.layers, preset.width, OMEGA0, seed)
    torch.nn.init.constant_(model.output.bias, math.log(pairs.density / (1 - pairs.density)))
    return fit(model, pairs, lambda *ends: (pairs.scaled(*ends), 0.0), preset, seed, device, progress)


def fit(
    model: torch.nn.Module,
    pairs: Pairs,
    describe: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray | float]],
    preset: Preset,
    seed: int,
    device: str,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Integers]:
    """Train a sine network and make integers of it.

    Parameters
    ----------
    model : torch.nn.Module
        With `sines` and `output`, as a SIREN has them.
    pairs : Pairs
        What is to be told apart.
    describe : callable
        From rows and columns to the network's inputs, float32[pairs, inputs], and the log odds that are
        known without it, float32[pairs] or a number.
    preset, seed, device, progress
        As for `train_siren`.

    Returns
    -------
    list of Integers
        For each of the preset's widths of a weight.
    """
    batches = _batches(pairs, describe, preset.batch, device)
    total = preset.steps + 2 * len(preset.bits) * preset.rounded_steps
    with one_thread():
        noise = torch.Generator(device).manual_seed(seed)
        model.to(device)
        for step in _descend(model, batches, preset.steps, preset.learning_rate, None, pairs.total):
            progress(step / total)
        done = preset.steps
        rounded = []
        for bits in preset.bits:
            tuned = copy.deepcopy(model)
            grid = Grid(tuned, bits, FIRST_SHARE, noise).to(device)
            rate = preset.learning_rate * ROUNDED_RATE
            for settled in range(preset.layers + 1):
                steps = preset.rounded_steps if not settled else preset.rounded_steps // preset.layers
                if settled == 1:
                    grid.snap()
                grid.settled = settled
                for step in _descend(tuned, batches, steps, rate, grid, pairs.total):
                    progress((done + step) / total)
                done += steps
            rounded.append(to_integers(tuned, grid))
    progress(1.0)
    return rounded


def _descend(
    model: SIREN, batches: Iterator[Batch], steps: int, learning_rate: float, grid: Grid | None, pairs: int
) -> Iterator[int]:
    """Take Adam's steps, at a rate that falls along a cosine; yield the number of every fiftieth."""
    groups = [{"params": list(model.parameters()), "lr": learning_rate}]
    if grid is not None:
        learnt = [p for p in grid.parameters() if p.requires_grad]
        groups.append({"params": learnt, "lr": GRID_RATE})
    optimiser = torch.optim.Adam(groups)
    rates = [group["lr"] for group in groups]
    for step, (x, y, offset) in zip(range(steps), batches, strict=False):
        slope = 0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * slope
        loss = binary_cross_entropy_with_logits(forward(model, x, grid) + offset, y)
        if grid is not None:
            loss = loss + grid.rate(model) / pairs
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 0:
            yield step


def _batches(pairs: Pairs, describe: Callable, size: int, device: str) -> Iterator[Batch]:
    """Inputs, labels, and the log odds that the network need not learn; without end."""

    def tensors(rows, columns, offset):
        inputs, known = describe(rows, columns)
        labels = pairs.are_edges(rows, columns).astype(np.float32)
        known = np.broadcast_to(np.asarray(known + offset, np.float32), labels.shape).copy()
        return tuple(torch.from_numpy(a).to(device) for a in (inputs, labels, known))

    if pairs.total <= size:
        batch = tensors(*pairs.all(), 0.0)
        while True:
            yield batch
    share = EDGE_SHARE if pairs.density < SPARSE else 0.0
    # Of the sampled pairs, edges are more frequent by this factor than non-edges: a constant in the
    # log odds, which the network must not have to learn.
    offset = math.log1p(share / (1 - share) / pairs.density)
    while True:
        yield tensors(*pairs.draw(size, share), offset)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: small layers run no faster on more, and sums keep one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
