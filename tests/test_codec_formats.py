"""What ordinary files of a graph take, against the files themselves."""

import gzip
import io
import lzma

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.io

from netwithin import graphs, plotting, rates
from netwithin.codec import baselines
from netwithin.codec.studies import formats, formats_figures
from netwithin.graphs import matrix_market


@pytest.fixture(scope="module")
def subjects():
    return {
        "ring": graphs.newman_watts_strogatz(40, 0.25, seed=1),
        "noise": graphs.erdos_renyi(40, 0.5, 2),
        "novel": graphs.load("les-miserables"),
    }


@pytest.fixture(scope="module")
def bits(subjects):
    return formats.bits_per_edge(subjects)


def test_text_sizes_are_printed_computed_and_written():
    table = formats.text_sizes([0.25, 0.75], written=[100], seed=3)
    assert table["nodes"].tolist() == [100, 100, 500, 1000]
    assert table["printed"].tolist() == [116.2, 116.2, 2880.8, 11511.56]
    np.testing.assert_allclose(table["printed"], table["23 n(n+1)/2"], rtol=2e-3)
    assert table[["array", "coordinate"]].isna().all(axis=1).tolist() == [False, False, True, True]
    row, graph = table.iloc[1], graphs.newman_watts_strogatz(100, 0.75, 0.5, 3)
    text = matrix_market.dump_dense(graph)
    np.testing.assert_array_equal(scipy.io.mmread(io.BytesIO(text)), graph.adjacency.toarray())
    assert row["array"] == len(text) / 1000
    assert row["array, gzip -9"] == pytest.approx(len(gzip.compress(text, 9)) / 1000)
    assert row["coordinate"] < row["array"] and row["bitmap"] == 4950 / 8 / 1000


def test_every_way_is_counted_per_edge(bits, subjects):
    graph = subjects["novel"]
    lines = "".join(f"{i} {j}\n" for i, j in zip(*graph.edges(), strict=True)).encode()
    packed = lzma.compress(lines, preset=9 | lzma.PRESET_EXTREME)
    assert bits.loc["xz text", "novel"] == 8 * len(packed) / graph.number_of_edges
    assert bits.loc["bitmap", "noise"] == 8 * 98 / subjects["noise"].number_of_edges  # 780 pairs
    assert bits["ring"].is_monotonic_increasing


def test_generators_have_their_own_bounds(bits, subjects):
    bound = bits.loc[formats.GENERATOR]
    ring, noise = subjects["ring"], subjects["noise"]
    own = graphs.generators.lattice_entropy_bits(ring) / ring.number_of_edges
    assert bound["ring"] == pytest.approx(own) and np.isnan(bound["novel"])
    assert bound["noise"] == bits.loc["density entropy", "noise"]
    assert 0 <= bound["noise"] * noise.number_of_edges - rates.density_entropy_bits(noise) < 8
    assert set(formats.BOUNDS) <= set(bits.index)


def test_compressors_are_told_from_other_ways(bits):
    names = set(formats.compressed(bits["ring"]).index)
    general = {f"{name} {form}" for name in baselines.COMPRESSORS for form in baselines.FORMS}
    assert names == (general | {"png", "webp"}) & set(bits.index)
    assert {"bitmap", "k2 tree", formats.TEXT, *formats.BOUNDS}.isdisjoint(names)


def test_bounds_are_drawn_hollow(bits, subjects):
    plotting.use_style()
    figure = formats_figures.ways(bits, subjects)
    for ax, (name, graph) in zip(figure.axes, subjects.items(), strict=True):
        files, bounds, bitmap = ax.lines
        assert len(files.get_xdata()) + len(bounds.get_xdata()) == len(bits)
        assert len(bounds.get_xdata()) == 3 and bounds.get_markerfacecolor() == "white"
        assert bitmap.get_xdata()[0] == bits.loc["bitmap", name]
        assert ax.get_title("left").endswith(f"{graph.number_of_edges} edges")
        values = bits[name].to_numpy()
        np.testing.assert_array_equal(files.get_xdata(), values[files.get_ydata()])
    plt.close(figure)
