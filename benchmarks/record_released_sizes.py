"""Record how large the released graphs are: `python benchmarks/record_released_sizes.py`.

One record, `released-sizes`, for each architecture and data set: the nodes of its graphs, which are the same
for all pruners, and how few and how many edges those of one sparsity have under the pruner Uniform, whose
masks keep the same share of each layer but for chance. The released tables are read as
`netwithin.prediction.released` says.
"""

import time
from typing import Annotated

import typer

from netwithin import records
from netwithin.prediction import released


def main(sparsity: Annotated[float, typer.Option(help="Of the graphs whose edges count.")] = 0.98) -> None:
    """Read the released table, and record."""
    table = released.of_the_paper(released.load("unrolled"))
    for (architecture, dataset), rows in table.groupby(["architecture", "dataset"]):
        start = time.perf_counter()
        nodes = rows["nodes"].unique()
        if len(nodes) > 1:
            raise SystemExit(f"{architecture} on {dataset} has graphs of different numbers of nodes: {nodes}")
        chosen = rows[(rows["pruner"] == "Uniform") & (rows["sparsity"] == sparsity)]
        told = {"architecture": architecture, "dataset": dataset, "sparsity": sparsity}
        found = {"nodes": int(nodes[0]), "graphs": len(rows), "uniform_graphs": len(chosen)}
        found |= {"least_edges": int(chosen["edges"].min()), "most_edges": int(chosen["edges"].max())}
        print(records.write(records.record("released-sizes", told, found, time.perf_counter() - start)))


if __name__ == "__main__":
    typer.run(main)
