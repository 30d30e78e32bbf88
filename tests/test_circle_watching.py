"""Memories watched and read: graphs against layers, wrong bits by brute force, readings by plain formulas."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import torch
from sklearn.linear_model import LinearRegression

from netwithin import graphs, memorize
from netwithin.circle import figures, memory, watching
from netwithin.structure import baselines, decoding, studies
from netwithin.structure.autoencoder import Fit

SETUP = memory.Setup(layers=2, width=4, epochs=20)
CASES = watching.CASES[:3]


@pytest.fixture(scope="module")
def runs():
    return watching.histories(CASES, SETUP, nodes=12, every=2, seed=3)


def test_an_edge_carries_what_the_sine_multiplies():
    model = memorize.SIREN(2, 3, omega0=7.0, seed=1)
    index = watching.topology(watching.linear_layers(model)).to_torch_geometric().edge_index
    found = watching.weights(model)
    assert found.shape == (2 * 3 + 3 * 3 + 3, 1)
    sizes = np.cumsum([0, 2, 3, 3, 1])
    layers = [*(7.0 * sine.linear.weight for sine in model.sines), model.output.weight]
    for (start, end), value in zip(index.T.tolist(), found[:, 0].tolist(), strict=True):
        layer = int(np.searchsorted(sizes, start, side="right")) - 1
        wanted = layers[layer][end - sizes[layer + 1], start - sizes[layer]].item()
        assert value == pytest.approx(wanted, rel=1e-6)


def test_the_weights_that_are_kept_leave_the_network_alone():
    model = memorize.SIREN(2, 3, seed=1)
    before = [value.clone() for value in model.parameters()]
    watching.weights(model).fill_(0)
    assert all((one == two).all() for one, two in zip(before, model.parameters(), strict=True))


def test_wrong_bits_are_those_of_the_network_that_is_kept():
    """Each kept graph is made a network again, and its wrong pairs are counted one by one."""
    graph = graphs.erdos_renyi(9, 0.4, seed=2)
    setup = memory.Setup(layers=1, width=5, epochs=6, learning_rate=3e-2)
    model, biases = memory.fresh(setup, 4), []
    inputs, targets = watching.pairs(graph)
    settings = memorize.Settings(6, 3e-2, chunk=len(inputs))
    keep = lambda result: biases.append([model.sines[0].linear.bias.tolist(), model.output.bias.tolist()])  # noqa: E731
    memorize.train(model, inputs, targets, settings, on_epoch=keep)
    found = watching.watch(graph, setup, every=2, seed=4)
    assert found.epochs == 3
    places = np.linspace(-1, 1, 9)
    for k, edges in enumerate(found.edge_attr[:, :, 0].double().numpy()):
        first, last = edges[:10].reshape(2, 5), edges[10:]
        inner, outer = biases[2 * k + 1]
        scores, truth = [], []
        for i in range(9):
            for j in range(i + 1, 9):
                hidden = np.sin(places[i] * first[0] + places[j] * first[1] + 30 * np.array(inner))
                scores.append(hidden @ last + outer[0])
                truth.append(graph.adjacency[i, j] != 0)
        wrong = sum((score > np.mean(scores)) != edge for score, edge in zip(scores, truth, strict=True))
        assert found.test_scores[k].item() == pytest.approx(np.log2(1 + wrong))


def test_cases_part_rate_and_graph():
    assert len(set(watching.CASES)) == len(watching.CASES) == 12
    for start in range(7):
        rates = [case.learning_rate for case in watching.CASES[start : start + 6]]
        assert sorted(rates) == sorted(2 * [1e-3, 2e-3, 4e-3])


def test_embeddings_are_those_of_an_autoencoder_that_has_not_seen_the_run(runs):
    fit = Fit(steps=3)
    found = watching.embeddings(runs, "EA+TC+LF", fit, seed=5)
    assert [table.shape for table in found] == [(3, 10, 16)] * 3
    turned = [runs[2], runs[0], runs[1]]  # run 1 last
    wanted = studies.embeddings(turned, "EA+TC+LF", fit, 5)[0].reshape(3, 10, 16)
    np.testing.assert_array_equal(found[1], wanted[[1, 2, 0]])


def test_a_run_is_read_by_least_squares_on_the_others():
    random = np.random.default_rng(0)
    features = [random.normal(size=(3, 8, 2)) for _ in range(3)]
    scores = random.normal(size=(3, 8))
    found = watching.read_out(features, scores, "linear")
    for k in range(3):
        rest = [j for j in range(3) if j != k]
        learned = LinearRegression().fit(np.vstack(features[k][rest]), np.concatenate(scores[rest]))
        np.testing.assert_allclose(found[k], learned.predict(features[k][k]))


def test_agreement_is_scipys_and_what_is_constant_agrees_with_nothing():
    random = np.random.default_rng(1)
    predicted, true = random.normal(size=(2, 4, 9))
    predicted[3] = 0.5
    found = watching.agreement(predicted, true)
    alone = [scipy.stats.pearsonr(p, t).statistic for p, t in zip(predicted[:3], true[:3], strict=True)] + [0]
    assert found["pearson"] == pytest.approx(np.mean(alone))
    assert (found["pearson_least"], found["pearson_most"]) == pytest.approx((min(alone), max(alone)))
    tau = scipy.stats.kendalltau(predicted.ravel(), true.ravel()).statistic
    assert found["kendall_pooled"] == pytest.approx(tau)
    errors = ((predicted - true) ** 2).sum()
    assert found["r2_pooled"] == pytest.approx(1 - errors / ((true - true.mean()) ** 2).sum())


def test_along_a_run_an_offset_is_forgiven_and_across_runs_it_is_not():
    falling = np.linspace(8, 0, 20)
    true = np.stack([falling + 3 * k for k in range(4)])
    found = watching.agreement(np.stack([falling] * 4), true)
    assert found["pearson"] == pytest.approx(1)
    assert found["pearson_pooled"] < 0.8 and found["r2_pooled"] < 0.3


def test_plain_features_are_those_of_each_run(runs):
    found = watching.plain(runs, CASES)
    for name, (measure, models) in baselines.BASELINES.items():
        table, regressors = found[name]
        assert regressors == models
        np.testing.assert_array_equal(table[1], measure(runs[1]))
    told = found["epoch, rate and density"][0]
    np.testing.assert_array_equal(told[:, :, 0], found["epoch number"][0][:, :, 0])
    np.testing.assert_allclose(told[2, :, 1:], [[np.log(4e-3), 0.4]] * 10)


def test_the_tables_have_every_split(runs, monkeypatch):
    monkeypatch.setattr(baselines, "BASELINES", {"epoch number": (baselines.epoch_number, ("linear",))})
    monkeypatch.setattr(watching, "REGRESSORS", ("linear",))
    fits = [Fit(steps=0), Fit(steps=1, edge_term=1.0, weights_in_messages=False)]
    tables = [*watching.read_plain(runs[:2], CASES[:2]), *watching.read_encoders(runs[:2], ["GC+LF"], fits)]
    assert [studies.readers(table).unique().tolist() for table in tables] == [
        ["epoch number (linear)"],
        ["epoch, rate and density (boosting)"],
        ["GC+LF, untrained (linear)"],
        ["GC+LF, edges given back, weights in edge attention only (linear)"],
    ]
    for table in tables:
        assert table["split"].tolist() == [*decoding.SPLITS]
        assert table["pearson"].notna().all() and (table["counted"] <= 2).all()


def test_by_run_the_epoch_alone_reads_what_all_runs_have_in_common():
    lengths = 30
    shape = watching.topology(watching.linear_layers(memory.fresh(SETUP))).to_torch_geometric()
    falling = torch.linspace(9, 1, lengths, dtype=torch.float64)
    made = [
        watching.History(shape, torch.zeros(lengths, 28, 1), falling + k, falling + k, 0.0) for k in range(3)
    ]
    epochs = np.stack([np.arange(lengths, dtype=float)[:, None]] * 3)
    table = watching.read(made, [epochs] * 3, "linear").set_index("split")
    np.testing.assert_allclose(table["pearson"], 1)
    assert table.loc["run", "r2_pooled"] < 0.95


def test_figures_draw_every_graph_and_every_reading(runs):
    figure, (left, right) = plt.subplots(1, 2)
    true = np.array([[4.0, 2, 0], [3, 2, 1]])
    figures.read_runs(left, true + np.array([[0.0, 0, 50], [0, 0, 0]]), true)
    points = np.concatenate([line.get_xydata() for line in left.lines[:-1] if line.get_marker() != "None"])
    assert len(points) == true.size and points[:, 1].max() < 5
    table = pd.DataFrame({"read": ["epoch", "GC+LF", "epoch"], "value": [0.25, 0.5, 0.75]})
    figures.readings(right, table, "value")
    assert [label.get_text() for label in right.get_yticklabels()] == ["epoch", "GC+LF"]
    assert sorted(x for line in right.containers for x in line.lines[0].get_xdata()) == [0.5, 0.5]
    plt.close(figure)
