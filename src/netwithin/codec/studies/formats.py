"""What ordinary files of a graph take: the text that networks were measured against, and what is fairer."""

import gzip
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from netwithin import records
from netwithin.codec import baselines
from netwithin.graphs import as_graph, generators, matrix_market

TEXT = "paper's text"
GENERATOR = "generator's bound"
#: Rows of `bits_per_edge` of which no file is made.
BOUNDS = [*(name.replace("_", " ") for name in baselines.BOUNDS), GENERATOR]
_ENTRY_BYTES = 23  # of a number and its end of line


def text_sizes(
    densities: Sequence[float], written: Collection[int], p: float = 0.5, seed: int = 0
) -> pd.DataFrame:
    """The text files of the paper's Table 4, as printed, by a formula, and written.

    Parameters
    ----------
    densities : sequence of float
        Nominal ones of the Newman-Watts-Strogatz graphs that are written.
    written : collection of int
        Nodes of these graphs; the other sizes of the table have a row without files.
    p, seed
        Of the graphs.

    Returns
    -------
    pandas.DataFrame, float
        In kB of 1000 bytes: `nodes`, `nominal` (NaN where nothing is written), "printed", "23 n(n+1)/2",
        "array", which is Matrix Market's, "array, gzip -9", "coordinate" and "bitmap".
    """
    printed = records.published("memorization_table_4_sizes").set_index("nodes")["mtx_kb"]
    rows = []
    for n, kilobytes in printed.items():
        formula = _ENTRY_BYTES * n * (n + 1) / 2 / 1000
        for density in densities if n in written else [np.nan]:
            row = {"nodes": n, "nominal": density, "printed": kilobytes, "23 n(n+1)/2": formula}
            if n in written:
                graph = generators.newman_watts_strogatz(n, density, p, seed)
                dense = matrix_market.dump_dense(graph)
                row["array"] = len(dense) / 1000
                row["array, gzip -9"] = len(gzip.compress(dense, 9)) / 1000
                row["coordinate"] = len(matrix_market.dump(graph)) / 1000
            rows.append({**row, "bitmap": n * (n - 1) / 16_000})
    return pd.DataFrame(rows)


def bits_per_edge(graphs: Mapping[str, object]) -> pd.DataFrame:
    """What graphs cost as files of many kinds, and under bounds; bits per undirected edge, labels kept.

    Parameters
    ----------
    graphs : mapping of str to Graph
        Of a graph whose `meta` names the generator, its bound is there too: that of the density for an
        Erdos-Renyi graph, the one that knows the ring for a small world.

    Returns
    -------
    pandas.DataFrame, float
        A row for the paper's text, for each of `baselines.compare` and for the generator's bound, the
        smallest of the first graph first; NaN where there is none.
    """
    columns = {}
    for name, graph in graphs.items():
        graph = as_graph(graph)
        sizes = {TEXT: len(matrix_market.dump_dense(graph)), **baselines.compare(graph)}
        if "k" in graph.meta:
            sizes[GENERATOR] = generators.lattice_entropy_bits(graph) / 8
        elif graph.meta.get("model") == "erdos_renyi":
            sizes[GENERATOR] = sizes["density_entropy"]
        columns[name] = 8 * pd.Series(sizes, dtype=float) / graph.number_of_edges
    table = pd.DataFrame(columns).rename(lambda row: row.replace("_", " "))
    return table.sort_values(next(iter(columns)))


def compressed(bits: pd.Series) -> pd.Series:
    """Those rows of `bits_per_edge` that a compressor or a picture format made.

    Parameters
    ----------
    bits : pandas.Series
        Bits per edge by a row's name.

    Returns
    -------
    pandas.Series

    Examples
    --------
    >>> compressed(pd.Series({"xz gaps": 5.0, "bitmap": 9.0, "png": 7.0, "paper's text": 99.0})).to_dict()
    {'xz gaps': 5.0, 'png': 7.0}
    """
    names = [name.replace("_", " ") for name, peer in baselines.PEERS.items() if peer.general]
    return bits[bits.index.isin([*names, "png", "webp"])]
