"""What the runs of the ways forward say together: counts over seeds, and settings side by side."""

import pandas as pd

from netwithin.memorize.losses import CROSS_ENTROPY, MSE
from netwithin.memorize.summary import spread

_RUN = ["graph_model", "nodes", "seed"]


def side_by_side(
    runs: pd.DataFrame, by: list[str], across: str, column: str, form: str, label: str = "recorded"
) -> pd.DataFrame:
    """The spread of a figure over seeds, with the settings of one column side by side.

    Parameters
    ----------
    runs : pandas.DataFrame
        A row per run.
    by : list of str
        Columns that say what a row is about.
    across : str
        The column whose values become columns.
    column, form : str
        The figure, and its format.
    label : str
        What the runs are, see `spread`.

    Returns
    -------
    pandas.DataFrame
        Texts, in the order of the columns' values; graphs' names under "graph".

    Examples
    --------
    >>> runs = pd.DataFrame({"nodes": 9, "blocks": [1, 1, 2, 2], "bits": [3.0, 5.0, 2.0, 2.0]})
    >>> side_by_side(runs, ["nodes"], "blocks", "bits", ".0f").values.tolist()
    [[9, 'recorded, 2 runs', '4 (3 to 5)', '2']]
    """
    table = spread(runs.sort_values([*by, across]), [*by, across], {column: ("", form)}, label)
    table = table.pivot(index=[*by, "run"], columns=across, values="").reset_index()
    return table.rename_axis(columns=None).rename(columns={"graph_model": "graph"})


def findings(cuts: pd.DataFrame, embedded: pd.DataFrame, fourier: pd.DataFrame) -> dict[str, str | int]:
    """Count in how many runs each of Section 9's ideas does what is hoped of it.

    Parameters
    ----------
    cuts : pandas.DataFrame
        Rows of `tiles.compare` over seeds, the uncut graphs among them.
    embedded, fourier : pandas.DataFrame
        Rows of `spectral.compare` over seeds; `fourier` with `file_bits`, the codec's.

    Returns
    -------
    dict
        `cuts`, `more` of which take more bits a pair than the uncut graph, whether the argument `holds`, the
        `least` bits a pair; `losses`, pairs of runs that differ in the loss only, in `longer` of which
        cross-entropy keeps to a single answer for longer and in `poorer` of which it ends with more wrong
        pixels; `inputs`, pairs of runs that differ in the inputs only, in `better` of which eigenvectors end
        with fewer; `graphs`, on `paid` of which some number of eigenvectors, counted, takes fewer bits than
        node numbers, and `where`; `waves`, small networks, of which so many are `below` the codec's file, and
        on which graphs (`below_on`); and `big`, the most nodes among them.
    """
    uncut = cuts[cuts["blocks"] == 1].set_index(_RUN)["bits_per_pair"].rename("uncut")
    more = cuts.join(uncut, on=_RUN).eval("bits_per_pair > uncut")
    by_loss = embedded.pivot_table(
        index=[*_RUN, "inputs"], columns="trained_by", values=["one_answer_epochs", "wrong_bits"]
    )
    epochs, wrong = by_loss["one_answer_epochs"], by_loss["wrong_bits"]
    by_input = embedded.pivot_table(index=[*_RUN, "trained_by"], columns="inputs", values="wrong_bits")
    totals = fourier.pivot_table(index=_RUN, columns="eigenvectors", values="total_bits")
    paid = totals.drop(columns=0).min(axis=1) < totals[0]
    below = fourier[fourier["total_bits"] < fourier["file_bits"]]
    return {
        "cuts": int((cuts["blocks"] > 1).sum()),
        "more": int(more.sum()) or "none",
        "holds": "does not hold everywhere" if more.any() else "holds",
        "least": f"{cuts['bits_per_pair'].min():.1f}",
        "losses": len(by_loss),
        "longer": int((epochs[CROSS_ENTROPY.name] > epochs[MSE.name]).sum()),
        "poorer": int((wrong[CROSS_ENTROPY.name] > wrong[MSE.name]).sum()),
        "inputs": len(by_input),
        "better": int((by_input["eigenvectors"] < by_input["node numbers"]).sum()),
        "graphs": len(totals),
        "paid": int(paid.sum()),
        "where": _graphs(paid[paid].index.to_frame()),
        "waves": len(fourier),
        "below": len(below) or "none",
        "below_on": _graphs(below),
        "big": int(fourier["nodes"].max()),
    }


def _graphs(rows: pd.DataFrame) -> str:
    """The graphs that some rows are about, each once."""
    names = [
        f"{name} at {nodes} nodes" for name, nodes in zip(rows["graph_model"], rows["nodes"], strict=True)
    ]
    return "; ".join(sorted(set(names))) or "none"
