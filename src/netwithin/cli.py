"""The command `netwithin`: encode, decode, info, verify, compare."""

import contextlib
import errno
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import joblib
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, track
from rich.table import Table

import netwithin
from netwithin.atomic import write_bytes
from netwithin.codec import baselines, decoder, efforts, encoder
from netwithin.codec.errors import FormatError
from netwithin.graphs import Graph, files, read, write
from netwithin.graphs.graph import KINDS
from netwithin.graphs.isomorphism import same_but_for_order

app = typer.Typer(
    help="Store a graph in a small file: a neural network, and what it does not know.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# Wrong usage: a class of click's, or of the copy of click that newer versions of typer bring.
UsageError = typer.BadParameter.__base__


def _predictor(value: str) -> str:
    try:
        encoder.experts_of(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return value


def _kind(value: str | None) -> str | None:
    if value not in (None, *KINDS):
        raise typer.BadParameter(f"{value!r} is none of {', '.join(KINDS)}")
    return value


def _access(value: str) -> str:
    if value not in encoder.ACCESS:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(encoder.ACCESS)}")
    return value


def _device(value: str) -> str:
    if value != "cpu":  # which needs no question, and no torch
        import torch

        try:
            device = torch.device(value)
        except RuntimeError:
            raise typer.BadParameter(f"torch knows no device {value!r}; use cpu or cuda") from None
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
            reason = str(error).splitlines()[0]
            raise RuntimeError(f"torch cannot use {value!r} here ({reason}); use --device cpu") from None
    return value


def _target(value: Path | None) -> Path | None:
    """Refuse what cannot be written before hours are spent on it."""
    if value and value.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder; name a file", str(value))
    if value and not value.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder; make it first", str(value.parent))
    return value


def _version(wanted: bool) -> None:
    if wanted:
        print(netwithin.__version__)
        raise typer.Exit


Source = Annotated[Path, typer.Argument(metavar="GRAPH", help="A graph file: .mtx, .npz, .txt, .csv, ...")]
Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", callback=_target, help="By default GRAPH's name, .nwn.")
]
Encoded = Annotated[Path, typer.Argument(metavar="FILE.nwn", help="A file that `netwithin encode` wrote.")]
Predictor = Annotated[
    str,
    typer.Option(
        callback=_predictor, help="auto, gaps, siren, or experts joined by +: density, distance ..."
    ),
]
Effort = Annotated[
    int, typer.Option(min=1, max=9, help="How much to try: 1 adaptive experts only, 9 everything.")
]
Access = Annotated[
    str, typer.Option(callback=_access, help="solid, or random: tiles that are read one by one.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of the training, where a network is trained.")]
Device = Annotated[str, typer.Option(callback=_device, help="That torch trains on: cpu, cuda, ...")]
IgnoreWeights = Annotated[bool, typer.Option("--ignore-weights", help="Drop the edges' weights.")]
Kind = Annotated[str | None, typer.Option(callback=_kind, help="Read as undirected, directed or bipartite.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MaxNodes = Annotated[int, typer.Option(help="Refuse files of graphs with more nodes.")]
MaxPairs = Annotated[int, typer.Option(help="Refuse files that decide more pairs of nodes one by one.")]
MaxEdges = Annotated[int, typer.Option(help="Refuse files of graphs with more edges.")]


@app.callback()
def _main(version: Version = False) -> None:
    pass


@app.command()
def encode(
    graph: Source,
    output: Output = None,
    predictor: Predictor = "auto",
    effort: Effort = efforts.DEFAULT_EFFORT,
    access: Access = "solid",
    tile: Annotated[
        int | None, typer.Option(min=1, help="Nodes on a tile's side; by default what suits the graph.")
    ] = None,
    drop_labels: Annotated[
        bool, typer.Option("--drop-labels", help="Do not keep which node is which.")
    ] = False,
    seed: Seed = 0,
    device: Device = "cpu",
    ignore_weights: IgnoreWeights = False,
    kind: Kind = None,
) -> None:
    """Encode a graph into a .nwn file, which is written whole or not at all.

    Interrupted, it writes the smallest file so far, if there is one, and exits with code 3.
    """
    source = read(graph, ignore_weights=ignore_weights, kind=kind)
    output = output or graph.with_name(graph.name.removesuffix(".gz")).with_suffix(".nwn")
    options = {"effort": effort, "access": access, "tile": tile, "drop_labels": drop_labels}
    interrupted = False
    try:
        data = _encode(source, predictor, seed, device, **options)
    except encoder.Interrupted as stop:
        if stop.data is None:
            raise
        data, interrupted = stop.data, True
    write_bytes(output, data)
    facts = decoder.info(data)
    rate = "" if facts["bits_per_edge"] is None else f", {facts['bits_per_edge']:.3f} bits per edge"
    written = f"{output}: {facts['total_bytes']:,} bytes by {_coder(facts)}{rate}"
    if interrupted:
        raise _WrittenEarlyError(f"interrupted; the smallest file so far was written, {written}")
    print(written)


class _WrittenEarlyError(Exception):
    """Encoding was interrupted, and what there was has been written."""


@app.command()
def decode(
    file: Encoded,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", callback=_target, help="The graph; its ending says the format."),
    ],
    max_nodes: MaxNodes = decoder.MAX_NODES,
    max_pairs: MaxPairs = decoder.MAX_PAIRS,
    max_edges: MaxEdges = decoder.MAX_EDGES,
) -> None:
    """Decode a .nwn file into the graph that was encoded."""
    files.check_ending(output)
    write(_decode(file, max_nodes, max_pairs, max_edges), output)


@app.command()
def info(file: Encoded, as_json: AsJson = False) -> None:
    """Say what a .nwn file holds, without decoding it."""
    data = file.read_bytes()
    with _naming(file):
        facts = decoder.info(data)
    if as_json:
        print(json.dumps(facts))
        return
    for name, value in facts.items():
        if value is not None:
            print(f"{name.replace('_', ' '):16}{_in_words(name, value)}")


def _in_words(name: str, value) -> str:
    """A fact about a file as people read it."""
    if name == "labels" and value == "dropped":
        return "dropped: the graph is isomorphic to the one that was encoded"
    if name == "shape":
        return " x ".join(map(str, value))
    if name == "methods":
        return ", ".join(f"{method} ({count})" for method, count in value.items())
    if name == "experts":
        return " + ".join(value) or "none"
    return f"{value:.3f}" if name == "bits_per_edge" else str(value)


@app.command()
def verify(
    file: Encoded,
    graph: Source,
    ignore_weights: IgnoreWeights = False,
    kind: Kind = None,
    max_nodes: MaxNodes = decoder.MAX_NODES,
    max_pairs: MaxPairs = decoder.MAX_PAIRS,
    max_edges: MaxEdges = decoder.MAX_EDGES,
) -> None:
    """Check that a .nwn file decodes to a graph.

    If labels were dropped, check that it may be the same graph but for the order of its nodes.
    """
    wanted = read(graph, ignore_weights=ignore_weights, kind=kind)
    decoded = _decode(file, max_nodes, max_pairs, max_edges)
    isomorphic = decoder.info(file.read_bytes())["labels"] == "dropped"
    same = same_but_for_order(decoded, wanted) if isomorphic else decoded == wanted
    if same is False:
        raise ValueError(f"{file} holds another graph than {graph}: {decoded!r}, not {wanted!r}")
    if same is None:
        print(f"{file} holds a graph like {graph}, their nodes' neighbourhoods alike: {decoded!r}")
        print("Some nodes look the same, so that this does not prove that they are the same graph.")
    elif isomorphic:
        print(f"{file} holds {graph} but for the order of its nodes: {decoded!r}")
    else:
        print(f"{file} holds exactly {graph}: {decoded!r}")


@app.command()
def compare(
    graph: Source,
    predictor: Predictor = "auto",
    effort: Effort = efforts.DEFAULT_EFFORT,
    access: Access = "solid",
    seed: Seed = 0,
    device: Device = "cpu",
    ignore_weights: IgnoreWeights = False,
    kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Set this codec's file beside what else the graph could be stored as. Names are not counted.

    With --access random there is a row for such a file, too.
    """
    source = read(graph, ignore_weights=ignore_weights, kind=kind)
    source = Graph(source.adjacency, source.kind)
    edges = source.number_of_edges
    wish = {"predictor": predictor, "seed": seed, "device": device, "effort": effort}
    own, facts = _measure_own("netwithin", source, **wish)
    ours = [own]
    if access == "random":
        ours.append(_measure_own("netwithin_random", source, access=access, **wish)[0])
    peers = _measure_peers(source)
    absent = {row["name"]: row["absent"] for row in peers if row["absent"]}
    rows = sorted([*ours, *(row for row in peers if not row.pop("absent"))], key=lambda row: row["bytes"])
    rows = [row | {"bits_per_edge": 8 * row["bytes"] / edges if edges else None} for row in rows]
    result = {
        "graph": str(graph),
        "kind": source.kind,
        "nodes": source.number_of_nodes,
        "edges": edges,
        "experts": facts["experts"],
        "model_bytes": facts["model_bytes"],
        "residual_bytes": facts["residual_bytes"],
        **{key: own[key] for key in ("exact", "encode_seconds", "decode_seconds")},
        "sizes": rows,
        "absent": absent,
    }
    if as_json:
        print(json.dumps(result))
    else:
        _print_table(result)
    if not all(row["exact"] for row in ours):
        raise RuntimeError("the file does not decode to the graph: please report this as a bug")


def _measure_own(name: str, graph: Graph, **wish) -> tuple[dict, dict]:
    """A row for this codec's file, and what `info` says of it."""
    start = time.perf_counter()
    data = _encode(graph, **wish)
    encoded = time.perf_counter()
    limits = graph.number_of_nodes, max(graph.number_of_pairs, decoder.MAX_PAIRS), graph.number_of_edges
    exact = decoder.decode(data, *limits) == graph
    times = {"encode_seconds": encoded - start, "decode_seconds": time.perf_counter() - encoded}
    return {"name": name, "bytes": len(data), "file": True, "general": False, **times, "exact": exact}, (
        decoder.info(data)
    )


def _measure_peers(graph: Graph) -> list[dict]:
    """One row for each peer, behind a progress bar on the error stream."""
    console = Console(stderr=True)
    names = track(
        (*baselines.BOUNDS, *baselines.PEERS),
        "measuring the peers",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    return [baselines.measure(name, graph) for name in names]


def _print_table(result: dict) -> None:
    title = f"{result['graph']}: {result['kind']}, {result['nodes']:,} nodes, {result['edges']:,} edges"
    table = Table(title=title)
    table.add_column("stored as", no_wrap=True)
    for heading in ("bytes", "bits per edge", "encode s", "decode s"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in result["sizes"]:
        rate = "" if row["bits_per_edge"] is None else f"{row['bits_per_edge']:.3f}"
        times = [f"{row[key]:.2f}" if row["file"] else "" for key in ("encode_seconds", "decode_seconds")]
        table.add_row(row["name"], f"{row['bytes']:,}", rate, *times, _note(row, result))
    for name, reason in result["absent"].items():
        table.add_row(name, "", "", "", "", reason)
    Console().print(table)


def _note(row: dict, result: dict) -> str:
    if row["name"] == "netwithin":
        return f"by {_experts(result)}"
    if row["name"] == "netwithin_random":
        return "in tiles"
    if not row["file"]:
        return "a bound"
    if not row["exact"]:
        return "does not decode to the graph"
    return "general" if row["general"] else ""


def _experts(facts: dict) -> str:
    return " + ".join(facts["experts"]) or "the header alone"


def _coder(facts: dict) -> str:
    """What made a file, in words."""
    tiles = f"{facts['tiles']} tiles by " if facts["access"] == "random" else ""
    return tiles + (_experts(facts) if facts["experts"] or "gaps" not in facts["methods"] else "gaps")


@contextlib.contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Say in a FormatError which file it is about."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{file}: {error}") from None


def _decode(file: Path, *limits: int) -> Graph:
    data = file.read_bytes()
    with _naming(file):
        return decoder.decode(data, *limits)


def _encode(graph: Graph, predictor: str, seed: int, device: str, **options) -> bytes:
    """Encode on all cores, behind a progress bar on the error stream, which is drawn on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("encoding", total=None)

        def report(doing: str, share: float) -> None:
            # a moving bar until there is news
            bar.update(task, description=doing, completed=share, total=1.0 if share else None)

        with joblib.parallel_config(n_jobs=-1):
            return encoder.encode(graph, predictor, seed, device, report, **options)


def _fail(message: str, code: int = 1) -> NoReturn:
    message = message.replace("ignore_weights=True", "--ignore-weights")
    message = re.sub(r"\bmax_(nodes|pairs|edges) =", r"--max-\1", message)
    print(f"netwithin: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def main() -> None:
    """Run the command line.

    Exit codes: 0 when all went well, 2 for wrong usage, 3 when an interrupted encoder wrote the smallest file
    it had so far, 1 for anything else.
    """
    try:
        code = app(standalone_mode=False)
    except UsageError as error:
        message = error.format_message()
        if not message:  # no arguments: the help has been printed
            sys.exit(2)
        path = error.ctx.command_path if error.ctx else "netwithin"
        _fail(f"{message.rstrip('.')}; see {path} --help", 2)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except _WrittenEarlyError as written:
        _fail(str(written), 3)
    except (typer.Abort, KeyboardInterrupt):
        _fail("interrupted; nothing was written")
    except MemoryError:
        _fail("the graph does not fit in memory; use a machine with more")
    except (ValueError, RuntimeError) as error:  # GraphError and FormatError are ValueErrors
        _fail(str(error) or type(error).__name__)
    if code:  # an interrupt, in the way of newer versions of typer
        _fail("interrupted; nothing was written")


if __name__ == "__main__":
    main()
