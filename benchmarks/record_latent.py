"""Record what a stored map costs and brings: `python benchmarks/record_latent.py --help`.

One record per graph and price goes to results/recorded/latent/; what is recorded already is skipped. Real
graphs come from `netwithin.graphs.load`, that is from NETWITHIN_DATA or by download.
"""

import time
from typing import Annotated

import numpy as np
import typer

from netwithin import graphs, records
from netwithin.codec import encoder, training
from netwithin.codec.container import header_of
from netwithin.codec.embedding import MapPreset, train_latent, with_network
from netwithin.codec.experts import EXPERTS, Density, Expert, Latent
from netwithin.codec.stream import Plan, encode_stream

HEAD = training.Preset(layers=2, width=8, bits=(7,), steps=1200)


def adaptive() -> tuple[Expert, ...]:
    """All experts that store nothing."""
    return tuple(expert() for expert in EXPERTS.values() if expert.name not in ("density", *encoder.TRAINED))


def drawn(learnt) -> dict:
    """The two directions in which a map's products differ most; lists of a number for each node."""
    places = learnt.rows[:, 1:] * np.sqrt(np.abs(learnt.factors[1:]) / 1024)
    axes = np.linalg.svd(places - places.mean(0), full_matrices=False)[2][:2]
    x, y = np.round((places - places.mean(0)) @ axes.T, 2).T.tolist()
    return {"x": x, "y": y}


def measure(graph: graphs.Graph, price: float, seed: int, draw: bool) -> dict:
    """Learn a map and code the graph by it, alone and beside all adaptive experts; sizes in bytes."""
    start = time.perf_counter()
    learnt = train_latent(graph, MapPreset(price=price), seed)
    trained = time.perf_counter() - start

    def size(*experts):
        return len(encode_stream(header_of(graph), graph.adjacency, Plan(experts)))

    others = adaptive()
    headed = with_network(graph, learnt, HEAD, seed) if learnt.dimensions else learnt
    return {
        "nodes": graph.number_of_nodes,
        "edges": graph.number_of_edges,
        "dimensions": learnt.dimensions,
        "map_bytes": len(Latent(learnt).payload()),
        "alone_bytes": size(Density(), Latent(learnt)),
        "headed_bytes": size(Density(), Latent(headed)),
        "adaptive": [expert.name for expert in others],
        "adaptive_bytes": size(*others),
        "beside_bytes": size(*others, Latent(learnt)),
        "train_seconds": trained,
        **(drawn(learnt) if draw and learnt.dimensions > 1 else {}),
    }


def main(
    name: Annotated[list[str], typer.Argument(help="data sets, as graphs.load knows them")],
    price: Annotated[list[float], typer.Option(help="of a bit of the map, in bits of the residual")] = (1.0,),
    seed: Annotated[int, typer.Option(help="of the training")] = 0,
    draw: Annotated[bool, typer.Option(help="keep two coordinates of each node")] = False,
) -> None:
    """Learn maps and record what came out."""
    for graph_name in name:
        graph = graphs.load(graph_name)
        for one in price:
            parameters = {"graph": graph_name, "price": one, "seed": seed}
            if records.count("latent", parameters):
                continue
            start = time.perf_counter()
            metrics = measure(graph, one, seed, draw)
            path = records.write(records.record("latent", parameters, metrics, time.perf_counter() - start))
            rates = {
                k: round(8 * v / graph.number_of_edges, 3) for k, v in metrics.items() if k.endswith("_bytes")
            }
            typer.echo(f"{path.name}: {parameters} {rates}")


if __name__ == "__main__":
    typer.run(main)
