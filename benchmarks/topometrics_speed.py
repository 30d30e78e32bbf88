"""What the encoding and the topometrics cost: `python benchmarks/topometrics_speed.py --help`.

For one network, pruned uniformly to each of the sparsities: seconds to build the multipartite graph, seconds
of each metric (each finds what earlier ones have computed, as in `topometrics.compute`), edges a second, and
the most memory that the process has held. Metrics that take a step for each path of two edges can be left
out for graphs of tens of millions of edges: `--linear`. With `--record` the figures go to results/recorded/
as the experiment `topometrics-speed`; the seconds are wall-clock, whatever else the machine was doing.
"""

import resource
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from netwithin import encodings, networks, records, topometrics

#: Metrics whose work grows with pairs of edges.
SUPERLINEAR = ("n2", "motif4")


def gibibytes() -> float:
    """The most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measured(architecture: str, sparsity: float, seed: int, names: list[str]) -> list[tuple[str, float]]:
    """Seconds of each step, after the number of edges."""
    model = networks.ARCHITECTURES[architecture](seed=seed)
    masks = networks.uniform_masks(model, sparsity, seed)
    start = time.perf_counter()
    graph = encodings.multipartite(model, masks)
    rows = [("edges", graph.edges), ("encoding", time.perf_counter() - start)]
    prepared = topometrics.prepare(graph)
    for name in names:
        start = time.perf_counter()
        topometrics.METRICS[name].function(prepared)
        rows.append((name, time.perf_counter() - start))
    return rows


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
        (_, edges), *steps = measured(architecture, share, seed, names)
        table = Table("step", "seconds", "million edges a second")
        table.title = f"{architecture} at {share}: {edges:,} edges"
        total = sum(seconds for name, seconds in steps if name != "encoding")
        for name, seconds in (*steps, (f"these {len(names)} metrics", total)):
            table.add_row(name, f"{seconds:.3f}", f"{edges / max(seconds, 1e-9) / 1e6:,.1f}")
        table.caption = f"{gibibytes():.2f} GiB at most"
        Console().print(table)
        if record:
            told = {"architecture": architecture, "sparsity": share, "linear": linear, "seed": seed}
            found = {"edges": edges, "gibibytes": gibibytes(), "metrics": total}
            found |= {f"{name}_seconds": seconds for name, seconds in steps}
            records.write(records.record("topometrics-speed", told, found, total + steps[0][1]))


if __name__ == "__main__":
    typer.run(main)
