"""Hypothesis strategies that several test modules share."""

import numpy as np
from hypothesis import strategies as st

from netwithin.graphs import Graph
from netwithin.graphs.graph import KINDS

#: Any text that may be a label.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
#: Labels that every text format with labels should hold.
plain_texts = st.text("abcXYZ089_.-é", min_size=1, max_size=5)
integers = st.integers(-(2**63), 2**63 - 1)
ids = st.integers(0, 40)


@st.composite
def graphs(draw, kinds=KINDS, labels=(None, texts, integers, ids), loops=True, most=7):
    """Graphs of up to `most` nodes a side, empty ones included, with labels from one of the strategies."""
    kind = draw(st.sampled_from(kinds))
    rows = draw(st.integers(0, most))
    columns = draw(st.integers(0, most)) if kind == "bipartite" else rows
    bits = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    matrix = np.array(bits, bool).reshape(rows, columns)
    if kind != "bipartite" and not loops:
        np.fill_diagonal(matrix, False)
    if kind == "undirected":
        matrix = matrix | matrix.T
    chosen = draw(st.sampled_from(labels))
    if chosen is None:
        return Graph(matrix, kind)
    nodes = rows + columns if kind == "bipartite" else rows
    names = draw(st.lists(chosen, min_size=nodes, max_size=nodes, unique=True))
    return Graph(matrix, kind, names[:rows], names[rows:] if kind == "bipartite" else None)
