"""What a sparse network takes: its weights, its biases, and the mask that says where the weights are."""

import math

import numpy as np
from torch import nn

from netwithin import networks, rates
from netwithin.circle.pruning import entries, needed
from netwithin.graphs import as_graph
from netwithin.memorize.evaluation import evaluate
from netwithin.memorize.losses import MSE, Loss
from netwithin.memorize.quantisation import UNIT_BYTES, quantise, weight_bits

#: Ways to round weights that are tried; the one with the smallest total counts.
FORMATS = ("fp16", "int8", "int6")


def enumerated_bits(masks: networks.Masks, by_layer: bool = True) -> float:
    """Bits that say which weights are kept: how many, then which set of so many it is.

    Parameters
    ----------
    masks : mapping of str to bool array
    by_layer : bool
        Each layer states its own number, or there is one number for all: the entropy of the layers'
        densities, or of the density, as a code.

    Returns
    -------
    float

    Examples
    --------
    >>> masks = {"a": np.array([True, True]), "b": np.array([False, False])}
    >>> round(enumerated_bits(masks), 3), round(enumerated_bits(masks, by_layer=False), 3)
    (3.17, 4.907)
    """
    layers = [np.asarray(mask, bool).ravel() for mask in masks.values()]
    if not by_layer:
        layers = [np.concatenate(layers)]
    return float(sum(math.log2(one.size + 1) + rates.subset_bits(one.size, one.sum()) for one in layers))


def mask_bits(masks: networks.Masks) -> float:
    """A mask's own bits: the shorter of the two codes of `enumerated_bits`, and one bit that says which.

    Parameters
    ----------
    masks : mapping of str to bool array

    Returns
    -------
    float
        0 if every weight is kept: a dense network has no mask.

    Examples
    --------
    >>> mask_bits({"a": np.array([True, True])}), round(mask_bits({"a": np.array([True, False])}), 3)
    (0.0, 3.585)
    """
    if all(np.asarray(mask).all() for mask in masks.values()):
        return 0.0
    return 1.0 + min(enumerated_bits(masks, by_layer) for by_layer in (True, False))


def biases(masks: networks.Masks) -> int:
    """Biases that matter: those of units that the next layer still reads, and the output's.

    Parameters
    ----------
    masks : mapping of str to bool array
        From `needed`.

    Returns
    -------
    int

    Examples
    --------
    >>> biases({"first": np.array([[True], [False]]), "last": np.array([[True, False]])})
    2
    """
    layers = list(masks.values())
    return int(sum(mask.any(axis=0).sum() for mask in layers[1:]) + len(layers[-1]))


def network_bits(masks: networks.Masks, name: str) -> int:
    """Bits of the weights and biases that matter, in a format, with a unit for each tensor if it has units.

    Parameters
    ----------
    masks : mapping of str to bool array
        From `needed`.
    name : str
        One of `netwithin.memorize.quantisation.FORMATS`.

    Returns
    -------
    int

    Examples
    --------
    A dense one takes what `memorize.quantisation.stored_bytes` counts:

    >>> network_bits({"": np.ones((1, 28), bool)}, "int8")
    296
    """
    bits = weight_bits(name)
    numbers = sum(int(mask.sum()) for mask in masks.values()) + biases(masks)
    units = 0 if bits > 8 else 8 * UNIT_BYTES * 2 * len(masks)
    return numbers * bits + units


def cheapest(
    model: nn.Module, masks: networks.Masks, graph, loss: Loss = MSE, formats: tuple[str, ...] = FORMATS
) -> dict:
    """What it takes to store a graph by a sparse network: in the format with the smallest total.

    Parameters
    ----------
    model : torch.nn.Module
        Trained on `netwithin.circle.pruning.pairs`, its removed weights zero; a plain model, left as it is.
    masks : mapping of str to bool array
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    loss : Loss
        Whose link makes scores of outputs.
    formats : tuple of str

    Returns
    -------
    dict
        `kept`, weights in the masks; `useful`, those that matter, and `biases`; `format`, `model_bits`
        (weights and biases), `mask_bits`, `residual_bits`, `total_bits`; `total_fp16` where that format was
        tried; `wrong_half`, wrong entries at 0.5 in the format chosen. `model_bits` is rounded up so that,
        with the mask, it fills bytes.
    """
    graph, useful = as_graph(graph), needed(masks)
    extra, totals, rows = mask_bits(useful), {}, {}
    for name in formats:
        found = evaluate(quantise(model, name), graph, inputs=entries(graph), loss=loss)
        stored = math.ceil((network_bits(useful, name) + extra) / 8)
        rate = rates.total_bits(found.scores, graph, stored)
        totals[name] = rate.total
        rows[name] = {
            "format": name,
            "model_bits": rate.model - extra,
            "mask_bits": extra,
            "residual_bits": rate.residual,
            "total_bits": rate.model - extra + extra + rate.residual,
            "wrong_half": found.errors_half,
        }
    row = rows[min(totals, key=totals.get)]
    row |= {"total_fp16": totals["fp16"]} if "fp16" in totals else {}
    counts = {"kept": sum(int(np.sum(mask)) for mask in masks.values())}
    counts |= {"useful": sum(int(mask.sum()) for mask in useful.values()), "biases": biases(useful)}
    return counts | row
