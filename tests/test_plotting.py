import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.sparse as sp

from netwithin import plotting


@pytest.fixture
def ax():
    with mpl.rc_context():
        plotting.use_style()
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


@pytest.mark.parametrize("shape", [(5, 5), (4, 9)])
def test_small_matrices_are_drawn_entry_by_entry(ax, shape):
    matrix = np.random.default_rng(0).random(shape) < 0.4
    image = plotting.adjacency(ax, sp.csr_array(matrix))
    assert np.array_equal(image.get_array(), matrix)
    assert image.get_clim() == (0.0, 1.0)


@pytest.mark.parametrize("shape", [(50, 50), (37, 61)])
def test_large_matrices_are_drawn_as_block_densities(ax, shape):
    matrix = np.random.default_rng(0).random(shape) < 0.3
    sparse, dense = (plotting.adjacency(ax, m, pixels=10).get_array() for m in (sp.coo_array(matrix), matrix))
    block = -(-max(shape) // 10)
    expected = [
        [matrix[i : i + block, j : j + block].mean() for j in range(0, shape[1], block)]
        for i in range(0, shape[0], block)
    ]
    np.testing.assert_allclose(sparse, expected)
    np.testing.assert_allclose(dense, expected)


def test_an_empty_graph_can_be_drawn(ax):
    assert plotting.adjacency(ax, sp.csr_array((0, 0), dtype=bool)).get_array().size == 0


def test_colours_of_neighbouring_lines_differ_in_grey(ax):
    lines = [ax.plot([0, 1])[0].get_color() for _ in plotting._CYCLE]
    grey = [float(np.dot(mpl.colors.to_rgb(colour), [0.299, 0.587, 0.114])) for colour in lines]
    assert min(abs(a - b) for a, b in itertools.pairwise(grey)) > 0.05
