"""Each pruner against its formula, by other means than those that it is computed with."""

import copy
import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from netwithin import networks
from netwithin.networks import cuts, pruners
from netwithin.networks.data import Pictures
from netwithin.networks.pruners import PRUNERS, LayerCollapse, grasp, prospr, prune, prunings, snip

STEP = 1e-5


@pytest.fixture
def tiny():
    """A convolution, a batch norm, a linear layer; smooth, so that differences converge; float64."""
    generator = torch.Generator().manual_seed(3)
    layers = [
        nn.utils.skip_init(nn.Conv2d, 2, 3, 3, padding=1),
        nn.BatchNorm2d(3),
        nn.Softplus(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.utils.skip_init(nn.Linear, 12, 4),
    ]
    model = nn.Sequential(*layers)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    return model.double()


def examples(count, seed=0, shape=(2, 4, 4), classes=4):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(count, *shape, generator=generator, dtype=torch.float64)
    return images, torch.randint(classes, (count,), generator=generator)


def differences(model, measure):
    """d measure / d mask of every prunable weight at a mask of ones, by central differences."""
    slopes = {}
    for name, weight in networks.prunable(model).items():
        slope = torch.zeros_like(weight)
        for place in itertools.product(*map(range, weight.shape)):
            sides = []
            for factor in (1 + STEP, 1 - STEP):
                moved = copy.deepcopy(model)
                with torch.no_grad():
                    networks.prunable(moved)[name][place] *= factor
                sides.append(measure(moved).item())
            slope[place] = (sides[0] - sides[1]) / (2 * STEP)
        slopes[name] = slope
    return slopes


def test_snip_is_the_slope_of_the_loss_in_the_mask(tiny):
    images, labels = examples(12)
    slopes = differences(tiny, lambda model: F.cross_entropy(model(images), labels))
    for name, scores in snip(tiny, images, labels).items():
        torch.testing.assert_close(scores, slopes[name].abs(), rtol=1e-5, atol=1e-9)


def test_removing_one_weight_is_what_a_mask_of_one_hole_does(tiny):
    images, labels = examples(12)
    name, places = "0", [0, 7, 53]
    changes = pruners.without_each(tiny, name, places, images, labels)
    before = F.cross_entropy(tiny(images), labels).item()
    for place, change in zip(places, changes, strict=True):
        masks = networks.as_masks(tiny)
        masks[name].ravel()[place] = False
        with networks.apply_masks(tiny, masks):
            assert F.cross_entropy(tiny(images), labels).item() - before == pytest.approx(change, abs=1e-12)


def test_grasp_is_the_slope_of_the_gradients_norm_in_the_mask(tiny):
    images, labels = examples(12)

    def half_norm(model):
        weights = list(networks.prunable(model).values())
        gradients = torch.autograd.grad(F.cross_entropy(model(images) / 5, labels), weights)
        return sum((gradient**2).sum() for gradient in gradients) / 2

    slopes = differences(tiny, half_norm)
    for name, scores in grasp(tiny, images, labels, temperature=5.0).items():
        torch.testing.assert_close(scores, slopes[name], rtol=1e-5, atol=1e-9)


def test_prospr_is_the_slope_of_the_loss_after_descent(tiny):
    batches = [examples(8, seed) for seed in range(4)]

    def loss_after(model):
        optimiser = torch.optim.SGD(model.parameters(), lr=0.3)
        for images, labels in batches[:-1]:
            optimiser.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            optimiser.step()
        return F.cross_entropy(model(batches[-1][0]), batches[-1][1])

    slopes = differences(tiny, loss_after)
    for name, scores in prospr(tiny, batches, learning_rate=0.3).items():
        torch.testing.assert_close(scores, slopes[name].abs(), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("score", [snip, grasp])
def test_several_passes_give_the_gradient_of_all_examples(score, monkeypatch):
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 5), nn.Softplus(), nn.Linear(5, 4)).double()
    images, labels = examples(31)
    at_once = score(model, images, labels)
    sizes = []
    model[0].register_forward_hook(lambda *call: sizes.append(len(call[2])))
    monkeypatch.setattr(pruners, "PASS", 8)
    score(model, images, labels)
    assert sizes[:4] == [8, 8, 8, 7]
    for name, scores in score(model, images, labels).items():
        torch.testing.assert_close(scores, at_once[name])


def test_synflow_in_a_hundred_rounds_against_matrix_products():
    generator = torch.Generator().manual_seed(1)
    model = nn.Sequential(nn.Linear(6, 8, bias=False), nn.ReLU(), nn.Linear(8, 7, bias=False), nn.ReLU())
    model.append(nn.Linear(7, 3, bias=False))
    for parameter in model.parameters():
        nn.init.normal_(parameter, generator=generator)
    full = [np.abs(w.detach().numpy().astype(np.float64)) for w in networks.prunable(model).values()]
    left = [np.ones_like(weight) for weight in full]
    for k in range(1, 101):
        a, b, c = (weight * mask for weight, mask in zip(full, left, strict=True))
        scores = [
            a * np.outer(np.ones(3) @ c @ b, np.ones(6)),
            b * np.outer(np.ones(3) @ c, a @ np.ones(6)),
            c * np.outer(np.ones(3), b @ a @ np.ones(6)),
        ]
        keep = round(0.4 ** (k / 100) * 125)
        threshold = np.sort(np.concatenate([one.ravel() for one in scores]))[-keep]
        left = [(one >= threshold).astype(float) for one in scores]
    # Sparser, units with one weight in and one out appear, whose two flows are equal but for rounding.
    assert sum(one.sum() for one in left) == 50
    masks = prune(model, "synflow", 0.6, input_shape=(6,))
    for found, expected in zip(masks.values(), left, strict=True):
        np.testing.assert_array_equal(found, expected > 0)


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (120, 1, 8, 8), dtype=np.uint8)
    labels = np.arange(120) % 4
    return Pictures("noise", images, labels, images[:20], labels[:20], classes=4)


def small():
    return networks.resnet20(classes=4, size=8, channels=1, seed=1)


@pytest.mark.parametrize("name", list(PRUNERS))
def test_masks_are_exact_seeded_and_leave_no_trace(name, pictures, monkeypatch):
    monkeypatch.setattr(pruners, "ROUNDS", 4)
    monkeypatch.setattr(pruners, "STEP_BATCH", 16)
    model = small()
    before, generator = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    masks = prune(model, name, 0.8, pictures, seed=1)
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert torch.equal(generator, torch.get_rng_state())
    shapes = {key: tuple(weight.shape) for key, weight in networks.prunable(model).items()}
    assert {key: mask.shape for key, mask in masks.items()} == shapes
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    exact = sum(round(0.2 * size) for size in sizes) if name == "uniform" else round(0.2 * sum(sizes))
    assert sum(mask.sum() for mask in masks.values()) == exact
    again, other = prune(model, name, 0.8, pictures, seed=1), prune(model, name, 0.8, pictures, seed=2)
    assert all(np.array_equal(masks[key], again[key]) for key in masks)
    differs = any(not np.array_equal(masks[key], other[key]) for key in masks)
    assert differs == (name != "synflow")  # which sees nothing but the weights
    if PRUNERS[name].scored:
        for mask in prune(model, name, 0.8, pictures, scope="layer").values():
            assert mask.sum() == round(0.2 * mask.size)


@pytest.mark.parametrize("name", list(PRUNERS))
def test_several_sparsities_at_once_are_those_one_by_one(name, pictures, monkeypatch):
    monkeypatch.setattr(pruners, "ROUNDS", 4)
    monkeypatch.setattr(pruners, "STEP_BATCH", 16)
    shares, model = [0.95, 0.5, 0.8], small()
    together = prunings(model, name, shares, pictures, seed=1)
    for share, masks in zip(shares, together, strict=True):
        alone = prune(model, name, share, pictures, seed=1)
        assert all(np.array_equal(masks[key], alone[key]) for key in alone)
    with pytest.raises(ValueError, match="leaves no part"):
        prunings(model, name, [0.5, 1.0], pictures)


@pytest.mark.parametrize(("name", "kernels"), [("er", False), ("erk", True)])
def test_random_graphs_have_their_layers_counts(name, kernels):
    masks = prune(small(), name, 0.95, seed=3)
    shapes = [mask.shape for mask in masks.values()]
    total = sum(mask.size for mask in masks.values())
    counts = cuts.erdos_renyi_counts(shapes, round(0.05 * total), kernels)
    assert [mask.sum() for mask in masks.values()] == counts.tolist()
    # Within a layer the draw is even: half of a large layer has half of what is kept, give or take 5 sigma.
    large = max(masks.values(), key=np.size)
    half, rate = large.size // 2, large.mean()
    assert abs(large.ravel()[:half].sum() - half * rate) < 5 * np.sqrt(half * rate)


def test_uniform_is_the_uniform_of_the_masks():
    ours, theirs = prune(small(), "uniform", 0.9, seed=5), networks.uniform_masks(small(), 0.9, 5)
    assert all(np.array_equal(ours[key], theirs[key]) for key in theirs)


def test_collapse_is_reported_and_synflow_avoids_it():
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(nn.Flatten())
    for before, after in itertools.pairwise([64, 80, 80, 80, 80, 4]):
        model.extend([nn.utils.skip_init(nn.Linear, before, after, bias=False), nn.ReLU()])
        nn.init.kaiming_normal_(model[-2].weight, generator=generator)
    images, labels = examples(80, shape=(1, 8, 8))
    with pytest.warns(LayerCollapse, match=r"SNIP at sparsity 0.9995 keeps no weight of \d"):
        masks = prune(model[:-1], "snip", 0.9995, (images, labels))
    assert networks.flow.collapsed(masks)
    assert not networks.flow.collapsed(prune(model[:-1], "synflow", 0.9995, input_shape=(1, 8, 8)))


def test_what_cannot_be_done_is_said(pictures):
    with pytest.raises(ValueError, match=r"no pruner 'magic'; there are snip, grasp"):
        prune(small(), "magic", 0.5)
    with pytest.raises(ValueError, match="GraSP looks at examples"):
        prune(small(), "grasp", 0.5)
    with pytest.raises(ValueError, match="ERK has densities of its own"):
        prune(small(), "erk", 0.5, scope="global")
    with pytest.raises(ValueError, match="leaves no part"):
        prune(small(), "snip", 1.0, pictures)
    with pytest.raises(ValueError, match="global or layer"):
        prune(small(), "snip", 0.5, pictures, scope="channel")
    with pytest.raises(ValueError, match="give input_shape"):
        prune(nn.Linear(2, 3), "synflow", 0.5)
    few = (torch.zeros(12, 1, 8, 8), torch.arange(12) % 4)
    with pytest.raises(ValueError, match="has 3 examples, and 10 are needed"):
        prune(small(), "snip", 0.5, few)
    broken = small()
    with torch.no_grad():
        broken.conv.weight[0, 0, 0, 0] = torch.nan
    with pytest.raises(ValueError, match="no numbers"):
        prune(broken, "snip", 0.5, pictures)


class WithAHead(nn.Module):
    """Two layers, and a third that takes no part."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(4, 3), nn.Linear(3, 2), nn.Linear(3, 2)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


EXAMPLES = torch.randn(40, 4, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 2


@pytest.mark.parametrize("name", ["snip", "prospr", "synflow"])
def test_a_layer_that_takes_no_part_is_pruned_first(name):
    with pytest.warns(LayerCollapse, match="head"):
        found = prune(WithAHead(), name, 0.25, EXAMPLES, input_shape=(4,))
    assert found["first"].all() and found["second"].all() and not found["head"].any()


def test_a_weight_that_two_layers_share_is_refused():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    with pytest.raises(ValueError, match="share"):
        prune(model, "er", 0.5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("name", list(PRUNERS))
def test_masks_from_another_device_keep_as_many_weights(name, pictures):
    masks = [prune(small(), name, 0.9, pictures, device=device) for device in ("cpu", "cuda")]
    counts = [sum(int(mask.sum()) for mask in one.values()) for one in masks]
    alike = np.concatenate([(masks[0][layer] == masks[1][layer]).ravel() for layer in masks[0]])
    assert counts[0] == counts[1] and alike.mean() > 0.99
