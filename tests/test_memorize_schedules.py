"""Learning-rate schedules: their rates, worked out by hand, and that a checkpoint keeps their place."""

import math

import pandas as pd
import pytest
import torch

from netwithin import graphs, memorize
from netwithin.memorize import schedules


def test_the_steps_are_the_papers():
    rates = schedules.rates(schedules.STEPS, 1001)
    for epoch in (0, 1, 249, 250, 499, 500, 1000):
        assert rates[epoch] == pytest.approx(2e-4 * 0.75 ** (epoch // 250), rel=1e-12)


def test_the_other_rates():
    assert set(schedules.rates(schedules.CONSTANT, 1000)) == {2e-4}
    half = schedules.rates(schedules.cosine(100), 101, learning_rate=1.0)
    for epoch, rate in enumerate(half):
        assert rate == pytest.approx((1 + math.cos(math.pi * epoch / 100)) / 2, abs=1e-9)
    cyclic = schedules.rates(schedules.cyclic(period=20, lowest=0.1), 41, learning_rate=1.0)
    assert [cyclic[k] for k in (0, 5, 10, 15, 20, 30)] == pytest.approx([0.1, 0.55, 1.0, 0.55, 0.1, 1.0])


def test_the_plateau_counts_epochs_without_progress():
    losses = [1.0] * 60 + [0.5] * 60
    rates = schedules.rates(schedules.PLATEAU, 120, learning_rate=1.0, losses=losses)
    # The first loss is the best; the 51st epoch after it without progress is one too many.
    assert rates[51] == 1.0 and rates[52] == 0.75
    assert rates[111] == 0.75 and rates[112] == 0.5625
    assert set(schedules.rates(schedules.PLATEAU, 300)) == {2e-4}


@pytest.mark.parametrize("name", ["CONSTANT", "STEPS", "COSINE", "CYCLIC", "PLATEAU"])
def test_an_interrupted_run_keeps_its_place_in_the_schedule(name, tmp_path):
    schedule = {"STEPS": schedules.partial(schedules.StepLR, step_size=3, gamma=0.5)}
    schedule |= {"COSINE": schedules.cosine(9), "CYCLIC": schedules.cyclic(4)}
    schedule |= {"PLATEAU": schedules.partial(schedules.ReduceLROnPlateau, patience=0, threshold=0.5)}
    schedule = schedule.get(name, getattr(schedules, name))
    graph = graphs.newman_watts_strogatz(12, 0.25, seed=0)
    data = memorize.pixels(graph)

    def run(epochs, checkpoint=None):
        model = memorize.SIREN(2, 8, seed=0)
        settings = memorize.Settings(epochs=epochs, learning_rate=1e-2)
        return memorize.train(model, *data, settings, schedule=schedule, checkpoint=checkpoint)

    expected = run(9)
    run(4, tmp_path / "run.pt")
    assert run(9, tmp_path / "run.pt") == expected


def test_schedules_tell_themselves_apart():
    def known(schedule):
        adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
        return schedules.identity(schedule, schedule(adam))

    every = [schedules.CONSTANT, schedules.STEPS, schedules.COSINE, schedules.CYCLIC, schedules.PLATEAU]
    every += [schedules.cosine(10), schedules.cyclic(10)]
    assert len({known(schedule) for schedule in every}) == len(every)
    assert known(schedules.cosine(10)) == known(schedules.cosine(10))


def test_findings_come_from_the_rows():
    columns = "schedule steps_per_epoch speed_over_constant stop_epoch exact_epoch wrong_half_at_stop"
    trained = pd.DataFrame(
        [
            ("x0.75 per 250", 1, 0.5, 300.0, 450.0, 9),
            ("x0.75 per 250", 1, 0.75, 600.0, None, 4),
            ("constant", 1, 1.0, 200.0, 210.0, 12),
            ("cyclic", 6, 0.25, None, None, None),
            ("cosine", 6, 1.5, 100.0, None, 5),
        ],
        columns=columns.split(),
    ).assign(history_epoch=[[1, 200, 300]] * 5, history_loss=[[1.0, 0.2, 0.04]] * 4 + [[1.0, 0.3, 0.003]])
    placed = pd.DataFrame(
        {"range": ["5", "1", "1", "5"], "omega0": [30.0, 30.0, 30.0, 90.0], "stop_epoch": [70, 20, 40, 9]}
    )
    active = pd.DataFrame({"activation": ["relu", "sine"], "wrong_half": [206, 0]})
    said = schedules.findings(trained, placed, active, {"float16": 4100})["measured"].tolist()
    assert "1 step an epoch: x0.75 per 250 0.62; 6 steps an epoch: cyclic 0.25, cosine 1.50" in said[0]
    assert said[1] == "below 0.01 in 1 of 2 runs by then, without a wrong bit in 1"
    assert said[2].endswith("constant 0.04 to 0.04, cosine 0.003 to 0.003")
    assert said[3].endswith("4 to 12") and said[4].endswith("1: 30, 5: 70")
    assert said[5] == "from 4,100 nodes in float16" and said[6].endswith("sine 0, relu 206")


def test_only_losses_that_had_been_low_climb_back():
    told = {"schedule": "a", "stop_epoch": 5.0, "history_epoch": [1, 6, 9], "history_loss": [0.5, 0.02, 0.03]}
    never, late = told | {"stop_epoch": None}, told | {"stop_epoch": 7.0}
    short = told | {"history_epoch": [1, 6], "history_loss": [0.5, 0.02]}
    found = schedules.relapses(pd.DataFrame([never, told, late, short | {"schedule": "b"}]), after=6)
    assert found.to_dict() == {"a": 0.03}
    assert schedules.relapses(pd.DataFrame([never]), after=6).empty
