"""Watching the adaptive experts: the costs are those of the files, whatever else is asked for."""

import numpy as np
import pytest

from netwithin import codec
from netwithin.codec.studies.watching import watch
from netwithin.graphs import Graph, load, newman_watts_strogatz


def bare(name):
    graph = load(name)
    return Graph(graph.adjacency, graph.kind)


@pytest.mark.parametrize("name", ["karate-club", "les-miserables", "davis-southern-women"])
@pytest.mark.parametrize(
    "names", [["picture"], ["picture", "neighbours"], ["distance", "picture", "neighbours"]]
)
def test_the_bits_are_those_of_the_file(name, names):
    graph = bare(name)
    code = 8 * codec.info(codec.encode(graph, "+".join(names), effort=1))["residual_bytes"]
    seen = watch(graph, names)
    assert 0 <= code - seen.bits < 8
    assert seen.row_pairs.sum() == graph.number_of_pairs
    assert seen.weights.shape == (graph.shape[0], len(seen.groups))
    assert set(seen.groups) == {"base", *names}


def test_pair_by_pair_the_sum_is_nearly_the_same():
    graph = bare("les-miserables")
    whole, parts = watch(graph), watch(graph, pairs=True)
    assert np.isclose(np.nansum(parts.pair_bits), parts.bits)
    assert np.isclose(parts.bits, whole.bits, rtol=0.02)
    assert np.count_nonzero(~np.isnan(parts.pair_bits)) == graph.number_of_pairs
    coded = np.triu(np.ones(graph.shape, bool), 1)
    assert (~np.isnan(parts.pair_bits) == coded).all()


def test_other_orders_code_every_row_once():
    seen = watch(newman_watts_strogatz(40, 0.2), order="cardinality")
    assert sorted(seen.order) == list(range(40)) and list(seen.order) != list(range(40))


def test_only_adaptive_experts_can_be_watched():
    with pytest.raises(ValueError, match="siren"):
        watch(bare("karate-club"), ["siren"])
