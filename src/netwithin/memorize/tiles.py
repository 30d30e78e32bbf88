"""A graph cut into square tiles, each memorised by a network of its own (Section 9)."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from netwithin import rates
from netwithin.graphs import Graph, as_graph
from netwithin.memorize.evaluation import evaluate
from netwithin.memorize.siren import SIREN, pixels
from netwithin.memorize.trainer import Settings, train
from netwithin.memorize.weights import half_precision, parameter_count, size_bytes


@dataclass(frozen=True)
class Tile:
    """One tile of a graph's picture.

    Attributes
    ----------
    row, column : int
        Its place among the tiles.
    graph : Graph
        What it holds: on the diagonal a graph of the whole's kind, elsewhere a bipartite one, in which every
        pixel is a pair.
    """

    row: int
    column: int
    graph: Graph


def cut(graph, blocks: int) -> list[Tile]:
    """Cut a graph's picture into `blocks` times `blocks` tiles.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected or directed. Of an undirected one, the tiles below the diagonal repeat those above it, and
        are left out.
    blocks : int
        Tiles along a side; where they do not divide the nodes, the first ones are larger by a node.

    Returns
    -------
    list of Tile
        blocks (blocks + 1) / 2 of them for an undirected graph, blocks squared for a directed one.

    Raises
    ------
    ValueError
        If the graph is bipartite, or there are more blocks than nodes, or none.

    Examples
    --------
    >>> path = np.diag([True] * 3, 1) | np.diag([True] * 3, -1)
    >>> [(tile.row, tile.column, tile.graph.kind, tile.graph.number_of_pairs) for tile in cut(path, 2)]
    [(0, 0, 'undirected', 1), (0, 1, 'bipartite', 4), (1, 1, 'undirected', 1)]
    """
    graph = as_graph(graph)
    nodes = graph.shape[0]
    if graph.kind == "bipartite":
        raise ValueError("a bipartite graph has no tiles on a diagonal; cut a square matrix")
    if not 1 <= blocks <= max(nodes, 1):
        raise ValueError(f"{nodes} nodes cannot be cut into {blocks} blocks")
    parts = np.array_split(np.arange(nodes), blocks)
    tiles = []
    for row in range(blocks):
        for column in range(row if graph.kind == "undirected" else 0, blocks):
            piece = graph.adjacency[parts[row]][:, parts[column]]
            tiles.append(Tile(row, column, Graph(piece, graph.kind if row == column else "bipartite")))
    return tiles


def width_for(parameters: float, hidden_layers: int) -> int:
    """The narrowest SIREN with at least so many parameters.

    Parameters
    ----------
    parameters : float
        How many there shall be.
    hidden_layers : int
        Sine layers.

    Returns
    -------
    int
        Units per layer. A network of h layers of w units on two inputs has (h - 1) w^2 + (h + 3) w + 1.

    Examples
    --------
    >>> width_for(7421, hidden_layers=10), width_for(7422, hidden_layers=10)
    (28, 29)
    """
    width = 1
    while (hidden_layers - 1) * width**2 + (hidden_layers + 3) * width + 1 < parameters:
        width += 1
    return width


def memorise(
    graph,
    blocks: int,
    parameters_per_pixel: float = 0.5,
    hidden_layers: int = 3,
    settings: Settings | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Memorise every tile of a graph in a network of its own, and count what storing it takes.

    Tiles of one size get networks of one size, as the paper has it.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Undirected or directed.
    blocks : int
        Tiles along a side.
    parameters_per_pixel : float
        Weights of a network, for each of its tile's pixels; the narrowest network that has as many is taken.
    hidden_layers : int
        Sine layers of each.
    settings : Settings
        Of the training; by default until no bit is wrong at 0.5.
    seed : int
        Of the first weights: the t-th tile's network has seed + t.

    Returns
    -------
    pandas.DataFrame
        A row per tile: `row`, `column`, `nodes` (of its longer side), `pairs`, `edges`, `width`,
        `parameters`, `epochs`, `wrong_bits` (pixels that the 16-bit weights get wrong at 0.5), and
        `model_bits`, `residual_bits` and `total_bits` of `rates.total_bits` with 16-bit weights.

    References
    ----------
    Tang and Li (2022), Section 9, "Compression rate lower bound for arbitrarily large networks".
    """
    settings = settings or Settings(stop_errors=0)
    rows = []
    for place, tile in enumerate(cut(graph, blocks)):
        side = max(tile.graph.shape)
        width = width_for(parameters_per_pixel * side**2, hidden_layers)
        model = SIREN(hidden_layers, width, seed=seed + place)
        result = train(model, *pixels(tile.graph), settings)
        evaluation = evaluate(half_precision(model), tile.graph)
        rate = rates.total_bits(evaluation.scores, tile.graph, size_bytes(model))
        rows.append(
            {
                "row": tile.row,
                "column": tile.column,
                "nodes": side,
                "pairs": tile.graph.number_of_pairs,
                "edges": tile.graph.number_of_edges,
                "width": width,
                "parameters": parameter_count(model),
                "epochs": result.epochs,
                "wrong_bits": evaluation.errors_half,
                "model_bits": rate.model,
                "residual_bits": rate.residual,
                "total_bits": rate.total,
            }
        )
    return pd.DataFrame(rows)


def joined(tiles: pd.DataFrame, blocks: int | None = None) -> dict:
    """What the tiles of the first blocks take together.

    Parameters
    ----------
    tiles : pandas.DataFrame
        As from `memorise`.
    blocks : int, optional
        How many blocks of nodes to take, from the first; all if left out. Fewer make the tiled picture of a
        smaller graph, the one that the first nodes span.

    Returns
    -------
    dict
        `tiles`, `pairs`, `parameters`, `wrong_bits`, `model_bits`, `residual_bits` and `total_bits`, summed;
        `wrong_bits_diagonal` of the tiles on the diagonal; `bits_per_pair`, which is also the total in
        bitmaps; `pairs_per_parameter`, what a weight has to hold.

    Raises
    ------
    ValueError
        If there is no such tile.
    """
    blocks = int(tiles["row"].max()) + 1 if blocks is None else blocks
    kept = tiles[(tiles["row"] < blocks) & (tiles["column"] < blocks)]
    if kept.empty:
        raise ValueError(f"there are no tiles in the first {blocks} blocks")
    counted = ["pairs", "parameters", "wrong_bits", "model_bits", "residual_bits", "total_bits"]
    total = {"tiles": len(kept)} | {name: kept[name].sum().item() for name in counted}
    diagonal = kept[kept["row"] == kept["column"]]
    return total | {
        "wrong_bits_diagonal": diagonal["wrong_bits"].sum().item(),
        "bits_per_pair": total["total_bits"] / max(total["pairs"], 1),
        "pairs_per_parameter": total["pairs"] / total["parameters"],
    }


def compare(subjects: Mapping[str, Graph], blocks: Iterable[int], **how) -> pd.DataFrame:
    """Memorise graphs in tiles, cut once into each number of blocks.

    Parameters
    ----------
    subjects : mapping of str to Graph
        Undirected graphs, by the name of what generated them.
    blocks : iterable of int
        Tiles along a side.
    **how
        For `memorise`.

    Returns
    -------
    pandas.DataFrame
        A row per graph and number of blocks: `graph_model`, `nodes`, `blocks`, what `joined` counts,
        `grown_bits_per_pair` (of the first block alone, the first two, and so on: a graph that grows by
        tiles of one size), `one_tile_bits_per_pair` (the first of those), `density_entropy_bits` and
        `seconds`.
    """
    rows = []
    for name, graph in subjects.items():
        for count in blocks:
            start = time.perf_counter()
            table = memorise(graph, count, **how)
            grown = [joined(table, kept + 1)["bits_per_pair"] for kept in range(count)]
            row = {"graph_model": name, "nodes": graph.shape[0], "blocks": count} | joined(table)
            row |= {"grown_bits_per_pair": grown, "one_tile_bits_per_pair": grown[0]}
            row |= {"density_entropy_bits": rates.density_entropy_bits(graph)}
            rows.append(row | {"seconds": time.perf_counter() - start})
    return pd.DataFrame(rows)
