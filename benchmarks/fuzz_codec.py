"""Damage files at random and decode them: `python benchmarks/fuzz_codec.py --help`.

Each case mutates one of the files: flipped bits, cuts, spans removed, doubled, or spliced in from
another file, header fields set to other numbers. Half of the cases get a right checksum again, as a
forger would give them. Each must end in `FormatError` or in the exact graph, and so must `info`,
within the limits of time and memory.

The caller's limits are close to the graph's own in most cases, and wide in the others. There, a header
that was forged to announce a large graph within the limits is what a file of that large graph looks
like, and takes the time of one: such cases are counted apart, and judged by their size.

Cases come in chunks, each with a seed of its own, so that several processes can share them, and a run
that was stopped goes on where it was (`--progress`).
"""

import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, NamedTuple
from unittest import mock
from zlib import crc32

import networkx as nx
import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from netwithin.codec import FormatError, container, decode, encode, info
from netwithin.codec.decoder import MAX_NODES
from netwithin.codec.experts import Distance, Neighbours, Picture
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.varints import Reader, varint
from netwithin.graphs import as_graph

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
SECONDS, MEMORY = 2.0, 1 << 30
LARGE = 1 << 19  # announced pairs, from which on the time is judged by the pair
ROW = 1 << 10  # a row takes at least the time of so many pairs
WIDE = 1 << 22  # pairs that the caller allows where its limits are wide
CHUNK = 500


class Case(NamedTuple):
    """One mutated file, and how it ended."""

    kind: str
    sealed: bool
    wide: bool
    outcome: str
    reason: str
    seconds: float
    pairs: int


def sources() -> list[bytes]:
    """The golden files, which have every version, method, layout and expert, and some that are larger."""
    names = nx.Graph(list(nx.les_miserables_graph().edges))
    directed = nx.gnp_random_graph(50, 0.1, seed=1, directed=True)
    directed.add_edges_from((v, v) for v in range(0, 50, 7))
    hubs = as_graph(nx.barabasi_albert_graph(250, 2, seed=1))
    header = container.header_of(hubs)
    passing = Plan((Distance(), Picture(), Neighbours()), "cardinality", every=False)
    return [
        encode(names, "density+distance"),
        encode(directed, "distance+picture+neighbours"),
        encode(names, effort=1, access="random", tile=20),
        encode(directed, "distance+picture+neighbours", access="random", tile=20),
        encode(directed, "gaps"),
        encode(names, "distance+picture+neighbours", effort=2, drop_labels=True),
        container.pack(hubs, [encode_stream(header, hubs.adjacency, passing)]),
        *(path.read_bytes() for path in sorted(GOLDEN.glob("*.nwn"))),
    ]


def flip(rng, data: bytes, other: bytes) -> bytes:
    """Flip one to eight bits."""
    damaged = bytearray(data)
    for k in rng.integers(8 * len(data), size=rng.integers(1, 9)):
        damaged[k // 8] ^= 1 << int(k % 8)
    return bytes(damaged)


def cut(rng, data: bytes, other: bytes) -> bytes:
    """Keep the first bytes only, or the last."""
    at = int(rng.integers(len(data)))
    return data[:at] if rng.random() < 0.8 else data[at:]


def splice(rng, data: bytes, other: bytes) -> bytes:
    """Begin as one file, go on as another, or take a span of it."""
    start, stop = sorted(rng.integers(len(data) + 1, size=2))
    a, b = sorted(rng.integers(len(other) + 1, size=2))
    return data[:start] + other[a:] if rng.random() < 0.5 else data[:start] + other[a:b] + data[stop:]


def double(rng, data: bytes, other: bytes) -> bytes:
    """Repeat a span, up to a hundred times."""
    start, stop = sorted(rng.integers(len(data) + 1, size=2))
    return data[:stop] + data[start:stop] * int(rng.choice([1, 1, 2, 100])) + data[stop:]


def remove(rng, data: bytes, other: bytes) -> bytes:
    """Leave a span out."""
    start, stop = sorted(rng.integers(len(data) + 1, size=2))
    return data[:start] + data[stop:]


def overwrite(rng, data: bytes, other: bytes) -> bytes:
    """Set up to four of the first sixty bytes, where the header and the payloads lie."""
    damaged = bytearray(data)
    for k in rng.integers(4, min(60, len(data)), size=rng.integers(1, 5)):
        damaged[k] = int(rng.choice([0, 1, 127, 128, 255, rng.integers(256)]))
    return bytes(damaged)


def reheader(rng, data: bytes, other: bytes) -> bytes:
    """Set sizes, flags, layout, method or experts to another number, varints well formed."""
    old = data[3] == 1
    reader = Reader(data[:-4])
    start, flags = reader.take(4), reader.take(1)[0]
    sizes = [reader.varint() for _ in range(2 + (flags & 3 == 2))]
    digest = reader.take(4)
    layout = b"" if old else reader.take(1)
    for _ in range(rng.integers(1, 3)):
        field = rng.choice(["size", "size", "flags", "layout", "stream"])
        if field == "size":
            k = int(rng.integers(len(sizes)))
            near = max(0, sizes[k] + int(rng.integers(-3, 4)))
            power = int(2 ** rng.uniform(0, 66))
            sizes[k] = [near, sizes[k] * 2, power, power % (1 << 14), sum(sizes)][rng.integers(5)]
        elif field == "flags":
            flags = int(rng.integers(256))
            sizes = sizes[:1] + sizes[-1:] if flags & 3 != 2 else [sizes[0], sizes[0], sizes[-1]]
        elif field == "layout" and layout:
            layout = bytes([rng.choice([0, 1, 2, 3, 4, 6, 8])])
        else:
            reader = Reader(restream(rng, reader.rest()))
    return start + bytes([flags]) + b"".join(map(varint, sizes)) + digest + layout + reader.rest() + data[-4:]


def restream(rng, rest: bytes) -> bytes:
    """Set what mostly is a stream's first bytes: method or rate, and experts."""
    first = bytes([rng.choice([0, 1, 2, 6, 10, 14, 0x22, 0x2A, rng.integers(256)])])
    if rng.random() < 0.5:
        return first + rest[1:]
    experts = b"".join(bytes([rng.integers(8), 0]) for _ in range(rng.integers(4)))
    return first + bytes([rng.integers(8), rng.integers(5)]) + experts + rest[int(rng.integers(2, 9)) :]


class _Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other) -> bool:
        return True

    __hash__ = None


def seal(data: bytes) -> bytes:
    """Give a file the checksums that it should have, those of its head and its tiles included."""
    body = bytearray(data[:-4])
    try:
        with mock.patch.object(container, "_checksum", lambda data: _Anything()):
            file = container.unpack_head(data, MAX_NODES, 1 << 24)
    except FormatError:
        file = None
    if file and file.tiled:
        end = int(file.starts[0]) - 4
        tiles = zip(file.starts.tolist(), file.lengths.tolist(), strict=True)
        sums = [crc32(body[start : start + length]) for start, length in tiles if length]
        body[end - 4 * len(sums) : end] = b"".join(own.to_bytes(4, "little") for own in sums)
        body[end : end + 4] = crc32(body[:end]).to_bytes(4, "little")
    return bytes(body) + crc32(body).to_bytes(4, "little")


MUTATIONS: list[Callable] = [flip, cut, splice, double, remove, overwrite, reheader, reheader]


def attempt(data: bytes, digest: bytes, limits: tuple[int, int]) -> tuple[str, str]:
    """Decode, and say how it ended: "refused", "exact", or what should never be."""
    try:
        if decode(data, *limits).digest() == digest:
            return "exact", ""
    except FormatError as error:
        return "refused", str(error)
    except Exception as error:
        return type(error).__name__, str(error)
    return "another graph", ""


def describe(data: bytes) -> tuple[str, int]:
    """What `info` says: "" or what should never be, and the work in pairs that the file announces."""
    try:
        facts = info(data)
    except FormatError:
        return "", 0
    except Exception as error:
        return f"info: {type(error).__name__} {error}", 0
    rows, columns = facts["shape"]
    pairs = rows * columns // (2 if facts["kind"] == "undirected" else 1)
    return "", max(pairs, ROW * rows) if facts["edges"] else 0


def fuzz(files: list[bytes], cases: int, seed: int | Sequence[int]) -> Iterator[tuple[bytes, Case]]:
    """Yield mutated files one by one, with how they ended."""
    graphs = [decode(data) for data in files]
    digests = [graph.digest() for graph in graphs]
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        k, other = rng.integers(len(files), size=2)
        mutation, sealed, wide = rng.choice(MUTATIONS), rng.random() < 0.5, rng.random() < 0.25
        mutated = mutation(rng, files[k], files[other])
        if sealed:
            mutated = seal(mutated)
        near = 2 * graphs[k].number_of_nodes, 4 * graphs[k].number_of_pairs
        limits = (MAX_NODES, WIDE) if wide else near
        start = time.process_time()  # a busy machine is no fault of the file
        wrong, pairs = describe(mutated)
        outcome, reason = attempt(mutated, digests[k], limits)
        if outcome == "another graph" and attempt(mutated, digests[other], limits)[0] == "exact":
            outcome = "exact"  # a splice that is the other file
        seconds = time.process_time() - start
        pairs = 0 if "announces" in reason else pairs
        yield mutated, Case(mutation.__name__, sealed, wide, wrong or outcome, reason, seconds, pairs)


def is_good(case: Case) -> bool:
    """Whether a case ended as it should, and in time."""
    return case.outcome in ("refused", "exact") and case.seconds <= SECONDS * max(1, case.pairs / LARGE)


def main(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to damage, instead of some of all.")
    ] = None,
    cases: Annotated[int, typer.Option(help="How many.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of the damage.")] = 0,
    keep: Annotated[Path | None, typer.Option(help="Folder for files that ended badly.")] = None,
    processes: Annotated[int, typer.Option(help="That share the cases.")] = 1,
    progress: Annotated[Path | None, typer.Option(help="File of chunks done, with which to go on.")] = None,
) -> None:
    """Damage files at random and see that each ends in FormatError or in the exact graph."""
    data = [path.read_bytes() for path in files] if files else sources()
    chunks = _read(progress) if progress and progress.exists() else {}
    todo = [k for k in range(-(-cases // CHUNK)) if k not in chunks]
    with ProcessPoolExecutor(processes, initializer=_get_ready, initargs=(data,)) as pool:
        jobs = [pool.submit(chunk, data, min(CHUNK, cases - k * CHUNK), seed, k, keep) for k in todo]
        console = Console(stderr=True)
        for job in track(as_completed(jobs), "damaging", len(jobs), console=console):
            k, peak, some = job.result()
            chunks[k] = peak, some
            if progress:
                with progress.open("a") as out:
                    out.write(json.dumps([k, peak, some]) + "\n")
    done = [Case(*case) for k in sorted(chunks) for case in chunks[k][1]]
    _print(done)
    peak = max(peak for peak, _ in chunks.values())
    bad = sum(not is_good(case) for case in done) + (peak > MEMORY)
    print(f"peak memory of a process: {peak / 2**20:.0f} MiB")
    print(f"{len(done) - bad} of {len(done)} cases ended well")
    raise typer.Exit(bad > 0)


def chunk(files: list[bytes], cases: int, seed: int, k: int, keep: Path | None) -> tuple[int, int, list]:
    """One chunk of cases: its number, the peak memory of the process so far, the cases."""
    done = []
    for mutated, case in fuzz(files, cases, [seed, k]):
        done.append(case)
        if not is_good(case):
            print(f"case {k}-{len(done) - 1}: {case}", flush=True)
            if keep:
                (keep / f"{seed}-{k}-{len(done) - 1}.nwn").write_bytes(mutated)
    return k, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, done


def _get_ready(files: list[bytes]) -> None:
    """Have everything compiled before the clock and the memory are watched."""
    os.nice(10)
    for data in files:
        decode(data)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _read(progress: Path) -> dict[int, tuple[int, list]]:
    """Chunks done before; a line that was cut short is not one."""
    lines = progress.read_text().split("\n")[:-1]
    return {k: (peak, some) for k, peak, some in map(json.loads, lines)}


def _print(done: list[Case]) -> None:
    table = Table("mutation", "cases", "refused", "exact", "past the checksum", "slowest, s")
    for kind in sorted({case.kind for case in done}):
        some = [case for case in done if case.kind == kind]
        ends = Counter(case.outcome for case in some)
        past = sum("checksum" not in case.reason and "no .nwn" not in case.reason for case in some)
        slowest = max(case.seconds for case in some if case.pairs <= LARGE)
        counts = (len(some), ends["refused"], ends["exact"], past)
        table.add_row(kind, *(f"{count:,}" for count in counts), f"{slowest:.3f}")
    Console().print(table)
    large = [case for case in done if case.pairs > LARGE]
    if large:
        slowest = max(case.seconds for case in large)
        print(
            f"{len(large)} forged headers announced graphs of more than {LARGE:,} pairs, or {LARGE // ROW:,} "
            f"rows, within the wide limits; the slowest took {slowest:.1f} s"
        )


if __name__ == "__main__":
    typer.run(main)
