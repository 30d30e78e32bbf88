"""Record SIREN memorisation at the paper's sizes: `python benchmarks/record_siren.py --help`.

One record per run goes to results/recorded/siren/. A run that is recorded already is skipped, one
that was killed goes on from its checkpoint in runs/siren/, so the command can simply be repeated.
On a CPU give `OMP_NUM_THREADS=1` and start one process per core.
"""

import copy
from pathlib import Path
from typing import Annotated

import torch
import typer

from netwithin import atomic, graphs, memorize, records

MODELS = {
    "newman-watts-strogatz": graphs.newman_watts_strogatz,
    "watts-strogatz": graphs.watts_strogatz,
}


def parameters_of(nodes, density, graph_model, p, seed, epochs, chunk) -> dict:
    """Everything that decides a run, with the paper's network for the size (Table 4).

    A chunk of None is decided by the checkpoint or by what fits.
    """
    table = records.published("memorization_table_4_sizes").set_index("nodes")
    if nodes not in table.index:
        raise typer.BadParameter(f"the paper has no network for {nodes} nodes, only for {list(table.index)}")
    network = {"hidden_layers": int(table.hidden_layers[nodes]), "width": int(table.width[nodes])}
    return {
        "nodes": nodes,
        "nominal_density": density,
        "graph_model": graph_model,
        "p": p,
        **network,
        "seed": seed,
        "epochs": epochs,
        "omega0": 30.0,
        "learning_rate": 2e-4,
        "coordinate_range": 1.0,
        "chunk": chunk,
        "dtype": "float32",
    }


def run(parameters: dict, device: str, progress: bool) -> tuple[dict, dict]:
    """Train to the paper's stop, look, train on to the last epoch.

    Returns the parameters with the chunk that was taken, and what came out.
    """
    given = parameters
    graph = MODELS[given["graph_model"]](given["nodes"], given["nominal_density"], given["p"], given["seed"])
    model = memorize.SIREN(given["hidden_layers"], given["width"], given["omega0"], given["seed"])
    inputs, targets = memorize.pixels(graph, given["coordinate_range"])
    name = "-".join(str(value) for value in given.values())
    folder = Path("runs") / "siren"
    folder.mkdir(parents=True, exist_ok=True)
    stopped, finished = folder / f"{name}-stopped.pt", folder / f"{name}.pt"
    common = dict(epochs=given["epochs"], learning_rate=given["learning_rate"], chunk=given["chunk"])
    common["checkpoint_every"] = max(1, 10**8 // (memorize.parameter_count(model) * len(inputs)))
    metrics = {"bit_errors_mean_at_stop": None, "bit_errors_half_at_stop": None}
    start = copy.deepcopy(model.state_dict())
    for checkpoint, stop in ((stopped, memorize.PAPERS_STOP), (finished, None)):
        model.load_state_dict(start)  # the checkpoint holds the state to go on from
        settings = memorize.Settings(**common, stop_loss=stop)
        result = memorize.train(
            model, inputs, targets, settings, device=device, checkpoint=checkpoint, progress=progress
        )
        if result.stopped == "loss":
            evaluation = memorize.evaluate(model, graph, given["coordinate_range"], device)
            metrics["bit_errors_mean_at_stop"] = evaluation.errors_mean
            metrics["bit_errors_half_at_stop"] = evaluation.errors_half
        if not finished.exists():
            atomic.write_bytes(finished, stopped.read_bytes())
    metrics |= memorize.summarise(model, graph, result, given["coordinate_range"], device)
    return given | {"chunk": result.chunk}, metrics


def main(
    nodes: Annotated[int, typer.Option(help="100, 500 or 1000")] = 100,
    density: Annotated[list[float], typer.Option(help="nominal densities")] = (0.25, 0.5, 0.75),
    seed: Annotated[list[int], typer.Option(help="seeds of graph and network")] = (0, 1, 2),
    graph_model: Annotated[str, typer.Option(help=" or ".join(MODELS))] = "newman-watts-strogatz",
    p: Annotated[float, typer.Option(help="probability of a shortcut per lattice edge")] = 0.5,
    epochs: Annotated[int, typer.Option(help="passes over the matrix")] = 4000,
    chunk: Annotated[
        int | None, typer.Option(help="entries per step; default: the checkpoint's, or what fits")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
    progress: Annotated[bool, typer.Option(help="show a progress bar")] = False,
) -> None:
    """Train the paper's network on each density and seed, and record what came out."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    for one_seed in seed:
        for one_density in density:
            parameters = parameters_of(nodes, one_density, graph_model, p, one_seed, epochs, chunk)
            asked = {name: value for name, value in parameters.items() if name != "chunk" or value}
            if records.count("siren", asked):  # whatever its chunk, if none was asked for
                continue
            parameters, metrics = run(parameters, device, progress)
            seconds = metrics["training_seconds"]
            path = records.write(records.record("siren", parameters, metrics, seconds, name))
            typer.echo(f"{path}: {metrics['bit_errors_half']} bits wrong at 0.5, {seconds:.0f} s")


if __name__ == "__main__":
    typer.run(main)
