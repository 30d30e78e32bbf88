"""The topometrics of a network under several pruners, and the records of them that `ours` reads."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from torch import nn

from netwithin import encodings, records, topometrics
from netwithin.encodings import LayeredGraph
from netwithin.networks import Masks
from netwithin.networks.data import Pictures
from netwithin.networks.pruners import PRUNERS, prunings


class Pruning(NamedTuple):
    """One pruning of a network, measured.

    Attributes
    ----------
    pruner : str
        One of `netwithin.networks.PRUNERS`.
    sparsity : float
    masks : dict of str to bool array
    graph : LayeredGraph
        Unweighted.
    counted : dict of str to float, or None
        The topometrics, not divided by anything; None where the graph has too many edges.
    record : dict
        Of the experiment `topometrics`; its metrics are divided as in the released tables.
    """

    pruner: str
    sparsity: float
    masks: Masks
    graph: LayeredGraph
    counted: dict[str, float] | None
    record: dict


def measure(
    model: nn.Module,
    pruners: Sequence[str],
    sparsities: Sequence[float],
    told: Mapping,
    pictures: Pictures | None = None,
    padding: bool = True,
    most_edges: float = float("inf"),
    seed: int = 0,
) -> Iterator[Pruning]:
    """Prune a network in several ways and measure each pruning's multipartite graph.

    Parameters
    ----------
    model : torch.nn.Module
        Its weights stay as they are.
    pruners : sequence of str
        Of `netwithin.networks.PRUNERS`. Each scores the weights once for all sparsities.
    sparsities : sequence of float
    told : mapping of str to value
        What else the records' parameters are to say of the network, as `architecture`, `size` and `pictures`.
    pictures : Pictures, optional
        What the pruners that look at examples are shown.
    padding : bool
        Whether zeros around maps are nodes.
    most_edges : float
        Graphs with more are counted and not measured.
    seed : int
        Of the pruners.

    Yields
    ------
    Pruning
        Pruner after pruner. A graph takes some 50 bytes an edge: let go of one before asking for the next.

    Raises
    ------
    ValueError
        As `netwithin.networks.prunings`.

    Examples
    --------
    >>> from netwithin import networks
    >>> model = networks.resnet20(size=8, channels=1)
    >>> found = list(measure(model, ["uniform", "er"], [0.98], {"architecture": "resnet20", "size": 8}))
    >>> [(one.pruner, one.graph.edges, one.record["metrics"]["edges"]) for one in found]
    [('uniform', 55248, 55248), ('er', 95148, 95148)]
    """
    for name in pruners:
        start = time.perf_counter()
        shown = pictures if PRUNERS[name].sees_data else None
        pruned = prunings(model, name, sparsities, shown, seed=seed)
        pruning = (time.perf_counter() - start) / len(sparsities)  # seconds of each
        for sparsity, masks in zip(sparsities, pruned, strict=True):
            start, started = time.perf_counter(), time.process_time()
            graph = encodings.multipartite(model, masks, padding=padding)
            measured = graph.edges <= most_edges
            counted = topometrics.compute(graph, normalise=False) if measured else None
            spent = time.process_time() - started if measured else None
            parameters = {**told, "sparsity": sparsity, "pruner": name, "padding": padding, "seed": seed}
            found = _metrics(graph, masks, counted) | {"processor_seconds": spent}
            seconds = time.perf_counter() - start + pruning
            rec = records.record("topometrics", parameters, found, seconds)
            yield Pruning(name, sparsity, masks, graph, counted, rec)
            del graph


def _metrics(graph: LayeredGraph, masks: Masks, counted: dict[str, float] | None) -> dict:
    """What a record holds of a graph; None for metrics that were not run."""
    found = dict.fromkeys(topometrics.NAMES)
    if counted is not None:
        found = topometrics.normalised(counted, graph.nodes, graph.edges)
    densities = [float(mask.mean()) for mask in masks.values()]
    return {"nodes": graph.nodes, "edges": graph.edges, **found, "layer_densities": densities}
