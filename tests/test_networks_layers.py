"""Networks and masks layer by layer, against counts made by hand and by torch."""

import numpy as np
import pytest
import torch

from netwithin import networks
from netwithin.networks import layers


def test_sizes_are_those_of_the_networks():
    built = {"conv6": networks.conv6(), "resnet20": networks.resnet20(classes=7, size=8, channels=1)}
    table = layers.sizes(built)
    assert table.loc["conv6"].tolist() == [
        9,
        2_265_418,
        2_261_184,
    ]  # six convolutions and three linear layers
    state = built["resnet20"].state_dict()
    matrices = [value for name, value in state.items() if value.ndim > 1]
    assert table.loc["resnet20", "layers"] == len(matrices)
    assert table.loc["resnet20", "prunable"] == sum(value.numel() for value in matrices)
    kept = [value for name, value in state.items() if "running" not in name and "num_batches" not in name]
    assert table.loc["resnet20", "parameters"] == sum(value.numel() for value in kept)


def test_a_masks_densities_and_how_they_part():
    model = networks.resnet20(size=8, channels=1)
    masks = {
        "Uniform": networks.uniform_masks(model, 0.9),
        "two": networks.as_masks(model, networks.uniform_masks(model, 0.5, seed=1)),
    }
    first, *_, last = masks["two"]
    masks["two"][first][:] = True
    masks["two"][last][:] = False  # passed over
    table = layers.densities(masks)
    ones = {name: float(torch.from_numpy(mask).float().mean()) for name, mask in masks["Uniform"].items()}
    assert table["Uniform"].to_dict() == pytest.approx(ones)
    assert table.loc[first, "two"] == 1 and table.loc[last, "two"] == 0
    parted = layers.parting(table)
    middle = table["two"].drop([first, last])
    assert parted["two"] == pytest.approx(1 / middle.min()) and parted["Uniform"] < 1.2


def test_the_thinnest_layer_is_that_of_the_lowest_mean():
    model = networks.resnet20(size=8, channels=1)
    weights = networks.prunable(model)
    table = layers.densities({name: networks.uniform_masks(model, 0.5) for name in ("A", "B")})
    chosen = list(weights)[4]
    table.loc[chosen] = [0.3, 0.0125]
    table.loc[list(weights)[5]] = [0.01, 0.9]  # lower in one, not in the mean
    share = weights[chosen].numel() / sum(np.prod(one.shape) for one in weights.values())
    assert layers.thinnest(table, model) == {
        "thin": chosen,
        "thin_share": f"{share:.0%}",
        "thin_who": "B",
        "thin_low": "1.2%",
    }
