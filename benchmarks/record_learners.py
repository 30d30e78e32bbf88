"""Record off-the-shelf learners on single graphs: `python benchmarks/record_learners.py --help`.

Chapter 02 records its whole page; this fills in graphs that are too large for the page, or more seeds of
them, one record per learner and graph to results/recorded/learners/ and, of the kernel matrix, one per seed
to results/recorded/svm-kernel/. What is recorded already is skipped.
"""

import time
from typing import Annotated

import typer

from netwithin import graphs, records
from netwithin.memorize import learners

NOMINAL, SHORTCUT = 0.25, 0.5  # density and chance of a shortcut, as in the chapter
GRAPHS = {
    "newman-watts-strogatz": lambda nodes, seed: graphs.newman_watts_strogatz(nodes, NOMINAL, SHORTCUT, seed),
    "watts-strogatz": lambda nodes, seed: graphs.watts_strogatz(nodes, NOMINAL, SHORTCUT, seed),
    "erdos-renyi": lambda nodes, seed: graphs.erdos_renyi(nodes, 0.5, seed),
}


def main(
    nodes: Annotated[int, typer.Option(help="of the graphs")] = 100,
    seed: Annotated[list[int], typer.Option(help="seeds of the graphs")] = (0, 1, 2),
    graph: Annotated[list[str], typer.Option(help="of which kinds")] = tuple(GRAPHS),
    learner: Annotated[list[str], typer.Option(help="which learners")] = tuple(learners.LEARNERS),
    kernel: Annotated[bool, typer.Option(help="also time the kernel matrix")] = True,
) -> None:
    """Fit each learner to each graph, count, and record."""
    for one_seed in seed:
        told = {"nominal_density": NOMINAL, "p": SHORTCUT, "seed": one_seed}
        for name in graph:
            made = GRAPHS[name](nodes, one_seed)
            for one in learner:
                parameters = told | {"learner": one, "graph": name, "nodes": nodes}
                if records.count("learners", parameters):
                    continue
                found = learners.judge(one, made)
                records.write(records.record("learners", parameters, found, found["training_seconds"]))
                typer.echo(f"{one}, {name}, {nodes} nodes, seed {one_seed}: {found['wrong_bits']} wrong")
        if kernel and not records.count("svm-kernel", told | {"nodes": nodes}):
            start = time.perf_counter()
            found = learners.kernel_cost(GRAPHS["newman-watts-strogatz"](nodes, one_seed))
            seconds = time.perf_counter() - start
            records.write(records.record("svm-kernel", told | {"nodes": nodes}, found, seconds))


if __name__ == "__main__":
    typer.run(main)
