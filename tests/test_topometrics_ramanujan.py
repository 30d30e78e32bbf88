"""The Ramanujan metrics against dense eigenvalues of the whole bipartite graph, and known expanders."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from netwithin import topometrics
from netwithin.topometrics import ramanujan


def eigenvalues(edges) -> np.ndarray:
    """Magnitudes of all eigenvalues of the symmetric adjacency matrix, falling."""
    left, right = edges.shape
    whole = np.block([[np.zeros((left, left)), edges], [edges.T, np.zeros((right, right))]])
    return np.sort(np.abs(np.linalg.eigvalsh(whole)))[::-1]


def random_layer(left, right, density, seed) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(left, right)) * (random.random((left, right)) < density)


layers = st.builds(
    random_layer,
    st.integers(1, 20),
    st.integers(1, 12),
    st.sampled_from([0.0, 0.1, 0.4, 0.8, 1.0]),
    st.integers(0, 2**20),
)


@given(layers)
def test_difference_of_bound(layer):
    edges = (layer != 0).astype(float)
    edges = edges[edges.any(axis=1)][:, edges.any(axis=0)]
    if not edges.size:
        assert np.isnan(topometrics.difference_of_bound(layer))
        return
    third = eigenvalues(edges)[2] if sum(edges.shape) > 2 else 0.0
    degrees = np.concatenate([edges.sum(axis=0), edges.sum(axis=1)])
    printed = 2 * np.sqrt(degrees.mean() - 1) - third
    assert topometrics.difference_of_bound(layer) == pytest.approx(printed, abs=1e-6)
    left, right = edges.sum(axis=1).mean(), edges.sum(axis=0).mean()
    bound = np.sqrt(left - 1) + np.sqrt(right - 1)
    found = topometrics.difference_of_bound(layer, compat="released")
    if bound == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx((bound - third) / bound, abs=1e-6)


@given(layers)
@settings(deadline=None)
def test_iterative_metrics_are_means_over_left_regular_subgraphs(layer):
    edges, printed, released, gaps = layer != 0, [], [], []
    for degree in range(3, layer.shape[1] + 1):
        part = layer[edges.sum(axis=1) == degree]
        part = part[:, (part != 0).any(axis=0)]
        if not part.size or (part != 0).sum(axis=0).mean() < 3:
            continue
        unweighted = (part != 0).astype(float)
        third, right = eigenvalues(unweighted)[2], unweighted.sum(axis=0).mean()
        bound = np.sqrt(degree - 1) + np.sqrt(right - 1)
        printed.append(2 * np.sqrt(2 * unweighted.sum() / sum(part.shape) - 1) - third)
        released.append((bound - third) / bound)
        weighted = eigenvalues(np.abs(part))
        gaps.append(weighted[0] - weighted[2])
    if not gaps:
        assert np.isnan([topometrics.imdb(layer), topometrics.imsg(layer)]).all()
        return
    assert topometrics.imdb(layer) == pytest.approx(np.mean(printed), abs=1e-6)
    assert topometrics.imdb(layer, compat="released") == pytest.approx(np.mean(released), abs=1e-6)
    assert topometrics.imsg(layer) == pytest.approx(np.mean(gaps), abs=1e-6)


def test_the_incidence_of_a_projective_plane_is_a_ramanujan_graph():
    graph = nx.heawood_graph()  # points and lines of the Fano plane: degree 3, second eigenvalue sqrt(2)
    points, lines = nx.bipartite.sets(graph)
    layer = nx.bipartite.biadjacency_matrix(graph, sorted(points), sorted(lines)).toarray()
    assert topometrics.difference_of_bound(layer) == pytest.approx(2 * np.sqrt(2) - np.sqrt(2))
    assert topometrics.difference_of_bound(layer, compat="released") == pytest.approx(1 / 2)
    assert topometrics.imdb(layer) == pytest.approx(np.sqrt(2))
    assert topometrics.imsg(layer) == pytest.approx(3 - np.sqrt(2))


def test_two_pieces_are_no_expander():
    pieces = np.kron(np.eye(2), np.ones((5, 5)))
    assert topometrics.difference_of_bound(pieces) == pytest.approx(4 - 5)
    assert topometrics.imsg(pieces) == pytest.approx(0, abs=1e-6)


@given(layers)
def test_sparse_layers_and_layered_graphs_are_read_alike(layer):
    sparse = scipy.sparse.csr_array(layer)
    left, right = layer.shape
    adjacency = scipy.sparse.block_array([[None, sparse], [scipy.sparse.csr_array((right, left)), None]])
    whole = topometrics.Prepared(adjacency, [0, left, left + right])
    for metric in topometrics.RAMANUJAN.values():
        expected = metric(layer)
        assert metric(sparse) == pytest.approx(expected, nan_ok=True)
        assert metric(whole) == pytest.approx(expected, nan_ok=True)


def test_layer_density_counts_stored_entries():
    sparse = scipy.sparse.csr_array(([0.0, 2.0], ([0, 1], [1, 2])), shape=(2, 3))
    assert topometrics.layer_density(sparse) == pytest.approx(1 / 3)
    assert topometrics.layer_density(sparse.toarray()) == pytest.approx(1 / 6)


def test_wrong_layers_are_refused():
    graph = topometrics.Prepared(scipy.sparse.csr_array((3, 3)), range(4))
    with pytest.raises(ValueError, match="not 3"):
        topometrics.difference_of_bound(graph)
    with pytest.raises(ValueError, match="two dimensions"):
        topometrics.imsg(np.ones(3))
    with pytest.raises(ValueError, match="compat"):
        topometrics.imdb(np.ones((4, 4)), compat="printed")
    assert set(ramanujan.RAMANUJAN) == {"difference_of_bound", "imdb", "imsg", "layer_density"}
