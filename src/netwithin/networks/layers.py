"""A network layer by layer: how many weights there are, and how evenly a pruning leaves them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from torch import nn

from netwithin.networks.architectures import prunable
from netwithin.networks.masks import Masks


def sizes(models: Mapping[str, nn.Module]) -> pd.DataFrame:
    """Count what networks have.

    Parameters
    ----------
    models : mapping of str to torch.nn.Module

    Returns
    -------
    pandas.DataFrame
        One row per network, int: `layers` that have weights to prune, `parameters` in all, and those of them
        that pruning may remove, `prunable`.

    Examples
    --------
    >>> sizes({"one": nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))}).loc["one"].to_dict()
    {'layers': 2, 'parameters': 23, 'prunable': 18}
    """
    rows = {}
    for name, model in models.items():
        weights = prunable(model)
        rows[name] = {
            "layers": len(weights),
            "parameters": sum(one.numel() for one in model.parameters()),
            "prunable": sum(one.numel() for one in weights.values()),
        }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["layers", "parameters", "prunable"])


def densities(masks: Mapping[str, Masks]) -> pd.DataFrame:
    """The share of each layer's weights that is left.

    Parameters
    ----------
    masks : mapping of str to masks
        By method; of one network.

    Returns
    -------
    pandas.DataFrame
        One row per layer, one column per method, 0 to 1.

    Examples
    --------
    >>> mask = {"first": np.array([[True, False]]), "last": np.array([[True]])}
    >>> densities({"SNIP": mask})["SNIP"].to_dict()
    {'first': 0.5, 'last': 1.0}
    """
    return pd.DataFrame(
        {
            name: {layer: float(mask.mean()) for layer, mask in layers.items()}
            for name, layers in masks.items()
        }
    )


def parting(table: pd.DataFrame) -> pd.Series:
    """How unevenly each method treats the layers: the densest layer's density over the thinnest's.

    Parameters
    ----------
    table : pandas.DataFrame
        What `densities` returned. Layers with nothing left are passed over.

    Returns
    -------
    pandas.Series
        Float, from 1, by method.

    Examples
    --------
    >>> table = pd.DataFrame({"SNIP": [0.5, 0.1, 0.0], "Uniform": [0.2, 0.2, 0.2]})
    >>> parting(table).to_dict()
    {'SNIP': 5.0, 'Uniform': 1.0}
    """
    return table.max() / table.replace(0, np.nan).min()


def thinnest(table: pd.DataFrame, model: nn.Module) -> dict[str, str]:
    """The layer that is thinnest on average over the methods, in the words of a text.

    Parameters
    ----------
    table : pandas.DataFrame
        What `densities` returned.
    model : torch.nn.Module
        The network.

    Returns
    -------
    dict of str to str
        `thin`, the layer; `thin_share`, its share of the network's weights in per cent; `thin_who`, the
        method that keeps least of it, and `thin_low`, how much, in per cent.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(4, 3, bias=False), nn.Linear(3, 1, bias=False))
    >>> table = pd.DataFrame({"SNIP": [0.5, 1.0], "ER": [0.25, 1.0]}, index=["0", "1"])
    >>> thinnest(table, model)
    {'thin': '0', 'thin_share': '80%', 'thin_who': 'ER', 'thin_low': '25.0%'}
    """
    weights = {name: one.numel() for name, one in prunable(model).items()}
    layer = table.mean(axis=1).idxmin()
    return {
        "thin": layer,
        "thin_share": f"{weights[layer] / sum(weights.values()):.0%}",
        "thin_who": table.loc[layer].idxmin(),
        "thin_low": f"{table.loc[layer].min():.1%}",
    }
