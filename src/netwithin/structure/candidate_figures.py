"""Drawings of candidates: what was drawn at random beside the scores, and two kinds in one embedding."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import kendalltau
from sklearn.metrics import silhouette_score

from netwithin.plotting import COLOURS
from netwithin.structure import candidates
from netwithin.structure.candidates import Trained

#: What of a plan is drawn against the score, by its attribute.
_DRAWN = {"epochs": "epochs", "learning rate": "learning_rate"}


def of_plans(trained: Sequence[Trained]) -> dict[str, float]:
    """Kendall's tau between what was decided before the training and the score on the test part.

    Parameters
    ----------
    trained : sequence of Trained

    Returns
    -------
    dict of str to float
        "epochs" and "learning rate", -1 to 1.
    """
    scores = [one.score("test") for one in trained]
    return {
        name: float(kendalltau([getattr(one.candidate.plan, key) for one in trained], scores).statistic)
        for name, key in _DRAWN.items()
    }


def population(trained: Sequence[Trained], score: str) -> Figure:
    """Draw the candidates' scores on the test part against what was decided before, a panel each.

    Parameters
    ----------
    trained : sequence of Trained
        The size of a point grows with a network's parameters.
    score : str
        What the scores are.

    Returns
    -------
    matplotlib.figure.Figure
    """
    tau = of_plans(trained)
    scores = [one.score("test") for one in trained]
    sizes = 0.15 * np.array([one.parameters for one in trained]) ** 0.8
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    for ax, (name, key) in zip(axes, _DRAWN.items(), strict=True):
        values = [getattr(one.candidate.plan, key) for one in trained]
        ax.scatter(values, scores, s=sizes, color=COLOURS["blue"], alpha=0.7)
        ax.set(xscale="log", xlabel=name, title=f"Kendall's τ of {name} and score: {tau[name]:.2f}")
    axes[0].set_ylabel(f"{score}, test part")
    axes[0].minorticks_off()
    axes[0].set_xticks([5, 10, 20, 40], [5, 10, 20, 40])
    return figure


def kinds(ax: Axes, embedding: np.ndarray, trained: Sequence[Trained]) -> None:
    """Draw an embedding on its first two principal axes, a mark for each kind, coloured by score.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Its title says how far the kinds lie apart: the silhouette by kind, from -1 to 1, of the embedding in
        all its dimensions.
    embedding : float array of shape (candidates, latent)
    trained : sequence of Trained
        Of both kinds.

    References
    ----------
    Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis.
    """
    spread = embedding - embedding.mean(axis=0)
    places = spread @ np.linalg.svd(spread, full_matrices=False)[2][:2].T
    kind = np.array([one.candidate.kind for one in trained])
    scores = np.array([one.score("test") for one in trained])
    limits = {"vmin": scores.min(), "vmax": scores.max()}
    for name, mark in zip(candidates.KINDS, "os", strict=True):
        rows = kind == name
        dots = ax.scatter(
            *places[rows].T, c=scores[rows], cmap="cividis", marker=mark, s=30, label=name, **limits
        )
    apart = silhouette_score(embedding, kind)
    ax.set(xlabel="first axis", ylabel="second axis", title=f"Silhouette by kind: {apart:.2f}")
    ax.legend(fontsize=9)
    ax.figure.colorbar(dots, ax=ax, label="accuracy, test part")
