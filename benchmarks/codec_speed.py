"""How fast the codec is: `python benchmarks/codec_speed.py --help`.

Pairs a second, encoding and decoding, of whole calls that train nothing: one expert, and what `--effort 1`
does. Beside them, on the same machine, `xz -9e` of the bitmap: machines differ, so what compares is the
ratio. Each figure is the median of several runs after one that warms up.
"""

import lzma
import statistics
import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from netwithin import codec, graphs

GENERATED: dict[str, Callable[[int], graphs.Graph]] = {
    "small world, nominal .25": lambda n: graphs.newman_watts_strogatz(n, 0.25),
    "Erdos-Renyi, half of all pairs": lambda n: graphs.erdos_renyi(n, 0.5),
    "Erdos-Renyi, 10 edges a node": lambda n: graphs.erdos_renyi(n, 20 / n),
}
WAYS = {"density": {"predictor": "density"}, "effort 1": {}}


def seconds(call: Callable[[], object], runs: int) -> float:
    """Median of several runs, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def codec_rates(graph: graphs.Graph, way: dict, runs: int) -> tuple[int, float, float]:
    """Bytes of the file, and pairs a second, encoding and decoding."""
    data = codec.encode(graph, effort=1, **way)
    assert codec.decode(data) == graph
    encoding = seconds(lambda: codec.encode(graph, effort=1, **way), runs)
    decoding = seconds(lambda: codec.decode(data), runs)
    return len(data), graph.number_of_pairs / encoding, graph.number_of_pairs / decoding


def xz_rates(graph: graphs.Graph, runs: int) -> tuple[int, float, float]:
    """The same of `xz -9e` of the bitmap, one bit a pair, row by row."""
    matrix = graph.adjacency.toarray()
    bits = np.packbits(matrix[np.triu_indices(len(matrix), 1)]).tobytes()
    data = lzma.compress(bits, preset=9 | lzma.PRESET_EXTREME)
    pairs = graph.number_of_pairs
    packing = seconds(lambda: lzma.compress(bits, preset=9 | lzma.PRESET_EXTREME), runs)
    return len(data), pairs / packing, pairs / seconds(lambda: lzma.decompress(data), runs)


def main(
    nodes: Annotated[int, typer.Option(help="Of each generated graph.")] = 1000,
    name: Annotated[list[str], typer.Option(help="Undirected data sets, as graphs.load knows them.")] = (),
    runs: Annotated[int, typer.Option(help="To take the median of.")] = 5,
) -> None:
    """Print pairs a second."""
    table = Table("graph", "pairs", "stored as", "bytes", "encode", "decode", "encode / xz", "decode / xz")
    table.caption = "millions of pairs a second; then relative to xz of the bitmap"
    made = {label: make(nodes) for label, make in GENERATED.items()}
    loaded = ((one, graphs.load(one)) for one in name)
    for label, graph in (*made.items(), *loaded):
        graph = graphs.Graph(graph.adjacency, graph.kind)
        rows = {"xz of the bitmap": xz_rates(graph, runs)}
        rows |= {way: codec_rates(graph, options, runs) for way, options in WAYS.items()}
        _, base_encoding, base_decoding = rows["xz of the bitmap"]
        for way, (size, encoding, decoding) in rows.items():
            rates = [f"{encoding / 1e6:.2f}", f"{decoding / 1e6:.2f}"]
            ratios = [f"{encoding / base_encoding:.3g}", f"{decoding / base_decoding:.3g}"]
            table.add_row(label, f"{graph.number_of_pairs:,}", way, f"{size:,}", *rates, *ratios)
        table.add_section()
    Console(width=120).print(table)


if __name__ == "__main__":
    typer.run(main)
