"""The edge attention layer (StructureReps, Appendix A1.2)."""

import torch
from torch import nn
from torch_geometric.utils import scatter, softmax


class EdgeAttention(nn.Module):
    """Makes a node's features out of those of its incoming edges.

    ::

        e (edge features) --- linear, LeakyReLU ---.
                |------------------------------------ concat -- linear -- a^T, LeakyReLU -- softmax over
                '--- noise -----------------------'                                         incoming edges
                                                                                                 |
        x'_j = sum of alpha_ij e_ij over the edges into j  <------------------------------- alpha_ij

    Equation 1 sums the edge features themselves, so that a node gets as many numbers as an edge has. A node
    without an incoming edge, an input, gets zeros. The noise is not specified in the paper: here it is
    normal, `noise` times the standard deviation of the features of all edges, added in training only.

    Parameters
    ----------
    features : int
        Numbers per edge.
    hidden : int
        Width of the first transformation and of the projection.
    noise : float
        Share of the features' standard deviation.
    slope : float
        Of LeakyReLU below zero.

    References
    ----------
    StructureReps, Equations 1 to 3.

    Examples
    --------
    >>> layer = EdgeAttention(1, hidden=4)
    >>> edge_index = torch.tensor([[0, 1, 2], [2, 2, 3]])
    >>> weights = torch.tensor([[1.0], [1.0], [-2.0]])
    >>> layer(edge_index, weights, nodes=4).round(decimals=3).flatten().tolist()
    [0.0, 0.0, 1.0, -2.0]
    """

    def __init__(self, features: int, hidden: int = 16, noise: float = 0.01, slope: float = 0.2):
        super().__init__()
        self.transform = nn.Linear(features, hidden)
        self.project = nn.Linear(hidden + 2 * features, hidden, bias=False)
        self.attention = nn.Linear(hidden, 1, bias=False)
        self.activation = nn.LeakyReLU(slope)
        self.noise = noise

    def coefficients(self, edge_index: torch.Tensor, edge_attr: torch.Tensor, nodes: int) -> torch.Tensor:
        """The attention of each edge (Equations 2 and 3).

        Parameters
        ----------
        edge_index : torch.Tensor
            int64[2, edges]
        edge_attr : torch.Tensor
            float[edges, features]
        nodes : int

        Returns
        -------
        torch.Tensor
            float[edges], positive; those of the edges into one node sum to 1.
        """
        transformed = self.activation(self.transform(edge_attr))
        noised = edge_attr
        if self.training and self.noise:
            noised = edge_attr + self.noise * edge_attr.std() * torch.randn_like(edge_attr)
        projected = self.project(torch.cat([transformed, edge_attr, noised], dim=1))
        return softmax(self.activation(self.attention(projected)[:, 0]), edge_index[1], num_nodes=nodes)

    def forward(self, edge_index: torch.Tensor, edge_attr: torch.Tensor, nodes: int) -> torch.Tensor:
        """Equation 1.

        Parameters
        ----------
        edge_index, edge_attr, nodes
            As for `coefficients`.

        Returns
        -------
        torch.Tensor
            float[nodes, features]
        """
        weighted = self.coefficients(edge_index, edge_attr, nodes)[:, None] * edge_attr
        return scatter(weighted, edge_index[1], dim=0, dim_size=nodes, reduce="sum")
