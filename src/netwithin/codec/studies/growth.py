"""How time, memory and bits of our files grow with a graph: measured here, and as recorded.

The recorded runs are those of `benchmarks/record_growth.py`; without them the tables have no rows. An edge
here is an undirected one, counted once.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from netwithin import records
from netwithin.codec.access import GraphFile
from netwithin.codec.container import header_of
from netwithin.codec.efforts import PANELS
from netwithin.codec.encoder import encode
from netwithin.codec.experts import EXPERTS
from netwithin.codec.stream import Plan, decode_stream, encode_stream
from netwithin.graphs import Graph, as_graph

#: The ways through a matrix, and whether every pair is decided one by one.
WAYS = {"every pair": True, "plausible pairs": False}
#: After how many questions a file is looked at.
QUERIES = (1, 10, 100)


def measure(graph, every: bool) -> dict:
    """Code a graph by all adaptive experts and decode it again, on this process's clock.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        With edges; labels are not stored.
    every : bool
        Whether every pair is decided one by one, or only the plausible ones.

    Returns
    -------
    dict
        `nodes`, `edges`, `bits_per_edge`, `exact` (whether the same edges came back), and
        `encode_processor_seconds` and `decode_processor_seconds`. The first call compiles, which counts.

    Examples
    --------
    >>> from netwithin import graphs
    >>> found = measure(graphs.load("karate-club"), every=False)
    >>> found["nodes"], found["edges"], found["exact"]
    (34, 78, True)
    """
    graph = as_graph(graph)
    graph, header = Graph(graph.adjacency, graph.kind), header_of(graph)
    kinds = {expert.name: expert for expert in EXPERTS.values()}
    plan = Plan(tuple(kinds[name]() for name in PANELS[0]), every=every)
    start = time.process_time()
    stream = encode_stream(header, graph.adjacency, plan)
    encoded = time.process_time()
    found = Graph.from_edges(*decode_stream(header, stream), graph.shape, graph.kind)
    decoded = time.process_time()
    return {
        "nodes": graph.number_of_nodes,
        "edges": graph.number_of_edges,
        "bits_per_edge": 8 * len(stream) / graph.number_of_edges,
        "exact": found == graph,
        "encode_processor_seconds": encoded - start,
        "decode_processor_seconds": decoded - encoded,
    }


def ask(graph, side: int, queries: Sequence[int] = QUERIES, seed: int = 0) -> dict:
    """Ask a file with random access for the neighbours of more and more random nodes.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Square; labels are not stored.
    side : int
        Nodes along a tile.
    queries : sequence of int
        After how many questions the share that was decoded is told.
    seed : int
        Of the nodes that are asked for.

    Returns
    -------
    dict
        `tile`; `bytes` of the file and `solid`, those of one without random access of the same effort, 1;
        `larger by`, a share; `exact`, whether each answer was the graph's; and "1 asked" and so on, the
        share of the file decoded by then.

    Examples
    --------
    >>> from netwithin import graphs
    >>> found = ask(graphs.load("karate-club"), side=8, queries=(1, 34))
    >>> found["exact"], 0 < found["1 asked"] < found["34 asked"] <= 1
    (True, True)
    """
    graph = as_graph(graph)
    graph = Graph(graph.adjacency, graph.kind)
    solid, tiled = encode(graph, effort=1), encode(graph, effort=1, access="random", tile=side)
    asked = np.random.default_rng(seed).integers(graph.number_of_nodes, size=max(queries))
    right, shares = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.nwn"
        path.write_bytes(tiled)
        with GraphFile(path) as file:
            for v in asked.tolist():
                own = np.flatnonzero(graph.adjacency[[v]].toarray()[0])
                right.append(file.neighbors(v) == own.tolist())
                shares.append(file.decoded_fraction)
    return {
        "tile": side,
        "bytes": len(tiled),
        "solid": len(solid),
        "larger by": len(tiled) / len(solid) - 1,
        "exact": all(right),
        **{f"{count} asked": shares[count - 1] for count in queries},
    }


def recorded(part: str) -> pd.DataFrame:
    """The recorded rows of a part of `benchmarks/record_growth.py`.

    Parameters
    ----------
    part : {"nodes", "edges", "passing", "picture", "size", "access"}

    Returns
    -------
    pandas.DataFrame
        With the columns that the part has; `edges` are those of the graph that was coded. Sorted by `way`
        from the last in the alphabet, then `edges`. Without records it has no rows.

    Examples
    --------
    >>> set(recorded("nodes")["way"]) <= set(WAYS)
    True
    """
    rows = records.gather(experiment="growth")
    rows = rows[rows["part"] == part] if len(rows) else rows
    if rows.empty:
        return pd.DataFrame(columns=["part", "way", "nodes", "edges"])
    rows = rows.dropna(axis="columns", how="all").infer_objects()
    rows = rows.assign(nodes=rows["actual_nodes"], edges=rows["actual_edges"])
    return rows.sort_values(["way", "edges"], ascending=[False, True], ignore_index=True)


def exponent(rows: pd.DataFrame, over: str, what: str) -> float:
    """The power of one column that another one grows like.

    Parameters
    ----------
    rows : pandas.DataFrame
    over, what : str
        Columns of positive numbers.

    Returns
    -------
    float
        The slope of the straight line through the logarithms; NaN for fewer than two rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"nodes": [10, 20, 40], "seconds": [3, 12, 48]})
    >>> round(exponent(rows, "nodes", "seconds"), 6)
    2.0
    """
    if len(rows) < 2:
        return np.nan
    return float(np.polyfit(np.log(rows[over].astype(float)), np.log(rows[what].astype(float)), 1)[0])


def exponents(by_nodes: pd.DataFrame, by_edges: pd.DataFrame) -> pd.DataFrame:
    """The powers of nodes and of edges that time and memory grow like.

    Parameters
    ----------
    by_nodes, by_edges : pandas.DataFrame
        Graphs of one mean degree, and of one number of nodes: `way`, `nodes`, `edges` and, as far as
        measured, `encode_processor_seconds`, `encode_peak_bytes` and the same to decode.

    Returns
    -------
    pandas.DataFrame
        Index `WAYS`; columns "nodes" or "edges", and what grows ("encode, time" and so on). NaN where there
        are fewer than two graphs.
    """
    measured = {"time": "processor_seconds", "memory": "peak_bytes"}
    columns = {
        (over, f"{doing}, {name}"): [
            exponent(rows[rows["way"] == way], over, f"{doing}_{what}") for way in WAYS
        ]
        for over, rows in (("nodes", by_nodes), ("edges", by_edges))
        for name, what in measured.items()
        for doing in ("encode", "decode")
        if f"{doing}_{what}" in rows
    }
    return pd.DataFrame(columns, index=list(WAYS))


def sizes(rows: pd.DataFrame) -> pd.DataFrame:
    """What whole files of graphs of growing size take, to be read.

    Parameters
    ----------
    rows : pandas.DataFrame
        As from `recorded("size")`.

    Returns
    -------
    pandas.DataFrame, str
        Seconds by the clock, microseconds of the processor per edge, megabytes of 10**6.
    """
    table = {
        "nodes": rows["nodes"].map("{:,}".format),
        "edges": rows["edges"].map("{:,}".format),
        "coded by": rows["way"],
        "bits per edge": rows["bits_per_edge"].map("{:.2f}".format),
        "density entropy": rows["density_entropy_bits_per_edge"].map("{:.2f}".format),
    }
    for doing in ("encode", "decode"):
        table[f"{doing}, s"] = rows[f"{doing}_seconds"].map("{:,.1f}".format)
    for doing in ("encode", "decode"):
        pace = 1e6 * rows[f"{doing}_processor_seconds"] / rows["edges"]
        table[f"{doing}, µs per edge"] = pace.map("{:,.0f}".format)
    for doing in ("encode", "decode"):
        table[f"{doing}, MB"] = (rows[f"{doing}_peak_bytes"] / 1e6).map("{:,.0f}".format)
    return pd.DataFrame(table)


def passing(rows: pd.DataFrame) -> pd.DataFrame:
    """What it costs and saves to decide only the plausible pairs, graph by graph.

    Parameters
    ----------
    rows : pandas.DataFrame
        `graph`, `way`, `edges`, `bits_per_edge` and `encode_processor_seconds`, each graph in both `WAYS`.

    Returns
    -------
    pandas.DataFrame
        Index graph, fewest edges first; bits per edge and processor seconds by way, then "larger by", a
        share, and "faster by", a factor.

    Examples
    --------
    >>> rows = pd.DataFrame({"graph": "a", "way": list(WAYS), "edges": 9, "bits_per_edge": [4.0, 5.0]})
    >>> passing(rows.assign(encode_processor_seconds=[3.0, 1.5]))[["larger by", "faster by"]].values.tolist()
    [[0.25, 2.0]]
    """
    measured = {"bits per edge": "bits_per_edge", "processor seconds to encode": "encode_processor_seconds"}
    by_way = {
        name: rows.pivot(index="graph", columns="way", values=column)[list(WAYS)].astype(float)
        for name, column in measured.items()
    }
    order = rows.groupby("graph")["edges"].first().sort_values().index
    table = pd.concat(by_way, axis=1).loc[order]
    bits, seconds = (table[name] for name in measured)
    table["larger by", ""] = bits["plausible pairs"] / bits["every pair"] - 1
    table["faster by", ""] = seconds["every pair"] / seconds["plausible pairs"]
    return table


def recorded_answers() -> pd.DataFrame:
    """Recorded questions to files with random access, with the columns of `ask`.

    Returns
    -------
    pandas.DataFrame
        `graph` ("10,000 nodes (recorded)") and what `ask` returns, largest tiles first. Without records it
        has no rows.

    Examples
    --------
    >>> found = recorded_answers()
    >>> bool((found["bytes"] > found["solid"]).all())
    True
    """
    rows, whole = recorded("access"), recorded("size")
    solid = whole[whole["way"] == "effort 1"]
    solid = dict(zip(solid["nodes"], solid["bytes"], strict=True)) if len(solid) else {}
    found = []
    for row in rows.to_dict("records"):
        beside = solid.get(row["nodes"], np.nan)
        shares = zip(row["queries"], row["decoded_fraction"], strict=True)
        found.append(
            {
                "graph": f"{row['nodes']:,} nodes (recorded)",
                "tile": int(row["way"].split()[-1]),
                "bytes": row["bytes"],
                "solid": beside,
                "larger by": row["bytes"] / beside - 1,
                "exact": row["exact_answers"],
                **{f"{count} asked": share for count, share in shares},
            }
        )
    columns = ["graph", "tile", "bytes", "solid", "larger by", "exact"]
    table = pd.DataFrame(found) if found else pd.DataFrame(columns=columns)
    return table.sort_values("tile", ascending=False, ignore_index=True)
