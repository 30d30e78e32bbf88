"""When two neighbouring nodes get the same float as their coordinate (Tang and Li, Section 6.3)."""

import torch

#: Floating-point formats, by the names that tables call them.
FORMATS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def shared(nodes: int, limit: float | None, dtype: torch.dtype) -> int:
    """Neighbouring nodes whose coordinates are one and the same number, in the outermost part of the range.

    Floats lie furthest apart where their magnitude is largest, so that nodes meet there first.

    Parameters
    ----------
    nodes : int
        Nodes along the axis, evenly spaced over [-limit, limit].
    limit : float or None
        End of the range; None for the node numbers themselves, from 0.
    dtype : torch.dtype
        What the coordinates are rounded to.

    Returns
    -------
    int
        Pairs of neighbours with one coordinate, among those between the last power of two and the end.

    Examples
    --------
    >>> shared(100, 1.0, torch.bfloat16), shared(1000, 1.0, torch.bfloat16)
    (0, 122)
    """
    last, top = nodes - 1, limit if limit is not None else nodes - 1
    if last < 1:
        return 0
    binade = 2.0 ** torch.tensor(float(top), dtype=torch.float64).log2().ceil().item() / 2
    if limit is None:
        values = torch.arange(int(binade), nodes, dtype=torch.float64)
    else:
        first = int((binade + limit) / (2 * limit) * last)
        values = -limit + 2 * limit / last * torch.arange(first, nodes, dtype=torch.float64)
    rounded = values.to(dtype)
    return int((rounded[1:] == rounded[:-1]).sum())


def first_shared(limit: float | None, dtype: torch.dtype) -> int:
    """The smallest number of nodes of which two neighbours share a coordinate.

    Two numbers that are further apart than the floats around them are rounded to different ones. So the
    search begins where the nodes' spacing comes down to the floats', and ends within a few steps.

    Parameters
    ----------
    limit : float or None
        End of the range; None for the node numbers themselves.
    dtype : torch.dtype

    Returns
    -------
    int

    Examples
    --------
    >>> first_shared(1.0, torch.bfloat16), first_shared(None, torch.bfloat16)
    (516, 258)
    """
    precision = torch.finfo(dtype).eps  # the spacing of floats from 1 to 2
    if limit is None:
        nodes = int(2 / precision)
    else:
        binade = 2.0 ** torch.tensor(limit, dtype=torch.float64).log2().ceil().item() / 2
        nodes = int(2 * limit / (binade * precision))
    while not shared(nodes, limit, dtype):
        nodes += 1
    return nodes
