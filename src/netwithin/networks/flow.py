"""What can flow through a sparse network: SynFlow's scores, weights on no path, layers that collapsed."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode

from netwithin.networks.architectures import prunable
from netwithin.networks.masks import Masks, as_masks


def synaptic_flow(
    model: nn.Module, input_shape: tuple[int, ...] = (3, 32, 32), masks: Masks | None = None
) -> dict[str, torch.Tensor]:
    """SynFlow's scores: the flow through each weight when every parameter is taken by its absolute value.

    With R the sum of the outputs for an input of ones, a weight's score is theta dR/dtheta: the share of R
    that passes through it. So what enters a unit leaves it again, and without biases the scores of each
    layer that all paths cross add up to R.

    Parameters
    ----------
    model : nn.Module
        Layers between which nothing but rectified-linear units, sines, pooling and batch norms lie; a batch
        norm counts as in evaluation, and a sine as its tangent at 0: sin(omega0 u) passes omega0 u on.
    input_shape : tuple of int
        Of one input.
    masks : mapping of str to bool array, optional
        Weights that are left; by default all.

    Returns
    -------
    dict of str to torch.Tensor
        float64 (a deep network's flow exceeds float32), not negative, on the model's device.

    Raises
    ------
    OverflowError
        If the flow exceeds float64 as well.

    References
    ----------
    Tanaka et al. (2020), Eq. 2 and Algorithm 1; Cunegatti et al. (2024), Table 6.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False))
    >>> with torch.no_grad():
    ...     _ = model[0].weight.copy_(torch.tensor([[1.0, -2.0], [3.0, 0.0]]))
    ...     _ = model[1].weight.copy_(torch.tensor([[1.0, -1.0]]))
    >>> flow = synaptic_flow(model, (2,))
    >>> flow["0"].tolist(), flow["1"].tolist()
    ([[1.0, 2.0], [3.0, 0.0]], [[3.0, 3.0]])
    """
    return SynapticFlow(model, input_shape).scores(masks)


class SynapticFlow:
    """A network made linear, whose flow is measured again and again as it thins out: see `synaptic_flow`.

    Parameters
    ----------
    model : nn.Module
        Left as it was.
    input_shape : tuple of int
        Of one input.
    """

    def __init__(self, model: nn.Module, input_shape: tuple[int, ...] = (3, 32, 32)):
        self.linear = copy.deepcopy(model).double().eval().requires_grad_(True)
        with torch.no_grad():
            for parameter in self.linear.parameters():
                parameter.abs_()
        self.weights = prunable(self.linear)
        self.dense = {name: weight.detach().clone() for name, weight in self.weights.items()}
        device = next(self.linear.parameters()).device
        self.ones = torch.ones(1, *input_shape, dtype=torch.float64, device=device)

    def scores(self, masks: Masks | None = None) -> dict[str, torch.Tensor]:
        """The flow through each weight that is left.

        Parameters
        ----------
        masks : mapping of str to bool array, optional

        Returns
        -------
        dict of str to torch.Tensor

        Raises
        ------
        OverflowError
            If the flow exceeds float64.
        """
        with torch.no_grad():
            for name, mask in as_masks(self.linear, masks).items():
                torch.mul(
                    self.dense[name], torch.from_numpy(mask).to(self.ones.device), out=self.weights[name]
                )
        with _SinesAsLines():
            flow = self.linear(self.ones).sum()
        # A layer that takes no part has no flow.
        gradients = torch.autograd.grad(
            flow, list(self.weights.values()), allow_unused=True, materialize_grads=True
        )
        if not all(torch.isfinite(gradient).all() for gradient in gradients):
            raise OverflowError("the flow through this network exceeds float64")
        pairs = zip(self.weights.items(), gradients, strict=True)
        return {name: weight.detach() * gradient for (name, weight), gradient in pairs}


def on_a_path(
    model: nn.Module, masks: Masks, input_shape: tuple[int, ...] = (3, 32, 32)
) -> dict[str, np.ndarray]:
    """The weights of a sparse network that lie on a path from an input to an output.

    What is in the mask but not here can be trained, and changes nothing that the input has a say in: either
    no input reaches it, or no output hears of it.

    Parameters
    ----------
    model : nn.Module
        Its weights do not matter, its layers do. Between them activations, norms and a softmax let every
        path through, and pooling those of its whole window.
    masks : mapping of str to bool array
    input_shape : tuple of int
        Of one input.

    Returns
    -------
    dict of str to bool array
        Masks, each within its mask of `masks`.

    Raises
    ------
    ValueError
        If the network has a max pooling with dilation, or one that returns places.

    References
    ----------
    Vysogorets and Kempe (2023), who call their share the effective density.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    >>> masks = {"0": np.array([[True, False], [False, True]]), "1": np.array([[True, False]])}
    >>> on_a_path(model, masks, (2,))["0"]
    array([[ True, False],
           [False, False]])
    """
    paths = copy.deepcopy(model)
    with torch.no_grad():
        for name, parameter in paths.named_parameters():
            parameter.fill_(0 if name.endswith("bias") else 1)  # a bias is no path from an input
        for weight in prunable(paths).values():
            # Means instead of sums: the number of paths through a deep network is astronomical.
            weight.fill_(1 / max(1, weight[0].numel()))
    with _EveryPath():
        flow = synaptic_flow(paths, input_shape, masks)
    return {name: score.cpu().numpy() > 0 for name, score in flow.items()}


def collapsed(masks: Masks) -> list[str]:
    """The layers that no weight is left of, by name: no input gets past them, save by a residual connection.

    Parameters
    ----------
    masks : mapping of str to bool array

    Returns
    -------
    list of str

    References
    ----------
    Tanaka et al. (2020), Section 3.

    Examples
    --------
    >>> collapsed({"conv": np.array([True, False]), "fc": np.array([False, False])})
    ['fc']
    """
    return [name for name, mask in masks.items() if not mask.any()]


class _SinesAsLines(TorchFunctionMode):
    """Inside it sin(u) is u, so that a sine layer passes a flow on, however large."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (torch.sin, torch.Tensor.sin):
            return args[0]
        return func(*args, **(kwargs or {}))


class _EveryPath(TorchFunctionMode):
    """Inside it nothing but weights and sums changes a flow, so that only a missing weight can stop it.

    A max hides all paths through its window but one, so max pooling becomes a mean. What saturates, or
    takes a mean away, hides them from the gradient, so it passes its input on.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name.rstrip("_") in _PASSED_ON:  # relu_ as relu
            return args[0] if args else kwargs["input"]
        if name.endswith("_with_indices"):
            raise ValueError("paths through max pooling cannot be followed by the places of its maxima")
        if name == "adaptive_max_pool2d":
            return F.adaptive_avg_pool2d(*args, **{k: v for k, v in kwargs.items() if k != "return_indices"})
        if name == "max_pool2d":
            return _mean_pool(*args, **kwargs)
        return func(*args, **kwargs)


#: What takes a tensor to one of the same shape without mixing places, or to the like but for a mean.
_PASSED_ON = frozenset(
    "relu relu6 leaky_relu prelu rrelu elu selu celu gelu silu mish softplus softsign tanh sigmoid "
    "logsigmoid hardtanh hardsigmoid hardswish tanhshrink hardshrink softshrink threshold softmax "
    "log_softmax softmin batch_norm instance_norm layer_norm group_norm rms_norm".split()
)


def _mean_pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, **_) -> torch.Tensor:
    """Average pooling by the arguments of a max pooling."""
    if torch.as_tensor(dilation).ne(1).any():
        raise ValueError("paths through max pooling with dilation cannot be followed")
    return F.avg_pool2d(input, kernel_size, stride or None, padding, ceil_mode)
