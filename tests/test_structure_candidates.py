"""Populations of candidates, what is read from each, and how those never seen are ranked."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, kstest

from netwithin.structure import autoencoder, candidates, figures, graphs, histories, rankings, tasks
from netwithin.structure.autoencoder import Fit, hash_of

QUICK = Fit(steps=2, batch=3)


def short(task, kind, count, seed=0):
    drawn = candidates.draw(task, kind, count, seed)
    return [
        dataclasses.replace(one, plan=dataclasses.replace(one.plan, hidden=one.plan.hidden[:2], epochs=1))
        for one in drawn
    ]


@pytest.fixture(scope="module")
def moons():
    return candidates.train("two_moons", short("two_moons", "perceptron", 8))


@pytest.fixture(scope="module")
def both():
    return candidates.train("digits", [one for kind in candidates.KINDS for one in short("digits", kind, 4)])


def test_candidates_are_spread_as_a_random_search_spreads_them():
    drawn = candidates.draw("digits", "perceptron", 400, seed=3)
    rates, (low, high) = np.array([one.plan.learning_rate for one in drawn]), candidates.RATES
    assert kstest(np.log(rates), "uniform", (np.log(low), np.log(high / low))).pvalue > 0.01
    epochs, widths = [one.plan.epochs for one in drawn], [w for one in drawn for w in one.plan.hidden]
    assert (min(epochs), max(epochs)) == candidates.EPOCHS and (min(widths), max(widths)) == candidates.WIDTHS
    assert abs(np.mean(np.log(epochs)) - np.mean(np.log(candidates.EPOCHS))) < 0.1
    assert {len(one.plan.hidden) for one in drawn} == set(candidates.DEPTHS)
    assert abs(kendalltau(rates, epochs).statistic) < 0.1
    assert len({one.seed for one in drawn}) == 400
    assert drawn[:5] == candidates.draw("digits", "perceptron", 5, seed=3)
    assert drawn[:5] != candidates.draw("digits", "perceptron", 5, seed=4)
    few = candidates.draw("digits", "convolutional", 50, epochs=(2, 3))
    assert {one.plan.epochs for one in few} == {2, 3}
    for wrong in (("digits", "recurrent"), ("three_moons", "perceptron")):
        with pytest.raises(ValueError, match="kind is one of"):
            candidates.draw(*wrong, 1)


def test_what_is_kept_of_a_candidate_is_its_network_at_the_end(moons):
    one, task = moons[2], tasks.load("two_moons")
    plan = one.candidate.plan
    model = histories.network(task, plan.hidden, one.candidate.seed)
    histories.watch(task, plan, seed=one.candidate.seed, model=model)
    assert torch.equal(one.history.edge_attr, graphs.edge_features(model)[None])
    assert one.score("test") == task.judge(model, "test") and one.score("train") == task.judge(model, "train")
    assert one.parameters == sum(p.numel() for p in model.parameters())


def test_weights_are_those_of_the_network_whatever_field_they_lie_in(both):
    digits = tasks.load("digits")
    flat = candidates._flat(digits)
    assert torch.equal(flat.test_inputs[3], digits.test_inputs[3].reshape(-1))
    for one in both:
        given = flat if one.candidate.kind == "perceptron" else digits
        model = histories.network(given, one.candidate.plan.hidden, one.candidate.seed)
        histories.watch(given, one.candidate.plan, seed=one.candidate.seed, model=model)
        wanted = [layer.weight.detach().double().numpy().ravel() for layer in graphs.layers(model)]
        found = candidates.layer_weights(one.history)
        assert [len(w) for w in found] == [len(w) for w in wanted]
        for ours, theirs in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(np.sort(ours), np.sort(theirs))
        levels = [0, 0.25, 0.5, 0.75, 1]
        rows = [[w.mean(), w.var(), *np.quantile(w, levels)] for w in wanted]
        statistics = np.reshape(candidates.weight_statistics(one), (3, 7))
        np.testing.assert_allclose(statistics, [rows[0], rows[-1], np.mean(rows, axis=0)], rtol=1e-9)
        size = np.abs(np.concatenate(wanted)).mean()
        assert candidates.mean_absolute_weight(one) == [pytest.approx(size)]
    assert {one.history.edge_attr.shape[2] for one in both} == {10}
    with pytest.raises(ValueError, match="no pictures"):
        candidates.train("two_moons", short("two_moons", "convolutional", 1))


def test_baselines_say_what_they_are_called(both):
    perceptron, convolutional = both[0], both[-1]
    plan = convolutional.candidate.plan
    wanted = [np.log(plan.learning_rate), 0, len(plan.hidden), np.log(plan.hidden).mean(), 1]
    np.testing.assert_allclose(candidates.hyperparameters(convolutional), wanted)
    assert candidates.kind(perceptron) == [0] and candidates.kind(convolutional) == [1]
    values = {name: measure(perceptron) for name, (measure, _) in candidates.BASELINES.items()}
    assert values["training score"] == [perceptron.score("train")]
    assert np.exp(values["parameters"]) == pytest.approx(perceptron.parameters)
    assert values["epochs"] == [0] and len(values["random numbers"]) == Fit().latent


def test_every_candidate_is_held_out_once(both):
    parts = rankings.splits(both, folds=2, seed=1)
    assert sorted(np.concatenate([held for _, held in parts])) == list(range(8))
    for learned, held in parts:
        assert not set(learned) & set(held)
        assert sorted(both[k].candidate.kind for k in held) == ["convolutional"] * 2 + ["perceptron"] * 2
    with pytest.raises(ValueError, match="3 folds need 6 candidates of each kind"):
        rankings.splits(both, folds=3)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 100)), min_size=2, max_size=12))
def test_agreement_is_counted_pair_by_pair(rows):
    predicted, percent = np.array(rows, dtype=float).T
    true, n = percent / 100, len(rows)
    found = rankings.agreement(predicted, true)
    signs = [
        (np.sign(predicted[i] - predicted[j]), np.sign(true[i] - true[j])) for i in range(n) for j in range(i)
    ]
    untied = [sum(s[k] != 0 for s in signs) for k in (0, 1)]
    if 0 in untied:
        assert found["kendall"] is None and found["pearson"] is None
        first = list(true)
    else:
        assert found["kendall"] == pytest.approx(sum(a * b for a, b in signs) / np.sqrt(np.prod(untied)))
        first = [t for p, t in zip(predicted, true, strict=True) if p == max(predicted)]
    assert found["regret"] == pytest.approx(np.mean([max(true) - t for t in first]))
    assert found["regret_by_chance"] == pytest.approx(max(true) - sum(true) / n)
    assert found["best"] == pytest.approx(np.mean([t == max(true) for t in first]))
    assert found["near_best"] == pytest.approx(np.mean([round(100 * (max(true) - t)) <= 1 for t in first]))
    assert found["error"] == pytest.approx(sum(abs(predicted - true)) / n)


def test_an_autoencoder_has_not_seen_the_candidates_held_out(moons):
    parts = rankings.splits(moons, folds=2)
    learned, held = parts[0]
    other = list(moons)
    for k in held:
        history = dataclasses.replace(moons[k].history, edge_attr=3 * moons[k].history.edge_attr + 1)
        other[k] = dataclasses.replace(moons[k], history=history)
    found, changed = (rankings.embeddings(some, parts, "EA+TC+LF", QUICK)[0] for some in (moons, other))
    np.testing.assert_allclose(found[learned], changed[learned], rtol=1e-5, atol=1e-7)
    assert not np.allclose(found[held], changed[held])
    # And it is the autoencoder of the candidates that are learned from.
    made = [
        autoencoder.as_graphs(moons[k].history, "EA+TC+LF", QUICK, hash_of(0, int(k)))[0] for k in learned
    ]
    by_hand = autoencoder.embed(autoencoder.train(made, "EA+TC+LF", QUICK), made)
    np.testing.assert_allclose(found[learned], by_hand, rtol=1e-4, atol=1e-6)


def test_kinds_are_learned_from_and_ranked_as_they_are_named(both):
    scores = np.array([one.score("test") for one in both])
    kinds = np.array([one.candidate.kind for one in both])
    parts = rankings.splits(both, folds=2)
    perfect = [scores[:, None]] * 2
    for learned, ranked in rankings.pairs(both):
        found = rankings.rank(perfect, both, parts, "linear", learned, ranked)
        assert found["kendall"] == pytest.approx(1) and found["regret"] == 0 and found["error"] < 1e-6
    nothing = [np.zeros((8, 1))] * 2
    found = rankings.rank(nothing, both, parts, "linear", "perceptron", "convolutional")
    wanted = []
    for rows, held in parts:
        mean = scores[rows][kinds[rows] == "perceptron"].mean()
        wanted.append(np.abs(scores[held][kinds[held] == "convolutional"] - mean).mean())
    assert found["error"] == pytest.approx(np.mean(wanted)) and found["kendall"] is None
    assert found["regret"] == pytest.approx(found["regret_by_chance"])
    assert ("perceptron", "convolutional") in rankings.pairs(both) and len(rankings.pairs(both)) == 7


def test_a_study_has_a_row_for_all_that_it_compares(moons):
    ways = [("EA+TC+LF", QUICK), ("GC+RF", Fit(steps=0))]
    table = pd.concat(rankings.compare(moons, ways, task="two_moons", folds=2), ignore_index=True)
    assert not table.duplicated(rankings.PARAMETERS).any()
    regressors = sum(len(models) for _, models in candidates.BASELINES.values())
    assert len(table) == regressors + 2 * (3 + 2) and set(table["learned"]) == {"all"}
    scores = np.array([[one.score("train"), one.score("test")] for one in moons])
    by_hand = []
    for rows, held in rankings.splits(moons, folds=2):
        slope = np.polyfit(*scores[rows].T, 1)[0]
        by_hand.append(kendalltau(np.sign(slope) * scores[held, 0], scores[held, 1]).statistic)
    row = table[table["features"] == "training score"].iloc[0]
    assert row["kendall_folds"] == pytest.approx(by_hand)
    assert row["kendall"] == pytest.approx(np.mean(by_hand))


def test_tables_have_means_over_seeds_of_what_is_of_one_kind():
    told = dict.fromkeys(("steps", "edge_term", "weights_in_messages")) | {
        "features": "kind",
        "regressor": "ridge",
    }
    rows = [
        ("two_moons", "all", "all", 0, 0.2),
        ("two_moons", "all", "all", 1, 0.4),
        ("digits", "all", "all", 0, 0.9),
        ("digits", "all", "perceptron", 0, 0.7),
        ("digits", "perceptron", "perceptron", 0, 0.5),
        ("digits", "perceptron", "convolutional", 0, 0.1),
        ("digits", "convolutional", "convolutional", 0, 0.3),
        ("digits", "convolutional", "convolutional", 1, None),
    ]
    table = pd.DataFrame(rows, columns=["task", "learned", "ranked", "seed", "kendall"]).assign(**told)
    encoded = table.assign(features="GC+RF", steps=150.0, edge_term=0.0, weights_in_messages=False)
    both = pd.concat([table, encoded]).sample(frac=1, random_state=0)  # records come in any order
    found = rankings.by_reader(both)
    assert set(found.index) == {"kind (ridge)", "GC+RF, weights in edge attention only (ridge)"}
    wanted = {"two_moons": 0.3, "digits, perceptron": 0.5}
    assert found.loc["kind (ridge)"].dropna().to_dict() == pytest.approx(wanted)
    assert list(found) == ["two_moons", "digits, perceptron", "digits, convolutional"]
    across = rankings.by_kind(table).loc["kind (ridge)"].dropna().to_dict()
    assert across == pytest.approx(
        {
            ("all", "perceptron"): 0.7,
            ("perceptron", "perceptron"): 0.5,
            ("perceptron", "convolutional"): 0.1,
        }
    )


def test_readings_are_drawn_with_a_bar_at_the_mean_of_their_folds():
    figure, ax = plt.subplots()
    figures.ranked(ax, ["epochs", "GC+RF"], [[0.1, 0.3], [-0.2, 0.6]], [False, True])
    dots, bar = ax.lines[2].get_xydata(), ax.lines[3].get_xydata()
    assert dots.tolist() == [[-0.2, 1], [0.6, 1]] and bar.tolist() == [[pytest.approx(0.2), 1]]
    assert ax.lines[0].get_color() != ax.lines[2].get_color()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["epochs", "GC+RF"]
    plt.close(figure)
