"""Counts and masks: exact, in the proportions that were asked for, ties decided."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import brentq

from netwithin.networks import cuts

SHAPES = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 20), st.integers(1, 20)),
        st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5), st.integers(1, 5)),
    ),
    min_size=1,
    max_size=6,
)


@given(SHAPES, st.floats(0.001, 1), st.booleans())
def test_erdos_renyi_fills_each_layer_up_to_the_brim(shapes, density, kernels):
    sizes = np.array([np.prod(shape) for shape in shapes])
    keep = max(1, round(density * sizes.sum()))
    counts = cuts.erdos_renyi_counts(shapes, keep, kernels)
    assert counts.sum() == keep and (counts <= sizes).all() and (counts >= 0).all()
    # The same by finding the common factor numerically: min(1, factor * raw) of each layer.
    raw = np.array([sum(s if kernels else s[:2]) / np.prod(s if kernels else s[:2]) for s in shapes])
    if keep < sizes.sum():
        factor = brentq(lambda f: (np.minimum(1, f * raw) * sizes).sum() - keep, 0, 1 / raw.min(), xtol=1e-14)
        np.testing.assert_array_less(np.abs(counts - np.minimum(1, factor * raw) * sizes), 1.001)


def test_erk_of_a_small_network_by_hand():
    # 3x3 convolutions 1 -> 2 and 2 -> 2, linear 8 -> 10: raw densities 9/18, 10/36, 18/80.
    shapes = [(2, 1, 3, 3), (2, 2, 3, 3), (10, 8)]
    # Each layer's expected count is proportional to the sum of its shape: 9, 10, 18 of 37.
    assert cuts.erdos_renyi_counts(shapes, 37, kernels=True).tolist() == [9, 10, 18]
    # At 60 the factor would be 60/37, and no layer is full; at 80 the first (18) is, and 62 are left for 28.
    assert cuts.erdos_renyi_counts(shapes, 80, kernels=True).tolist() == [18, 22, 40]
    # ER leaves the kernel out: n + m = 3, 4 of areas 2, 4, so the two convolutions get 27 : 36, linear 18.
    assert cuts.erdos_renyi_counts(shapes, 27).tolist() == [9, 12, 6]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 200))
def test_whole_numbers_keep_the_sum_and_are_off_by_less_than_one(weights, total):
    shares = np.array(weights) * total / max(1, sum(weights))
    expected = total if sum(weights) else 0
    counts = cuts.whole(shares)
    assert counts.sum() == expected
    assert (np.abs(counts - shares) < 1 + 1e-6).all()


@given(arrays(int, st.integers(1, 60), elements=st.integers(0, 4)), st.data())
def test_the_earlier_of_equal_scores_stays(values, data):
    keep = data.draw(st.integers(0, len(values)))
    split = data.draw(st.integers(0, len(values)))
    masks = cuts.top({"a": values[:split].astype(float), "b": values[split:].astype(float)}, keep)
    chosen = np.concatenate([masks["a"], masks["b"]])
    expected = sorted(range(len(values)), key=lambda k: (-values[k], k))[:keep]
    assert np.flatnonzero(chosen).tolist() == sorted(expected)


@pytest.mark.parametrize("sparsity", [0.0, 0.37, 0.6, 0.9, 0.98])
def test_exact_counts_in_either_scope(sparsity):
    random = np.random.default_rng(0)
    scores = {"a": random.random((7, 11)), "b": random.random((5, 3, 3, 3)), "c": np.zeros((13, 2))}
    everywhere = cuts.cut(scores, sparsity)
    assert sum(mask.sum() for mask in everywhere.values()) == round((1 - sparsity) * 238)
    for name, mask in cuts.cut(scores, sparsity, "layer").items():
        assert mask.shape == scores[name].shape
        assert mask.sum() == round((1 - sparsity) * mask.size)


def test_what_cannot_be_cut_is_refused():
    scores = {"a": np.array([1.0, np.nan]), "b": np.ones(3)}
    with pytest.raises(ValueError, match="no numbers, in a:"):
        cuts.top(scores, 2)
    with pytest.raises(ValueError, match="global or layer, not 'each'"):
        cuts.cut({"b": np.ones(3)}, 0.5, "each")
    with pytest.raises(ValueError, match="4 weights are to stay of 3"):
        cuts.top({"b": np.ones(3)}, 4)
    for sparsity in (-0.1, 1.0, 0.9999, np.nan):
        with pytest.raises(ValueError, match="leaves no part"):
            cuts.kept(100, sparsity)
    with pytest.raises(ValueError, match="0 weights are to stay of 6"):
        cuts.erdos_renyi_counts([(2, 3)], 0)
