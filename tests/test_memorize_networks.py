"""The first networks: their shapes, their seeds, and that one-hot columns are looked up rightly."""

import numpy as np
import pytest
import torch
from torch import nn

from netwithin import graphs, memorize
from netwithin.memorize import networks

ALL = [
    lambda seed: networks.Block(3, 8, seed),
    lambda seed: networks.UnSqueeze(16, seed),
    lambda seed: networks.WideNet(9, seed),
    lambda seed: networks.OneHotNet(9, 2, 8, seed),
]


@pytest.mark.parametrize("make", ALL)
def test_a_seed_gives_the_weights_and_leaves_torchs_generator_alone(make):
    before = torch.get_rng_state()
    first, again, other = make(0), make(0), make(1)
    assert torch.equal(torch.get_rng_state(), before)
    x = memorize.coordinates(9, limit=None)
    assert torch.equal(first(x), again(x))
    assert not torch.equal(first(x), other(x))


@pytest.mark.parametrize("make", ALL)
def test_every_network_maps_rows_to_one_number_each_and_can_be_stored(make, tmp_path):
    model, x = make(0), memorize.coordinates(9, limit=None)
    assert model(x).shape == (81,)
    memorize.save(model, tmp_path / "w.npz", dtype=np.float32)
    assert torch.equal(memorize.load(make(1), tmp_path / "w.npz")(x), model(x))
    assert memorize.size_bytes(model) == 2 * sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("make", ALL)
def test_what_is_returned_is_the_log_odds_of_a_softmax_over_two_outputs(make):
    model, x = make(0), memorize.coordinates(9, limit=None)
    model.double()
    captured = []
    model.layers[-1].register_forward_hook(lambda layer, given, two: captured.append(two))
    probability = torch.sigmoid(model(x.double()))
    assert captured[0].shape == (81, 2)
    torch.testing.assert_close(torch.softmax(captured[0], 1)[:, 1], probability)


def test_the_parameters_are_those_of_the_widths():
    for model in (make(0) for make in ALL):
        layers = list(zip(model.widths, model.widths[1:], strict=False))
        assert memorize.parameter_count(model) == sum(a * b + b for a, b in layers)
    assert networks.UnSqueeze(64).widths == (2, 4, 8, 16, 32, 64, 32, 16, 8, 4, 2)
    assert networks.OneHotNet(100, 2, 32).widths == (200, 32, 32, 2)


def test_one_hot_columns_are_looked_up_as_they_would_be_multiplied():
    model = networks.OneHotNet(5, 2, 7, seed=3)
    x = memorize.coordinates(5, limit=None)
    vectors = torch.cat([nn.functional.one_hot(x[:, k].long(), 5) for k in (0, 1)], dim=1).float()
    two = model.layers(vectors)
    torch.testing.assert_close(model(x), two[:, 1] - two[:, 0])


def test_activations_are_the_papers():
    assert sum(isinstance(layer, nn.ReLU) for layer in networks.Block(4, 8).modules()) == 4
    assert sum(isinstance(layer, nn.GELU) for layer in networks.OneHotNet(5, 4, 8).modules()) == 4


@pytest.mark.parametrize("maximum", [0, 2, 3, 48, -4])
def test_unsqueeze_refuses_a_maximum_that_cannot_be_doubled_to(maximum):
    with pytest.raises(ValueError, match="power of two"):
        networks.UnSqueeze(maximum)


@pytest.mark.parametrize("widths", [[2, 2], [2, 0, 2], [2, 8, 1]])
def test_other_shapes_are_refused(widths):
    with pytest.raises(ValueError, match="two outputs"):
        networks.Perceptron(widths)


def test_noise_is_learnt_from_one_hot_vectors_and_not_from_two_numbers():
    graph = graphs.erdos_renyi(10, 0.5, seed=0)
    x, y = memorize.pixels(graph, limit=None)
    wrong = {}
    for model in (networks.WideNet(10), networks.OneHotNet(10, 2, 32)):
        settings = memorize.Settings(epochs=150, learning_rate=3e-3)
        options = dict(loss=memorize.CROSS_ENTROPY, schedule=memorize.schedules.CONSTANT)
        memorize.train(model, x, y, settings, **options)
        judged = memorize.evaluate(model, graph, None, loss=memorize.CROSS_ENTROPY)
        wrong[type(model).__name__] = judged.errors_half
    assert wrong["OneHotNet"] == 0 < wrong["WideNet"]
