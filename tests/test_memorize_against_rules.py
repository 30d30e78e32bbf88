"""How far networks are from rules, from runs made here."""

import pandas as pd

from netwithin.memorize import against_rules

COLUMNS = ["network", "density", "seed", "accuracy_percent", "majority_percent"]


def runs(low=89.5):
    rows = [
        ("UnSqueeze", 0.1, 0, 90.0, 90.0),
        ("UnSqueeze", 0.1, 1, low, 90.0),
        ("UnSqueeze", 0.5, 0, 53.0, 51.0),
        ("Block", 0.1, 1, 90.0, 90.0),
        ("Block", 0.5, 0, 52.0, 51.0),
        ("Block", 0.5, 7, 99.0, 51.0),  # there is no UnSqueeze of this graph
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_noise_is_held_against_the_majority_and_blocks_against_the_same_graphs():
    printed = pd.Series({0.1: 88.0, 0.5: 50.25, 0.7: 69.5})
    assert against_rules.of_noise(runs(), printed) == {
        "noise_low": "-0.5",
        "noise_high": "+2.0",
        "noise_mean": "+0.5",
        "noise_runs": "3",
        "block_low": "-1.0",
        "block_high": "+0.5",
        "block_mean": "-0.2",
        "block_runs": "2",
        "noise_at": "0.5",
        "noise_printed": "+0.25",
        "noise_below": "No recorded run",
        "below": "1",  # that at 0.1, by two points; the one at 0.7 by half a point only
        "of": "3",
    }
    assert against_rules.of_noise(runs(low=80.0), printed)["noise_below"] == "1 of the recorded runs"


def test_small_worlds_are_held_against_the_better_rule():
    columns = ["accuracy_percent", "majority_percent", "band_percent"]
    table = pd.DataFrame([(90, 70, 80), (75, 70, 80), (75, 80, 60), (80, 80, 70)], columns=columns)
    assert against_rules.of_small_worlds(table) == {
        "world_of": "4",
        "world_up": "2",
        "over_up": "1",
        "over_low": "-5.0",
        "over_high": "+10.0",
    }
