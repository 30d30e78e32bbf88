"""A network of linear and convolutional layers as an attributed graph (StructureReps, Section 2)."""

import numpy as np
import scipy.sparse
import torch
from torch import nn

from netwithin.encodings.layered import LayeredGraph

#: Modules without weights that may stand between layers.
_SILENT = (
    nn.ReLU,
    nn.Tanh,
    nn.Flatten,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.Identity,
)


def layers(model: nn.Module) -> list[nn.Module]:
    """The layers whose weights become edges.

    Parameters
    ----------
    model : torch.nn.Module
        A `Sequential` of linear and convolutional layers, with activations, pooling and a flattening
        between them; no groups, and nothing else that has weights.

    Returns
    -------
    list of torch.nn.Module

    Raises
    ------
    ValueError
        If there is no such layer, or something that this graph has no place for.

    Examples
    --------
    >>> [type(one).__name__ for one in layers(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()))]
    ['Conv2d']
    """
    found = []
    for module in model if isinstance(model, nn.Sequential) else [model]:
        if isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1):
            found.append(module)
        elif not isinstance(module, _SILENT):
            raise ValueError(
                f"a {type(module).__name__} has no place in this graph; use a Sequential of linear layers, "
                "convolutions without groups, activations and pooling"
            )
    if not found:
        raise ValueError("a network needs a linear or convolutional layer to have a graph")
    return found


def topology(model: nn.Module) -> LayeredGraph:
    """Which neurons or channels are joined: every one to all of the next layer.

    Parameters
    ----------
    model : torch.nn.Module
        As for `layers`.

    Returns
    -------
    LayeredGraph
        Without weights. A node is an input feature or channel, a neuron or a channel.

    Raises
    ------
    ValueError
        As for `layers`, or if a linear layer reads another number of values from each channel than its
        flattening gives.

    Examples
    --------
    >>> topology(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))
    <LayeredGraph: 3 layers, 6 nodes, 9 edges>
    """
    found = layers(model)
    sizes = [_width_in(found[0])]
    for layer in found:
        if _width_in(layer) % sizes[-1]:
            raise ValueError(f"a layer reads {_width_in(layer)} values from {sizes[-1]} nodes")
        sizes.append(layer.weight.shape[0])
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    joined = scipy.sparse.lil_array((offsets[-1], offsets[-1]), dtype=bool)
    for k in range(len(found)):
        joined[offsets[k] : offsets[k + 1], offsets[k + 1] : offsets[k + 2]] = True
    inside = [f"layer {k}" for k in range(1, len(found))]
    return LayeredGraph(scipy.sparse.csr_array(joined), offsets, ("input", *inside, "output"))


def kernel_size(model: nn.Module) -> int:
    """The side of a network's largest kernel, in pixels; 1 without convolutions.

    Examples
    --------
    >>> kernel_size(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 5)))
    5
    """
    sides = [max(layer.kernel_size) for layer in layers(model) if isinstance(layer, nn.Conv2d)]
    return max(sides, default=1)


def edge_features(model: nn.Module, kernel: int | None = None, kinds: bool | None = None) -> torch.Tensor:
    """What each edge carries: a weight, or a filter of k x k weights.

    A kernel smaller than the largest is put in the middle of a field of zeros. A linear layer has one weight
    there; if it reads a flattened map, their mean over the map's places. The paper says neither.

    Parameters
    ----------
    model : torch.nn.Module
        As for `layers`.
    kernel : int, optional
        Side of the field, by default `kernel_size(model)`; odd, so that it has a middle.
    kinds : bool, optional
        Whether a last column says if the edge is of a convolution (1) or linear (0). By default it does
        where the field is larger than a single weight.

    Returns
    -------
    torch.Tensor
        float32[edges, kernel**2 (+ 1)], in the order of the edges of `topology(model)`; detached.

    Raises
    ------
    ValueError
        As for `layers`, or if the field has no middle or a kernel does not fit.

    Examples
    --------
    >>> layer = nn.Linear(2, 2, bias=False)
    >>> layer.weight.data = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> edge_features(layer)[:, 0]  # from input 0 to both outputs, then from input 1
    tensor([1., 3., 2., 4.])
    """
    kernel = kernel_size(model) if kernel is None else kernel
    kinds = kernel > 1 if kinds is None else kinds
    found = layers(model)
    nodes = [_width_in(found[0])] + [layer.weight.shape[0] for layer in found[:-1]]
    blocks = []
    for layer, width in zip(found, nodes, strict=True):
        weight = layer.weight.detach().float()
        convolution = isinstance(layer, nn.Conv2d)
        if not convolution:
            weight = weight.reshape(len(weight), width, -1).mean(dim=2)[:, :, None, None]
        # [out, in, h, w] -> [in, out, h, w]: edges are sorted by where they start, then by where they end.
        block = _centred(weight.transpose(0, 1), kernel).flatten(0, 1).flatten(1)
        flag = torch.full((len(block), 1), float(convolution))
        blocks.append(torch.cat([block, flag], dim=1) if kinds else block)
    return torch.cat(blocks)


def weight_columns(features: int) -> int:
    """How many of an edge's features are weights: all but the kind of the layer, where there is one.

    Examples
    --------
    >>> [weight_columns(features) for features in (1, 9, 10, 25, 26)]
    [1, 9, 9, 25, 25]
    """
    return features if round(features**0.5) ** 2 == features else features - 1


def attributed(model: nn.Module, kernel: int | None = None, kinds: bool | None = None):
    """The graph of a network, with its weights as edge features.

    Parameters
    ----------
    model, kernel, kinds
        As for `edge_features`.

    Returns
    -------
    torch_geometric.data.Data
        `edge_index` int64[2, edges], directed from the inputs to the outputs; `edge_attr`
        float32[edges, features]; `layer` int64[nodes]. Biases are no edges and are left out, as in the paper.

    Raises
    ------
    ValueError
        As for `topology` and `edge_features`.

    References
    ----------
    StructureReps, Section 2 and Figure 1(a).

    Examples
    --------
    >>> cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    >>> attributed(cnn).edge_attr.shape  # 4 + 8 edges, 9 weights each and the kind of their layer
    torch.Size([12, 10])
    """
    graph = topology(model).to_torch_geometric()
    graph.edge_attr = edge_features(model, kernel, kinds)
    return graph


def non_edges(edge_index: torch.Tensor, nodes: int) -> torch.Tensor:
    """The pairs of nodes that are joined in neither direction, each once.

    Parameters
    ----------
    edge_index : torch.Tensor
        int64[2, edges]
    nodes : int

    Returns
    -------
    torch.Tensor
        int64[2, pairs], the smaller node first.

    Examples
    --------
    >>> non_edges(torch.tensor([[0, 2], [1, 1]]), 3).tolist()
    [[0], [2]]
    """
    joined = torch.eye(nodes, dtype=torch.bool)
    joined[edge_index[0], edge_index[1]] = True
    return torch.triu(~(joined | joined.T)).nonzero().T.contiguous()


def renumbered(graph, seed: int = 0):
    """The graph of the same network with the nodes of its hidden layers numbered otherwise.

    Parameters
    ----------
    graph : torch_geometric.data.Data
        As from `attributed`.
    seed : int
        Of the new order in each layer between the first and the last.

    Returns
    -------
    torch_geometric.data.Data
        The same edges, their features moved to where they belong: it computes what `graph` does.
    """
    generator = torch.Generator().manual_seed(seed)
    place = torch.arange(graph.num_nodes)
    for layer in range(1, int(graph.layer.max())):
        nodes = (graph.layer == layer).nonzero()[:, 0]
        place[nodes] = nodes[torch.randperm(len(nodes), generator=generator)]
    starts, ends = graph.edge_index
    number = torch.full((graph.num_nodes, graph.num_nodes), -1)
    number[starts, ends] = torch.arange(len(starts))
    moved = graph.clone()
    moved.edge_attr = torch.empty_like(graph.edge_attr)
    moved.edge_attr[number[place[starts], place[ends]]] = graph.edge_attr
    return moved


def _width_in(layer: nn.Module) -> int:
    return layer.weight.shape[1]


def _centred(filters: torch.Tensor, kernel: int) -> torch.Tensor:
    """Filters float[..., h, w] in the middle of a field of kernel x kernel."""
    height, width = filters.shape[-2:]
    if kernel % 2 == 0 or max(height, width) > kernel or height % 2 == 0 or width % 2 == 0:
        raise ValueError(f"a filter of {height} x {width} has no middle in a field of {kernel} x {kernel}")
    down, across = (kernel - height) // 2, (kernel - width) // 2
    return nn.functional.pad(filters, (across, across, down, down))
