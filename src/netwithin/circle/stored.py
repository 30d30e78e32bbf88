"""The small network that a file holds, with ever fewer weights: one run, as a row for tables and records.

No mask is kept beside it. A file codes a network's integers with statistics that it learns as it goes, and
the first thing that it says of an integer is whether it is 0: there the mask is, paid for like the rest.
"""

import dataclasses
import math
import warnings

import numpy as np
import torch
from torch import nn

from netwithin import codec, networks, rates
from netwithin.circle.pruning import choose, masked, needed
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts import Density, Siren
from netwithin.codec.experts.siren import Integers
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.training import OMEGA0, Pairs, Preset, fit
from netwithin.graphs import Graph
from netwithin.memorize.losses import CROSS_ENTROPY
from netwithin.memorize.siren import SIREN


def fresh(graph: Graph, preset: Preset, seed: int = 0) -> SIREN:
    """The network that the codec would train, before training: it says nothing but the density.

    Examples
    --------
    >>> from netwithin.graphs import newman_watts_strogatz
    >>> fresh(newman_watts_strogatz(10, 0.25), Preset(1, 4)).output.bias.item() < 0
    True
    """
    model = SIREN(preset.layers, preset.width, OMEGA0, seed)
    nn.init.constant_(model.output.bias, math.log(graph.density / (1 - graph.density)))
    return model


def run(
    graph: Graph,
    preset: Preset,
    pruner: str = "none",
    sparsity: float = 0.0,
    when: str = "before",
    seed: int = 0,
) -> dict:
    """Prune the network of the expert "siren", train what is left as the codec does, and write the file.

    Parameters
    ----------
    graph : Graph
        With at least one edge and one non-edge.
    preset : Preset
        Of one width of a weight; its training is done once more if pruned after training.
    pruner : str
        One of `netwithin.circle.pruning.PRUNERS`, or "none".
    sparsity : float
        Share of the weights that is removed.
    when : {"before", "after"}
        Whether the mask is chosen before training or after it.
    seed : int
        Of the first weights, the masks and the rounding's noise.

    Returns
    -------
    dict
        `kept`, weights in the masks, and `zeros`, the share of the file's integers that are 0; in bits
        `total_bits` of the file, `model_bits` of its network, `density_entropy_bits`, and whether the file
        decoded to the graph (`exact`).

    Raises
    ------
    ValueError
        If the pruner is unknown.

    Examples
    --------
    >>> from netwithin.graphs import newman_watts_strogatz
    >>> graph = newman_watts_strogatz(30, 0.25)
    >>> found = run(graph, Preset(2, 4, (6,), steps=20, rounded_steps=5), "magnitude", 0.5, "after")
    >>> found["kept"], found["exact"]
    (14, True)
    """
    graph = Graph(graph.adjacency, graph.kind)  # without what it says of its making
    drawn, model = Pairs(graph, seed), fresh(graph, preset, seed)
    if when == "after":
        _fitted(model, drawn, preset, seed)
    masks = networks.as_masks(model)
    if pruner != "none":
        places = drawn.all()
        examples = (torch.from_numpy(one) for one in (drawn.scaled(*places), drawn.are_edges(*places)))
        inputs, targets = (one.float() for one in examples)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", networks.LayerCollapse)  # its row shows what came of it
            masks = choose(model, pruner, sparsity, inputs, targets, CROSS_ENTROPY, seed)
    useful = needed(masks)
    network = without_idle_biases(_fitted(masked(model, useful), drawn, preset, seed), useful)
    stream = encode_stream(header_of(graph), graph.adjacency, Plan((Density(), Siren(network))))
    data = pack(graph, [stream])
    return {
        "kept": sum(int(mask.sum()) for mask in masks.values()),
        "zeros": float(np.mean(network.flat()[0] == 0)),
        "total_bits": 8 * len(data),
        "model_bits": 8 * codec.info(data)["model_bytes"],
        "density_entropy_bits": rates.density_entropy_bits(graph),
        "exact": bool(codec.decode(data) == graph),
    }


def without_idle_biases(network: Integers, masks: networks.Masks) -> Integers:
    """The same network with zeros for the biases of units that no later layer reads.

    Parameters
    ----------
    network : Integers
    masks : mapping of str to bool array
        From `needed`, the sine layers' first, the output's last.

    Returns
    -------
    Integers
        With the same logits, and less to say.
    """
    read = np.array([mask.any(axis=0) for mask in list(masks.values())[1:]])
    return dataclasses.replace(network, biases=np.where(read, network.biases, 0))


def _fitted(model: nn.Module, drawn: Pairs, preset: Preset, seed: int) -> Integers:
    """Train in place as `netwithin.codec.training.train_siren` does; the integers."""
    return fit(model, drawn, lambda *ends: (drawn.scaled(*ends), 0.0), preset, seed, "cpu")[0]
