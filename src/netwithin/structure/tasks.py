"""What the networks are trained on: the paper's tables and pictures, bundled data where there are any."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split

from netwithin.networks import data

#: Share of a table's rows that are the test part.
TEST_SHARE = 0.2
#: Rows of forest cover that are used, of 581,012.
FOREST_ROWS = 10_000
_SHARED = {"california_housing": "california-housing.csv.gz", "forest_cover": "covtype-subset.csv.gz"}


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """Inputs and targets in two parts, and the score that is read from them.

    Parameters
    ----------
    name : str
        As in `names()`.
    train_inputs, test_inputs : torch.Tensor
        float32[n, features] of a table, float32[n, channels, size, size] of pictures; normalised by the
        training part's mean and standard deviation.
    train_targets, test_targets : torch.Tensor
        int64[n] classes, or float32[n] values with mean 0 and standard deviation 1 over the training part.
    outputs : int
        Classes, or 1 for values.
    score : str
        "accuracy" or "R²".

    Examples
    --------
    >>> moons = load("two_moons")
    >>> moons.train_inputs.shape, moons.outputs, moons.score
    (torch.Size([800, 2]), 2, 'accuracy')
    """

    name: str
    train_inputs: torch.Tensor
    train_targets: torch.Tensor
    test_inputs: torch.Tensor
    test_targets: torch.Tensor
    outputs: int
    score: str

    @property
    def pictures(self) -> bool:
        """Whether the inputs are pictures, for which the network is a CNN."""
        return self.train_inputs.ndim == 4

    def part(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """The inputs and targets of the part "train" or "test"."""
        return getattr(self, f"{name}_inputs"), getattr(self, f"{name}_targets")

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """What training makes small: the cross-entropy of classes, the mean squared error of values."""
        if self.score == "accuracy":
            return torch.nn.functional.cross_entropy(outputs, targets)
        return torch.nn.functional.mse_loss(outputs[:, 0], targets)

    @torch.no_grad()
    def judge(self, model: torch.nn.Module, part: str) -> float:
        """Score a network on a part: its accuracy from 0 to 1, or R², at most 1, against the part's mean."""
        inputs, targets = self.part(part)
        outputs = model(inputs)
        if self.score == "accuracy":
            return float((outputs.argmax(1) == targets).double().mean())
        errors, spread = outputs[:, 0] - targets, targets - targets.mean()
        return 1 - float((errors.double() ** 2).sum() / (spread.double() ** 2).sum())


def names() -> list[str]:
    """The names that `load` knows, in the order of the paper's tables.

    Examples
    --------
    >>> names()
    ['two_moons', 'california_housing', 'forest_cover', 'cifar_10_subset', 'digits']
    """
    return list(_LOADERS)


def load(name: str) -> Task:
    """Load a task.

    The moons are drawn and the digits come with scikit-learn. The houses and the forest are read from the
    folder `tabular` in the folder that the environment variable `NETWITHIN_DATA` names, which holds excerpts,
    or else downloaded by scikit-learn; the pictures of CIFAR-10 come as in `netwithin.networks.data`.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Task

    Raises
    ------
    ValueError
        If there is no such task, or its data cannot be had; the message says what to do.

    Examples
    --------
    >>> digits = load("digits")
    >>> digits.pictures, tuple(digits.train_inputs.shape)
    (True, (1437, 1, 8, 8))
    """
    if name not in _LOADERS:
        raise ValueError(f"there is no task {name!r}; the names are {', '.join(_LOADERS)}")
    return _LOADERS[name]()


def _two_moons() -> Task:
    """A thousand points, blurred so much that no network gets them all right at once."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(1000, noise=0.2, random_state=0)
    return _tabular("two_moons", points, labels.astype(np.int64), classes=2)


def _california_housing() -> Task:
    """Scikit-learn's eight features of a block of houses; the excerpt has them before the division."""
    if (path := _shared("california_housing")) is not None:
        found = pd.read_csv(path)
        homes = found["households"]
        features = np.column_stack(
            [
                found["median_income"],
                found["housing_median_age"],
                found["total_rooms"] / homes,
                found["total_bedrooms"] / homes,
                found["population"],
                found["population"] / homes,
                found["latitude"],
                found["longitude"],
            ]
        )
        return _tabular("california_housing", features, found["median_house_value"].to_numpy() / 1e5)
    from sklearn.datasets import fetch_california_housing

    bunch = _fetched(fetch_california_housing, "california_housing")
    return _tabular("california_housing", bunch.data, bunch.target)


def _forest_cover() -> Task:
    if (path := _shared("forest_cover")) is not None:
        found = pd.read_csv(path).to_numpy()
        values, labels = found[:, :-1], found[:, -1]
    else:
        from sklearn.datasets import fetch_covtype

        bunch = _fetched(fetch_covtype, "forest_cover")
        chosen = np.random.default_rng(0).choice(len(bunch.target), FOREST_ROWS, replace=False)
        values, labels = bunch.data[chosen], bunch.target[chosen]
    return _tabular("forest_cover", values, labels.astype(np.int64) - 1, classes=7)


def _images(name: str, source: str) -> Task:
    try:
        pictures = data.load(source)
    except data.DataError as error:
        raise ValueError(str(error)) from None
    train, test = pictures.tensors("train"), pictures.tensors("test")
    return Task(name, *train, *test, outputs=pictures.classes, score="accuracy")


_LOADERS: dict[str, Callable[[], Task]] = {
    "two_moons": _two_moons,
    "california_housing": _california_housing,
    "forest_cover": _forest_cover,
    "cifar_10_subset": lambda: _images("cifar_10_subset", "cifar-10-subset"),
    "digits": lambda: _images("digits", "digits"),
}


def _shared(name: str) -> Path | None:
    """The excerpt of a table, if the folder of data has it."""
    folder = os.environ.get(data.DATA_VARIABLE)
    path = Path(folder) / "tabular" / _SHARED[name] if folder else None
    return path if path and path.is_file() else None


def _fetched(fetch: Callable, name: str):
    """What scikit-learn downloads, once, to its own cache."""
    try:
        return fetch()
    except OSError as error:
        raise ValueError(
            f"scikit-learn cannot download {name} ({type(error).__name__}); put {_SHARED[name]} into a "
            f"folder 'tabular' and set {data.DATA_VARIABLE} to its parent"
        ) from None


def _tabular(name: str, values: np.ndarray, targets: np.ndarray, classes: int = 0) -> Task:
    """Split a table, the same rows each time, and normalise it; rows with a missing value are left out."""
    whole = np.isfinite(values).all(axis=1)
    parts = train_test_split(values[whole], targets[whole], test_size=TEST_SHARE, random_state=0)
    train, test, train_targets, test_targets = parts
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(std > 0, std, 1.0)
    if not classes:
        centre, width = train_targets.mean(), train_targets.std()
        train_targets, test_targets = ((part - centre) / width for part in (train_targets, test_targets))
    kind = np.int64 if classes else np.float32
    return Task(
        name,
        torch.from_numpy(((train - mean) / std).astype(np.float32)),
        torch.from_numpy(train_targets.astype(kind)),
        torch.from_numpy(((test - mean) / std).astype(np.float32)),
        torch.from_numpy(test_targets.astype(kind)),
        outputs=classes or 1,
        score="accuracy" if classes else "R²",
    )
