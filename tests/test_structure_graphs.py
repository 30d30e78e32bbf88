"""Networks as attributed graphs, the positions of their nodes, and the layer that reads their edges."""

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch_geometric.data import Data

from netwithin.structure import graphs, models, positions
from netwithin.structure.edge_attention import EdgeAttention
from netwithin.structure.encoders import ENCODERS, GraphEncoder


def values_along_edges(graph, inputs, step):
    """What every node holds when each layer's nodes are summed over their incoming edges."""
    held = dict(enumerate(inputs))
    for node in range(len(inputs), graph.num_nodes):
        edges = (graph.edge_index[1] == node).nonzero()[:, 0].tolist()
        held[node] = sum(step(held[int(graph.edge_index[0, e])], graph.edge_attr[e]) for e in edges)
    return torch.stack([held[n] for n in range(graph.num_nodes)])


def test_values_passed_along_a_perceptrons_edges_are_its_outputs():
    net = nn.Sequential(nn.Linear(3, 4, bias=False), nn.Linear(4, 2, bias=False))
    graph, x = graphs.attributed(net), torch.randn(3)
    assert graph.layer.tolist() == [0] * 3 + [1] * 4 + [2] * 2
    held = values_along_edges(graph, x, lambda value, edge: value * edge[0])
    torch.testing.assert_close(held[7:], net(x))


def test_a_network_whose_neurons_are_renumbered_computes_the_same():
    graph, x = graphs.attributed(models.multilayer_perceptron([3, 5, 4, 2])), torch.randn(3)
    other = graphs.renumbered(graph, seed=1)
    assert not torch.equal(other.edge_attr, graph.edge_attr)

    def outputs(of):
        return values_along_edges(of, x, lambda value, edge: torch.tanh(value) * edge[0])[-2:]

    torch.testing.assert_close(outputs(other), outputs(graph))


def test_maps_filtered_along_a_convolutional_networks_edges_are_its_maps():
    # The smaller kernel lies in the middle of the larger one's field.
    first, second = (
        nn.Conv2d(2, 3, 3, padding=1, bias=False),
        nn.Conv2d(3, 2, (5, 3), padding=(2, 1), bias=False),
    )
    graph, pictures = graphs.attributed(nn.Sequential(first, second)), torch.randn(2, 7, 7)
    assert graph.edge_attr.shape == (12, 26) and bool((graph.edge_attr[:, 25] == 1).all())

    def step(value, edge):
        return F.conv2d(value[None, None], edge[:25].reshape(1, 1, 5, 5), padding=2)[0, 0]

    held = values_along_edges(graph, pictures, step)
    torch.testing.assert_close(held[5:], second(first(pictures[None]))[0], rtol=1e-4, atol=1e-5)


def test_a_linear_layer_after_a_map_has_the_mean_of_its_weights_in_the_middle():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 6, 3))
    edges = graphs.edge_features(net)
    assert edges.shape == (2 + 6, 10)
    means = net[2].weight.detach().numpy().reshape(3, 2, 6).mean(axis=2)
    np.testing.assert_allclose(edges[2:, 4].reshape(2, 3).T, means, rtol=1e-6)
    assert bool((edges[2:, [0, 1, 2, 3, 5, 6, 7, 8, 9]] == 0).all())
    assert graphs.edge_features(net, kernel=5, kinds=False).shape == (8, 25)


def test_what_the_graph_has_no_place_for_is_refused():
    for bad, message in (
        (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), "BatchNorm1d has no place"),
        (nn.Sequential(nn.Conv2d(2, 2, 3, groups=2)), "Conv2d has no place"),
        (nn.Sequential(nn.ReLU()), "needs a linear"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)), "reads 4 values from 3 nodes"),
        (nn.Conv2d(1, 1, 2), "no middle"),
    ):
        with pytest.raises(ValueError, match=message):
            graphs.attributed(bad)
    with pytest.raises(ValueError, match="no middle"):
        graphs.edge_features(nn.Conv2d(1, 1, 5), kernel=3)


def test_non_edges_are_the_complements_edges():
    graph = graphs.topology(models.multilayer_perceptron([3, 4, 2]))
    found = graphs.non_edges(graph.to_torch_geometric().edge_index, 9)
    other = nx.complement(graph.to_networkx().to_undirected())
    assert {tuple(pair) for pair in found.T.tolist()} == {tuple(sorted(pair)) for pair in other.edges}


def test_networks_are_made_from_their_seed_alone():
    state = torch.get_rng_state()
    first, again = (models.convolutional_network([1, 3, 4], 5, seed=2) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    for one, two in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two)
    other = models.convolutional_network([1, 3, 4], 5, seed=3)
    assert not torch.equal(first[0].weight, other[0].weight)


@pytest.mark.parametrize("layers", [1, 3, 5])
def test_widths_bring_the_number_of_parameters_as_near_as_it_gets(layers):
    def size(width):
        net = models.multilayer_perceptron([7, *[width] * layers, 3])
        return sum(p.numel() for p in net.parameters())

    found = models.width_for(7, 3, layers, 900)
    assert all(abs(size(found) - 900) <= abs(size(found + step) - 900) for step in (-1, 1))


@pytest.mark.parametrize("widths", [[3, 5, 2], [20, 50, 40]])  # below and above the iteration's threshold
def test_positions_are_eigenvectors_of_the_normalised_laplacian(widths):
    layered = graphs.topology(models.multilayer_perceptron(widths))
    graph, nodes = layered.to_torch_geometric(), sum(widths)
    laplacian = nx.normalized_laplacian_matrix(layered.to_networkx().to_undirected(), range(nodes)).toarray()
    found = positions.laplacian(graph, 3).double().numpy()
    np.testing.assert_allclose(found.T @ found, np.eye(3), atol=1e-5)
    wanted = np.sort(np.linalg.eigvalsh(laplacian))[1:4]
    np.testing.assert_allclose(laplacian @ found, found * wanted, atol=1e-5)
    assert torch.equal(positions.laplacian(graph, 3), positions.laplacian(graph, 3))
    signs = [np.sign(positions.laplacian(graph, 1, seed)[0, 0].item()) for seed in range(8)]
    assert set(signs) == {-1.0, 1.0}


def test_positions_that_a_graph_does_not_have_are_zero():
    graph = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
    found = positions.laplacian(graph, 5)
    assert found.shape == (3, 5) and bool((found[:, 2:] == 0).all()) and bool((found[:, :2] != 0).any())


def by_hand(layer, edge_index, edge_attr, nodes):
    """Equations 1 to 3, edge by edge, in NumPy."""
    theta, bias = (p.detach().numpy() for p in (layer.transform.weight, layer.transform.bias))
    lin, a = layer.project.weight.detach().numpy(), layer.attention.weight.detach().numpy()[0]
    slope = layer.activation.negative_slope

    def leaky(value):
        return np.where(value > 0, value, slope * value)

    scores = [leaky(a @ (lin @ np.concatenate([leaky(theta @ e + bias), e, e]))) for e in edge_attr.numpy()]
    out, alphas = np.zeros((nodes, edge_attr.shape[1])), np.zeros(len(scores))
    for j in range(nodes):
        into = (edge_index[1] == j).nonzero()[:, 0].numpy()
        if len(into):
            exponents = np.exp([scores[e] for e in into])
            alphas[into] = exponents / exponents.sum()
            out[j] = alphas[into] @ edge_attr.numpy()[into]
    return out, alphas


def some_edges(features, nodes=6, edges=14, seed=0):
    random = torch.Generator().manual_seed(seed)
    ends = torch.randint(nodes - 1, (2, edges), generator=random)
    ends[1] += 1  # node 0 has no incoming edge
    return ends, torch.randn(edges, features, dtype=torch.float64, generator=random)


@pytest.mark.parametrize("features", [1, 9])
def test_edge_attention_is_that_of_the_papers_equations(features):
    layer = EdgeAttention(features, hidden=5).double().eval()
    ends, edges = some_edges(features)
    wanted, alphas = by_hand(layer, ends, edges, 6)
    np.testing.assert_allclose(layer(ends, edges, 6).detach(), wanted, atol=1e-12)
    found = layer.coefficients(ends, edges, 6).detach()
    np.testing.assert_allclose(found, alphas, atol=1e-12)
    sums = np.bincount(ends[1].numpy(), weights=found.numpy(), minlength=6)
    np.testing.assert_allclose(sums[np.unique(ends[1])], 1)
    assert bool((layer(ends, edges, 6)[0] == 0).all())


def test_edge_attention_of_two_edges_worked_out_on_paper():
    """Weights 1 and -1 into one node: transformed 2 and -0.4, projected 2 + 1 + 1 and -0.4 - 1 - 1."""
    layer = EdgeAttention(1, hidden=1).eval()
    with torch.no_grad():
        layer.transform.weight.fill_(2), layer.transform.bias.zero_()
        layer.project.weight.fill_(1), layer.attention.weight.fill_(1)
    found = layer(torch.tensor([[0, 1], [2, 2]]), torch.tensor([[1.0], [-1.0]]), 3)
    share = np.exp(4) / (np.exp(4) + np.exp(0.2 * -2.4))
    assert found[:, 0].tolist() == pytest.approx([0, 0, share - (1 - share)])


def test_edge_attentions_gradients_are_those_of_finite_differences():
    layer = EdgeAttention(2, hidden=3, noise=0.0).double()
    ends, edges = some_edges(2)
    edges.requires_grad_()
    names, values = zip(*layer.named_parameters(), strict=True)

    def run(edge_attr, *given):
        chosen = dict(zip(names, given, strict=True))
        return torch.func.functional_call(layer, chosen, (ends, edge_attr, 6))

    assert torch.autograd.gradcheck(run, (edges, *values))


def test_noise_moves_attention_in_training_only():
    layer = EdgeAttention(1, noise=0.5).double()
    ends, edges = some_edges(1)
    assert not torch.equal(layer(ends, edges, 6), layer(ends, edges, 6))
    layer.eval()
    assert torch.equal(layer(ends, edges, 6), layer(ends, edges, 6))


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_do_not_mind_how_nodes_and_edges_are_numbered(name):
    torch.manual_seed(0)
    encoder = GraphEncoder(ENCODERS[name], edge_features=2, positions=3).double().eval()
    ends, edges = some_edges(2)
    x = torch.randn(6, 3, dtype=torch.float64)
    order, shuffle = torch.randperm(6), torch.randperm(len(edges))
    place = torch.argsort(order)  # node n goes to place[n]
    plain = encoder(Data(x, ends, edges))
    moved = encoder(Data(x[order], place[ends][:, shuffle], edges[shuffle]))
    for before, after in zip(plain, moved, strict=True):
        torch.testing.assert_close(before[order], after)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("inside", [True, False])
def test_weights_reach_the_encoders_that_say_so(name, inside):
    torch.manual_seed(0)
    encoder = GraphEncoder(ENCODERS[name], 1, 3, weights_in_messages=inside).double().eval()
    ends, edges = some_edges(1)
    x = torch.randn(6, 3, dtype=torch.float64)
    same = torch.equal(
        encoder(Data(x, ends, edges))[0], encoder(Data(x, ends, edges + torch.randn(14, 1)))[0]
    )
    assert same == (not inside and not ENCODERS[name].edge_attention)
