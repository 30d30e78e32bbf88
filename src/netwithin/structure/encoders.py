"""The four encoders of the paper's Tables 1 and 2."""

import dataclasses

import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.nn import GATConv, TransformerConv

from netwithin.structure.edge_attention import EdgeAttention

_CONVOLUTIONS = {"transformer": TransformerConv, "attention": GATConv}


@dataclasses.dataclass(frozen=True)
class Design:
    """What an encoder is made of.

    Parameters
    ----------
    edge_attention : bool
        Whether node features are made from the edges first.
    convolution : {"transformer", "attention"}
        TransformerConv or GATConv.
    positions : {"laplacian", "random"}
        What the nodes get besides.
    """

    edge_attention: bool
    convolution: str
    positions: str


#: By the paper's names; edge attention (EA), transformer or graph attention convolution (TC, GC), Laplacian
#: or random features (LF, RF). The first is what it calls StructureReps.
ENCODERS: dict[str, Design] = {
    "EA+TC+LF": Design(True, "transformer", "laplacian"),
    "EA+GC+LF": Design(True, "attention", "laplacian"),
    "GC+LF": Design(False, "attention", "laplacian"),
    "GC+RF": Design(False, "attention", "random"),
}


class GraphEncoder(nn.Module):
    """Edge attention, a convolution with ReLU, and one each for the mean and the spread of latent nodes.

    ::

        edges -- edge attention --.
                                  concat -- convolution, ReLU -- convolution -> mean
        positions ----------------'                          `-- convolution -> log standard deviation

    The paper says which layers it uses, not how many or how wide. The convolutions are PyTorch Geometric's
    with one head.

    Parameters
    ----------
    design : Design
    edge_features : int
        Numbers per edge.
    positions : int
        Numbers per node.
    hidden, latent : int
        Width of the first convolution, and of what it ends in.
    weights_in_messages : bool
        Whether the convolutions too see the edges' features. Without edge attention nothing else tells one
        epoch's graph from another's.

    Examples
    --------
    >>> encoder = GraphEncoder(ENCODERS["EA+TC+LF"], edge_features=1, positions=8)
    >>> data = Data(torch.zeros(3, 8), torch.tensor([[0, 1], [2, 2]]), torch.ones(2, 1))
    >>> [tuple(out.shape) for out in encoder(data)]
    [(3, 16), (3, 16)]
    """

    def __init__(
        self,
        design: Design,
        edge_features: int,
        positions: int,
        hidden: int = 32,
        latent: int = 16,
        weights_in_messages: bool = True,
    ):
        super().__init__()
        self.edge_attention = EdgeAttention(edge_features) if design.edge_attention else None
        self.weights_in_messages = weights_in_messages
        width = positions + (edge_features if design.edge_attention else 0)
        layer = _CONVOLUTIONS[design.convolution]
        edges = {"edge_dim": edge_features if weights_in_messages else None}
        self.convolution = layer(width, hidden, **edges)
        self.mean = layer(hidden, latent, **edges)
        self.log_std = layer(hidden, latent, **edges)

    def forward(self, data: Data) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode the nodes of a graph, or of a batch of graphs.

        Parameters
        ----------
        data : torch_geometric.data.Data
            `x` float[nodes, positions], `edge_index`, `edge_attr` float[edges, edge_features].

        Returns
        -------
        mean, log_std : torch.Tensor
            float[nodes, latent]
        """
        features = data.x
        if self.edge_attention is not None:
            made = self.edge_attention(data.edge_index, data.edge_attr, data.num_nodes)
            features = torch.cat([made, features], dim=1)
        edges = data.edge_attr if self.weights_in_messages else None
        hidden = torch.relu(self.convolution(features, data.edge_index, edges))
        return self.mean(hidden, data.edge_index, edges), self.log_std(hidden, data.edge_index, edges)
