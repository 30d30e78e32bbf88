"""Our files beside every peer's, on the same graphs: measured here, and as recorded.

The recorded race is that of `benchmarks/record_race.py`, as `recorded.files("race")` reads it. A race is a
table with a row per graph and method: `graph`, `edges`, `method`, `bytes`, `bits_per_edge`; `file`, whether
there is one and not a bound only; `general`, whether a general-purpose compressor made it; `exact`; the
seconds, and of a recorded race the peak of the memory, to encode and to decode; and `absent`, why there is
nothing. The names of our own methods begin with "netwithin".
"""

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd

from netwithin.codec import baselines
from netwithin.codec.decoder import decode
from netwithin.codec.efforts import DEFAULT_EFFORT
from netwithin.codec.encoder import encode
from netwithin.graphs import Graph, as_graph

OURS = "netwithin"
_COSTS = {
    "bytes": "bytes",
    "bits_per_edge": "bits per edge",
    "encode_seconds": "encode, s",
    "decode_seconds": "decode, s",
    "encode_peak_bytes": "encode, MB",
    "decode_peak_bytes": "decode, MB",
}


def measure_ours(graph, effort: int = DEFAULT_EFFORT, seed: int = 0) -> dict:
    """Encode a graph as we do, decode the file, compare: the row that `baselines.measure` makes of a peer.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Its labels are not stored.
    effort, seed
        As for `netwithin.encode`.

    Returns
    -------
    dict
        As from `baselines.measure`. The first call compiles, which counts.

    Examples
    --------
    >>> from netwithin import graphs
    >>> found = measure_ours(graphs.load("karate-club"), effort=1)
    >>> found["exact"], found["bytes"] < 71  # its bitmap
    (True, True)
    """
    graph = as_graph(graph)
    graph = Graph(graph.adjacency, graph.kind)
    start = time.perf_counter()
    data = encode(graph, seed=seed, effort=effort)
    encoded = time.perf_counter()
    again = decode(data)
    decoded = time.perf_counter()
    return {
        "name": OURS,
        "bytes": len(data),
        "file": True,
        "general": False,
        "encode_seconds": encoded - start,
        "decode_seconds": decoded - encoded,
        "exact": again == graph,
        "absent": None,
    }


def run(graphs: Mapping[str, object], effort: int = DEFAULT_EFFORT, seed: int = 0) -> pd.DataFrame:
    """Race our files against the bounds and those peers that are libraries, the same on every machine.

    Parameters
    ----------
    graphs : mapping of str to Graph, networkx graph, sparse or dense 0/1 matrix
        With edges; labels are not stored.
    effort, seed
        As for `netwithin.encode`.

    Returns
    -------
    pandas.DataFrame
        A race, see above.
    """
    peers = [*baselines.BOUNDS, *(name for name, peer in baselines.PEERS.items() if not peer.programs)]
    rows = []
    for name, graph in graphs.items():
        graph = as_graph(graph)
        found = [measure_ours(graph, effort, seed), *(baselines.measure(peer, graph) for peer in peers)]
        rows += [{"graph": name, "edges": graph.number_of_edges, **row} for row in found]
    race = pd.DataFrame(rows).rename(columns={"name": "method"})
    return race.assign(bits_per_edge=8 * race["bytes"] / race["edges"])


def kind(method: str) -> str:
    """What kind of competitor a method is.

    Parameters
    ----------
    method : str
        One of `baselines.PEERS` or `baselines.BOUNDS`, or ours.

    Returns
    -------
    {"ours", "bound", "general-purpose", "file"}

    Examples
    --------
    >>> kind("netwithin effort 1"), kind("polya_urn"), kind("xz_gaps"), kind("k2_tree")
    ('ours', 'bound', 'general-purpose', 'file')
    """
    if method.startswith(OURS):
        return "ours"
    if method in baselines.BOUNDS:
        return "bound"
    return "general-purpose" if baselines.PEERS[method].general else "file"


def rivals(race: pd.DataFrame) -> pd.DataFrame:
    """The rows of a race that are peers' files: neither ours nor a bound.

    Parameters
    ----------
    race : pandas.DataFrame
        With `method` and `file`.

    Returns
    -------
    pandas.DataFrame
    """
    return race[race["file"] & ~race["method"].str.startswith(OURS)]


def by_graph(race: pd.DataFrame) -> pd.DataFrame:
    """Bits per edge of every method on every graph.

    Parameters
    ----------
    race : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame, float
        Index method, smallest geometric mean first; columns graphs, fewest edges first.

    Examples
    --------
    >>> rows = [("a", 9, "png", 8.0), ("a", 9, "webp", 2.0), ("b", 5, "png", 1.0), ("b", 5, "webp", 2.0)]
    >>> table = by_graph(pd.DataFrame(rows, columns=["graph", "edges", "method", "bits_per_edge"]))
    >>> table.index.tolist(), table.columns.tolist()
    (['webp', 'png'], ['b', 'a'])
    """
    table = race.pivot(index="method", columns="graph", values="bits_per_edge").astype(float)
    table = table.loc[np.log(table).mean(axis=1).sort_values().index]
    return table[race.groupby("graph")["edges"].first().sort_values().index]


def standing(race: pd.DataFrame) -> pd.DataFrame:
    """How our smallest file does on each graph.

    Parameters
    ----------
    race : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        Index graph, fewest edges first: `edges`, and the bits per edge of the smallest file of `ours`, of the
        `best` peer, and of the best `general`-purpose compressor.
    """
    files = rivals(race)
    smallest = {
        "ours": race[race["method"].str.startswith(OURS)],
        "best": files,
        "general": files[files["general"]],
    }
    rates = {name: rows.groupby("graph")["bits_per_edge"].min() for name, rows in smallest.items()}
    return pd.DataFrame({"edges": race.groupby("graph")["edges"].first(), **rates}).sort_values("edges")


def text_over_gaps(race: pd.DataFrame) -> pd.Series:
    """How many times the bytes of the gaps those of the text are, each through its best compressor, by graph.

    Parameters
    ----------
    race : pandas.DataFrame

    Returns
    -------
    pandas.Series, float
    """
    files = race[race["general"] & race["bytes"].notna()]
    form = files["method"].str.rpartition("_")[2].rename("form")
    best = files["bytes"].astype(float).groupby([files["graph"], form]).min().unstack()
    return best["text"] / best["gaps"]


def costs(race: pd.DataFrame, graph: str) -> pd.DataFrame:
    """Size, time and memory of the files of one graph that decoded to it.

    Parameters
    ----------
    race : pandas.DataFrame
    graph : str

    Returns
    -------
    pandas.DataFrame, float
        Index method, smallest file first; "bytes", "bits per edge", seconds ("encode, s", "decode, s") and
        megabytes of 10**6 ("encode, MB", "decode, MB"), NaN where the memory was not measured.
    """
    files = race[(race["graph"] == graph) & race["file"] & race["exact"].eq(True)].set_index("method")
    table = files.reindex(columns=list(_COSTS)).rename(columns=_COSTS).astype(float)
    table[["encode, MB", "decode, MB"]] /= 1e6
    return table.sort_values("bytes")


def undominated(points: pd.DataFrame) -> pd.Index:
    """The rows that no other one beats: as small in every column, and smaller in one.

    Parameters
    ----------
    points : pandas.DataFrame, float

    Returns
    -------
    pandas.Index

    Examples
    --------
    >>> points = pd.DataFrame({"seconds": [1, 2, 3], "bytes": [9, 10, 5]}, index=["a", "b", "c"])
    >>> undominated(points).tolist()
    ['a', 'c']
    """
    values = points.to_numpy()
    beaten = (values[:, None] >= values).all(axis=2) & (values[:, None] > values).any(axis=2)
    return points.index[~beaten.any(axis=1)]
