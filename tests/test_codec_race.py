"""The race of our files against the peers': rows, tables, who beats whom."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from netwithin import codec, graphs, plotting, records
from netwithin.codec import baselines
from netwithin.codec.studies import race, race_figures, recorded


@pytest.fixture(autouse=True)
def style():
    plotting.use_style()
    yield
    plt.close("all")


@pytest.fixture
def rows():
    """A race of two graphs, of which one has a file that did not decode and a peer that was not there."""
    columns = ["graph", "edges", "method", "bytes", "file", "general", "exact", "encode_seconds"]
    table = pd.DataFrame(
        [
            ("big", 80, "netwithin", 40, True, False, True, 9.0),
            ("big", 80, "netwithin effort 1", 50, True, False, True, 4.0),
            ("big", 80, "xz_gaps", 60, True, True, True, 0.5),
            ("big", 80, "gzip_text", 120, True, True, True, 0.1),
            ("big", 80, "k2_tree", 45, True, False, False, 0.1),
            ("big", 80, "polya_urn", 30, False, False, None, None),
            ("small", 8, "netwithin", 7, True, False, True, 1.0),
            ("small", 8, "netwithin effort 1", 6, True, False, True, 1.0),
            ("small", 8, "xz_gaps", 5, True, True, True, 0.1),
            ("small", 8, "gzip_text", 20, True, True, True, 0.1),
            ("small", 8, "k2_tree", None, True, False, None, None),
            ("small", 8, "polya_urn", 4, False, False, None, None),
        ],
        columns=columns,
    )
    table["decode_seconds"] = table["encode_seconds"] / 2
    return table.assign(bits_per_edge=8 * table["bytes"] / table["edges"], encode_peak_bytes=2e6)


def test_a_live_race_is_our_file_beside_every_peer_that_is_a_library():
    club = graphs.load("karate-club")
    found = race.run({"club": club}, effort=1).set_index("method")
    sizes = {name: size for name, size in baselines.compare(club).items() if size is not None}
    assert found.loc[list(sizes), "bytes"].to_dict() == sizes
    unnamed = graphs.Graph(club.adjacency, club.kind)
    assert found.loc["netwithin", "bytes"] == len(codec.encode(unnamed, effort=1))
    assert found.loc[found["file"], "exact"].all()
    assert found["bits_per_edge"].tolist() == (8 * found["bytes"] / 78).tolist()
    assert not found["file"][list(baselines.BOUNDS)].any()


def test_rates_are_in_the_order_of_their_geometric_means(rows):
    table = race.by_graph(rows)
    assert table.columns.tolist() == ["small", "big"]
    assert table.loc["gzip_text"].tolist() == [20, 12] and np.isnan(table.loc["k2_tree", "small"])
    means = {method: np.sqrt(table.loc[method].prod()) for method in table.index if method != "k2_tree"}
    assert list(means) == sorted(means, key=means.get)


def test_standing_is_our_smallest_file_beside_the_best_of_others(rows):
    standing = race.standing(rows)
    assert standing.index.tolist() == ["small", "big"]
    assert standing["ours"].tolist() == [6, 4]
    assert standing["best"].tolist() == [5, 4.5]
    assert standing["general"].tolist() == [5, 6]
    assert set(race.rivals(rows)["method"]) == {"xz_gaps", "gzip_text", "k2_tree"}
    assert race.text_over_gaps(rows).to_dict() == {"big": 2, "small": 4}


def test_costs_are_those_of_exact_files(rows):
    table = race.costs(rows, "big")
    assert table.index.tolist() == ["netwithin", "netwithin effort 1", "xz_gaps", "gzip_text"]
    assert table["encode, s"].tolist() == [9, 4, 0.5, 0.1] and table["encode, MB"].eq(2).all()
    assert table["decode, s"].tolist() == [4.5, 2, 0.25, 0.05] and table["decode, MB"].isna().all()
    assert race.undominated(table[["bytes", "encode, s"]]).tolist() == table.index.tolist()
    assert race.undominated(table[["bytes", "bits per edge"]]).tolist() == ["netwithin"]


def test_the_field_has_a_row_per_graph_and_says_who_wins(rows):
    (ax,) = race_figures.field(rows).axes
    assert ax.get_title("left") == "This codec's file is the smallest on 1 of 2 graphs"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["small", "big"]
    lines = {line.get_label(): line for line in ax.lines}
    assert lines["this codec"].get_xdata().tolist() == [6, 4]
    assert lines["best general-purpose"].get_xdata().tolist() == [5, 6]
    assert sorted(lines["bound"].get_xydata().tolist()) == [[3, 1], [4, 0]]


def test_the_pace_names_ours_and_the_peers_that_none_beats(rows):
    rows.loc[3, "encode_seconds"] = 0.7  # the text is larger than the gaps, and takes longer, but to decode
    left, right = race_figures.pace(rows, "big").axes
    names = [{text.get_text() for text in ax.texts} for ax in (left, right)]
    assert names[0] == {"netwithin", "netwithin effort 1", "xz gaps"}
    assert names[1] == names[0] | {"gzip text"}
    peers, ours = left.lines
    assert sorted(peers.get_xydata().tolist()) == [[0.5, 6], [0.7, 12]]
    assert sorted(ours.get_xydata().tolist()) == [[4, 5], [9, 4]]


def test_files_of_a_record_are_rows(monkeypatch, tmp_path):
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
    metrics = {"edges": 16, "method": ["netwithin", "png"], "bytes": [4, None], "file": [True, True]}
    records.write(records.record("race", {"graph": "g"}, metrics, 1.0))
    files = recorded.files("race")
    assert files["method"].tolist() == ["netwithin", "png"] and files["file"].dtype == bool
    assert files["bits_per_edge"].tolist()[0] == 2 and np.isnan(files["bits_per_edge"][1])
    assert files["edges"].tolist() == [16, 16]


def test_the_best_peer_keeps_the_labels_and_is_no_bitmap():
    peers = records.published("peers_bits_per_edge").set_index("graph")
    best = recorded.best_peers()
    cornell = peers.loc["fb100-cornell5"]
    assert best["fb100-cornell5"] == cornell["polya_urn"] > cornell["zuckerli_rcm"]
    columns = ["density_entropy", "polya_urn", "xz_text", "xz_gaps", "zuckerli"]
    assert (best.to_frame("best").join(peers[columns]).idxmin(axis=1) == "best").all()
