"""Record what weights' graphs say about scores: `python benchmarks/record_structure.py --help`.

Data that scikit-learn does not bundle are read from NETWITHIN_DATA or downloaded. A task and seed whose runs
are recorded at this commit are skipped, so the command can simply be repeated, also after it stopped for want
of time. Records go to results/recorded/:

- `structure-decoding`: Tables 1 and 2 with their baselines, one record per task, seed, set of features,
  regressor and way to hold rows out;
- `structure-runs`: the networks that were trained for it, one record each, written last.
"""

import time
from typing import Annotated

import pandas as pd
import typer

from netwithin import records
from netwithin.structure import encoders, graphs, histories, studies, tasks
from netwithin.structure.autoencoder import Fit

#: From the cheapest on.
TASKS = ("two_moons", "california_housing", "digits", "forest_cover", "cifar_10_subset")


def main(
    task: Annotated[list[str] | None, typer.Option(help="tasks; all by default")] = None,
    seeds: Annotated[int, typer.Option(help="repetitions")] = 3,
    runs: Annotated[int, typer.Option(help="networks of a task and seed")] = 3,
    minutes: Annotated[float, typer.Option(help="start no other study after this")] = 1e9,
) -> None:
    """Record every task for every seed."""
    start = time.monotonic()
    for name in task or TASKS:
        for seed in range(seeds):
            if time.monotonic() - start > 60 * minutes:
                return
            if not records.count("structure-runs", {"task": name, "seed": seed}, this_commit=True):
                _study(name, seed, runs)
                print(f"{name}, seed {seed}: {time.monotonic() - start:,.0f} s", flush=True)


def _study(task: str, seed: int, runs: int) -> None:
    plan = histories.PLANS[task]
    watched = studies.histories(task, plan, runs, seed)
    fits = [Fit(), Fit(weights_in_messages=False)]
    tables = list(studies.compare(watched, list(encoders.ENCODERS), fits, task=task, seed=seed))
    # An encoder that was never trained, to see what the training adds.
    tables += list(studies.compare(watched, ["EA+TC+LF"], [Fit(steps=0)], task=task, seed=seed))[1:]
    for table in tables:
        for rec in records.from_table("structure-decoding", table, studies.PARAMETERS):
            records.write(rec)
    network = histories.network(tasks.load(task), plan.hidden)
    sizes = {"nodes": graphs.topology(network).nodes, "edges": graphs.topology(network).edges}
    rows = [
        {"task": task, "seed": seed, "run": run, "epochs": one.epochs, "seconds": one.seconds}
        | sizes
        | {"train_scores": one.train_scores.tolist(), "test_scores": one.test_scores.tolist()}
        for run, one in enumerate(watched)
    ]
    for rec in records.from_table("structure-runs", pd.DataFrame(rows), ["task", "seed", "run", "epochs"]):
        records.write(rec)


if __name__ == "__main__":
    typer.run(main)
