"""The 16 topometrics against brute force, networkx, igraph, dense eigenvalues and the released table."""

import itertools
import os
from pathlib import Path

import igraph
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import assume, given, settings
from torch import nn

from multipartite import graphs, layered
from netwithin import encodings, records, topometrics
from netwithin.topometrics import (
    connectivity,
    expansion,
    figures,
    local,
    motifs,
    neighbours,
    prepare,
    strength,
)

DATA = os.environ.get("NETWITHIN_DATA")


def as_networkx(adjacency) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(adjacency.shape[0]))
    entries = adjacency.tocoo()
    for row, column, value in zip(*entries.coords, entries.data, strict=True):
        graph.add_edge(int(row), int(column), weight=abs(float(value)))
    return graph


def as_igraph(adjacency, directed=True) -> igraph.Graph:
    edges = np.transpose(adjacency.tocoo().coords).tolist()
    return igraph.Graph(n=adjacency.shape[0], edges=edges, directed=directed)


def dense(adjacency) -> np.ndarray:
    half = np.abs(adjacency.toarray().astype(float))
    return half + half.T


@given(graphs())
def test_local_metrics_are_counts_of_nodes_and_of_their_edges(case):
    adjacency, offsets = case
    graph, layer = as_networkx(adjacency), np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    sinks = [
        v for v in graph if graph.in_degree(v) and not graph.out_degree(v) and layer[v] < len(offsets) - 2
    ]
    sources = [v for v in graph if graph.out_degree(v) and not graph.in_degree(v) and layer[v] > 0]
    assert local.sink(adjacency, offsets) == len(sinks)
    assert local.source(adjacency, offsets) == len(sources)
    assert local.disconnected(adjacency, offsets) == nx.number_of_isolates(graph)
    assert local.r_in(adjacency, offsets) == sum(graph.in_degree(v) for v in sinks)
    assert local.r_out(adjacency, offsets) == sum(graph.out_degree(v) for v in sources)


@given(graphs())
@settings(deadline=None)  # compiles
def test_neighbourhoods_are_networkxs_without_the_node_itself(case):
    adjacency, offsets = case
    graph = as_networkx(adjacency)
    for function, hops in ((neighbours.n1, 1), (neighbours.n2, 2)):
        reached = [len(nx.single_source_shortest_path_length(graph, v, hops)) - 1 for v in graph]
        assert function(adjacency, offsets) == pytest.approx(np.mean(reached) if reached else 0)


@given(graphs(largest=3))
@settings(deadline=None)
def test_motifs_are_the_connected_sets_of_four(case):
    adjacency, offsets = case
    graph = as_networkx(adjacency).to_undirected()
    lowest = [min(four) for four in itertools.combinations(graph, 4) if nx.is_connected(graph.subgraph(four))]
    assert motifs.motif4(adjacency, offsets) == len(lowest)
    counted = motifs.rooted_fours(prepare(adjacency, offsets), np.arange(adjacency.shape[0]))
    assert counted.tolist() == np.bincount(lowest, minlength=adjacency.shape[0]).tolist()


@pytest.mark.parametrize("skips", [1, 2, 4])
def test_motifs_of_a_larger_graph_are_igraphs(skips):
    adjacency, offsets = layered([40, 60, 50, 30, 10], 0.08, skips=skips, seed=skips)
    other = as_igraph(adjacency)
    assert motifs.motif4(adjacency, offsets) == other.motifs_randesu_no(size=4)
    roots = [0, 3, 17, 90, 160]
    share = other.vcount() / len(roots)
    counted = motifs.rooted_fours(prepare(adjacency, offsets), roots).sum() * share
    assert counted == pytest.approx(other.motifs_randesu_estimate(size=4, sample=roots))


def test_complete_sets_of_four_count_once():
    adjacency = scipy.sparse.csr_array(np.triu(np.ones((9, 9)), k=1))
    assert motifs.motif4(adjacency, range(10)) == 126  # C(9, 4)


def test_the_estimate_of_motifs_is_right_on_average_and_follows_its_seed():
    adjacency, offsets = layered([30, 30, 30], 0.2)
    found = [motifs.motif4_estimate(adjacency, offsets, share=0.2, seed=seed) for seed in range(400)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - motifs.motif4(adjacency, offsets)) < 4 * error
    assert found[7] == motifs.motif4_estimate(adjacency, offsets, share=0.2, seed=7) != found[8]


@given(graphs(weighted=True))
@settings(deadline=None)
def test_strength_and_cores_are_networkxs(case):
    adjacency, offsets = case
    graph = as_networkx(adjacency).to_undirected()
    strengths = [value for _, value in graph.degree(weight="weight")]
    assert strength.strength(adjacency, offsets) == pytest.approx(np.mean(strengths) if strengths else 0)
    cores = [nx.core_number(graph)[v] for v in sorted(graph)]
    assert prepare(adjacency, offsets).coreness.tolist() == cores
    assert strength.k_core(adjacency, offsets) == pytest.approx(np.mean(cores) if cores else 0)


@given(graphs())
@settings(deadline=None)
def test_global_metrics_are_networkxs(case):
    adjacency, offsets = case
    graph = as_networkx(adjacency).to_undirected()
    pieces = list(nx.connected_components(graph))
    assert connectivity.components(adjacency, offsets) == len(pieces)
    bridges, cut = prepare(adjacency, offsets).cuts
    assert {tuple(bridge) for bridge in bridges.tolist()} == {tuple(sorted(e)) for e in nx.bridges(graph)}
    assert set(np.flatnonzero(cut).tolist()) == set(nx.articulation_points(graph))
    assert connectivity.cut_edges(adjacency, offsets) == len(bridges)
    assert connectivity.cut_nodes(adjacency, offsets) == cut.sum()
    mean = np.mean([len(piece) for piece in pieces]) if pieces else 0
    assert connectivity.mean_component(adjacency, offsets) == pytest.approx(mean)


def test_global_metrics_of_a_larger_graph_are_igraphs():
    adjacency, offsets = layered([300, 400, 300, 200, 10], 0.004, skips=2)
    graph, other = prepare(adjacency, offsets), as_igraph(adjacency, directed=False)
    assert connectivity.cut_edges(graph) == len(other.bridges()) > 100
    assert connectivity.cut_nodes(graph) == len(other.articulation_points()) > 100
    assert connectivity.components(graph) == len(other.connected_components()) > 10
    assert strength.k_core(graph) == pytest.approx(np.mean(other.coreness()))


@pytest.mark.parametrize("sizes", [(4, 5, 3), (40, 50, 30, 10)])  # solved whole, and by Lanczos
@pytest.mark.parametrize("density", [0.05, 0.4])
@pytest.mark.parametrize("skips", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_expansion_is_that_of_dense_eigenvalues(sizes, density, skips, weighted):
    adjacency, offsets = layered(sizes, density, skips=skips, weighted=weighted)
    matrix = dense(adjacency)
    values = np.linalg.eigvalsh(matrix)[::-1]
    assert expansion.spectral_gap(adjacency, offsets) == pytest.approx(values[0] - values[1], abs=1e-5)
    magnitudes = np.sort(np.abs(values))[::-1]
    released = expansion.released_spectral_gap(adjacency, offsets)
    assert released == pytest.approx(magnitudes[0] - magnitudes[2], abs=1e-5)
    if skips == 1:  # bipartite: the eigenvalues come in pairs
        assert released == pytest.approx(values[0] - values[1], abs=1e-5)
    laplacian = np.linalg.eigvalsh(np.diag(matrix.sum(axis=0)) - matrix)
    assert expansion.spectral_radius(adjacency, offsets) == pytest.approx(laplacian[-1], rel=1e-6)


@pytest.mark.parametrize("nodes", [2, 300])
def test_two_equal_pieces_have_no_gap(nodes):
    matching = scipy.sparse.csr_array(np.eye(nodes, k=nodes // 2)[: nodes // 2])
    matching.resize((nodes, nodes))
    gap = expansion.spectral_gap(matching, [0, nodes // 2, nodes])
    assert gap == pytest.approx(2.0 if nodes == 2 else 0.0, abs=1e-6)
    assert expansion.spectral_radius(matching, [0, nodes // 2, nodes]) == pytest.approx(2)


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_an_eigenvalue_that_components_share_counts_for_each(pieces, seed):
    piece, _ = layered([60, 80, 40, 10], 0.05, seed=seed)
    whole = scipy.sparse.csr_array(scipy.sparse.block_diag([piece] * pieces))
    values = np.linalg.eigvalsh(dense(piece))[::-1]
    expected = 0.0 if pieces > 1 else values[0] - values[1]
    assert expansion.spectral_gap(whole, [0, 1, whole.shape[0]]) == pytest.approx(expected, abs=1e-5)


def test_convolutions_of_single_channels_are_pieces_without_a_gap():
    layers = nn.Conv2d(3, 3, 3, padding=1, groups=3), nn.ReLU(), nn.Conv2d(3, 3, 3, padding=1, groups=3)
    graph = encodings.multipartite(nn.Sequential(*layers), input_shape=(3, 9, 9))
    assert topometrics.compute(graph, names=["spectral_gap"])["spectral_gap"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("size", [0, 1, 5, 500])
def test_graphs_without_edges_have_numbers_too(size):
    values = topometrics.compute(scipy.sparse.csr_array((size, size), dtype=np.uint8), [0, size // 2, size])
    expected = dict.fromkeys(topometrics.NAMES, 0.0)
    expected |= {"disconnected": min(size, 1), "components": size, "mean_component": 1 / max(size, 1)}
    assert values == pytest.approx(expected if size else expected | {"mean_component": 0})


@given(graphs(weighted=True))
@settings(deadline=None, max_examples=30)
def test_one_call_computes_what_each_function_does(case):
    adjacency, offsets = case
    assume(adjacency.nnz)
    plain = topometrics.compute(adjacency, offsets, normalise=False)
    assert tuple(plain) == topometrics.NAMES and len(plain) == 16
    divisors = {"nodes": adjacency.shape[0], "edges": adjacency.nnz, None: 1}
    for name, value in topometrics.compute(adjacency, offsets).items():
        metric = topometrics.METRICS[name]
        assert plain[name] == pytest.approx(metric.function(adjacency, offsets), abs=1e-9)
        assert value == pytest.approx(plain[name] / divisors[metric.divisor])
    some = topometrics.compute(prepare(adjacency, offsets), names=["k_core", "sink"])
    assert list(some) == ["k_core", "sink"]


@given(graphs())
@settings(deadline=None, max_examples=50)
def test_released_conventions_are_those_of_the_authors_expressions(case):
    adjacency, offsets = case
    assume(adjacency.nnz)
    other, sizes = as_igraph(adjacency), np.diff(offsets)
    into, out = np.array(other.indegree()), np.array(other.outdegree())
    node, last = np.arange(other.vcount()), other.vcount() - 1
    expected = {
        "sink": np.sum((out == 0) & (into != 0)) - sizes[-1],
        "source": np.sum((out != 0) & (into == 0)) - sizes[0],
        "disconnected": np.sum((out == 0) & (into == 0)),
        "r_out": into[(out == 0) & (into != 0) & (node < last - sizes[-1])].sum(),
        "r_in": out[(out != 0) & (into == 0) & (node > sizes[0])].sum(),
        "n1": np.mean(other.neighborhood_size(order=1, mode="out")),
        "n2": np.mean(other.neighborhood_size(order=2, mode="out")),
        "strength": np.mean(other.degree()),
        "k_core": np.mean(other.coreness()),
        "components": len(other.connected_components(mode="weak")),
    }
    found = topometrics.compute(adjacency, offsets, compat="released", normalise=False)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_the_order_of_nodes_within_layers_does_not_matter():
    adjacency, offsets = layered([30, 40, 30, 10], 0.1, skips=2, weighted=True)
    random = np.random.default_rng(1)
    order = np.concatenate([random.permutation(np.arange(*pair)) for pair in itertools.pairwise(offsets)])
    shuffled = scipy.sparse.csr_array(adjacency[order][:, order])
    expected = topometrics.compute(adjacency, offsets)
    assert topometrics.compute(shuffled, offsets) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("matrix", "offsets", "message"),
    [
        (np.ones((2, 3)), [0, 2], "square"),
        (np.eye(3), [0, 2, 3], "higher number"),
        (np.eye(3, k=-1), [0, 2, 3], "higher number"),
        (np.eye(3, k=1), [0, 2], "offsets"),
        (np.eye(3, k=1), [1, 2, 3], "offsets"),
        (np.eye(3, k=1), [0, 2, 1, 3], "offsets"),
        (np.diag([np.nan, 1], k=1), [0, 1, 3], "finite"),
        (np.eye(3, k=1), None, "offsets"),
    ],
)
def test_what_is_no_layered_graph_is_refused(matrix, offsets, message):
    with pytest.raises(ValueError, match=message):
        topometrics.compute(scipy.sparse.csr_array(matrix), offsets)


def test_the_metrics_are_those_of_table_2():
    table = records.published("mge_topometrics_table_2").set_index("topometric")["category"]
    assert {name: metric.category for name, metric in topometrics.METRICS.items()} == table.to_dict()


def test_wrong_names_are_refused():
    graph = prepare(scipy.sparse.csr_array((2, 2)), [0, 1, 2])
    with pytest.raises(ValueError, match=r"sinks; there are sink"):
        topometrics.compute(graph, names=["sinks"])
    with pytest.raises(ValueError, match="'release'"):
        topometrics.compute(graph, compat="release")
    with pytest.raises(ValueError, match="offsets"):
        topometrics.compute(graph, [0, 1, 2])


def test_a_stored_zero_is_an_edge_without_weight():
    adjacency = scipy.sparse.csr_array(([0.0, 2.0], ([0, 1], [1, 2])), shape=(3, 3))
    values = topometrics.compute(adjacency, range(4), normalise=False)
    assert (values["cut_edges"], values["components"], values["n1"]) == (2, 1, pytest.approx(2 / 3))
    assert (values["strength"], values["spectral_radius"]) == (pytest.approx(4 / 3), pytest.approx(4))


@pytest.mark.skipif(not DATA, reason="NETWITHIN_DATA names no folder with the released tables")
def test_the_divisors_are_those_of_the_released_table():
    table = pd.read_csv(Path(DATA) / "mge" / "unrolled" / "unrolled.csv.gz")
    nodes, edges = table["nodes"], table["edges"]
    np.testing.assert_allclose(table["1-hop_nei"] * edges, 1 + edges / nodes, rtol=1e-9)
    components = table["no_connected_components"]
    np.testing.assert_allclose(table["mean_connected_components"], 1 / components, rtol=1e-9)
    counts = {"disc_nodes": nodes, "cut-edges": edges, "cut-nodes": edges, "r-out": edges, "r-in": edges}
    for column, size in counts.items():
        times = (table[column] * size).dropna()
        np.testing.assert_allclose(times, np.round(times), atol=1e-4)


def test_timings_fit_an_exponent():
    cases = [prepare(*layered([size] * 4, 0.05)) for size in (100, 200, 400)]
    times = topometrics.timings(cases, ["n2", "motif4", "n1"])
    assert len(times) == 9 and (times["seconds"] > 0).all()
    assert times["edges"].tolist() == [case.edges for case in cases for _ in range(3)]
    made = times.assign(seconds=1e-6 * times["edges"] ** 1.5 + (times["metric"] == "n1") * 0)
    fitted = topometrics.exponents(made, least_seconds=0)
    assert fitted.to_dict() == pytest.approx({"n2": 1.5, "motif4": 1.5, "n1": 1.5})
    assert np.isnan(topometrics.exponents(made, least_seconds=1e9)["n1"])


def test_the_views_draw_what_the_metrics_count():
    adjacency, offsets = layered([5, 8, 8, 3], 0.2, skips=2, seed=2)
    figure = figures.sixteen_views(adjacency, offsets)
    counts = topometrics.compute(adjacency, offsets, normalise=False)
    marked = {group.get_label(): len(group.get_offsets()) for group in figure.axes[0].collections}
    assert {name: marked[name] for name in ("sink", "source", "disconnected")} == {
        name: counts[name] for name in ("sink", "source", "disconnected")
    }
    titles = "\n".join(ax.get_title(loc) for ax in figure.axes for loc in ("left", "center"))
    assert all(metric.symbol in titles for metric in topometrics.METRICS.values())
    removable, cuts = figure.axes[1].collections, figure.axes[6].collections
    assert [len(removable[i].get_segments()) for i in (0, 2, 3)] == [
        adjacency.nnz,
        counts["r_out"],
        counts["r_in"],
    ]
    assert len(cuts[1].get_segments()) == counts["cut_edges"] > 0
    assert len(cuts[3].get_offsets()) == counts["cut_nodes"] > 0
    plt.close(figure)
