"""Half-precision weights: how many there are, what they weigh, and a file without pickle."""

import copy
import os

import numpy as np
import torch
from torch import nn

from netwithin.atomic import replacing


def parameter_count(model: nn.Module) -> int:
    """Number of weights and biases.

    Examples
    --------
    >>> parameter_count(nn.Linear(28, 1))
    29
    """
    return sum(parameter.numel() for parameter in model.parameters())


def size_bytes(model: nn.Module, bits: int = 16) -> int:
    """Bytes of the bare weights at `bits` bits each, rounded up: what Table 4 of the paper counts.

    Examples
    --------
    >>> size_bytes(nn.Linear(28, 1)), size_bytes(nn.Linear(28, 1), bits=32)
    (58, 116)
    """
    return -(-parameter_count(model) * bits // 8)


def half_precision(model: nn.Module) -> nn.Module:
    """A copy whose weights were rounded to fp16 and are computed with in the original type.

    What is stored has 16 bits a weight; what is computed keeps float32, so that the only harm is
    the rounding (Tang and Li, Section 6.4: "weight quantization post-training").

    Parameters
    ----------
    model : nn.Module
        Left as it is.

    Returns
    -------
    nn.Module

    Examples
    --------
    >>> layer = nn.Linear(1, 1)
    >>> _ = nn.init.constant_(layer.weight, 0.1)
    >>> round(half_precision(layer).weight.item(), 6)
    0.099976
    """
    rounded = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in rounded.parameters():
            parameter.copy_(parameter.half())
    return rounded


def save(model: nn.Module, path: str | os.PathLike, dtype=np.float16) -> None:
    """Write a model's weights as an uncompressed .npz, whole or not at all.

    Parameters
    ----------
    model : nn.Module
    path : path-like
    dtype : numpy dtype
        Precision on disk.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    arrays = {name: value.cpu().numpy().astype(dtype) for name, value in model.state_dict().items()}
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def load(model: nn.Module, path: str | os.PathLike) -> nn.Module:
    """Fill `model` with the weights that `save` wrote, and return it.

    Parameters
    ----------
    model : nn.Module
        Same architecture as the model that was saved; changed in place.
    path : path-like

    Raises
    ------
    ValueError
        If the file is damaged or another architecture's. Pickled content is never run.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "weights.npz"
    >>> layer = nn.Linear(3, 2)
    >>> save(layer, path, dtype=np.float32)
    >>> torch.equal(load(nn.Linear(3, 2), path).weight, layer.weight)
    True
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            state = {name: torch.from_numpy(file[name]) for name in file.files}
        model.load_state_dict(state)
    except FileNotFoundError:
        raise
    except Exception as error:
        # zipfile, numpy and torch each have their own words for a file that does not fit.
        raise ValueError(f"{path}: no weights of this architecture ({error})") from error
    return model
