"""Sine networks with few weights: which stay, how they are trained, and which of them still matter."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from netwithin import networks, rates
from netwithin.graphs import as_graph
from netwithin.memorize.losses import MSE, Loss
from netwithin.memorize.siren import coordinates
from netwithin.networks import pruners
from netwithin.networks.cuts import cut

#: By what a weight is judged, from nothing to the flow through it. Without kernels, ERK is ER.
PRUNERS = ("uniform", "er", "magnitude", "snip", "grasp", "prospr", "synflow")
#: ProsPR's rate. Part II's 0.1 suits rectified-linear units; behind omega0 = 30 its steps would leap.
PROSPR_RATE = 1e-4
#: GraSP's temperature. Part II's 200 is for a softmax, which these networks do not have.
GRASP_TEMPERATURE = 1.0


def entries(graph) -> torch.Tensor:
    """Coordinates of every entry of a matrix; both entries of an undirected pair have the upper one's.

    A network of them gives the pair one score, and need not learn that the matrix is symmetric.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    torch.Tensor
        float32[rows * columns, 2], within [-1, 1].

    Examples
    --------
    >>> entries(np.array([[0, 1], [1, 0]])).tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [-1.0, 1.0], [1.0, 1.0]]
    """
    graph = as_graph(graph)
    places = coordinates(*graph.shape)
    return places.sort(dim=1).values if graph.kind == "undirected" else places


def pairs(graph) -> tuple[torch.Tensor, torch.Tensor]:
    """The training set that a graph is, each pair that may be an edge once.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix

    Returns
    -------
    inputs : torch.Tensor
        float32[pairs, 2], of `entries`.
    targets : torch.Tensor
        float32[pairs], 0 or 1.

    Examples
    --------
    >>> inputs, targets = pairs(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    >>> inputs.tolist(), targets.tolist()
    ([[-1.0, 0.0], [-1.0, 1.0], [0.0, 1.0]], [1.0, 0.0, 1.0])
    """
    graph = as_graph(graph)
    numbers = np.arange(np.prod(graph.shape), dtype=float).reshape(graph.shape)
    if graph.kind == "undirected":  # a pair's score is the mean of its two entries': give both one number
        numbers = np.triu(numbers) + np.triu(numbers, 1).T
    chosen, edges = rates.pair_scores(numbers, graph)
    return entries(graph)[torch.from_numpy(chosen.astype(np.int64))], torch.from_numpy(edges).float()


class Masked(nn.Module):
    """Weights where the mask is, zeros elsewhere: what `masked` puts before each layer's weights.

    Parameters
    ----------
    mask : bool array
        Of the weights' shape.

    Examples
    --------
    >>> Masked(np.array([True, False]))(torch.tensor([3.0, 3.0])).tolist()
    [3.0, 0.0]
    """

    def __init__(self, mask: np.ndarray):
        super().__init__()
        self.register_buffer("mask", torch.from_numpy(np.asarray(mask, np.float32)))

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        """Map float32 of the mask's shape to the same with zeros."""
        return weights * self.mask


def choose(
    model: nn.Module,
    pruner: str,
    sparsity: float,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    loss: Loss = MSE,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Choose the weights that stay, by a pruner of Part II or by their magnitude.

    The scores that look at data see the whole training set and not ten examples of each class: it is small,
    and it is what the network shall hold.

    Parameters
    ----------
    model : torch.nn.Module
        Sine and linear layers, initialised or trained; left as it is.
    pruner : str
        One of `PRUNERS`.
    sparsity : float
        Share of the weights that is removed, from 0 to less than 1; all layers compete, but for "uniform".
    inputs : torch.Tensor
        float32[m, d].
    targets : torch.Tensor
        float32[m], 0 or 1.
    loss : Loss
    seed : int
        Of random masks, and of ProsPR's batches.

    Returns
    -------
    dict of str to bool array

    Raises
    ------
    ValueError
        If the pruner is unknown, or nothing would be left.

    Examples
    --------
    >>> from netwithin.memorize import SIREN
    >>> masks = choose(SIREN(2, 5), "snip", 0.8, *pairs(np.eye(4)[::-1]))
    >>> sum(mask.sum() for mask in masks.values())
    np.int64(8)
    """
    if pruner not in PRUNERS:
        raise ValueError(f"there is no pruner {pruner!r} here; there are {', '.join(PRUNERS)}")
    if pruner in ("uniform", "er", "synflow"):
        return networks.prune(model, pruner, sparsity, input_shape=tuple(inputs.shape[1:]), seed=seed)
    if pruner == "magnitude":
        scores = pruners.magnitude(model)
    elif pruner == "snip":
        scores = pruners.snip(model, inputs, targets, loss.function)
    elif pruner == "grasp":
        scores = pruners.grasp(model, inputs, targets, loss.function, GRASP_TEMPERATURE)
    else:
        order = np.random.default_rng(seed).permutation(len(inputs))
        rows = np.resize(order, (pruners.STEPS + 1, pruners.STEP_BATCH))
        batches = [(inputs[some], targets[some]) for some in torch.from_numpy(rows)]
        scores = pruners.prospr(model, batches, loss.function, PROSPR_RATE)
    return cut({name: one.detach().cpu().numpy() for name, one in scores.items()}, sparsity)


def masked(model: nn.Module, masks: networks.Masks) -> nn.Module:
    """A copy whose removed weights are zero and stay so, whoever trains it.

    Parameters
    ----------
    model : torch.nn.Module
        Left as it is.
    masks : mapping of str to bool array
        With the keys and shapes of `networks.prunable(model)`.

    Returns
    -------
    torch.nn.Module
        Goes through `memorize.train` like any other; `memorize.quantisation.settle` makes it a plain model.

    Raises
    ------
    ValueError
        If the masks do not fit.

    Examples
    --------
    >>> model = masked(nn.Linear(2, 1), {"": np.array([[True, False]])})
    >>> (model.weight.detach() == 0).tolist()
    [[False, True]]
    """
    model = copy.deepcopy(model)
    for name, mask in networks.as_masks(model, masks).items():
        parametrize.register_parametrization(model.get_submodule(name), "weight", Masked(mask))
    return model


def needed(masks: networks.Masks) -> dict[str, np.ndarray]:
    """The weights of a chain of layers from whose units the output can still be reached.

    The others change nothing, so they need not be stored, nor does the mask have to name them. A unit that no
    input reaches is needed all the same: its bias makes it a constant that later layers use.

    Parameters
    ----------
    masks : mapping of str to bool array
        Of linear layers, [outputs, inputs], in the order in which data passes them.

    Returns
    -------
    dict of str to bool array
        Each within its mask of `masks`.

    Examples
    --------
    >>> masks = {"first": np.array([[True], [True]]), "last": np.array([[True, False]])}
    >>> needed(masks)["first"].tolist()
    [[True], [False]]
    """
    found, heard = {}, None
    for name, mask in reversed(list(masks.items())):
        mask = np.asarray(mask, bool)
        found[name] = mask if heard is None else mask & heard[:, None]
        heard = found[name].any(axis=0)
    return dict(reversed(found.items()))
