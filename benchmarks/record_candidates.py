"""Record how candidates never seen are ranked: `python benchmarks/record_candidates.py --help`.

Data that scikit-learn does not bundle are read from NETWITHIN_DATA or downloaded. A task and seed that are
recorded at this commit are skipped, so the command can simply be repeated. Records go to results/recorded/:

- `structure-candidates`: how each set of features ranks candidates that it was not learned from, one record
  per task, seed, features, regressor, and kinds that were learned from and ranked;
- `structure-population`: the candidates themselves, one record per task and seed, written last.
"""

import time
from typing import Annotated

import torch
import typer

from netwithin import records
from netwithin.structure import candidates, rankings
from netwithin.structure.autoencoder import Fit
from netwithin.structure.candidates import KINDS, Trained

#: How many candidates of each kind.
POPULATIONS: dict[str, dict[str, int]] = {
    "two_moons": {"perceptron": 100},
    "digits": dict.fromkeys(KINDS, 50),
    "forest_cover": {"perceptron": 80},
}
#: Encoders and how they are trained: the paper's; weights in its edge attention only; with a loss on the
#: edges' features too; without any training; random features and no edge attention.
WAYS = [
    ("EA+TC+LF", Fit()),
    ("EA+TC+LF", Fit(weights_in_messages=False)),
    ("EA+TC+LF", Fit(edge_term=1.0)),
    ("EA+TC+LF", Fit(steps=0)),
    ("GC+RF", Fit()),
]


def main(
    task: Annotated[list[str] | None, typer.Option(help="tasks; all by default")] = None,
    seeds: Annotated[int, typer.Option(help="repetitions, each with candidates of its own")] = 3,
    folds: Annotated[int, typer.Option(help="parts, each ranked by what was learned on the others")] = 5,
) -> None:
    """Record every task for every seed."""
    torch.set_num_threads(1)
    for name in task or POPULATIONS:
        for seed in range(seeds):
            if not records.count("structure-population", {"task": name, "seed": seed}, this_commit=True):
                start = time.perf_counter()
                _study(name, seed, folds)
                print(f"{name}, seed {seed}: {time.perf_counter() - start:,.0f} s", flush=True)


def _study(task: str, seed: int, folds: int) -> None:
    start = time.perf_counter()
    drawn = [one for kind, n in POPULATIONS[task].items() for one in candidates.draw(task, kind, n, seed)]
    trained = candidates.train(task, drawn)
    spent = time.perf_counter() - start
    for table in rankings.compare(trained, WAYS, task=task, folds=folds, seed=seed):
        for rec in records.from_table("structure-candidates", table, rankings.PARAMETERS):
            records.write(rec)
    told = {"task": task, "candidates": len(trained), "seed": seed}
    records.write(records.record("structure-population", told, _described(trained), spent))


def _described(trained: list[Trained]) -> dict[str, list]:
    """What the candidates are and what became of them, a list for each property."""
    plans = [one.candidate.plan for one in trained]
    return {
        "kinds": [one.candidate.kind for one in trained],
        "hidden": ["-".join(map(str, plan.hidden)) for plan in plans],
        "epochs": [plan.epochs for plan in plans],
        "learning_rates": [plan.learning_rate for plan in plans],
        "parameters": [one.parameters for one in trained],
        "train_scores": [one.score("train") for one in trained],
        "test_scores": [one.score("test") for one in trained],
    }


if __name__ == "__main__":
    typer.run(main)
