"""The networks that Parts II and III look at, and what is removed from them.

`architectures` builds the paper's four networks, `masks` says which of their weights are kept, `pruners`
chooses them before training and `training` trains what is left, on the pictures of `data`; `flow` asks what
can still pass through, `cuts` counts. Everything here needs torch, so it is imported by name only:
`from netwithin import networks`.

Examples
--------
>>> from netwithin import networks
>>> model = networks.resnet20(classes=10, size=8, channels=1)
>>> masks = networks.uniform_masks(model, sparsity=0.9)
>>> round(networks.sparsity_of(masks), 4)
0.9
>>> masks = networks.prune(model, "snip", 0.9, networks.data.load("digits"))
>>> len(networks.flow.collapsed(masks))
0
"""

from netwithin.networks import data, flow
from netwithin.networks.architectures import (
    ARCHITECTURES,
    conv6,
    prunable,
    resnet20,
    resnet32,
    wide_resnet28_2,
)
from netwithin.networks.masks import (
    Masks,
    apply_masks,
    as_masks,
    load_masks,
    save_masks,
    sparsity_of,
    uniform_masks,
)
from netwithin.networks.pruners import PRUNERS, LayerCollapse, prune, prunings
from netwithin.networks.training import Outcome, Recipe, accuracy, recipe, train_sparse

__all__ = [
    "ARCHITECTURES",
    "PRUNERS",
    "LayerCollapse",
    "Masks",
    "Outcome",
    "Recipe",
    "accuracy",
    "apply_masks",
    "as_masks",
    "conv6",
    "data",
    "flow",
    "load_masks",
    "prunable",
    "prune",
    "prunings",
    "recipe",
    "resnet20",
    "resnet32",
    "save_masks",
    "sparsity_of",
    "train_sparse",
    "uniform_masks",
    "wide_resnet28_2",
]
