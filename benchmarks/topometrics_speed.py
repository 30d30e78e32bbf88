"""What the encoding and the topometrics cost: `python benchmarks/topometrics_speed.py --help`.

For one network, pruned uniformly to each of the sparsities: seconds to build the multipartite graph, seconds
of each metric (each finds what earlier ones have computed, as in `topometrics.compute`), edges a second, and
the most memory that the process has held. Seconds are given by the clock and of the processor, all threads
together: the first are what a user waits for, and whatever else the machine does adds to them; the second are
what the work takes. Edges a second are by the processor. Metrics that take a step for each path of two edges
can be left out for graphs of tens of millions of edges: `--linear`. With `--record` the figures go to
results/recorded/ as the experiment `topometrics-speed`.
"""

import resource
import time
from collections.abc import Callable
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from netwithin import encodings, networks, records, topometrics

#: Metrics whose work grows with pairs of edges.
SUPERLINEAR = ("n2", "motif4")


class Step(NamedTuple):
    """What one step took, in seconds."""

    name: str
    wall: float
    processor: float


def timed(name: str, function: Callable, *arguments) -> tuple[Step, object]:
    """Call a function once; return what it took and what it returned."""
    wall, processor = time.perf_counter(), time.process_time()
    result = function(*arguments)
    return Step(name, time.perf_counter() - wall, time.process_time() - processor), result


def measured(architecture: str, sparsity: float, seed: int, names: list[str]) -> tuple[object, list[Step]]:
    """The graph of a network, and what it took to build and to measure it."""
    model = networks.ARCHITECTURES[architecture](seed=seed)
    masks = networks.uniform_masks(model, sparsity, seed)
    encoding, graph = timed("encoding", encodings.multipartite, model, masks)
    preparing, prepared = timed("preparing", topometrics.prepare, graph)
    steps = [timed(name, topometrics.METRICS[name].function, prepared)[0] for name in names]
    return graph, [encoding, preparing, *steps]


def total(steps: list[Step], name: str) -> Step:
    """Steps as one."""
    return Step(name, sum(step.wall for step in steps), sum(step.processor for step in steps))


def gibibytes() -> float:
    """The most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(
    architecture: Annotated[str, typer.Option(help="One of networks.ARCHITECTURES.")] = "resnet20",
    sparsity: Annotated[list[float], typer.Option(help="May be given several times.")] = (0.9,),
    linear: Annotated[bool, typer.Option(help="Only metrics that are linear in the edges.")] = False,
    seed: Annotated[int, typer.Option(help="Of the network and its masks.")] = 0,
    record: Annotated[bool, typer.Option(help="Write a record for each sparsity.")] = False,
) -> None:
    """Print seconds, and edges a second."""
    names = [name for name in topometrics.NAMES if not (linear and name in SUPERLINEAR)]
    topometrics.warm(names)
    for share in sparsity:
        graph, steps = measured(architecture, share, seed, names)
        steps.append(total(steps[1:], f"these {len(names)} metrics"))
        table = Table("step", "seconds", "processor seconds", "million edges a second")
        table.title = f"{architecture} at {share}: {graph.nodes:,} nodes, {graph.edges:,} edges"
        for name, wall, processor in steps:
            rate = f"{graph.edges / processor / 1e6:,.1f}" if processor > 1e-3 else "-"
            table.add_row(name, f"{wall:.3f}", f"{processor:.3f}", rate)
        table.caption = f"{gibibytes():.2f} GiB at most"
        Console().print(table)
        if record:
            steps[-1] = steps[-1]._replace(name="metrics")
            told = {"architecture": architecture, "sparsity": share, "linear": linear, "seed": seed}
            found = {"nodes": graph.nodes, "edges": graph.edges, "gibibytes": gibibytes()}
            found |= {f"{step.name}_seconds": step.wall for step in steps}
            found |= {f"{step.name}_processor_seconds": step.processor for step in steps}
            duration = steps[0].wall + steps[-1].wall
            print(records.write(records.record("topometrics-speed", told, found, duration)))


if __name__ == "__main__":
    typer.run(main)
