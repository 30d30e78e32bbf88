"""Features of the nodes that do not come from the weights: Laplacian positions, or random numbers."""

import numpy as np
import torch
from torch_geometric.data import Data
from torch_geometric.transforms import AddLaplacianEigenvectorPE
from torch_geometric.utils import to_undirected

from netwithin.networks.randomness import seeded


def laplacian(graph: Data, count: int = 8, seed: int = 0) -> torch.Tensor:
    """The eigenvectors of the normalised Laplacian with the smallest eigenvalues, the first left out.

    The paper's Algorithm 1 by PyTorch Geometric. Edges lose their direction first, which the paper does not
    say. The signs are random but, with the iteration's start, drawn from the seed and not for each graph: the
    topology is the same at every epoch, and so are these. Where layers are joined completely, the neurons of
    a layer are alike: most eigenvalues are 1, and the basis that is chosen for them is arbitrary.

    Parameters
    ----------
    graph : torch_geometric.data.Data
        `edge_index` and the number of nodes are read.
    count : int
        Eigenvectors, k in the paper. If the graph has fewer, the rest is zero.
    seed : int
        Of the signs and of the iteration that graphs of 100 nodes or more need.

    Returns
    -------
    torch.Tensor
        float32[nodes, count], each column of length 1.

    References
    ----------
    StructureReps, Appendix A1.1; Dwivedi et al. (2023), Benchmarking graph neural networks.

    Examples
    --------
    >>> path = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
    >>> laplacian(path, 1).abs().flatten().round(decimals=3)
    tensor([0.7070, 0.0000, 0.7070])
    """
    nodes = graph.num_nodes
    found = min(count, nodes - 1)
    plain = Data(edge_index=to_undirected(graph.edge_index, num_nodes=nodes), num_nodes=nodes)
    start = {"v0": np.random.default_rng(seed).standard_normal(nodes)}
    with seeded(seed):
        transform = AddLaplacianEigenvectorPE(found, "positions", is_undirected=True, **start)
        positions = transform(plain).positions.float()
    return torch.nn.functional.pad(positions, (0, count - found))


def random(graph: Data, count: int = 8, seed: int = 0) -> torch.Tensor:
    """Standard normal numbers in the place of positions, the paper's control.

    Parameters
    ----------
    graph : torch_geometric.data.Data
        Its number of nodes is read.
    count, seed : int

    Returns
    -------
    torch.Tensor
        float32[nodes, count]
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(graph.num_nodes, count, generator=generator)
