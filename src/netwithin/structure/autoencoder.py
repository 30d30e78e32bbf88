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
        Weight of a second loss: the mean squared error of the edges' features, predicted linearly from the
        latent nodes at their ends. The paper's loss, without it, asks only for which nodes are joined, and
        that is the same at every epoch.
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


def train(examples: Sequence[Data], encoder: str, fit: Fit, seed: int = 0) -> VGAE:
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
    torch_geometric.nn.VGAE
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
        model = VGAE(net)
        edges = nn.Linear(2 * fit.latent, features) if fit.edge_term else None
        parameters = [*model.parameters(), *(edges.parameters() if edges else ())]
        optimiser = torch.optim.Adam(parameters, lr=fit.learning_rate)
        model.train()
        for batch in _batches(examples, fit):
            optimiser.zero_grad(set_to_none=True)
            loss(model, batch, fit.edge_term, edges).backward()
            optimiser.step()
    return model.eval()


def loss(model: VGAE, batch: Data, edge_term: float = 0.0, edges: nn.Module | None = None) -> torch.Tensor:
    """The autoencoder's loss on a batch of graphs.

    Parameters
    ----------
    model : torch_geometric.nn.VGAE
    batch : torch_geometric.data.Batch
    edge_term : float
        As for `Fit`.
    edges : torch.nn.Module, optional
        Predicts float[edges, features] from the latent nodes at the ends, float[edges, 2 * latent].

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
    if edges is not None:
        predicted = edges(torch.cat([latent[ends[0]], latent[ends[1]]], dim=1))
        total = total + edge_term * nn.functional.mse_loss(predicted, batch.edge_attr)
    return total


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


def hash_of(*numbers: int) -> int:
    """A seed that follows from several numbers."""
    return int(np.random.SeedSequence(list(numbers)).generate_state(1)[0])


def _batches(examples: Sequence[Data], fit: Fit):
    """As many batches as there are steps, the graphs in a new order each time round."""
    seen = 0
    while seen < fit.steps:
        for batch in DataLoader(examples, batch_size=fit.batch, shuffle=True):
            if seen == fit.steps:
                return
            seen += 1
            yield batch
