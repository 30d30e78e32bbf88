"""SynFlow's conservation law, and paths by brute force."""

import itertools

import networkx as nx
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from netwithin import networks
from netwithin.networks.flow import on_a_path, synaptic_flow


def mlp(widths, seed=0, bias=False):
    """Linear layers with rectified units between them, drawn from a generator of their own."""
    generator = torch.Generator().manual_seed(seed)
    layers = []
    for before, after in itertools.pairwise(widths):
        layer = nn.utils.skip_init(nn.Linear, before, after, bias=bias)
        for parameter in layer.parameters():
            nn.init.normal_(parameter, generator=generator)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def test_flow_is_the_sum_over_paths():
    model = mlp([3, 4, 3, 2])
    weights = [weight.detach().double().abs().numpy() for weight in networks.prunable(model).values()]
    expected = [np.zeros_like(weight) for weight in weights]
    for a, b, c, d in itertools.product(range(3), range(4), range(3), range(2)):
        path = weights[0][b, a] * weights[1][c, b] * weights[2][d, c]
        for total, place in zip(expected, ((b, a), (c, b), (d, c)), strict=True):
            total[place] += path
    for flow, total in zip(synaptic_flow(model, (3,)).values(), expected, strict=True):
        np.testing.assert_allclose(flow.numpy(), total, rtol=1e-12)


def test_what_enters_a_unit_leaves_it():
    model = mlp([5, 7, 6, 4], bias=True)
    flow = synaptic_flow(model, (5,))
    layers = list(networks.prunable(model))
    # A bias is a path that begins at its unit: theta dR/dtheta of it is what the unit sends and did not get.
    biases = {
        name: module.bias.detach().double().abs() for name, module in model.named_modules() if name in layers
    }
    for name, following in itertools.pairwise(layers):
        entered, left = flow[name].sum(1), flow[following].sum(0)
        back = left / (entered.new_ones(len(left)) * _inputs(model, layers, following))
        torch.testing.assert_close(entered + biases[name] * back, left)


def _inputs(model, layers, name):
    """What the units before a layer send, when all parameters are absolute and the input is ones."""
    x = torch.ones(5, dtype=torch.float64)
    for layer in layers[: layers.index(name)]:
        module = model.get_submodule(layer)
        x = module.weight.detach().double().abs() @ x + module.bias.detach().double().abs()
    return x


@pytest.mark.parametrize("build", [networks.resnet20, networks.conv6, networks.wide_resnet28_2])
def test_every_cut_through_a_network_carries_the_same_flow(build):
    model = build(size=8, channels=1)
    flow = {name: float(one.sum()) for name, one in synaptic_flow(model, (1, 8, 8)).items()}
    names = list(flow)
    assert flow[names[0]] == pytest.approx(flow[names[-1]], rel=1e-9)
    assert flow[names[0]] > 0
    if build is networks.conv6:
        assert list(flow.values()) == pytest.approx([flow["0"]] * len(flow), rel=1e-9)


def test_flow_looks_at_the_weights_that_are_left_and_changes_none():
    model = mlp([3, 4, 2])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    masks = {"0": np.zeros((4, 3), bool), "2": np.ones((2, 4), bool)}
    masks["0"][1, 2] = True
    flow = synaptic_flow(model, (3,), masks)
    assert (flow["0"].numpy() > 0).sum() == 1
    assert (flow["2"].numpy() > 0).nonzero()[1].tolist() == [1, 1]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=3, max_size=5), st.floats(0.1, 0.9), st.integers(0, 1000))
def test_weights_on_a_path_are_those_of_the_graph(widths, density, seed):
    model, random = mlp(widths, bias=True), np.random.default_rng(seed)
    masks = {name: random.random(tuple(w.shape)) < density for name, w in networks.prunable(model).items()}
    graph = nx.DiGraph()
    for layer, mask in enumerate(masks.values()):
        graph.add_edges_from(((layer, j), (layer + 1, i)) for i, j in zip(*mask.nonzero(), strict=True))
    last = len(widths) - 1
    graph.add_nodes_from([(0, j) for j in range(widths[0])] + [(last, i) for i in range(widths[-1])])
    fed = {node for j in range(widths[0]) for node in nx.descendants(graph, (0, j)) | {(0, j)}}
    heard = {node for i in range(widths[-1]) for node in nx.ancestors(graph, (last, i)) | {(last, i)}}
    for layer, (found, mask) in enumerate(
        zip(on_a_path(model, masks, (widths[0],)).values(), masks.values(), strict=True)
    ):
        expected = [
            [mask[i, j] and (layer, j) in fed and (layer + 1, i) in heard for j in range(mask.shape[1])]
            for i in range(mask.shape[0])
        ]
        assert found.tolist() == expected


def test_a_kernel_that_hangs_over_the_rim_touches_nothing():
    # On a map of one pixel only the middle of a padded 3 x 3 kernel meets it.
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(2, 2))
    found = on_a_path(model, networks.as_masks(model), (1, 1, 1))["0"]
    assert found.sum() == 2 and found[:, :, 1, 1].all()


class Windows(nn.Module):
    """Two linear layers and a map of 2 x 2 between them, which something pools to one row."""

    def __init__(self, pool):
        super().__init__()
        self.before, self.after, self.pool = nn.Linear(3, 4), nn.Linear(2, 2), pool

    def forward(self, x):
        return self.after(self.pool(torch.relu(self.before(x)).view(-1, 1, 2, 2)).flatten(1))


POOLS = {
    "module": nn.MaxPool2d((2, 1)),
    "function": lambda x: F.max_pool2d(x, kernel_size=(2, 1)),
    "adaptive": nn.AdaptiveMaxPool2d((1, 2)),
    "mean": nn.AvgPool2d((2, 1)),
}


@pytest.mark.parametrize("pool", POOLS)
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_paths_through_pooling_are_those_of_its_windows(pool, seed):
    # A path leads from a place of the map to the output of its column.
    model, random = Windows(POOLS[pool]), np.random.default_rng(seed)
    masks = {name: random.random(tuple(w.shape)) < 0.5 for name, w in networks.prunable(model).items()}
    found = on_a_path(model, masks, (3,))
    onwards = masks["after"].any(axis=0)[[0, 1, 0, 1]]  # nodes (row, column) of the map, row after row
    fed = masks["before"].any(axis=1).reshape(2, 2).any(axis=0)
    assert found["before"].tolist() == (masks["before"] & onwards[:, None]).tolist()
    assert found["after"].tolist() == (masks["after"] & fed).tolist()


@pytest.mark.parametrize(
    "between",
    [nn.Softmax(1), nn.Hardtanh(), nn.ReLU6(), nn.Sigmoid(), nn.LayerNorm(3), nn.GroupNorm(1, 3)]
    + [nn.BatchNorm1d(3, track_running_stats=False)],
    ids=lambda layer: type(layer).__name__,
)
def test_what_lies_between_weights_hides_no_path(between):
    model = nn.Sequential(nn.Linear(2, 3), between, nn.Linear(3, 2))
    masks = networks.as_masks(model)
    assert all(found.all() for found in on_a_path(model, masks, (2,)).values())


def test_functions_in_place_hide_no_path():
    class InPlace(nn.Sequential):
        def forward(self, x):
            return self[1](torch.relu_(self[0](x)).tanh_())

    model = InPlace(nn.Linear(2, 3), nn.Linear(3, 2))
    assert all(found.all() for found in on_a_path(model, networks.as_masks(model), (2,)).values())


@pytest.mark.parametrize("options", [{"dilation": 2}, {"return_indices": True}])
def test_pooling_that_cannot_be_followed_is_refused(options):
    model = Windows(nn.MaxPool2d(2, **options))
    with pytest.raises(ValueError, match="max pooling"):
        on_a_path(model, networks.as_masks(model), (3,))


def test_every_place_in_a_pooling_window_counts():
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 1))
    model.append(nn.BatchNorm1d(1))
    model[-1].running_mean.fill_(1e6)  # of a network that was trained; it does not cut paths
    masks = networks.as_masks(model)
    masks["3"][0, 1:] = False
    found = on_a_path(model, masks, (1, 4, 4))
    assert found["0"].all() and found["3"].tolist() == [[True, False, False, False]]
    assert isinstance(model[1], nn.MaxPool2d) and model[-1].running_mean == 1e6


def test_collapse_is_named():
    assert networks.flow.collapsed({"a": torch.zeros(2, dtype=bool), "b": np.ones(1, bool)}) == ["a"]
