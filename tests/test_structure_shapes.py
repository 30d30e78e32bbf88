"""Networks of several shapes in one embedding: what is measured there, against brute force."""

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import silhouette_score

from netwithin.structure import autoencoder, histories, shapes, tasks
from netwithin.structure.autoencoder import Fit
from netwithin.structure.histories import TrainingPlan

QUICK = Fit(steps=2, batch=3)


@pytest.fixture(scope="module")
def family():
    return shapes.watched(tasks.load("two_moons"), TrainingPlan((4, 3), epochs=5, learning_rate=0.01))


@pytest.fixture(scope="module")
def embedding(family):
    return shapes.embed(family, "EA+TC+LF", QUICK)


def test_shapes_have_as_many_parameters_as_can_be():
    task = tasks.load("two_moons")
    found = shapes.widths(task, (16, 16))
    sizes = [sum(p.numel() for p in histories.network(task, one).parameters()) for one in found.values()]
    assert [len(hidden) for hidden in found.values()] == [2, 4, 1]
    assert max(abs(size - sizes[0]) for size in sizes) < 0.1 * sizes[0]


def test_graphs_are_counted_shape_by_shape_and_network_by_network(family):
    wanted = [
        (shape, 2 * k + run, epoch)
        for k, shape in enumerate(("regular", "deeper", "wider"))
        for run in range(2)
        for epoch in range(1, 6)
    ]
    assert list(zip(family.shape, family.network, family.epoch, strict=True)) == wanted
    for (shape, number, epoch), score in zip(wanted, family.scores, strict=True):
        assert score == family.runs[shape][number % 2].test_scores[epoch - 1]
    first, second = family.runs["deeper"]
    assert not np.array_equal(first.edge_attr, second.edge_attr)


def test_every_graph_is_embedded_in_its_place_by_one_autoencoder(family, embedding):
    graphs = [one for run in family.histories for one in autoencoder.as_graphs(run, "EA+TC+LF", QUICK)]
    model = autoencoder.train(graphs, "EA+TC+LF", QUICK)
    for k in (0, 7, 29):
        np.testing.assert_allclose(
            autoencoder.embed(model, [graphs[k]])[0], embedding[k], rtol=1e-4, atol=1e-6
        )


def test_clusters_are_as_far_apart_as_scikit_learn_and_loops_say(family, embedding):
    found = shapes.clusters(family, embedding)
    assert found["silhouette_shape"] == pytest.approx(silhouette_score(embedding, np.repeat([0, 1, 2], 10)))
    assert found["silhouette_network"] == pytest.approx(silhouette_score(embedding, np.repeat(range(6), 5)))
    last = embedding[4::5]
    apart = {(i, j): np.linalg.norm(last[i] - last[j]) for i, j in itertools.combinations(range(6), 2)}
    within = [value for (i, j), value in apart.items() if i // 2 == j // 2]
    between = [value for (i, j), value in apart.items() if i // 2 != j // 2]
    assert (found["within"], found["between"]) == pytest.approx((np.mean(within), np.mean(between)))


def test_shifts_are_1_where_all_paths_follow_the_score_in_one_direction(family):
    offsets = np.random.default_rng(0).normal(size=(6, 3))
    along = offsets[family.network] + np.outer(family.scores, [3.0, 0.0, 4.0])
    found = shapes.shifts(family, along)
    assert found["along_path"] == pytest.approx(1)
    ends = np.array([run.test_scores[-1] - run.test_scores[0] for run in family.histories])
    signs = np.sign(ends)
    wanted = np.mean([a * b for a, b in itertools.combinations(signs, 2)])
    assert found["direction"] == pytest.approx(wanted)
    turned = along.copy()
    turned[family.network == 0] *= -1
    flipped = np.mean([a * b for a, b in itertools.combinations(signs * [-1, 1, 1, 1, 1, 1], 2)])
    assert shapes.shifts(family, turned)["direction"] == pytest.approx(flipped)


def test_nearness_is_a_rank_correlation_over_the_pairs_of_each_kind(family, embedding):
    found = shapes.nearness(family, embedding)
    kinds = {kind: [] for kind in shapes.PAIRS}
    for i, j in itertools.combinations(range(30), 2):
        same_network, same_shape = i // 5 == j // 5, i // 10 == j // 10
        kind = "one network" if same_network else "two networks, one shape" if same_shape else "two shapes"
        for name in ("all", kind):
            kinds[name].append((i, j))
    assert [len(pairs) for pairs in kinds.values()] == [435, 60, 75, 300]
    for kind, pairs in kinds.items():
        first, second = np.array(pairs).T
        difference = np.abs(family.scores[first] - family.scores[second])
        distances = {
            "embedding": np.linalg.norm(embedding[first] - embedding[second], axis=1),
            "epoch number": np.abs(first % 5 - second % 5),
        }
        for name, distance in distances.items():
            ranks = rankdata(distance), rankdata(difference.round(9))
            assert found[name][kind] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert set(found) == {"embedding", "epoch number", "mean absolute weight"}


def test_a_picture_keeps_the_last_epoch_and_every_so_many_before_it(family, embedding):
    found = shapes.picture(family, embedding, every=2)
    assert found["shape"] == ["regular"] * 6 + ["deeper"] * 6 + ["wider"] * 6
    assert found["run"] == [0, 0, 0, 1, 1, 1] * 3
    kept = np.isin(family.epoch, [1, 3, 5])
    np.testing.assert_allclose(found["score"], family.scores[kept], rtol=1e-3)
    points = np.column_stack([found["axis_1"], found["axis_2"]])
    whole = embedding - embedding.mean(axis=0)
    values = np.linalg.eigvalsh(whole.T @ whole)[::-1]
    full = shapes.picture(family, embedding)
    both = np.column_stack([full["axis_1"], full["axis_2"]])
    np.testing.assert_allclose(np.diag(both.T @ both), values[:2], rtol=1e-2)
    np.testing.assert_allclose(points, both[kept], rtol=1e-6)
    assert found["distance"] == sorted(found["distance"]) and len(found["high"]) == shapes.GROUPS
    assert all(
        low <= middle <= high
        for low, middle, high in zip(*(found[k] for k in ("low", "middle", "high")), strict=True)
    )
