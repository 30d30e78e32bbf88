"""What weights hold: networks side by side, the bits of a graph, the smallest network that has them all."""

import numpy as np
import pandas as pd
import pytest
import torch

from netwithin import graphs, memorize, rates, records
from netwithin.memorize import capacity as c


def some_graphs(n=9, count=3):
    return [graphs.erdos_renyi(n, 0.5, seed) for seed in range(count)]


def test_siblings_are_the_networks_that_they_stand_for():
    siblings = c.Siblings(3, 7, 20.0, seeds=(4, 0, 9))
    x = memorize.coordinates(6)
    for place, seed in enumerate((4, 0, 9)):
        alone = memorize.SIREN(3, 7, 20.0, seed)
        np.testing.assert_allclose(siblings(x)[place].detach(), alone(x).detach(), atol=1e-6)
        assert all(
            torch.equal(a, b)
            for a, b in zip(siblings.member(place).parameters(), alone.parameters(), strict=True)
        )


@pytest.mark.parametrize("recipe", ["fast", "paper"])
def test_siblings_learn_as_they_would_alone(recipe):
    members = some_graphs()
    few = c.Training(8, **{k: v for k, v in vars(c.RECIPES[recipe]).items() if k != "epochs"})
    together = c.Siblings(2, 6, seeds=(0, 1, 2))
    c.memorise(members, together, few)
    for place, graph in enumerate(members):
        alone = c.Siblings(2, 6, seeds=(place,))
        c.memorise([graph], alone, few)
        for a, b in zip(together.member(place).parameters(), alone.member(0).parameters(), strict=True):
            np.testing.assert_allclose(a.detach(), b.detach(), atol=1e-4)


def test_the_papers_recipe_is_the_trainers():
    graph = graphs.newman_watts_strogatz(9, 0.3, seed=2)
    siblings = c.Siblings(2, 6, seeds=(5,))
    c.memorise([graph], siblings, c.Training(10, 2e-4, memorize.MSE, memorize.schedules.STEPS, whole=True))
    model = memorize.SIREN(2, 6, seed=5)
    last = {}
    settings = memorize.Settings(epochs=11)  # the trainer keeps the weights before its last step
    result = memorize.train(
        model, *memorize.pixels(graph), settings, on_epoch=lambda r: last.update(r=r.epochs)
    )
    assert result.best_epoch == 11
    for a, b in zip(siblings.member(0).parameters(), model.parameters(), strict=True):
        np.testing.assert_allclose(a.detach(), b.detach(), atol=1e-5)


def test_a_network_keeps_the_weights_with_which_it_was_done_first():
    members, siblings = some_graphs(8), c.Siblings(2, 6, seeds=(0, 1, 2))
    training = c.Training(epochs=600)
    first = c.memorise(members, siblings, training)
    assert None not in first and len(set(first)) > 1  # so that the faster ones trained on
    for place, graph in enumerate(members):
        model, truth = siblings.member(place), graph.adjacency.toarray()
        pairs = np.triu_indices(8, 1)
        assert np.abs(c.scores(model, 8, training) - truth)[pairs].max() < c.DONE + 1e-3
        assert c.weigh(model, graph, training, "fp16")["wrong"] == 0
        alone = c.Siblings(2, 6, seeds=(place,))
        assert abs(c.memorise([graph], alone, training)[0] - first[place]) <= 2


def test_a_network_that_is_too_small_is_never_exact():
    siblings = c.Siblings(1, 1, seeds=(0, 1, 2))
    assert c.memorise(some_graphs(), siblings, c.Training(epochs=30)) == [None] * 3


def test_graphs_of_several_sizes_are_refused():
    members = [graphs.erdos_renyi(5, 0.5), graphs.erdos_renyi(6, 0.5)]
    with pytest.raises(ValueError, match="of one size"):
        c.memorise(members, c.Siblings(1, 2, seeds=(0, 1)), c.Training(epochs=1))
    with pytest.raises(ValueError, match="one each"):
        c.memorise(members[:1], c.Siblings(1, 2, seeds=(0, 1)), c.Training(epochs=1))
    with pytest.raises(ValueError, match="no kind of graph star; there are erdos-renyi"):
        c.sweep(["star"], 5, 0.5, 2, [2], [0])


class Known(torch.nn.Module):
    """Answers with a matrix that it was given, as logits."""

    def __init__(self, logits):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(logits, dtype=torch.float32))

    def forward(self, x):
        return self.logits.ravel()


def test_what_is_held_is_what_is_offered_less_the_residual():
    graph = graphs.erdos_renyi(20, 0.3, seed=1)
    right = Known(np.where(graph.adjacency.toarray(), 5.0, -5.0))
    found = c.weigh(right, graph, c.RECIPES["fast"])
    offered = rates.density_entropy_bits(graph)
    assert found == {"wrong": 0, "held_bits": offered - 9, "total_bits": 32 * 400 + 9}
    inverted = c.weigh(Known(-right.logits.detach().numpy()), graph, c.RECIPES["fast"])
    assert inverted["wrong"] == graph.number_of_pairs
    assert inverted["held_bits"] > offered - 60  # who is always wrong knows it all
    noise = np.random.default_rng(0).normal(size=(20, 20))
    assert abs(c.weigh(Known(noise), graph, c.RECIPES["fast"])["held_bits"]) < 25
    assert c.weigh(right, graph, c.RECIPES["fast"], "int4")["total_bits"] == 8 * (200 + 4) + 9


def test_a_network_of_the_pairs_is_not_asked_about_the_other_half():
    model = Known(np.arange(16.0).reshape(4, 4) - 6.5)
    half, whole = (c.scores(model, 4, c.Training(whole=whole)) for whole in (False, True))
    assert np.array_equal(half, half.T) and not half.diagonal().any()
    assert np.array_equal(np.triu(half, 1), np.triu(whole, 1))


def test_widths_have_the_weights_wanted():
    sizes = records.published("memorization_table_4_sizes")
    for row in sizes.itertuples():
        pairs = row.nodes * (row.nodes - 1) // 2
        count = memorize.parameter_count(memorize.SIREN(row.hidden_layers, row.width))
        assert c.widths(row.hidden_layers, pairs, [pairs / count]) == [row.width]
    assert c.widths(1, 40, [40 / 41]) == [10]
    assert c.widths(3, 100, [1e9, 5e8]) == [1]


def test_no_network_holds_more_noise_than_its_weights_have_bits():
    rows = c.sweep(["erdos-renyi"], 16, 0.5, 2, [2, 11], [0, 1], c.Training(epochs=500), ["fp16", "int2"])
    shapes = c.summary(rows)
    for name, bits in (("fp16", 16), ("int2", 2)):
        assert (shapes[f"{name}_held_per_weight"] < bits).all()
        assert (shapes[f"{name}_over_bitmap"] > 0.9).all()
    assert (rows["held_bits"] <= rows["offered_bits"]).all()
    wide = shapes.iloc[1]
    assert wide["exact"] == 2 and wide["wrong_worst"] == 0 and wide["steps"] == rows["steps"].max()
    assert np.isnan(shapes.iloc[0]["steps"])
    held = rows["held_bits"][2:].mean() / wide["parameters"]
    assert wide["held_per_weight"] == pytest.approx(held)


def test_a_lattice_takes_fewer_weights_than_noise():
    rows = c.sweep(["erdos-renyi", "lattice"], 20, 0.5, 2, [5, 7, 10, 16], [0], c.Training(epochs=400))
    exact = c.smallest_exact(c.summary(rows)).set_index("kind")["parameters"]
    assert exact["lattice"] < exact["erdos-renyi"]


def test_the_smallest_exact_network_is_so_for_every_seed():
    setting = dict(zip(c.SETTING, ("lattice", 8, 0.5, 2), strict=True))
    shapes = pd.DataFrame(
        [setting | {"parameters": p, "wrong_worst": w} for p, w in ((60, 0), (30, 0), (40, 2), (20, 7))]
    )
    other = shapes.assign(nodes=9, wrong_worst=1)
    found = c.smallest_exact(pd.concat([other, shapes]))
    assert found[["nodes", "parameters"]].values.tolist() == [[8, 30]]


def test_a_search_ends_at_the_first_width_that_fails():
    arguments = (["erdos-renyi"], 8, 0.5, 2, [12, 10, 1, 11], [0, 1], c.Training(epochs=400))
    tried = c.sweep(*arguments, search=True)
    assert tried["width"].tolist() == [12, 12, 10, 10, 1, 1]
    assert c.sweep(*arguments)["width"].tolist()[-1] == 11
    assert c.smallest_exact(c.summary(tried))["width"].tolist() == [10]


def test_thresholds_tell_settings_apart():
    setting = {"recipe": "fast", "epochs": 10, "nodes": 8, "density": 0.5, "hidden_layers": 2}
    shapes = pd.DataFrame(
        [
            setting | {"load": 1.0, "held_per_weight": 1.0, "wrong_worst": 0},
            setting | {"load": 2.0, "held_per_weight": 1.9, "wrong_worst": 3},
            setting | {"load": 4.0, "held_per_weight": 2.5, "wrong_worst": 9},
            setting | {"load": 5.0, "held_per_weight": 3.0, "wrong_worst": 9},
            setting | {"epochs": 20, "load": 2.0, "held_per_weight": 2.0, "wrong_worst": 0},
        ]
    ).assign(held_per_weight_sd=[9.0, 9.0, 0.5, 0.25, 9.0])
    first, second = c.thresholds(shapes).to_dict("records")
    assert (first["networks"], first["mean"], first["least"], first["most"]) == (4, 2.75, 2.5, 3.0)
    assert first["deviation"] == 0.375
    assert first["exact_load"] == 1.0 and second["exact_load"] == 2.0 and np.isnan(second["mean"])
