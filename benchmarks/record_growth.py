"""Record how time, memory and bits grow with the graph: `python benchmarks/record_growth.py --help`.

Each run is a record of its own under results/recorded/growth/, the fast ones first. Runs that are recorded
at this commit are skipped, so the command can simply be repeated. Each encoding and each decoding is a
process of its own. Real graphs come from `netwithin.graphs.load`, that is from NETWITHIN_DATA or by
download.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import record_race
import typer

from netwithin import codec, graphs, rates, records
from netwithin.codec.container import header_of, pack
from netwithin.codec.efforts import PANELS
from netwithin.codec.experts import EXPERTS
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.tiles import automatic_side

GROUP = 200  # nodes of a group, on average
MEAN_EDGES = 10  # edges per node
REAL = ("netscience", "power-grid", "ca-grqc", "fb100-reed98", "fb100-amherst41", "ego-facebook")
QUERIES = (1, 10, 100)
LARGEST = "fb100-cornell5"
BLOCKS = 150  # of a picture, on a side
EVERY = {"every pair": True, "plausible pairs": False}


def run(part: str, nodes: int, edges: int, way: str, graph: str = "communities", seed: int = 0) -> dict:
    """The parameters of one run."""
    return {"part": part, "graph": graph, "nodes": nodes, "edges": edges, "way": way, "graph_seed": seed}


def runs() -> list[dict]:
    """Every run, in the order in which they are made."""
    sizes = [(n, MEAN_EDGES * n) for n in (1_000, 10_000, 100_000)]
    wider = [(n, MEAN_EDGES * n) for n in (500, 1_000, 2_000, 4_000)]
    denser = [(2_000, edges) for edges in (5_000, 10_000, 20_000, 40_000, 80_000)]
    tiles = [f"tiles of {side}" for side in (2048, 1024, 512)]
    return [
        *(run("nodes", *size, way) for way in EVERY for size in wider),
        *(run("edges", *size, way) for way in EVERY for size in denser),
        *(run("passing", 0, 0, way, graph) for graph in REAL for way in EVERY),
        *(run("picture", 0, 0, order, LARGEST) for order in ("given", "degree")),
        *(run("size", *size, "effort 1") for size in sizes),
        *(run("access", *sizes[1], way) for way in tiles),
        *(run("size", *size, "default effort") for size in sizes[:2]),
    ]


def graph_of(parameters: dict) -> graphs.Graph:
    """The graph of a run, without labels."""
    nodes, edges = parameters["nodes"], parameters["edges"]
    if parameters["graph"] == "communities":
        return graphs.communities(nodes, edges, max(nodes // GROUP, 1), seed=parameters["graph_seed"])
    graph = graphs.load(parameters["graph"])
    return graphs.Graph(graph.adjacency, graph.kind)


def encode(graph: graphs.Graph, way: str) -> bytes:
    """The file that a way of coding makes."""
    if way in EVERY:
        kinds = {expert.name: expert for expert in EXPERTS.values()}
        experts = tuple(kinds[name]() for name in PANELS[0])
        plan = Plan(experts, every=EVERY[way])
        return pack(graph, [encode_stream(header_of(graph), graph.adjacency, plan)])
    if way.startswith("tiles of "):
        return codec.encode(graph, effort=1, access="random", tile=int(way.split()[-1]))
    return codec.encode(graph, **({"effort": 1} if way == "effort 1" else {}))


def query(data: bytes, graph: graphs.Graph, seed: int) -> dict:
    """Metrics of asking one file for the neighbours of more and more random nodes."""
    asked = np.random.default_rng(seed).integers(graph.number_of_nodes, size=max(QUERIES))
    path = Path(tempfile.mkdtemp()) / "graph.nwn"
    path.write_bytes(data)
    found, start = [], time.perf_counter()
    with codec.open(path) as file:
        for v in asked.tolist():
            own = graph.adjacency.indices[graph.adjacency.indptr[v] : graph.adjacency.indptr[v + 1]]
            right = file.neighbors(v) == np.sort(own).tolist()
            found.append((right, file.decoded_fraction, time.perf_counter() - start))
    path.unlink()
    path.parent.rmdir()
    return {
        "queries": list(QUERIES),
        "exact_answers": all(right for right, _, _ in found),
        "decoded_fraction": [found[k - 1][1] for k in QUERIES],
        "query_seconds": [found[k - 1][2] for k in QUERIES],
    }


def picture(graph: graphs.Graph, order: str) -> dict:
    """Metrics of a picture of the matrix: how many entries each of its blocks has, a string for a row."""
    nodes = graph.number_of_nodes
    degrees = np.diff(graph.adjacency.indptr)
    place = np.arange(nodes)
    if order == "degree":
        place[np.argsort(-degrees, kind="stable")] = np.arange(nodes)
    block = -(-nodes // BLOCKS)
    side = -(-nodes // block)
    rows, columns = (place[index] // block for index in graph.adjacency.tocoo().coords)
    counts = np.bincount(rows * side + columns, minlength=side * side).reshape(side, side)
    return {"block": block, "counts": [" ".join(map(str, row)) for row in counts.tolist()]}


def clocked(function: Callable, *arguments) -> tuple:
    """What a function returns, its seconds and those of the processor, once everything is compiled."""
    small = graphs.communities(100, 300, 2)
    for way in ("effort 1", *EVERY):
        codec.decode(encode(small, way))
    start, worked = time.perf_counter(), time.process_time()
    result = function(*arguments)
    return result, time.perf_counter() - start, time.process_time() - worked


def apart(function: Callable, *arguments) -> tuple:
    """What a function returns in a process of its own, its times, and the peak of its memory in bytes.

    On a machine that has other work to do, the processor's seconds are what can be compared.
    """
    (result, seconds, worked), _, most = record_race.apart(clocked, "", function, *arguments)
    return result, {"seconds": seconds, "processor_seconds": worked, "peak_bytes": most}


def measure(parameters: dict) -> dict:
    """The metrics of one run."""
    graph = graph_of(parameters)
    facts = graph.number_of_nodes, graph.number_of_pairs, graph.number_of_edges
    named = dict(zip(("actual_nodes", "pairs", "actual_edges"), facts, strict=True))
    if parameters["part"] == "picture":
        return named | picture(graph, parameters["way"])
    data, encoded = apart(encode, graph, parameters["way"])
    again, decoded = apart(codec.decode, data)
    metrics = {
        **named,
        "bytes": len(data),
        "bits_per_edge": 8 * len(data) / graph.number_of_edges,
        "density_entropy_bits_per_edge": rates.density_entropy_bits(graph) / graph.number_of_edges,
        "exact": again == graph,
        **{f"encode_{name}": value for name, value in encoded.items()},
        **{f"decode_{name}": value for name, value in decoded.items()},
    }
    if parameters["part"] == "access":
        metrics |= query(data, graph, parameters["graph_seed"])
        metrics["automatic_side"] = automatic_side(header_of(graph))
    return metrics


def told(parameters: dict, metrics: dict) -> str:
    """A run as a line."""
    which = " ".join(str(value) for value in list(parameters.values())[:-1] if value)
    if "bytes" not in metrics:
        return which
    times = " and ".join(f"{metrics[key]:.2f} s" for key in ("encode_seconds", "decode_seconds"))
    most = max(metrics["encode_peak_bytes"], metrics["decode_peak_bytes"])
    exact = "" if metrics["exact"] else ", NOT EXACT"
    return f"{which}: {metrics['bits_per_edge']:.3f} bits per edge, {times}, {most / 1e6:,.0f} MB{exact}"


def main(
    part: Annotated[list[str], typer.Option(help="nodes, edges, passing, picture, size, access")] = (),
    most: Annotated[int, typer.Option(help="skip generated graphs of more edges")] = 1_000_000,
) -> None:
    """Encode and decode graphs of growing size, and record what it took."""
    wanted = [one for one in runs() if (not part or one["part"] in part) and one["edges"] <= most]
    for done, parameters in enumerate(wanted, 1):
        if records.count("growth", parameters, this_commit=True):
            continue
        start = time.perf_counter()
        metrics = measure(parameters)
        records.write(records.record("growth", parameters, metrics, time.perf_counter() - start))
        typer.echo(f"{done} of {len(wanted)}: {told(parameters, metrics)}")


if __name__ == "__main__":
    typer.run(main)
