"""Record how the released Ramanujan metrics go with density: `python benchmarks/record_ramanujan.py`.

One record for each architecture and sparsity, on CIFAR-10 as in the paper's Figures 2 and 5: Pearson's
correlation of each metric with the density of the layer, over all layers of all networks (`pooled_`), over
the layers' means (`layers_`), and over the layers of one network at a time, averaged (`within_`); and the
means themselves, for the first figure. The released tables are read as `netwithin.prediction.released` says.
Values that are missing or infinite are left out.
"""

import time
import warnings

import numpy as np
import pandas as pd
import typer

from netwithin import records
from netwithin.prediction import released

METRICS = list(released.RAMANUJAN)


def correlations(rows: pd.DataFrame) -> pd.Series:
    """Pearson's correlation of each metric with the density; NaN where it is not defined."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        return rows[METRICS].corrwith(rows["density"])


def measured(rows: pd.DataFrame) -> dict:
    """The metrics of one record, from the layers of all networks of one architecture and sparsity."""
    means = rows.groupby("layer")[[*METRICS, "density"]].mean()
    networks = rows.groupby(["pruner", "seed"])[[*METRICS, "density"]]
    kinds = {
        "pooled": correlations(rows),
        "layers": correlations(means),
        "within": networks.apply(correlations).mean(),
    }
    found = {f"{kind}_{name}": value for kind, values in kinds.items() for name, value in values.items()}
    found |= {name: means[name].tolist() for name in (*METRICS, "density")}
    names = rows.groupby("layer")["layer_name"].first()
    found |= {
        "layer": names.tolist(),
        "networks": networks.ngroups,
        "values": int(rows[METRICS].notna().sum().sum()),
    }
    return {name: _or_none(value) for name, value in found.items()}


def _or_none(value):
    """NaN, which a record cannot hold, as None."""
    if isinstance(value, list):
        return [_or_none(one) for one in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def main(dataset: str = "CIFAR-10") -> None:
    """Read the released tables, and record."""
    table = released.of_the_paper(released.load("ramanujan")).replace([np.inf, -np.inf], np.nan)
    table = table[table["dataset"] == dataset]
    for (architecture, sparsity), rows in table.groupby(["architecture", "sparsity"]):
        start = time.perf_counter()
        metrics = measured(rows)
        told = {"architecture": architecture, "sparsity": sparsity, "dataset": dataset}
        print(records.write(records.record("ramanujan", told, metrics, time.perf_counter() - start)))


if __name__ == "__main__":
    typer.run(main)
