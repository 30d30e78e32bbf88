"""Follow the data through a network: which layer reads which, and through which pooling windows.

The network is traced with `torch.fx` and run once on zeros; beside each tensor runs its `View`, which says
the nodes that the tensor's numbers stand for. Layers' names play no part.
"""

import dataclasses

import numpy as np
import scipy.sparse
import torch
import torch.fx
from torch import nn

from netwithin.encodings import geometry

_PASSED_MODULES = (
    *(nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm, nn.LayerNorm, nn.LocalResponseNorm),
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU),
    *(nn.Mish, nn.Sigmoid, nn.LogSigmoid, nn.Hardsigmoid, nn.Tanh, nn.Hardtanh, nn.Tanhshrink, nn.Softplus),
    *(nn.Softsign, nn.Softshrink, nn.Hardshrink, nn.Hardswish, nn.Threshold, nn.Softmax, nn.LogSoftmax),
    *(nn.Flatten, nn.Unflatten),
)
_PASSED_NAMES = frozenset(
    "relu relu_ relu6 leaky_relu prelu rrelu elu selu celu gelu silu mish sigmoid logsigmoid hardsigmoid "
    "tanh hardtanh tanhshrink softplus softsign softshrink hardshrink hardswish threshold softmax "
    "log_softmax sin cos exp log sqrt square pow abs clamp clamp_ mul imul sub isub div truediv neg "
    "batch_norm dropout dropout2d contiguous clone detach flatten unflatten view reshape squeeze "
    "unsqueeze".split()
)
_ADDED_NAMES = frozenset(("add", "iadd", "add_"))
_POOLED_NAMES = frozenset(("max_pool2d", "avg_pool2d"))
_ADAPTED_NAMES = frozenset(("adaptive_max_pool2d", "adaptive_avg_pool2d"))
_REDUCED_NAMES = frozenset(("mean", "sum", "amax"))


class EncodingError(ValueError):
    """A network that cannot be encoded; the message names the operation and says what can be."""


@dataclasses.dataclass(eq=False)
class Layer:
    """Nodes that belong together: the input, or what a convolution or a linear layer puts out.

    Attributes
    ----------
    name : str
        The module's name in the network, "input" for the input; a module that is called again has its
        number of the call behind it.
    shape : tuple of int
        (channels, height, width) or (features,).
    depth : int
        The longest way here from the input, in layers.
    """

    name: str
    shape: tuple[int, ...]
    depth: int

    @property
    def size(self) -> int:
        """Nodes, padding left out."""
        return int(np.prod(self.shape))


@dataclasses.dataclass(eq=False)
class View:
    """A tensor as its nodes: value v of it stands for node v of a layer, or for all those in window v.

    Attributes
    ----------
    layer : Layer
        Whose nodes they are.
    shape : tuple of int
        The tensor's, without the batch.
    windows : scipy.sparse.csr_array of bool, shape (values, nodes of the layer), optional
        After pooling, the nodes behind each value.
    frame : list of int
        The widest padding that a convolution puts around it: top, bottom, left, right.
    """

    layer: Layer
    shape: tuple[int, ...]
    windows: scipy.sparse.csr_array | None = None
    frame: list[int] = dataclasses.field(default_factory=lambda: [0, 0, 0, 0])


@dataclasses.dataclass(eq=False)
class Connection:
    """A bipartite piece of the graph: a layer's weights, or a skip that passes values on as they are.

    Attributes
    ----------
    source : View
        What is read.
    target : Layer
        What is written.
    name : str
        The module in the network that has the weights; empty for an identity, and for a network that is one
        layer.
    module : torch.nn.Conv2d, torch.nn.Linear or None
        None for an identity: value v goes to node v.
    shortcut : bool
        Whether the shallower branch of a sum, or an identity, runs here.
    call : int
        A module may be called several times; which time this is.
    """

    source: View
    target: Layer
    name: str
    module: nn.Module | None
    shortcut: bool = False
    call: int = 1

    @property
    def label(self) -> str:
        """The module's name, with the number of the call if it is not the first."""
        return self.name if self.call == 1 else f"{self.name} call {self.call}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """A network's layers, in an order in which edges run forwards, and what connects them."""

    layers: list[Layer]
    connections: list[Connection]


def trace(model: nn.Module, input_shape: tuple[int, ...], identities: bool = True) -> Plan:
    """Lay out the graph of a network without building any edge.

    A sum takes place in the nodes of its deepest branch, as in the paper: a shortcut's convolution writes
    into the same nodes as the branch beside it, and an identity skip is an edge from each node to its
    counterpart. If each branch is also read by others, the sum gets nodes of its own.

    Parameters
    ----------
    model : torch.nn.Module
        Of Conv2d, Linear, pooling, flatten, sums, and what acts on each value or normalises them; or one of
        these by itself, whose name is then "". It is run once, in evaluation mode and without gradients, and
        left as it was.
    input_shape : tuple of int
        Of one input, without the batch.
    identities : bool
        Whether identity skips are connections.

    Returns
    -------
    Plan

    Raises
    ------
    EncodingError
        If the network cannot be traced, or does something that has no encoding.

    References
    ----------
    Cunegatti et al., Section 3.2.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 5))
    >>> plan = trace(model, (1, 4, 4))
    >>> [(layer.name, layer.shape) for layer in plan.layers]
    [('input', (1, 4, 4)), ('0', (2, 2, 2)), ('4', (5,))]
    """
    modes = [(module, module.training) for module in model.modules()]
    like = next(
        (tensor for tensor in model.state_dict().values() if tensor.is_floating_point()), torch.zeros(1)
    )
    tracer = _Tracer()
    # torch.fx looks inside what it is given even where that is a layer, so a bare layer is given wrapped up.
    bare = tracer.is_leaf_module(model, "")
    root = nn.Sequential(model) if bare else model
    try:
        model.eval()
        follower = _Follower(torch.fx.GraphModule(root, tracer.trace(root)), identities, bare)
        # Two inputs, not one: an operation that mixes the batch shows itself in the shape.
        follower.run(torch.zeros(2, *input_shape).to(like))
    except EncodingError:
        raise
    except Exception as error:
        raise EncodingError(
            f"following an input of shape {tuple(input_shape)} through the network failed: {error}. It "
            "must be traceable by torch.fx (no branch that depends on the data) and fit the input"
        ) from error
    finally:
        for module, training in modes:
            module.training = training
    return Plan(follower.layers, follower.connections)


class _Tracer(torch.fx.Tracer):
    """Keeps convolutions and linear layers whole, those of classes derived from them too."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return isinstance(module, nn.Conv2d | nn.Linear) or super().is_leaf_module(module, name)


class _Follower(torch.fx.Interpreter):
    """Runs the traced network and keeps the `View` of each tensor."""

    def __init__(self, traced: torch.fx.GraphModule, identities: bool, bare: bool):
        super().__init__(traced)
        self.extra_traceback = False  # fx would put lines of its own behind an error's message
        self.identities = identities
        self.bare = bare  # the network is one layer, in a wrapper that has no part in its name
        self.layers: list[Layer] = []
        self.connections: list[Connection] = []
        self.views: dict[torch.fx.Node, View] = {}
        self.fresh: dict[torch.fx.Node, bool] = {}  # whether nothing else reads the layer that it came from

    def run(self, *args):
        with torch.no_grad():
            return super().run(*args)

    def run_node(self, node: torch.fx.Node):
        result = super().run_node(node)
        if node.op == "placeholder":
            if self.layers:
                raise EncodingError("the network has several inputs; one is needed")
            self._keep(node, self._identity_view(self._new_layer("input", tuple(result.shape[1:]), 0)), False)
        elif node.op in ("call_module", "call_function", "call_method"):
            read = [argument for argument in node.all_input_nodes if argument in self.views]
            if read and isinstance(result, torch.Tensor):
                self._follow(node, read, result)
            elif read and isinstance(result, tuple | list) and any(map(torch.is_tensor, result)):
                raise self._unknown(node)  # values in several parts; sizes, also a tuple, are none
        return result

    def _follow(self, node: torch.fx.Node, read: list[torch.fx.Node], result: torch.Tensor) -> None:
        """Find the view of one operation's result."""
        shape, view = tuple(result.shape[1:]), self.views[read[0]]
        if result.shape[0] != 2:
            raise EncodingError(f"{self._named(node)} mixes a batch's inputs or loses its axis")
        module = self.fetch_attr(node.target) if node.op == "call_module" else None
        name = node.target if isinstance(node.target, str) else node.target.__name__
        if len(read) == 2 and name in _ADDED_NAMES:
            self._add(node, read)
        elif len(read) > 1:
            raise self._unknown(node)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            self._weigh(node, view, module, shape)
        elif isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
            dilation = getattr(module, "dilation", 1)
            self._pool(node, view, shape, module.kernel_size, module.stride, module.padding, dilation)
        elif isinstance(module, nn.AdaptiveMaxPool2d | nn.AdaptiveAvgPool2d) or name in _ADAPTED_NAMES:
            windows = map(geometry.adaptive_windows, view.shape, shape)
            self._keep(node, self._pooled(view, list(windows), shape), self._alone(node))
        elif module is None and name in _POOLED_NAMES:
            args, kwargs = self.fetch_args_kwargs_from_env(node)
            self._pool(node, view, shape, *_POOLED_ARGUMENTS[name](*args, **kwargs))
        elif module is None and name in _REDUCED_NAMES:
            args, kwargs = self.fetch_args_kwargs_from_env(node)
            self._reduce(node, view, shape, *_reduced_axes(*args, **kwargs))
        elif isinstance(module, _PASSED_MODULES) or (module is None and name in _PASSED_NAMES | _ADDED_NAMES):
            if np.prod(shape) != np.prod(view.shape):
                raise self._unknown(node)
            if shape != view.shape:
                view = View(view.layer, shape, view.windows)
            self._keep(node, view, self._alone(node))
        else:
            raise self._unknown(node)

    def _weigh(self, node: torch.fx.Node, view: View, module: nn.Module, shape: tuple[int, ...]) -> None:
        """A convolution or a linear layer: new nodes, and a connection to them."""
        if len(view.shape) != (3 if isinstance(module, nn.Conv2d) else 1):
            raise EncodingError(
                f"{self._named(node)} reads values of shape {view.shape}; a convolution "
                "needs (channels, height, width), a linear layer needs them flattened"
            )
        name = self._module_name(node)
        call = 1 + sum(connection.name == name for connection in self.connections)
        target = self._new_layer("", shape, view.layer.depth + 1)
        self.connections.append(Connection(view, target, name, module, call=call))
        target.name = self.connections[-1].label
        if isinstance(module, nn.Conv2d) and module.padding_mode == "zeros":
            view.frame = [max(pair) for pair in zip(view.frame, padding_of(module), strict=True)]
        self._keep(node, self._identity_view(target), True)

    def _pool(self, node, view: View, shape, kernel, stride, padding, dilation) -> None:
        if len(view.shape) != 3:
            raise self._unknown(node)
        settings = zip(*map(_pair, (kernel, stride or kernel, padding, dilation)), strict=True)
        sizes = zip(view.shape[1:], shape[1:], settings, strict=True)
        axes = [scipy.sparse.eye_array(shape[0], dtype=bool, format="csr")]
        axes += [geometry.sliding_windows(size, outputs, *window) for size, outputs, window in sizes]
        self._keep(node, self._pooled(view, axes, shape), self._alone(node))

    def _reduce(self, node, view: View, shape, dims: tuple[int, ...]) -> None:
        """A mean or a maximum over whole axes: pooling with one window each."""
        axes = [dim % (len(view.shape) + 1) for dim in dims]
        if not axes or 0 in axes:
            raise self._unknown(node)
        windows = [
            geometry.adaptive_windows(size, 1 if axis in axes else size)
            for axis, size in enumerate(view.shape, start=1)
        ]
        self._keep(node, self._pooled(view, windows, shape), self._alone(node))

    def _pooled(self, view: View, axes: list, shape: tuple[int, ...]) -> View:
        windows = geometry.product(axes)
        if view.windows is not None:
            windows = scipy.sparse.csr_array(windows @ view.windows)
        return View(view.layer, shape, windows)

    def _add(self, node: torch.fx.Node, read: list[torch.fx.Node]) -> None:
        """A sum of two branches: choose whose nodes hold it, and connect the other to them."""
        views = [self.views[argument] for argument in read]
        if views[0].shape != views[1].shape:
            raise EncodingError(
                f"{self._named(node)} adds {views[0].shape} and {views[1].shape}; they must agree"
            )
        hosts = [
            view
            for view, argument in zip(views, read, strict=True)
            if view.windows is None and self.fresh[argument] and _readers(argument) == 1
        ]
        if len(hosts) == 2:
            host, other = sorted(hosts, key=lambda view: -view.layer.depth)
            self._merge(other.layer, host.layer)
        elif hosts:
            host, other = hosts[0], next(view for view in views if view is not hosts[0])
            self._skip(other, host.layer)
        else:
            depth = 1 + max(view.layer.depth for view in views)
            host = self._identity_view(self._new_layer(node.name, views[0].shape, depth))
            for view in views:
                self.connections.append(Connection(view, host.layer, "", None, shortcut=True))
        self._keep(node, View(host.layer, views[0].shape), True)

    def _merge(self, absorbed: Layer, host: Layer) -> None:
        """Let one layer's connections write into another, which moves behind all that both of them read."""
        for connection in self.connections:
            if connection.target is absorbed:
                connection.target, connection.shortcut = host, True
        last = max(self.layers.index(absorbed), self.layers.index(host))
        self.layers[last] = host
        gone = (absorbed, host)
        self.layers = [layer for k, layer in enumerate(self.layers) if k == last or layer not in gone]

    def _skip(self, source: View, host: Layer) -> None:
        if self.layers.index(source.layer) > self.layers.index(host):
            self.layers.remove(host)
            self.layers.insert(self.layers.index(source.layer) + 1, host)
        host.depth = max(host.depth, source.layer.depth + 1)
        if self.identities:
            self.connections.append(Connection(source, host, "", None, shortcut=True))

    def _new_layer(self, name: str, shape: tuple[int, ...], depth: int) -> Layer:
        self.layers.append(Layer(name, shape, depth))
        return self.layers[-1]

    def _identity_view(self, layer: Layer) -> View:
        return View(layer, layer.shape)

    def _keep(self, node: torch.fx.Node, view: View, fresh: bool) -> None:
        self.views[node], self.fresh[node] = view, fresh

    def _alone(self, node: torch.fx.Node) -> bool:
        """Whether what an operation reads is read by nothing else, all the way back to its layer."""
        read = next(argument for argument in node.all_input_nodes if argument in self.views)
        return self.fresh[read] and _readers(read) == 1

    def _unknown(self, node: torch.fx.Node) -> EncodingError:
        return EncodingError(
            f"{self._named(node)} has no encoding; a network is made of modules Conv2d and Linear, of "
            "pooling, flatten, sums of two, and of what acts on each value or normalises them"
        )

    def _named(self, node: torch.fx.Node) -> str:
        """An operation as an error names it: where it is and what it is."""
        if node.op == "call_module":
            name, kind = self._module_name(node), type(self.fetch_attr(node.target)).__name__
            return f"{name} ({kind})" if name else kind
        return f"{node.name} ({getattr(node.target, '__name__', node.target)})"

    def _module_name(self, node: torch.fx.Node) -> str:
        """A module's name in the network that was given."""
        return "" if self.bare else node.target


def padding_of(module: nn.Conv2d) -> list[int]:
    """What a convolution puts around its input.

    Parameters
    ----------
    module : torch.nn.Conv2d

    Returns
    -------
    list of int
        Rows above and below, columns to the left and to the right; "same" padding may differ by one.

    Examples
    --------
    >>> padding_of(nn.Conv2d(1, 1, (3, 4), padding="same"))
    [1, 1, 1, 2]
    """
    left, right, top, bottom = module._reversed_padding_repeated_twice
    return [top, bottom, left, right]


def _readers(node: torch.fx.Node) -> int:
    """How many operations read a tensor's values; asking for its shape does not count."""
    return sum(user.target not in ("size", "dim", "numel", getattr) for user in node.users)


def _pair(value) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, *_, **__):
    return kernel_size, stride, padding, dilation


def _avg_pool2d(input, kernel_size, stride=None, padding=0, *_, **__):
    return kernel_size, stride, padding, 1


_POOLED_ARGUMENTS = {"max_pool2d": _max_pool2d, "avg_pool2d": _avg_pool2d}


def _reduced_axes(input, dim=(), *_, **__) -> tuple[tuple[int, ...]]:
    return ((dim,) if isinstance(dim, int) else tuple(dim or ()),)
