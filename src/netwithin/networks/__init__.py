"""The networks that Parts II and III look at, and what is removed from them.

`architectures` builds the paper's four networks, `masks` says which of their weights are kept. Everything
here needs torch, so it is imported by name only: `from netwithin import networks`.

Examples
--------
>>> from netwithin import networks
>>> model = networks.resnet20(classes=10, size=8, channels=1)
>>> masks = networks.uniform_masks(model, sparsity=0.9)
>>> round(networks.sparsity_of(masks), 4)
0.9
"""

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

__all__ = [
    "ARCHITECTURES",
    "Masks",
    "apply_masks",
    "as_masks",
    "conv6",
    "load_masks",
    "prunable",
    "resnet20",
    "resnet32",
    "save_masks",
    "sparsity_of",
    "uniform_masks",
    "wide_resnet28_2",
]
