"""Record what embeddings keep of networks: `python benchmarks/record_embeddings.py --help`.

Two experiments, one record per embedding or reading; what is recorded already is skipped, so the command can
simply be repeated. Data that scikit-learn does not bundle are read from NETWITHIN_DATA or downloaded.

- `structure-shapes`: Figure 2, networks of three shapes in one embedding (`netwithin.structure.shapes`);
- `structure-edge-term`: an autoencoder that must also give back the weights, beside one that need not
  (`netwithin.structure.studies.read_with_edge_term`).

Seeds come one after the other, so that an interrupted recording has all tasks for the first ones.
"""

from typing import Annotated

import torch
import typer

from netwithin import records
from netwithin.structure import histories, shapes, studies, tasks
from netwithin.structure.autoencoder import Fit

ENCODER = "EA+TC+LF"
#: Figure 2's embedding, and the same encoder left at its random start.
FITS = {"trained": Fit(), "untrained": Fit(steps=0)}
#: Steps of the autoencoder, and weights of its second loss.
EDGE_TERMS = {150: (0.0, 1.0, 10.0), 1000: (0.0, 10.0)}
#: Networks that are read; the last is held out.
RUNS = 3


def main(
    experiment: Annotated[list[str], typer.Option(help="structure-shapes, structure-edge-term")] = (
        "structure-shapes",
        "structure-edge-term",
    ),
    task: Annotated[list[str] | None, typer.Option(help="by default each experiment's own two")] = None,
    seed: Annotated[list[int], typer.Option(help="of networks and autoencoder")] = (0, 1, 2),
) -> None:
    """Record what is not recorded yet."""
    torch.set_num_threads(1)
    for one in seed:
        for name in experiment:
            study, own = {
                "structure-shapes": (_shapes, ("two_moons", "forest_cover")),
                "structure-edge-term": (_edge_terms, ("two_moons", "digits")),
            }[name]
            for which in task or own:
                if not records.count(name, {"task": which, "seed": one}):
                    made = study(which, one)
                    for rec in made:
                        records.write(rec)
                    seconds = sum(rec["seconds"] for rec in made)
                    typer.echo(f"{name}: {which}, seed {one}, {seconds:.0f} s")


def _shapes(task: str, seed: int) -> list[dict]:
    rows = shapes.study(tasks.load(task), histories.PLANS[task], ENCODER, FITS, seed)
    return [records.record("structure-shapes", *row) for row in rows]


def _edge_terms(task: str, seed: int) -> list[dict]:
    runs = studies.histories(task, histories.PLANS[task], RUNS, seed)
    fits = [Fit(steps=steps, edge_term=term) for steps, terms in EDGE_TERMS.items() for term in terms]
    tables = [studies.read_with_edge_term(runs, ENCODER, fit, seed) for fit in fits]
    tables.append(studies.read_baselines(runs, seed))
    return [
        rec
        for table in tables
        for rec in records.from_table(
            "structure-edge-term", studies.labelled(table, runs, task, seed), studies.PARAMETERS
        )
    ]


if __name__ == "__main__":
    typer.run(main)
