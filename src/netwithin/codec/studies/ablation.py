"""What each adaptive expert is worth, the order of the rows, and the labels: measured here, and as recorded.

The recorded files are those of `benchmarks/record_ablation.py`, as `recorded.files("ablation")` reads them.
"""

import numpy as np
import pandas as pd

from netwithin.codec.decoder import decode
from netwithin.codec.encoder import encode
from netwithin.codec.renumbering import renumbered
from netwithin.codec.studies.recorded import best_peers
from netwithin.codec.studies.watching import GROUPS, watch
from netwithin.graphs import Graph, as_graph

#: The adaptive experts, which need nothing in the file.
EXPERTS = GROUPS[1:]
_ALONE = {f"{name} alone": (name,) for name in ("density", *EXPERTS)}
_WITHOUT = {f"without {name}": tuple(other for other in EXPERTS if other != name) for name in EXPERTS}
#: Names of panels, and their experts: each alone, all, all but each.
PANELS = _ALONE | {"all": EXPERTS} | _WITHOUT
_RECORDED = "all adaptive"  # the panel of all in a record
_OTHER_ORDER = f"{_RECORDED}, cardinality order, given labels"


def shuffled(graph, random: np.random.Generator) -> Graph:
    """A graph with its nodes numbered at random, without labels.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
    random : numpy.random.Generator

    Returns
    -------
    Graph

    Examples
    --------
    >>> from netwithin import graphs
    >>> shuffled(graphs.load("davis-southern-women"), np.random.default_rng(0))
    <Graph: bipartite, 18 + 14 nodes, 89 edges>
    """
    graph = as_graph(graph)
    rows, columns = (random.permutation(size) for size in graph.shape)
    return renumbered(graph, (rows, columns if graph.kind == "bipartite" else rows))


def by_order(graph, shuffles: int, random: np.random.Generator) -> pd.Series:
    """Bits per edge of the code by all adaptive experts, in both orders of the rows, with labels and without.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        Neither without edges nor complete. A bipartite graph's rows have one order only.
    shuffles : int
        How many numberings at random are averaged over.
    random : numpy.random.Generator
        Of the shuffles.

    Returns
    -------
    pandas.Series, float
        "given", "cardinality", "shuffled, given", "shuffled, cardinality", as far as there are.
    """
    graph = as_graph(graph)
    orders = ("given",) if graph.kind == "bipartite" else ("given", "cardinality")
    others = [shuffled(graph, random) for _ in range(shuffles)]
    bits = {order: watch(graph, order=order).bits for order in orders}
    for order in orders:
        bits[f"shuffled, {order}"] = np.mean([watch(other, order=order).bits for other in others])
    return pd.Series(bits) / graph.number_of_edges


def by_panel(graph) -> pd.Series:
    """Bits per edge of whole files by each of the `PANELS`.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        With edges; labels are not stored.

    Returns
    -------
    pandas.Series, float
        NaN for a file that did not decode to the graph.
    """
    graph = as_graph(graph)
    graph = Graph(graph.adjacency, graph.kind)
    rates = {}
    for panel, experts in PANELS.items():
        data = encode(graph, "+".join(experts), effort=1)
        rates[panel] = 8 * len(data) / graph.number_of_edges if decode(data) == graph else np.nan
    return pd.Series(rates)


def rates(files: pd.DataFrame) -> pd.DataFrame:
    """Recorded bits per edge, a row per graph and a column per panel.

    Parameters
    ----------
    files : pandas.DataFrame
        `graph`, `edges`, `panel` and `bits_per_edge`.

    Returns
    -------
    pandas.DataFrame, float
        Fewest edges first; NaN where a panel was not run.
    """
    order = files.groupby("graph")["edges"].first().sort_values().index
    return files.pivot(index="graph", columns="panel", values="bits_per_edge").loc[order]


def beside_peers(rates: pd.DataFrame) -> pd.DataFrame:
    """Recorded rates in the given order of rows, labels kept, the best published peer's beside them.

    Parameters
    ----------
    rates : pandas.DataFrame
        From `rates`.

    Returns
    -------
    pandas.DataFrame, float
        Columns "density alone" and so on, among them "siren alone" and "latent alone", which are stored; "all
        adaptive"; "without distance" and so on; "best peer". NaN where nothing was run.
    """
    alone = [*_ALONE, "siren alone", "latent alone"]
    table = rates.reindex(columns=[*alone, _RECORDED, *_WITHOUT])
    return table.assign(**{"best peer": best_peers().reindex(table.index)})


def left_out(rates: pd.DataFrame) -> pd.DataFrame:
    """How much larger the file of all adaptive experts is without each of them.

    Parameters
    ----------
    rates : pandas.DataFrame
        From `rates`.

    Returns
    -------
    pandas.DataFrame, float
        Columns `EXPERTS`, percent.

    Examples
    --------
    >>> table = pd.DataFrame({"all adaptive": [4.0]} | {f"without {name}": [5.0] for name in EXPERTS})
    >>> left_out(table).values.tolist()
    [[25.0, 25.0, 25.0]]
    """
    without = rates[list(_WITHOUT)].set_axis(EXPERTS, axis="columns")
    return 100 * (without.div(rates[_RECORDED], axis="index") - 1)


def reordered(rates: pd.DataFrame) -> pd.DataFrame:
    """How much larger the file is with the rows in another order, and with the labels shuffled.

    Parameters
    ----------
    rates : pandas.DataFrame
        From `rates`.

    Returns
    -------
    pandas.DataFrame, float
        Percent: "order", maximum cardinality search against the order as given; "labels", shuffled in the
        better order against labels as given in the better order.
    """
    lost = rates.filter(like="shuffled labels").min(axis="columns")
    kept = rates[[_RECORDED, _OTHER_ORDER]].min(axis="columns")
    return pd.DataFrame(
        {"order": 100 * (rates[_OTHER_ORDER] / rates[_RECORDED] - 1), "labels": 100 * (lost / kept - 1)}
    )
