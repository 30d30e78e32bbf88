"""However the work is split, files are the same byte for byte; interrupted, the best one is kept."""

import contextlib

import joblib
import numpy as np
import pytest

from netwithin.codec import Interrupted, decode, encode, encoder, trainers
from netwithin.codec.training import Preset
from netwithin.graphs import Graph, as_graph, erdos_renyi, newman_watts_strogatz


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two workers, each a process."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as workers,
        distributed.Client(workers),
    ):
        yield


@pytest.fixture(params=["one job", "two processes", "two threads", "dask"])
def split(request):
    """A way to split work, as a context."""
    if request.param == "dask":
        request.getfixturevalue("cluster")
        return lambda: joblib.parallel_config(backend="dask")
    options = {
        "one job": {"n_jobs": 1},
        "two processes": {"n_jobs": 2},
        "two threads": {"backend": "threading", "n_jobs": 2},
    }
    return lambda: joblib.parallel_config(**options[request.param])


def _blocks() -> Graph:
    rng = np.random.default_rng(0)
    matrix = np.triu(np.kron(np.eye(4), np.ones((40, 40))) * (rng.random((160, 160)) < 0.3), 1)
    return as_graph(matrix + matrix.T)


@pytest.mark.parametrize(
    "options",
    [
        {"effort": 3},
        {"effort": 3, "access": "random", "tile": 40},
        {"effort": 2, "drop_labels": True},
        {"predictor": "density+distance"},
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)
def test_the_same_bytes_however_the_work_is_split(split, options, monkeypatch):
    monkeypatch.setattr(encoder, "WORTH_SENDING", 0)
    graph = _blocks()
    alone = encode(graph, **options)
    with split():
        assert encode(graph, **options) == alone
        assert decode(alone) == graph or "drop_labels" in options


def test_the_same_networks_however_the_work_is_split(split):
    graph = newman_watts_strogatz(40, 0.2)
    wanted = [Preset(1, size, (6,), steps=30, rounded_steps=5) for size in (3, 4, 5)]
    alone = trainers.best_trained("siren", graph, wanted, 0, "cpu").payload()
    with split():
        assert trainers.best_trained("siren", graph, wanted, 0, "cpu").payload() == alone


def test_a_tile_may_be_decoded_by_anyone(split):
    graph = _blocks()
    data = encode(graph, effort=1, access="random", tile=40)
    with split():
        assert decode(data) == graph


@pytest.mark.parametrize("made", [0, 1, 2])
def test_an_interrupt_carries_the_best_file_so_far(monkeypatch, made):
    graph = _blocks()
    streams = [encoder.encode_stream(encoder.header_of(graph), graph.adjacency, encoder.Plan())]
    done = []

    def stop(*arguments):
        if len(done) == made:
            raise KeyboardInterrupt
        done.append(streams[0] + bytes(2 - len(done)))  # each smaller than the last
        return done[-1]

    monkeypatch.setattr(encoder, "encode_stream", stop)
    with pytest.raises(Interrupted) as interrupted:
        encode(graph, effort=3)
    if made:
        whole = encoder.pack(graph, [done[-1]])
        assert interrupted.value.data == whole
    else:
        assert interrupted.value.data is None


def test_random_graphs_cost_no_training(monkeypatch):
    def train(*arguments):
        raise AssertionError("a network was trained")

    monkeypatch.setattr(trainers, "_train", train)
    for seed in range(3):
        graph = erdos_renyi(150, 0.05 + 0.2 * seed, seed=seed)
        assert decode(encode(graph)) == graph


def test_the_rate_so_far_is_told():
    told = []
    with contextlib.suppress(KeyboardInterrupt):
        encode(_blocks(), effort=3, progress=lambda doing, share: told.append(doing))
    rates = [float(doing.split("so far ")[1].split()[0]) for doing in told if "so far" in doing]
    assert rates and rates == sorted(rates, reverse=True)
