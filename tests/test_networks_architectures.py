"""The paper's four networks: sizes against the published ones, weights against their distribution, seeds."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from netwithin import networks

# All parameters, and the weights of convolutions and linear layers, for 10 classes and 32 x 32 pixels; the
# first column rounds to the paper's 2.3 M, 270 K, 460 K and 1.4 M (Appendix A.2).
SIZES = {
    "conv6": (2_265_418, 2_261_184),
    "resnet20": (272_474, 270_896),
    "resnet32": (466_906, 464_432),
    "wide_resnet28_2": (1_467_610, 1_463_984),
}


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
def test_parameters_are_as_many_as_published(name):
    model = networks.ARCHITECTURES[name]()
    parameters, prunable = SIZES[name]
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert sum(w.numel() for w in networks.prunable(model).values()) == prunable


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
@pytest.mark.parametrize(("classes", "size", "channels"), [(7, 32, 3), (10, 8, 1), (200, 16, 3)])
def test_images_of_other_sizes_are_read(name, classes, size, channels):
    model = networks.ARCHITECTURES[name](classes, size, channels).eval()
    assert model.input_shape == (channels, size, size)
    with torch.no_grad():
        out = model(torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0)))
    assert out.shape == (2, classes)
    assert torch.isfinite(out).all() and out.std() > 0


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
def test_weights_are_kaiming_normal_and_batch_norm_is_neutral(name):
    model = networks.ARCHITECTURES[name](seed=3)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            fan_in = module.weight[0].numel()
            deviation = math.sqrt(2 / fan_in)
            count = module.weight.numel()
            # Standard errors of a normal sample's mean and standard deviation, five of each.
            assert abs(module.weight.mean().item()) < 5 * deviation / math.sqrt(count)
            assert abs(module.weight.std().item() / deviation - 1) < 5 / math.sqrt(2 * count)
            assert module.bias is None or not module.bias.any()
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert (module.weight == 1).all() and not module.bias.any()
            assert (module.running_var == 1).all() and not module.running_mean.any()
            assert module.num_batches_tracked == 0


def test_the_seed_alone_decides_and_torchs_generator_stays():
    state = torch.get_rng_state()
    one, same, other = (networks.resnet20(seed=seed, size=8).state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    again = networks.resnet20(seed=0, size=8).state_dict()
    torch.set_rng_state(state)
    assert all(torch.equal(one[key], same[key]) and torch.equal(one[key], again[key]) for key in one)
    assert not torch.equal(one["conv.weight"], other["conv.weight"])


def test_residual_networks_add_their_input():
    # With the residual branches' last weights at zero, an identity block is a ReLU, and a whole network of
    # identity blocks passes its first map on.
    model = networks.resnet20(size=8).eval()
    block = model.stages[0][0]
    with torch.no_grad():
        block.conv2.weight.zero_()
        x = torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(0))
        assert torch.equal(block(x), x.relu())
        wide = networks.wide_resnet28_2(size=8).eval().stages[1][1]
        wide.conv2.weight.zero_()
        x = torch.randn(2, 64, 4, 4, generator=torch.Generator().manual_seed(0))
        assert torch.equal(wide(x), x)


@pytest.mark.parametrize("name", networks.ARCHITECTURES)
def test_impossible_sizes_are_refused(name):
    build = networks.ARCHITECTURES[name]
    for bad in ({"classes": 0}, {"channels": 0}, {"size": 3}):
        with pytest.raises(ValueError, match="needed"):
            build(**bad)


def test_prunable_weights_are_the_networks_own_in_order():
    model = networks.resnet20(size=8)
    weights = networks.prunable(model)
    state = model.state_dict(keep_vars=True)
    assert all(weight is state[f"{name}.weight"] for name, weight in weights.items())
    order = [key.removesuffix(".weight") for key in state if key.removesuffix(".weight") in weights]
    assert list(weights) == order
    assert all(weight.dim() in (2, 4) for weight in weights.values())
    assert np.sum([weight.numel() for weight in weights.values()]) == sum(
        p.numel() for p in model.parameters() if p.dim() > 1
    )
