"""The networks that came before the sine network: Block, UnSqueeze, WideNet, OneHotNet (Sections 5.3, 5.4).

Each has two outputs, one for "no edge" and one for "edge", of which `forward` returns the difference. The
softmax over two outputs is the sigmoid of their difference, so that cross-entropy over two classes is
`memorize.CROSS_ENTROPY` of what `forward` returns. They read the numbers of two nodes as they are
(`coordinates(n, limit=None)`): the paper scales them later only (Section 6.3).

The weights start as torch starts its linear layers, uniform in +-1/sqrt(inputs).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from netwithin.memorize.siren import _linear


class Perceptron(nn.Module):
    """Linear layers with an activation between any two, and two outputs.

    Parameters
    ----------
    widths : sequence of int
        Units of every layer, the inputs and the two outputs included.
    seed : int
        Seed of the initial weights; torch's global generator is neither read nor moved.
    activation : type
        A module without parameters, ReLU as in the paper unless said otherwise.

    Raises
    ------
    ValueError
        If there is no hidden layer, a width is below 1, or there are not two outputs.

    Examples
    --------
    >>> Perceptron([2, 8, 2])(torch.zeros(5, 2)).shape
    torch.Size([5])
    """

    def __init__(self, widths: Sequence[int], seed: int = 0, activation: type[nn.Module] = nn.ReLU):
        super().__init__()
        if len(widths) < 3 or min(widths) < 1 or widths[-1] != 2:
            raise ValueError(f"widths are the inputs, hidden layers and two outputs, not {list(widths)}")
        generator = torch.Generator().manual_seed(seed)
        layers = []
        for inputs, outputs in pairwise(widths):
            layers += [_linear(inputs, outputs, 1 / math.sqrt(inputs), generator), activation()]
        self.widths = tuple(widths)
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[m, d] to float[m], the log odds of an edge."""
        without, with_edge = self.layers(x).unbind(-1)
        return with_edge - without


class Block(Perceptron):
    """Hidden layers of one width: ``2 -> width -> ... -> width -> 2``.

    Parameters
    ----------
    depth : int
        Hidden layers.
    width : int
        Units in each.
    seed : int
        Seed of the initial weights.

    References
    ----------
    Tang and Li (2022), Section 5.3, "Block Model", and Figure 4a.

    Examples
    --------
    >>> Block(depth=3, width=16).widths
    (2, 16, 16, 16, 2)
    """

    def __init__(self, depth: int = 4, width: int = 32, seed: int = 0):
        super().__init__([2, *[width] * depth, 2], seed)


class UnSqueeze(Perceptron):
    """Layers that double up to a maximum and halve again: ``2 -> 4 -> ... -> maximum -> ... -> 4 -> 2``.

    Parameters
    ----------
    maximum : int
        Units of the widest layer, a power of two of at least 4.
    seed : int
        Seed of the initial weights.

    Raises
    ------
    ValueError
        If `maximum` is no such power.

    References
    ----------
    Tang and Li (2022), Section 5.3, "UnSqueeze Model", and Figure 4b.

    Examples
    --------
    >>> UnSqueeze(16).widths
    (2, 4, 8, 16, 8, 4, 2)
    """

    def __init__(self, maximum: int = 64, seed: int = 0):
        powers = maximum.bit_length() - 1
        if maximum < 4 or maximum != 2**powers:
            raise ValueError(f"the maximum is a power of two from 4, not {maximum}")
        up = [2**power for power in range(1, powers)]
        super().__init__([*up, maximum, *reversed(up)], seed)


class WideNet(Perceptron):
    """One hidden layer with a unit for every node: ``2 -> nodes -> 2``.

    Parameters
    ----------
    nodes : int
        Nodes of the graph.
    seed : int
        Seed of the initial weights.

    References
    ----------
    Tang and Li (2022), Section 5.3, "WideNet".

    Examples
    --------
    >>> WideNet(100).widths
    (2, 100, 2)
    """

    def __init__(self, nodes: int, seed: int = 0):
        super().__init__([2, nodes, 2], seed)


class OneHotNet(Perceptron):
    """A Block that reads each node as a vector with a single one: ``2n -> width -> ... -> width -> 2``, GELU.

    The product of the first layer with a one-hot vector is a column of its weights. It is looked up, not
    multiplied out, so that the inputs stay the numbers of two nodes.

    Parameters
    ----------
    nodes : int
        Nodes of the graph, n.
    depth, width : int
        Hidden layers, and units in each.
    seed : int
        Seed of the initial weights.

    References
    ----------
    Tang and Li (2022), Section 5.4. Hendrycks and Gimpel (2016), Gaussian error linear units.

    Examples
    --------
    >>> model = OneHotNet(nodes=10, depth=2, width=8)
    >>> model(torch.tensor([[0.0, 9.0]])).shape, model.layers[0].weight.shape
    (torch.Size([1]), torch.Size([8, 20]))
    """

    def __init__(self, nodes: int, depth: int = 4, width: int = 32, seed: int = 0):
        super().__init__([2 * nodes, *[width] * depth, 2], seed, nn.GELU)
        self.nodes = nodes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map node numbers float[m, 2], whole and from 0 to n - 1, to log odds float[m]."""
        first, columns = self.layers[0], self.layers[0].weight.T
        rows, others = x.long().unbind(-1)
        hidden = functional.embedding(rows, columns[: self.nodes])
        hidden = hidden + functional.embedding(others, columns[self.nodes :]) + first.bias
        without, with_edge = self.layers[1:](hidden).unbind(-1)
        return with_edge - without
