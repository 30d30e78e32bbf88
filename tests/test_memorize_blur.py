"""The blurred picture: SciPy's blur, its inverse, and what noise does to that."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from netwithin import graphs, memorize
from netwithin.memorize import blur


@pytest.fixture
def graph():
    return graphs.watts_strogatz(60, 0.5, seed=0)


@pytest.mark.parametrize("sigma", [0.4, 0.7, 1.3])
def test_the_blur_is_scipys(graph, sigma):
    truth = graph.adjacency.toarray().astype(float)
    np.testing.assert_allclose(blur.blur(graph, sigma), gaussian_filter(truth, sigma), atol=1e-12)
    oblong = np.arange(12).reshape(3, 4) % 2
    found = blur.blur(graphs.Graph(oblong, "bipartite"), sigma)
    np.testing.assert_allclose(found, gaussian_filter(oblong.astype(float), sigma), atol=1e-12)


def test_the_blur_can_be_undone_though_no_threshold_can(graph):
    truth, picture = graph.adjacency.toarray(), blur.blur(graph)
    found = blur.recover(picture, graph, 10)
    assert found["wrong"] == 0 and found["mse"] == 0 and found["variance"] == pytest.approx(picture.var())
    assert found["wrong_threshold"] == memorize.best_threshold(picture, truth)[1] > 100
    assert found["total_bits"] == 80 + 9  # the model, a byte and a bit
    np.testing.assert_allclose(blur.sharpen(picture), truth, atol=1e-9)


def test_precision_decides_how_wide_a_blur_may_be(graph):
    table = blur.survey(graph, [0.7, 1.3, 2.0])
    assert table["8 bits"].iloc[0] == 0 < table["8 bits"].iloc[1]
    assert table["float32"].iloc[1] == 0 < table["float32"].iloc[2]
    assert table["float64"].max() == 0 and table["best threshold"].is_monotonic_increasing


def test_a_network_learns_a_small_picture():
    graph = graphs.watts_strogatz(12, 0.5, seed=0)
    settings = memorize.Settings(epochs=400, learning_rate=1e-3)
    picture, result = blur.learn(memorize.SIREN(3, 24, seed=0), graph, settings)
    found = blur.recover(picture, graph, 0)
    assert (
        found["mse"] == pytest.approx(result.best_loss, abs=2e-5) and found["mse"] < found["variance"] / 100
    )
    assert found["wrong"] < found["wrong_threshold"]


@pytest.mark.parametrize("sigma", [0.5, 0.7, 1.0])
def test_noise_grows_by_the_amplification(graph, sigma):
    noise = np.random.default_rng(0).normal(0, 1e-3, graph.shape)
    picture = blur.blur(graph, sigma) + noise
    left = blur.sharpen(picture, sigma) - graph.adjacency.toarray()
    assert left.std() / noise.std() == pytest.approx(blur.amplification(graph.shape, sigma), rel=0.1)


def test_sharpening_keeps_oblong_pictures():
    matrix = np.random.default_rng(0).integers(0, 2, (5, 9))
    graph = graphs.Graph(matrix, "bipartite")
    np.testing.assert_allclose(blur.sharpen(blur.blur(graph)), matrix, atol=1e-9)
    with pytest.raises(ValueError, match=r"\(9, 5\)"):
        blur.recover(matrix.T, graph, 0)


def test_findings_come_from_the_rows():
    trained = pd.DataFrame(
        [
            ("UnSqueeze", "cross-entropy", 0.9, 1, 10),
            ("UnSqueeze", "cross-entropy", 0.95, 1, 10),
            ("UnSqueeze", "MSE", 0.8, 1, 10),
            ("SIREN", "cross-entropy", 0.5, 2, 10),
            ("SIREN", "cross-entropy", 0.5, 5, 10),
            ("SIREN", "MSE", 0.5, 1, 10),
        ],
        columns=["model", "loss", "early_majority", "wrong_half", "majority_wrong"],
    )
    read = pd.DataFrame(
        [("exact", 0.0, 0.05, 7, 1), ("exact", 0.0, 0.05, 9, 0), ("UnSqueeze", 0.04, 0.05, 20, 30)],
        columns=["picture", "mse", "variance", "wrong_threshold", "wrong"],
    )
    said = blur.findings(trained, read)["measured"].tolist()
    assert "90.0%" in said[0] and "80.0%" in said[0] and "0.50 with cross-entropy, 0.10 with MSE" in said[1]
    assert "7 wrong bits or more, in each of 2" in said[2] and said[3].startswith("1 wrong bits at most")
    assert said[4].startswith("0.04 at best")
