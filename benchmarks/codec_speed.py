"""How fast the codec is: `python benchmarks/codec_speed.py --help`.

Pairs a second, encoding and decoding, of a small-world graph and a sparse one, for an adaptive panel and
one with a sine network (its training apart). Beside them, on the same machine, `xz -9e` of the bitmap:
machines differ, so what compares is the ratio. Each figure is the median of several runs after one that
warms up.
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

from netwithin.codec import decode
from netwithin.codec.container import header_of, pack
from netwithin.codec.encoder import RATE, best_network
from netwithin.codec.experts import Density, Distance
from netwithin.codec.panel import encode_pairs
from netwithin.graphs import Graph, erdos_renyi, newman_watts_strogatz

GRAPHS: dict[str, Callable[[int], Graph]] = {
    "small world, nominal .25": lambda n: newman_watts_strogatz(n, 0.25),
    "Erdos-Renyi, 10 edges a node": lambda n: erdos_renyi(n, 20 / n),
}


def seconds(call: Callable[[], object], runs: int) -> float:
    """Median of several runs, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def bitmap(graph: Graph) -> bytes:
    """One bit a pair, row by row, for an undirected graph without loops."""
    return np.packbits(graph.adjacency.toarray()[np.triu_indices(graph.shape[0], 1)]).tobytes()


def panel_rates(graph: Graph, experts: list, runs: int) -> tuple[int, float, float]:
    """Bytes of the file, and pairs a second, encoding and decoding."""
    header, matrix = header_of(graph), (graph.adjacency.indptr, graph.adjacency.indices)
    data = pack(graph, experts, RATE, encode_pairs(header, *matrix, experts, RATE))
    assert decode(data) == graph
    encoding = seconds(lambda: pack(graph, experts, RATE, encode_pairs(header, *matrix, experts, RATE)), runs)
    decoding = seconds(lambda: decode(data), runs)
    return len(data), header.pairs / encoding, header.pairs / decoding


def xz_rates(graph: Graph, runs: int) -> tuple[int, float, float]:
    """The same of `xz -9e` of the bitmap."""
    bits = bitmap(graph)
    data = lzma.compress(bits, preset=9 | lzma.PRESET_EXTREME)
    pairs = graph.number_of_pairs
    packing = seconds(lambda: lzma.compress(bits, preset=9 | lzma.PRESET_EXTREME), runs)
    return len(data), pairs / packing, pairs / seconds(lambda: lzma.decompress(data), runs)


def main(
    nodes: Annotated[int, typer.Option(help="Of each graph.")] = 1000,
    runs: Annotated[int, typer.Option(help="To take the median of.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
) -> None:
    """Print pairs a second."""
    table = Table("graph", "stored as", "bytes", "encode", "decode", "encode / xz", "decode / xz")
    table.caption = "millions of pairs a second, training apart; then relative to xz of the bitmap"
    for name, make in GRAPHS.items():
        graph = make(nodes)
        start = time.perf_counter()
        network = best_network(graph, seed, "cpu", lambda doing, share: None)
        trained = time.perf_counter() - start
        base = xz_rates(graph, runs)
        rows = {
            "xz of the bitmap": base,
            "density": panel_rates(graph, [Density()], runs),
            "density + distance": panel_rates(graph, [Density(), Distance()], runs),
            f"density + siren {network.integers.layers} x {network.integers.width}": panel_rates(
                graph, [Density(), network], runs
            ),
        }
        for panel, (size, encoding, decoding) in rows.items():
            rates = [f"{encoding / 1e6:.2f}", f"{decoding / 1e6:.2f}"]
            ratios = [f"{encoding / base[1]:.3g}", f"{decoding / base[2]:.3g}"]
            table.add_row(name, panel, f"{size:,}", *rates, *ratios)
        table.add_row(name, "training the network", "", f"{trained:.1f} s", "", "", "")
        table.add_section()
    Console(width=120).print(table)


if __name__ == "__main__":
    typer.run(main)
