"""Training the sine network that a file will hold. The only module of the codec that needs torch.

The network is trained for what it will be used for: the code length of the pairs that are decided, by
cross-entropy; then it learns on for a while with its weights rounded (straight-through estimator), so
that a few bits a weight are enough.

References
----------
Sitzmann et al. (2020). Implicit neural representations with periodic activation functions.
Bengio, Leonard, Courville (2013). Estimating or propagating gradients through stochastic neurons.
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

Batch = tuple[torch.Tensor, torch.Tensor, float]

OMEGA0 = 30.0
ROUNDED_RATE = 0.25  # of the first learning rate, once weights are rounded
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
        Of Adam after that, for each width.
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
        """Adam's at the start: wide networks want smaller steps."""
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


class _Round(torch.autograd.Function):
    """Round to multiples of a step within bounds; the gradient passes as if nothing had happened."""

    @staticmethod
    def forward(context, x, step, top):
        return torch.clamp(torch.round(x / step), -top, top) * step

    @staticmethod
    def backward(context, gradient):
        return gradient, None, None


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
    """Each sine layer's weights and biases, in turns, and its unit."""
    for layer, sine in enumerate(model.sines):
        factor = sine.omega0 / (2 * math.pi)
        unit = FIRST_UNIT if layer == 0 else HIDDEN_UNIT
        yield sine.linear.weight * factor, sine.linear.bias * factor, unit


def _rounded(weights: torch.Tensor, unit: float, bits: int | None) -> torch.Tensor:
    if bits is None:
        return weights
    _, step = unit_weight(weights.detach().cpu().numpy(), unit, bits)
    return _Round.apply(weights, step, 2 ** (bits - 1) - 1)


def forward(model: SIREN, x: torch.Tensor, bits: int | None) -> torch.Tensor:
    """Logits of a sine network with its weights rounded as a file would.

    Parameters
    ----------
    model : SIREN
        With linear output.
    x : float[pairs, 2]
        Coordinates.
    bits : int or None
        Of a weight; None does not round.

    Returns
    -------
    float[pairs]
        In nats.
    """
    for weights, biases, unit in _in_turns(model):
        if bits is not None:
            biases = _Round.apply(biases, 2.0**-bits, math.inf)
        x = torch.sin(2 * math.pi * (x @ _rounded(weights, unit, bits).T + biases))
    return (x @ _rounded(model.output.weight, OUTPUT_UNIT, bits).T).squeeze(-1) + model.output.bias


@torch.no_grad()
def to_integers(model: SIREN, bits: int) -> Integers:
    """The integers nearest to a trained network's weights.

    Parameters
    ----------
    model : SIREN
        On any device.
    bits : int
        Of a weight, 2 to 8.

    Returns
    -------
    Integers
        Weights clipped to +-(2**(bits - 1) - 1), biases wrapped to one turn.
    """
    top = 2 ** (bits - 1) - 1

    def whole(weights: torch.Tensor, unit: float) -> tuple[int, np.ndarray]:
        values = weights.double().cpu().numpy()
        scale, step = unit_weight(values, unit, bits)
        return scale, np.clip(np.round(values / step), -top, top).astype(np.int64)

    layers = [(whole(w, unit), b.double().cpu().numpy()) for w, b, unit in _in_turns(model)]
    output_scale, output = whole(model.output.weight[0], OUTPUT_UNIT)
    biases = np.round(np.array([b for _, b in layers]) * 2**bits).astype(np.int64)
    width = len(output)
    hidden = np.array([w for (_, w), _ in layers[1:]], np.int64).reshape(-1, width, width)
    output_bias = round(float(model.output.bias) * 2**OUTPUT_BIAS_BITS)
    return Integers(
        bits=bits,
        scales=np.array([*(scale for (scale, _), _ in layers), output_scale], np.uint8),
        first=layers[0][0][1],
        hidden=hidden,
        biases=(biases + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1),
        output=output,
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
    batches = _batches(pairs, preset.batch, device)
    total = preset.steps + len(preset.bits) * preset.rounded_steps
    with one_thread():
        model.to(device)
        rate = preset.learning_rate
        for step in _descend(model, batches, preset.steps, rate, None):
            progress(step / total)
        rounded = []
        for k, bits in enumerate(preset.bits):
            tuned = copy.deepcopy(model)
            for step in _descend(tuned, batches, preset.rounded_steps, rate * ROUNDED_RATE, bits):
                progress((preset.steps + k * preset.rounded_steps + step) / total)
            rounded.append(to_integers(tuned, bits))
    progress(1.0)
    return rounded


def _descend(
    model: SIREN, batches: Iterator[Batch], steps: int, learning_rate: float, bits: int | None
) -> Iterator[int]:
    """Take Adam's steps, at a rate that falls along a cosine; yield the number of every fiftieth."""
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for step, (x, y, offset) in zip(range(steps), batches, strict=False):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * step / steps)))
        loss = binary_cross_entropy_with_logits(forward(model, x, bits) + offset, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 0:
            yield step


def _batches(pairs: Pairs, size: int, device: str) -> Iterator[Batch]:
    """Coordinates, labels, and by how much the batch's log odds lie above the graph's; without end."""

    def tensors(rows, columns):
        labels = pairs.are_edges(rows, columns).astype(np.float32)
        return torch.from_numpy(pairs.scaled(rows, columns)).to(device), torch.from_numpy(labels).to(device)

    if pairs.total <= size:
        batch = tensors(*pairs.all())
        while True:
            yield *batch, 0.0
    share = EDGE_SHARE if pairs.density < SPARSE else 0.0
    # Of the sampled pairs, edges are more frequent by this factor than non-edges: a constant in the
    # log odds, which the network must not have to learn.
    offset = math.log1p(share / (1 - share) / pairs.density)
    while True:
        yield *tensors(*pairs.draw(size, share)), offset


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: small layers run no faster on more, and sums keep one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
