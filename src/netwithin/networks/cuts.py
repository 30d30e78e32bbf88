"""From scores to masks: how many weights each layer keeps, and which. Counts are exact, ties are decided.

Equal scores are common (a whole layer of zeros behind a dead one), so a threshold would keep too many or too
few of them; here the earlier weight wins.
"""

from collections.abc import Mapping, Sequence

import numpy as np

#: Scores compete over all layers together, or each within its layer.
SCOPES = ("global", "layer")


def kept(size: int, sparsity: float) -> int:
    """The number of weights that are left: (1 - sparsity) size, rounded.

    Parameters
    ----------
    size : int
        Weights in all.
    sparsity : float
        Share that is removed, from 0 to less than 1.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the sparsity is no share, or would leave nothing.

    Examples
    --------
    >>> kept(270896, 0.98)
    5418
    """
    if not 0 <= sparsity < 1 or round((1 - sparsity) * size) == 0:
        raise ValueError(
            f"a sparsity of {sparsity} leaves no part of {size} weights; it goes from 0 to below 1"
        )
    return round((1 - sparsity) * size)


def whole(shares: Sequence[float]) -> np.ndarray:
    """Round shares to whole numbers that keep the sum, by the largest remainders.

    Parameters
    ----------
    shares : float[layers]
        Not negative; their sum is a whole number but for rounding errors.

    Returns
    -------
    int64[layers]

    Examples
    --------
    >>> whole([1.5, 2.25, 0.25]).tolist()
    [2, 2, 0]
    """
    shares = np.round(np.asarray(shares, dtype=float), 9)
    counts = np.floor(shares).astype(np.int64)
    missing = round(float(shares.sum())) - int(counts.sum())
    counts[np.argsort(counts - shares, kind="stable")[:missing]] += 1
    return counts


def erdos_renyi_counts(shapes: Sequence[tuple[int, ...]], keep: int, kernels: bool = False) -> np.ndarray:
    """Weights that each layer keeps when it is a random graph of a degree that layers have in common.

    A layer of n inputs and m outputs gets a density in proportion to (n + m) / (n m), so that a weight is the
    likelier to stay the smaller its layer. Where that exceeds 1 the layer stays dense, and the others share
    what it could not take.

    Parameters
    ----------
    shapes : sequence of tuple of int
        (outputs, inputs) or (outputs, inputs, height, width) of the layers' weights.
    keep : int
        Weights that are left in all.
    kernels : bool
        Count the kernel's sizes as well, (n + m + w + h) / (n m w h): ERK instead of ER.

    Returns
    -------
    int64[layers]
        Sums to `keep`.

    Raises
    ------
    ValueError
        If `keep` is less than 1, or more than there are weights.

    References
    ----------
    Cunegatti et al. (2024), Table 7; Mocanu et al. (2018); Evci et al. (2020), Section 3.

    Examples
    --------
    >>> erdos_renyi_counts([(4, 3), (40, 30)], 200).tolist()
    [12, 188]
    """
    sizes = np.array([np.prod(shape) for shape in shapes], dtype=np.int64)
    if not 1 <= keep <= sizes.sum():
        raise ValueError(f"{keep} weights are to stay of {sizes.sum()}")
    sides = [shape if kernels else shape[:2] for shape in shapes]
    raw = np.array([sum(side) / np.prod(side) for side in sides])
    dense = np.zeros(len(sizes), dtype=bool)
    while not dense.all():
        scale = (keep - sizes[dense].sum()) / (raw * sizes)[~dense].sum()
        excess = ~dense & (scale * raw > 1)
        if not excess.any():
            return whole(np.where(dense, sizes, scale * raw * sizes))
        dense |= excess
    return sizes


def top(scores: Mapping[str, np.ndarray], keep: int) -> dict[str, np.ndarray]:
    """Keep the weights of the highest scores, all layers together.

    Parameters
    ----------
    scores : mapping of str to float array
        By layer.
    keep : int
        Weights that are left, exactly; the earlier of equal ones stays.

    Returns
    -------
    dict of str to bool array
        Masks of the scores' shapes.

    Raises
    ------
    ValueError
        If a score is NaN, or `keep` is more than there are scores.

    Examples
    --------
    >>> top({"a": np.array([3.0, 1.0]), "b": np.array([[2.0], [1.0]])}, 3)
    {'a': array([ True,  True]), 'b': array([[ True], [False]])}
    """
    flat = np.concatenate([np.asarray(one).ravel() for one in scores.values()])
    if np.isnan(flat).any():
        broken = [name for name, one in scores.items() if np.isnan(one).any()]
        raise ValueError(f"scores that are no numbers, in {', '.join(broken)}: nothing can be ranked by them")
    if not 0 <= keep <= len(flat):
        raise ValueError(f"{keep} weights are to stay of {len(flat)}")
    chosen = np.zeros(len(flat), dtype=bool)
    if keep:
        # Selection takes linear time; a sort of two million scores, a hundred times over, does not.
        least = np.partition(flat, len(flat) - keep)[len(flat) - keep]
        chosen = flat > least
        chosen[np.flatnonzero(flat == least)[: keep - np.count_nonzero(chosen)]] = True
    ends = np.cumsum([one.size for one in scores.values()])[:-1]
    parts = np.split(chosen, ends)
    return {name: part.reshape(one.shape) for (name, one), part in zip(scores.items(), parts, strict=True)}


def top_per_layer(scores: Mapping[str, np.ndarray], counts: Sequence[int]) -> dict[str, np.ndarray]:
    """Keep the weights of the highest scores, so many of each layer.

    Parameters
    ----------
    scores : mapping of str to float array
        By layer.
    counts : int[layers]
        Weights that are left of each.

    Returns
    -------
    dict of str to bool array

    Raises
    ------
    ValueError
        As `top`.

    Examples
    --------
    >>> top_per_layer({"a": np.array([3.0, 1.0]), "b": np.array([2.0, 1.0])}, [1, 1])
    {'a': array([ True, False]), 'b': array([ True, False])}
    """
    masks = {}
    for (name, one), count in zip(scores.items(), counts, strict=True):
        masks |= top({name: one}, int(count))
    return masks


def cut(scores: Mapping[str, np.ndarray], sparsity: float, scope: str = "global") -> dict[str, np.ndarray]:
    """Remove the weights of the lowest scores, among all layers together or the same share of each.

    Parameters
    ----------
    scores : mapping of str to float array
        By layer.
    sparsity : float
        Share that is removed, from 0 to less than 1.
    scope : {"global", "layer"}

    Returns
    -------
    dict of str to bool array
        In all, or of each layer, (1 - sparsity) of the weights, rounded.

    Raises
    ------
    ValueError
        As `top`, if nothing would be left, or if there is no such scope.

    Examples
    --------
    >>> scores = {"a": np.array([4.0, 3.0]), "b": np.array([2.0, 1.0])}
    >>> cut(scores, 0.5)["a"], cut(scores, 0.5, "layer")["a"]
    (array([ True,  True]), array([ True, False]))
    """
    if scope not in SCOPES:
        raise ValueError(f"scope is {' or '.join(SCOPES)}, not {scope!r}")
    sizes = [one.size for one in scores.values()]
    keep = kept(sum(sizes), sparsity)
    if scope == "global":
        return top(scores, keep)
    return top_per_layer(scores, [round((1 - sparsity) * size) for size in sizes])
