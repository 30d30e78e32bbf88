"""Masks through the codec: a layer's mask is a bipartite graph, and a graph can be coded."""

import lzma

import numpy as np
import scipy.sparse
from torch import nn

from netwithin import codec, encodings, networks
from netwithin.circle.costs import enumerated_bits
from netwithin.graphs import Graph

#: How hard the codec tries; experts that learn while they code, a few seconds for a mask.
EFFORT = 1


def rolled_graphs(model: nn.Module, masks: networks.Masks) -> dict[str, Graph]:
    """Each layer's rolled encoding as a graph: a row per weight of a filter, a column per filter.

    Parameters
    ----------
    model : torch.nn.Module
    masks : mapping of str to bool array

    Returns
    -------
    dict of str to Graph
        Bipartite, with as many edges as weights that are kept.

    Examples
    --------
    >>> model = nn.Conv2d(3, 2, 2)
    >>> rolled_graphs(model, networks.as_masks(model))[""].shape
    (12, 2)
    """
    layers = encodings.rolled(model, masks)
    return {name: Graph(layer.block(0, 1), "bipartite") for name, layer in layers.items()}


def masks_of(layers: dict[str, Graph], model: nn.Module) -> dict[str, np.ndarray]:
    """Undo `rolled_graphs`, for layers without groups.

    Parameters
    ----------
    layers : dict of str to Graph
    model : torch.nn.Module
        Whose weights' shapes are wanted.

    Returns
    -------
    dict of str to bool array

    Examples
    --------
    >>> model = nn.Conv2d(3, 2, 2)
    >>> masks = networks.uniform_masks(model, 0.5)
    >>> bool((masks_of(rolled_graphs(model, masks), model)[""] == masks[""]).all())
    True
    """
    weights = networks.prunable(model)
    return {
        name: layer.adjacency.toarray().T.reshape(tuple(weights[name].shape))
        for name, layer in layers.items()
    }


def shuffled(graph: Graph, seed: int = 0) -> Graph:
    """The same bipartite graph, its rows and its columns in random order: the shape without the places.

    Parameters
    ----------
    graph : Graph
    seed : int

    Returns
    -------
    Graph

    Examples
    --------
    >>> shuffled(Graph(np.eye(3), "bipartite")).number_of_edges
    3
    """
    random = np.random.default_rng(seed)
    rows, columns = (random.permutation(size) for size in graph.shape)
    return Graph(scipy.sparse.csr_array(graph.adjacency[rows][:, columns]), "bipartite")


def coded_bits(layers: dict[str, Graph], effort: int = EFFORT) -> tuple[int, int]:
    """Bits of the layers' files, each decoded and compared, and how many of these are headers.

    Parameters
    ----------
    layers : dict of str to Graph
    effort : int
        Of `netwithin.codec.encode`.

    Returns
    -------
    files, headers : int

    Raises
    ------
    AssertionError
        If a file did not decode to its graph.

    Examples
    --------
    >>> files, headers = coded_bits({"": Graph(np.eye(8), "bipartite")})
    >>> 0 < headers < files
    True
    """
    files = headers = 0
    for graph in layers.values():
        data = codec.encode(graph, effort=effort)
        assert codec.decode(data) == graph, "a layer's file does not decode to its mask"
        files, headers = files + 8 * len(data), headers + 8 * codec.info(data)["header_bytes"]
    return files, headers


def run(
    model: nn.Module, masks: networks.Masks, effort: int = EFFORT, seed: int = 0, control: bool = True
) -> dict:
    """What a mask takes in several codes.

    Parameters
    ----------
    model : torch.nn.Module
    masks : mapping of str to bool array
    effort : int
        Of `netwithin.codec.encode`.
    seed : int
        Of the shuffled order.
    control : bool
        Whether to code the layers in shuffled order, too.

    Returns
    -------
    dict
        `kept`; in bits `plain_bits` (one for each weight), `density_bits` and `layer_density_bits` (code
        lengths, see `netwithin.circle.costs.enumerated_bits`), `xz_bits` (of the plain bits, packed),
        `codec_bits` (a file for each layer) and `header_bits` of them; `shuffled_bits`, that of the same
        layers with rows and columns in random order, or None.

    Examples
    --------
    >>> model = nn.Linear(40, 30)
    >>> found = run(model, networks.uniform_masks(model, 0.9))
    >>> found["kept"], found["plain_bits"]
    (120, 1200)
    """
    masks = networks.as_masks(model, masks)
    layers = rolled_graphs(model, masks)
    flat = np.concatenate([mask.ravel() for mask in masks.values()])
    files, headers = coded_bits(layers, effort)
    mixed = {name: shuffled(graph, seed) for name, graph in layers.items()}
    return {
        "kept": int(flat.sum()),
        "plain_bits": flat.size,
        "density_bits": enumerated_bits(masks, by_layer=False),
        "layer_density_bits": enumerated_bits(masks),
        "xz_bits": 8 * len(lzma.compress(np.packbits(flat).tobytes(), preset=9 | lzma.PRESET_EXTREME)),
        "codec_bits": files,
        "header_bits": headers,
        "shuffled_bits": coded_bits(mixed, effort)[0] if control else None,
    }
