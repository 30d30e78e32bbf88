"""The encodings by their definitions, pixel by pixel: slow, plain, and independent of the package."""

import itertools

import numpy as np
from torch import nn


class Brute:
    """A network followed pixel by pixel; `edges` are pairs of names such as ("conv", 0, 2, 3).

    A tensor is an object array, each entry the set of nodes that its value stands for. Zeros around a
    tensor are nodes ("pad", key, channel, y, x), where the key names the tensor and y, x may be negative.
    """

    def __init__(self, shape, padding=True):
        self.edges, self.nodes, self.padding = [], set(), padding
        self.input = self.fresh("input", shape)

    def fresh(self, name, shape):
        tensor = np.empty(shape, object)
        for place in itertools.product(*map(range, shape)):
            tensor[place] = {(name, *place)}
            self.nodes.add((name, *place))
        return tensor

    def conv(self, tensor, key, name, module: nn.Conv2d, mask, into=None):
        out, per_group = mask.shape[:2]
        (top, left), (channels, height, width) = module.padding, tensor.shape
        if self.padding:
            for c in range(channels):
                for y in range(-top, height + top):
                    for x in range(-left, width + left):
                        if not (0 <= y < height and 0 <= x < width):
                            self.nodes.add(("pad", key, c, y, x))
        rows = (height + 2 * top - module.dilation[0] * (mask.shape[2] - 1) - 1) // module.stride[0] + 1
        columns = (width + 2 * left - module.dilation[1] * (mask.shape[3] - 1) - 1) // module.stride[1] + 1
        result = self.fresh(name, (out, rows, columns)) if into is None else into
        weights = module.weight.detach().numpy()
        for o, y, x in itertools.product(range(out), range(rows), range(columns)):
            for c, ky, kx in itertools.product(range(per_group), *map(range, mask.shape[2:])):
                if not mask[o, c, ky, kx]:
                    continue
                channel = c + (o // (out // module.groups)) * per_group
                v = y * module.stride[0] + ky * module.dilation[0] - top
                u = x * module.stride[1] + kx * module.dilation[1] - left
                if 0 <= v < height and 0 <= u < width:
                    sources = tensor[channel, v, u]
                else:
                    sources = {("pad", key, channel, v, u)} if self.padding else set()
                (target,) = result[o, y, x]
                self.edges += [(source, target, weights[o, c, ky, kx]) for source in sources]
        return result

    def linear(self, tensor, name, module: nn.Linear, mask):
        values, result = tensor.ravel(), self.fresh(name, (len(mask),))
        for o, i in zip(*mask.nonzero(), strict=True):
            (target,) = result[o]
            weight = module.weight.detach().numpy()[o, i]
            self.edges += [(source, target, weight) for source in values[i]]
        return result

    def pool(self, tensor, size, stride, padding):
        channels, height, width = tensor.shape
        rows, columns = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
        result = np.empty((channels, rows, columns), object)
        for c, y, x in np.ndindex(result.shape):
            members = set()
            for v in range(y * stride - padding, y * stride - padding + size):
                for u in range(x * stride - padding, x * stride - padding + size):
                    if 0 <= v < height and 0 <= u < width:
                        members |= tensor[c, v, u]
            result[c, y, x] = members
        return result

    def skip(self, tensor, into):
        for place in np.ndindex(tensor.shape):
            (target,) = into[place]
            self.edges += [(source, target, 1.0) for source in tensor[place]]


def named(graph, layers) -> list[tuple]:
    """The names, as `Brute` gives them, of the nodes that are not padding; None for padding.

    `layers` says for each of the graph's layers the brute name and the shape.
    """
    names = []
    for (name, shape), begin, end in zip(layers, graph.offsets[:-1], graph.offsets[1:], strict=True):
        size = int(np.prod(shape))
        names += [(name, *map(int, np.unravel_index(v, shape))) for v in range(size)]
        names += [None] * int(end - begin - size)
    return names


def released_layers(first, second, masks, size: int) -> list[tuple[int, int]]:
    """What the released code makes of two convolutions in a row, written from its steps, as node numbers.

    The graph of each is built with the padding, the second's padding is deleted and what is left numbered
    anew; then its numbers are moved up by those of the layer before the one that it reads.
    """

    def graph(module, mask, size):
        """Edges of one convolution over its padded input, and how many nodes that input has."""
        kernel, stride, padding = mask.shape[2], module.stride[0], module.padding[0]
        outputs = (size - kernel + 2 * padding) // stride + 1
        side = size + 2 * padding
        if (side - kernel) % stride:
            side = (outputs - 1) * stride + kernel
        edges = []
        for o, c, ky, kx in zip(*mask.nonzero(), strict=True):
            for y, x in itertools.product(range(outputs), repeat=2):
                source = c * side * side + (y * stride + ky) * side + x * stride + kx
                edges.append((source, len(mask[0]) * side * side + o * outputs * outputs + y * outputs + x))
        return edges, len(mask[0]) * side * side, side, outputs

    one, before, _, outputs = graph(first, masks[0], size)
    two, left, side, _ = graph(second, masks[1], outputs)
    rim, padding = np.ones((side, side), bool), second.padding[0]
    rim[padding : side - padding, padding : side - padding] = False
    deleted = np.flatnonzero(np.tile(rim.ravel(), len(masks[1][0])))
    gone = set(deleted.tolist())
    number = {node: k for k, node in enumerate(v for v in range(10 * left) if v not in gone)}
    return one + [(before + number[s], before + number[t]) for s, t in two if s not in gone]
