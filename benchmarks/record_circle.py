"""Record the circle: `python benchmarks/record_circle.py --help`.

Three experiments, one record per run, what is recorded already is skipped:

- `circle-memory`: the network that memorises a graph, pruned before or after training, and dense ones of
  several widths (`netwithin.circle.memory`);
- `circle-stored`: the same for the small network of a file (`netwithin.circle.stored`);
- `circle-masks`: masks of a Resnet-20 through the codec (`netwithin.circle.masks`).

A seed is that of graph, weights and masks. Seeds come one after the other, so that an interrupted recording
has all experiments for the first ones.
"""

import dataclasses
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Annotated

import torch
import typer

from netwithin import encodings, graphs, networks, records, topometrics
from netwithin.circle import masks, memory, stored
from netwithin.circle.pruning import PRUNERS
from netwithin.codec.training import Preset

NODES, DENSITY = 100, 0.25
GRAPH = {"graph": "newman-watts-strogatz", "nodes": NODES, "nominal_density": DENSITY}
Run = tuple[dict, Callable[[], dict]]


def ways(pruners: tuple[str, ...], afterwards: tuple[str, ...], sparsities: tuple[float, ...]) -> Iterator:
    """Pruner, sparsity and time of pruning of each sparse network."""
    for when, names in (("before", pruners), ("after", afterwards)):
        yield from ((name, sparsity, when) for sparsity in sparsities for name in names)


def memorising(seed: int) -> Iterator[Run]:
    """Runs of `circle-memory`: dense networks of several widths, then sparse ones of the largest."""
    graph, setup = graphs.newman_watts_strogatz(NODES, DENSITY, seed=seed), memory.Setup()
    widths = (2, 3, 4, 6, 8, 12, 28)
    dense = [(dataclasses.replace(setup, width=width), "none", 0.0, "before") for width in widths]
    sparse = [(setup, *way) for way in ways(PRUNERS, ("magnitude", "synflow"), (0.98, 0.95, 0.9))]
    for one, pruner, sparsity, when in dense + sparse:
        told = {"pruner": pruner, "sparsity": sparsity, "when": when, "seed": seed}
        yield (
            GRAPH | dataclasses.asdict(one) | told,
            lambda one=one, way=(pruner, sparsity, when): memory.run(graph, one, *way, seed),
        )


def stored_ones(seed: int) -> Iterator[Run]:
    """Runs of `circle-stored`."""
    graph = graphs.newman_watts_strogatz(NODES, DENSITY, seed=seed)
    names = ("uniform", "magnitude", "synflow")
    dense = [(width, "none", 0.0, "before") for width in (3, 4, 6, 8, 16)]
    sparse = [(16, *way) for way in ways(names, ("magnitude",), (0.8, 0.5))]
    for width, pruner, sparsity, when in dense + sparse:
        preset = Preset(2, width, (6,), 600, 100)
        told = {"layers": 2, "width": width, "weight_bits": 6, "steps": 600, "rounded_steps": 100}
        told |= {"pruner": pruner, "sparsity": sparsity, "when": when, "seed": seed}
        yield (
            GRAPH | told,
            lambda preset=preset, way=(pruner, sparsity, when): stored.run(graph, preset, *way, seed),
        )


def masks_of(seed: int, dataset: str, sparsities: tuple[float, ...] = (0.95, 0.98, 0.9)) -> Iterator[Run]:
    """Runs of `circle-masks`, with the topometrics of the masks; the first sparsity's shuffled, too."""
    pictures = networks.data.load(dataset)
    channels, size, _ = pictures.input_shape
    model = networks.resnet20(pictures.classes, size, channels, seed)

    def measure(pruner: str, sparsity: float) -> dict:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", networks.LayerCollapse)
            mask = networks.prune(model, pruner, sparsity, pictures, seed=seed)
        graph = encodings.multipartite(model, mask)
        coded = masks.run(model, mask, seed=seed, control=sparsity == sparsities[0])
        return coded | {"nodes": graph.nodes, "edges": graph.edges} | topometrics.compute(graph)

    for sparsity in sparsities:
        for pruner in ("uniform", "er", "erk", "snip", "synflow", "grasp", "prospr"):
            told = {"architecture": "resnet20", "dataset": dataset, "pruner": pruner, "sparsity": sparsity}
            told |= {"effort": masks.EFFORT, "seed": seed}
            yield told, lambda way=(pruner, sparsity): measure(*way)


def main(
    seed: Annotated[list[int], typer.Option(help="of graph, weights and masks")] = (0, 1, 2),
    dataset: Annotated[str, typer.Option(help="pictures for the masks' pruners")] = "digits",
) -> None:
    """Run what is not recorded yet, and record it."""
    torch.set_num_threads(1)
    for one in seed:
        experiments = {
            "circle-stored": stored_ones(one),
            "circle-memory": memorising(one),
            "circle-masks": masks_of(one, dataset),
        }
        for experiment, runs in experiments.items():
            for told, measure in runs:
                if records.count(experiment, told):
                    continue
                start = time.perf_counter()
                found = measure()
                seconds = time.perf_counter() - start
                records.write(records.record(experiment, told, found, seconds))
                typer.echo(f"{experiment}: {told}, {seconds:.0f} s")


if __name__ == "__main__":
    typer.run(main)
