"""Labelled pictures to prune and train on: a bundled set, an excerpt, and the paper's three by download."""

import dataclasses
import functools
import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

DATA_VARIABLE = "NETWITHIN_DATA"


class DataError(ValueError):
    """A data set cannot be had, or is not the one that was pinned; the message says what to do about it."""


@dataclasses.dataclass(frozen=True, eq=False)
class Pictures:
    """Labelled pictures in two parts, and how they may be moved about without changing what they show.

    Parameters
    ----------
    name : str
    train_images, test_images : uint8[n, channels, size, size]
    train_labels, test_labels : int64[n]
        0 to classes - 1.
    classes : int
    shift : int
        Pixels by which a picture may be moved when it is augmented.
    flip : bool
        Whether a mirrored picture keeps its label; a mirrored digit does not.

    Raises
    ------
    DataError
        If the arrays do not fit together.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    shift: int = 4
    flip: bool = True

    def __post_init__(self):
        for part in ("train", "test"):
            images, labels = self.part(part)
            if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != self.input_shape:
                raise DataError(f"{self.name}: {part}_images is {images.dtype}{list(images.shape)}")
            if labels.shape != (len(images),) or not len(labels):
                raise DataError(f"{self.name}: {len(images)} {part} images, labels of shape {labels.shape}")
            if labels.min() < 0 or labels.max() >= self.classes:
                raise DataError(f"{self.name}: {part}_labels are not 0 to {self.classes - 1}")

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of one picture."""
        return tuple(self.train_images.shape[1:])

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The images and labels of the part "train" or "test"."""
        if name not in ("train", "test"):
            raise DataError(f"a part is 'train' or 'test', not {name!r}")
        return getattr(self, f"{name}_images"), getattr(self, f"{name}_labels")

    @functools.cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        # A histogram per channel instead of a float copy of 50,000 pictures.
        values = np.arange(256) / 255
        counts = np.array([np.bincount(c.ravel(), minlength=256) for c in self.train_images.swapaxes(0, 1)])
        shares = counts / counts.sum(axis=1, keepdims=True)
        mean = shares @ values
        return mean, np.sqrt(shares @ values**2 - mean**2)

    @property
    def mean(self) -> np.ndarray:
        """float64[channels], mean of the training pixels, from 0 to 1."""
        return self._moments[0]

    @property
    def std(self) -> np.ndarray:
        """float64[channels], standard deviation of the training pixels."""
        return self._moments[1]

    def tensors(self, part: str = "train", device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """A part as a network takes it: normalised by the training part's mean and deviation.

        Parameters
        ----------
        part : {"train", "test"}
        device : str

        Returns
        -------
        images : torch.Tensor
            float32[n, channels, size, size].
        labels : torch.Tensor
            int64[n].
        """
        images, labels = self.part(part)
        mean = torch.tensor(self.mean, dtype=torch.float32, device=device)[:, None, None]
        std = torch.tensor(self.std, dtype=torch.float32, device=device)[:, None, None]
        scaled = torch.tensor(images, dtype=torch.float32, device=device).div_(255)
        return scaled.sub_(mean).div_(std), torch.tensor(labels, dtype=torch.int64, device=device)


def per_class(labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Choose examples, the same number of each class, in a random order.

    Parameters
    ----------
    labels : int[n]
    count : int
        Examples of each class.
    seed : int

    Returns
    -------
    int64[classes * count]
        Positions.

    Raises
    ------
    DataError
        If a class has fewer examples.

    Examples
    --------
    >>> labels = np.array([0, 1, 0, 1, 1])
    >>> sorted(labels[per_class(labels, 2)].tolist())
    [0, 0, 1, 1]
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    shuffled = np.asarray(labels)[order]
    classes, found = np.unique(shuffled, return_counts=True)
    if found.min(initial=count) < count:
        raise DataError(f"class {classes[found.argmin()]} has {found.min()} examples, and {count} are needed")
    chosen = [np.flatnonzero(shuffled == one)[:count] for one in classes]
    return order[np.sort(np.concatenate(chosen))]


@dataclasses.dataclass(frozen=True)
class Card:
    """What is known about a data set.

    Parameters
    ----------
    name : str
        As `load` takes it.
    title : str
        What it is.
    source : str
        The reference.
    read : callable
        File -> `Pictures`.
    file : str
        Name of the file, in the folder `images` of the data, or as downloaded; none for the bundled set.
    url : str
        Where the file can be fetched.
    digest : str
        Algorithm and hexadecimal digest of the file.
    """

    name: str
    title: str
    source: str
    read: Callable
    file: str = ""
    url: str = ""
    digest: str = ""


def names() -> list[str]:
    """The names that `load` knows.

    Examples
    --------
    >>> names()
    ['digits', 'cifar-10-subset', 'cifar-10', 'cifar-100', 'tiny-imagenet']
    """
    return list(_CARDS)


def card(name: str) -> Card:
    """What is known about a data set.

    Parameters
    ----------
    name : str

    Returns
    -------
    Card

    Raises
    ------
    DataError
        If there is none of that name.

    Examples
    --------
    >>> card("digits").title
    '1,797 handwritten digits, 8 x 8 grey pixels'
    """
    if name not in _CARDS:
        raise DataError(f"there is no data set named {name!r}; the names are {', '.join(_CARDS)}")
    return _CARDS[name]


def load(name: str) -> Pictures:
    """Load a data set by name.

    The digits come with scikit-learn. Any other is read from the folder `images` in the folder that the
    environment variable `NETWITHIN_DATA` names, or else downloaded once from its card's address and kept in
    the user's cache. Either way the file must have its card's digest.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Pictures

    Raises
    ------
    DataError
        If the name is unknown, the file can be had neither from a folder nor from its origin, or it is not
        the one that was pinned here.

    Examples
    --------
    >>> digits = load("digits")
    >>> digits.train_images.shape, digits.test_images.shape, digits.classes
    ((1437, 1, 8, 8), (360, 1, 8, 8), 10)
    """
    chosen = card(name)
    if not chosen.file:
        return chosen.read()
    path = _file(chosen)
    try:
        return chosen.read(path)
    except (OSError, EOFError, KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as {name} ({error}); delete it to fetch it anew") from None


def _file(chosen: Card) -> Path:
    """The data set's file, checked: a local copy, or else the download."""
    import pooch

    remedy = f"put {chosen.file} into a folder 'images' and set {DATA_VARIABLE} to its parent"
    folder = os.environ.get(DATA_VARIABLE)
    local = Path(folder) / "images" / chosen.file if folder else None
    if local and local.is_file():
        algorithm, digest = chosen.digest.split(":")
        if pooch.file_hash(str(local), algorithm) != digest:
            raise DataError(f"{local} is not the pinned {chosen.name}; it changed or is damaged")
        return local
    if not chosen.url:
        raise DataError(f"{chosen.name} is not there to download; {remedy}")
    cache = pooch.os_cache("netwithin")
    try:
        return Path(pooch.retrieve(chosen.url, chosen.digest, fname=chosen.file, path=cache))
    except (OSError, ValueError) as error:
        raise DataError(f"{chosen.url} cannot be fetched ({type(error).__name__}); {remedy}") from None


def _digits() -> Pictures:
    """The test part is the last fifth, unmixed: neighbours in this order are by the same hand."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.round(found.images * (255 / 16)).astype(np.uint8)[:, None]
    labels, cut = found.target.astype(np.int64), len(images) * 4 // 5
    return Pictures(
        "digits", images[:cut], labels[:cut], images[cut:], labels[cut:], classes=10, shift=1, flip=False
    )


def _excerpt(path: Path) -> Pictures:
    with np.load(path, allow_pickle=False) as arrays:
        images = {part: arrays[f"{part}_images"] for part in ("train", "test")}
        labels = {part: arrays[f"{part}_labels"].astype(np.int64) for part in ("train", "test")}
    return _pictures("cifar-10-subset", images, labels, classes=10)


def _pictures(name: str, images: Mapping, labels: Mapping, classes: int) -> Pictures:
    return Pictures(name, images["train"], labels["train"], images["test"], labels["test"], classes)


def _cifar(path: Path, classes: int) -> Pictures:
    """CIFAR's binary files: records of one label (CIFAR-100: coarse, then fine) and 3 x 32 x 32 bytes."""
    folder, before = ("cifar-10-batches-bin", 0) if classes == 10 else ("cifar-100-binary", 1)
    train = [f"data_batch_{k}.bin" for k in range(1, 6)] if classes == 10 else ["train.bin"]
    files = {"train": train, "test": ["test_batch.bin" if classes == 10 else "test.bin"]}
    images, labels = {}, {}
    with tarfile.open(path) as archive:
        for part, members in files.items():
            content = b"".join(archive.extractfile(f"{folder}/{member}").read() for member in members)
            records = np.frombuffer(content, np.uint8).reshape(-1, before + 1 + 3 * 32 * 32)
            labels[part] = records[:, before].astype(np.int64)
            images[part] = records[:, before + 1 :].reshape(-1, 3, 32, 32)
    return _pictures(f"cifar-{classes}", images, labels, classes)


def _tiny_imagenet(path: Path) -> Pictures:
    """64 x 64 JPEG files, halved by averaging for networks that see 32 x 32; validation is the test part."""
    root = "tiny-imagenet-200"
    with zipfile.ZipFile(path) as archive:
        label = {one: k for k, one in enumerate(sorted(archive.read(f"{root}/wnids.txt").decode().split()))}
        train = sorted(
            name
            for name in archive.namelist()
            if name.startswith(f"{root}/train/") and name.endswith(".JPEG")
        )
        lines = archive.read(f"{root}/val/val_annotations.txt").decode().splitlines()
        val = [line.split("\t")[:2] for line in lines if line]
        images = {
            "train": np.stack([_halved(archive.read(name)) for name in train]),
            "test": np.stack([_halved(archive.read(f"{root}/val/images/{name}")) for name, _ in val]),
        }
    labels = {
        "train": np.array([label[name.split("/")[2]] for name in train]),
        "test": np.array([label[one] for _, one in val]),
    }
    return _pictures("tiny-imagenet", images, labels, classes=len(label))


def _halved(content: bytes) -> np.ndarray:
    """A JPEG file as uint8[3, 32, 32]; grey ones get three equal channels."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        small = picture.convert("RGB").resize((32, 32), Image.Resampling.BOX)
        return np.asarray(small).transpose(2, 0, 1)


_KRIZHEVSKY = "Krizhevsky, Learning multiple layers of features from tiny images, 2009"
_TORONTO = "https://www.cs.toronto.edu/~kriz"
_CARDS = {
    one.name: one
    for one in (
        Card(
            "digits",
            "1,797 handwritten digits, 8 x 8 grey pixels",
            "Alpaydin & Kaynak, Optical recognition of handwritten digits, 1998, as in scikit-learn",
            _digits,
        ),
        Card(
            "cifar-10-subset",
            "6,102 pictures of CIFAR-10",
            _KRIZHEVSKY,
            _excerpt,
            file="cifar10-subset.npz",
            digest="sha256:c1816e3804ac89b3e91346b5093b17e26fef8e86789b547282c41e9ace636afd",
        ),
        Card(
            "cifar-10",
            "60,000 pictures of 10 classes, 32 x 32 colour pixels",
            _KRIZHEVSKY,
            functools.partial(_cifar, classes=10),
            file="cifar-10-binary.tar.gz",
            url=f"{_TORONTO}/cifar-10-binary.tar.gz",
            digest="sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
        Card(
            "cifar-100",
            "60,000 pictures of 100 classes, 32 x 32 colour pixels",
            _KRIZHEVSKY,
            functools.partial(_cifar, classes=100),
            file="cifar-100-binary.tar.gz",
            url=f"{_TORONTO}/cifar-100-binary.tar.gz",
            digest="sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        ),
        Card(
            "tiny-imagenet",
            "110,000 pictures of 200 classes, reduced to 32 x 32 colour pixels",
            "Le & Yang, Tiny ImageNet visual recognition challenge, 2015",
            _tiny_imagenet,
            file="tiny-imagenet-200.zip",
            url="http://cs231n.stanford.edu/tiny-imagenet-200.zip",
            digest="md5:90528d7ca1a48142e341f4ef8d21d0de",
        ),
    )
}
