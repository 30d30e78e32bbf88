"""Record the codec's files: `python benchmarks/record_codec.py --help`.

One record per graph and predictor goes to results/recorded/codec/; what is recorded already is
skipped. Real graphs come from `netwithin.graphs.load`, that is from NETWITHIN_DATA or by download.
"""

import time
from collections.abc import Iterator
from typing import Annotated

import typer

from netwithin import codec, graphs, rates, records
from netwithin.codec.baselines import compare

GENERATORS = {
    "erdos-renyi": graphs.erdos_renyi,
    "watts-strogatz": graphs.watts_strogatz,
    "newman-watts-strogatz": graphs.newman_watts_strogatz,
}


def generated(
    nodes: list[int], density: list[float], seed: list[int], models: list[str]
) -> Iterator[tuple[dict, graphs.Graph]]:
    """The generators' graphs, each with the parameters that name it."""
    for size in nodes:
        for share in density:
            for number in seed:
                for model in models:
                    named = {"graph": model, "nodes": size, "nominal_density": share, "graph_seed": number}
                    yield named, GENERATORS[model](size, share, seed=number)


def measure(graph: graphs.Graph, predictor: str, seed: int) -> dict:
    """Encode, decode, compare; sizes in bytes, times in seconds. Node names are not stored."""
    graph = graphs.Graph(graph.adjacency, graph.kind)
    start = time.perf_counter()
    data = codec.encode(graph, predictor, seed)
    encoded = time.perf_counter()
    exact = codec.decode(data) == graph
    decoded = time.perf_counter()
    facts = codec.info(data)
    baselines = {f"{name}_bytes": size for name, size in compare(graph).items()}
    return {
        "nodes": graph.number_of_nodes,
        "edges": graph.number_of_edges,
        "pairs": graph.number_of_pairs,
        "actual_density": graph.density,
        "experts": facts["experts"],
        **{name: facts[name] for name in ("total_bytes", "model_bytes", "residual_bytes", "bits_per_edge")},
        **baselines,
        "density_entropy_bits": rates.density_entropy_bits(graph),
        "exact": exact,
        "encode_seconds": encoded - start,
        "decode_seconds": decoded - encoded,
    }


def main(
    name: Annotated[list[str], typer.Option(help="data sets, as graphs.load knows them")] = (),
    model: Annotated[list[str], typer.Option(help=" or ".join(GENERATORS))] = (),
    nodes: Annotated[list[int], typer.Option(help="sizes of generated graphs")] = (100, 500, 1000),
    density: Annotated[list[float], typer.Option(help="their nominal densities")] = (0.25, 0.5, 0.75),
    graph_seed: Annotated[list[int], typer.Option(help="their seeds")] = (0, 1, 2),
    predictor: Annotated[list[str], typer.Option(help="as of netwithin.encode")] = ("auto",),
    seed: Annotated[int, typer.Option(help="of the training")] = 0,
) -> None:
    """Encode graphs and record what came out."""
    loaded = (({"graph": one}, graphs.load(one)) for one in name)
    drawn = generated(list(nodes), list(density), list(graph_seed), list(model))
    codec.encode(graphs.newman_watts_strogatz(20, 0.25), "density+distance")  # compile before the clock runs
    for source in (loaded, drawn):
        for named, graph in source:
            for one in predictor:
                parameters = {**named, "predictor": one, "seed": seed}
                if records.count("codec", parameters):
                    continue
                metrics = measure(graph, one, seed)
                seconds = metrics["encode_seconds"] + metrics["decode_seconds"]
                path = records.write(records.record("codec", parameters, metrics, seconds))
                rate = metrics["bits_per_edge"]
                typer.echo(
                    f"{path.name}: {parameters} {metrics['total_bytes']} bytes, {rate:.3f} bits per edge"
                )


if __name__ == "__main__":
    typer.run(main)
