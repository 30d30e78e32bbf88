"""The schematics show the graph, the network and the sizes that they are given."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from netwithin import graphs, memorize, plotting
from netwithin.memorize import schematics


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


def words(ax):
    return " ".join(text.get_text() for text in ax.texts)


@pytest.mark.parametrize("nodes", [1, 7, 30])
def test_encoding_shows_its_own_graph_and_sizes(nodes):
    graph = graphs.erdos_renyi(nodes, 0.5, seed=1)
    model = memorize.SIREN(hidden_layers=3, width=9)
    picture, _, data, _, network, _, weights = schematics.encoding(graph, model, limit=2.0).axes
    np.testing.assert_array_equal(picture.images[0].get_array(), graph.adjacency.toarray())
    assert f"{nodes**2:,} examples" in words(data)
    assert "3 sine layers of 9 units" in words(network)
    assert f"{memorize.parameter_count(model):,} weights" in words(weights)
    assert f"{memorize.size_bytes(model):,} bytes" in words(weights)
    # Each line of the listing is an example as the network gets it.
    matrix = graph.adjacency.toarray()
    lines = [text.get_text() for text in data.texts[3:-1]]
    for pair, scaled, target in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        i, j = (int(part) for part in pair.strip("()").split(","))
        x, y = (float(part) for part in scaled.strip("()").split(","))
        assert int(target) == matrix[i, j]
        if nodes > 1:
            assert x == pytest.approx(4 * i / (nodes - 1) - 2, abs=0.006)
            assert y == pytest.approx(4 * j / (nodes - 1) - 2, abs=0.006)
    if nodes == 30:
        assert {"0", "1"} == set(lines[2::3])


def test_decoding_shows_its_scores_and_its_cut():
    scores = np.random.default_rng(0).random((8, 8))
    _, _, picture, _, cut, _, read = schematics.decoding(scores, 0.3, memorize.SIREN(2, 4)).axes
    np.testing.assert_array_equal(picture.images[0].get_array(), scores)
    np.testing.assert_array_equal(read.images[0].get_array(), scores > 0.3)
    assert cut.lines[0].get_xdata()[0] == 0.3 and "0.30" in cut.get_title(loc="left")
    assert sum(patch.get_height() for patch in cut.patches) == 64
