"""How files grow: what is measured, powers that are known, the recorded parts, and what the figures show."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import codec, graphs, plotting, records
from netwithin.codec.studies import growth, growth_figures, recorded


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture
def empty(monkeypatch, tmp_path):
    """A folder of results in which nothing is recorded yet."""
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
    return tmp_path / "recorded"


def powers(over, base):
    """Times and memories that grow like known powers of a column; decoding grows by one power more."""
    return pd.DataFrame(
        {
            "way": way,
            "nodes": size if over == "nodes" else 500,
            "edges": size if over == "edges" else 10 * size,
            "encode_processor_seconds": 1e-6 * size ** (base + every),
            "decode_processor_seconds": 1e-6 * size ** (base + every + 1),
            "encode_peak_bytes": 7.0 * size,
        }
        for way, every in growth.WAYS.items()
        for size in (400, 100, 200)
    )


def test_both_ways_come_back_and_are_what_the_codec_writes():
    graph = graphs.load("les-miserables")
    found = {way: growth.measure(graph, every) for way, every in growth.WAYS.items()}
    assert all(row["exact"] and row["edges"] == graph.number_of_edges for row in found.values())
    assert all(row["encode_processor_seconds"] > 0 for row in found.values())
    unnamed = graphs.Graph(graph.adjacency, graph.kind)
    whole = codec.encode(unnamed, "distance+picture+neighbours", effort=1)
    # A file is the stream of every pair between a header and its checksums.
    facts = codec.info(whole)
    stream = found["every pair"]["bits_per_edge"] * graph.number_of_edges / 8
    assert facts["residual_bytes"] <= stream <= len(whole)
    assert found["every pair"]["bits_per_edge"] < found["plausible pairs"]["bits_per_edge"]


def test_more_questions_decode_more_of_a_file():
    graph = graphs.communities(90, 250, 2)
    found = growth.ask(graph, side=30, queries=(1, 4, 90), seed=1)
    assert found["exact"] and found["tile"] == 30
    assert found["bytes"] == len(codec.encode(graph, effort=1, access="random", tile=30))
    assert found["larger by"] == found["bytes"] / found["solid"] - 1 > 0
    assert 0 < found["1 asked"] <= found["4 asked"] <= found["90 asked"] == 1


def test_powers_are_found_by_way_and_missing_ones_are_nan():
    fits = growth.exponents(powers("nodes", 1.25), powers("edges", 0.5))
    expected = {
        ("nodes", "encode, time"): [2.25, 1.25],
        ("nodes", "decode, time"): [3.25, 2.25],
        ("nodes", "encode, memory"): [1, 1],
        ("edges", "encode, time"): [1.5, 0.5],
    }
    for column, values in expected.items():
        assert fits[column].tolist() == pytest.approx(values)
    assert ("nodes", "decode, memory") not in fits
    nothing = growth.exponents(powers("nodes", 1).iloc[:1], powers("edges", 1).iloc[:0])
    assert nothing.isna().all(axis=None)


def test_passing_puts_the_ways_side_by_side():
    rows = pd.DataFrame(
        [
            ("large", "plausible pairs", 900, 5.0, 2.0),
            ("large", "every pair", 900, 4.0, 8.0),
            ("small", "every pair", 9, 2.0, 1.0),
            ("small", "plausible pairs", 9, 3.0, 2.0),
        ],
        columns=["graph", "way", "edges", "bits_per_edge", "encode_processor_seconds"],
    )
    table = growth.passing(rows)
    assert table.index.tolist() == ["small", "large"]
    assert table["larger by"].tolist() == [0.5, 0.25] and table["faster by"].tolist() == [0.5, 4.0]
    assert table.loc["large", "bits per edge"].tolist() == [4.0, 5.0]


def write(part, way, metrics, nodes=1000, edges=5000):
    parameters = {"part": part, "graph": "communities", "nodes": nodes, "edges": edges, "way": way}
    metrics = {"actual_nodes": nodes, "actual_edges": edges} | metrics
    records.write(records.record("growth", parameters, metrics, 1.0))


def test_recorded_parts_have_their_own_columns(empty):
    write("size", "effort 1", {"bytes": 80, "exact": True}, nodes=2000, edges=9000)
    write("size", "effort 1", {"bytes": 50, "exact": True})
    write("size", "default effort", {"bytes": 40, "exact": True})
    for side, size in ((512, 75), (1024, 60)):
        answers = {"exact_answers": True, "queries": [1, 10], "decoded_fraction": [0.25, 1.0]}
        write("access", f"tiles of {side}", {"bytes": size, **answers})
    size = growth.recorded("size")
    assert size["way"].tolist() == ["effort 1", "effort 1", "default effort"]
    assert size["edges"].tolist() == [5000, 9000, 5000] and "queries" not in size
    answers = growth.recorded_answers()
    assert answers["tile"].tolist() == [1024, 512] and answers["solid"].tolist() == [50, 50]
    assert answers["larger by"].tolist() == pytest.approx([0.2, 0.5])
    assert answers[["1 asked", "10 asked"]].values.tolist() == [[0.25, 1.0]] * 2
    assert answers["graph"].eq("1,000 nodes (recorded)").all()


def test_without_records_tables_have_no_rows(empty):
    for part in ("nodes", "size", "access"):
        assert growth.recorded(part).empty
    assert growth.recorded_answers().empty
    assert recorded.files("race").empty and "bits_per_edge" in recorded.files("race")


def test_sizes_are_told_in_their_units():
    row = {"nodes": 10_000, "edges": 100_000, "way": "effort 1", "bits_per_edge": 7.5678}
    row |= {"density_entropy_bits_per_edge": 10.4, "encode_seconds": 1024.38, "decode_seconds": 21.1}
    row |= {"encode_processor_seconds": 23.36, "decode_processor_seconds": 20.0}
    row |= {"encode_peak_bytes": 247_566_336.0, "decode_peak_bytes": np.nan}
    (text,) = growth.sizes(pd.DataFrame([row])).to_dict("records")
    assert (text["nodes"], text["bits per edge"], text["encode, s"]) == ("10,000", "7.57", "1,024.4")
    assert (text["encode, µs per edge"], text["decode, µs per edge"]) == ("234", "200")
    assert (text["encode, MB"], text["decode, MB"]) == ("248", "nan")


def test_the_figure_names_the_powers_and_draws_the_rows():
    live = powers("nodes", 1).iloc[:2]
    figure = growth_figures.seconds(powers("nodes", 1), powers("edges", 0.2), live)
    left, right = figure.axes
    assert "take 4.0 times as long" in figure.get_suptitle() and "2.0 times when" in figure.get_suptitle()
    labels = [text.get_text() for text in right.get_legend().get_texts()]
    assert labels == ["every pair: ~ edges$^{1.2}$", "plausible pairs: ~ edges$^{0.2}$"]
    assert left.lines[0].get_xdata().tolist() == [100, 200, 400]
    assert left.lines[2].get_xdata().tolist() == live["nodes"].tolist()
    assert len(right.lines) == 2
    _, alone = growth_figures.seconds(powers("nodes", 1), powers("edges", 0).iloc[:0], live).axes
    assert not alone.lines and alone.get_legend() is None


def test_pictures_have_the_density_of_every_block():
    rows = pd.DataFrame(
        {"way": ["degree", "given"], "nodes": 20, "block": 10.0, "counts": [["50 1", "1 0"], ["9 8", "8 9"]]}
    )
    left, right = growth_figures.pictures(rows).axes[:2]
    assert left.images[0].get_array().tolist() == [[0.09, 0.08], [0.08, 0.09]]
    assert right.images[0].get_array().tolist() == [[0.5, 0.01], [0.01, 0.005]]
    assert right.images[0].get_extent() == [-0.5, 19.5, 19.5, -0.5]


def test_a_part_that_is_missing_has_no_rows_and_its_panel_is_empty(empty):
    told = {"part": "edges", "way": "every pair", "graph_seed": 0}
    metrics = {"actual_nodes": 10, "actual_edges": 20, "encode_processor_seconds": 0.5}
    records.write(records.record("growth", told, metrics, 1.0), empty)
    assert growth.recorded("edges")["edges"].tolist() == [20] and growth.recorded("nodes").empty
    live = powers("nodes", 1)
    figure = growth_figures.seconds(growth.recorded("nodes"), powers("edges", 1), live)
    assert figure.axes[0].get_legend() is None and len(figure.axes[1].lines) == 2
