"""Record single trials of the first networks: `python benchmarks/record_first_networks.py --help`.

Chapter 03 records whole tables; this fills in what they lack, other kinds of graph or network, one record per
trial to results/recorded/first-networks/. What is recorded already is skipped.
"""

from typing import Annotated

import typer

from netwithin import records
from netwithin.memorize import trials


def main(
    graph: Annotated[str, typer.Option(help=", ".join(trials.GENERATORS))] = "erdos-renyi",
    network: Annotated[str, typer.Option(help=", ".join(trials.NETWORKS))] = "Block",
    density: Annotated[list[float], typer.Option(help="nominal densities")] = (0.05, 0.1, 0.25, 0.5, 0.75),
    p: Annotated[float, typer.Option(help="chance of a shortcut, or move, per ring edge")] = 0.5,
    seed: Annotated[list[int], typer.Option(help="seeds of graph, weights and shuffling")] = (0, 1, 2),
    nodes: Annotated[int, typer.Option(help="of the graph")] = 100,
    epochs: Annotated[int, typer.Option(help="passes over the matrix")] = 1000,
    steps: Annotated[int, typer.Option(help="steps of the optimiser per pass")] = 2,
    depth: Annotated[int, typer.Option(help="hidden layers of a Block")] = 4,
    width: Annotated[int, typer.Option(help="units of a Block's layers, and an UnSqueeze's maximum")] = 32,
) -> None:
    """Train one network per density and seed, and record what came of it."""
    same = {"graph": graph, "network": network, "p": p, "nodes": nodes, "depth": depth, "width": width}
    same |= {"epochs": epochs, "chunk": -(-(nodes**2) // steps)}
    for one_seed in seed:
        for one_density in density:
            told = same | {"density": one_density, "seed": one_seed}
            if records.count("first-networks", told | {"oversample": False}):
                continue
            found = trials.trial(**told)
            path = records.write(found.record("first-networks"))
            right = found.metrics["accuracy_percent"]
            typer.echo(f"{path.name}: density {one_density:g}, seed {one_seed}: {right:.2f} % right")


if __name__ == "__main__":
    typer.run(main)
