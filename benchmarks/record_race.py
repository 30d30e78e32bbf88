"""Record every way to store every graph: `python benchmarks/record_race.py --help`.

One record per graph goes to results/recorded/race/, with a column for each thing that is measured and a
place in it for each way to store the graph. A graph that is recorded at this commit is skipped, so the
command can simply be repeated. Each encoding and each decoding is a process of its own, one after the
other. Real graphs come from `netwithin.graphs.load`, that is from NETWITHIN_DATA or by download.
"""

import concurrent.futures
import functools
import multiprocessing
import pathlib
import resource
import sys
import time
from collections.abc import Callable
from typing import Annotated

import psutil
import typer

from netwithin import codec, graphs, records
from netwithin.codec import baselines
from netwithin.codec.container import header_of
from netwithin.codec.pairs import Header

REAL = (
    "celegans-neural",
    "netscience",
    "minnesota-roads",
    "power-grid",
    "ca-grqc",
    "fb100-reed98",
    "ego-facebook",
    "fb100-amherst41",
    "fb100-cornell5",
)
GRAPHS: dict[str, Callable[[], graphs.Graph]] = {
    "newman-watts-strogatz-100": functools.partial(graphs.newman_watts_strogatz, 100, 0.25),
    "newman-watts-strogatz-1000": functools.partial(graphs.newman_watts_strogatz, 1000, 0.25),
    "erdos-renyi-1000": functools.partial(graphs.erdos_renyi, 1000, 0.5),
    **{name: functools.partial(graphs.load, name) for name in REAL},
}
OURS = {"netwithin effort 1": {"effort": 1}, "netwithin": {}}
METHODS = (*OURS, *baselines.PEERS, *baselines.BOUNDS)
MEASURED = (
    "method",
    "bytes",
    "file",
    "general",
    "exact",
    "encode_seconds",
    "decode_seconds",
    "encode_peak_bytes",
    "decode_peak_bytes",
    "absent",
)
UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, in which ru_maxrss is told
LOOK_SECONDS = 0.2  # between two looks at a process's memory


def encode(graph: graphs.Graph, method: str) -> bytes:
    """The file that a method makes."""
    return codec.encode(graph, **OURS[method]) if method in OURS else baselines.PEERS[method].encode(graph)


def decode(data: bytes, method: str, header: Header) -> graphs.Graph:
    """The graph in a method's file."""
    if method in OURS:
        return codec.decode(data, header.nodes, header.pairs, header.edges)
    return baselines.read(method, data, header)


def timed(function: Callable, method: str, *arguments) -> tuple:
    """What a function returns, its seconds, and the most memory that this process has had resident."""
    if method in OURS:  # compile, and import what is imported late, before the clock runs
        codec.decode(codec.encode(graphs.newman_watts_strogatz(20, 0.25), **OURS["netwithin effort 1"]))
    start = time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    return result, seconds, _peak()


def _peak() -> int:
    """The most bytes that this process, or a program that it ran, has had resident."""
    programs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        return max(programs, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT)
    # On Linux a new process inherits ru_maxrss from the one that started it, but not this line.
    (own,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return max(programs, int(own.split()[1]) * 1024)


def apart(function: Callable, method: str, *arguments) -> tuple:
    """`timed` in a process of its own.

    Processes that it starts count too: the memory is the larger one of its own peak and the most that all
    of them were seen to have together.
    """
    spawn = multiprocessing.get_context("spawn")
    before = set(psutil.Process().children(recursive=True))
    with concurrent.futures.ProcessPoolExecutor(1, spawn) as pool:
        future, seen = pool.submit(timed, function, method, *arguments), 0
        while not concurrent.futures.wait([future], LOOK_SECONDS).done:
            own = set(psutil.Process().children(recursive=True)) - before
            seen = max(seen, sum(map(_resident, own)))
        result, seconds, most = future.result()
    return result, seconds, max(most, seen)


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:  # it has just ended
        return 0


def measure(graph: graphs.Graph, method: str) -> dict:
    """One row: everything that is measured of one method on one graph."""
    peer = baselines.PEERS.get(method)
    row = dict.fromkeys(MEASURED) | {
        "method": method,
        "file": method not in baselines.BOUNDS,
        "general": peer is not None and peer.general,
    }
    if method in baselines.BOUNDS:
        return row | {"bytes": baselines.bound_bytes(method, graph)}
    if peer and (reason := baselines.absent(method, graph)):
        return row | {"absent": reason}
    try:
        data, *encoded = apart(encode, method, graph, method)
        again, *decoded = apart(decode, method, data, method, header_of(graph))
    except Exception as error:  # of a process that was killed too: the race goes on without it
        return row | {"absent": f"failed: {type(error).__name__} {error}".strip()}
    return row | {
        "bytes": len(data),
        "exact": again == graph,
        "encode_seconds": encoded[0],
        "decode_seconds": decoded[0],
        "encode_peak_bytes": encoded[1],
        "decode_peak_bytes": decoded[1],
    }


def told(row: dict) -> str:
    """A row as a line."""
    if row["absent"]:
        return f"{row['method']}: {row['absent']}"
    if not row["file"]:
        return f"{row['method']}: {row['bytes']:,} bytes, a bound"
    times = " and ".join(f"{row[key]:.2f} s" for key in ("encode_seconds", "decode_seconds"))
    most = max(row["encode_peak_bytes"], row["decode_peak_bytes"])
    exact = "" if row["exact"] else ", NOT EXACT"
    return f"{row['method']}: {row['bytes']:,} bytes, {times}, up to {most / 1e6:,.0f} MB{exact}"


def race(name: str) -> dict:
    """The metrics of one graph's record: lists that run in parallel, one place a method."""
    graph = GRAPHS[name]()
    graph = graphs.Graph(graph.adjacency, graph.kind)
    rows = []
    for method in METHODS:
        rows.append(measure(graph, method))
        typer.echo(f"{name}, {len(rows)} of {len(METHODS)}: {told(rows[-1])}")
    facts = {"nodes": graph.number_of_nodes, "edges": graph.number_of_edges, "pairs": graph.number_of_pairs}
    return facts | {column: [row[column] for row in rows] for column in MEASURED}


def main(
    graph: Annotated[list[str], typer.Option(help="by default all of " + ", ".join(GRAPHS))] = (),
) -> None:
    """Measure size, time and memory of our files and of every peer's, and record them."""
    names = graph or list(GRAPHS)
    if unknown := sorted(set(names) - set(GRAPHS)):
        raise typer.BadParameter(f"there is no {', '.join(unknown)}")
    for done, name in enumerate(names, 1):
        if records.count("race", {"graph": name}, this_commit=True):
            typer.echo(f"{name}: recorded at this commit")
            continue
        start = time.perf_counter()
        metrics = race(name)
        seconds = time.perf_counter() - start
        path = records.write(records.record("race", {"graph": name}, metrics, seconds))
        typer.echo(f"{path.name}: {name}, {seconds:.0f} s, graph {done} of {len(names)}")


if __name__ == "__main__":
    typer.run(main)
