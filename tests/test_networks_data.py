"""Pictures: what the loaders read, what they refuse, and how they are normalised."""

import dataclasses
import hashlib
import io
import os
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from netwithin.networks import data
from netwithin.networks.data import DataError, Pictures, per_class

DATA = os.environ.get("NETWITHIN_DATA")


def test_digits_are_scikit_learns_in_their_order():
    digits, origin = data.load("digits"), load_digits()
    images = np.concatenate([digits.train_images, digits.test_images])[:, 0]
    np.testing.assert_array_equal(np.round(images / 255 * 16), origin.images)
    np.testing.assert_array_equal(np.concatenate([digits.train_labels, digits.test_labels]), origin.target)
    assert digits.input_shape == (1, 8, 8) and not digits.flip and digits.shift == 1


def test_the_training_part_has_mean_0_and_deviation_1_in_every_channel():
    random = np.random.default_rng(0)
    images = (random.random((40, 3, 5, 5)) ** [[[1]], [[2]], [[3]]] * 255).astype(np.uint8)
    pictures = Pictures("some", images, np.arange(40) % 2, images[:4] // 2, np.arange(4) % 2, classes=2)
    scaled = images / 255
    np.testing.assert_allclose(pictures.mean, scaled.mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(pictures.std, scaled.std(axis=(0, 2, 3)), rtol=1e-9)
    train, labels = pictures.tensors("train")
    assert train.dtype == torch.float32 and labels.dtype == torch.int64
    np.testing.assert_allclose(train.mean(dim=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(dim=(0, 2, 3), correction=0), 1, atol=1e-5)
    test, _ = pictures.tensors("test")
    back = test.numpy() * pictures.std[:, None, None] + pictures.mean[:, None, None]
    np.testing.assert_allclose(back, pictures.test_images / 255, atol=1e-6)
    with pytest.raises(DataError, match="'train' or 'test', not 'val'"):
        pictures.tensors("val")


def test_arrays_that_do_not_fit_are_refused():
    images, labels = np.zeros((4, 1, 8, 8), np.uint8), np.array([0, 1, 0, 1])
    for broken in (
        {"train_images": images.astype(float)},
        {"test_images": images[:, :, :4]},
        {"train_labels": labels[:3]},
        {"test_labels": labels + 1},
        {"train_images": images[:0], "train_labels": labels[:0]},
    ):
        good = {"train_images": images, "train_labels": labels, "test_images": images, "test_labels": labels}
        with pytest.raises(DataError, match=r"^mine:"):
            Pictures("mine", **(good | broken), classes=2)


def test_as_many_of_each_class_and_every_example_has_its_chance():
    labels = np.array([0] * 5 + [1] * 9 + [2] * 30)
    drawn = [per_class(labels, 4, seed) for seed in range(200)]
    assert all((np.bincount(labels[rows]) == 4).all() and len(set(rows)) == 12 for rows in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=len(labels))
    expected = 200 * 4 / np.array([5, 9, 30])[labels]
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()
    with pytest.raises(DataError, match="class 0 has 5 examples, and 6 are needed"):
        per_class(labels, 6)


def packed(files):
    """A tar.gz of files by name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def cifar10_file():
    """Two records in each file of the published layout, and what they say."""
    random = np.random.default_rng(1)
    names = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    records = {name: random.integers(0, 256, (2, 3073), dtype=np.uint8) for name in names}
    for record in records.values():
        record[:, 0] %= 10
    files = {f"cifar-10-batches-bin/{name}": record.tobytes() for name, record in records.items()}
    return packed(files), np.concatenate([records[name] for name in names])


@pytest.fixture
def local(monkeypatch, tmp_path):
    """Put a file in the place of a data set's, pinned by its own digest."""

    def put(name, content):
        monkeypatch.setenv("NETWITHIN_DATA", str(tmp_path))
        (tmp_path / "images").mkdir(exist_ok=True)
        pinned = dataclasses.replace(data.card(name), digest=f"sha256:{hashlib.sha256(content).hexdigest()}")
        monkeypatch.setitem(data._CARDS, name, pinned)
        path = tmp_path / "images" / pinned.file
        path.write_bytes(content)
        return path

    return put


def test_cifar_10_in_its_binary_layout(local):
    content, records = cifar10_file()
    local("cifar-10", content)
    found = data.load("cifar-10")
    assert found.train_labels.tolist() == records[:10, 0].tolist()
    assert found.test_labels.tolist() == records[10:, 0].tolist()
    # Red, green, blue planes, each row by row.
    assert found.train_images[3, 1, 2, 5] == records[3, 1 + 1024 + 2 * 32 + 5]
    np.testing.assert_array_equal(found.test_images.reshape(2, -1), records[10:, 1:])


def test_cifar_100_has_the_fine_label_second(local):
    records = np.random.default_rng(2).integers(0, 256, (3, 3074), dtype=np.uint8)
    records[:, 0], records[:, 1] = [1, 2, 3], [70, 80, 99]
    parts = {"train.bin": records[:2].tobytes(), "test.bin": records[2:].tobytes()}
    local("cifar-100", packed({f"cifar-100-binary/{name}": part for name, part in parts.items()}))
    found = data.load("cifar-100")
    assert (
        found.classes == 100
        and found.train_labels.tolist() == [70, 80]
        and found.test_labels.tolist() == [99]
    )
    np.testing.assert_array_equal(found.train_images.reshape(2, -1), records[:2, 2:])


def jpeg(colour, mode="RGB"):
    buffer = io.BytesIO()
    Image.new(mode, (64, 64), colour).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def test_tiny_imagenet_is_halved_and_grey_pictures_get_three_channels(local):
    buffer, root = io.BytesIO(), "tiny-imagenet-200"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{root}/wnids.txt", "n02\nn01\n")
        archive.writestr(f"{root}/train/n01/images/n01_0.JPEG", jpeg((250, 10, 10)))
        archive.writestr(f"{root}/train/n02/images/n02_0.JPEG", jpeg(90, "L"))
        archive.writestr(f"{root}/train/n02/n02_boxes.txt", "n02_0.JPEG\t0\t0\t9\t9\n")
        archive.writestr(f"{root}/val/val_annotations.txt", "val_0.JPEG\tn02\t0\t0\t9\t9\n")
        archive.writestr(f"{root}/val/images/val_0.JPEG", jpeg((10, 10, 250)))
    local("tiny-imagenet", buffer.getvalue())
    found = data.load("tiny-imagenet")
    assert found.train_images.shape == (2, 3, 32, 32) and found.classes == 2
    assert found.train_labels.tolist() == [0, 1] and found.test_labels.tolist() == [1]
    colours = found.train_images.mean(axis=(2, 3))
    np.testing.assert_allclose(colours, [[250, 10, 10], [90, 90, 90]], atol=4)
    np.testing.assert_allclose(found.test_images.mean(axis=(2, 3)), [[10, 10, 250]], atol=4)


def test_a_file_that_is_not_the_pinned_one_is_refused(local):
    path = local("cifar-10", cifar10_file()[0])
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DataError, match="is not the pinned cifar-10"):
        data.load("cifar-10")


def test_a_file_that_cannot_be_read_is_named(local):
    for content in (b"no archive", packed({"elsewhere.bin": b""})):
        path = local("cifar-10", content)
        with pytest.raises(DataError, match=f"{path.name} cannot be read as cifar-10"):
            data.load("cifar-10")


def test_what_cannot_be_had_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("NETWITHIN_DATA", str(tmp_path))
    with pytest.raises(DataError, match="no data set named 'mnist'; the names are digits, cifar-10-subset"):
        data.load("mnist")
    with pytest.raises(DataError, match=r"put cifar10-subset\.npz into a folder 'images'"):
        data.load("cifar-10-subset")

    def refuse(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr("pooch.retrieve", refuse)
    with pytest.raises(DataError, match=r"toronto\.edu.*cannot be fetched \(OSError\); put cifar-100-binary"):
        data.load("cifar-100")


@pytest.mark.skipif(not DATA, reason="NETWITHIN_DATA names no folder with the pictures")
def test_the_excerpt_of_cifar_10():
    found = data.load("cifar-10-subset")
    assert found.train_images.shape == (5085, 3, 32, 32) and found.test_images.shape == (1017, 3, 32, 32)
    assert (np.bincount(found.train_labels) > 400).all()
    # The full set's means and deviations, as everybody normalises by them, to a percent.
    np.testing.assert_allclose(found.mean, [0.4914, 0.4822, 0.4465], atol=0.01)
    np.testing.assert_allclose(found.std, [0.2470, 0.2435, 0.2616], atol=0.01)
