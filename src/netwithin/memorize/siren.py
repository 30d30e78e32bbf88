"""The sine network (SIREN) and the coordinates it reads."""

import math

import torch
from torch import nn

from netwithin.graphs import as_graph


class Sine(nn.Module):
    """One sine layer: `x -> sin(omega0 (W x + b))`.

    Tang and Li write the layer without omega0 (Section 6.2); the code that SIRENs come from has it,
    and without it a network this deep starts out almost constant.

    Parameters
    ----------
    inputs, outputs : int
        Widths M and N.
    omega0 : float
        The factor inside the sine.
    first : bool
        The first layer starts with W uniform in +-1/M; later ones with +-sqrt(6/M)/omega0, which
        keeps the distribution of the activations the same from layer to layer.
    generator : torch.Generator
        Where the initial weights are drawn from.

    References
    ----------
    Sitzmann, Martel, Bergman, Lindell, Wetzstein (2020), Implicit neural representations with
    periodic activation functions, Section 3.2 and Theorem 1.8.

    Examples
    --------
    >>> layer = Sine(2, 28, omega0=30.0, first=True, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.zeros(5, 2)).shape
    torch.Size([5, 28])
    """

    def __init__(self, inputs: int, outputs: int, omega0: float, first: bool, generator: torch.Generator):
        super().__init__()
        self.omega0 = omega0
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / omega0
        self.linear = _linear(inputs, outputs, bound, generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[m, M] to float[m, N], values in [-1, 1]."""
        return torch.sin(self.omega0 * self.linear(x))


#: Other nonlinearities (Section 6.2 names these four), each a module and the gain that keeps the spread of
#: its outputs from layer to layer, as `torch.nn.init.calculate_gain` has it (GELU takes ReLU's).
ACTIVATIONS = {
    "relu": (nn.ReLU, math.sqrt(2)),
    "gelu": (nn.GELU, math.sqrt(2)),
    "tanh": (nn.Tanh, 5 / 3),
    "sigmoid": (nn.Sigmoid, 1.0),
}


class Dense(nn.Module):
    """One layer of another kind, `x -> activation(W x + b)`, to compare the sine with.

    Parameters
    ----------
    inputs, outputs : int
        Widths M and N.
    activation : str
        One of `ACTIVATIONS`. W starts uniform with variance gain^2 / M, the usual start for each.
    generator : torch.Generator
        Where the initial weights are drawn from.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, Section 2.2.

    Examples
    --------
    >>> layer = Dense(2, 28, "relu", torch.Generator().manual_seed(0))
    >>> layer(torch.zeros(5, 2)).min() >= 0
    tensor(True)
    """

    def __init__(self, inputs: int, outputs: int, activation: str, generator: torch.Generator):
        super().__init__()
        function, gain = ACTIVATIONS[activation]
        self.linear = _linear(inputs, outputs, gain * math.sqrt(3 / inputs), generator)
        self.activation = function()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[m, M] to float[m, N]."""
        return self.activation(self.linear(x))


class SIREN(nn.Module):
    """Sine layers, then one linear output: a graph as a picture, pixel by pixel.

    ::

        (i, j) -> [Sine 2 -> width] -> [Sine width -> width] x (hidden_layers - 1) -> [Linear width -> 1]

    Parameters
    ----------
    hidden_layers : int
        Number of sine layers, the one that reads the coordinates included. With the paper's 10 x 28,
        14 x 84 and 18 x 168 this count gives the sizes of its Table 4 to the last digit printed.
    width : int
        Units in each sine layer.
    omega0 : float
        The factor inside every sine.
    seed : int
        Seed of the initial weights; torch's global generator is neither read nor moved.
    activation : str
        "sine", or one of `ACTIVATIONS` to compare it with; those have no omega0.
    inputs : int
        Numbers that describe an entry; 2 for its coordinates.

    Raises
    ------
    ValueError
        If there is no layer, no unit or no input, or the activation is unknown.

    References
    ----------
    Tang and Li (2022), Section 6.2; Sitzmann et al. (2020), Section 3.

    Examples
    --------
    >>> model = SIREN(hidden_layers=10, width=28)
    >>> sum(p.numel() for p in model.parameters())
    7421
    """

    def __init__(
        self,
        hidden_layers: int = 10,
        width: int = 28,
        omega0: float = 30.0,
        seed: int = 0,
        *,
        activation: str = "sine",
        inputs: int = 2,
    ):
        super().__init__()
        if hidden_layers < 1 or width < 1 or inputs < 1:
            raise ValueError(
                f"a SIREN needs a layer, a unit and an input, not {hidden_layers} layers of {width} "
                f"on {inputs} inputs"
            )
        if activation != "sine" and activation not in ACTIVATIONS:
            raise ValueError(f"activation is sine, {', '.join(ACTIVATIONS)}, not {activation!r}")
        generator = torch.Generator().manual_seed(seed)
        widths = [inputs] + [width] * hidden_layers

        def layer(k: int) -> nn.Module:
            if activation == "sine":
                return Sine(widths[k], width, omega0, k == 0, generator)
            return Dense(widths[k], width, activation, generator)

        self.sines = nn.Sequential(*map(layer, range(hidden_layers)))
        bound = math.sqrt(6 / width) / omega0 if activation == "sine" else math.sqrt(3 / width)
        self.output = _linear(width, 1, bound, generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map float[m, inputs] to outputs float[m]."""
        return self.output(self.sines(x)).squeeze(-1)


def coordinates(rows: int, columns: int | None = None, limit: float | None = 1.0) -> torch.Tensor:
    """Coordinates of every entry of a matrix, row by row, each axis scaled to [-limit, limit].

    Parameters
    ----------
    rows, columns : int
        Shape of the matrix; square when `columns` is left out.
    limit : float or None
        End of the range; the paper uses 1 and mentions 5 and 10 (Section 6.3). None leaves the node
        numbers as they are, from 0.

    Returns
    -------
    torch.Tensor
        float32[rows * columns, 2].

    Examples
    --------
    >>> coordinates(2, 3).tolist()[:4]
    [[-1.0, -1.0], [-1.0, 0.0], [-1.0, 1.0], [1.0, -1.0]]
    >>> coordinates(2, 3, limit=None).tolist()[-1]
    [1.0, 2.0]
    """
    axes = (_axis(rows, limit), _axis(rows if columns is None else columns, limit))
    return torch.cartesian_prod(*axes).reshape(-1, 2)


def pixels(graph, limit: float | None = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """The training set that a graph is: all its matrix entries and where they lie.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        What to memorise. An undirected graph gives both (i, j) and (j, i), as in the paper.
    limit : float or None
        Range of the coordinates.

    Returns
    -------
    inputs : torch.Tensor
        float32[rows * columns, 2], from `coordinates`.
    targets : torch.Tensor
        float32[rows * columns], 0 or 1.

    Raises
    ------
    GraphError
        If `graph` is not an unweighted graph.

    Examples
    --------
    >>> import numpy as np
    >>> inputs, targets = pixels(np.array([[0, 1], [1, 0]]))
    >>> targets.tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    adjacency = as_graph(graph).adjacency
    targets = torch.from_numpy(adjacency.toarray().astype("float32").ravel())
    return coordinates(*adjacency.shape, limit=limit), targets


def _axis(count: int, limit: float | None) -> torch.Tensor:
    """`count` evenly spaced values over [-limit, limit]; the middle when there is one only."""
    if limit is None:
        return torch.arange(count, dtype=torch.float32)
    if count == 1:
        return torch.zeros(1)
    return torch.linspace(-limit, limit, count)


def _linear(inputs: int, outputs: int, bound: float, generator: torch.Generator) -> nn.Linear:
    """A linear layer, W uniform in +-bound, b in +-1/sqrt(inputs) as torch starts it."""
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -1 / math.sqrt(inputs), 1 / math.sqrt(inputs), generator=generator)
    return layer
