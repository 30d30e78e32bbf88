"""Write the golden files: run once for a new format version or expert, never to mend a failing test.

Usage: python tests/golden/make.py NAME [NAME ...]
"""

import json
import sys
from pathlib import Path

import networkx as nx
import numpy as np

from netwithin.codec import decode, encode
from netwithin.graphs import Graph, as_graph, erdos_renyi, newman_watts_strogatz

FOLDER = Path(__file__).parent

GOLDEN = {
    "empty": (lambda: nx.Graph(), "auto"),
    "isolated": (lambda: nx.empty_graph(2000), "auto"),
    "complete": (lambda: nx.complete_graph(40), "auto"),
    "sparse-density": (lambda: erdos_renyi(200, 0.02), "density"),
    "ring-distance": (lambda: newman_watts_strogatz(100, 0.25), "density+distance"),
    "ring-siren": (lambda: newman_watts_strogatz(100, 0.25), "siren"),
    "world-siren": (lambda: newman_watts_strogatz(300, 0.25), "siren"),
    "club-all": (lambda: nx.Graph(list(nx.karate_club_graph().edges)), "density+distance+siren"),
    "names": (lambda: nx.Graph(list(nx.les_miserables_graph().edges)), "density+distance"),
    "integers": (lambda: Graph(np.eye(5)[::-1], "undirected", [-(2**63), -1, 0, 7, 2**63 - 1]), "density"),
    "directed-loops": (lambda: nx.gnp_random_graph(50, 0.1, seed=1, directed=True), "density+distance"),
    "bipartite": (
        lambda: Graph(np.random.default_rng(0).random((20, 35)) < 0.2, "bipartite"),
        "density+distance",
    ),
}


def source(name: str) -> Graph:
    """The graph that a golden file was made from."""
    graph = GOLDEN[name][0]()
    if name == "directed-loops":
        graph.add_edges_from((v, v) for v in range(0, 50, 7))
    return as_graph(graph)


def main(names: list[str]) -> None:
    """Write the named files, and every file's graph's SHA-256 into digests.json."""
    digests = FOLDER / "digests.json"
    known = json.loads(digests.read_text()) if digests.exists() else {}
    for name in names:
        graph = source(name)
        data = encode(graph, GOLDEN[name][1])
        assert decode(data) == graph
        (FOLDER / f"{name}.nwn").write_bytes(data)
        known[name] = graph.digest().hex()
    digests.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
