"""Fewer bits a weight: rounding after training, and training that knows it will be rounded (Section 6.4).

A format's name says how a weight is stored: `fp32`, `bf16`, `fp16` and `fp8` (one sign, four exponent and
three fraction bits) are floating point, `int8` to `int2` are integers of so many bits. `fp8` and the
integers need to know how large their unit is; every tensor (a layer's weights, a layer's biases) stores one
as a float32. Whatever the format, the arithmetic stays in float32, so that the only harm is the rounding.

Examples
--------
>>> from netwithin import memorize
>>> model = memorize.SIREN(hidden_layers=2, width=4)
>>> [stored_bytes(model, name) for name in ("fp32", "fp16", "int4")]
[148, 74, 43]
"""

import copy
from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from scipy.stats import norm
from torch import nn
from torch.nn.utils import parametrize

from netwithin import rates
from netwithin.graphs import as_graph
from netwithin.memorize.evaluation import evaluate
from netwithin.memorize.losses import MSE, Loss
from netwithin.memorize.siren import pixels
from netwithin.memorize.trainer import Settings, train
from netwithin.memorize.weights import parameter_count

#: Floating-point formats as torch's type and the bits that it stores.
FLOATS = {
    "fp32": (torch.float32, 32),
    "bf16": (torch.bfloat16, 16),
    "fp16": (torch.float16, 16),
    "fp8": (torch.float8_e4m3fn, 8),
}
#: Fewest and most bits of an integer format.
INTEGER_BITS = (2, 8)
#: All formats, the finest first.
FORMATS = (*FLOATS, *(f"int{bits}" for bits in range(INTEGER_BITS[1], INTEGER_BITS[0] - 1, -1)))
#: Bytes of a tensor's unit.
UNIT_BYTES = 4
# Shares of the largest magnitude that are tried as the end of an integer format's range.
_ENDS = np.linspace(0.2, 1.0, 81)


def weight_bits(name: str) -> int:
    """Bits of a weight in a format.

    Raises
    ------
    ValueError
        If there is no such format.

    Examples
    --------
    >>> weight_bits("bf16"), weight_bits("int5")
    (16, 5)
    """
    if name not in FORMATS:
        raise ValueError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    return FLOATS[name][1] if name in FLOATS else int(name[3:])


def stored_bytes(model: nn.Module, name: str) -> int:
    """Bytes of a model's weights in a format, the tensors' units included where it has them.

    Examples
    --------
    >>> stored_bytes(nn.Linear(28, 1), "fp16"), stored_bytes(nn.Linear(28, 1), "int8")
    (58, 37)
    """
    units = 0 if weight_bits(name) > 8 else len(list(model.parameters()))
    return -(-parameter_count(model) * weight_bits(name) // 8) + UNIT_BYTES * units


def unit(values: torch.Tensor, name: str) -> float:
    """What 1 stands for when `values` are stored in a format.

    For integers it is the unit with the least squared error: where bits are few, it pays to clip the
    largest values for a finer grid. For `fp8` the largest magnitude becomes its largest number.

    Parameters
    ----------
    values : torch.Tensor
        float32, any shape.
    name : str
        One of `FORMATS`.

    Returns
    -------
    float
        1 for the formats that need no unit, and for a tensor of zeros.

    Examples
    --------
    >>> round(unit(torch.tensor([-3.0, 1.0, 3.0]), "int3"), 6)
    1.0
    """
    bits, most = weight_bits(name), float(values.detach().abs().max()) if values.numel() else 0.0
    if bits > 8 or not most:
        return 1.0
    if name in FLOATS:
        return most / torch.finfo(FLOATS[name][0]).max
    units = most * _ENDS / _largest(bits)
    flat = values.detach().double().cpu().numpy().ravel()
    steps = np.clip(np.rint(flat / units[:, None]), -_largest(bits), _largest(bits))
    return float(units[((steps * units[:, None] - flat) ** 2).sum(axis=1).argmin()])


class Rounding(nn.Module):
    """Round a tensor to integers of few bits on the way in, and let gradients through as if it were not.

    The straight-through estimator: forward the rounded values count, backward the gradient passes to
    the values themselves, except where they lie beyond the grid's ends.

    Parameters
    ----------
    step : float
        Distance of neighbouring values.
    bits : int
        The grid is -(2^(bits-1) - 1) .. 2^(bits-1) - 1 steps.

    References
    ----------
    Bengio, Leonard, Courville (2013), Estimating or propagating gradients through stochastic neurons.
    Jacob et al. (2018), Quantization and training of neural networks for efficient
    integer-arithmetic-only inference, Section 3.

    Examples
    --------
    >>> values = torch.tensor([0.2, 0.9, 5.0], requires_grad=True)
    >>> Rounding(0.5, bits=3)(values).tolist()
    [0.0, 1.0, 1.5]
    >>> Rounding(0.5, bits=3)(values).sum().backward(); values.grad.tolist()
    [1.0, 1.0, 0.0]
    """

    def __init__(self, step: float, bits: int):
        super().__init__()
        self.step, self.most = step, _largest(bits)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Map float32 of any shape to the nearest values of the grid."""
        return torch.fake_quantize_per_tensor_affine(values, self.step, 0, -self.most, self.most)

    def extra_repr(self) -> str:
        """The grid, which a checkpoint's identity has to know."""
        return f"step={self.step}, most={self.most}"


def quantise(model: nn.Module, name: str) -> nn.Module:
    """Round a model's weights to a format after training.

    Parameters
    ----------
    model : nn.Module
        Left as it is.
    name : str
        One of `FORMATS`.

    Returns
    -------
    nn.Module
        A copy, computed with in the model's own type.

    Raises
    ------
    ValueError
        If there is no such format.

    References
    ----------
    Tang and Li (2022), Section 6.4.

    Examples
    --------
    >>> layer = nn.Linear(1, 1)
    >>> _ = nn.init.constant_(layer.weight, 0.1)
    >>> round(quantise(layer, "bf16").weight.item(), 6)
    0.100098
    """
    bits, rounded = weight_bits(name), copy.deepcopy(model)
    with torch.no_grad():
        for values in rounded.parameters():
            size = unit(values, name)
            if name in FLOATS:
                values.copy_((values / size).to(FLOATS[name][0]).to(values.dtype) * size)
            else:
                values.copy_(Rounding(size, bits)(values))
    return rounded


def aware(model: nn.Module, name: str) -> nn.Module:
    """A copy whose weights are rounded in every pass, so that training fits what will be stored.

    Each tensor's unit is taken from the weights as they are and stays: train the model first. The copy
    goes through `memorize.train` like any other; `settle` makes a plain model of it again.

    Parameters
    ----------
    model : nn.Module
        Trained; left as it is.
    name : str
        An integer format.

    Returns
    -------
    nn.Module

    Raises
    ------
    ValueError
        If the format is no integer format.

    Examples
    --------
    >>> model = aware(nn.Linear(2, 1), "int2")
    >>> len(model.weight.unique()) <= 3
    True
    """
    if name in FLOATS:
        raise ValueError(f"{name} is no integer format: round it after training")
    bits, model = weight_bits(name), copy.deepcopy(model)
    for module in list(model.modules()):
        for key, values in list(module.named_parameters(recurse=False)):
            parametrize.register_parametrization(module, key, Rounding(unit(values, name), bits))
    return model


def settle(model: nn.Module) -> nn.Module:
    """Make an `aware` model a plain one, its weights rounded for good.

    Parameters
    ----------
    model : nn.Module
        From `aware`; changed in place.

    Returns
    -------
    nn.Module
        The same model.

    Examples
    --------
    >>> model = aware(nn.Linear(2, 1), "int3")
    >>> before = model.weight.detach()
    >>> torch.equal(settle(model).weight, before)
    True
    """
    for module in list(model.modules()):
        if parametrize.is_parametrized(module):
            for key in list(module.parametrizations):
                parametrize.remove_parametrizations(module, key, leave_parametrized=True)
    return model


def expected_turns(scores: np.ndarray, moved: float) -> float:
    """Entries that 0.5 would read otherwise if every score moved by a Gaussian error.

    Parameters
    ----------
    scores : array of float
        Before they moved.
    moved : float
        The error's standard deviation.

    Returns
    -------
    float

    Examples
    --------
    >>> expected_turns([0.5, 0.5, 0.5, 9.0], 0.1)
    1.5
    """
    if not moved:
        return 0.0
    return float(norm.sf(np.abs(np.asarray(scores, dtype=float) - 0.5) / moved).sum())


def judge(model: nn.Module, graph, stored: int, reference: np.ndarray, limit: float = 1.0, loss: Loss = MSE):
    """What a rounded model is worth.

    Parameters
    ----------
    model : nn.Module
        With the weights that are stored.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What it memorised.
    stored : int
        Bytes of the weights.
    reference : float[rows, columns]
        Scores of the model before it was rounded.
    limit : float
        The coordinates' range.
    loss : Loss
        Whose link gives the scores.

    Returns
    -------
    dict
        `bytes`; `moved`, the root mean square by which the scores moved; `turned`, entries that 0.5 reads
        otherwise than before, and `turned_expected` from `moved` alone; `wrong_mean`, `wrong_half`,
        `wrong_best`, wrong bits over all entries by threshold; `residual_bits` and `total_bits` of
        `rates.total_bits`.
    """
    found = evaluate(model, graph, limit, loss=loss)
    rate = rates.total_bits(found.scores, graph, stored)
    moved = float(np.sqrt(np.mean((found.scores.astype(float) - reference) ** 2)))
    return {
        "bytes": stored,
        "moved": moved,
        "turned": int(((found.scores > 0.5) != (reference > 0.5)).sum()),
        "turned_expected": expected_turns(reference, moved),
        "wrong_mean": found.errors_mean,
        "wrong_half": found.errors_half,
        "wrong_best": found.errors_best,
        "residual_bits": rate.residual,
        "total_bits": rate.total,
    }


def compare(
    model: nn.Module,
    graph,
    formats: Iterable[str] = FORMATS,
    settings: Settings | None = None,
    limit: float = 1.0,
    **options,
) -> pd.DataFrame:
    """Store one trained model in each of several formats, and count what comes back wrong.

    Parameters
    ----------
    model : nn.Module
        Trained, a `SIREN` or another model of coordinates; left as it is.
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What it memorised.
    formats : iterable of str
        Among `FORMATS`.
    settings : Settings, optional
        If given, each integer format is also trained on with rounding.
    limit : float
        The coordinates' range.
    **options
        For `train`: loss, schedule, device.

    Returns
    -------
    pandas.DataFrame
        A row per format and way (`after` training, `aware`): `format`, `way`, `weight_bits`, and what
        `judge` says.
    """
    graph, loss = as_graph(graph), options.get("loss", MSE)
    reference, rows = evaluate(model, graph, limit, loss=loss).scores, []
    for name in formats:
        ways = {"after": quantise(model, name)}
        if settings is not None and name not in FLOATS:
            rounded = aware(model, name)
            train(rounded, *pixels(graph, limit), settings, **options)
            ways["aware"] = settle(rounded)
        for way, one in ways.items():
            row = {"format": name, "way": way, "weight_bits": weight_bits(name)}
            rows.append(row | judge(one, graph, stored_bytes(model, name), reference, limit, loss))
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per format and way, the seeds taken together.

    Parameters
    ----------
    table : pandas.DataFrame
        From `compare`, several of them below one another, with the columns `seed`, `pixels` and
        `bitmap_bits`.

    Returns
    -------
    pandas.DataFrame
        `format`, `way`, `weight_bits`, `bytes`, `pixels`, `bitmap_bits`; means over seeds of the rest, the
        least and the most of `wrong_half` as `wrong_least` and `wrong_worst`, the most of `turned` as
        `turned_worst`, and `over_bitmap`, the mean of `total_bits` divided by the bitmap's.
    """
    keys = ["format", "way", "weight_bits", "bytes", "pixels", "bitmap_bits"]
    groups = table.drop(columns="seed").groupby(keys, sort=False)
    extremes = {
        "wrong_least": ("wrong_half", "min"),
        "wrong_worst": ("wrong_half", "max"),
        "turned_worst": ("turned", "max"),
    }
    found = groups.mean().join(groups.agg(**extremes)).reset_index()
    return found.assign(over_bitmap=found["total_bits"] / found["bitmap_bits"])


def _largest(bits: int) -> int:
    """The largest integer of a format; its negative is the smallest, so that 0 is in the middle."""
    return 2 ** (bits - 1) - 1
