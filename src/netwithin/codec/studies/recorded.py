"""The recorded runs of the codec, and the peers' published sizes, as tables with a row per file."""

import pandas as pd

from netwithin import records

#: Columns of the published table of peers that are no peer's rate: facts, one bit a pair, and Zuckerli after
#: a renumbering, which does not count what the renumbering takes.
NO_PEERS = ["nodes", "edges", "label_bits", "bitmap", "zuckerli_rcm"]


def files(experiment: str) -> pd.DataFrame:
    """The files behind the records of an experiment whose metrics are lists that run in parallel.

    Parameters
    ----------
    experiment : str
        "race", "ablation" or "widths".

    Returns
    -------
    pandas.DataFrame
        A row per place of the lists. Sizes and times are floats, NaN where nothing was measured, and
        `bits_per_edge` is that of the file. Without records it has no rows.

    Examples
    --------
    >>> ablation = files("ablation")
    >>> bool(ablation["exact"].all()), bool((ablation["bits_per_edge"] > 0).all())
    (True, True)
    """
    table = records.gather(experiment=experiment)
    if table.empty:
        return table.reindex(columns=[*table, "graph", "nodes", "edges", "bytes", "bits_per_edge"])
    lists = [column for column in table if isinstance(table[column].iloc[0], list)]
    table = table.explode(lists, ignore_index=True)
    numbers = [column for column in lists if column.endswith(("bytes", "seconds", "bits"))]
    table = table.astype(dict.fromkeys(numbers, float)).infer_objects()
    return table.assign(bits_per_edge=8 * table["bytes"] / table["edges"])


def best_peers() -> pd.Series:
    """The smallest rate of each graph in the published table of peers.

    Returns
    -------
    pandas.Series, float
        Bits per undirected edge, labels kept, by graph.

    Examples
    --------
    >>> float(best_peers()["power-grid"])
    9.201
    """
    return records.published("peers_bits_per_edge").set_index("graph").drop(columns=NO_PEERS).min(axis=1)
