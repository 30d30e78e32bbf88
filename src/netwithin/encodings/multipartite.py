"""A network becomes one graph, from its input to its output: the multipartite graph encoding (MGE)."""

import numpy as np
import scipy.sparse
from torch import nn

from netwithin.encodings import bipartite, geometry
from netwithin.encodings.layered import LayeredGraph, stack
from netwithin.encodings.tracing import Connection, Layer, Plan, View, padding_of, trace
from netwithin.networks.masks import Masks, as_masks


def multipartite(
    model: nn.Module,
    masks: Masks | None = None,
    input_shape: tuple[int, ...] | None = None,
    *,
    weights: bool = False,
    padding: bool = True,
    identities: bool = True,
    compat: str | None = None,
) -> LayeredGraph:
    """Encode a whole network as one graph, one node per value that a layer puts out.

    The nodes of a layer are its input pixels or its outputs, numbered channel * height * width + y * width +
    x. A kept weight is an edge for each step that uses it. Pooling has no nodes: what reads a pooled value is
    joined to all members of its window. Both branches of a sum write into the same nodes. Batch norm, biases
    and activations change nothing.

    Parameters
    ----------
    model : torch.nn.Module
        Made of Conv2d (any kernel, stride, padding, dilation, groups), Linear, max, average and adaptive
        pooling, flatten, normalisation, activations and sums; or one layer by itself, whose name is "".
    masks : mapping of str to bool array or tensor, optional
        With the keys and shapes of `networks.prunable(model)`; None keeps every weight.
    input_shape : tuple of int, optional
        Of one input, without the batch; by default the network's own `input_shape`, or (3, 32, 32).
    weights : bool
        Whether edges carry the values of their weights; an identity skip has weight 1, and edges that fall
        on one another (a window that overlaps another) add up.
    padding : bool
        Whether the zeros around a convolution's input are nodes. They stand behind their layer's values, and
        convolutions that read the same values share them.
    identities : bool
        Whether skips without weights are edges.
    compat : {None, "released"}
        "released" does as the paper's released code: padding around the first layer's input only, no
        identity skips, an edge where the *weight* is not 0, and its stride-2 layers, in which the last row
        and column of the map are lost and nodes are misnumbered, so that some edges run inside a layer.

    Returns
    -------
    LayeredGraph
        Layers are named "input" and after the modules that put them out.

    Raises
    ------
    EncodingError
        If the network cannot be followed; the message names the operation.
    ValueError
        If the masks do not fit, or `compat` is unknown.

    Notes
    -----
    The last layer is the output. A network that returns several tensors is followed to all of them; of these
    the last one made is the last layer, and to `netwithin.topometrics` the nodes of the others are sinks.

    References
    ----------
    Cunegatti et al., Sections 3.1 and 3.2, Appendix C.

    Examples
    --------
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 5))
    >>> graph = multipartite(model, input_shape=(1, 4, 4))
    >>> graph.names, graph.offsets.tolist()
    (('input', '0', '4'), [0, 16, 24, 29])
    >>> graph.edges == 2 * 9 * 4 + 4 * 2 * 5
    True
    >>> multipartite(nn.Linear(3, 2), input_shape=(3,))
    <LayeredGraph: 2 layers, 5 nodes, 6 edges>
    """
    if compat not in (None, "released"):
        raise ValueError(f"compat is None or 'released', not {compat!r}")
    released = compat == "released"
    masks = as_masks(model, masks)
    plan = trace(model, bipartite.shape_of(model, input_shape), identities and not released)
    if released:
        masks = {name: mask & _nonzero(model, name) for name, mask in masks.items()}
    numbering = _Numbering(plan, "input" if released else bool(padding))
    rows = [_rows(layer, plan, numbering, masks, weights, released) for layer in plan.layers]
    names = tuple(layer.name for layer in plan.layers)
    return LayeredGraph(stack(rows), numbering.offsets, names, numbering.padding)


class _Numbering:
    """Where each layer's nodes begin, and each view's padding.

    Parameters
    ----------
    plan : Plan
    padding : bool or "input"
        Which padding has nodes: all of it, none, or only that around the network's input.
    """

    def __init__(self, plan: Plan, padding: bool | str):
        first = plan.layers[0]
        self.padding_starts: dict[View, int] = {}  # counted from the layer's first node
        sizes = {layer: layer.size for layer in plan.layers}
        for view in dict.fromkeys(connection.source for connection in plan.connections):
            if padding is True or (padding == "input" and view.layer is first):
                self.padding_starts[view] = sizes[view.layer]
                sizes[view.layer] += bipartite.padding_nodes(view)
        self.offsets = np.cumsum([0] + [sizes[layer] for layer in plan.layers])
        self.starts = dict(zip(plan.layers, self.offsets[:-1].tolist(), strict=True))
        self.sizes = sizes
        within = np.concatenate([np.arange(sizes[layer]) for layer in plan.layers])
        self.padding = within >= np.repeat([layer.size for layer in plan.layers], np.diff(self.offsets))

    @property
    def nodes(self) -> int:
        return int(self.offsets[-1])

    def sources(self, view: View, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | slice]:
        """From values of a view, its padding behind them, to nodes of its layer.

        Returns
        -------
        nodes : int array
            Counted from the layer's first.
        edge : int array or slice
            Which of the rows each belongs to: several of them a pooled value, none a zero without a node.
        """
        values, start = int(np.prod(view.shape)), self.padding_starts.get(view)
        outside = rows >= values
        if view.windows is None and (start is not None or not outside.any()):
            return rows + outside * np.int32((start or values) - values), slice(None)
        inside = np.flatnonzero(~outside)
        zeros = np.flatnonzero(outside) if start is not None else inside[:0]
        members, edge = rows[inside], slice(None)
        if view.windows is not None:
            members, edge = geometry.spread(members, view.windows)
        nodes = np.concatenate([members, rows[zeros] + ((start or values) - values)])
        return nodes, np.concatenate([inside[edge], zeros])


def _rows(layer: Layer, plan: Plan, numbering: _Numbering, masks, weights: bool, released: bool):
    """All edges that leave one layer, as its rows of the adjacency matrix."""
    pieces = [
        _edges(connection, numbering, masks, weights, released)
        for connection in plan.connections
        if connection.source.layer is layer
    ]
    none = (np.zeros(0, np.int32),) * 2 + (np.zeros(0, np.float32 if weights else bool),)
    rows, columns, data = (np.concatenate(part) for part in zip(none, *pieces, strict=True))
    shape = (numbering.sizes[layer], numbering.nodes)
    return scipy.sparse.coo_array((data, (rows, columns)), shape=shape).tocsr()


def _edges(connection: Connection, numbering: _Numbering, masks, weights: bool, released: bool):
    """The edges of one connection: nodes counted from the source's first, nodes of the graph, data."""
    if connection.module is None:
        rows = columns = np.arange(connection.target.size, dtype=np.int32)
        data = np.ones(len(rows), np.float32 if weights else bool)
    else:
        mask = masks[connection.name]
        rows, columns, data = bipartite.edges(connection, mask, weights, connection.source.frame)
        if released and isinstance(connection.module, nn.Conv2d) and not connection.shortcut:
            rows, columns, data = _misnumbered(connection, rows, columns, data)
    nodes, edge = numbering.sources(connection.source, rows)
    columns = columns[edge] + np.int32(numbering.starts[connection.target])
    return nodes.astype(np.int32, copy=False), columns, data[edge]


def _misnumbered(connection: Connection, rows: np.ndarray, columns: np.ndarray, data: np.ndarray):
    """What the released code makes of a convolution whose last step does not end at the padding's rim.

    It cuts the padded map to what is read (34 to 33 rows for a map of 32, a kernel of 3 and stride 2), takes
    the outermost rows and columns of *that* for padding, and numbers the 31 x 31 values that are left as if
    there were no others, those of the next layer following on.
    """
    module, values = connection.module, int(np.prod(connection.source.shape))
    channels, *sizes = connection.source.shape
    ends = zip(sizes, connection.target.shape[1:], module.stride, module.kernel_size, strict=True)
    read = [size - (outputs - 1) * stride - kernel for size, outputs, stride, kernel in ends]
    top, bottom, left, right = padding_of(module)
    lost = [rest + rim for rest, rim in zip(read, (top + bottom, left + right), strict=True)]
    if not any(lost) or connection.source.layer.depth == 0 or connection.source.windows is not None:
        return rows, columns, data
    height, width = (size - rows_lost for size, rows_lost in zip(sizes, lost, strict=True))
    channel, y, x = np.unravel_index(np.minimum(rows, values - 1), connection.source.shape)
    kept = np.flatnonzero((rows < values) & (y < height) & (x < width))
    renumbered = np.ravel_multi_index((channel[kept], y[kept], x[kept]), (channels, height, width))
    return renumbered, columns[kept] - np.int32(values - channels * height * width), data[kept]


def _nonzero(model: nn.Module, name: str) -> np.ndarray:
    return (model.get_submodule(name).weight.detach() != 0).cpu().numpy()
