"""Bit errors against brute force, the trap in the mean threshold, half precision and weight files."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwithin import graphs, memorize

SCORES = st.lists(
    st.tuples(st.one_of(st.floats(-2, 2, width=32), st.sampled_from([0.0, 0.5, 1.0])), st.booleans()),
    min_size=1,
    max_size=30,
)


@given(SCORES)
def test_best_threshold_is_as_good_as_any(pairs):
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    tried = np.concatenate([[-np.inf, np.inf], scores, np.nextafter(scores, -np.inf)])
    fewest = min(int(np.sum((scores > t) != truth)) for t in tried)
    threshold, errors = memorize.best_threshold(scores, truth)
    assert errors == fewest == memorize.bit_errors(scores, truth, "best")
    assert int(np.sum((scores > threshold) != truth)) == errors


@given(SCORES)
def test_bit_errors_count_one_by_one(pairs):
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    mean = sum(float(s) for s in scores) / len(scores)
    for threshold, value in (("mean", mean), (0.5, 0.5)):
        count = sum((s > value) != t for s, t in pairs)
        if threshold == "mean" and any(abs(s - mean) < 1e-12 for s in scores):
            continue  # the order of a sum may decide a score that equals the mean
        assert memorize.bit_errors(scores, truth, threshold) == count


def test_scores_that_are_no_numbers_read_as_no_edge():
    scores, truth = [np.nan, 0.9, np.nan, 0.1], [0, 1, 1, 0]
    assert memorize.bit_errors(scores, truth, 0.5) == 1
    assert memorize.best_threshold(scores, truth)[1] == 1


def test_bad_arguments():
    with pytest.raises(ValueError, match="median"):
        memorize.bit_errors([1.0], [1], "median")
    with pytest.raises(ValueError, match="matrix of"):
        memorize.bit_errors([1.0, 2.0], [1], 0.5)


def test_the_mean_threshold_misreads_a_dense_graph():
    # Scores within 0.03 of the truth, density near .99: the mean lies among the edges' own scores.
    graph = graphs.erdos_renyi(80, 0.99, seed=0)
    truth = graph.adjacency.toarray()
    scores = truth + np.random.default_rng(0).uniform(-0.03, 0.03, truth.shape)
    assert np.mean((scores - truth) ** 2) < 1e-3
    assert memorize.bit_errors(scores, truth, 0.5) == memorize.bit_errors(scores, truth, "best") == 0
    assert memorize.bit_errors(scores, truth, "mean") > 500


class Table(torch.nn.Module):
    """A model that knows a matrix by heart: scores are looked up by the coordinates."""

    def __init__(self, matrix, limit):
        super().__init__()
        self.matrix = torch.as_tensor(np.asarray(matrix), dtype=torch.float32)
        self.limit = limit

    def forward(self, x):
        rows, columns = self.matrix.shape
        scaled = (x / self.limit + 1) / 2 * torch.tensor([rows - 1, columns - 1])
        i, j = scaled.round().long().T
        return self.matrix[i, j]


@pytest.mark.parametrize("limit", [1.0, 5.0])
def test_evaluate_decodes_every_entry_at_its_place(limit):
    graph = graphs.Graph(np.random.default_rng(1).random((9, 14)) < 0.4, "bipartite")
    scores = np.random.default_rng(2).random(graph.shape).astype("float32")
    evaluation = memorize.evaluate(Table(scores, limit), graph, limit=limit)
    np.testing.assert_array_equal(evaluation.scores, scores)
    truth = graph.adjacency.toarray()
    assert evaluation.loss == pytest.approx(np.mean((scores - truth) ** 2), rel=1e-6)
    assert evaluation.errors_half == np.sum((scores > 0.5) != truth)
    assert evaluation.errors_mean == np.sum((scores > scores.mean()) != truth)
    assert evaluation.errors_best == np.sum((scores > evaluation.threshold_best) != truth)
    assert evaluation.errors_best <= min(evaluation.errors_half, evaluation.errors_mean)
    assert evaluation.decode_seconds > 0


def test_evaluate_a_graph_without_nodes():
    evaluation = memorize.evaluate(memorize.SIREN(1, 2), graphs.Graph(np.zeros((0, 0)), "undirected"))
    assert (evaluation.errors_mean, evaluation.errors_half, evaluation.errors_best) == (0, 0, 0)


def test_predictions_do_not_depend_on_the_chunks():
    model, inputs = memorize.SIREN(4, 16, seed=0), memorize.coordinates(30)
    whole = memorize.predict(model, inputs, chunk=10**6)
    assert whole.shape == (900,) and not whole.requires_grad
    torch.testing.assert_close(memorize.predict(model, inputs, chunk=7), whole, atol=1e-5, rtol=0)


def test_half_precision_rounds_the_weights_and_nothing_else():
    model = memorize.SIREN(3, 16, seed=0)
    before = [p.detach().clone() for p in model.parameters()]
    half = memorize.half_precision(model)
    for kept, old, new in zip(model.parameters(), before, half.parameters(), strict=True):
        assert torch.equal(kept, old)
        assert new.dtype == torch.float32
        np.testing.assert_array_equal(new.detach().numpy(), old.numpy().astype("float16").astype("float32"))
    assert any((a != b).any() for a, b in zip(before, half.parameters(), strict=True))


def test_half_precision_weights_come_back_from_a_file(tmp_path):
    model = memorize.SIREN(10, 28, seed=0)
    path = tmp_path / "weights.npz"
    memorize.save(model, path)
    loaded = memorize.load(memorize.SIREN(10, 28, seed=1), path)
    expected = memorize.half_precision(model)
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), expected.parameters(), strict=True))
    bare = memorize.size_bytes(model)
    assert bare <= path.stat().st_size < bare + 22 * 400  # npz names and aligns each array


def test_a_file_that_does_not_fit_is_refused(tmp_path):
    path = tmp_path / "weights.npz"
    memorize.save(memorize.SIREN(2, 8), path)
    with pytest.raises(ValueError, match="architecture"):
        memorize.load(memorize.SIREN(3, 8), path)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match="architecture"):
        memorize.load(memorize.SIREN(2, 8), path)
    np.savez(path, allow_pickle=True, **{"output.bias": np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="architecture"):
        memorize.load(memorize.SIREN(2, 8), path)
    with pytest.raises(FileNotFoundError):
        memorize.load(memorize.SIREN(2, 8), tmp_path / "nowhere.npz")
