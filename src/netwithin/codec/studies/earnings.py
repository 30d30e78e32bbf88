"""What the weights of a stored network earn and what they cost: trainings here, and as recorded.

A network of W weights that lowers the code length of the pairs from what their density takes to a residual
has earned the Wth part of the difference with each weight, and has cost what the file keeps for it. The
recorded files are those of `benchmarks/record_widths.py`. Sizes are bytes.
"""

from dataclasses import dataclass

import pandas as pd

from netwithin import records
from netwithin.codec.experts import Siren
from netwithin.codec.studies.recorded import files
from netwithin.codec.trainers import estimated_bits
from netwithin.graphs import as_graph

HALF_PRECISION = 16  # bits of a memorising network's weight


@dataclass(frozen=True)
class Memorising:
    """Networks that were trained to hold every pair: means over the recorded runs.

    Attributes
    ----------
    shape : tuple of int
        Sine layers and their units.
    weights : float
        How many.
    earned : float
        Bits each.
    runs : int
        How many runs there are.
    """

    shape: tuple[int, int]
    weights: float
    earned: float
    runs: int


def weigh(graph, network) -> dict:
    """What a trained network takes in a file, and what it leaves.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        That it was trained for.
    network : Integers
        As `netwithin.codec.training.train_siren` returns them.

    Returns
    -------
    dict
        `width`, `bits` of a weight, `weights`, how many; `model`, `residual` (a count of code lengths under
        the network alone, without header and mixer) and `total`, in bytes.
    """
    expert = Siren(network)
    model, total = len(expert.payload()), estimated_bits(as_graph(graph), expert) / 8
    return {
        "width": network.width,
        "bits": network.bits,
        "weights": len(network.flat()[0]),
        "model": model,
        "residual": total - model,
        "total": total,
    }


def recorded() -> pd.DataFrame:
    """The recorded files of the largest graph, by width and bits of a weight.

    Returns
    -------
    pandas.DataFrame
        The columns of `weigh`; also `nodes`, `bound_bytes`, which is the generator's, and
        `density_entropy_bytes`.

    Examples
    --------
    >>> table = recorded()
    >>> bool((table["model"] + table["residual"] == table["total"]).all()), table["nodes"].nunique()
    (True, 1)
    """
    table = files("widths")
    table = table[table["nodes"] == table["nodes"].max()]
    table = table.rename(columns={"weight_bits": "bits", "bytes": "total", "model_bytes": "model"})
    return table.assign(residual=table["total"] - table["model"])


def finest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose weights have the most bits, by width.

    Parameters
    ----------
    rows : pandas.DataFrame
        With the columns of `weigh`.

    Returns
    -------
    pandas.DataFrame
        Index `width`, rising.
    """
    return rows[rows["bits"] == rows["bits"].max()].set_index("width").sort_index()


def per_weight(rows: pd.DataFrame, entropy: float) -> pd.DataFrame:
    """What a weight earns and what it costs.

    Parameters
    ----------
    rows : pandas.DataFrame
        With the columns of `weigh`.
    entropy : float
        Bytes that the graph takes if nothing but its density is known.

    Returns
    -------
    pandas.DataFrame, float
        `earned` and `cost`, in bits.

    Examples
    --------
    >>> rows = pd.DataFrame({"weights": [100], "model": [50], "residual": [400.0]})
    >>> per_weight(rows, entropy=1000).values.tolist()
    [[48.0, 4.0]]
    """
    saved = 8 * (entropy - rows["residual"])
    return pd.DataFrame({"earned": saved / rows["weights"], "cost": 8 * rows["model"] / rows["weights"]})


def enough_bits(rows: pd.DataFrame, width: int, within: float = 0.01) -> float:
    """The fewest bits of a weight with which a file is as good as the smallest of its width.

    Parameters
    ----------
    rows : pandas.DataFrame
        With the columns of `weigh`.
    width : int
    within : float
        How much larger than the smallest it may be, as a share.

    Returns
    -------
    float

    Examples
    --------
    >>> rows = pd.DataFrame({"width": 8, "bits": [3, 4, 5, 6], "total": [200, 100.5, 100, 101]})
    >>> enough_bits(rows, 8)
    4.0
    """
    own = rows[rows["width"] == width]
    return float(own.loc[own["total"] <= (1 + within) * own["total"].min(), "bits"].min())


def memorising(graph_model: str, nodes: int, nominal_density: float, entropy: float) -> Memorising:
    """What the weights of the recorded memorising networks earn.

    Parameters
    ----------
    graph_model : str
        Of the graphs, for example "newman-watts-strogatz".
    nodes : int
        Of a graph.
    nominal_density : float
        Of the graphs.
    entropy : float
        Bytes that such a graph takes if nothing but its density is known.

    Returns
    -------
    Memorising
        Of the longest trainings of the experiment `siren`.

    Examples
    --------
    >>> found = memorising("newman-watts-strogatz", 100, 0.25, entropy=590)
    >>> found.shape, found.weights
    ((10, 28), 7421.0)
    """
    told = {"graph_model": graph_model, "nodes": nodes, "nominal_density": nominal_density}
    rows = records.gather(experiment="siren")
    for column, value in told.items():
        rows = rows[rows[column] == value]
    rows = rows[rows["epochs_run"] == rows["epochs_run"].max()]
    weights, residual = rows[["parameters_count", "residual_bits"]].mean()
    shape = tuple(int(size) for size in rows[["hidden_layers", "width"]].iloc[0])
    return Memorising(shape, float(weights), float((8 * entropy - residual) / weights), len(rows))
