"""The recorded runs as the tables that the chapter shows, the printed figures beside them.

The runs are those of `benchmarks/record_structure.py` and, for `shapes` and `edge_terms`, of
`benchmarks/record_embeddings.py`. Without them the tables hold NaN, or nothing.
"""

import numpy as np
import pandas as pd

from netwithin import records
from netwithin.structure.baselines import BASELINES
from netwithin.structure.decoding import SPLITS
from netwithin.structure.encoders import ENCODERS

#: The tasks by the names of the paper's columns. The digits take the place of its ImageNet, which it does not
#: describe; they are another set of pictures and no reproduction.
COLUMNS = {
    "two_moons": "Two Moon",
    "california_housing": "California Housing",
    "forest_cover": "Forest Covertype",
    "cifar_10_subset": "CIFAR-10",
    "digits": "ImageNet",
}
#: The same in a few letters, for tables with many columns.
SHORT = dict(zip(COLUMNS, ("two moons", "houses", "forest", "CIFAR-10", "digits"), strict=True))
#: Where the weights enter; in edge attention alone, or in the convolutions' messages too.
READINGS = {False: "edge attention only", True: "messages too"}


def runs() -> pd.DataFrame:
    """The records of the experiment `structure-decoding`."""
    return records.gather(experiment="structure-decoding")


def table(
    part: str, split: str = "random", found: pd.DataFrame | None = None, statistic: str = "mean"
) -> pd.DataFrame:
    """Table 1 (`part` "train") or 2 ("test"): Pearson's r as printed and as measured, over seeds.

    Parameters
    ----------
    part : {"train", "test"}
        Whose scores are read.
    split : str
        One of `decoding.SPLITS`; the printed column is that of the random split in any case.
    found : pandas.DataFrame, optional
        Records; by default `runs()`.
    statistic : {"mean", "std"}
        The mean over the seeds, or their standard deviation; the paper prints a variance.

    Returns
    -------
    pandas.DataFrame
        Index encoder; columns task (as here) and "printed" or one of `READINGS`. NaN where nothing is
        recorded or the embedding does not vary.
    """
    printed = records.published("structurereps_tables_1_2").query("split == @part")
    printed = printed.assign(mean=printed["pearson_r"], std=printed["variance"] ** 0.5)
    printed = printed.pivot(index="encoder", columns="task", values=statistic)
    columns = {}
    for task, name in COLUMNS.items():
        columns[task, "printed"] = printed[name] if task != "digits" else printed[name] * np.nan
        for reading, label in READINGS.items():
            chosen = _trained(_found(found), split, task, reading)
            columns[task, label] = chosen.groupby("features")[f"pearson_{part}"].agg(statistic)
    return pd.DataFrame(columns, index=pd.Index(ENCODERS, name="encoder")).astype(float)


def by_source(part: str, statistic: str = "mean", found: pd.DataFrame | None = None) -> pd.DataFrame:
    """`table` of the random split with one row per encoder and source ("printed", then `READINGS`).

    Parameters
    ----------
    part, statistic, found
        As for `table`.

    Returns
    -------
    pandas.DataFrame
        Index encoder and source, columns tasks.
    """
    rows = table(part, found=found, statistic=statistic).stack(level=1, future_stack=True)[list(COLUMNS)]
    return rows.reindex(pd.MultiIndex.from_product([ENCODERS, ["printed", *READINGS.values()]]))


def with_spread(part: str, found: pd.DataFrame | None = None) -> pd.DataFrame:
    """`by_source` as text, mean and standard deviation, under names that are short.

    Parameters
    ----------
    part, found
        As for `table`.

    Returns
    -------
    pandas.DataFrame, str
        A dash where there is nothing; no deviation where there is one seed.
    """
    # Adding zero takes the sign from what is rounded to zero.
    means = (by_source(part, found=found).round(2) + 0.0).map("{:.2f}".format)
    texts = means + by_source(part, "std", found).map(" ± {:.2f}".format)
    texts = texts.replace({" ± nan": "", "nan": "–"}, regex=True)
    return texts.rename(columns=SHORT, index={"edge attention only": "EA only", "messages too": "messages"})


#: What reads a score, as `by_features` has it; the encoders with weights in the messages too, the first of
#: them untrained, the baselines with their regressor.
READERS = (
    *ENCODERS,
    "EA+TC+LF, untrained",
    *(f"{name} ({model})" for name, (_, models) in BASELINES.items() for model in models),
)


def by_features(part: str, split: str, found: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pearson's r of every encoder and every baseline, mean over seeds.

    Parameters
    ----------
    part, split, found
        As for `table`.

    Returns
    -------
    pandas.DataFrame
        Index `READERS`, columns tasks. NaN where nothing is recorded, or a seed had
        nothing to correlate.
    """
    found = _found(found)
    columns = {
        task: [
            values(part, split, reader, found[found["task"] == task]).mean(skipna=False) for reader in READERS
        ]
        if "task" in found
        else np.nan
        for task in COLUMNS
    }
    return pd.DataFrame(columns, index=list(READERS)).astype(float)


def values(part: str, split: str, reader: str, found: pd.DataFrame | None = None) -> pd.Series:
    """Pearson's r of one reader in each of its records, so for every task and seed.

    Parameters
    ----------
    part, split, found
        As for `table`.
    reader : str
        One of `READERS`.

    Returns
    -------
    pandas.Series
        float, one per record; empty where nothing is recorded.
    """
    found = _found(found)
    if not len(found):
        return pd.Series(dtype=float)
    trained = (found["steps"] > 0) & (found["weights_in_messages"] == True)  # noqa: E712
    names = found["features"].where(trained & (found["edge_term"] == 0))
    names = names.where(found["steps"] != 0, found["features"] + ", untrained")
    names = names.where(found["steps"].notna(), found["features"] + " (" + found["regressor"] + ")")
    return found.loc[(names == reader) & (found["split"] == split), f"pearson_{part}"]


def seeds(found: pd.DataFrame | None = None) -> pd.Series:
    """How many seeds are recorded of each task, 0 where none is."""
    found = _found(found)
    counts = found.groupby("task")["seed"].nunique() if len(found) else pd.Series(dtype=int)
    return counts.reindex(list(COLUMNS), fill_value=0)


def shapes(found: pd.DataFrame | None = None) -> pd.DataFrame:
    """What is recorded of Figure 2, one row per task, embedding and seed.

    Parameters
    ----------
    found : pandas.DataFrame, optional
        Records; by default those of the experiment `structure-shapes`.

    Returns
    -------
    pandas.DataFrame
        Sorted by task, embedding ("trained" or "untrained") and seed; the metrics of `shapes.measured`.
        Without records it has no rows.
    """
    found = records.gather(experiment="structure-shapes") if found is None else found
    if not len(found):
        return pd.DataFrame(columns=["task", "embedding", "seed"])
    return found.sort_values(["task", "embedding", "seed"], ignore_index=True)


def edge_terms(found: pd.DataFrame | None = None) -> pd.DataFrame:
    """What is recorded of autoencoders that must give back the weights, one row per reading.

    Parameters
    ----------
    found : pandas.DataFrame, optional
        Records; by default those of the experiment `structure-edge-term`.

    Returns
    -------
    pandas.DataFrame
        One row per task, seed, `steps` and `edge_term` of EA+TC+LF: `edges_seen`, `edges_held_out`, and
        Pearson's r on the test part by the split's name. Without records it has no rows.
    """
    found = records.gather(experiment="structure-edge-term") if found is None else found
    told = ["task", "steps", "edge_term", "seed", "edges_seen", "edges_held_out"]
    if not len(found):
        return pd.DataFrame(columns=[*told, *SPLITS])
    found = found[found["features"] == "EA+TC+LF"].astype({name: float for name in told[1:3] + told[4:]})
    wide = found.pivot(index=told[:4], columns="split", values="pearson_test")
    once = found.drop_duplicates(told[:4]).set_index(told[:4])[told[4:]]
    return once.join(wide[list(SPLITS)].astype(float)).reset_index().sort_values(told[:4], ignore_index=True)


def ranges(values: pd.Series, digits: int = 2) -> str:
    """The median of some values, with the least and the largest where there are several.

    Parameters
    ----------
    values : pandas.Series of float
        NaN are left out.
    digits : int
        After the point.

    Returns
    -------
    str
        A dash where there is no value.

    Examples
    --------
    >>> ranges(pd.Series([0.5, 0.25, 1.0])), ranges(pd.Series([0.5])), ranges(pd.Series(dtype=float))
    ('0.50 (0.25 to 1.00)', '0.50', '–')
    """
    values = values.dropna()
    if not len(values):
        return "–"
    # Adding zero takes the sign from what is rounded to zero.
    low, middle, high = (
        f"{round(float(one), digits) + 0.0:.{digits}f}"
        for one in (values.min(), values.median(), values.max())
    )
    return middle if len(values) == 1 else f"{middle} ({low} to {high})"


def _found(found: pd.DataFrame | None) -> pd.DataFrame:
    found = runs() if found is None else found
    return found.astype({name: float for name in found if name.startswith(("pearson_", "kendall_"))})


def _trained(found: pd.DataFrame, split: str, task: str, reading: bool) -> pd.DataFrame:
    """The encoders' rows that stand for the paper's: trained, without an edge term."""
    if not len(found):
        return pd.DataFrame(columns=["features", "pearson_train", "pearson_test"])
    kept = (found["split"] == split) & (found["task"] == task) & (found["steps"] > 0)
    kept &= (found["weights_in_messages"] == reading) & (found["edge_term"] == 0)
    kept &= found["features"].isin(list(ENCODERS))
    return found[kept]
