"""Record files by sine networks of several widths: `python benchmarks/record_widths.py --help`.

One record per graph and width goes to results/recorded/widths/, with a place in its lists for each number
of bits that a weight may have; what is recorded already is skipped. Every size is that of a file that was
decoded and compared.
"""

import time
from typing import Annotated

import typer

from netwithin import codec, graphs, rates, records
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts import Density, Siren
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.training import Preset, train_siren

LAYERS = {100: 2}  # sine layers of the networks for small graphs; others have as many as the encoder takes
MORE_LAYERS = 4


def measure(graph: graphs.Graph, preset: Preset, seed: int) -> dict:
    """Train one network and write the graph's file with each of its roundings; sizes in bytes."""
    networks = train_siren(graph, preset, seed)
    files = [
        pack(graph, [encode_stream(header_of(graph), graph.adjacency, Plan((Density(), Siren(network))))])
        for network in networks
    ]
    return {
        "edges": graph.number_of_edges,
        "pairs": graph.number_of_pairs,
        "weight_bits": list(preset.bits),
        "weights": len(networks[0].flat()[0]),
        "bytes": [len(data) for data in files],
        "model_bytes": [codec.info(data)["model_bytes"] for data in files],
        "exact": [codec.decode(data) == graph for data in files],
        "bound_bytes": graphs.generators.lattice_entropy_bits(graph) / 8,
        "density_entropy_bytes": rates.density_entropy_bits(graph) / 8,
    }


def main(
    nodes: Annotated[list[int], typer.Option(help="sizes of the graphs")] = (100, 1000),
    width: Annotated[list[int], typer.Option(help="units of a sine layer")] = (2, 4, 6, 8, 12, 16),
    density: Annotated[float, typer.Option(help="nominal density")] = 0.25,
    weight_bits: Annotated[list[int], typer.Option(help="bits of a weight")] = (3, 4, 5, 6, 8),
    seed: Annotated[int, typer.Option(help="of the graph and the training")] = 0,
) -> None:
    """Train networks on Newman-Watts-Strogatz graphs and record their files."""
    for size in nodes:
        graph = graphs.newman_watts_strogatz(size, density, seed=seed)
        graph = graphs.Graph(graph.adjacency, graph.kind, meta=graph.meta)
        for units in width:
            layers = LAYERS.get(size, MORE_LAYERS)
            named = {"graph": "newman-watts-strogatz", "nodes": size, "nominal_density": density}
            parameters = {**named, "layers": layers, "width": units, "seed": seed}
            if records.count("widths", parameters):
                continue
            start = time.perf_counter()
            metrics = measure(graph, Preset(layers, units, tuple(weight_bits)), seed)
            seconds = time.perf_counter() - start
            path = records.write(records.record("widths", parameters, metrics, seconds))
            typer.echo(
                f"{path.name}: {size} nodes, {layers} x {units}: {metrics['bytes']} bytes, {seconds:.0f} s"
            )


if __name__ == "__main__":
    typer.run(main)
