"""Timing a feed: what is counted as loading, and that watching changes nothing."""

import time

import pandas as pd
import pytest
import torch

from netwithin import graphs, memorize
from netwithin.memorize import feeds, racing


def data():
    return memorize.pixels(graphs.newman_watts_strogatz(12, 0.25, seed=0))


def slow(seconds):
    """A feed that takes so long for every batch."""

    class Slow(list):
        def __iter__(self):
            for batch in super().__iter__():
                time.sleep(seconds)
                yield batch

    return lambda *given: Slow(feeds.chunks(*given))


def test_waiting_is_loading_and_training_is_not():
    timing, result = racing.race(slow(0.02), memorize.SIREN(2, 8), *data(), chunk=48, epochs=2)
    assert result.epochs == 3 and result.chunk == 48
    assert 0.06 <= timing["loading_seconds"] < timing["seconds_per_epoch"]
    assert timing["loading_share"] == pytest.approx(timing["loading_seconds"] / timing["seconds_per_epoch"])
    assert timing["rows_per_second"] == pytest.approx(144 / timing["seconds_per_epoch"])
    quick, _ = racing.race(feeds.chunks, memorize.SIREN(2, 8), *data(), chunk=48)
    assert quick["loading_seconds"] < timing["loading_seconds"]

    class Slow(memorize.SIREN):
        def forward(self, x):
            time.sleep(0.02)
            return super().forward(x)

    busy, _ = racing.race(feeds.chunks, Slow(2, 8), *data(), chunk=48)
    assert busy["seconds_per_epoch"] > 0.06
    assert busy["loading_seconds"] < timing["loading_seconds"]


def test_watching_changes_nothing():
    _, watched = racing.race(feeds.dataset, memorize.SIREN(2, 8), *data(), chunk=50, epochs=2)
    settings = memorize.Settings(epochs=3, chunk=50)
    assert watched.loss == memorize.train(memorize.SIREN(2, 8), *data(), settings).loss


def test_the_profiler_sees_the_waiting():
    share, operations = racing.profiled(slow(0.05), memorize.SIREN(2, 8), *data(), chunk=48)
    assert operations["load"] > 140 and operations.is_monotonic_decreasing
    assert share == pytest.approx(operations["load"] / operations.sum(), rel=0.05)
    assert share < 1
    assert operations.filter(like="aten::").min() >= 0


def test_a_sine_layer_keeps_its_input_and_its_angle():
    # The sine keeps omega0 (W x + b), the next linear layer the sine; the input is kept once. A float has 4.
    model = memorize.SIREN(hidden_layers=3, width=10)
    assert racing.kept_bytes(model, torch.rand(50, 2)) == 4 * (2 + 3 * 10 + 3 * 10)


def test_the_chunk_formula_covers_what_is_kept():
    model = memorize.SIREN(10, 28)
    units = 10 * 28 + 1
    kept = racing.kept_bytes(model, torch.rand(500, 2))
    assert kept / 4 / units <= memorize.trainer.FLOATS_PER_UNIT <= 4 * kept / 4 / units


def test_findings_come_from_the_rows():
    raced = pd.DataFrame(
        [("dataset", 0.8, 1), ("dataset", 0.9, 1), ("chunks", 0, 7), ("chunks", 0, 9.5)]
        + [("stream, 2 workers", 0.7, 1.25), ("HDF5 file", 0.9, 0.125)],
        columns=["feed", "loading_share", "faster_than_dataset"],
    )
    said = racing.findings(raced, pd.DataFrame({"loading_share": [0.5, 0.6]}))["measured"].tolist()
    assert said[0].endswith("80% to 90%") and said[1].endswith("50% to 60%")
    assert said[2].endswith(": 1.25") and said[3].endswith(": 0.12")
    assert "7.0 to 9.5 times as fast" in said[4] and said[4].endswith("84")
