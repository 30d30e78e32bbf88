"""Five ways to feed the trainer (Section 6.5): the same batches in the same order, at different speeds.

A feed is a callable `feed(inputs, targets, chunk, device)` that returns something to iterate over once an
epoch, which gives pairs (float32[k, d], float32[k]) of `chunk` rows each, the last one perhaps fewer, in the
data's own order. `chunks` cuts tensors that lie on the device; the other four load row by row, as torch's
`Dataset` has it, from lists, from lists in worker processes, from a stream in worker processes, and from a
file.

Examples
--------
>>> inputs, targets = torch.rand(5, 2), torch.ones(5)
>>> [[len(y) for x, y in feed(inputs, targets, 2, "cpu")] for feed in (chunks, dataset, hdf5)]
[[2, 2, 1], [2, 2, 1], [2, 2, 1]]
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

Batch = tuple[torch.Tensor, torch.Tensor]
Feed = Callable[[torch.Tensor, torch.Tensor, int, str], Iterable[Batch]]


def chunks(inputs: torch.Tensor, targets: torch.Tensor, chunk: int, device: str) -> list[Batch]:
    """Everything to the device at once, then views of it: the paper's way out."""
    return list(zip(inputs.to(device).split(chunk), targets.to(device).split(chunk), strict=True))


def dataset(
    inputs: torch.Tensor, targets: torch.Tensor, chunk: int, device: str, workers: int = 0
) -> DataLoader:
    """A `Dataset` over lists, which makes two tensors a row, and a `DataLoader` with `workers` processes."""
    return _loader(_Rows(inputs.tolist(), targets.tolist()), chunk, workers)


#: The same with two worker processes.
dataset_workers: Feed = partial(dataset, workers=2)


def streaming(
    inputs: torch.Tensor, targets: torch.Tensor, chunk: int, device: str, workers: int = 2
) -> DataLoader:
    """An `IterableDataset`: each worker process streams every `workers`-th batch, row by row."""
    return _loader(_Stream(inputs.tolist(), targets.tolist(), chunk), chunk, workers)


def hdf5(
    inputs: torch.Tensor, targets: torch.Tensor, chunk: int, device: str, workers: int = 0
) -> DataLoader:
    """The data are written to a temporary HDF5 file first; every row is then a read of its own.

    Raises
    ------
    ImportError
        If h5py is not installed: `pip install h5py`.
    """
    return _loader(_File(inputs, targets), chunk, workers)


#: The five, by the names that figures and records call them.
FEEDS: dict[str, Feed] = {
    "dataset": dataset,
    "dataset, 2 workers": dataset_workers,
    "stream, 2 workers": streaming,
    "HDF5 file": hdf5,
    "chunks": chunks,
}


def _loader(rows: Dataset, chunk: int, workers: int) -> DataLoader:
    """A `DataLoader` that keeps the order, its workers, and torch's global generator as it is."""
    return DataLoader(
        rows,
        batch_size=chunk,
        num_workers=workers,
        persistent_workers=workers > 0,
        generator=torch.Generator().manual_seed(0),
    )


class _Rows(Dataset):
    """Rows out of two lists, one at a time."""

    def __init__(self, inputs: list[list[float]], targets: list[float]):
        self.inputs, self.targets = inputs, targets

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> Batch:
        return torch.tensor(self.inputs[index]), torch.tensor(self.targets[index])


class _Stream(IterableDataset):
    """The same rows as a stream. A loader takes its w workers' batches in turn: k is worker k mod w's."""

    def __init__(self, inputs: list[list[float]], targets: list[float], chunk: int):
        self.inputs, self.targets, self.chunk = inputs, targets, chunk

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        for start in range(first * self.chunk, len(self.targets), workers * self.chunk):
            for index in range(start, min(start + self.chunk, len(self.targets))):
                yield torch.tensor(self.inputs[index]), torch.tensor(self.targets[index])


class _File(Dataset):
    """Rows out of an HDF5 file, which is deleted with this object; every process opens it for itself."""

    def __init__(self, inputs: torch.Tensor, targets: torch.Tensor):
        import h5py

        self.folder = tempfile.TemporaryDirectory(prefix="netwithin-")
        self.path, self.rows, self.file = Path(self.folder.name) / "rows.h5", len(targets), None
        with h5py.File(self.path, "w") as file:
            file["inputs"], file["targets"] = inputs.cpu().numpy(), targets.cpu().numpy()

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, index: int) -> Batch:
        import h5py

        self.file = self.file or h5py.File(self.path, "r")
        return torch.from_numpy(self.file["inputs"][index]), torch.tensor(float(self.file["targets"][index]))
