"""Masks: which weights of a network are kept.

A set of masks is a dictionary with the keys and shapes of `prunable(model)`, its values boolean arrays or
tensors, True where a weight is kept.
"""

import os
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from netwithin.atomic import replacing
from netwithin.networks.architectures import prunable

#: By module name, True where a weight is kept.
Masks = Mapping[str, np.ndarray | torch.Tensor]


def as_masks(model: nn.Module, masks: Masks | None = None) -> dict[str, np.ndarray]:
    """Check masks against a network and bring them into one form.

    Parameters
    ----------
    model : torch.nn.Module
        The network that they belong to.
    masks : mapping of str to bool array or tensor, optional
        None keeps every weight.

    Returns
    -------
    dict of str to bool array
        One for each of `prunable(model)`, in its order.

    Raises
    ------
    ValueError
        If a layer has no mask, a mask has no layer, a shape differs, or a value is neither true nor false.

    Examples
    --------
    >>> model = nn.Linear(2, 3)
    >>> as_masks(model)[""].sum()
    np.int64(6)
    >>> as_masks(model, {"": np.ones((2, 3), bool)})
    Traceback (most recent call last):
    ...
    ValueError: the mask of '' is (2, 3), but its weight is (3, 2)
    """
    weights = prunable(model)
    if masks is None:
        return {name: np.ones(tuple(weight.shape), bool) for name, weight in weights.items()}
    missing, unknown = sorted(weights.keys() - masks.keys()), sorted(masks.keys() - weights.keys())
    if missing or unknown:
        raise ValueError(f"masks are missing for {missing}, and no layer has the names {unknown}")
    return {name: _as_mask(name, masks[name], tuple(weight.shape)) for name, weight in weights.items()}


def uniform_masks(model: nn.Module, sparsity: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Random masks that remove the same share of every layer (the paper's "Uniform").

    Parameters
    ----------
    model : torch.nn.Module
        What is pruned.
    sparsity : float
        Share of the weights that is removed, 0 to 1. Each layer keeps exactly the nearest number of weights.
    seed : int
        Seed of NumPy's generator.

    Returns
    -------
    dict of str to bool array

    Raises
    ------
    ValueError
        If the sparsity is no share.

    References
    ----------
    Cunegatti et al., Appendix A.4; Zhu and Gupta (2017), To prune, or not to prune.

    Examples
    --------
    >>> masks = uniform_masks(nn.Linear(10, 10), sparsity=0.9)
    >>> masks[""].sum(), sparsity_of(masks)
    (np.int64(10), 0.9)
    """
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparsity is the share that is removed, 0 to 1, not {sparsity}")
    generator = np.random.default_rng(seed)
    masks = {}
    for name, weight in prunable(model).items():
        mask = np.arange(weight.numel()) < round((1 - sparsity) * weight.numel())
        masks[name] = generator.permutation(mask).reshape(tuple(weight.shape))
    return masks


def sparsity_of(masks: Masks) -> float:
    """Share of the weights that masks remove, over all layers together.

    Parameters
    ----------
    masks : mapping of str to bool array or tensor
        At least one weight in all.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> sparsity_of({"a": np.array([True, False]), "b": np.array([False, False])})
    0.75
    """
    kept = sum(int(mask.sum()) for mask in masks.values())
    return 1 - kept / sum(int(np.prod(mask.shape)) for mask in masks.values())


def apply_masks(model: nn.Module, masks: Masks):
    """Set the weights that masks remove to zero; in a `with` statement, only inside it.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place. Training moves zeros again, so a trainer applies the masks after each step.
    masks : mapping of str to bool array or tensor
        With the keys and shapes of `prunable(model)`.

    Returns
    -------
    context manager
        Leaving it puts back the weights that were removed. Nobody has to enter it.

    Raises
    ------
    ValueError
        If the masks do not fit.

    Examples
    --------
    >>> model = nn.Linear(2, 1)
    >>> with apply_masks(model, {"": np.array([[True, False]])}):
    ...     bool(model.weight[0, 1] == 0)
    True
    >>> bool(model.weight[0, 1] == 0)
    False
    """
    return _Applied(model, as_masks(model, masks))


def save_masks(masks: Masks, path: str | os.PathLike) -> None:
    """Write masks to a file, one bit a weight, whole or not at all.

    Parameters
    ----------
    masks : mapping of str to bool array or tensor
    path : path-like
        An `.npz` file.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "masks.npz"
    >>> save_masks(uniform_masks(nn.Linear(3, 3), 0.5), path)
    >>> load_masks(path)[""].shape
    (3, 3)
    """
    arrays = {}
    for name, mask in masks.items():
        mask = np.asarray(mask, dtype=bool)
        arrays[f"shape {name}"] = np.array(mask.shape, np.int64)
        arrays[f"bits {name}"] = np.packbits(mask)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def load_masks(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Read what `save_masks` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict of str to bool array

    Raises
    ------
    ValueError
        If the file does not hold masks.
    OSError
        If it cannot be read.
    """
    masks = {}
    with np.load(path, allow_pickle=False) as file:
        for key in file.files:
            kind, _, name = key.partition(" ")
            if kind == "shape":
                shape = tuple(file[key].tolist())
                bits = np.unpackbits(file[f"bits {name}"], count=int(np.prod(shape)))
                masks[name] = bits.astype(bool).reshape(shape)
    if not masks:
        raise ValueError(f"{path} holds no masks; they are written by save_masks")
    return masks


class _Applied:
    """Masks that were applied, and what it takes to undo it."""

    def __init__(self, model: nn.Module, masks: dict[str, np.ndarray]):
        self.removed = []
        with torch.no_grad():
            for name, weight in prunable(model).items():
                gone = torch.from_numpy(~masks[name]).to(weight.device)
                self.removed.append((weight, gone, weight[gone].clone()))
                weight.masked_fill_(gone, 0)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_) -> None:
        with torch.no_grad():
            for weight, gone, values in self.removed:
                weight[gone] = values


def _as_mask(name: str, mask: np.ndarray | torch.Tensor, shape: tuple[int, ...]) -> np.ndarray:
    mask = mask.detach().cpu().numpy() if isinstance(mask, torch.Tensor) else np.asarray(mask)
    if mask.shape != shape:
        raise ValueError(f"the mask of {name!r} is {mask.shape}, but its weight is {shape}")
    if not np.isin(mask, (0, 1)).all():
        raise ValueError(f"the mask of {name!r} holds values other than 0 and 1")
    return mask.astype(bool)
