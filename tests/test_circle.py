"""The circle: sine networks pruned and paid for, masks as graphs, against brute force and plain formulas."""

import itertools
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import torch

from netwithin import codec, graphs, memorize, networks, topometrics
from netwithin.circle import costs, figures, masks, memory, pruning, reading, stored
from netwithin.codec.experts import siren
from netwithin.codec.training import Preset
from netwithin.memorize.quantisation import settle, stored_bytes


@pytest.fixture(scope="module")
def ring():
    return graphs.newman_watts_strogatz(14, 0.25, seed=1)


def random_masks(model, sparsity, seed):
    return networks.uniform_masks(model, sparsity, seed)


# --- SynFlow through sines -----------------------------------------------------------------------


def test_the_flow_through_sines_is_that_of_their_tangents():
    model = memorize.SIREN(2, 3, omega0=7.0, seed=4)
    found = networks.flow.synaptic_flow(model, (2,))
    first, second, last = (
        abs(weight.detach().double().numpy()) for weight in networks.prunable(model).values()
    )
    biases = [abs(sine.linear.bias.detach().double().numpy()) for sine in model.sines]
    one = 7.0 * (first.sum(axis=1) + biases[0])
    two = 7.0 * (second @ one + biases[1])
    np.testing.assert_allclose(found["output"], last * two, rtol=1e-6)
    np.testing.assert_allclose(found["sines.1.linear"], 7.0 * second * one * last.T, rtol=1e-6)
    np.testing.assert_allclose(found["sines.0.linear"], 49.0 * first * (last @ second).T, rtol=1e-6)


def test_outside_the_flow_a_sine_is_a_sine():
    networks.flow.synaptic_flow(memorize.SIREN(2, 3), (2,))
    assert torch.sin(torch.tensor(100.0)).abs() <= 1


def test_weights_of_a_sine_network_on_a_path_are_those_of_its_graph():
    model = memorize.SIREN(3, 6)
    mask = random_masks(model, 0.7, seed=2)
    sizes = np.cumsum([0, 2, 6, 6, 6, 1])
    net = nx.DiGraph()
    for layer, one in enumerate(mask.values()):
        net.add_edges_from(
            (sizes[layer] + j, sizes[layer + 1] + i) for i, j in zip(*one.nonzero(), strict=True)
        )
    net.add_nodes_from(range(sizes[-1]))
    ahead = set().union(*(nx.descendants(net, k) | {k} for k in (0, 1)))
    behind = nx.ancestors(net, sizes[-1] - 1) | {sizes[-1] - 1}
    found = networks.flow.on_a_path(model, mask, (2,))
    for layer, (name, one) in enumerate(mask.items()):
        for i, j in zip(*one.nonzero(), strict=True):
            wanted = sizes[layer] + j in ahead and sizes[layer + 1] + i in behind
            assert found[name][i, j] == wanted


# --- choosing, training, paying ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["undirected", "directed", "bipartite"])
def test_pairs_are_the_entries_that_may_be_edges(kind):
    random = np.random.default_rng(0)
    matrix = random.random((5, 7 if kind == "bipartite" else 5)) < 0.4
    if kind == "undirected":
        matrix |= matrix.T
    if kind != "bipartite":
        np.fill_diagonal(matrix, False)
    graph = graphs.Graph(matrix, kind)
    rows, columns = matrix.shape
    wanted = {}
    for i, j in itertools.product(range(rows), range(columns)):
        if kind == "bipartite" or i < j or (kind == "directed" and i != j):
            wanted[2 * i / (rows - 1) - 1, 2 * j / (columns - 1) - 1] = float(matrix[i, j])
    inputs, targets = pruning.pairs(graph)
    found = {
        tuple(np.round(place, 5)): edge for place, edge in zip(inputs.tolist(), targets.tolist(), strict=True)
    }
    assert found == {tuple(np.round(place, 5)): edge for place, edge in wanted.items()}
    assert len(inputs) == graph.number_of_pairs


def test_both_entries_of_an_undirected_pair_get_one_score(ring):
    model = memorize.SIREN(2, 5, seed=3)
    scores = memorize.evaluate(model, ring, inputs=pruning.entries(ring)).scores
    np.testing.assert_allclose(scores, scores.T, atol=1e-6)
    directed = graphs.Graph(ring.adjacency, "directed")
    others = memorize.evaluate(model, directed, inputs=pruning.entries(directed)).scores
    assert abs(others - scores).max() > 1e-3


@pytest.mark.parametrize("pruner", pruning.PRUNERS)
def test_a_pruner_keeps_an_exact_number_and_leaves_the_network_alone(ring, pruner):
    model = memorize.SIREN(2, 6, seed=1)
    before = [parameter.clone() for parameter in model.parameters()]
    one, two = (pruning.choose(model, pruner, 0.75, *pruning.pairs(ring), seed=5) for _ in range(2))
    kept = sum(mask.sum() for mask in one.values())
    assert abs(kept - 0.25 * 54) <= (1.5 if pruner == "uniform" else 0.5)
    assert all((one[name] == two[name]).all() for name in one)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_magnitude_keeps_the_largest_weights(ring):
    model = memorize.SIREN(2, 6)
    mask = pruning.choose(model, "magnitude", 0.8, *pruning.pairs(ring))
    weights = {name: abs(weight.detach().numpy()) for name, weight in networks.prunable(model).items()}
    kept = np.concatenate([weights[name][one] for name, one in mask.items()])
    gone = np.concatenate([weights[name][~one] for name, one in mask.items()])
    assert kept.min() >= gone.max()


def test_an_unknown_pruner_is_refused(ring):
    with pytest.raises(ValueError, match="no pruner 'erk'"):
        pruning.choose(memorize.SIREN(2, 6), "erk", 0.5, *pruning.pairs(ring))
    with pytest.raises(ValueError, match="before or after"):
        memory.run(ring, memory.Setup(2, 4, epochs=1), when="never")


def test_removed_weights_stay_zero_in_training_and_the_others_move(ring):
    model = memorize.SIREN(2, 6)
    mask = random_masks(model, 0.6, seed=0)
    sparse = settle(memory.trained(pruning.masked(model, mask), ring, memory.Setup(2, 6, epochs=3)))
    for name, weight in networks.prunable(sparse).items():
        values, start = weight.detach().numpy(), networks.prunable(model)[name].detach().numpy()
        assert (values[~mask[name]] == 0).all()
        assert (values[mask[name]] != start[mask[name]]).any()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_needed_changes_nothing_and_what_is_needed_does(seed):
    model = memorize.SIREN(3, 4, seed=seed)
    mask = random_masks(model, 0.75, seed)
    useful = pruning.needed(mask)
    inputs = torch.linspace(-1, 1, 20).reshape(10, 2)
    sparse = settle(pruning.masked(model, mask))
    with torch.no_grad():
        whole = sparse(inputs)
        for name, weight in networks.prunable(sparse).items():
            for place in zip(*mask[name].nonzero(), strict=True):
                value = weight[place].item()
                weight[place] = value + 0.3
                assert torch.equal(sparse(inputs), whole) != useful[name][place]
                weight[place] = value


def test_biases_that_count_are_those_that_the_output_hears():
    model = memorize.SIREN(3, 5, seed=2)
    mask = random_masks(model, 0.7, seed=7)
    sparse, inputs = settle(pruning.masked(model, mask)), torch.rand(6, 2)
    heard = 0
    with torch.no_grad():
        whole = sparse(inputs)
        for bias in [parameter for name, parameter in sparse.named_parameters() if name.endswith("bias")]:
            for k in range(len(bias)):
                value = bias[k].item()
                bias[k] += 0.02
                heard += not torch.equal(sparse(inputs), whole)
                bias[k] = value
    assert costs.biases(pruning.needed(mask)) == heard


def test_a_mask_costs_its_number_among_all_masks():
    mask = {"a": np.arange(12).reshape(3, 4) % 5 == 0, "b": np.ones((1, 3), bool)}
    layers = [math.log2(13 * math.comb(12, 3)), math.log2(4 * math.comb(3, 3))]
    assert costs.enumerated_bits(mask) == pytest.approx(sum(layers))
    assert costs.enumerated_bits(mask, by_layer=False) == pytest.approx(math.log2(16 * math.comb(15, 6)))
    assert costs.mask_bits(mask) == pytest.approx(1 + min(sum(layers), math.log2(16 * math.comb(15, 6))))


@pytest.mark.parametrize("name", costs.FORMATS)
def test_a_dense_network_costs_its_bytes(name):
    model = memorize.SIREN(3, 5)
    assert -(-costs.network_bits(networks.as_masks(model), name) // 8) == stored_bytes(model, name)


def test_the_parts_of_a_total_add_up(ring):
    setup = memory.Setup(2, 5, epochs=4)
    dense = memory.run(ring, setup)
    sparse = memory.run(ring, setup, "er", 0.6, seed=1)
    for found in (dense, sparse):
        parts = found["model_bits"] + found["mask_bits"] + found["residual_bits"]
        assert found["total_bits"] == pytest.approx(parts)
        assert found["total_bits"] <= found["total_fp16"]
        assert set(topometrics.NAMES) <= set(found)
    assert dense["mask_bits"] == 0 and dense["kept"] == dense["edges"] == 40
    assert sparse["mask_bits"] > 0 and sparse["kept"] == sparse["edges"] == 16
    assert memory.run(ring, setup, "er", 0.6, seed=1) == sparse


# --- the network in a file -----------------------------------------------------------------------


def test_a_pruned_file_decodes_and_has_the_zeros(ring):
    preset = Preset(2, 6, (6,), steps=10, rounded_steps=4)
    found = stored.run(ring, preset, "synflow", 0.7)
    assert found["exact"] and found["kept"] == 16
    assert found["zeros"] >= 1 - (16 + 12) / (54 + 12)
    assert found["model_bits"] < stored.run(ring, preset)["model_bits"]


def test_biases_that_nobody_reads_change_no_logit():
    random = np.random.default_rng(0)
    width, layers = 5, 3
    mask = pruning.needed(random_masks(memorize.SIREN(layers, width), 0.7, seed=3))
    first, *hidden, last = (random.integers(-20, 21, one.shape) * one for one in mask.values())
    biases = random.integers(-32, 32, (layers, width))
    scales = np.full(layers + 1, 60, np.uint8)
    network = siren.Integers(7, scales, first, np.array(hidden), biases, last[0], 5)
    other = stored.without_idle_biases(network, mask)
    inputs = random.integers(-(1 << 31), 1 << 31, (2, 40))
    np.testing.assert_array_equal(siren.run(network, inputs), siren.run(other, inputs))
    assert (other.biases != network.biases).any()


# --- masks as graphs -----------------------------------------------------------------------------


def test_masks_come_back_from_their_graphs():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, (2, 3)), torch.nn.Flatten(), torch.nn.Linear(6, 4, bias=False)
    )
    mask = random_masks(model, 0.5, seed=9)
    layers = masks.rolled_graphs(model, mask)
    assert layers["0"].shape == (12, 3) and layers["2"].shape == (6, 4)
    assert layers["0"].adjacency[4, 1] == mask["0"][1, 0, 1, 1]
    back = masks.masks_of(layers, model)
    assert all((back[name] == mask[name]).all() for name in mask)


def test_shuffling_keeps_the_graph(ring):
    graph = graphs.Graph(np.random.default_rng(1).random((9, 6)) < 0.3, "bipartite")
    mixed = masks.shuffled(graph, seed=2)
    one, two = (nx.bipartite.from_biadjacency_matrix(g.adjacency.astype(int)) for g in (graph, mixed))
    match = nx.algorithms.isomorphism.categorical_node_match("bipartite", None)
    assert mixed != graph and nx.is_isomorphic(one, two, match)


def test_a_mask_with_hubs_is_coded_below_its_density_and_a_random_one_is_not():
    model = torch.nn.Linear(90, 60)
    random = np.random.default_rng(0)
    hubs = random.random((60, 90)) < np.where(random.random(60) < 0.15, 0.6, 0.02)[:, None]
    plain = random.random((60, 90)) < hubs.mean()
    found = {
        name: masks.run(model, {"": mask}, seed=1) for name, mask in {"hubs": hubs, "plain": plain}.items()
    }
    for name, mask in {"hubs": hubs, "plain": plain}.items():
        one = found[name]
        wanted = math.log2(5401 * math.comb(5400, int(mask.sum())))
        assert one["density_bits"] == one["layer_density_bits"] == pytest.approx(wanted)
        layer = masks.rolled_graphs(model, {"": mask})[""]
        assert one["codec_bits"] == 8 * len(codec.encode(layer, effort=masks.EFFORT))
    assert found["hubs"]["shuffled_bits"] < 0.8 * found["hubs"]["density_bits"]
    assert found["plain"]["codec_bits"] > found["plain"]["density_bits"]


# --- reading -------------------------------------------------------------------------------------


@pytest.fixture
def rows():
    """Networks whose residual follows one topometric within each sparsity, which another one tells."""
    random = np.random.default_rng(0)
    count = 60
    table = pd.DataFrame({name: random.random(count) for name in topometrics.NAMES})
    table["pruner"] = np.tile(["a", "b", "c"], 20)
    table["sparsity"] = np.repeat([0.9, 0.98], 30)
    table["kept"] = np.where(table["sparsity"] == 0.9, 100, 20)
    table["useful"], table["biases"] = table["kept"] - 1, 7
    table["layer_densities"] = random.random((count, 3)).tolist()
    table["density_entropy_bits"] = 200.0
    table["components"] = np.where(table["sparsity"] == 0.9, 0.0, 1.0)
    table["residual_bits"] = 100 * (1 - table["k_core"]) + np.where(table["sparsity"] == 0.9, 0, 100)
    return table


def test_rank_correlations_are_spearmans_within_a_sparsity(rows):
    found = reading.rank_correlations(rows)
    parts = [
        scipy.stats.spearmanr(part["n2"], part["residual_bits"])[0] for _, part in rows.groupby("sparsity")
    ]
    assert found.loc["n2", "correlation"] == pytest.approx(np.mean(parts))
    assert found.loc["n2", "spread"] == pytest.approx(np.ptp(parts))
    assert found.loc["k_core", "correlation"] == pytest.approx(-1)
    assert found.loc["kept", "correlation"] == 0  # the same for all of a sparsity
    assert found["correlation"].abs().idxmax() == "k_core"


def test_what_explains_the_residual_predicts_it(rows):
    found = reading.predicted(rows, repeats=2)
    assert (found.loc["topometrics"] > found.loc["layer densities"] + 0.2).all()
    few = reading.predicted(rows.iloc[25:45].reset_index(drop=True), repeats=1)
    assert few.isna().any(axis=1).tolist() == [False, False, False, False, True]
    half = found.loc["weights kept", "folds at random"]  # the sparsity's share of the variance
    assert 0.5 < half < found.loc["topometrics", "folds at random"]


def test_the_ratio_stands_beside_the_drop_of_its_own_network(rows):
    coded = rows.assign(architecture="resnet20", dataset="digits", seed=np.arange(60) // 3)
    coded["codec_bits"], coded["layer_density_bits"] = 10 * rows["sink"], 10.0
    trained = coded[["architecture", "dataset", "pruner", "sparsity", "seed"]].assign(epochs=3)
    trained["accuracy"] = 0.9 - 0.2 * rows["sink"]
    dense = trained.drop_duplicates("seed").assign(pruner="dense", sparsity=0.0, accuracy=0.9)
    shorter = trained.assign(epochs=1, accuracy=0.1)
    found = reading.beside(coded, pd.concat([trained.iloc[:45], dense, shorter.iloc[:45]]))
    assert len(found) == 45
    np.testing.assert_allclose(found["drop"], 0.2 / 0.9 * found["codec_ratio"])
    assert reading.beside(coded, trained.iloc[:0]).empty
    told = reading.drops(found, repeats=1)
    assert told.loc["codec's ratio", "folds at random"] > 0.95 > told.loc["sparsity", "folds at random"]


# --- figures -------------------------------------------------------------------------------------


def test_figures_draw_what_they_are_given(rows):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 4)
    table = rows.assign(way=np.tile(["dense", "er"], 30), width=4, total_bits=100.0)
    figures.rates(axes[0], table)
    assert axes[0].get_legend_handles_labels()[1][0] == "density's entropy"
    line = axes[0].containers[0].lines[0]
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), 0.5)
    figures.parts(axes[1], pd.DataFrame({"weights": [1.0, 2.0], "mask": [3.0, 4.0]}, index=["x", "y"]))
    assert [patch.get_x() for patch in axes[1].patches] == [0, 0, 1, 2]
    found = reading.rank_correlations(rows)
    figures.correlations(axes[2], found)
    assert len(axes[2].patches) == len(found)
    coded = pd.DataFrame({"pruner": ["er", "er"], "xz_bits": [12, 8], "layer_density_bits": [10, 10]})
    figures.codes(axes[3], coded, {"xz_bits": "xz"})
    assert axes[3].patches[0].get_height() == pytest.approx(1)
    plt.close(figure)
