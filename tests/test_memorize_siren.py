"""The sine network: its start, its sizes, its output and its gradient against NumPy."""

import math

import numpy as np
import pytest
import torch

from netwithin import graphs, memorize, records


def numpy_siren(model, x, omega0):
    """The model equation of Section 6.2 in float64, written from the weights alone."""
    weights = [value.detach().double().numpy() for value in model.state_dict().values()]
    for w, b in zip(weights[0:-2:2], weights[1:-2:2], strict=True):
        x = np.sin(omega0 * (x @ w.T + b))
    return (x @ weights[-2].T + weights[-1])[:, 0]


@pytest.mark.parametrize("nodes", [100, 500, 1000])
def test_sizes_are_those_of_table_4(nodes):
    row = records.published("memorization_table_4_sizes").set_index("nodes").loc[nodes]
    model = memorize.SIREN(int(row.hidden_layers), int(row.width))
    layers, width = int(row.hidden_layers), int(row.width)
    by_hand = 3 * width + (layers - 1) * width * (width + 1) + width + 1
    assert memorize.parameter_count(model) == by_hand
    assert round(memorize.size_bytes(model) / 1000, 1) == row.fp16_kb
    assert round(memorize.size_bytes(model, bits=32) / 1000, 1) == row.fp32_kb


@pytest.mark.parametrize("omega0", [1.0, 30.0])
def test_initial_weights_fill_sitzmanns_bounds(omega0):
    model = memorize.SIREN(hidden_layers=3, width=200, omega0=omega0, seed=1)
    hidden = math.sqrt(6 / 200) / omega0
    bounds = {
        "sines.0.linear.weight": 1 / 2,
        "sines.1.linear.weight": hidden,
        "sines.2.linear.weight": hidden,
        "output.weight": hidden,
        "sines.0.linear.bias": 1 / math.sqrt(2),
        "sines.1.linear.bias": 1 / math.sqrt(200),
        "sines.2.linear.bias": 1 / math.sqrt(200),
        "output.bias": 1 / math.sqrt(200),
    }
    assert set(bounds) == set(model.state_dict())
    for name, values in model.state_dict().items():
        values, bound = values.numpy().ravel(), bounds[name]
        assert np.abs(values).max() <= bound
        if values.size >= 200:  # uniform: fills the interval, standard deviation bound / sqrt(3)
            assert np.abs(values).max() > 0.95 * bound
            assert values.std() == pytest.approx(bound / math.sqrt(3), rel=0.15)


def test_activations_keep_their_distribution_with_depth():
    # Theorem 1.8 of Sitzmann et al.: sines of arcsine inputs have standard deviation 1/sqrt(2).
    model = memorize.SIREN(hidden_layers=8, width=256, seed=0)
    x = memorize.coordinates(60)
    for layer in model.sines:
        x = layer(x)
        assert x.std().item() == pytest.approx(1 / math.sqrt(2), abs=0.06)


def test_output_is_the_papers_equation():
    model = memorize.SIREN(hidden_layers=4, width=16, omega0=30.0, seed=2)
    x = memorize.coordinates(9, 7)
    expected = numpy_siren(model, x.double().numpy(), 30.0)
    assert model(x).shape == (63,)
    np.testing.assert_allclose(model(x).detach().numpy(), expected, atol=2e-4)
    np.testing.assert_allclose(model.double()(x.double()).detach().numpy(), expected, atol=1e-12)


def test_gradient_is_the_slope_of_the_loss():
    model = memorize.SIREN(hidden_layers=3, width=8, omega0=5.0, seed=3).double()
    x, y = memorize.coordinates(6).double(), torch.arange(36).double() % 2
    memorize.mean_squared_error(model(x), y).backward()
    for name, parameter in model.named_parameters():
        index = (0,) * parameter.ndim
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter[index] += step
                values.append(np.mean((numpy_siren(model, x.numpy(), 5.0) - y.numpy()) ** 2))
                parameter[index] -= step
        slope = (values[0] - values[1]) / 2e-6
        assert parameter.grad[index].item() == pytest.approx(slope, rel=1e-4, abs=1e-9), name


def test_a_seed_fixes_the_start_and_leaves_torchs_generator_alone():
    state = torch.random.get_rng_state()
    first, again, other = memorize.SIREN(seed=4), memorize.SIREN(seed=4), memorize.SIREN(seed=5)
    assert torch.equal(torch.random.get_rng_state(), state)
    pairs = list(zip(first.parameters(), again.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(next(first.parameters()), next(other.parameters()))


def test_no_network_without_a_layer():
    with pytest.raises(ValueError, match="0 layers of 4"):
        memorize.SIREN(hidden_layers=0, width=4)


@pytest.mark.parametrize("limit", [1.0, 5.0])
def test_coordinates_are_every_entry_row_by_row(limit):
    rows, columns = 5, 3
    found = memorize.coordinates(rows, columns, limit).numpy()
    expected = [
        [limit * (2 * i / (rows - 1) - 1), limit * (2 * j / (columns - 1) - 1)]
        for i in range(rows)
        for j in range(columns)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_coordinates_of_small_matrices():
    assert memorize.coordinates(1).tolist() == [[0.0, 0.0]]
    assert memorize.coordinates(0).shape == (0, 2)


def test_pixels_are_the_adjacency_matrix():
    graph = graphs.newman_watts_strogatz(20, 0.3, seed=1)
    inputs, targets = memorize.pixels(graph, limit=2.0)
    assert inputs.shape == (400, 2) and inputs.abs().max() == 2.0
    np.testing.assert_array_equal(targets.reshape(20, 20).numpy(), graph.adjacency.toarray())
    inputs, targets = memorize.pixels(graphs.Graph([[1, 0, 1]], "bipartite"))
    assert inputs.shape == (3, 2) and targets.tolist() == [1, 0, 1]
