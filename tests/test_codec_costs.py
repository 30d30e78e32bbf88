"""What graphs cost: printed figures worked out again, recorded files per edge, a file that is opened."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import graphs, plotting, records
from netwithin.codec import baselines
from netwithin.codec.container import header_of, pack
from netwithin.codec.experts.siren import Integers, Siren
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.studies import costs, costs_figures, recorded


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def networks():
    return costs.networks()


@pytest.fixture
def files():
    """Two sizes of small worlds by two predictors, one of noise, a real graph and a released one."""
    columns = [
        "graph",
        "nodes",
        "nominal_density",
        "graph_seed",
        "predictor",
        "total_bytes",
        "model_bytes",
        "edges",
    ]
    rows = [
        ("newman-watts-strogatz", 100, 0.25, 0, "density+distance", 250, 0, 1_900),
        ("newman-watts-strogatz", 100, 0.25, 1, "density+distance", 270, 0, 2_100),
        ("newman-watts-strogatz", 100, 0.25, 0, "siren", 300, 60, 1_900),
        ("newman-watts-strogatz", 100, 0.25, 1, "siren", 900, 90, 2_100),
        ("newman-watts-strogatz", 100, 0.5, 0, "siren", 800, 80, 3_000),
        ("erdos-renyi", 100, 0.25, 0, "density+distance", 500, 0, 1_250),
        ("power-grid", 4941, np.nan, np.nan, "auto", 7_000, 0, 6_594),
        ("netscience", 1589, np.nan, np.nan, "auto", 900, 20, 2_742),
        ("small-world-100-0.242", 100, np.nan, np.nan, "auto", 370, 0, 1_200),
    ]
    table = pd.DataFrame(rows, columns=columns)
    bits = {"bits_per_edge": 8 * table["total_bytes"] / table["edges"], "actual_density": 0.4}
    bits |= {
        "bitmap": 4.0,
        "density entropy": 3.0,
        "xz of gaps": 5.0,
        "codec": 8 * table["total_bytes"] / table["edges"],
    }
    bits |= {"bitmap_bytes": 619, "xz_gaps_bytes": 500, "density_entropy_bits": 4000.0}
    return table.assign(
        **bits, experts=[["siren"] if model else ["density"] for model in table["model_bytes"]]
    )


def test_the_printed_sizes_follow_from_the_shapes(networks):
    for printed, again in (("fp16_kb", "fp16_again"), ("mtx_kb", None)):
        exact = networks[again] if again else 23 * networks.index * (networks.index + 1) / 2000
        assert np.abs(networks[printed] / exact - 1).max() < 0.005
    assert networks["fp32_kb"].tolist() == pytest.approx((2 * networks["fp16_again"]).tolist(), abs=0.06)
    bitmap = len(baselines.bitmap(graphs.erdos_renyi(100, 0.5)))
    assert bitmap - 1 < 1000 * networks.loc[100, "bitmap_kb"] <= bitmap
    # Two of the three printed ratios are those of the printed sizes; the third has a digit too many.
    right = networks["compression_ratio_printed"] / networks["ratio_again"]
    assert right.round(1).tolist() == [1, 1, 10]


def test_networks_are_read_a_column_each(networks):
    table = costs.read(networks)
    assert table[500].tolist()[:4] == ["14 x 84", "93,157", "186.3", "186.3"]
    assert table.loc["fp16 over bitmap", 100] == "24.0"


def test_files_are_compared_per_edge():
    table = costs.files()
    row = table.iloc[0]
    assert row["codec"] == pytest.approx(row["bits_per_edge"])
    assert row["xz of gaps"] == 8 * row["xz_gaps_bytes"] / row["edges"]
    assert (
        8 * row["density_entropy_bytes"] - 8
        < row["density entropy"] * row["edges"]
        <= 8 * row["density_entropy_bytes"]
    )


def test_table_five_is_divided_by_undirected_edges(files, networks):
    adaptive = files[files["predictor"] == "density+distance"]
    table = costs.per_edge(adaptive, networks)
    assert table.index.tolist() == [(100, 0.25)]
    row = table.iloc[0]
    assert row["fp16, printed"] == 47.49
    assert row["fp16, per edge"] == pytest.approx(16 * 7421 / (0.25 * 4950))
    # The printed figure divides by each edge twice, and by loops.
    assert row["fp16, per edge"] / row["fp16, printed"] == pytest.approx(2 * 100 / 99, abs=0.001)
    assert row["codec"] == pytest.approx((8 * 250 / 1900 + 8 * 270 / 2100) / 2)


def test_experts_stand_beside_the_bound(files):
    table = costs.by_expert(files)
    assert table.index.tolist() == [100]
    graph = graphs.newman_watts_strogatz(100, 0.25, seed=0)
    bound = graphs.generators.lattice_entropy_bits(graph) / 8
    assert table.loc[100].tolist() == [300, 250, 60, bound, 4950 / 8]


def test_real_graphs_stand_beside_the_best_peer(files, networks):
    table = costs.real(files)
    assert table.index.tolist() == ["power-grid", "netscience"]
    assert table["best peer"].tolist() == recorded.best_peers()[table.index].tolist()
    published = records.published("peers_bits_per_edge").set_index("graph")
    assert table["bitmap"].tolist() == published.loc[table.index, "bitmap"].tolist()
    ax = costs_figures.real(table).axes[0]
    assert ax.get_title("left").endswith("below the best peer on 2 of 2 graphs")
    assert ax.lines[2].get_xdata().tolist() == table["this codec"].tolist()
    own = costs.authors(files, networks)
    assert own.values.tolist() == [[14_800, 619, 370, 8 * 370 / 1200]]


def test_bytes_are_drawn_by_nodes(files, networks):
    left, right = costs_figures.by_nodes(files[files["predictor"] == "density+distance"], networks).axes
    lines = {line.get_label(): line.get_ydata().tolist() for line in left.lines}
    assert lines["this codec"] == [260] and lines["density entropy"] == [500]
    assert lines["fp16 SIREN (printed)"] == pytest.approx([14_800, 186_300, 966_700])
    assert right.lines[-1].get_ydata().tolist() == [500]


def test_an_opened_file_tells_what_it_costs():
    graph = graphs.newman_watts_strogatz(24, 0.3, seed=0)
    graph = graphs.Graph(graph.adjacency, graph.kind)
    data = file_with_a_network(graph)
    probability, bits = costs.opened(graph, data)
    above = np.triu_indices(24, 1)
    truth = graph.adjacency.toarray()[above]
    assert ((probability[above] > 0) & (probability[above] < 1)).all()
    np.testing.assert_allclose(
        2.0 ** -bits[above], np.where(truth, probability[above], 1 - probability[above])
    )
    assert np.isnan(probability[np.tril_indices(24)]).all()
    figure = costs_figures.opened_file(graph, data)
    shown = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title("left") for ax in shown] == ["the graph", "P(edge)", "bits per pair"]
    np.testing.assert_array_equal(shown[2].images[0].get_array().filled(np.nan), bits)


def file_with_a_network(graph):
    """A file with a sine network that nobody trained."""
    random = np.random.default_rng(0)
    sizes = {"first": (3, 2), "hidden": (0, 3, 3), "biases": (1, 3), "output": (3,)}
    weights = {name: random.integers(-31, 32, size) for name, size in sizes.items()}
    network = Integers(6, np.array([80, 80], np.uint8), **weights, output_bias=100)
    return pack(graph, [encode_stream(header_of(graph), graph.adjacency, Plan((Siren(network),)))])
