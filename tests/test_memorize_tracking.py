"""Runs in a tracker: what it is told, that it is closed, and that nothing needs it."""

import sys
from types import SimpleNamespace

import pytest
import torch

from netwithin import memorize
from netwithin.memorize.tracking import tracked


@pytest.fixture
def tracker(monkeypatch):
    """A module with a tracker's calls that writes down what it is told."""
    calls = []
    module = SimpleNamespace(
        calls=calls,
        init=lambda project, config, **options: calls.append(("init", project, config, options)),
        log=lambda metrics, step: calls.append(("log", step, metrics)),
        finish=lambda: calls.append(("finish",)),
    )
    monkeypatch.setitem(sys.modules, "pretended", module)
    monkeypatch.delenv("NETWITHIN_TRACKER", raising=False)
    return module


def trained(on_epoch, epochs=7):
    model = memorize.SIREN(hidden_layers=1, width=4, seed=0)
    inputs = torch.linspace(-1, 1, 20).reshape(10, 2)
    return memorize.train(
        model, inputs, (inputs[:, 0] > 0).float(), memorize.Settings(epochs=epochs), on_epoch=on_epoch
    )


def test_a_tracker_is_told_every_few_epochs_and_the_last(tracker):
    with tracked("demo", {"nodes": 4}, "pretended", every=3, name="first") as on_epoch:
        result = trained(on_epoch)
    assert tracker.calls[0] == ("init", "demo", {"nodes": 4}, {"name": "first"})
    assert [call[1] for call in tracker.calls if call[0] == "log"] == [3, 6, 7]
    assert tracker.calls[-2][2] == {
        "loss": result.loss[-1],
        "wrong bits at the mean": result.errors_mean[-1],
        "wrong bits at 0.5": result.errors_half[-1],
    }
    assert tracker.calls[-1] == ("finish",)


def test_an_epoch_is_told_once(tracker):
    with tracked("demo", library="pretended", every=7) as on_epoch:
        trained(on_epoch)
    assert [call[1] for call in tracker.calls if call[0] == "log"] == [7]


def test_a_run_that_fails_is_closed_too(tracker):
    with pytest.raises(KeyboardInterrupt), tracked("demo", library="pretended") as on_epoch:
        trained(on_epoch, epochs=3)
        raise KeyboardInterrupt
    assert tracker.calls[-2][:2] == ("log", 3) and tracker.calls[-1] == ("finish",)


def test_the_environment_chooses(tracker, monkeypatch):
    with tracked("demo") as on_epoch:
        assert on_epoch is None
    assert tracker.calls == []
    monkeypatch.setenv("NETWITHIN_TRACKER", "pretended")
    with tracked("demo") as on_epoch:
        trained(on_epoch, epochs=1)
    assert [call[0] for call in tracker.calls] == ["init", "log", "finish"]


def test_tracking_changes_no_bit_of_the_training(tracker):
    with tracked("demo", library="pretended", every=2) as on_epoch:
        watched = trained(on_epoch)
    assert watched == trained(None)


@pytest.mark.parametrize(
    ("library", "message"),
    [
        ("no_such_tracker", r"pip install 'netwithin\[tracker\]'"),
        ("json", "no tracker: it has no init, log, finish"),
    ],
)
def test_what_is_no_tracker_is_refused(library, message):
    with pytest.raises(ImportError, match=message), tracked("demo", library=library):
        pass


def test_entries_come_every_so_many_epochs():
    with pytest.raises(ValueError, match="every 0 epochs"), tracked("demo", every=0):
        pass
