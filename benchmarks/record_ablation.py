"""Record what each expert is worth: `python benchmarks/record_ablation.py --help`.

One record per graph goes to results/recorded/ablation/: each expert alone, all adaptive ones together, those
without each in turn, then all in another order of rows and with shuffled labels. Every size is that of a
file that was decoded and compared. A graph that is recorded at this commit is skipped, so the command can
simply be repeated. Graphs come from `netwithin.graphs.load`, that is from NETWITHIN_DATA or by download.
"""

import time
from typing import Annotated

import numpy as np
import typer

from netwithin import codec, graphs, records
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts import EXPERTS
from netwithin.codec.stream import Plan, encode_stream

REAL = (
    "celegans-neural",
    "netscience",
    "fb100-reed98",
    "minnesota-roads",
    "power-grid",
    "ca-grqc",
    "ego-facebook",
    "fb100-amherst41",
)
ADAPTIVE = ("distance", "picture", "neighbours")
ALONE = ("density", *ADAPTIVE)
TRAINED_PAIRS = 1 << 22  # graphs with more are coded without trained experts, which take minutes there
COLUMNS = (
    "panel",
    "experts",
    "order",
    "labels",
    "bytes",
    "model_bytes",
    "exact",
    "encode_seconds",
    "decode_seconds",
)
SHUFFLE = 0  # seed of the shuffled labels


def panels(pairs: int) -> list[dict]:
    """What to try on a graph of so many pairs: a name, experts, an order of rows, labels."""
    trained = ("siren", "latent") if pairs <= TRAINED_PAIRS else ()
    sets = {f"{name} alone": (name,) for name in (*ALONE, *trained)} | {"all adaptive": ADAPTIVE}
    sets |= {f"without {name}": tuple(other for other in ADAPTIVE if other != name) for name in ADAPTIVE}
    tried = [
        {"panel": name, "experts": names, "order": "given", "labels": "given"} for name, names in sets.items()
    ]
    for order, labels in (("cardinality", "given"), ("given", "shuffled"), ("cardinality", "shuffled")):
        name = f"all adaptive, {order} order, {labels} labels"
        tried.append({"panel": name, "experts": ADAPTIVE, "order": order, "labels": labels})
    return tried


def shuffled(graph: graphs.Graph) -> graphs.Graph:
    """The graph with its nodes renumbered at random."""
    numbers = np.random.default_rng(SHUFFLE).permutation(graph.shape[0])
    return graphs.Graph(graph.adjacency[numbers][:, numbers], graph.kind)


def encode(graph: graphs.Graph, experts: tuple[str, ...], order: str) -> bytes:
    """A file by these experts; trained ones are trained."""
    if not set(experts) <= set(ADAPTIVE):
        return codec.encode(graph, "+".join(experts), effort=1)
    kinds = [expert for expert in EXPERTS.values() if expert.name in experts]
    plan = Plan(tuple(kind() for kind in kinds), order)
    return pack(graph, [encode_stream(header_of(graph), graph.adjacency, plan)])


def measure(graph: graphs.Graph, experts: tuple[str, ...], order: str) -> dict:
    """Size and times of one file."""
    start = time.perf_counter()
    data = encode(graph, experts, order)
    encoded = time.perf_counter()
    exact = codec.decode(data) == graph
    return {
        "bytes": len(data),
        "model_bytes": codec.info(data)["model_bytes"],
        "exact": exact,
        "encode_seconds": encoded - start,
        "decode_seconds": time.perf_counter() - encoded,
    }


def ablate(name: str) -> dict:
    """The metrics of one graph's record: lists that run in parallel, one place a file."""
    graph = graphs.load(name)
    graph = graphs.Graph(graph.adjacency, graph.kind)
    rows = []
    for tried in panels(graph.number_of_pairs):
        coded = shuffled(graph) if tried["labels"] == "shuffled" else graph
        rows.append(tried | measure(coded, tried["experts"], tried["order"]))
        rows[-1]["experts"] = "+".join(tried["experts"])
        rate, seconds = 8 * rows[-1]["bytes"] / graph.number_of_edges, rows[-1]["encode_seconds"]
        typer.echo(f"{name}: {tried['panel']}: {rate:.3f} bits per edge, {seconds:.1f} s")
    facts = {"nodes": graph.number_of_nodes, "edges": graph.number_of_edges, "pairs": graph.number_of_pairs}
    return facts | {column: [row[column] for row in rows] for column in COLUMNS}


def main(
    graph: Annotated[list[str], typer.Option(help="by default all of " + ", ".join(REAL))] = (),
) -> None:
    """Encode graphs by each expert alone and by all but each, and record the sizes."""
    codec.encode(graphs.newman_watts_strogatz(20, 0.25), effort=1)  # compile before the clock runs
    for name in graph or REAL:
        if records.count("ablation", {"graph": name}, this_commit=True):
            typer.echo(f"{name}: recorded at this commit")
            continue
        start = time.perf_counter()
        metrics = ablate(name)
        path = records.write(
            records.record("ablation", {"graph": name}, metrics, time.perf_counter() - start)
        )
        typer.echo(f"{path.name}: {name}")


if __name__ == "__main__":
    typer.run(main)
