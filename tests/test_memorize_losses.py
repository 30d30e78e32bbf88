"""Losses and their links, against NumPy; the same network judged by each."""

import numpy as np
import pytest
import torch

from netwithin import graphs, memorize


def test_cross_entropy_is_the_papers_and_stable():
    logits = torch.tensor([-2.0, 0.5, 3.0], dtype=torch.float64)
    targets = torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64)
    p = 1 / (1 + np.exp(-logits.numpy()))
    expected = -np.mean(np.log(np.where(targets.numpy() > 0, p, 1 - p)))
    assert memorize.CROSS_ENTROPY.function(logits, targets).item() == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(memorize.CROSS_ENTROPY.link(logits).numpy(), p)
    assert memorize.CROSS_ENTROPY.function(torch.tensor([-800.0]), torch.tensor([1.0])).item() == 800.0


def test_cross_entropy_memorises_and_counts_bits_of_sigmoids():
    graph = graphs.newman_watts_strogatz(12, 0.25, seed=3)
    model = memorize.SIREN(3, 24, seed=0)
    settings = memorize.Settings(epochs=2000, learning_rate=1e-3, stop_errors=0)
    result = memorize.train(model, *memorize.pixels(graph), settings, loss=memorize.CROSS_ENTROPY)
    evaluation = memorize.evaluate(model, graph, loss=memorize.CROSS_ENTROPY)
    assert result.stopped == "errors" and evaluation.errors_half == 0
    assert result.edges_half[-1] == graph.adjacency.nnz and result.edges_half[0] == 144
    assert 0 <= evaluation.scores.min() and evaluation.scores.max() <= 1
    assert evaluation.loss == pytest.approx(result.loss[-1], rel=1e-4)
    # Read as scores of the squared error, the same outputs are cut elsewhere.
    outputs = memorize.predict(model, memorize.coordinates(12)).numpy().reshape(12, 12)
    assert memorize.bit_errors(outputs, graph.adjacency.toarray(), 0.0) == 0
    np.testing.assert_allclose(evaluation.scores, 1 / (1 + np.exp(-outputs)), rtol=1e-5)


def test_other_inputs_take_the_coordinates_place():
    graph = graphs.newman_watts_strogatz(8, 0.25, seed=0)
    x = torch.rand(64, 5, generator=torch.Generator().manual_seed(0))
    model = memorize.SIREN(2, 6, inputs=5)
    evaluation = memorize.evaluate(model, graph, inputs=x)
    np.testing.assert_array_equal(evaluation.scores.ravel(), model(x).detach().numpy())
    with pytest.raises(ValueError, match="10 inputs"):
        memorize.evaluate(model, graph, inputs=x[:10])


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh", "sigmoid"])
def test_activations_are_computed_as_they_are_called(activation):
    model = memorize.SIREN(2, 6, seed=1, activation=activation)
    functions = {
        "relu": lambda x: x.clamp(min=0),
        "gelu": torch.nn.functional.gelu,
        "tanh": torch.tanh,
        "sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
    }
    x = memorize.coordinates(5)
    w = [value.detach() for value in model.state_dict().values()]
    h = x
    for weight, bias in ((w[0], w[1]), (w[2], w[3])):
        h = functions[activation](h @ weight.T + bias)
    np.testing.assert_allclose(model(x).detach(), (h @ w[4].T + w[5])[:, 0], rtol=1e-4, atol=1e-6)


def test_unknown_activations_are_refused():
    with pytest.raises(ValueError, match="sine, relu, gelu, tanh, sigmoid, not 'cosine'"):
        memorize.SIREN(activation="cosine")


def test_starting_variances_are_those_of_the_gains():
    for activation, (_, gain) in memorize.ACTIVATIONS.items():
        model = memorize.SIREN(2, 400, activation=activation)
        weight = model.sines[1].linear.weight
        assert weight.std().item() == pytest.approx(gain / 20, rel=0.02)
