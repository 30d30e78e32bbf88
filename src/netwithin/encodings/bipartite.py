"""A layer becomes a bipartite graph: rolled, rolled by channels, or unrolled over its input."""

import numpy as np
import scipy.sparse
from torch import nn

from netwithin.encodings import geometry
from netwithin.encodings.layered import LayeredGraph
from netwithin.encodings.tracing import Connection, View, padding_of, trace
from netwithin.networks.architectures import prunable
from netwithin.networks.masks import Masks, as_masks

#: The sides of a bipartite encoding.
SIDES = ("left", "right")


def rolled(model: nn.Module, masks: Masks | None = None, *, weights: bool = False) -> dict[str, LayeredGraph]:
    """Encode each layer by its weights: one left node per weight of a filter, one right node per filter.

    Parameters
    ----------
    model : torch.nn.Module
        Its convolutions and linear layers are encoded; input and order do not matter.
    masks : mapping of str to bool array or tensor, optional
        With the keys and shapes of `networks.prunable(model)`; None keeps every weight.
    weights : bool
        Whether edges carry the weights' values.

    Returns
    -------
    dict of str to LayeredGraph
        By the layer's name. C_in * height * width nodes on the left, in the order of the weights, and C_out
        on the right; one edge per kept weight.

    Raises
    ------
    ValueError
        If the masks do not fit.

    References
    ----------
    Cunegatti et al., Section 2; Hoang et al. (2023), Revisiting pruning at initialization through the lens of
    Ramanujan graph.

    Examples
    --------
    >>> rolled(nn.Conv2d(3, 2, 2))[""]
    <LayeredGraph: 2 layers, 14 nodes, 24 edges>
    """
    graphs = {}
    for name, (mask, values, groups) in _layers(model, masks).items():
        out, left, *_ = places = mask.reshape(len(mask), -1).nonzero()
        per_group = mask[0].size
        left = left + out // (len(mask) // groups) * per_group
        data = values.reshape(len(mask), -1)[places[0], places[1]] if weights else np.ones(len(out), bool)
        graphs[name] = _two_sides(left, out, data, (groups * per_group, len(mask)))
    return graphs


def rolled_channel(
    model: nn.Module, masks: Masks | None = None, *, weights: bool = False
) -> dict[str, LayeredGraph]:
    """Encode each layer by its channels: an edge wherever a kernel is not pruned whole.

    Parameters
    ----------
    model, masks
        As for `rolled`.
    weights : bool
        Whether edges carry the Euclidean norm of the kept weights of their kernel.

    Returns
    -------
    dict of str to LayeredGraph
        By the layer's name; C_in nodes on the left, C_out on the right.

    Raises
    ------
    ValueError
        If the masks do not fit.

    References
    ----------
    Cunegatti et al., Section 2; Prabhu et al. (2018), Deep expander networks.

    Examples
    --------
    >>> rolled_channel(nn.Conv2d(3, 2, 2))[""]
    <LayeredGraph: 2 layers, 5 nodes, 6 edges>
    """
    graphs = {}
    for name, (mask, values, groups) in _layers(model, masks).items():
        kernels = mask.reshape(*mask.shape[:2], -1)
        out, channel = kernels.any(axis=2).nonzero()
        norms = np.linalg.norm(values.reshape(kernels.shape), axis=2)
        data = norms[out, channel] if weights else np.ones(len(out), bool)
        left = channel + out // (len(mask) // groups) * mask.shape[1]
        graphs[name] = _two_sides(left, out, data, (groups * mask.shape[1], len(mask)))
    return graphs


def unrolled(
    model: nn.Module,
    masks: Masks | None = None,
    input_shape: tuple[int, ...] | None = None,
    *,
    weights: bool = False,
    padding: bool = True,
) -> dict[str, LayeredGraph]:
    """Encode each layer by what it reads and writes: one node per value, one edge per weight and step.

    Parameters
    ----------
    model, masks, weights
        As for `rolled`; the network must be one that `multipartite` can follow.
    input_shape : tuple of int, optional
        Of one input, without the batch; by default the network's own `input_shape`, or (3, 32, 32).
    padding : bool
        Whether the zeros around a convolution's input are nodes.

    Returns
    -------
    dict of str to LayeredGraph
        By the layer's name, in the order of the data. Nodes are numbered channel * height * width +
        y * width + x on either side, and those of the padding come last on the left.

    Raises
    ------
    EncodingError
        If the network cannot be followed.
    ValueError
        If the masks do not fit.

    References
    ----------
    Cunegatti et al., Section 3.1 and Figure 1.

    Examples
    --------
    >>> unrolled(nn.Sequential(nn.Conv2d(3, 2, 2)), input_shape=(3, 3, 3))["0"]
    <LayeredGraph: 2 layers, 35 nodes, 96 edges>
    """
    masks = as_masks(model, masks)
    graphs: dict[str, LayeredGraph] = {}
    for connection in trace(model, shape_of(model, input_shape), identities=False).connections:
        if connection.module is None:
            continue
        values = View(connection.source.layer, connection.source.shape)  # the values read, pooled or not
        values.frame = padding_of(connection.module) if isinstance(connection.module, nn.Conv2d) else [0] * 4
        rows, columns, data = edges(connection, masks[connection.name], weights, values.frame)
        if not padding:
            real = rows < np.prod(values.shape)
            rows, columns, data = rows[real], columns[real], data[real]
        left = int(np.prod(values.shape)) + (padding_nodes(values) if padding else 0)
        sizes = (left, connection.target.size)
        graphs[connection.label] = _two_sides(rows, columns, data, sizes, np.prod(values.shape))
    return graphs


def edges(connection: Connection, mask: np.ndarray, weights: bool, frame) -> tuple[np.ndarray, ...]:
    """The edges of one layer, from the values that it reads to the nodes that it writes.

    Parameters
    ----------
    connection : Connection
        Of a layer with weights.
    mask : bool array
        Which of them are kept.
    weights : bool
        Whether `data` holds their values.
    frame : sequence of int
        Rows above and below, columns left and right of the input that have numbers.

    Returns
    -------
    rows : int32[edges]
        Values of the view, and behind them its padding in the order of `padding_ids`.
    columns : int32[edges]
        Nodes of the target.
    data : float32[edges] or bool[edges]
    """
    values = connection.module.weight.detach().float().cpu().numpy()[mask]
    if isinstance(connection.module, nn.Linear):
        columns, rows = (index.astype(np.int32) for index in mask.nonzero())
        return rows, columns, values if weights else np.ones(len(rows), bool)
    module: nn.Conv2d = connection.module
    padded = padded_ids(module, connection.source.shape, frame)
    rows, columns = geometry.convolution(mask, padded.shape, module.stride, module.dilation, module.groups)
    data = np.repeat(values, rows.shape[1]) if weights else np.ones(rows.size, bool)
    return padded.ravel()[rows.ravel()], columns.ravel(), data


def padded_ids(module: nn.Conv2d, shape: tuple[int, ...], frame) -> np.ndarray:
    """Number what a convolution reads: the values first, then the padding around them.

    Parameters
    ----------
    module : torch.nn.Conv2d
    shape : tuple of int
        (channels, height, width) of the input.
    frame : sequence of int
        The widest padding around this input, at least the convolution's own where that is of zeros.

    Returns
    -------
    int32[channels, height + above + below, width + left + right]
        With the convolution's own padding. Values are channel * height * width + y * width + x. Zeros around
        them are numbered on, row by row through the frame. Circular, reflected and replicated padding reads
        values again.

    Examples
    --------
    >>> padded_ids(nn.Conv2d(1, 1, 3, padding=(0, 1)), (1, 1, 2), [0, 0, 1, 1]).tolist()
    [[[2, 0, 1, 3]]]
    >>> padded_ids(nn.Conv2d(1, 1, 3, padding=(0, 1), padding_mode="circular"), (1, 1, 2), [0] * 4).tolist()
    [[[1, 0, 1, 0]]]
    """
    top, bottom, left, right = padding_of(module)
    ids = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    if module.padding_mode != "zeros":
        mode = {"circular": "wrap", "reflect": "reflect", "replicate": "edge"}[module.padding_mode]
        return np.pad(ids, [(0, 0), (top, bottom), (left, right)], mode=mode)
    above, below, before, after = frame
    framed = np.pad(ids, [(0, 0), (above, below), (before, after)], constant_values=-1)
    outside = framed < 0
    framed[outside] = ids.size + np.arange(outside.sum(), dtype=np.int32)
    rows, columns = framed.shape[1:]
    return framed[:, above - top : rows - (below - bottom), before - left : columns - (after - right)]


def padding_nodes(view: View) -> int:
    """How many zeros the convolutions that read a view put around it, in all channels."""
    if not any(view.frame):
        return 0
    (channels, height, width), (top, bottom, left, right) = view.shape, view.frame
    return channels * ((height + top + bottom) * (width + left + right) - height * width)


def shape_of(model: nn.Module, input_shape: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape that was asked for, or the network's own, or a CIFAR image's."""
    return tuple(input_shape or getattr(model, "input_shape", (3, 32, 32)))


def _layers(model: nn.Module, masks: Masks | None) -> dict[str, tuple[np.ndarray, np.ndarray, int]]:
    """Each layer's mask, its kept weights (zero elsewhere) and its groups."""
    masks, layers = as_masks(model, masks), {}
    for name, weight in prunable(model).items():
        values = weight.detach().float().cpu().numpy() * masks[name]
        layers[name] = masks[name], values, getattr(model.get_submodule(name), "groups", 1)
    return layers


def _two_sides(rows, columns, data, sizes: tuple[int, int], real: int | None = None) -> LayeredGraph:
    """A bipartite graph as a layered one of two layers; left nodes from number `real` on are padding."""
    left, right = sizes
    ends = (np.asarray(rows, np.int32), np.asarray(columns, np.int32) + np.int32(left))
    matrix = scipy.sparse.coo_array((data, ends), shape=(left + right,) * 2).tocsr()
    padding = np.zeros(left + right, bool)
    padding[left if real is None else int(real) : left] = True
    return LayeredGraph(matrix, np.array([0, left, left + right]), SIDES, padding)
