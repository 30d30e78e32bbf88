"""Encodings against torch's Jacobians, a builder that follows the definition pixel by pixel, the paper."""

import os
from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from brute_mge import Brute, named, released_layers
from netwithin import encodings, networks
from netwithin.graphs import GraphError

DATA = os.environ.get("NETWITHIN_DATA")


def random_masks(model, generator, density=0.6):
    return {name: generator.random(tuple(w.shape)) < density for name, w in networks.prunable(model).items()}


def fill(model, seed):
    """Weights of a generator of our own, no two alike."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model


def jacobian(function, shape):
    """d outputs / d inputs at zero, float[inputs, outputs]."""
    inputs = torch.zeros(1, *shape)
    matrix = torch.autograd.functional.jacobian(lambda x: function(x).flatten(), inputs)
    return matrix.reshape(matrix.shape[0], -1).T.numpy()


@st.composite
def convolutions(draw):
    groups = draw(st.integers(1, 3))
    inputs, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    mode = draw(st.sampled_from(["zeros", "zeros", "zeros", "circular", "reflect", "replicate"]))
    most = 2 if mode == "zeros" else 1
    padding = draw(st.sampled_from(["same", "valid"]) | st.tuples(*[st.integers(0, most)] * 2))
    stride = (1, 1) if padding == "same" else draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    size = draw(st.tuples(st.integers(5, 7), st.integers(5, 7)))
    module = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, False, mode)
    return module, (inputs, *size)


@given(convolutions(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_an_unrolled_convolution_is_its_jacobian(convolution, seed):
    module, shape = convolution
    model = fill(nn.Sequential(module), seed)
    masks = random_masks(model, np.random.default_rng(seed))
    graph = encodings.unrolled(model, masks, shape, weights=True, padding=False)["0"]
    networks.apply_masks(model, masks)
    expected = jacobian(model, shape)
    np.testing.assert_allclose(graph.block(0, 1).toarray(), expected, atol=1e-5)
    assert graph.edges == np.count_nonzero(expected)
    padded = encodings.unrolled(model, masks, shape, weights=True)["0"]
    real = int(np.prod(shape))
    np.testing.assert_allclose(padded.block(0, 1).toarray()[:real], expected, atol=1e-5)
    # Each kept weight is read once at each step, padding or not.
    steps = model(torch.zeros(1, *shape))[0, 0].numel()
    if module.padding_mode == "zeros":
        assert padded.edges == masks["0"].sum() * steps
        assert padded.padding.sum() == padded.offsets[1] - real


@given(st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_rolled_encodings_hold_each_weight_or_kernel_once(seed):
    generator = np.random.default_rng(seed)
    model = fill(nn.Sequential(nn.Conv2d(4, 6, (2, 3), groups=2), nn.Flatten(), nn.Linear(5, 3)), seed)
    masks = random_masks(model, generator, 0.3)
    conv = model[0].weight.detach().numpy() * masks["0"]
    rolled = encodings.rolled(model, masks, weights=True)
    dense, channels = np.zeros((4, 2, 3, 6)), np.zeros((4, 6))
    for o in range(6):
        for c in range(2):
            channel = c + 2 * (o // 3)
            dense[channel, :, :, o] = conv[o, c]
            channels[channel, o] = np.sqrt((conv[o, c] ** 2).sum())
    np.testing.assert_allclose(rolled["0"].block(0, 1).toarray(), dense.reshape(24, 6))
    np.testing.assert_allclose(
        rolled["2"].block(0, 1).toarray(), (model[2].weight.detach().numpy() * masks["2"]).T
    )
    assert rolled["0"].edges == masks["0"].sum()
    by_channel = encodings.rolled_channel(model, masks, weights=True)["0"]
    np.testing.assert_allclose(by_channel.block(0, 1).toarray(), channels, rtol=1e-6)
    assert encodings.rolled_channel(model, masks)["0"].edges == np.count_nonzero(channels)


def assert_same_graph(graph, brute, layers):
    """Edges with their weights one by one; of those from the padding, how many each node has."""
    names = named(graph, layers)
    assert graph.nodes == len(brute.nodes)
    expected, found, rims = Counter(), Counter(), Counter()
    for source, target, weight in brute.edges:
        if source[0] == "pad":
            rims[target] += 1
        else:
            expected[source, target] += weight
    for (i, j), weight in zip(
        zip(*graph.adjacency.nonzero(), strict=True), graph.adjacency.data, strict=True
    ):
        if graph.padding[i]:
            rims[names[j]] -= 1
        else:
            found[names[i], names[j]] += weight
    assert found.keys() == expected.keys()
    np.testing.assert_allclose(
        [found[edge] for edge in expected], list(expected.values()), rtol=1e-4, atol=1e-5
    )
    assert not any(rims.values())


class Branches(nn.Module):
    """Whatever residual blocks come to: pooling inside and outside, strides, two sums of three branches."""

    def __init__(self, kernel, stride, pool, project, groups):
        super().__init__()
        self.stem = nn.Conv2d(2, 2, kernel, padding=1)
        self.pool = nn.MaxPool2d(*pool)
        self.one = nn.Conv2d(2, 2, 3, stride, padding=1, groups=groups)
        self.norm = nn.BatchNorm2d(2)
        self.two = nn.Conv2d(2, 2, 3, padding=2, dilation=2)
        self.shortcut = nn.Conv2d(2, 2, 1, stride) if project else None
        self.three = nn.Conv2d(2, 2, 3, padding=1)
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.stem(x)))
        y = self.two(torch.tanh(self.norm(self.one(x))))
        y = y + x if self.shortcut is None else self.shortcut(x) + y
        y = F.gelu(y)
        y = self.three(y) + y
        return self.linear(y.mean((2, 3)))

    def brute(self, masks, shape, pool, padding):
        b = Brute(shape, padding)
        stem = b.conv(b.input, "input", "stem", self.stem, masks["stem"])
        x = b.pool(stem, *pool)
        one = b.conv(x, "pooled", "one", self.one, masks["one"])
        y = b.conv(one, "one", "two", self.two, masks["two"])
        if self.shortcut is None:
            b.skip(x, y)
        else:
            b.conv(x, "pooled", None, self.shortcut, masks["shortcut"], into=y)
        z = b.conv(y, "two", "three", self.three, masks["three"])
        b.skip(y, z)
        flat = np.array([set().union(*channel.ravel()) for channel in z], object)
        b.linear(flat, "linear", self.linear, masks["linear"])
        names = ["input", "stem", "one", "two", "three", "linear"]
        return b, list(zip(names, [shape, stem.shape, one.shape, y.shape, z.shape, (3,)], strict=True))


@given(
    pool=st.sampled_from([(2, 2, 0), (3, 2, 1), (2, 1, 0)]),
    project=st.booleans(),
    groups=st.integers(1, 2),
    seed=st.integers(0, 999),
)
@settings(max_examples=10, deadline=None)
def test_layers_count_their_own_edges(pool, project, groups, seed):
    model = fill(Branches(3, 2 if project else 1, pool, project, groups), seed)
    masks = random_masks(model, np.random.default_rng(seed))
    brute, _ = model.brute(masks, (2, 5, 6), pool, padding=False)
    edges = Counter((source[0], target[0]) for source, target, weight in brute.edges if weight != 1.0)
    found = encodings.departures(model, masks, (2, 5, 6)).set_index(["source", "target"])
    assert Counter(found["counted"].to_dict()) == edges
    if pool == (2, 2, 0):  # no windows that overlap, so no parallel edges but those of the branches
        assert found["defined"].equals(found["counted"])


@given(
    kernel=st.integers(2, 3),
    pool=st.sampled_from([(2, 2, 0), (3, 2, 1), (2, 1, 0)]),
    project=st.booleans(),
    groups=st.integers(1, 2),
    padding=st.booleans(),
    seed=st.integers(0, 999),
)
@settings(max_examples=25, deadline=None)
def test_the_multipartite_graph_is_the_one_built_pixel_by_pixel(kernel, pool, project, groups, padding, seed):
    shape = (2, 5, 6)
    model = fill(Branches(kernel, 2 if project else 1, pool, project, groups), seed)
    masks = random_masks(model, np.random.default_rng(seed))
    graph = encodings.multipartite(model, masks, shape, weights=True, padding=padding)
    brute, layers = model.brute(masks, shape, pool, padding)
    assert_same_graph(graph, brute, layers)
    plain = encodings.multipartite(model, masks, shape, padding=padding)
    assert plain.adjacency.dtype == bool
    assert np.array_equal(plain.adjacency.indices, graph.adjacency.indices)
    assert np.tril(plain.between()).sum() == 0


@st.composite
def poolings(draw):
    """Pooling of every kind, as a module or a function, for maps of 5 or more rows and columns."""
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    kind = draw(st.sampled_from(["max", "average", "adaptive", "functions", "whole"]))
    size, stride, ceil = draw(st.integers(2, 3)), draw(pair), draw(st.booleans())
    padding = draw(st.integers(0, size // 2))
    outputs = draw(pair)
    return {
        "max": nn.MaxPool2d(size, stride, padding, dilation=draw(st.integers(1, 2)), ceil_mode=ceil),
        "average": nn.AvgPool2d(size, stride, padding, ceil_mode=ceil),
        "adaptive": nn.AdaptiveMaxPool2d(outputs),
        "functions": Pooled(lambda x: F.adaptive_avg_pool2d(F.max_pool2d(x, size, 1, padding), outputs)),
        "whole": Pooled(lambda x: x.amax(3, keepdim=True) if ceil else x.mean((2, 3), keepdim=True)),
    }[kind]


class Pooled(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@given(st.lists(poolings(), min_size=1, max_size=2), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_whatever_pools_joins_each_pixel_to_what_it_can_change(pools, seed):
    shape, pool = (2, 7, 6), nn.Sequential(*pools)
    ones = torch.eye(int(np.prod(shape))).reshape(-1, *shape)  # one pixel at a time
    try:
        reached = pool(ones) > 0
    except RuntimeError:
        assume(False)  # a second window that is larger than what the first left
    model = fill(nn.Sequential(pool, nn.Conv2d(2, 3, 1)), seed)
    mask = np.random.default_rng(seed).random((3, 2, 1, 1)) < 0.7
    graph = encodings.multipartite(model, {"1": mask}, shape)
    channel = torch.arange(len(ones)) // (7 * 6)
    kept = torch.from_numpy(mask[:, :, 0, 0].T)[channel]  # by the three outputs that read it
    expected = kept[:, :, None] & reached.any(1).flatten(1)[:, None]
    assert np.array_equal(graph.block(0, 1).toarray(), expected.flatten(1).numpy())


@st.composite
def bare_layers(draw):
    """A layer that is a network by itself, and the shape of what it reads."""
    if draw(st.booleans()):
        sizes = draw(st.tuples(st.integers(1, 5), st.integers(1, 4)))
        return nn.Linear(*sizes), sizes[:1]
    pairs = [
        st.tuples(st.integers(low, high), st.integers(low, high)) for low, high in ((1, 3), (1, 2), (1, 2))
    ]
    groups, (kernel, stride, dilation) = draw(st.integers(1, 2)), draw(st.tuples(*pairs))
    module = nn.Conv2d(2, 2 * groups, kernel, stride, draw(st.integers(0, 2)), dilation, groups)
    return module, (2, *draw(st.tuples(st.integers(5, 6), st.integers(5, 6))))


@given(bare_layers(), st.booleans(), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_a_bare_layer_is_a_network_named_as_its_mask(layer, padding, seed):
    model, shape = fill(layer[0], seed), layer[1]
    masks = random_masks(model, np.random.default_rng(seed))
    assert list(masks) == [""]
    brute = Brute(shape, padding)
    if isinstance(model, nn.Linear):
        out = brute.linear(brute.input, "layer", model, masks[""])
    else:
        out = brute.conv(brute.input, "input", "layer", model, masks[""])
    graph = encodings.multipartite(model, masks, shape, weights=True, padding=padding)
    assert graph.names == ("input", "")
    assert_same_graph(graph, brute, [("input", shape), ("layer", out.shape)])
    unrolled = encodings.unrolled(model, masks, shape, weights=True, padding=padding)
    assert list(unrolled) == [""]
    assert np.array_equal(unrolled[""].adjacency.toarray(), graph.adjacency.toarray())


def test_a_bare_module_without_weights_is_its_input():
    for model, shape in ((nn.ReLU(), (3,)), (nn.BatchNorm2d(2), (2, 3, 3)), (nn.MaxPool2d(2), (1, 4, 4))):
        graph = encodings.multipartite(model, None, shape)
        assert (graph.names, graph.nodes, graph.edges) == (("input",), np.prod(shape), 0)
    with pytest.raises(encodings.EncodingError, match=r"^Upsample has no"):
        encodings.multipartite(nn.Upsample(scale_factor=2), None, (1, 2, 2))


def test_a_padding_node_is_one_zero_of_the_padded_map():
    model = fill(nn.Sequential(nn.Conv2d(2, 3, 3, padding=(1, 2)), nn.Conv2d(3, 1, 2)), 0)
    graph = encodings.multipartite(model, None, (2, 4, 5), weights=True)
    framed = nn.Sequential(nn.Conv2d(2, 3, 3, bias=False))
    with torch.no_grad():
        framed[0].weight.copy_(model[0].weight)
    rim = np.pad(np.zeros((2, 4, 5), bool), [(0, 0), (1, 1), (2, 2)], constant_values=True).ravel()
    assert graph.padding[: graph.offsets[1]].sum() == rim.sum() == 2 * (6 * 9 - 20)
    block = graph.block(0, 1).toarray()
    by_jacobian = jacobian(framed, (2, 6, 9))
    np.testing.assert_allclose(block[:40], by_jacobian[~rim], atol=1e-6)
    np.testing.assert_allclose(block[40:], by_jacobian[rim], atol=1e-6)


@pytest.mark.parametrize("name", ["resnet20", "wide_resnet28_2"])
def test_all_paths_together_are_the_networks_jacobian(name):
    """Where no ReLU cuts anything off, the weights of all paths from a pixel to an output add up to it."""
    model = networks.ARCHITECTURES[name](classes=4, size=8, channels=2, seed=1).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0
    masks = networks.uniform_masks(model, 0.9, seed=1)
    networks.apply_masks(model, masks)
    with torch.no_grad():
        for weight in networks.prunable(model).values():
            weight.abs_()
    graph = encodings.multipartite(model, masks, weights=True, padding=False)
    paths = np.eye(graph.nodes, 4, k=4 - graph.nodes)  # from each node to each output
    for layer in reversed(range(len(graph.names) - 1)):
        rows = slice(*graph.offsets[layer : layer + 2])
        paths[rows] = graph.adjacency[rows] @ paths
    inputs = torch.ones(1, 2, 8, 8, requires_grad=True)
    rows = [torch.autograd.grad(out, inputs, retain_graph=True)[0].flatten() for out in model(inputs)[0]]
    pooled = 2 * 2  # the last pooling takes means of 2 x 2, the encoding sums
    np.testing.assert_allclose(paths[: graph.offsets[1]], pooled * torch.stack(rows).T.numpy(), rtol=1e-3)


SIZES = {"conv6": 233_366, "resnet20": 191_894, "resnet32": 306_582, "wide_resnet28_2": 478_614}


@pytest.mark.parametrize("name", SIZES)
def test_node_counts_are_those_of_the_released_table(name):
    model = networks.ARCHITECTURES[name]()
    masks = {layer: np.zeros(tuple(w.shape), bool) for layer, w in networks.prunable(model).items()}
    assert encodings.multipartite(model, masks, compat="released").nodes == SIZES[name]
    assert encodings.multipartite(model, masks).edges == encodings.multipartite(
        model, masks, identities=False
    ).edges + _identity_skips(name)


@pytest.mark.skipif(not DATA, reason="NETWITHIN_DATA names no folder with the released tables")
def test_the_released_table_has_these_node_counts_and_ten_more_for_ten_more_classes():
    table = pd.read_csv(Path(DATA) / "mge" / "unrolled" / "unrolled.csv.gz")
    classes = table["dataset"].map({"CIFAR-10": 10, "CIFAR-100": 100, "tinyimagenet": 200})
    titles = {"conv6": "CONV-6", "resnet20": "Resnet-20", "resnet32": "Resnet-32"}
    titles["wide_resnet28_2"] = "Wide-Resnet-28-2"
    for name, title in titles.items():
        rows = table["model"] == title
        assert (table["nodes"] - classes)[rows].unique().tolist() == [SIZES[name] - 10]


def _identity_skips(name):
    stages = {"resnet20": (16384, 8192, 4096), "resnet32": (16384, 8192, 4096)}
    if name == "conv6":
        return 0
    if name == "wide_resnet28_2":
        return 3 * (32 * 1024 + 64 * 256 + 128 * 64)  # each stage begins with a projection
    blocks = 3 if name == "resnet20" else 5
    return blocks * stages[name][0] + (blocks - 1) * sum(stages[name][1:])


def test_the_sum_of_two_read_branches_gets_nodes_of_its_own():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = (nn.Conv2d(1, 1, 1) for _ in range(3))

        def forward(self, x):
            a, b = self.a(x), self.b(x)
            return self.c((a + b) * (2 / a.size(1))), a, b

    graph = encodings.multipartite(fill(Net(), 0), None, (1, 2, 2))
    assert graph.names == ("input", "a", "b", "add", "c")
    assert graph.between()[:, 3].tolist() == [0, 4, 4, 0, 0]  # four nodes, an edge from each branch
    assert graph.block(1, 3).toarray().tolist() == np.eye(4).tolist()


def test_a_layer_that_is_called_twice_has_two_layers_of_nodes():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 1)

        def forward(self, x):
            return self.conv(self.conv(x))

    graph = encodings.multipartite(Twice(), None, (2, 1, 1))
    assert graph.names == ("input", "conv", "conv call 2")
    assert graph.edges == 8
    assert set(encodings.unrolled(Twice(), None, (2, 1, 1))) == {"conv", "conv call 2"}


def test_classes_derived_from_a_layer_are_that_layer():
    class Scaled(nn.Conv2d):
        def forward(self, x):
            return 2 * super().forward(x)

    model = nn.Sequential(Scaled(1, 2, 2), nn.ReLU(), Scaled(2, 1, 2))
    assert encodings.multipartite(model, None, (1, 3, 3)).between().tolist() == [
        [0, 32, 0],
        [0, 0, 8],
        [0, 0, 0],
    ]


def test_the_model_is_left_as_it_was():
    model = networks.resnet20(size=8)
    model.stages[0].eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    state = torch.get_rng_state()
    encodings.multipartite(model, networks.uniform_masks(model, 0.99))
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


class Weird(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.conv, self.function = nn.Conv2d(1, 2, 3), function

    def forward(self, x):
        return self.function(self.conv(x))


@pytest.mark.parametrize(
    ("function", "same"),
    [
        (lambda x: 1 - x, lambda x: x),
        (lambda x: (x - 1) ** 2, lambda x: x),
        (lambda x: x.cos().sub(1).div(2).clamp_(0), lambda x: x),
        (lambda x: x.sum((2, 3)), lambda x: x.mean((2, 3))),
    ],
)
def test_what_acts_on_each_value_changes_nothing(function, same):
    values = function(torch.ones(1, 2, 2, 2)).numel()
    graphs = [
        encodings.multipartite(nn.Sequential(Weird(one), nn.Flatten(), nn.Linear(values, 3)), None, (1, 4, 4))
        for one in (function, same)
    ]
    assert np.array_equal(graphs[0].adjacency.toarray(), graphs[1].adjacency.toarray())
    assert graphs[0].edges == 2 * 9 * 4 + 3 * 8


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x * torch.sigmoid(x), "mul"),
        (lambda x: torch.cat([x, x], 1), "cat"),
        (lambda x: x.transpose(0, 1), "transpose"),
        (lambda x: x.flatten(), "batch"),
        (lambda x: F.interpolate(x, scale_factor=2), "interpolate"),
        (lambda x: x if x.sum() > 0 else -x, "torch.fx"),
        (lambda x: x.matmul(torch.ones(2, 2)), "matmul"),
        (lambda x: x - x.exp(), "sub"),
        (lambda x: x.chunk(2, 1)[0], "chunk"),  # several parts: none may be lost silently
        (lambda x: x.max(dim=1)[0], "max"),
        (lambda x: F.max_pool2d(x, 2, return_indices=True)[0], "max_pool2d"),
        (nn.MaxPool2d(2, return_indices=True), "MaxPool2d"),
        (nn.Linear(2, 2), "flattened"),
        (nn.Linear(9, 2), "shapes"),
        (nn.ConvTranspose2d(2, 2, 3), "ConvTranspose2d"),
        (nn.Upsample(scale_factor=2), "Upsample"),
    ],
)
def test_what_has_no_encoding_is_named(function, message):
    with pytest.raises(encodings.EncodingError, match=message):
        encodings.multipartite(Weird(function), None, (1, 4, 4))


def test_bad_arguments_are_refused():
    model = nn.Sequential(nn.Conv2d(1, 1, 1))
    with pytest.raises(ValueError, match="compat"):
        encodings.multipartite(model, None, (1, 2, 2), compat="old")
    with pytest.raises(ValueError, match="missing"):
        encodings.multipartite(model, {}, (1, 2, 2))
    with pytest.raises(encodings.EncodingError, match="3, 5, 5"):
        encodings.multipartite(model, None, (3, 5, 5))


def test_weights_of_zero_are_edges_unless_compat_says_otherwise():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 2))
    with torch.no_grad():
        model[1].weight.fill_(1.0)[0, 0] = 0.0
    for weights in (False, True):
        assert encodings.multipartite(model, None, (3, 1, 1), weights=weights).edges == 6
        assert encodings.multipartite(model, None, (3, 1, 1), weights=weights, compat="released").edges == 5


def small_graph(weights):
    model = fill(nn.Sequential(nn.Conv2d(1, 2, 2, padding=1), nn.Flatten(), nn.Linear(18, 3)), 0)
    return encodings.multipartite(
        model, random_masks(model, np.random.default_rng(0)), (1, 2, 2), weights=weights
    )


@pytest.mark.parametrize("weights", [False, True])
def test_other_libraries_get_the_same_graph(weights):
    graph = small_graph(weights)
    theirs = graph.to_networkx()
    order = range(graph.nodes)
    matrix = nx.to_scipy_sparse_array(theirs, nodelist=order, weight="weight")
    np.testing.assert_allclose(matrix.toarray(), graph.adjacency.toarray().astype(float))
    assert [theirs.nodes[v]["layer"] for v in order] == graph.layer_of.tolist()
    data = graph.to_torch_geometric()
    assert data.validate() and data.num_nodes == graph.nodes and data.num_edges == graph.edges
    assert np.array_equal(data.edge_index.numpy(), np.array(graph.adjacency.nonzero()))
    assert ("edge_attr" in data) == weights
    if weights:
        np.testing.assert_array_equal(data.edge_attr[:, 0].numpy(), graph.adjacency.data)
    kit = graph.to_networkit()
    assert kit.isDirected() and kit.numberOfNodes() == graph.nodes
    expected = {(i, j, float(w)) for i, j, w in zip(*scipy.sparse.find(graph.adjacency), strict=True)}
    assert {(i, j, w) for i, j, w in kit.iterEdgesWeights()} == expected


def test_layered_graphs_check_themselves():
    matrix = scipy.sparse.csr_array((3, 3), dtype=bool)
    good = encodings.LayeredGraph(matrix, [0, 1, 3], ("a", "b"))
    assert good.layer_of.tolist() == [0, 1, 1] and not good.padding.any() and not good.weighted
    for bad in (
        (matrix.tocsc(), [0, 1, 3], ("a", "b"), None),
        (matrix[:2], [0, 1, 3], ("a", "b"), None),
        (matrix, [0, 1, 2], ("a", "b"), None),
        (matrix, [0, 2, 1, 3], ("a", "b", "c"), None),
        (matrix, [0, 1, 3], ("a",), None),
        (matrix, [0, 1, 3], ("a", "b"), [True]),
    ):
        with pytest.raises(GraphError):
            encodings.LayeredGraph(*bad)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [6, 7])
def test_compat_repeats_the_released_codes_steps(stride, size):
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 4, 3, stride, padding=1))
    masks = random_masks(fill(model, 1), np.random.default_rng(size), 0.3)
    graph = encodings.multipartite(model, masks, (2, size, size), compat="released")
    rim = np.pad(np.zeros((2, size, size), bool), [(0, 0), (1, 1), (1, 1)], constant_values=True).ravel()
    # The released code numbers the input with its padding in place, this package puts the padding last.
    order = np.concatenate([np.flatnonzero(~rim), np.flatnonzero(rim)]).tolist()
    names = order + list(range(len(order), graph.nodes))
    found = Counter((names[i], names[j]) for i, j in zip(*graph.adjacency.nonzero(), strict=True))
    assert found == Counter(released_layers(model[0], model[2], (masks["0"], masks["2"]), size))
    inside = np.diag(graph.between()).sum()
    assert (inside > 0) == (stride == 2 and size % 2 == 0)


STRIDED = {"stages.1.0.conv1": (16, 32, 32), "stages.2.0.conv1": (32, 16, 16)}


def test_the_released_resnet20_departs_from_the_definition_in_its_stride_two_layers_only():
    model = networks.resnet20()
    masks = networks.uniform_masks(model, 0.98)
    found = encodings.departures(model, masks).set_index("target", append=True)
    assert len(found) == 22 and found["defined"].equals(found["counted"])
    odd = found[found["defined"] != found["released"]].reset_index("target").set_index("target")
    assert list(odd.index) == ["conv", *STRIDED]
    assert odd.loc["conv", "released"] == masks["conv"].sum() * 32 * 32  # its padding is kept
    assert (odd.loc[list(STRIDED), "inside"] > 1000).all()
    released = encodings.multipartite(model, masks, compat="released")
    defined = encodings.multipartite(model, masks, padding=False, identities=False)
    places = {defined.names.index(name) for name in STRIDED}
    elsewhere = np.argwhere(released.between() != defined.between())[:, 1]
    assert set(elsewhere.tolist()) == {1} | places | {place - 1 for place in places}


@pytest.mark.parametrize("name", STRIDED)
def test_the_stride_two_layers_of_resnet20_are_built_as_defined(name):
    model = networks.resnet20()
    masks = networks.uniform_masks(model, 0.98)
    graph = encodings.multipartite(model, masks, padding=False, identities=False)
    brute = Brute(STRIDED[name], padding=False)
    out = brute.conv(brute.input, "input", "out", model.get_submodule(name), masks[name])
    layer = graph.names.index(name)
    block = graph.block(layer - 1, layer).tocoo()
    assert block.shape == (np.prod(STRIDED[name]), out.size)
    expected = {
        (np.ravel_multi_index(source[1:], STRIDED[name]), np.ravel_multi_index(target[1:], out.shape))
        for source, target, _ in brute.edges
    }
    assert len(expected) == len(brute.edges) == block.nnz > 20_000
    assert set(zip(*(ends.tolist() for ends in block.coords), strict=True)) == expected
