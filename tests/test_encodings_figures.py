"""Drawings of graphs: as many lines and points as edges and nodes, in their places."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from torch import nn

from netwithin import encodings
from netwithin.encodings import figures


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def drawn(ax):
    lines = [
        line for part in ax.collections if isinstance(part, LineCollection) for line in part.get_segments()
    ]
    points = [len(part.get_offsets()) for part in ax.collections if not isinstance(part, LineCollection)]
    return lines, points


def test_every_edge_is_a_line_between_its_nodes(ax):
    model = nn.Sequential(nn.Conv2d(1, 2, 2, padding=1), nn.Flatten(), nn.Linear(18, 3))
    graph = encodings.multipartite(model, None, (1, 2, 2))
    places = figures.nodes_and_edges(ax, graph)
    lines, points = drawn(ax)
    assert points == [(~graph.padding).sum(), graph.padding.sum()]
    ends = sorted((*line[0].tolist(), *line[-1].tolist()) for line in lines)
    rows, columns = graph.adjacency.nonzero()
    np.testing.assert_allclose(ends, sorted(map(tuple, np.hstack([places[rows], places[columns]]).tolist())))
    assert [label.get_text() for label in ax.get_xticklabels()] == list(graph.names)


def test_a_step_of_figure_1_has_one_edge_per_weight(ax):
    graph = encodings.unrolled(nn.Sequential(nn.Conv2d(3, 2, 2)), input_shape=(3, 3, 3))["0"]
    figures.nodes_and_edges(ax, graph, step=1, gaps=4)
    lines, _ = drawn(ax)
    assert len(lines) == 24
    assert len({tuple(line[-1]) for line in lines}) == 2  # both filters, one step


def test_edges_inside_a_layer_are_bent(ax):
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Conv2d(1, 3, 3, stride=2, padding=1))
    graph = encodings.multipartite(model, None, (1, 6, 6), compat="released")
    figures.nodes_and_edges(ax, graph)
    lines, _ = drawn(ax)
    bent = [line for line in lines if len(line) > 2]
    assert len(bent) == np.trace(graph.between())
    assert all(line[len(line) // 2, 0] > line[0, 0] for line in bent)


def test_edges_between_layers_are_counted_where_they_run(ax):
    model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(8, 3))
    image = figures.between_layers(ax, encodings.multipartite(model, None, (1, 3, 3)))
    assert image.get_array().filled(0).tolist() == [[0, 32, 0], [0, 0, 24], [0, 0, 0]]
