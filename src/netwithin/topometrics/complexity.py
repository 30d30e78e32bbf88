"""What the metrics cost: time against the number of edges, and the exponents that fit it."""

import time
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import scipy.sparse

from netwithin import records
from netwithin.topometrics.prepared import Prepared, prepare


def timings(graphs: Iterable, names: Iterable[str] | None = None) -> pd.DataFrame:
    """Time each metric on each graph, alone: nothing that another metric has computed is at hand.

    Parameters
    ----------
    graphs : iterable of LayeredGraph or Prepared
    names : iterable of str, optional
        Some of `netwithin.topometrics.NAMES`; all by default.

    Returns
    -------
    pandas.DataFrame
        One row per graph and metric: `metric`, `nodes`, `edges`, and `seconds` of this process's time, which
        a busy machine does not add to. Code is compiled, and modules imported, before the clock starts.

    Examples
    --------
    >>> import scipy.sparse
    >>> path = prepare(scipy.sparse.csr_array([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), range(4))
    >>> timings([path], ["n2", "k_core"])["metric"].tolist()
    ['n2', 'k_core']
    """
    from netwithin.topometrics import METRICS

    functions = {name: METRICS[name].function for name in (METRICS if names is None else names)}
    warm(functions)
    rows = []
    for graph in graphs:
        for name, function in functions.items():
            alone = Prepared(graph.adjacency, graph.offsets)
            start = time.process_time()
            function(alone)
            seconds = time.process_time() - start
            rows.append({"metric": name, "nodes": alone.nodes, "edges": alone.edges, "seconds": seconds})
    return pd.DataFrame(rows, columns=["metric", "nodes", "edges", "seconds"])


def exponents(times: pd.DataFrame, least_seconds: float = 1e-3) -> pd.Series:
    """Fit seconds = c * edges^a to each metric by least squares of the logarithms.

    Parameters
    ----------
    times : pandas.DataFrame
        What `timings` returned.
    least_seconds : float
        Runs shorter than this do not count: they time the call and not the work.

    Returns
    -------
    pandas.Series
        The exponent a by metric; NaN where fewer than two different sizes are left.

    Examples
    --------
    >>> times = pd.DataFrame({"metric": "n2", "edges": [10, 100], "seconds": [0.1, 10.0]})
    >>> exponents(times).round(6).to_dict()
    {'n2': 2.0}
    """

    def slope(rows: Mapping) -> float:
        rows = rows[rows["seconds"] >= least_seconds]
        if rows["edges"].nunique() < 2:
            return float("nan")
        return float(np.polyfit(np.log(rows["edges"]), np.log(rows["seconds"]), 1)[0])

    found = {metric: slope(rows) for metric, rows in times.groupby("metric", sort=False)}
    return pd.Series(found, name="exponent", dtype=float)


def beside_table_2(denser: pd.DataFrame, larger: pd.DataFrame, least_seconds: float = 0.01) -> pd.DataFrame:
    """What Table 2 says of the metrics' cost, and how their times grow here.

    Parameters
    ----------
    denser, larger : pandas.DataFrame
        What `timings` returned for graphs with more edges at the same nodes, and for graphs with more of
        both.
    least_seconds : float
        As for `exponents`.

    Returns
    -------
    pandas.DataFrame
        A row per metric: `category` and the complexity, `printed`; the exponents of the edges, `denser` and
        `larger`; and `seconds` for the largest of the denser graphs. NaN where a time is too short to fit,
        or there is none.

    Examples
    --------
    >>> times = pd.DataFrame({"metric": "n2", "edges": [10, 100], "seconds": [0.1, 10.0]})
    >>> beside_table_2(times, times).loc["n2"].tolist()[:2]
    ['neighbour', 'O(NE)']
    """
    from netwithin.topometrics import NAMES

    table = records.published("mge_topometrics_table_2").set_index("topometric").loc[list(NAMES)]
    table = table[["category", "complexity"]].rename(columns={"complexity": "printed"})
    table["denser"], table["larger"] = exponents(denser, least_seconds), exponents(larger, least_seconds)
    return table.assign(seconds=denser.groupby("metric")["seconds"].max())


def warm(names: Iterable[str] | None = None) -> None:
    """Have the metrics' code compiled and their libraries imported, on a small graph that has every motif.

    Parameters
    ----------
    names : iterable of str, optional
        Some of `netwithin.topometrics.NAMES`; all by default.

    Examples
    --------
    >>> warm(["sink", "n2"])
    """
    from netwithin.topometrics import METRICS

    ones = np.ones((80, 80))
    graph = prepare(scipy.sparse.csr_array(np.triu(ones, k=1) - np.triu(ones, k=5)), range(81))
    for name in METRICS if names is None else names:
        METRICS[name].function(graph)
