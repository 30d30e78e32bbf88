"""The scripts that fill in the records of chapters 02 and 03: whose parameters they are, what is skipped."""

import importlib.util
from pathlib import Path

import pytest

from netwithin import records
from netwithin.memorize import trials

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def script(monkeypatch, tmp_path):
    def load(name):
        monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_trials_are_recorded_once(script, capsys):
    options = dict(density=[0.3], p=0.5, seed=[0, 1], nodes=10, epochs=2, steps=2, depth=1, width=4)
    record = script("record_first_networks").main
    record(graph="erdos-renyi", network="Block", **options)
    found = records.gather(experiment="first-networks").sort_values("seed")
    assert found.seed.tolist() == [0, 1] and set(found.chunk) == {50}
    again = trials.trial("erdos-renyi", 10, 0.3, 0.5, "Block", depth=1, width=4, epochs=2, chunk=50, seed=1)
    assert found.wrong_bits.iloc[1] == again.metrics["wrong_bits"]
    capsys.readouterr()
    record(graph="erdos-renyi", network="Block", **options)
    assert capsys.readouterr().out == ""
    record(graph="erdos-renyi", network="UnSqueeze", **options)
    assert len(records.gather(experiment="first-networks")) == 4


def test_learners_are_recorded_once(script, capsys):
    record = script("record_learners").main
    told = dict(graph=["erdos-renyi"], learner=["support vectors"])
    record(nodes=8, seed=[0], kernel=True, **told)
    record(nodes=8, seed=[0, 1], kernel=False, **told)
    assert len(capsys.readouterr().out.splitlines()) == 2
    found = records.gather(experiment="learners")
    assert set(found.samples) == {28} and set(found.wrong_bits) == {0}
    assert records.gather(experiment="svm-kernel").samples.tolist() == [28]
