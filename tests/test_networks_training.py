"""Training: the schedule, what a step does to a sparse network, and runs that go on where they stopped."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune as torch_prune

from netwithin import networks
from netwithin.networks.data import Pictures
from netwithin.networks.training import Outcome, Recipe, accuracy, augmented, recipe, train_sparse


@pytest.fixture(scope="module")
def pictures():
    """Stripes that lie or stand, with noise: 4 classes that a small network can learn."""
    random = np.random.default_rng(0)
    labels = np.arange(150) % 4
    rows, columns = np.indices((6, 6))
    stripes = np.stack([rows % 2, columns % 2, rows // 3, columns // 3]) * 160
    images = (stripes[labels] + random.integers(0, 60, (150, 6, 6))).astype(np.uint8)[:, None]
    return Pictures("stripes", images[:110], labels[:110], images[110:], labels[110:], 4, shift=1, flip=True)


def network(dropout=0.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    layers = [nn.utils.skip_init(nn.Conv2d, 1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten()]
    model = nn.Sequential(*layers, nn.Dropout(dropout), nn.utils.skip_init(nn.Linear, 144, 4))
    for parameter in networks.prunable(model).values():
        nn.init.kaiming_normal_(parameter, generator=generator)
    nn.init.zeros_(model[0].bias)
    nn.init.zeros_(model[-1].bias)
    return model


def state_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("dataset", "milestones"), [("cifar-10", [80, 120]), ("tiny-imagenet", [30, 60, 80])]
)
def test_the_schedule_is_torchs_at_the_papers_milestones(dataset, milestones):
    chosen = recipe(dataset, "resnet20")
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones, gamma=0.1)
    for epoch in range(chosen.epochs):
        assert chosen.rate(epoch) == pytest.approx(schedule.get_last_lr()[0], rel=1e-9)
        optimiser.step()
        schedule.step()
    assert chosen.epochs == (100 if dataset == "tiny-imagenet" else 160)
    assert recipe(dataset, "wide_resnet28_2").weight_decay == 5 * chosen.weight_decay == 5e-4
    assert recipe(dataset, "conv6", epochs=10).epochs == 10


def test_a_step_is_torchs_on_a_network_that_torch_has_pruned(pictures):
    chosen = Recipe(epochs=3, batch=32, learning_rate=0.05, augment=False, weight_decay=1e-2)
    model, theirs = network(), network()
    masks = networks.uniform_masks(model, 0.7, seed=2)
    train_sparse(model, masks, pictures, chosen, seed=4)
    for name, mask in masks.items():
        torch_prune.custom_from_mask(theirs.get_submodule(name), "weight", torch.from_numpy(mask))
    optimiser = torch.optim.SGD(theirs.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-2)
    images, labels = pictures.tensors("train")
    for epoch, rate in enumerate((0.05, 0.05, 0.0005)):  # both milestones, 1.5 and 2.25, round to epoch 2
        optimiser.param_groups[0]["lr"] = rate
        theirs.train()
        for rows in torch.from_numpy(np.random.default_rng([4, epoch]).permutation(110)).split(32):
            optimiser.zero_grad()
            F.cross_entropy(theirs(images[rows]), labels[rows]).backward()
            optimiser.step()
    for name, mask in masks.items():
        ours, layer = model.get_submodule(name).weight.detach(), theirs.get_submodule(name)
        expected = layer.weight_orig.detach() * torch.from_numpy(mask)  # `weight` is a step behind
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-6)
        assert (ours.numpy() != 0).sum() == mask.sum()


def test_it_learns(pictures):
    model = network()
    result = train_sparse(model, networks.uniform_masks(model, 0.5), pictures, Recipe(epochs=12, batch=16))
    assert result.accuracy > 0.9 and result.loss[-1] < result.loss[0] / 3
    assert result.train_accuracy[-1] > 0.8 and result.best_accuracy >= result.accuracy
    assert accuracy(model, *pictures.tensors("test")) == result.accuracy


def test_a_run_that_was_killed_ends_with_the_same_bits(pictures, tmp_path):
    chosen, file = Recipe(epochs=4, batch=32), tmp_path / "run.pt"
    masks = networks.uniform_masks(network(), 0.5)
    whole = network(dropout=0.3)
    expected = train_sparse(whole, masks, pictures, chosen, seed=1)

    class Killed(Exception):
        pass

    def kill(result):
        if result.epochs == 2:
            raise Killed

    with pytest.raises(Killed):
        train_sparse(network(dropout=0.3), masks, pictures, chosen, seed=1, checkpoint=file, on_epoch=kill)
    resumed, seen = network(dropout=0.3), []
    result = train_sparse(
        resumed, masks, pictures, chosen, seed=1, checkpoint=file, on_epoch=lambda r: seen.append(r.epochs)
    )
    assert seen == [3, 4]
    assert result == expected and same(state_of(whole), state_of(resumed))
    again = network(dropout=0.3)  # a finished run is only read
    assert train_sparse(again, masks, pictures, chosen, seed=1, checkpoint=file) == expected
    assert same(state_of(whole), state_of(again))


def test_another_runs_checkpoint_is_refused(pictures, tmp_path):
    chosen, file = Recipe(epochs=1, batch=64), tmp_path / "run.pt"
    train_sparse(network(), None, pictures, chosen, checkpoint=file)
    masks = networks.uniform_masks(network(), 0.5)
    with pytest.raises(ValueError, match=r"another run's \(seed differ\)"):
        train_sparse(network(), None, pictures, chosen, seed=1, checkpoint=file)
    with pytest.raises(ValueError, match=r"another run's \(masks, start differ\)"):
        train_sparse(network(), masks, pictures, chosen, checkpoint=file)
    with pytest.raises(ValueError, match=r"another run's \(settings differ\)"):
        train_sparse(network(), None, pictures, Recipe(epochs=2, batch=64), checkpoint=file)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"run\.pt is no checkpoint; delete it"):
        train_sparse(network(), None, pictures, chosen, checkpoint=file)


def test_the_seed_decides_and_the_global_generator_is_left_alone(pictures):
    chosen = Recipe(epochs=1, batch=32)
    before = torch.get_rng_state()
    states = []
    for seed in (0, 0, 1):
        model = network(dropout=0.5)
        train_sparse(model, None, pictures, chosen, seed=seed)
        states.append(state_of(model))
    assert same(states[0], states[1]) and not same(states[0], states[2])
    assert torch.equal(before, torch.get_rng_state())


def test_accuracy_is_measured_when_asked_and_at_the_end(pictures):
    result = train_sparse(network(), None, pictures, Recipe(epochs=5, batch=64, evaluate_every=2))
    assert [one is None for one in result.test_accuracy] == [True, False, True, False, False]
    assert Outcome().accuracy is None and Outcome().best_accuracy is None


def test_a_run_that_diverges_ends(pictures):
    model = network()
    with torch.no_grad():
        model[-1].weight[0, 0] = torch.inf
    result = train_sparse(model, None, pictures, Recipe(epochs=5))
    assert result.diverged and result.epochs == 1


def test_a_last_batch_of_one_is_left_out(pictures):
    sizes = []
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 4), nn.BatchNorm1d(4))
    model[1].register_forward_hook(lambda layer, _, out: sizes.append(len(out)) if layer.training else None)
    train_sparse(model, None, pictures, Recipe(epochs=1, batch=109))
    assert sizes == [109]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(2, 6),
    st.integers(2, 6),
    st.integers(0, 2),
    st.integers(0, 99),
)
def test_augmentation_is_crop_and_mirror(count, channels, height, width, shift, seed):
    random = np.random.default_rng(seed)
    images = torch.from_numpy(random.random((5, channels, height, width)))
    padded = F.pad(images, (shift,) * 4)
    rows = torch.from_numpy(random.integers(0, 5, count))
    offsets = torch.from_numpy(random.integers(0, 2 * shift + 1, (count, 2)))
    flips = torch.from_numpy(random.random(count) < 0.5)
    found = augmented(padded, rows, offsets, flips, (height, width))
    for k in range(count):
        y, x = offsets[k].tolist()
        expected = padded[rows[k], :, y : y + height, x : x + width]
        assert torch.equal(found[k], expected.flip(-1) if flips[k] else expected)


def test_pictures_are_moved_as_far_as_their_set_allows(pictures):
    seen = []
    model = network()
    model[0].register_forward_hook(lambda layer, given, _: seen.append(given[0]) if layer.training else None)
    train_sparse(model, None, pictures, Recipe(epochs=1, batch=110), seed=3)
    train_sparse(model, None, pictures, Recipe(epochs=1, batch=110, augment=False), seed=3)
    moved, still = seen
    order = np.random.default_rng([3, 0]).permutation(110)
    assert torch.equal(still, pictures.tensors("train")[0][order])
    variants = {}
    for k in range(110):
        wide = F.pad(still[k], (1, 1, 1, 1))
        crops = [(y, x, wide[:, y : y + 6, x : x + 6]) for y in range(3) for x in range(3)]
        fits = [
            (y, x, f)
            for y, x, crop in crops
            for f in (0, 1)
            if torch.equal(moved[k], crop.flip(-1) if f else crop)
        ]
        assert fits
        variants[fits[0]] = variants.get(fits[0], 0) + 1
    assert len(variants) == 18  # nine places, mirrored or not, all of them drawn


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Recipe(epochs=0)
    with pytest.raises(ValueError, match="shares of the epochs"):
        Recipe(milestones=(80, 120))
    model = copy.deepcopy(network())
    with pytest.raises(ValueError, match="masks are missing"):
        train_sparse(model, {}, None)
