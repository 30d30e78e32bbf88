"""The drawing of what experts, order and labels are worth on recorded graphs."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netwithin.codec.studies.ablation import EXPERTS, left_out, reordered
from netwithin.plotting import COLOURS

_MARKS = dict(zip(EXPERTS, (("v", "vermilion"), ("s", "blue"), ("o", "green")), strict=True))
_CHANGES = {"order": ("maximum cardinality search", "D", "ink"), "labels": ("labels shuffled", "X", "pink")}


def worth(rates: pd.DataFrame) -> Figure:
    """How much larger files are without an expert, in another order, without labels; a row per graph.

    Parameters
    ----------
    rates : pandas.DataFrame
        From `ablation.rates`.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from netwithin.codec.studies import ablation, recorded
    >>> figure = worth(ablation.rates(recorded.files("ablation")))
    >>> len(figure.axes)
    2
    >>> plt.close(figure)
    """
    without, changed = left_out(rates), reordered(rates)
    place = np.arange(len(rates))
    size = (9.4, 0.4 * len(rates) + 1.6)
    figure, (left, right) = plt.subplots(1, 2, figsize=size, sharey=True, layout="constrained")
    for name, (mark, colour) in _MARKS.items():
        left.plot(without[name], place, mark, color=COLOURS[colour], label=f"without {name}")
    for name, (label, mark, colour) in _CHANGES.items():
        right.plot(changed[name], place, mark, color=COLOURS[colour], label=label)
    for ax in (left, right):
        ax.axvline(0, color=COLOURS["grey"], ls="-", lw=1)
        ax.set(xlabel="larger than all adaptive experts, %", xscale="symlog")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.margins(x=0.08)
    left.set(yticks=place, yticklabels=rates.index)
    least, *_, most = without.max().sort_values().index
    left.set_title(f"Leaving out {most} costs most, {least} least")
    right.set_title(f"Labels are worth up to {changed['labels'].max():.0f} %")
    figure.legend(loc="outside lower center", ncols=5, fontsize=8)
    return figure
