"""Named graphs."""

import gzip
import io
import os
import tarfile

import networkx as nx
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from netwithin.graphs import GraphError, card, datasets, load, names, newman_watts_strogatz, write

DATA = os.environ.get("NETWITHIN_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="NETWITHIN_DATA names no folder with the graphs")

# Nodes and edges as the graphs' publishers count them, loops and directions aside.
SIZES = {
    "fb100-reed98": (962, 18_812),
    "fb100-amherst41": (2_235, 90_954),
    "fb100-cornell5": (18_660, 790_777),
    "ego-facebook": (4_039, 88_234),
    "ca-grqc": (5_242, 14_484),
    "celegans-neural": (297, 2_148),
    "netscience": (1_589, 2_742),
    "power-grid": (4_941, 6_594),
    "minnesota-roads": (2_642, 3_303),
}


@pytest.mark.parametrize(
    "name, expected",
    [
        ("karate-club", nx.karate_club_graph()),
        ("les-miserables", nx.les_miserables_graph()),
        ("florentine-families", nx.florentine_families_graph()),
    ],
)
def test_inside_networkx(name, expected):
    graph = load(name)
    assert set(graph.to_networkx().edges) == set(expected.edges) and list(graph.to_networkx()) == list(
        expected
    )
    assert graph.meta["name"] == name
    assert ("weights" in graph.meta["dropped"]) == any(
        "weight" in data for _, _, data in expected.edges(data=True)
    )


def test_southern_women_is_bipartite():
    graph = load("davis-southern-women")
    assert graph.kind == "bipartite" and graph.shape == (18, 14) and graph.column_labels[0] == "E1"


def test_names_and_cards():
    assert len(names()) == len(set(names())) == 19
    assert set(names(bundled=True)) <= set(names())
    for name in names():
        found = card(name)
        assert found.name == name and found.title and found.source
        assert bool(found.networkx) != bool(found.digest)
    with pytest.raises(GraphError, match="no graph named 'x'"):
        load("x")


@needs_data
@pytest.mark.parametrize("name", [name for name in names() if name not in names(bundled=True)])
def test_local_copies(name):
    # load() itself compares the digest with the pinned one.
    graph = load(name)
    assert graph.kind == "undirected" and graph.labels is None and not graph.has_loops
    if name in SIZES:
        assert (graph.number_of_nodes, graph.number_of_edges) == SIZES[name]
    else:
        nodes, density = name.removeprefix("small-world-").split("-")
        assert graph.number_of_nodes == int(nodes) and graph.density == pytest.approx(
            float(density), abs=1e-3
        )


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Let a named graph come from a file on disk as if it had been downloaded."""
    monkeypatch.delenv("NETWITHIN_DATA", raising=False)

    def serve(name, file_name, data, digest):
        (tmp_path / file_name).write_bytes(data)
        fake = datasets.Card(name, "t", "s", url=f"https://example.org/{file_name}", digest=digest)
        monkeypatch.setitem(datasets._BY_NAME, name, fake)
        monkeypatch.setattr("pooch.retrieve", lambda url, **_: str(tmp_path / file_name))

    return serve


GRAPH = newman_watts_strogatz(30, 0.2, seed=5)
ROWS, COLUMNS = GRAPH.edges()


def packed(matrix):
    """A SuiteSparse archive of a matrix."""
    text, archive = io.BytesIO(), io.BytesIO()
    scipy.io.mmwrite(text, matrix)
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for member, data in (("g/g_nodename.mtx", b"names"), ("g/g.mtx", text.getvalue())):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()


def snap():
    lines = [
        f"{10 * i + 3}\t{10 * j + 3}\n{10 * j + 3}\t{10 * i + 3}\n"
        for i, j in zip(ROWS, COLUMNS, strict=True)
    ]
    return gzip.compress(("# Directed graph\n" + "".join(reversed(lines)) + "3\t3\n").encode())


def matlab():
    content = io.BytesIO()
    scipy.io.savemat(content, {"A": GRAPH.adjacency.astype(float), "local_info": np.ones((30, 7))})
    return content.getvalue()


WEIGHTS = np.linspace(0.1, 7, len(ROWS))


@pytest.mark.parametrize(
    "file_name, data",
    [
        ("g.txt.gz", snap()),
        ("g.mat", matlab()),
        ("g.tar.gz", packed(scipy.sparse.coo_array((WEIGHTS, (ROWS, COLUMNS)), shape=(30, 30)))),
        (
            "g.tar.gz",
            packed(scipy.sparse.coo_array(np.roll(GRAPH.adjacency.toarray().astype(int), 1, (0, 1)))),
        ),
    ],
)
def test_what_the_origins_send(served, file_name, data):
    served("g", file_name, data, GRAPH.digest().hex())
    graph = load("g")
    assert graph == GRAPH and graph.meta["name"] == "g"


def test_a_changed_mirror_is_noticed(served):
    served("g", "g.txt.gz", snap(), "00" * 32)
    with pytest.raises(GraphError, match=r"g\.txt\.gz .* is not the pinned 'g'; it changed or is damaged"):
        load("g")


@pytest.mark.parametrize("file_name", ["g.txt.gz", "g.mat", "g.tar.gz"])
def test_damaged_downloads(served, file_name):
    served("g", file_name, b"\x00 not what it says", "00" * 32)
    with pytest.raises(GraphError):
        load("g")


def test_no_network_and_no_copy(monkeypatch, tmp_path):
    def offline(*_, **__):
        raise ConnectionError("no route to host")

    monkeypatch.setattr("pooch.retrieve", offline)
    monkeypatch.setenv("NETWITHIN_DATA", str(tmp_path))
    with pytest.raises(GraphError, match=r"snap\.stanford\.edu.*cannot be fetched.*set NETWITHIN_DATA"):
        load("ca-grqc")
    monkeypatch.delenv("NETWITHIN_DATA")
    with pytest.raises(GraphError, match=r"no public origin.*NETWITHIN_DATA"):
        load("small-world-100-0.242")


def test_a_wrong_local_copy_is_noticed(monkeypatch, tmp_path):
    (tmp_path / "graphs").mkdir()
    write(GRAPH, tmp_path / "graphs" / "ca-grqc.mtx.gz")
    monkeypatch.setenv("NETWITHIN_DATA", str(tmp_path))
    with pytest.raises(GraphError, match="is not the pinned 'ca-grqc'"):
        load("ca-grqc")
