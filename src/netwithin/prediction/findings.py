"""What the tables of the paper and of the records say, in the numbers and sentences of a text.

A table of scores has a row for each set of features and a column for each scenario, as
`recorded.by_features` reads it and `ours.regressed` computes it. Nothing here knows how many scenarios or
trainings there are: records that are still to come change the text with the table.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from netwithin.prediction import ours, recorded, released

#: How a text says by what kind of folds a prediction was tried.
FOLDS = {
    "random": "With random folds",
    "dataset": "With a data set held out",
    "pruner": "With a pruner held out",
}
#: How such a prediction is scored.
SCORES = {"random": "adjusted R²", "dataset": "R²", "pruner": "R²"}
#: What may stand beside names, and how a text calls it.
_BESIDE = {
    "the sixteen metrics": "indicators and topometrics",
    "nodes and edges alone": "indicators and nodes and edges",
    "the six layer densities": "indicators and layer densities",
}


def span(values: pd.Series) -> str:
    """The least and the greatest of some values, as a text has them.

    Examples
    --------
    >>> span(pd.Series([0.5, -0.125, 0.25])), span(pd.Series([0.5, 0.501])), span(pd.Series(dtype=float))
    ('-0.12 to 0.50', '0.50', '–')
    """
    if values.empty:
        return "–"
    low, high = f"{values.min():z.2f}", f"{values.max():z.2f}"  # z: no minus before zeros
    return low if low == high else f"{low} to {high}"


def gains(scores: pd.DataFrame) -> pd.DataFrame:
    """What each set of features has more than names alone.

    Parameters
    ----------
    scores : pandas.DataFrame
        A table of scores; "indicators" is one of its rows.

    Returns
    -------
    pandas.DataFrame
        Columns the sets of features, rows the scenarios; negative where a set has less.

    Examples
    --------
    >>> scores = pd.DataFrame({"0.9": {"indicators": 0.5, "topometrics": 0.25}})
    >>> gains(scores).loc["0.9"].to_dict()
    {'indicators': 0.0, 'topometrics': -0.25}
    """
    return (scores - scores.loc["indicators"]).T


def of_table_3(table: pd.DataFrame) -> dict[str, int]:
    """How much of Table 3 comes out.

    Parameters
    ----------
    table : pandas.DataFrame
        What `recorded.table_3` returned for the adjusted R^2.

    Returns
    -------
    dict
        `cells`; `cells_near`, those of them measured within .04 of what is printed; `mge_ahead`, scenarios
        in which the multipartite encoding's measured value is the highest.
    """
    measured, printed = (table.xs(name, level="source") for name in ("measured", "printed"))
    best = measured.drop(index="Unrolled MGE").max()
    return {
        "cells": measured.size,
        "cells_near": int(((measured - printed).abs() <= 0.04).sum().sum()),
        "mge_ahead": int((measured.loc["Unrolled MGE"] > best).sum()),
    }


def of_feature_sets(scores: pd.DataFrame) -> dict[str, str | int]:
    """How far names go with random folds, and what the rest adds to them.

    Parameters
    ----------
    scores : pandas.DataFrame
        What `recorded.by_features` returned.

    Returns
    -------
    dict
        Scenarios: `names_ahead`, in which names reach all topometrics, and `untrained_behind`, in which the
        topometrics before training stay below names. Texts, from the least to the greatest that names gain
        by what stands beside them: `added` (topometrics), `added_untrained` (those before training),
        `added_densities` (layer densities).
    """
    gain = gains(scores)
    return {
        "names_ahead": int((gain["topometrics"] <= 0).sum()),
        "untrained_behind": int((gain["topometrics before training"] < 0).sum()),
        "added": span(gain["indicators and topometrics"]),
        "added_untrained": span(gain["indicators and topometrics before training"]),
        "added_densities": span(gain["indicators and layer densities"]),
    }


def of_importance(weights: pd.DataFrame) -> dict[str, str]:
    """What the correlations of Figures 3 and 4 are, where the paper has sentences about them.

    Parameters
    ----------
    weights : pandas.DataFrame
        What `recorded.importance` returned.

    Returns
    -------
    dict of str to str
        `strength_low`, `strength_high`, `n2_low`, `n2_high`: of these metrics at sparsities of .6 and .98;
        `gap`, of the spectral gap over the architectures. Mean magnitudes for each architecture:
        `local_magnitudes` of the five local metrics, `near_magnitudes` of strength and neighbours; and the
        architectures in that order, `magnitude_networks`.
    """
    networks = recorded.LEVELS[5:]
    groups = {
        "local": ["sink", "source", "disconnected", "r_out", "r_in"],
        "near": ["strength", "k_core", "n1", "n2", "motif4"],
    }
    found = {
        f"{name}_{end}": f"{weights.loc[name, sparsity]:.2f}"
        for name in ("strength", "n2")
        for end, sparsity in (("low", "0.6"), ("high", "0.98"))
    }
    for group, names in groups.items():
        magnitudes = weights.loc[names, networks].abs().mean()
        found[f"{group}_magnitudes"] = ", ".join(f"{value:.2f}" for value in magnitudes)
    return found | {
        "gap": span(weights.loc["spectral_gap", networks]),
        "magnitude_networks": ", ".join(networks),
    }


def of_held_out(tables: Mapping[str, pd.DataFrame], random: pd.DataFrame) -> dict[str, str | int]:
    """What is left of a prediction when the folds hold something new.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        "dataset" and "pruner" to what `recorded.by_features` has for such folds.
    random : pandas.DataFrame
        The same for random folds, scored in the same way.

    Returns
    -------
    dict
        With a data set held out, numbers of scenarios: `new_dataset_names`, `new_dataset_metrics` and
        `new_dataset_densities`, below zero; `densities_ahead`, in which the layer densities have more than
        the topometrics; and `densities_mixed`, the most that the former have with a fixed sparsity. With a
        pruner held out: `names_ahead_pruner`, scenarios in which names have more than the topometrics. Losses
        against random folds: `names_lose` (the greatest) and `metrics_lose` with a pruner held out,
        `metrics_lose_dataset` (the least) with a data set.
    """
    new, pruner = tables["dataset"], tables["pruner"]
    sparsities = recorded.LEVELS[:5]
    return {
        "new_dataset_names": int((new.loc["indicators"] < 0).sum()),
        "new_dataset_metrics": int((new.loc["topometrics"] < 0).sum()),
        "new_dataset_densities": int((new.loc["layer densities"] < 0).sum()),
        "densities_ahead": int((new.loc["layer densities"] > new.loc["topometrics"]).sum()),
        "densities_mixed": f"{new.loc['layer densities', sparsities].max():.2f}",
        "names_ahead_pruner": int((pruner.loc["indicators"] > pruner.loc["topometrics"]).sum()),
        "names_lose": f"{(random - pruner).loc['indicators'].max():.2f}",
        "metrics_lose": span((random - pruner).loc["topometrics"]),
        "metrics_lose_dataset": f"{(random - new).loc['topometrics'].min():.2f}",
    }


def lacking(scores: pd.DataFrame) -> str:
    """For which scenarios of a table there are too few rows, as the end of a sentence.

    Parameters
    ----------
    scores : pandas.DataFrame
        What `ours.regressed` returned.

    Examples
    --------
    >>> lacking(pd.DataFrame({"0.9": [0.5], "Conv-6": [float("nan")]}))
    'too few for the scenarios Conv-6.'
    >>> lacking(pd.DataFrame({"0.9": [0.5], "Conv-6": [0.6]}))
    'enough for all 2 scenarios.'
    """
    missing = scores.columns[scores.isna().any()]
    if len(missing):
        return f"too few for the scenarios {', '.join(missing)}."
    return f"enough for all {scores.shape[1]} scenarios."


def beside_names(scores: pd.DataFrame, folds: str) -> str:
    """What our own graphs add to names, and what they are worth without, in sentences.

    Parameters
    ----------
    scores : pandas.DataFrame
        What `ours.regressed` returned; scenarios without values do not count.
    folds : {"random", "dataset", "pruner"}
        Those of the regression.

    Returns
    -------
    str
        That nothing can be said, where no scenario has values.
    """
    known = scores.dropna(axis=1)
    if not known.shape[1]:
        return f"{FOLDS[folds]}, no scenario has the {ours.LEAST_ROWS} rows yet that it takes."
    gain = gains(known)
    gained = ", ".join(f"{span(gain[name])} from {words}" for words, name in _BESIDE.items())
    alone = span(known.loc["topometrics"])
    return (
        f"{FOLDS[folds]}, what names gain in {SCORES[folds]} is {gained}; "
        f"without names the sixteen metrics reach {alone}."
    )


def of_printed_accuracies(table: pd.DataFrame) -> dict[str, str]:
    """How far the pruners are apart as printed, and where the better of ER and ERK wins.

    Parameters
    ----------
    table : pandas.DataFrame
        A data set's rows of Tables 8 to 10, with `architecture`, `pruner`, `sparsity` and
        `accuracy_percent`. Uniform is left out of the race between drawn and scored masks.

    Returns
    -------
    dict of str to str
        In percentage points: `gap_6` and `gap_98`, the most that pruners of one network differ at sparsities
        of .6 and .98; `low`, the lowest accuracy of all, with its pruner `low_who` and network `low_where`.
        At .98: `wins`, the networks on which ER or ERK is ahead of every scored method; `behind`, the most by
        which both are behind the best of these, and the network, `behind_where`.
    """
    gaps = table.groupby(["architecture", "sparsity"])["accuracy_percent"].agg(np.ptp).unstack().max()
    low = table.loc[table["accuracy_percent"].idxmin()]
    sparse = table[table["sparsity"] == 0.98]
    drawn, scored = (
        sparse[sparse["pruner"].isin(names)].groupby("architecture")["accuracy_percent"].max()
        for names in (("ER", "ERK"), released.PAI)
    )
    behind = scored - drawn
    return {
        "gap_6": f"{gaps[0.6]:.1f}",
        "gap_98": f"{gaps[0.98]:.1f}",
        "low": f"{low['accuracy_percent']:.1f}",
        "low_who": low["pruner"],
        "low_where": low["architecture"],
        "wins": ", ".join(behind[behind < 0].index) or "none",
        "behind": f"{behind.max():.1f}",
        "behind_where": behind.idxmax(),
    }


def of_short_trainings(table: pd.DataFrame, name: str = "short") -> dict[str, str | int]:
    """What short trainings show of the pruners.

    Parameters
    ----------
    table : pandas.DataFrame
        What `recorded.short_trainings` returned.
    name : str
        What the keys begin with, `short` in those below.

    Returns
    -------
    dict
        `short_epochs`, `short_runs` of `short_expected`; at the highest recorded sparsity, `short_high`: how
        far apart the pruners' means are, `short_apart`, and the seeds of one of them on average,
        `short_seeds`, in percentage points; `short_like`, Spearman's correlation of the means with the
        printed accuracies, for each sparsity. Dashes without records. Pruners that lack a sparsity are left
        out.
    """
    counts = {key: table.attrs[key] for key in ("epochs", "runs", "expected")}
    found = {"high": "–", "apart": "–", "seeds": "–", "like": "not known yet"}
    if table.shape[1]:
        pruners = table.drop(index="Dense").dropna()
        sparsities = list(table.columns.levels[0])
        high = pruners[max(sparsities)]
        alike = {
            sparsity: pruners[sparsity]["mean"].corr(pruners[sparsity]["printed"], method="spearman")
            for sparsity in sparsities
        }
        found = {
            "high": max(sparsities),
            "apart": f"{np.ptp(high['mean']):.1f}",
            "seeds": f"{high['spread'].mean():.1f}",
            "like": ", ".join(f"{value:.2f} at {sparsity:g}" for sparsity, value in alike.items()),
        }
    return {f"{name}_{key}": value for key, value in (counts | found).items()}


def leads(table: pd.DataFrame) -> pd.DataFrame:
    """By how much the mixture's average overlap exceeds that of its best rival.

    Parameters
    ----------
    table : pandas.DataFrame
        What `recorded.ranking` returned.

    Returns
    -------
    pandas.DataFrame
        Index the architectures, columns `printed` and `measured`; negative where a rival is ahead.

    Examples
    --------
    >>> float(leads(recorded.ranking(11)).loc["Resnet-20", "printed"].round(2))
    0.3
    """
    average = table.xs("average", level="sparsity")
    mixture = average.xs("Topometric mixture", level="strategy")
    return mixture - average.drop("Topometric mixture", level="strategy").groupby("architecture").max()


def of_rankings(tables: Mapping[int, pd.DataFrame]) -> dict[str, str | int]:
    """How far Tables 4, 11 and 12 come out, and where the mixture leads.

    Parameters
    ----------
    tables : mapping of int to pandas.DataFrame
        4, 11 and 12 to what `recorded.ranking` returned.

    Returns
    -------
    dict
        Of the 20 cells of each strategy in Table 4 those measured within .02 of what is printed:
        `near_mixture`, `near_density`, `near_imdb`, `near_imsg`, `near_bound`. Of its four averages those in
        which the mixture leads: `mixture_ahead`, `mixture_ahead_printed`. Of Table 4's layer densities:
        `density_exact`, sparsities at which Resnet-32 has what is printed to the printed digits, and
        `density_values`; `density_off`, where they are farthest from it. Of Tables 11 and 12 the averages in
        which the mixture leads, `ahead_11`, `ahead_12`, `ahead_11_printed`, `ahead_12_printed`, and by how
        much in the former, `lead_11` and `lead_11_printed`.
    """
    cells = tables[4].drop("average", level="sparsity")
    far = (cells["measured"] - cells["printed"]).abs()
    near = (far <= 0.0201).groupby("strategy").sum()
    short = {"mixture": "Topometric mixture", "density": "Layer-Density", "imdb": "IMDB", "imsg": "IMSG"}
    short |= {"bound": "Difference of bound"}
    density = cells.xs("Layer-Density", level="strategy")
    exact = density.loc["Resnet-32"].round(2)
    farthest = far.xs("Layer-Density", level="strategy").idxmax()
    found = {f"near_{key}": int(near[name]) for key, name in short.items()}
    found |= {
        "density_exact": int((exact["measured"] == exact["printed"]).sum()),
        "density_values": ", ".join(f"{value:.2f}" for value in density.loc["Resnet-32", "measured"]),
        "density_off": "{} at {}, {:.2f} in the place of {:.2f}".format(
            *farthest, density.loc[farthest, "measured"], density.loc[farthest, "printed"]
        ),
    }
    for number, name in ((4, "mixture_ahead"), (11, "ahead_11"), (12, "ahead_12")):
        lead = leads(tables[number])
        found |= {
            name: int((lead["measured"] > 0).sum()),
            f"{name}_printed": int((lead["printed"] > 0).sum()),
        }
        if number == 11:
            ahead = {column: lead.loc[lead[column] > 0, column] for column in lead}
            found |= {"lead_11": span(ahead["measured"]), "lead_11_printed": span(ahead["printed"])}
    return found


def of_choices(regret: pd.DataFrame, right: pd.DataFrame) -> dict[str, str | int]:
    """What choosing a pruner for an unseen cell costs, by who chooses.

    Parameters
    ----------
    regret, right : pandas.DataFrame
        Index the strategies of `choosing.compare`, columns "all 16" and "before training": mean regret in
        percentage points, and cells in which the best pruner was chosen.

    Returns
    -------
    dict
        Texts `regret_mixture`, `regret_untrained` (its metrics before training), `regret_average`,
        `regret_any`, `regret_architecture`; numbers `right_architecture` and `right_mixture`.
    """
    every = regret["all 16"]
    return {
        "regret_mixture": f"{every['topometric mixture']:.2f}",
        "regret_untrained": f"{regret.loc['topometric mixture', 'before training']:.2f}",
        "regret_average": f"{every['best on average']:.2f}",
        "regret_any": f"{every['any pruner']:.2f}",
        "regret_architecture": f"{every['best for the architecture']:.2f}",
        "right_architecture": int(right.loc["best for the architecture", "all 16"]),
        "right_mixture": int(right.loc["topometric mixture", "all 16"]),
    }


def of_own_choices(choices: pd.DataFrame) -> str:
    """What choosing by our own graphs costs, as a sentence.

    Parameters
    ----------
    choices : pandas.DataFrame
        What `choosing.compare` returned for cells of ours; it may have no rows.

    Returns
    -------
    str
        The mean regrets, the least first.
    """
    if choices.empty:
        return (
            "Choosing for a pair that is held out takes two sparsities and two architectures with all seven "
            "pruners, and so many are not recorded yet."
        )
    regret = (100 * choices.groupby("strategy")["regret"].mean()).sort_values()
    asked = int((choices["strategy"] == "any pruner").sum())
    costs = "; ".join(f"{name} {value:.2f}" for name, value in regret.items())
    return (
        "With the pair held out, as above, which takes another whole pair of its architecture and another of "
        f"its sparsity, the mean regret over {asked} cells is, in points of accuracy: {costs}."
    )
