"""Record what weights' graphs say about wrong bits: `python benchmarks/record_reading.py --help`.

Records go to results/recorded/:

- `circle-reading`: one record per seed, features, regressor and way to hold rows out
  (`netwithin.circle.watching`);
- `circle-watched`: the trainings that were read, one record each, written last.

Seeds come one after the other; one that has all its records is skipped, and of one that was interrupted the
readings that it has.
"""

import dataclasses
import time
from typing import Annotated

import pandas as pd
import torch
import typer

from netwithin import records
from netwithin.circle import watching
from netwithin.circle.memory import Setup
from netwithin.structure.autoencoder import Fit

NODES, EVERY = 48, 4
SETUP = Setup(layers=3, width=16, epochs=160)
ENCODER = "EA+TC+LF"
FITS = (
    Fit(steps=100),
    Fit(steps=0),
    Fit(steps=100, weights_in_messages=False),
    Fit(steps=100, edge_term=1.0),
)


def main(seed: Annotated[list[int], typer.Option(help="of graphs and weights")] = (0, 1, 2)) -> None:
    """Watch the trainings of each seed, read them in every way, and record what is not recorded yet."""
    torch.set_num_threads(1)
    told = {"nodes": NODES, "layers": SETUP.layers, "width": SETUP.width, "epochs": SETUP.epochs}
    told |= {"every": EVERY, "runs": len(watching.CASES)}
    for one in seed:
        mine = told | {"seed": one}
        if records.count("circle-watched", mine) == len(watching.CASES):
            continue
        start = time.perf_counter()
        runs = watching.histories(watching.CASES, SETUP, NODES, EVERY, one)
        if not records.count("circle-reading", mine | {"steps": None}):
            _write(watching.read_plain(runs, watching.CASES, one), mine)
        for fit in FITS:
            made = {name: getattr(fit, name) for name in ("steps", "edge_term", "weights_in_messages")}
            if not records.count("circle-reading", mine | made):
                _write(watching.read_encoders(runs, [ENCODER], [fit], one), mine)
                typer.echo(f"seed {one}, {made}: {time.perf_counter() - start:,.0f} s")
        rows = [
            dataclasses.asdict(case)
            | {"run": k, "log2_wrong": run.test_scores.tolist(), "seconds": run.seconds}
            for k, (case, run) in enumerate(zip(watching.CASES, runs, strict=True))
        ]
        _write(
            [pd.DataFrame(rows)], mine, "circle-watched", [*mine, "run", "kind", "density", "learning_rate"]
        )


def _write(
    tables, told: dict, experiment: str = "circle-reading", parameters: list[str] | None = None
) -> None:
    """Record every row of some tables, once all of them are there."""
    for table in list(tables):
        for rec in records.from_table(experiment, table.assign(**told), parameters or watching.PARAMETERS):
            records.write(rec)


if __name__ == "__main__":
    typer.run(main)
