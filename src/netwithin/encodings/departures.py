"""Where the released encoding departs from the definition, between which layers and by how many edges."""

import numpy as np
import pandas as pd
import torch
from torch import nn

from netwithin.encodings.bipartite import shape_of
from netwithin.encodings.multipartite import multipartite
from netwithin.encodings.tracing import Connection, trace
from netwithin.networks.masks import Masks, as_masks


def departures(
    model: nn.Module, masks: Masks | None = None, input_shape: tuple[int, ...] | None = None
) -> pd.DataFrame:
    """Edges from layer to layer: counted without a graph, by the definition, and as released.

    Padding and identity skips are left out, but for the padding of the first layer, which the released code
    keeps.

    Parameters
    ----------
    model, masks, input_shape
        As for `netwithin.encodings.multipartite`.

    Returns
    -------
    pandas.DataFrame
        One row for each two layers that weights connect: `source` and `target`, their names; `counted`,
        what the layers themselves count; `defined` and `released`, the edges of either graph; and `inside`,
        those that the released graph has inside the source. `defined` is less than `counted` only where
        pooling windows overlap or two modules connect the same nodes: parallel edges are one.

    Raises
    ------
    EncodingError
        If the network cannot be followed.
    ValueError
        If the masks do not fit.

    References
    ----------
    Cunegatti et al., Sections 3.1 and 3.2, and the code that they released.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 3, stride=2, padding=1))
    >>> departures(model, input_shape=(1, 4, 4)).set_index("target").iloc[:, 1:].T
    target     0   1
    counted   16  25
    defined   16  25
    released  16   0
    inside     0  16
    """
    masks, shape = as_masks(model, masks), shape_of(model, input_shape)
    plan = trace(model, shape, identities=False)
    defined = multipartite(model, masks, shape, padding=False, identities=False).between()
    released = multipartite(model, masks, shape, compat="released").between()
    counts: dict[tuple[int, int], int] = {}
    for connection in plan.connections:
        if connection.module is not None:
            pair = plan.layers.index(connection.source.layer), plan.layers.index(connection.target)
            counts[pair] = counts.get(pair, 0) + counted(connection, masks[connection.name])
    rows = [
        {
            "source": plan.layers[i].name,
            "target": plan.layers[j].name,
            "counted": counts[i, j],
            "defined": defined[i, j],
            "released": released[i, j],
            "inside": released[i, i],
        }
        for i, j in counts
    ]
    return pd.DataFrame(rows, columns=["source", "target", "counted", "defined", "released", "inside"])


def counted(connection: Connection, mask: np.ndarray) -> int:
    """The edges of a layer, as the layer itself counts them: ones go in, and its mask stands for its weights.

    Each product of a one and a kept weight is an edge; a pooled value goes in as the number of its window's
    members, and a zero of the padding as the zero that it is.

    Parameters
    ----------
    connection : Connection
        Of a layer with weights.
    mask : bool array
        Which of them are kept.

    Returns
    -------
    int

    Examples
    --------
    >>> plan = trace(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1)), (1, 2, 2))
    >>> counted(plan.connections[0], np.ones((1, 1, 3, 3), bool))
    16
    """
    view, module = connection.source, connection.module
    members = np.ones(view.shape) if view.windows is None else np.diff(view.windows.indptr)
    values = torch.from_numpy(members.reshape(view.shape).astype(np.float64))[None]
    weights = torch.from_numpy(mask.astype(np.float64))
    if isinstance(module, nn.Linear):
        return int(nn.functional.linear(values, weights).sum())
    return int(nn.Conv2d._conv_forward(module, values, weights, None).sum())
