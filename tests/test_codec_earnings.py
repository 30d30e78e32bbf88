"""What weights earn and cost, and small-world graphs beside their generator's bound."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import codec, graphs, plotting
from netwithin.codec.container import header_of
from netwithin.codec.experts.siren import Integers, Siren
from netwithin.codec.studies import earnings, earnings_figures, small_worlds


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture
def rows():
    """Two widths with two roundings each."""
    columns = ["width", "bits", "weights", "model", "residual"]
    table = pd.DataFrame(
        [(4, 8, 100, 100, 300.0), (2, 8, 40, 40, 500.0), (4, 3, 100, 50, 420.0), (2, 3, 40, 20, 600.0)],
        columns=columns,
    )
    return table.assign(total=table["model"] + table["residual"])


def test_a_network_is_weighed_by_its_payload_and_its_cross_entropy():
    graph = graphs.newman_watts_strogatz(16, 0.25, seed=0)
    random = np.random.default_rng(0)
    sizes = {"first": (3, 2), "hidden": (0, 3, 3), "biases": (1, 3), "output": (3,)}
    weights = {name: random.integers(-31, 32, size) for name, size in sizes.items()}
    network = Integers(6, np.array([80, 80], np.uint8), **weights, output_bias=100)
    found = earnings.weigh(graph, network)
    expert = Siren(network)
    assert found["model"] == len(expert.payload()) and (found["width"], found["bits"]) == (3, 6)
    assert found["weights"] == 2 * 3 + 3 + 3  # inputs, biases, output
    expert.begin(header_of(graph))
    bits = 0.0
    for i in range(15):
        columns = np.arange(i + 1, 16)
        chance = 1 / (1 + np.exp(-expert.logits(i, columns, [])[0] / 4096))
        truth = graph.adjacency[[i]].toarray()[0, columns]
        bits -= np.log2(np.where(truth, chance, 1 - chance)).sum()
    assert 8 * found["residual"] == pytest.approx(bits)
    assert found["total"] == found["model"] + found["residual"]


def test_weights_earn_what_they_save(rows):
    finest = earnings.finest(rows)
    assert finest.index.tolist() == [2, 4] and finest["bits"].eq(8).all()
    table = earnings.per_weight(finest, entropy=800)
    assert table["earned"].tolist() == [8 * 300 / 40, 8 * 500 / 100]
    assert table["cost"].tolist() == [8, 8]


def test_enough_bits_are_the_fewest_that_come_close(rows):
    assert earnings.enough_bits(rows, 4) == 8
    assert earnings.enough_bits(rows, 4, within=0.2) == 3


def test_a_memorising_network_earns_what_its_residual_leaves():
    full = earnings.memorising("newman-watts-strogatz", 100, 0.25, entropy=600)
    more = earnings.memorising("newman-watts-strogatz", 100, 0.25, entropy=600 + full.weights / 8)
    assert more.earned == pytest.approx(full.earned + 1) and more.runs == full.runs > 1
    assert earnings.HALF_PRECISION > full.earned


def test_the_drawings_say_where_files_are_smallest_and_bits_enough(rows):
    finest = earnings.finest(rows)
    figure = earnings_figures.by_width({"a": (finest, 800, 100), "b": (finest.loc[[2]], 800, 90)})
    assert figure.get_suptitle() == "The file is smallest at 4 units here, at 2 on the larger graph"
    assert [ax.get_title("left") for ax in figure.axes] == ["a", "b"]
    full = earnings.Memorising((10, 28), 7421.0, 0.5, 3)
    tables = {"live": earnings.per_weight(finest, 800), "recorded": earnings.per_weight(finest, 900)}
    left, right = earnings_figures.per_weight(tables, full, rows, 200, 4).axes
    assert right.get_title("left") == "8 bits are enough at 4 units"
    assert [label.get_text() for label in left.get_xticklabels()] == ["2", "4", "$10\\times28$"]
    assert right.lines[1].get_ydata().tolist() == pytest.approx([100, 135])  # 400 and 470 bytes over 200
    assert left.lines[4].get_xydata().tolist() == [[8, 0.5]]


def test_redrawn_graphs_keep_the_lattice_and_the_number_of_shortcuts():
    graph = graphs.newman_watts_strogatz(60, 0.2, seed=2)
    other = small_worlds.redrawn(graph, seed=1)
    lattice = graphs.generators.lattice(graph)
    assert other != graph and other.number_of_edges == graph.number_of_edges
    assert other.adjacency.toarray()[lattice].all()
    bound = graphs.generators.lattice_entropy_bits
    assert bound(other) == pytest.approx(bound(graph))
    assert small_worlds.redrawn(graph, seed=1) == other != small_worlds.redrawn(graph, seed=2)
    off = graph.adjacency.toarray() & ~lattice
    assert small_worlds.shortcuts(graph).tolist() == off.sum(axis=1).tolist()


def test_rows_cost_the_bound_in_all():
    graph = small_worlds.redrawn(graphs.newman_watts_strogatz(40, 0.25, seed=0))
    bits = small_worlds.ideal_row_bits(graph)
    assert bits.sum() == pytest.approx(graphs.generators.lattice_entropy_bits(graph))
    assert bits[-1] == 0 and (bits[:10] > 0).all()


def test_files_stand_beside_the_bound():
    table = small_worlds.beside_bound([40], 0.25, seed=3)
    row, graph = table.loc[40], graphs.newman_watts_strogatz(40, 0.25, seed=0)
    plain = graphs.Graph(graph.adjacency, graph.kind)
    assert row["bitmap"] == 40 * 39 / 16 and np.isnan(row["stored network"])
    assert row["distance"] == len(codec.encode(plain, "density+distance", effort=1))
    assert row["generator's bound"] < row["density's entropy"] and row["redrawn"] > row["generator's bound"]


def test_a_file_that_does_not_decode_is_told(monkeypatch):
    monkeypatch.setattr(small_worlds, "decode", lambda data: None)
    with pytest.raises(ValueError, match="density"):
        small_worlds.beside_bound([20], 0.25)
