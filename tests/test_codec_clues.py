"""What clues know beyond degrees, against sets of pairs that are walked through one by one."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwithin import graphs
from netwithin.codec.studies import clues


@st.composite
def some_graphs(draw):
    """Undirected graphs without loops that have an edge and miss one."""
    n = draw(st.integers(3, 9))
    pairs = list(itertools.combinations(range(n), 2))
    edges = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=len(pairs) - 1, unique=True))
    graph = nx.empty_graph(n)
    graph.add_edges_from(edges)
    return graph


@settings(max_examples=30, deadline=None)
@given(graph=some_graphs())
def test_the_base_is_the_equation_over_the_pairs_coded_before(graph):
    n, p = len(graph), nx.density(graph)
    found = clues.base(graph)
    for i, j in itertools.combinations(range(n), 2):
        before = [pair for pair in itertools.combinations(range(n), 2) if pair < (i, j)]
        logit = -np.log(p / (1 - p))
        for node in (i, j):
            own = [pair for pair in before if node in pair]
            d, s = sum(graph.has_edge(*pair) for pair in own), len(own)
            logit += np.log((d + 1) / (s - d + 1 / p))
        assert found[i, j] == pytest.approx(1 / (1 + np.exp(-logit)))
    assert np.isnan(found[np.tril_indices(n)]).all()


@settings(max_examples=30, deadline=None)
@given(graph=some_graphs())
def test_classes_are_counted_among_the_rows_already_coded(graph):
    found = clues.classes(graph)
    for k, (i, j) in enumerate(itertools.combinations(range(len(graph)), 2)):
        name = {clue: labels[which[k]] for clue, (which, labels) in found.items()}
        common = sum(v < i for v in nx.common_neighbors(graph, i, j))
        assert name["neighbours"] == (str(common) if common < 5 else "5+")
        beside = [(i, j - 1), (i - 1, j - 1), (i - 1, j), (i - 1, j + 1)]
        assert name["picture"] == str(sum(a < b and graph.has_edge(a, b) for a, b in beside))
        low, _, high = name["distance"].partition("-")
        assert int(low) <= j - i <= int(high or low)


def test_lifts_of_all_classes_account_for_every_pair_and_edge():
    graph = graphs.load("les-miserables")
    table = clues.lifts(graph)
    sums = table.groupby("clue")[["pairs", "edges", "expected"]].sum()
    assert sums["pairs"].eq(graph.number_of_pairs).all() and sums["edges"].eq(graph.number_of_edges).all()
    np.testing.assert_allclose(sums["expected"], np.nansum(clues.base(graph)))
    odds = (table["edges"] + 0.4) / (table["pairs"] - table["edges"] + 0.4)
    guess = (table["expected"] + 0.4) / (table["pairs"] - table["expected"] + 0.4)
    np.testing.assert_allclose(table["lift"], np.log(odds / guess))
    # Friends of friends: the more common neighbours, the larger the lift.
    friends = table[table["clue"] == "neighbours"]["lift"].tolist()
    assert friends[0] < 0 < friends[-1] and friends == sorted(friends)


def test_clues_are_of_undirected_graphs():
    for ask in (clues.base, clues.classes, clues.lifts):
        with pytest.raises(graphs.GraphError, match="bipartite"):
            ask(graphs.load("davis-southern-women"))
