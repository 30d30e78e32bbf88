"""What the figures of candidates show, read off the artists; the candidates are made by hand."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from netwithin import plotting
from netwithin.structure import candidate_figures
from netwithin.structure.candidates import KINDS, Candidate, Trained
from netwithin.structure.histories import TrainingPlan


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()  # its titles stand at the left
    yield
    plt.close("all")


def made(kind, epochs, rate, score, parameters=100):
    """A candidate of which nothing is known but its plan and its score."""
    plan = TrainingPlan((4,), epochs, 16, rate)
    history = SimpleNamespace(scores=lambda part: np.array([score if part == "test" else -1.0]))
    return Trained(Candidate(kind, plan, 0), history, parameters)


@pytest.fixture
def trained():
    """Scores that rise with the epochs but for one pair of six, and fall with the rate."""
    rows = [(5, 0.01, 0.2), (10, 0.005, 0.4), (20, 0.003, 0.7), (40, 0.001, 0.6)]
    rows[3] = (40, 0.004, 0.6)
    return [made("perceptron", *row, parameters=100 * k) for k, row in enumerate(rows, 1)]


def test_tau_is_the_share_of_pairs_in_order_less_that_of_the_others(trained):
    tau = candidate_figures.of_plans(trained)
    assert tau == pytest.approx({"epochs": (5 - 1) / 6, "learning rate": -1.0})


def test_the_population_is_drawn_with_its_sizes(trained):
    left, right = candidate_figures.population(trained, "accuracy").axes
    assert left.get_title("left") == "Kendall's τ of epochs and score: 0.67"
    assert right.get_title("left") == "Kendall's τ of learning rate and score: -1.00"
    points = left.collections[0].get_offsets().tolist()
    assert points == [[5, 0.2], [10, 0.4], [20, 0.7], [40, 0.6]]
    assert (np.diff(left.collections[0].get_sizes()) > 0).all()
    assert left.get_ylabel() == "accuracy, test part"


def test_kinds_keep_their_distances_and_share_one_scale_of_scores():
    random = np.random.default_rng(0)
    trained = [made(kind, 5, 0.01, 0.1 * k) for kind in KINDS for k in range(4)]
    plane = np.vstack([random.normal(size=(4, 2)), random.normal(size=(4, 2)) + 50])
    rotation = np.linalg.qr(random.normal(size=(5, 5)))[0]
    embedding = np.column_stack([plane, np.zeros((8, 3))]) @ rotation + 7.0  # a plane in five dimensions
    ax = plt.figure().add_subplot()
    candidate_figures.kinds(ax, embedding, trained)
    drawn = np.vstack([dots.get_offsets() for dots in ax.collections])
    between = [np.linalg.norm(one[:, None] - one, axis=2) for one in (drawn, plane)]
    assert between[0] == pytest.approx(between[1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(KINDS)
    assert all(dots.get_clim() == pytest.approx((0.0, 0.3)) for dots in ax.collections)
    assert float(ax.get_title("left").split(": ")[1]) > 0.9  # far apart
