"""How far recorded networks are from rules that need no network, in the numbers of a text.

The rules are those of `comparisons.beside`: the majority, which answers everywhere what is commoner, and the
band, which takes the ring lattice for the graph.
"""

import numpy as np
import pandas as pd

from netwithin.memorize import comparisons

#: Points by which an accuracy has to lie below the majority's to count as below it.
BELOW = 1.0


def of_noise(runs: pd.DataFrame, printed: pd.Series) -> dict[str, str]:
    """What an UnSqueeze and a Block get right of graphs in which there is nothing to learn.

    Parameters
    ----------
    runs : pandas.DataFrame
        Recorded trials on Erdos-Renyi graphs, one per network, density and seed.
    printed : pandas.Series
        The paper's accuracies of the UnSqueeze in percent, by density.

    Returns
    -------
    dict of str to str
        In percentage points, `low`, `high` and `mean` of `noise_*`, the UnSqueeze less the majority, and of
        `block_*`, the Block less the UnSqueeze on the same graph; `noise_runs` and `block_runs`, how many
        these are; `noise_at`, the density at which the former is greatest, and `noise_printed`, the printed
        accuracy there less the majority's. `below` of `of`: printed accuracies more than `BELOW` under the
        majority's; `noise_below`, how many recorded runs are, in words.
    """
    keys = ["density", "seed"]
    unsqueeze, block = (
        comparisons.rows(runs, network=name).set_index(keys) for name in ("UnSqueeze", "Block")
    )
    gain = unsqueeze["accuracy_percent"] - unsqueeze["majority_percent"]
    apart = (block["accuracy_percent"] - unsqueeze["accuracy_percent"]).dropna()
    density = printed.index.to_numpy(float)
    beyond = printed - 100 * np.maximum(density, 1 - density)
    most, under = gain.idxmax()[0], int((gain < -BELOW).sum())
    told = {
        f"{name}_{kind}": f"{value:+.1f}"
        for name, values in (("noise", gain), ("block", apart))
        for kind, value in (("low", values.min()), ("high", values.max()), ("mean", values.mean()))
    }
    return told | {
        "noise_runs": str(len(gain)),
        "block_runs": str(len(apart)),
        "noise_at": f"{most:g}",
        "noise_printed": f"{beyond[most]:+.2f}",
        "noise_below": f"{under} of the recorded runs" if under else "No recorded run",
        "below": str((beyond < -BELOW).sum()),
        "of": str(len(beyond)),
    }


def of_small_worlds(runs: pd.DataFrame) -> dict[str, str]:
    """How many networks are better than the rules on graphs with a ring.

    Parameters
    ----------
    runs : pandas.DataFrame
        Recorded trials, all on graphs with a ring.

    Returns
    -------
    dict of str to str
        Of `world_of` runs, `world_up` are above the majority and `over_up` above the better of majority and
        band; `over_low` and `over_high`, in percentage points, are the least and the most by which they
        differ from that.

    Examples
    --------
    >>> columns = ["accuracy_percent", "majority_percent", "band_percent"]
    >>> runs = pd.DataFrame([(90, 80, 89), (85, 80, 89), (70, 80, 60)], columns=columns)
    >>> of_small_worlds(runs)["world_up"], of_small_worlds(runs)["over_up"]
    ('2', '1')
    """
    over = runs["accuracy_percent"] - runs[["majority_percent", "band_percent"]].max(axis=1)
    return {
        "world_of": str(len(runs)),
        "world_up": str((runs["accuracy_percent"] > runs["majority_percent"]).sum()),
        "over_up": str((over > 0).sum()),
        "over_low": f"{over.min():+.1f}",
        "over_high": f"{over.max():+.1f}",
    }
