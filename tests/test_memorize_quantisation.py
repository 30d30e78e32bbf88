"""Weights in fewer bits: the grids, the straight-through gradient, the bytes, the wrong bits."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from netwithin import graphs, memorize
from netwithin.memorize import quantisation as q


@pytest.fixture(scope="module")
def graph():
    return graphs.newman_watts_strogatz(14, 0.3, seed=3)


@pytest.fixture(scope="module")
def trained(graph):
    model = memorize.SIREN(hidden_layers=2, width=16, seed=1)
    settings = memorize.Settings(epochs=400, learning_rate=2e-3)
    memorize.train(model, *memorize.pixels(graph), settings)
    return model


def weights(model):
    return torch.cat([values.detach().ravel() for values in model.parameters()])


def test_formats_are_ordered_by_their_bits():
    assert [q.weight_bits(name) for name in q.FORMATS] == [32, 16, 16, 8, 8, 7, 6, 5, 4, 3, 2]


@pytest.mark.parametrize("name", ["int1", "int9", "fp64", "8", ""])
def test_an_unknown_format_is_refused_by_name(name):
    for function in (q.quantise, q.stored_bytes, q.aware):
        with pytest.raises(ValueError, match="there are fp32, bf16"):
            function(nn.Linear(2, 2), name)


@pytest.mark.parametrize("name", [name for name in q.FORMATS if name.startswith("int")])
def test_integers_lie_on_a_symmetric_grid_of_their_bits(trained, name):
    most = 2 ** (q.weight_bits(name) - 1) - 1
    for before, after in zip(trained.parameters(), q.quantise(trained, name).parameters(), strict=True):
        steps = after.detach().double() / q.unit(before, name)
        np.testing.assert_allclose(steps, steps.round(), atol=1e-4)
        assert steps.abs().max() <= most + 1e-4


@pytest.mark.parametrize("bits", [2, 3, 5, 8])
def test_the_unit_has_the_least_squared_error_among_many(bits):
    values = torch.randn(500, generator=torch.Generator().manual_seed(bits))
    most = 2 ** (bits - 1) - 1

    def error(size):
        return float(((torch.clamp((values / size).round(), -most, most) * size - values) ** 2).mean())

    found = error(q.unit(values, f"int{bits}"))
    top = float(values.abs().max()) / most
    assert found <= 1.1 * min(error(size) for size in np.linspace(0.2 * top, top, 400))
    assert bits > 4 or found < 0.9 * error(top)  # clipping pays where bits are few


def test_floats_are_torchs_own_roundings(trained):
    half = memorize.half_precision(trained)
    assert torch.equal(weights(q.quantise(trained, "fp16")), weights(half))
    assert torch.equal(weights(q.quantise(trained, "fp32")), weights(trained))
    assert torch.equal(weights(q.quantise(trained, "bf16")), weights(trained).bfloat16().float())


def test_eight_bit_floats_have_a_relative_error(trained):
    before, after = weights(trained), weights(q.quantise(trained, "fp8"))
    large = before.abs() > 0.1 * before.abs().max()
    assert 0 < ((after - before).abs() / before.abs())[large].max() <= 2**-4 + 1e-3


def test_bytes_count_the_weights_and_the_units():
    model = memorize.SIREN(hidden_layers=3, width=5)  # 15 + 30 + 30 + 6 weights in 8 tensors
    assert q.stored_bytes(model, "fp32") == 4 * 81
    assert q.stored_bytes(model, "bf16") == q.stored_bytes(model, "fp16") == memorize.size_bytes(model) == 162
    assert q.stored_bytes(model, "fp8") == q.stored_bytes(model, "int8") == 81 + 32
    assert q.stored_bytes(model, "int3") == 31 + 32


def test_a_tensor_of_zeros_stays_zero():
    model = nn.Linear(3, 2)
    nn.init.zeros_(model.bias)
    for name in q.FORMATS:
        assert not q.quantise(model, name).bias.any()
    assert not q.settle(q.aware(model, "int2")).bias.any()


def test_the_gradient_passes_through_the_rounding_but_not_beyond_the_grid():
    values = torch.tensor([0.26, -0.6, 3.0, -9.0], requires_grad=True)
    rounded = q.Rounding(0.5, bits=3)(values)
    assert rounded.tolist() == [0.5, -0.5, 1.5, -1.5]
    (rounded * torch.tensor([1.0, 2.0, 4.0, 8.0])).sum().backward()
    assert values.grad.tolist() == [1.0, 2.0, 0.0, 0.0]


def test_an_aware_model_starts_as_the_rounded_one_and_leaves_the_original_alone(trained):
    before = weights(trained).clone()
    aware, x = q.aware(trained, "int4"), memorize.coordinates(5)
    assert memorize.parameter_count(aware) == memorize.parameter_count(trained)
    assert torch.equal(aware(x), q.quantise(trained, "int4")(x))
    assert torch.equal(weights(q.settle(aware)), weights(q.quantise(trained, "int4")))
    assert torch.equal(weights(trained), before)
    with pytest.raises(ValueError, match="no integer format"):
        q.aware(trained, "fp16")


def test_training_with_rounding_beats_rounding_after_training(trained, graph):
    settings = memorize.Settings(epochs=150, learning_rate=1e-3)
    table = q.compare(trained, graph, ["fp32", "int5", "int4"], settings).set_index(["format", "way"])
    assert table.index.tolist() == [
        ("fp32", "after"),
        ("int5", "after"),
        ("int5", "aware"),
        ("int4", "after"),
        ("int4", "aware"),
    ]
    assert (table["total_bits"] == 8 * table["bytes"] + table["residual_bits"]).all()
    assert table.loc[("fp32", "after"), ["moved", "turned"]].tolist() == [0, 0]
    for name in ("int5", "int4"):
        assert table.loc[(name, "aware"), "wrong_half"] < table.loc[(name, "after"), "wrong_half"]
    assert (table["wrong_best"] <= table[["wrong_mean", "wrong_half"]].min(axis=1)).all()


def test_what_was_trained_on_is_still_on_its_grid(trained, graph):
    aware = q.aware(trained, "int3")
    steps = [module.step for module in aware.modules() if isinstance(module, q.Rounding)]
    memorize.train(aware, *memorize.pixels(graph), memorize.Settings(epochs=20, learning_rate=1e-2))
    plain = q.settle(aware)
    assert not any("parametrizations" in name for name in plain.state_dict())
    assert sorted(len(values.unique()) for values in plain.parameters())[-1] <= 7
    sizes = {float(values.detach().abs()[values != 0].min()) for values in plain.parameters() if values.any()}
    assert all(min(abs(size / step - round(size / step)) for step in steps) < 1e-4 for size in sizes)


def test_compare_without_settings_only_rounds(trained, graph):
    assert set(q.compare(trained, graph, ["bf16", "int8"])["way"]) == {"after"}


def test_expected_turns_are_those_of_gaussian_errors():
    random = np.random.default_rng(0)
    scores = random.uniform(-0.2, 1.2, 20_000)
    turned = ((scores + random.normal(0, 0.2, scores.size) > 0.5) != (scores > 0.5)).sum()
    assert q.expected_turns(scores, 0.2) == pytest.approx(turned, rel=0.05)
    assert q.expected_turns(scores, 0.0) == 0


def test_a_summary_takes_seeds_together_and_keeps_ways_apart(trained, graph):
    parts = [q.compare(trained, graph, ["int4", "bf16"]).assign(seed=seed) for seed in (0, 1)]
    parts[1]["wrong_half"] += 4
    table = pd.concat(parts).assign(pixels=196, bitmap_bits=91)
    found = q.summary(table)
    assert found["format"].tolist() == ["int4", "bf16"]
    low = parts[0]["wrong_half"]
    for column, more in (("wrong_half", 2), ("wrong_least", 0), ("wrong_worst", 4)):
        assert found[column].tolist() == (low + more).tolist()
    assert found["over_bitmap"].tolist() == (parts[0]["total_bits"] / 91).tolist()
