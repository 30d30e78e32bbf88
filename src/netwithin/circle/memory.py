"""The network that memorises a graph, with ever fewer weights: one run, as a row for tables and records."""

import warnings
from dataclasses import dataclass

import numpy as np
from torch import nn

from netwithin import encodings, memorize, networks, rates, topometrics
from netwithin.circle.costs import cheapest
from netwithin.circle.pruning import choose, masked, pairs
from netwithin.graphs import as_graph
from netwithin.memorize import schedules
from netwithin.memorize.quantisation import settle

#: When a mask is chosen, before training or after it, with as much training again behind it.
WHEN = ("before", "after")


@dataclass(frozen=True)
class Setup:
    """How a network is built and trained.

    Attributes
    ----------
    layers, width : int
        Sine layers and the units of each.
    epochs : int
        Passes over all pairs of nodes, each one step; twice as many if pruned after training.
    learning_rate : float
        Adam's at the start, from where it falls along half a cosine.
    """

    layers: int = 4
    width: int = 28
    epochs: int = 200
    learning_rate: float = 2e-3


def fresh(setup: Setup, seed: int = 0) -> nn.Module:
    """The network before training.

    Examples
    --------
    >>> memorize.parameter_count(fresh(Setup(layers=2, width=4)))
    37
    """
    return memorize.SIREN(setup.layers, setup.width, seed=seed)


def trained(model: nn.Module, graph, setup: Setup) -> nn.Module:
    """Train a network in place to hold a graph, by the squared error over all pairs; the same model.

    Examples
    --------
    >>> model = trained(fresh(Setup(2, 4)), np.eye(5)[::-1], Setup(2, 4, epochs=2))
    """
    inputs, targets = pairs(graph)
    settings = memorize.Settings(setup.epochs, setup.learning_rate, chunk=len(inputs))
    memorize.train(model, inputs, targets, settings, schedule=schedules.cosine(setup.epochs))
    return model


def run(
    graph,
    setup: Setup,
    pruner: str = "none",
    sparsity: float = 0.0,
    when: str = "before",
    seed: int = 0,
    dense: nn.Module | None = None,
) -> dict:
    """Prune a network, train what is left to hold a graph, and count.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    setup : Setup
    pruner : str
        One of `netwithin.circle.pruning.PRUNERS`, or "none" for the dense network.
    sparsity : float
        Share of the weights that is removed.
    when : {"before", "after"}
        Whether the mask is chosen before training or after it.
    seed : int
        Of the first weights and of the masks.
    dense : torch.nn.Module, optional
        The network of this seed, trained, for "after"; trained here if left out.

    Returns
    -------
    dict
        What `netwithin.circle.costs.cheapest` says; `bitmap_bits` and `density_entropy_bits` of the graph;
        `nodes` and `edges` of the network's graph; `layer_densities`, of the mask; and the 16 topometrics of
        its multipartite encoding without weights, as `topometrics.compute` divides them, so that they are
        of the shape alone.

    Raises
    ------
    ValueError
        If the pruner or `when` is unknown.

    Examples
    --------
    >>> import netwithin.graphs
    >>> ring = netwithin.graphs.newman_watts_strogatz(10, 0.25, seed=0)
    >>> run(ring, Setup(layers=2, width=4, epochs=3), "magnitude", 0.5, "after")["kept"]
    14
    """
    if when not in WHEN:
        raise ValueError(f"a mask is chosen {' or '.join(WHEN)} training, not {when!r}")
    graph, model = as_graph(graph), fresh(setup, seed)
    if when == "after":
        model = trained(model, graph, setup) if dense is None else dense
    masks = networks.as_masks(model)
    if pruner != "none":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", networks.LayerCollapse)  # its row shows what came of it
            masks = choose(model, pruner, sparsity, *pairs(graph), seed=seed)
    sparse = settle(trained(masked(model, masks), graph, setup))
    return cheapest(sparse, masks, graph) | bounds(graph) | shape(sparse, masks)


def bounds(graph) -> dict:
    """`bitmap_bits` and `density_entropy_bits`, to hold a total against.

    Examples
    --------
    >>> bounds(np.ones((3, 3)) - np.eye(3))
    {'bitmap_bits': 3, 'density_entropy_bits': 0.0}
    """
    return {
        "bitmap_bits": rates.bitmap_bits(graph),
        "density_entropy_bits": rates.density_entropy_bits(graph),
    }


def shape(model: nn.Module, masks: networks.Masks, inputs: int = 2) -> dict:
    """The shape of a sparse network of linear layers: its layers' densities, and its graph's topometrics.

    Parameters
    ----------
    model : torch.nn.Module
    masks : mapping of str to bool array
    inputs : int
        Numbers that it reads.

    Returns
    -------
    dict
        `nodes`, `edges`, `layer_densities` (a list) and the topometrics by name.

    Examples
    --------
    >>> found = shape(nn.Sequential(nn.Linear(2, 1)), {"0": np.array([[True, False]])})
    >>> found["nodes"], found["edges"], found["layer_densities"]
    (3, 1, [0.5])
    """
    graph = encodings.multipartite(model, masks, (inputs,))
    densities = [float(np.mean(mask)) for mask in masks.values()]
    return {
        "nodes": graph.nodes,
        "edges": graph.edges,
        "layer_densities": densities,
    } | topometrics.compute(graph)
