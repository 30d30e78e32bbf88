"""The five feeds: the same batches in the same order, hence the same training, whatever their speed."""

import multiprocessing
from functools import partial
from pathlib import Path

import pytest
import torch

from netwithin import graphs, memorize
from netwithin.memorize import feeds

MANY = feeds.FEEDS | {
    "stream, 3 workers": partial(feeds.streaming, workers=3),
    "stream, no workers": partial(feeds.streaming, workers=0),
}


@pytest.mark.filterwarnings("ignore:This DataLoader will create 3 worker")
@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("rows, chunk", [(10, 3), (10, 5), (4, 10), (7, 1)])
def test_batches_are_the_data_in_their_order(name, rows, chunk):
    if rows == 7 and "workers" in name:
        pytest.skip("one such case is enough: starting processes is slow")
    inputs = torch.rand(rows, 3, generator=torch.Generator().manual_seed(0))
    targets = (inputs.sum(1) > 1.5).float()
    state = torch.random.get_rng_state()
    batches = MANY[name](inputs, targets, chunk, "cpu")
    for _ in range(2):  # an epoch may follow another
        found = [(x.clone(), y.clone()) for x, y in batches]
        assert [len(y) for _, y in found] == [len(part) for part in targets.split(chunk)]
        assert all(x.dtype == y.dtype == torch.float32 for x, y in found)
        assert torch.equal(torch.cat([x for x, _ in found]), inputs)
        assert torch.equal(torch.cat([y for _, y in found]), targets)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_every_feed_gives_the_same_trajectory():
    graph = graphs.newman_watts_strogatz(16, 0.25, seed=0)
    inputs, targets = memorize.pixels(graph)
    settings = memorize.Settings(epochs=4, learning_rate=1e-3, chunk=100)
    results = {}
    for name, feed in feeds.FEEDS.items():
        model = memorize.SIREN(2, 16, seed=0)
        results[name] = memorize.train(model, inputs, targets, settings, feed=feed)
    expected = results["chunks"]
    assert expected.epochs == 4 and len(set(expected.loss)) == 4
    for result in results.values():
        assert result.loss == pytest.approx(expected.loss, rel=1e-6)
        assert result.errors_half == expected.errors_half and result.chunk == 100


def test_a_run_goes_on_with_another_feed(tmp_path):
    graph = graphs.newman_watts_strogatz(12, 0.25, seed=0)
    data = memorize.pixels(graph)

    def run(epochs, feed, checkpoint=None):
        model = memorize.SIREN(2, 8, seed=0)
        return memorize.train(
            model, *data, memorize.Settings(epochs=epochs), feed=feed, checkpoint=checkpoint
        )

    run(2, feeds.dataset, tmp_path / "run.pt")
    assert run(5, feeds.chunks, tmp_path / "run.pt") == run(5, feeds.chunks)


def test_the_file_goes_with_its_feed():
    loader = feeds.hdf5(torch.rand(6, 2), torch.ones(6), 4, "cpu")
    path = loader.dataset.path
    assert len(list(loader)) == 2 and path.exists()
    loader.dataset.file.close()
    del loader
    assert not Path(path).exists()


def test_workers_end_with_their_feed():
    before = set(multiprocessing.active_children())
    loader = feeds.dataset_workers(torch.rand(6, 2), torch.ones(6), 4, "cpu")
    assert len(list(loader)) == 2
    assert len(set(multiprocessing.active_children()) - before) == 2
    del loader
    assert not set(multiprocessing.active_children()) - before
