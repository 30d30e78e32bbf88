"""Tasks, training runs, the autoencoder, baselines, and how a score is read from them."""

import dataclasses

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.metrics import r2_score, roc_auc_score
from torch import nn
from torch_geometric.data import Batch

from netwithin.structure import autoencoder, baselines, decoding, graphs, histories, studies, tasks
from netwithin.structure.autoencoder import Fit
from netwithin.structure.encoders import ENCODERS, GraphEncoder
from netwithin.structure.histories import TrainingPlan

SMALL = TrainingPlan((4, 3), epochs=6)
QUICK = Fit(steps=2, batch=3)


@pytest.fixture(scope="module")
def runs():
    return studies.histories("two_moons", SMALL, 3)


def test_excerpts_of_tables_give_scikit_learns_features(tmp_path, monkeypatch):
    folder = tmp_path / "tabular"
    folder.mkdir()
    random = np.random.default_rng(0)
    columns = "longitude latitude housing_median_age total_rooms total_bedrooms population households"
    houses = pd.DataFrame(random.uniform(1, 9, (50, 9)), columns=[*columns.split(), "median_income", "value"])
    houses.loc[3, "total_bedrooms"] = np.nan
    houses = houses.rename(columns={"value": "median_house_value"})
    houses.to_csv(folder / "california-housing.csv.gz", index=False)
    monkeypatch.setenv("NETWITHIN_DATA", str(tmp_path))
    task = tasks.load("california_housing")
    assert len(task.train_inputs) + len(task.test_inputs) == 49 and task.outputs == 1
    torch.testing.assert_close(task.train_inputs.mean(0), torch.zeros(8), atol=1e-5, rtol=0)
    assert float(task.train_targets.std(correction=0)) == pytest.approx(1)
    # The average occupancy orders the rows as it should: correlations do not mind the normalisation.
    whole = houses.dropna()
    occupancy = np.sort(whole["population"] / whole["households"])
    found = np.sort(torch.cat([task.train_inputs, task.test_inputs])[:, 5])
    assert np.corrcoef(found, occupancy)[0, 1] == pytest.approx(1)


def test_scores_are_those_of_scikit_learn():
    moons = tasks.load("two_moons")
    model = nn.Linear(2, 2)
    named = model(moons.test_inputs).argmax(1)
    assert moons.judge(model, "test") == pytest.approx(float((named == moons.test_targets).float().mean()))
    values = dataclasses.replace(moons, test_targets=torch.randn(200), outputs=1, score="R²")
    line = nn.Linear(2, 1)
    wanted = r2_score(values.test_targets, line(values.test_inputs)[:, 0].detach())
    assert values.judge(line, "test") == pytest.approx(wanted, abs=1e-5)
    with pytest.raises(ValueError, match="no task 'three_moons'"):
        tasks.load("three_moons")


def test_a_history_ends_with_the_networks_weights_and_scores():
    moons, model = tasks.load("two_moons"), histories.network(tasks.load("two_moons"), (4, 3), seed=5)
    state = torch.get_rng_state()
    history = histories.watch(moons, SMALL, seed=5, model=model)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(history.edge_attr[-1], graphs.edge_features(model))
    assert not torch.equal(history.edge_attr[0], history.edge_attr[-1])
    assert history.scores("train")[-1] == moons.judge(model, "train")
    again = histories.watch(moons, SMALL, seed=5)
    assert torch.equal(again.edge_attr, history.edge_attr)


@pytest.mark.parametrize("name", ENCODERS)
def test_embeddings_are_means_over_nodes_and_follow_from_the_seed(runs, name):
    examples = autoencoder.as_graphs(runs[0], name, QUICK)
    model = autoencoder.train(examples, name, QUICK)
    found = autoencoder.embed(model, examples, batch=4)
    one = model.encoder(examples[5])[0].mean(0).detach().double().numpy()
    np.testing.assert_allclose(found[5], one, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(
        found, autoencoder.embed(autoencoder.train(examples, name, QUICK), examples, 4)
    )
    other = autoencoder.embed(autoencoder.train(examples, name, QUICK, seed=1), examples)
    assert not np.allclose(found, other)


def test_random_features_differ_from_graph_to_graph_and_laplacian_ones_do_not(runs):
    for name, same in (("GC+RF", False), ("GC+LF", True)):
        first, second = autoencoder.as_graphs(runs[0], name, QUICK)[:2]
        assert torch.equal(first.x, second.x) == same


def test_the_autoencoders_loss_is_the_papers(runs):
    """Cross-entropy of joined pairs and of others, and the divergence from a standard normal, by NumPy."""
    examples = autoencoder.as_graphs(runs[0], "EA+TC+LF", QUICK)[:2]
    batch = Batch.from_data_list(examples)
    edges = nn.Linear(32, 1)
    net = GraphEncoder(ENCODERS["EA+TC+LF"], 1, QUICK.positions)
    model = autoencoder.Autoencoder(net, edges).eval()
    torch.manual_seed(3)
    found = autoencoder.loss(model, batch, 0.5)
    torch.manual_seed(3)
    drawn = torch.randint(batch.non_edge_index.shape[1], (batch.num_edges,))
    mean, spread = (out.detach().double().numpy() for out in model.encoder(batch))

    def chance(pairs):
        return 1 / (1 + np.exp(-(mean[pairs[0]] * mean[pairs[1]]).sum(1)))

    ends, apart = batch.edge_index.numpy(), batch.non_edge_index[:, drawn].numpy()
    wanted = -np.log(chance(ends)).mean() - np.log(1 - chance(apart)).mean()
    divergence = 0.5 * (mean**2 + np.exp(2 * spread) - 2 * spread - 1).sum(1).mean()
    both = torch.from_numpy(np.concatenate([mean[ends[0]], mean[ends[1]]], axis=1)).float()
    explained = r2_score(batch.edge_attr.numpy(), edges(both).detach().numpy())
    assert found.item() == pytest.approx(wanted + divergence / 11 + 0.5 * (1 - explained), rel=1e-4)


def test_an_autoencoder_that_is_asked_for_the_weights_learns_to_give_them_back(runs):
    examples = autoencoder.as_graphs(runs[0], "EA+TC+LF", QUICK)
    shares = []
    for steps in (1, 100):
        fit = Fit(steps=steps, batch=2, learning_rate=0.02, edge_term=10.0)
        shares.append(autoencoder.edges_given_back(autoencoder.train(examples, "EA+TC+LF", fit), examples))
    assert shares[0] < 0.1 and 0.4 < shares[1] <= 1


def test_the_kind_of_a_layer_is_not_asked_for():
    graph = graphs.attributed(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 2)))
    weights = graph.edge_attr[:, :9]
    weights[-8:] += 0.01 * torch.randn(8, 9)  # a linear layer's field has zeros but in its middle
    model = autoencoder.Autoencoder(nn.Identity(), lambda ends: torch.zeros(len(ends), 9))
    found = model.unexplained(torch.zeros(graph.num_nodes, 3), graph)
    wanted = 1 - r2_score(weights.numpy(), np.zeros((12, 9)))
    assert float(found) == pytest.approx(wanted, rel=1e-5)


def test_what_does_not_vary_is_not_asked_for():
    graph = graphs.attributed(nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 2)), kernel=3, kinds=True)
    model = autoencoder.Autoencoder(nn.Identity(), lambda ends: torch.zeros(len(ends), 9))
    found = model.unexplained(torch.zeros(graph.num_nodes, 3), graph)
    weights = graph.edge_attr[:, 4].numpy()  # the middle of the field; all around it are zeros
    assert float(found) == pytest.approx(1 - r2_score(weights, np.zeros(28)), rel=1e-5)


def test_readings_with_an_edge_term_say_what_was_given_back(runs):
    plain, asked = (
        studies.read_with_edge_term(runs, "EA+TC+LF", dataclasses.replace(QUICK, edge_term=term))
        for term in (0.0, 2.0)
    )
    same = studies.read_embedding(runs, "EA+TC+LF", QUICK)
    pd.testing.assert_frame_equal(plain[same.columns.drop("seconds")], same.drop(columns="seconds"))
    assert plain["edges_seen"].isna().all() and (asked["edge_term"] == 2).all()
    fit = dataclasses.replace(QUICK, edge_term=2.0)
    model, graphs = studies.fitted(runs, "EA+TC+LF", fit)
    assert asked["edges_held_out"][0] == pytest.approx(autoencoder.edges_given_back(model, graphs[2]))


def test_the_area_under_the_curve_is_scikit_learns(runs):
    example = autoencoder.as_graphs(runs[0], "EA+GC+LF", QUICK)[0]
    model = autoencoder.train([example], "EA+GC+LF", QUICK)
    z = model.encoder(example)[0].detach().numpy()
    pairs = np.concatenate([example.edge_index, example.non_edge_index], axis=1)
    joined = np.arange(pairs.shape[1]) < example.num_edges
    wanted = roc_auc_score(joined, (z[pairs[0]] * z[pairs[1]]).sum(1))
    assert autoencoder.area_under_curve(model, [example]) == pytest.approx(wanted, abs=1e-3)
    with pytest.raises(ValueError, match="no encoder 'TC'"):
        autoencoder.train([example], "TC", QUICK)
    with pytest.raises(ValueError, match="needs graphs"):
        autoencoder.train([], "GC+LF", QUICK)


def test_the_run_held_out_is_not_seen_by_the_autoencoder(runs):
    other = dataclasses.replace(runs[2], edge_attr=runs[2].edge_attr * 3 + 1)
    for name in ("EA+TC+LF", "GC+RF"):
        found, _ = studies.embeddings(runs, name, QUICK)
        changed, _ = studies.embeddings([*runs[:2], other], name, QUICK)
        np.testing.assert_allclose(found[:12], changed[:12], rtol=1e-5, atol=1e-7)
        assert not np.allclose(found[12:], changed[12:])


def test_weight_statistics_are_numpys(runs):
    run = runs[0]
    first = run.edge_attr[2, :8, 0].double().numpy()  # 2 inputs to 4 neurons
    wanted = [first.mean(), first.var(), *np.quantile(first, [0, 0.25, 0.5, 0.75, 1])]
    found = baselines.weight_statistics(run)
    assert found.shape == (6, 21)
    np.testing.assert_allclose(found[2, :7], wanted, rtol=1e-6)
    magnitude = run.edge_attr.abs().mean(dim=(1, 2)).double().numpy()
    np.testing.assert_allclose(baselines.mean_absolute_weight(run)[:, 0], magnitude, rtol=1e-5)
    assert baselines.epoch_number(run)[:, 0].tolist() == [1, 2, 3, 4, 5, 6]


def test_the_kind_of_a_layer_is_no_weight():
    digits = tasks.load("digits")
    few = dataclasses.replace(
        digits, train_inputs=digits.train_inputs[:20], train_targets=digits.train_targets[:20]
    )
    run = histories.watch(few, TrainingPlan((3,), epochs=1))
    assert run.edge_attr.shape == (1, 3 + 30, 10)
    last = run.edge_attr[0, 3:, 4]
    assert baselines.weight_statistics(run)[0, 7] * 9 == pytest.approx(float(last.mean()), rel=1e-4)


def test_shapes_of_graphs_are_networkxs(runs):
    graph = nx.bipartite.random_graph(9, 8, 0.4, seed=2)
    matrix = scipy.sparse.csr_array(nx.to_scipy_sparse_array(graph, nodelist=range(17), dtype=float))
    wanted = nx.bipartite.robins_alexander_clustering(graph)
    assert wanted > 0 and baselines.square_clustering(matrix) == pytest.approx(wanted)
    run = dataclasses.replace(runs[0], edge_attr=runs[0].edge_attr[:1])
    clustering, path, length = baselines.graph_measures(run, kept=1.0)[0]
    whole = graphs.topology(histories.network(tasks.load("two_moons"), (4, 3))).to_networkx().to_undirected()
    for (i, j), weight in zip(
        run.topology.edge_index.T.tolist(), run.edge_attr[0, :, 0].tolist(), strict=True
    ):
        whole[i][j]["length"] = 1 / abs(weight)
    assert clustering == pytest.approx(nx.bipartite.robins_alexander_clustering(whole))
    assert path == pytest.approx(nx.average_shortest_path_length(whole))
    assert length == pytest.approx(nx.average_shortest_path_length(whole, "length"), rel=1e-6)
    assert baselines.graph_measures(run, kept=0.3)[0, 0] != clustering


def test_rows_are_held_out_as_they_are_said_to_be():
    lengths = [10, 10, 10]
    for how, wanted in (("time", [8, 9]), ("run", list(range(20, 30)))):
        train, test = decoding.split(lengths, how)
        assert test.tolist() == wanted and not set(train) & set(test)
    train, test = decoding.split(lengths, "random", seed=1)
    assert sorted([*train, *test]) == list(range(10)) and len(test) == 2
    assert not np.array_equal(test, decoding.split(lengths, "random", seed=2)[1])
    for lengths, how, message in (([10], "run", "not enough"), ([10, 10], "luck", "not 'luck'")):
        with pytest.raises(ValueError, match=message):
            decoding.split(lengths, how)
    with pytest.raises(ValueError, match="no regressor 'forest'"):
        decoding.regressor("forest")


def test_a_score_is_read_from_what_holds_it_and_not_from_what_does_not():
    random = np.random.default_rng(0)
    features = random.normal(size=(200, 3))
    scores = features @ [1.0, 2.0, 0.0] + 0.1 * random.normal(size=200)
    for how in decoding.SPLITS:
        for model, least in (("linear", 0.99), ("ridge", 0.99), ("boosting", 0.8)):
            found = decoding.decode(features, scores, [100, 100], how, model)
            assert found["pearson"] > least and found["kendall"] > 0.6
    assert abs(decoding.decode(random.normal(size=(200, 3)), scores, [100, 100], "run")["pearson"]) < 0.4
    by_hand = np.corrcoef(features[100:, 0], scores[100:])[0, 1]
    found = decoding.decode(features[:, :1], scores, [100, 100], "run")
    assert found["pearson"] == pytest.approx(by_hand)


def test_what_varies_by_rounding_only_says_nothing():
    scores = np.linspace(0, 1, 50)
    for features in (np.ones((50, 2)), np.ones((50, 2)) + 1e-8 * scores[:, None]):
        found = decoding.decode(features, scores, [50], "random")
        assert found["pearson"] is None and found["kendall"] is None


def test_a_study_has_a_row_for_all_that_it_compares(runs):
    table = pd.concat(studies.compare(runs, ["GC+LF"], [QUICK], task="two_moons"))
    assert not table.duplicated(studies.PARAMETERS).any()
    assert set(table["features"]) == {*baselines.BASELINES, "GC+LF"}
    assert len(table) == 3 * (6 + 1) and (table["epochs"] == 6).all()
    assert table.loc[table["features"] == "GC+LF", "area"].between(0, 1).all()
    steps = studies.labelled(table, runs, "two_moons")["steps"]
    assert [one for one in steps if one is not None] == [2, 2, 2]
    assert all(type(one) is int for one in steps if one is not None)
