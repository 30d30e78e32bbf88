"""Pruning at initialisation: seven ways to choose the weights of a network before it was trained.

Four score the weights and keep the best; three draw them at random and differ in the densities of the layers
(Cunegatti et al. (2024), Tables 6 and 7). The functions named after a method give its scores; `prune` draws
the examples they need, cuts the mask, and reports layers that collapsed.
"""

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from netwithin.networks.architectures import prunable
from netwithin.networks.cuts import cut, erdos_renyi_counts, kept, top_per_layer
from netwithin.networks.data import Pictures, per_class
from netwithin.networks.flow import SynapticFlow, collapsed
from netwithin.networks.masks import uniform_masks
from netwithin.networks.randomness import seeded

#: Examples of each class that SNIP and GraSP look at.
PER_CLASS = 10
#: Examples in one pass of SNIP and GraSP; more are looked at in several, whose gradients are averaged.
PASS = 250
#: Rounds in which SynFlow prunes.
ROUNDS = 100
#: Steps of descent that ProsPR looks through, and the examples of each.
STEPS, STEP_BATCH = 3, 128

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Scores = dict[str, torch.Tensor]


class LayerCollapse(UserWarning):
    """A mask leaves nothing of a layer."""


def snip(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, loss: Loss = F.cross_entropy
) -> Scores:
    """SNIP: how strongly the loss answers when a weight fades, `|dL/dm| = |theta dL/dtheta|` at m = 1.

    Parameters
    ----------
    model : torch.nn.Module
        Left as it was; batch norms use the examples' own statistics.
    images : torch.Tensor
        float[n, ...]
    labels : torch.Tensor
        int64[n]
    loss : callable
        Outputs and labels -> mean loss.

    Returns
    -------
    dict of str to torch.Tensor
        By layer; the highest stay.

    References
    ----------
    Lee, Ajanthan and Torr (2019), Eq. 6; Cunegatti et al. (2024), Table 6.

    Examples
    --------
    >>> model = nn.Linear(2, 1, bias=False)
    >>> _ = nn.init.constant_(model.weight, 2.0)
    >>> half_square = lambda outputs, labels: 0.5 * ((outputs - labels) ** 2).mean()
    >>> snip(model, torch.tensor([[1.0, 0.5]]), torch.tensor([[1.0]]), half_square)
    {'': tensor([[4., 2.]])}
    """
    model = _trainable(model)
    weights = prunable(model)
    gradients = _mean_gradients(model, weights, images, labels, loss)
    return {name: (w * g).abs() for (name, w), g in zip(_values(weights), gradients, strict=True)}


def without_each(
    model: nn.Module,
    layer: str,
    places: Sequence[int],
    images: torch.Tensor,
    labels: torch.Tensor,
    loss: Loss = F.cross_entropy,
) -> np.ndarray:
    """What SNIP's score stands for, measured: the change of the loss when one weight is removed.

    Parameters
    ----------
    model : torch.nn.Module
        Left as it was.
    layer : str
        One of `prunable(model)`.
    places : sequence of int
        Positions in the layer's flattened weights; each is removed alone.
    images, labels, loss
        As `snip`.

    Returns
    -------
    float64[places]
        Loss without the weight, less the loss with it.

    Examples
    --------
    >>> model = nn.Linear(2, 1, bias=False)
    >>> _ = nn.init.constant_(model.weight, 2.0)
    >>> half_square = lambda outputs, labels: 0.5 * ((outputs - labels) ** 2).mean()
    >>> without_each(model, "", [0, 1], torch.tensor([[1.0, 0.5]]), torch.tensor([[1.0]]), half_square)
    array([-2. , -1.5])
    """
    model = _trainable(model)
    weights = prunable(model)
    flat = weights[layer].detach().view(-1)
    x, y = _like(images, labels, weights)
    changes = []
    with torch.no_grad():
        whole = loss(model(x), y)
        for place in places:
            kept = flat[place].item()
            flat[place] = 0
            changes.append(float(loss(model(x), y) - whole))
            flat[place] = kept
    return np.array(changes)


def grasp(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    loss: Loss = F.cross_entropy,
    temperature: float = 200.0,
) -> Scores:
    """GraSP: theta H g, how much of the gradient's norm is lost, to first order, when a weight is removed.

    The method's own score is -theta H g, and the largest are removed; with the sign turned the highest stay,
    as everywhere here.

    Parameters
    ----------
    model, images, labels, loss
        As `snip`.
    temperature : float
        Divides the outputs, so that the softmax is far from certain.

    Returns
    -------
    dict of str to torch.Tensor

    References
    ----------
    Wang, Zhang and Grosse (2020), Eq. 8 and Algorithm 2; Cunegatti et al. (2024), Table 6.

    Examples
    --------
    >>> model = nn.Linear(2, 1, bias=False)
    >>> _ = nn.init.constant_(model.weight, 2.0)
    >>> half_square = lambda outputs, labels: 0.5 * ((outputs - labels) ** 2).mean()
    >>> x = torch.tensor([[1.0, 0.5]])  # H = x x', g = 2 x, theta = 2
    >>> grasp(model, x, torch.tensor([[1.0]]), half_square, temperature=1.0)
    {'': tensor([[5.0000, 2.5000]])}
    """
    model = _trainable(model)
    weights = prunable(model)

    def tempered(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return loss(outputs / temperature, labels)

    gradients = _mean_gradients(model, weights, images, labels, tempered)
    products = [torch.zeros_like(weight) for weight in weights.values()]
    for share, x, y in _passes(images, labels, weights):
        again = _gradients(tempered(model(x), y), weights, create_graph=True)
        along = sum((g * a).sum() for g, a in zip(gradients, again, strict=True))
        for product, term in zip(products, _gradients(along, weights), strict=True):
            product.add_(term, alpha=share)
    return {name: w * product for (name, w), product in zip(_values(weights), products, strict=True)}


def prospr(
    model: nn.Module,
    batches: Sequence[tuple[torch.Tensor, torch.Tensor]],
    loss: Loss = F.cross_entropy,
    learning_rate: float = 0.1,
) -> Scores:
    """ProsPR: how strongly the loss *after* a few steps of training answers when a weight fades.

    All parameters start from m theta and take one step of gradient descent for each batch but the last, on
    which the loss is taken; its derivative by m goes back through the steps, second derivatives included.

    Parameters
    ----------
    model : torch.nn.Module
        Left as it was.
    batches : sequence of (float[n, ...], int64[n])
        One for each step, and one more.
    loss : callable
        Outputs and labels -> mean loss.
    learning_rate : float
        Of the steps, which have no momentum.

    Returns
    -------
    dict of str to torch.Tensor
        `|dL/dm|` by layer; the highest stay.

    References
    ----------
    Alizadeh et al. (2022), Eq. 5 and Algorithm 1; Cunegatti et al. (2024), Table 6.

    Examples
    --------
    Without a step it is SNIP:

    >>> model, x, y = nn.Linear(2, 3), torch.ones(4, 2), torch.tensor([0, 1, 2, 0])
    >>> torch.equal(prospr(model, [(x, y)])[""], snip(model, x, y)[""])
    True
    """
    model = _trainable(model)
    masks = {name: torch.ones_like(weight, requires_grad=True) for name, weight in prunable(model).items()}
    owners = {id(weight): name for name, weight in prunable(model).items()}
    parameters = {
        name: value * masks[owners[id(value)]] if id(value) in owners else value * 1
        for name, value in model.named_parameters()
    }

    def judged(batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        # Batch norms count what they see: on copies, since the graph still needs what was there before.
        state = parameters | {name: value.clone() for name, value in model.named_buffers()}
        x, y = _like(*batch, parameters)
        return loss(torch.func.functional_call(model, state, x), y)

    for batch in batches[:-1]:
        steps = _gradients(judged(batch), parameters, create_graph=True)
        parameters = {
            name: value - learning_rate * step
            for (name, value), step in zip(parameters.items(), steps, strict=True)
        }
    meta = _gradients(judged(batches[-1]), masks)
    return {name: gradient.abs() for name, gradient in zip(masks, meta, strict=True)}


def magnitude(model: nn.Module) -> Scores:
    """Magnitudes of the weights: the usual score once a network is trained; not one of the paper's seven.

    Parameters
    ----------
    model : torch.nn.Module

    Returns
    -------
    dict of str to torch.Tensor
        By layer; the highest stay.

    References
    ----------
    Han, Pool, Tran and Dally (2015), Learning both weights and connections for efficient neural networks.

    Examples
    --------
    >>> model = nn.Linear(1, 1)
    >>> _ = nn.init.constant_(model.weight, -2.0)
    >>> magnitude(model)
    {'': tensor([[2.]])}
    """
    return {name: weight.abs() for name, weight in _values(prunable(model))}


@dataclass(frozen=True)
class Pruner:
    """A method by its name in the paper, and what `prune` has to give it.

    Attributes
    ----------
    title : str
        As the paper's tables have it.
    masks : callable
        `_Task` -> list of dict of str to bool array, one for each of its sparsities.
    scored : bool
        Whether it ranks weights, so that they may compete globally or within layers; the others draw at
        random, at densities of their own.
    sees_data : bool
        Whether it needs examples.
    """

    title: str
    masks: Callable
    scored: bool = True
    sees_data: bool = True


def prune(
    model: nn.Module,
    name: str,
    sparsity: float,
    data: Pictures | tuple[torch.Tensor, torch.Tensor] | None = None,
    loss: Loss = F.cross_entropy,
    scope: str | None = None,
    seed: int = 0,
    device: str = "cpu",
    input_shape: tuple[int, ...] | None = None,
) -> dict[str, np.ndarray]:
    """Choose the weights of a network that stay.

    Parameters
    ----------
    model : torch.nn.Module
        As initialised; left as it was, wherever it is.
    name : str
        One of `PRUNERS`.
    sparsity : float
        Share of the prunable weights that is removed, from 0 to less than 1.
    data : Pictures, or images float[n, ...] and labels int64[n]
        What to draw examples from, for the methods that look at any: the training part.
    loss : callable
        Outputs and labels -> mean loss.
    scope : {"global", "layer"}, optional
        Where scores compete; "global" unless said otherwise. The random methods take none.
    seed : int
        Of the examples, or of the random masks.
    device : str
        What the scores are computed on.
    input_shape : tuple of int, optional
        Of one input, for SynFlow; by default the data's, or what the model says in `input_shape`.

    Returns
    -------
    dict of str to bool array
        By the names of `prunable(model)`, in their shapes. In all (1 - sparsity) of the weights are kept,
        rounded; "uniform" and the scope "layer" round in each layer instead.

    Warns
    -----
    LayerCollapse
        If a layer keeps nothing.

    Raises
    ------
    ValueError
        If the method is unknown, needs data or a shape that was not given, or takes no scope; if the sparsity
        leaves nothing; if two layers share a weight; if scores are no numbers.

    References
    ----------
    Cunegatti et al. (2024), Appendix A.4.

    Examples
    --------
    >>> from netwithin import networks
    >>> model = networks.resnet20(size=8, channels=1)
    >>> masks = prune(model, "erk", 0.95)
    >>> sum(int(mask.sum()) for mask in masks.values()) == round(0.05 * 270608)
    True
    """
    return prunings(model, name, [sparsity], data, loss, scope, seed, device, input_shape)[0]


def prunings(
    model: nn.Module,
    name: str,
    sparsities: Sequence[float],
    data: Pictures | tuple[torch.Tensor, torch.Tensor] | None = None,
    loss: Loss = F.cross_entropy,
    scope: str | None = None,
    seed: int = 0,
    device: str = "cpu",
    input_shape: tuple[int, ...] | None = None,
) -> list[dict[str, np.ndarray]]:
    """Prune one network to several sparsities: what `prune` gives for each, with weights scored but once.

    Parameters
    ----------
    model, name
        As `prune`.
    sparsities : sequence of float
        Each from 0 to less than 1.
    data, loss, scope, seed, device, input_shape
        As `prune`.

    Returns
    -------
    list of dict of str to bool array
        A mask for each sparsity. SynFlow, which scores anew as it prunes, starts from the whole network for
        each.

    Warns
    -----
    LayerCollapse
        If a layer keeps nothing.

    Raises
    ------
    ValueError
        As `prune`.

    Examples
    --------
    >>> from netwithin import networks
    >>> model = networks.resnet20(size=8, channels=1)
    >>> [sum(int(mask.sum()) for mask in masks.values()) for masks in prunings(model, "er", [0.9, 0.95])]
    [27061, 13530]
    """
    if name not in PRUNERS:
        raise ValueError(f"there is no pruner {name!r}; there are {', '.join(PRUNERS)}")
    pruner = PRUNERS[name]
    if pruner.sees_data and data is None:
        raise ValueError(f"{pruner.title} looks at examples: give data, for example data.load('digits')")
    if scope is not None and not pruner.scored:
        raise ValueError(f"{pruner.title} has densities of its own for the layers: leave the scope out")
    weights = prunable(model)
    for sparsity in sparsities:  # refuses what leaves nothing
        kept(sum(weight.numel() for weight in weights.values()), sparsity)
    if len(set(map(id, weights.values()))) < len(weights):
        raise ValueError("two layers share one weight, which cannot have a mask for each: prune them untied")
    copied = copy.deepcopy(model).to(device)
    task = _Task(copied, tuple(sparsities), data, loss, scope or "global", seed, input_shape)
    with seeded(seed):
        found = pruner.masks(task)
    for sparsity, masks in zip(sparsities, found, strict=True):
        if lost := collapsed(masks):
            message = f"{pruner.title} at sparsity {sparsity} keeps no weight of {', '.join(lost)}"
            warnings.warn(message, LayerCollapse, stacklevel=2)
    return found


@dataclass(frozen=True)
class _Task:
    """What `prune` was asked for, with the model's copy on its device."""

    model: nn.Module
    sparsities: tuple[float, ...]
    data: Pictures | tuple | None
    loss: Loss
    scope: str
    seed: int
    input_shape: tuple[int, ...] | None

    def examples(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Images and labels of the training part."""
        return self.data.tensors("train") if isinstance(self.data, Pictures) else self.data

    def balanced(self) -> tuple[torch.Tensor, torch.Tensor]:
        """As many examples of each class."""
        images, labels = self.examples()
        chosen = torch.from_numpy(per_class(labels.cpu().numpy(), PER_CLASS, self.seed))
        return images[chosen], labels[chosen]

    def batches(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """A batch for each step of ProsPR and one more, without an example twice as long as there are any."""
        images, labels = self.examples()
        order = np.random.default_rng(self.seed).permutation(len(labels))
        chosen = np.resize(order, (STEPS + 1, STEP_BATCH))
        return [(images[rows], labels[rows]) for rows in torch.from_numpy(chosen)]

    def shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        if self.input_shape:
            return tuple(self.input_shape)
        if self.data is not None:
            return tuple(self.examples()[0].shape[1:])
        if hasattr(self.model, "input_shape"):
            return tuple(self.model.input_shape)
        raise ValueError("the shape of an input is not known: give input_shape, for example (3, 32, 32)")

    def cut(self, scores: Scores) -> list[dict[str, np.ndarray]]:
        """The masks of the highest scores."""
        arrays = {name: one.cpu().numpy() for name, one in scores.items()}
        return [cut(arrays, sparsity, self.scope) for sparsity in self.sparsities]


def _snip(task: _Task) -> list[dict[str, np.ndarray]]:
    return task.cut(snip(task.model, *task.balanced(), task.loss))


def _grasp(task: _Task) -> list[dict[str, np.ndarray]]:
    return task.cut(grasp(task.model, *task.balanced(), task.loss))


def _prospr(task: _Task) -> list[dict[str, np.ndarray]]:
    return task.cut(prospr(task.model, task.batches(), task.loss))


def _synflow(task: _Task) -> list[dict[str, np.ndarray]]:
    flow = SynapticFlow(task.model, task.shape())
    return [_thinned(flow, sparsity, task.scope) for sparsity in task.sparsities]


def _thinned(flow: SynapticFlow, sparsity: float, scope: str) -> dict[str, np.ndarray]:
    """Round k leaves a density of (1 - sparsity)^(k / ROUNDS): the flow is measured anew as it thins out."""
    masks = None
    for k in range(1, ROUNDS + 1):
        scores = {name: one.cpu().numpy() for name, one in flow.scores(masks).items()}
        if masks:  # what was removed stays so, even where a weight that is left has no flow either
            scores = {name: np.where(masks[name], one, -1.0) for name, one in scores.items()}
        masks = cut(scores, 1 - (1 - sparsity) ** (k / ROUNDS), scope)
    return masks


def _uniform(task: _Task) -> list[dict[str, np.ndarray]]:
    return [uniform_masks(task.model, sparsity, task.seed) for sparsity in task.sparsities]


def _erdos_renyi(task: _Task, kernels: bool = False) -> list[dict[str, np.ndarray]]:
    """Layers are random graphs of their own number of edges."""
    shapes = {name: tuple(weight.shape) for name, weight in prunable(task.model).items()}
    size = sum(int(np.prod(shape)) for shape in shapes.values())
    random = np.random.default_rng(task.seed)
    scores = {name: random.random(shape) for name, shape in shapes.items()}
    counts = [
        erdos_renyi_counts(list(shapes.values()), kept(size, sparsity), kernels)
        for sparsity in task.sparsities
    ]
    return [top_per_layer(scores, one) for one in counts]


def _erdos_renyi_kernel(task: _Task) -> list[dict[str, np.ndarray]]:
    return _erdos_renyi(task, kernels=True)


#: The paper's seven methods, in its tables' order.
PRUNERS = {
    "snip": Pruner("SNIP", _snip),
    "grasp": Pruner("GraSP", _grasp),
    "synflow": Pruner("SynFlow", _synflow, sees_data=False),
    "prospr": Pruner("ProsPR", _prospr),
    "uniform": Pruner("Uniform", _uniform, scored=False, sees_data=False),
    "er": Pruner("ER", _erdos_renyi, scored=False, sees_data=False),
    "erk": Pruner("ERK", _erdos_renyi_kernel, scored=False, sees_data=False),
}


def _trainable(model: nn.Module) -> nn.Module:
    """A copy that learns in every parameter, so that scoring leaves no trace in the original."""
    return copy.deepcopy(model).train().requires_grad_(True)


def _values(weights: dict[str, nn.Parameter]):
    return [(name, weight.detach()) for name, weight in weights.items()]


def _passes(images: torch.Tensor, labels: torch.Tensor, like: dict[str, torch.Tensor]):
    """Examples in as few even parts as fit, each with its share of them."""
    parts = -(-len(images) // PASS)
    for x, y in zip(images.tensor_split(parts), labels.tensor_split(parts), strict=True):
        yield len(x) / len(images), *_like(x, y, like)


def _like(
    x: torch.Tensor, y: torch.Tensor, like: dict[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Examples on the weights' device, the images of their type."""
    weight = next(iter(like.values()))
    return x.to(weight.device, weight.dtype), y.to(weight.device)


def _gradients(value: torch.Tensor, by: dict[str, torch.Tensor], create_graph: bool = False):
    """Gradients of a value; zeros by a tensor that takes no part in it, as an auxiliary head's."""
    return torch.autograd.grad(
        value, list(by.values()), create_graph=create_graph, allow_unused=True, materialize_grads=True
    )


def _mean_gradients(
    model: nn.Module, weights: dict[str, nn.Parameter], images: torch.Tensor, labels: torch.Tensor, loss: Loss
) -> list[torch.Tensor]:
    """Gradients of the mean loss by the weights."""
    totals = [torch.zeros_like(weight) for weight in weights.values()]
    for share, x, y in _passes(images, labels, weights):
        for total, gradient in zip(totals, _gradients(loss(model(x), y), weights), strict=True):
            total.add_(gradient, alpha=share)
    return totals
