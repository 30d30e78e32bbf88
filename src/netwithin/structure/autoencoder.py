"""The variational graph autoencoder: trained on graphs alone, it embeds each in a few numbers."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.nn import VGAE, global_mean_pool

from netwithin.networks.randomness import seeded
from netwithin.structure import graphs, positions
from netwithin.structure.encoders import ENCODERS, GraphEncoder
from netwithin.structure.histories import History


@dataclasses.dataclass(frozen=True)
class Fit:
    """How an autoencoder is made and trained; the paper says none of it.

    Parameters
    ----------
    steps : int
        Batches seen; 0 leaves the encoder at its random start.
    batch : int
        Graphs per step.
    learning_rate : float
        Of Adam.
    hidden, latent : int
        Widths of the encoder.
    positions : int
        Laplacian or random features of a node.
    edge_term : float
        Weight of a second loss: the share of the variance of the edges' weights that is not given back by a
        perceptron that reads the latent nodes at their ends. The paper's loss, without it, asks only for
        which nodes are joined, and that is the same at every epoch.
    weights_in_messages : bool
        As for `GraphEncoder`.
    """

    steps: int = 150
    batch: int = 8
    learning_rate: float = 5e-3
    hidden: int = 32
    latent: int = 16
    positions: int = 8
    edge_term: float = 0.0
    weights_in_messages: bool = True


class Autoencoder(VGAE):
    """PyTorch Geometric's variational graph autoencoder, which may have to give back the weights, too.

    Parameters
    ----------
    encoder : GraphEncoder
    edges : torch.nn.Module, optional
        Predicts the weights of edges, float[edges, weights], from the latent nodes at their ends,
        float[edges, 2 * latent].
    """

    def __init__(self, encoder: nn.Module, edges: nn.Module | None = None):
        super().__init__(encoder)
        self.edges = edges

    def unexplained(self, latent: torch.Tensor, batch: Data) -> torch.Tensor:
        """The share of the variance of the edges' weights that is not given back.

        Parameters
        ----------
        latent : torch.Tensor
            float[nodes, latent]
        batch : torch_geometric.data.Batch

        Returns
        -------
        torch.Tensor
            A single number, the mean over an edge's weights: 0 if each is given back, 1 if no better than by
            its mean over all edges.
        """
        starts, ends = batch.edge_index
        wanted = batch.edge_attr[:, : graphs.weight_columns(batch.edge_attr.shape[1])]
        predicted = self.edges(torch.cat([latent[starts], latent[ends]], dim=1))
        spread = wanted.var(dim=0, correction=0)
        varies = spread > 0  # a batch of perceptrons alone has zeros around each weight's place
        return (((predicted - wanted) ** 2).mean(dim=0)[varies] / spread[varies]).mean()


def as_graphs(history: History, encoder: str, fit: Fit, seed: int = 0) -> list[Data]:
    """The graphs of a history with the nodes' features that an encoder reads.

    Parameters
    ----------
    history : History
    encoder : str
        One of `ENCODERS`.
    fit : Fit
    seed : int
        Of the Laplacian features' signs, or of the random features, which differ from graph to graph.

    Returns
    -------
    list of torch_geometric.data.Data
        One per epoch: `x`, `edge_index`, `edge_attr`, `layer`, and `non_edge_index`, the pairs that are not
        joined.
    """
    topology, kind = history.topology, ENCODERS[encoder].positions
    apart = graphs.non_edges(topology.edge_index, topology.num_nodes)
    if kind == "laplacian":
        fixed = positions.laplacian(topology, fit.positions, seed)
    made = []
    for epoch, edges in enumerate(history.edge_attr):
        x = fixed if kind == "laplacian" else positions.random(topology, fit.positions, hash_of(seed, epoch))
        made.append(Data(x, topology.edge_index, edges, layer=topology.layer, non_edge_index=apart))
    return made


def train(examples: Sequence[Data], encoder: str, fit: Fit, seed: int = 0) -> Autoencoder:
    """Train an autoencoder to tell which nodes of a graph are joined (Kipf and Welling, 2016).

    The loss is PyTorch Geometric's: the cross-entropy of all edges and of as many pairs of the same graph
    that are joined in neither direction, drawn anew in each step, and the divergence over the nodes of a
    graph.

    Parameters
    ----------
    examples : sequence of torch_geometric.data.Data
        As from `as_graphs`, of one or several topologies.
    encoder : str
        One of `ENCODERS`.
    fit : Fit
    seed : int
        Of the initial weights, the order, the noise and the pairs.

    Returns
    -------
    Autoencoder
        In evaluation mode.

    Raises
    ------
    ValueError
        If there is no such encoder, or no graph.

    References
    ----------
    StructureReps, Section 2; Kipf and Welling (2016), Variational graph auto-encoders.
    """
    if encoder not in ENCODERS:
        raise ValueError(f"there is no encoder {encoder!r}; the names are {', '.join(ENCODERS)}")
    if not examples:
        raise ValueError("an autoencoder needs graphs to be trained on")
    features = examples[0].edge_attr.shape[1]
    with seeded(seed):
        net = GraphEncoder(
            ENCODERS[encoder], features, fit.positions, fit.hidden, fit.latent, fit.weights_in_messages
        )
        model = Autoencoder(net, _edge_decoder(fit, features) if fit.edge_term else None)
        optimiser = torch.optim.Adam(model.parameters(), lr=fit.learning_rate)
        model.train()
        for batch in _batches(examples, fit):
            optimiser.zero_grad(set_to_none=True)
            loss(model, batch, fit.edge_term).backward()
            optimiser.step()
    return model.eval()


def loss(model: Autoencoder, batch: Data, edge_term: float = 0.0) -> torch.Tensor:
    """The autoencoder's loss on a batch of graphs.

    Parameters
    ----------
    model : Autoencoder
    batch : torch_geometric.data.Batch
    edge_term : float
        As for `Fit`; not 0 only where the model has a decoder of edges.

    Returns
    -------
    torch.Tensor
        A single number.
    """
    latent = model.encode(batch)
    ends, apart = batch.edge_index, batch.non_edge_index
    drawn = torch.randint(apart.shape[1], (min(ends.shape[1], apart.shape[1]),))
    nodes = batch.num_nodes / batch.num_graphs
    total = model.recon_loss(latent, ends, apart[:, drawn]) + model.kl_loss() / nodes
    return total + edge_term * model.unexplained(latent, batch) if edge_term else total


@torch.no_grad()
def embed(model: VGAE, examples: Sequence[Data], batch: int = 64) -> np.ndarray:
    """One vector per graph: the mean over its nodes of their latent means.

    Parameters
    ----------
    model : torch_geometric.nn.VGAE
    examples : sequence of torch_geometric.data.Data
    batch : int
        Graphs at once; it has no influence on the result but for rounding.

    Returns
    -------
    float64[graphs, latent]
    """
    pooled = [
        global_mean_pool(model.encoder(some)[0], some.batch)
        for some in DataLoader(examples, batch_size=batch, follow_batch=[])
    ]
    return torch.cat(pooled).double().numpy()


@torch.no_grad()
def area_under_curve(model: VGAE, examples: Sequence[Data]) -> float:
    """How well an autoencoder tells joined nodes from others: the area under the ROC curve, mean over graphs.

    Parameters
    ----------
    model : torch_geometric.nn.VGAE
    examples : sequence of torch_geometric.data.Data

    Returns
    -------
    float
        1 if every joined pair is closer than any other, 0.5 by chance.
    """
    areas = [model.test(model.encode(one), one.edge_index, one.non_edge_index)[0] for one in examples]
    return float(np.mean(areas))


@torch.no_grad()
def edges_given_back(model: Autoencoder, examples: Sequence[Data]) -> float:
    """The share of the variance of the edges' weights that an autoencoder gives back, mean over graphs.

    Parameters
    ----------
    model : Autoencoder
        Trained with an `edge_term`.
    examples : sequence of torch_geometric.data.Data

    Returns
    -------
    float
        R², at most 1.
    """
    return 1 - float(np.mean([float(model.unexplained(model.encode(one), one)) for one in examples]))


def hash_of(*numbers: int) -> int:
    """A seed that follows from several numbers."""
    return int(np.random.SeedSequence(list(numbers)).generate_state(1)[0])


def _edge_decoder(fit: Fit, features: int) -> nn.Module:
    weights = graphs.weight_columns(features)
    return nn.Sequential(nn.Linear(2 * fit.latent, fit.hidden), nn.ReLU(), nn.Linear(fit.hidden, weights))


def _batches(examples: Sequence[Data], fit: Fit):
    """As many batches as there are steps, the graphs in a new order each time round."""
    seen = 0
    while seen < fit.steps:
        for batch in DataLoader(examples, batch_size=fit.batch, shuffle=True):
            if seen == fit.steps:
                return
            seen += 1
            yield batch
