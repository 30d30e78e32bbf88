"""The chunked trainer: what it minimises, keeps, stops at, and how it goes on."""

import functools

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, StepLR

from netwithin import graphs, memorize
from netwithin.memorize import trainer


@pytest.fixture(autouse=True)
def one_thread():
    """Bit-exactness is promised for one number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def graph():
    return graphs.newman_watts_strogatz(16, 0.25, seed=0)


def start(graph, seed=0):
    return memorize.SIREN(hidden_layers=3, width=16, seed=seed), *memorize.pixels(graph)


def weights(model):
    return torch.cat([p.detach().ravel() for p in model.parameters()])


def test_chunks_add_up_to_the_whole_loss(graph):
    # At learning rate 0 the model stands still, so any cut must see the same loss.
    model, inputs, targets = start(graph)
    expected = np.mean((model(inputs).detach().numpy().astype(float) - targets.numpy()) ** 2)
    for chunk in (256, 100, 7, 1):
        settings = memorize.Settings(epochs=1, learning_rate=0.0, chunk=chunk)
        result = memorize.train(model, inputs, targets, settings)
        assert result.loss[0] == pytest.approx(expected, rel=1e-5)
        assert result.chunk == chunk


def test_first_step_is_adams(graph):
    # Adam's first step moves every weight by the learning rate against its gradient's sign.
    model, inputs, targets = start(graph)
    gradient = torch.autograd.grad(((model(inputs) - targets) ** 2).mean(), list(model.parameters()))
    gradient = torch.cat([g.ravel() for g in gradient])
    before = weights(model)
    result = memorize.train(model, inputs, targets, memorize.Settings(epochs=2, stop_loss=None))
    assert result.epochs == 2 and result.best_epoch == 2
    # With one chunk the best weights are those before the second epoch's step: one step from the start.
    moved = weights(model) - before
    clear = gradient.abs() > 1e-5
    np.testing.assert_allclose(moved[clear], -2e-4 * torch.sign(gradient[clear]), atol=2e-6)


def test_one_step_per_chunk_in_order(graph):
    _, inputs, targets = start(graph)
    seen = []

    class Spy(torch.nn.Linear):
        def forward(self, x):
            seen.append(x.detach().clone())
            return super().forward(x).squeeze(-1)

    memorize.train(Spy(2, 1), inputs, targets, memorize.Settings(epochs=2, chunk=100))
    assert [len(part) for part in seen] == [100, 100, 56] * 2
    assert torch.equal(torch.cat(seen[:3]), inputs) and torch.equal(torch.cat(seen[3:]), inputs)


def test_the_schedule_is_used(graph):
    model, inputs, targets = start(graph)
    before = weights(model)
    settings = memorize.Settings(epochs=4)
    memorize.train(model, inputs, targets, settings, schedule=lambda adam: LambdaLR(adam, lambda epoch: 0.0))
    assert torch.equal(weights(model), before)


def test_the_loss_is_an_argument(graph):
    model, inputs, targets = start(graph)

    def absolute(predictions, targets):
        return (predictions - targets).abs().mean()

    expected = absolute(model(inputs), targets).item()
    loss = memorize.Loss("absolute", absolute)
    result = memorize.train(model, inputs, targets, memorize.Settings(epochs=1), loss=loss)
    assert result.loss == [pytest.approx(expected)]


@pytest.mark.parametrize("chunk", [256, 64])
def test_the_running_best_is_kept(graph, chunk):
    model, inputs, targets = start(graph)
    states = []
    settings = memorize.Settings(epochs=60, learning_rate=3e-2, chunk=chunk)  # large: the loss jumps
    result = memorize.train(
        model, inputs, targets, settings, on_epoch=lambda r: states.append((r.best_epoch, r.best_loss))
    )
    assert result.best_loss == min(result.loss)
    assert result.best_epoch == int(np.argmin(result.loss)) + 1 < 60
    bests = [loss for _, loss in states]
    assert bests == list(np.minimum.accumulate(result.loss))
    if chunk == 256:  # one chunk: the weights kept have the loss that was recorded
        evaluation = memorize.evaluate(model, graph)
        assert evaluation.loss == pytest.approx(result.best_loss, rel=1e-4)
        assert evaluation.errors_half == result.errors_half[result.best_epoch - 1]
        assert evaluation.errors_mean == result.errors_mean[result.best_epoch - 1]


@pytest.mark.parametrize("chunk", [256, 100])
@pytest.mark.parametrize("killed_after", [1, 5, 9])
def test_a_killed_run_goes_on_bit_for_bit(graph, tmp_path, monkeypatch, chunk, killed_after):
    settings = memorize.Settings(epochs=12, learning_rate=2e-3, chunk=chunk, checkpoint_every=4)
    whole, inputs, targets = start(graph)
    expected = memorize.train(whole, inputs, targets, settings)

    class Killed(Exception):
        pass

    def kill(result):
        if result.epochs == killed_after:
            monkeypatch.setattr(trainer._Run, "save", lambda run: None)  # a killed process writes nothing
            raise Killed

    path = tmp_path / "run.pt"
    with pytest.raises(Killed):
        memorize.train(start(graph)[0], inputs, targets, settings, checkpoint=path, on_epoch=kill)
    monkeypatch.undo()
    assert path.exists() == (killed_after >= 4)
    epochs = []
    resumed = start(graph)[0]
    result = memorize.train(
        resumed, inputs, targets, settings, checkpoint=path, on_epoch=lambda r: epochs.append(r.epochs)
    )
    assert epochs[0] == killed_after // 4 * 4 + 1
    assert result == expected and result.seconds > 0
    assert torch.equal(weights(resumed), weights(whole))


@pytest.mark.parametrize("chunk", [256, 100])
@pytest.mark.parametrize("step", [1, 4, 11])
def test_an_interrupted_run_loses_no_whole_epoch(graph, tmp_path, monkeypatch, chunk, step):
    settings = memorize.Settings(epochs=12, learning_rate=2e-3, chunk=chunk)
    whole, inputs, targets = start(graph)
    expected = memorize.train(whole, inputs, targets, settings)
    adams, steps = torch.optim.Adam.step, []

    def interrupted(self, *arguments):
        adams(self, *arguments)  # the weights have moved, and the epoch is not done
        steps.append(1)
        if len(steps) == step:
            raise KeyboardInterrupt

    path = tmp_path / "run.pt"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch.optim.Adam, "step", interrupted)
        memorize.train(start(graph)[0], inputs, targets, settings, checkpoint=path)
    done = (step - 1) // -(-256 // chunk)
    assert path.exists() == (done > 0)
    epochs, resumed = [], start(graph)[0]
    result = memorize.train(
        resumed, inputs, targets, settings, checkpoint=path, on_epoch=lambda r: epochs.append(r.epochs)
    )
    assert epochs == list(range(done + 1, 13))
    assert result == expected
    assert torch.equal(weights(resumed), weights(whole))


def test_an_automatic_chunk_is_the_checkpoints(graph, tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    model, inputs, targets = start(graph)
    monkeypatch.setattr(trainer, "chunk_size", lambda *_: 100)
    memorize.train(model, inputs, targets, memorize.Settings(epochs=2), checkpoint=path)
    monkeypatch.setattr(trainer, "chunk_size", lambda *_: 90)  # something else took memory in between
    resumed = start(graph)[0]
    result = memorize.train(resumed, inputs, targets, memorize.Settings(epochs=5), checkpoint=path)
    whole = start(graph)[0]
    assert result == memorize.train(whole, inputs, targets, memorize.Settings(epochs=5, chunk=100))
    assert torch.equal(weights(resumed), weights(whole))
    with pytest.raises(ValueError, match="chunk"):
        memorize.train(start(graph)[0], inputs, targets, memorize.Settings(chunk=90), checkpoint=path)


def test_a_stopped_run_goes_on_to_more_epochs(graph, tmp_path):
    whole, inputs, targets = start(graph)
    expected = memorize.train(whole, inputs, targets, memorize.Settings(epochs=40, learning_rate=2e-3))
    threshold = expected.loss[15] * 1.0001
    path = tmp_path / "run.pt"
    model = start(graph)[0]
    settings = memorize.Settings(epochs=40, learning_rate=2e-3, stop_loss=threshold)
    stopped = memorize.train(model, inputs, targets, settings, checkpoint=path)
    assert stopped.stopped == "loss" and stopped.epochs < 40
    assert stopped.first_below(threshold) == stopped.epochs
    at_stop = weights(model)
    model = start(graph)[0]  # called again, a stopped run stays where it is
    assert memorize.train(model, inputs, targets, settings, checkpoint=path) == stopped
    assert torch.equal(weights(model), at_stop)
    settings = memorize.Settings(epochs=40, learning_rate=2e-3)
    model = start(graph)[0]
    assert memorize.train(model, inputs, targets, settings, checkpoint=path) == expected
    assert torch.equal(weights(model), weights(whole))


def test_another_runs_checkpoint_is_refused(graph, tmp_path):
    path = tmp_path / "run.pt"
    model, inputs, targets = start(graph)
    memorize.train(model, inputs, targets, memorize.Settings(epochs=1), checkpoint=path)
    for change, word in [
        (dict(settings=memorize.Settings(epochs=1, learning_rate=1e-3)), "learning_rate"),
        (dict(settings=memorize.Settings(epochs=1, chunk=10)), "chunk"),
        (dict(targets=1 - targets), "data"),
        (dict(model=start(graph, seed=1)[0]), "start"),
        (dict(model=memorize.SIREN(2, 16)), "model"),
        (dict(schedule=memorize.schedules.CONSTANT), "schedule"),
        (dict(schedule=functools.partial(StepLR, step_size=250, gamma=0.5)), "schedule"),
        (dict(loss=memorize.CROSS_ENTROPY), "loss"),
    ]:
        given = dict(model=start(graph)[0], inputs=inputs, targets=targets) | change
        with pytest.raises(ValueError, match=word):
            memorize.train(**given, checkpoint=path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match="delete it"):
        memorize.train(start(graph)[0], inputs, targets, memorize.Settings(epochs=1), checkpoint=path)


def test_seeds_decide_the_run(graph):
    settings = memorize.Settings(epochs=5)
    results = []
    for seed in (0, 0, 1):
        model, inputs, targets = start(graph, seed)
        results.append((memorize.train(model, inputs, targets, settings), weights(model)))
    assert results[0][0] == results[1][0] and torch.equal(results[0][1], results[1][1])
    assert results[0][0].loss != results[2][0].loss


@pytest.mark.parametrize("chunk", [144, 50])
@pytest.mark.parametrize("threshold", [0.5, "mean", 0.4])
def test_stopping_at_zero_errors_is_lossless(chunk, threshold, tmp_path):
    graph = graphs.newman_watts_strogatz(12, 0.25, seed=3)
    model = memorize.SIREN(hidden_layers=3, width=24, seed=0)
    inputs, targets = memorize.pixels(graph)
    settings = memorize.Settings(
        epochs=3000, learning_rate=1e-3, chunk=chunk, stop_errors=0, threshold=threshold
    )
    result = memorize.train(model, inputs, targets, settings)
    assert result.stopped == "errors" and result.epochs < 3000
    memorize.save(model, tmp_path / "w.npz", dtype=np.float32)
    fresh = memorize.load(memorize.SIREN(hidden_layers=3, width=24, seed=9), tmp_path / "w.npz")
    scores = memorize.evaluate(fresh, graph).scores
    cut = scores.mean(dtype=float) if threshold == "mean" else threshold
    assert graphs.as_graph(scores > cut) == graph


def test_chunk_size_follows_memory_and_model(monkeypatch):
    class Memory:
        available = 10_000_000

    monkeypatch.setattr(trainer.psutil, "virtual_memory", Memory)
    small, large = memorize.SIREN(3, 16), memorize.SIREN(3, 160)
    assert trainer.chunk_size(small, 100) == 100
    rows = trainer.chunk_size(small, 10**6)
    assert 1000 < rows < 10**6
    assert trainer.chunk_size(large, 10**6) == pytest.approx(rows / 10, rel=0.02)
    Memory.available = 10**15
    assert trainer.chunk_size(small, 10**6) == trainer.CPU_ROWS
    Memory.available = 0
    assert trainer.chunk_size(small, 10**6) == 1
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (10**8, 10**9))
    assert 10_000 < trainer.chunk_size(small, 10**6, "cuda") < 10**6


def test_nothing_to_train_on():
    with pytest.raises(ValueError, match="0 inputs"):
        memorize.train(memorize.SIREN(1, 2), *memorize.pixels(np.zeros((0, 0))))
    with pytest.raises(ValueError, match="4 inputs and 3"):
        memorize.train(memorize.SIREN(1, 2), torch.zeros(4, 2), torch.zeros(3))


def test_progress_shows_loss_and_bit_errors(graph, capsys):
    model, inputs, targets = start(graph)
    result = memorize.train(model, inputs, targets, memorize.Settings(epochs=2), progress=True)
    shown = capsys.readouterr().out
    assert f"{result.loss[-1]:.5f}" in shown and f"{result.errors_half[-1]} bits wrong" in shown
