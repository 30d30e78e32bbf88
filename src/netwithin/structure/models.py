"""The small networks whose training is watched: perceptrons for tables, convolutional ones for pictures."""

import itertools
from collections.abc import Sequence

from torch import nn

from netwithin.networks.randomness import seeded


def multilayer_perceptron(widths: Sequence[int], seed: int = 0) -> nn.Sequential:
    """Linear layers with ReLU between them.

    Parameters
    ----------
    widths : sequence of int
        Inputs, hidden neurons, outputs.
    seed : int
        Of the initial weights, PyTorch's own distribution.

    Returns
    -------
    torch.nn.Sequential

    Examples
    --------
    >>> sum(p.numel() for p in multilayer_perceptron([2, 16, 2]).parameters())
    82
    """
    with seeded(seed):
        modules: list[nn.Module] = []
        for k, (before, width) in enumerate(itertools.pairwise(widths)):
            modules += ([nn.ReLU()] if k else []) + [nn.Linear(before, width)]
    return nn.Sequential(*modules)


def convolutional_network(
    widths: Sequence[int], classes: int, strides: Sequence[int] | None = None, seed: int = 0
) -> nn.Sequential:
    """3 x 3 convolutions with ReLU, the mean over the map, a linear layer; no batch norm.

    A batch norm's scale would change what a filter does without being in the graph.

    Parameters
    ----------
    widths : sequence of int
        Channels of the pictures, then of each convolution.
    classes : int
    strides : sequence of int, optional
        Of each convolution, 2 by default.
    seed : int
        Of the initial weights, PyTorch's own distribution.

    Returns
    -------
    torch.nn.Sequential
        Maps float[batch, widths[0], size, size] to float[batch, classes].

    Examples
    --------
    >>> import torch
    >>> convolutional_network([1, 4, 8], 10)(torch.zeros(3, 1, 8, 8)).shape
    torch.Size([3, 10])
    """
    strides = [2] * (len(widths) - 1) if strides is None else strides
    with seeded(seed):
        modules: list[nn.Module] = []
        for before, width, stride in zip(widths[:-1], widths[1:], strides, strict=True):
            modules += [nn.Conv2d(before, width, 3, stride, padding=1), nn.ReLU()]
        modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes)]
    return nn.Sequential(*modules)


def width_for(inputs: int, outputs: int, layers: int, parameters: int) -> int:
    """How wide hidden layers of one width have to be for a number of parameters.

    Parameters
    ----------
    inputs, outputs : int
    layers : int
        Hidden layers, at least one.
    parameters : int
        Weights and biases of the whole perceptron.

    Returns
    -------
    int
        The width that comes nearest, at least 1.

    Examples
    --------
    >>> [width_for(2, 2, layers, 354) for layers in (1, 2, 4)]  # those of 2-16-16-2
    [70, 16, 10]
    """

    def size(width: int) -> int:
        return (inputs + 1) * width + (layers - 1) * (width + 1) * width + (width + 1) * outputs

    return min(range(1, parameters + 2), key=lambda width: abs(size(width) - parameters))
