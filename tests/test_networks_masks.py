"""Masks: exact counts, what they do to a network and undo, files, and what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from netwithin import networks


def tiny():
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 5))


@given(st.floats(0, 1), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_uniform_masks_keep_the_nearest_count_in_every_layer(sparsity, seed):
    masks = networks.uniform_masks(tiny(), sparsity, seed)
    for mask in masks.values():
        assert abs(mask.sum() - (1 - sparsity) * mask.size) <= 0.5
    total = sum(mask.size for mask in masks.values())
    kept = sum(mask.sum() for mask in masks.values())
    assert networks.sparsity_of(masks) == pytest.approx(1 - kept / total)


def test_uniform_masks_are_uniform_over_the_weights():
    kept = sum(networks.uniform_masks(tiny(), 0.5, seed)["3"].astype(int) for seed in range(400))
    # Each weight is kept in about half of 400 draws; five standard deviations are 50.
    assert (np.abs(kept - 200) < 50).all()


def test_masks_apply_for_good_or_for_a_while():
    model = tiny()
    before = {name: weight.detach().clone() for name, weight in networks.prunable(model).items()}
    masks = networks.uniform_masks(model, 0.7, seed=1)
    with networks.apply_masks(model, masks):
        for name, weight in networks.prunable(model).items():
            assert torch.equal(weight, before[name] * torch.from_numpy(masks[name]))
    for name, weight in networks.prunable(model).items():
        assert torch.equal(weight, before[name])
    networks.apply_masks(model, {name: torch.from_numpy(mask) for name, mask in masks.items()})
    for name, weight in networks.prunable(model).items():
        assert torch.equal(weight, before[name] * torch.from_numpy(masks[name]))


def test_what_was_learned_meanwhile_survives_the_context():
    model = nn.Linear(3, 1)
    masks = {"": np.array([[True, False, True]])}
    with networks.apply_masks(model, masks), torch.no_grad():
        model.weight += 1
        learned = model.weight.clone()
    assert torch.equal(model.weight[0, [0, 2]], learned[0, [0, 2]])


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ({"0": np.ones((3, 2, 3, 3))}, "missing for \\['3'\\]"),
        (
            {"0": np.ones((3, 2, 3, 3)), "3": np.ones((5, 12)), "4": np.ones(1)},
            "no layer has the names \\['4'\\]",
        ),
        ({"0": np.ones((3, 2, 3, 3)), "3": np.ones((12, 5))}, "\\(12, 5\\)"),
        ({"0": np.ones((3, 2, 3, 3)), "3": np.full((5, 12), 0.5)}, "other than 0 and 1"),
    ],
)
def test_masks_of_another_network_are_refused(masks, message):
    with pytest.raises(ValueError, match=message):
        networks.as_masks(tiny(), masks)


@pytest.mark.parametrize("sparsity", [-0.1, 1.1, float("nan")])
def test_sparsity_is_a_share(sparsity):
    with pytest.raises(ValueError, match="share"):
        networks.uniform_masks(tiny(), sparsity)


def test_masks_survive_a_file(tmp_path):
    masks = networks.uniform_masks(tiny(), 0.6, seed=2)
    networks.save_masks(masks, tmp_path / "masks.npz")
    read = networks.load_masks(tmp_path / "masks.npz")
    assert list(read) == list(masks)
    assert all(np.array_equal(read[name], masks[name]) and read[name].dtype == bool for name in masks)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="holds no masks"):
        networks.load_masks(tmp_path / "other.npz")
