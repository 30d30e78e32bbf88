"""What experts, order and labels are worth: files and codes measured, recorded rates as percentages."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import codec, graphs, plotting
from netwithin.codec.studies import ablation, ablation_figures, recorded
from netwithin.codec.studies.watching import watch


@pytest.fixture
def rates():
    """Two graphs; of the second the order was not tried with labels as given."""
    panels = {
        "density alone": [9.0, 8.0],
        "distance alone": [5.0, 8.0],
        "picture alone": [4.5, 8.0],
        "neighbours alone": [6.0, 5.0],
        "all adaptive": [4.0, 5.0],
        "without distance": [4.0, 4.0],
        "without picture": [5.0, 6.0],
        "without neighbours": [4.4, 7.5],
        "all adaptive, cardinality order, given labels": [3.0, np.nan],
        "all adaptive, given order, shuffled labels": [6.0, 5.5],
        "all adaptive, cardinality order, shuffled labels": [4.5, 6.5],
    }
    return pd.DataFrame(panels, index=pd.Index(["power-grid", "g"], name="graph"))


def test_panels_are_files_and_each_is_decoded():
    graph = graphs.load("karate-club")
    unnamed = graphs.Graph(graph.adjacency, graph.kind)
    found = ablation.by_panel(graph)
    assert list(found.index) == list(ablation.PANELS) and found.notna().all()
    whole = codec.encode(unnamed, "distance+picture+neighbours", effort=1)
    assert found["all"] == 8 * len(whole) / 78
    pair = codec.encode(unnamed, "distance+neighbours", effort=1)
    assert found["without picture"] == 8 * len(pair) / 78


def test_a_file_that_does_not_decode_has_no_rate(monkeypatch):
    monkeypatch.setattr(ablation, "decode", lambda data: None)
    assert ablation.by_panel(graphs.load("karate-club")).isna().all()


def test_shuffled_graphs_are_the_same_but_for_their_labels():
    for name in ("les-miserables", "davis-southern-women"):
        graph = graphs.load(name)
        other = ablation.shuffled(graph, np.random.default_rng(1))
        assert other.kind == graph.kind and other.shape == graph.shape and other.labels is None
        assert (other.adjacency != graph.adjacency).nnz
        for axis in (0, 1):
            degrees = (np.sort(one.adjacency.sum(axis=axis)) for one in (graph, other))
            np.testing.assert_array_equal(*degrees)


def test_orders_are_watched_with_and_without_labels():
    graph = graphs.load("karate-club")
    found = ablation.by_order(graph, 2, np.random.default_rng(3))
    random = np.random.default_rng(3)
    others = [ablation.shuffled(graph, random) for _ in range(2)]
    assert found["cardinality"] == watch(graph, order="cardinality").bits / 78
    assert found["shuffled, given"] == pytest.approx(sum(watch(other).bits for other in others) / 2 / 78)
    women = ablation.by_order(graphs.load("davis-southern-women"), 1, random)
    assert list(women.index) == ["given", "shuffled, given"]


def test_percentages_are_against_all_adaptive_experts(rates):
    assert ablation.left_out(rates).round(9).values.tolist() == [[0, 25, 10], [-20, 20, 50]]
    changed = ablation.reordered(rates)
    assert changed["order"].tolist() == [-25, pytest.approx(np.nan, nan_ok=True)]
    assert changed["labels"].tolist() == pytest.approx([50, 10])
    table = ablation.beside_peers(rates)
    assert table["best peer"].tolist() == [
        recorded.best_peers()["power-grid"],
        pytest.approx(np.nan, nan_ok=True),
    ]
    assert table["siren alone"].isna().all() and table["without picture"].tolist() == [5, 6]


def test_recorded_rates_are_by_graph_and_panel():
    rows = [("large", 90, "all adaptive", 2.0), ("small", 9, "all adaptive", 3.0), ("large", 90, "x", 1.0)]
    table = ablation.rates(pd.DataFrame(rows, columns=["graph", "edges", "panel", "bits_per_edge"]))
    assert table.index.tolist() == ["small", "large"] and table["all adaptive"].tolist() == [3, 2]
    assert np.isnan(table.loc["small", "x"])


def test_the_drawing_says_whose_absence_costs_most(rates):
    plotting.use_style()
    left, right = ablation_figures.worth(rates).axes
    assert left.get_title("left") == "Leaving out neighbours costs most, distance least"
    assert right.get_title("left") == "Labels are worth up to 50 %"
    assert [line.get_label() for line in left.lines[:3]] == [f"without {name}" for name in ablation.EXPERTS]
    assert left.lines[1].get_xdata().tolist() == pytest.approx([25, 20])
    plt.close("all")
