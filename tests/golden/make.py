"""Write the golden files: run once for a new format version or expert, never to mend a failing test.

Usage: python tests/golden/make.py NAME [NAME ...]

Files of version 1 cannot be written any more.
"""

import json
import sys
from pathlib import Path

import networkx as nx
import numpy as np

from netwithin.codec import decode, encode
from netwithin.codec.container import header_of, pack
from netwithin.codec.embedding import MapPreset, train_latent
from netwithin.codec.experts import Density, Distance, Latent, Neighbours, Picture, Siren
from netwithin.codec.renumbering import renumbered, renumbering
from netwithin.codec.stream import Plan, encode_stream
from netwithin.codec.training import Preset, train_siren
from netwithin.graphs import Graph, as_graph, erdos_renyi, newman_watts_strogatz

FOLDER = Path(__file__).parent

VERSION_1 = {
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


def _tiles(graph: Graph) -> bytes:
    return encode(graph, "density+distance", access="random", tile=16)


def _gaps(graph: Graph) -> bytes:
    return encode(graph, "gaps")


def _numbered(graph: Graph) -> bytes:
    numbering = renumbering(graph, "degree")
    coded = renumbered(graph, numbering)
    stream = encode_stream(header_of(coded), coded.adjacency, Plan())
    return pack(graph, [stream], numbering=numbering)


def _sines(graph: Graph) -> bytes:
    """A map that a sine network reads."""
    learnt = train_latent(
        graph, MapPreset(dimensions=2, price=0.3, network=Preset(2, 4, bits=(6,), steps=200))
    )
    plan = Plan((Density(), Latent(learnt)))
    return pack(graph, [encode_stream(header_of(graph), graph.adjacency, plan)])


def _causal(*kinds, **options):
    """How to code by the causal network; among the experts may be functions that learn one from the graph."""

    def write(graph: Graph) -> bytes:
        plan = Plan(tuple(kind() if isinstance(kind, type) else kind(graph) for kind in kinds), **options)
        return pack(graph, [encode_stream(header_of(graph), graph.adjacency, plan)])

    return write


def _siren(graph: Graph) -> Siren:
    return Siren(train_siren(graph, Preset(2, 4, bits=(6,), steps=200))[0])


def _map(graph: Graph) -> Latent:
    return Latent(train_latent(graph, MapPreset(dimensions=2, price=0.3, steps=200)))


ALL = Distance, Picture, Neighbours

#: For each file of version 2 a file of version 1 or a further graph, and how it was written.
VERSION_2 = {
    "causal-club": ("club-all", _causal(*ALL)),
    "causal-arcs": ("arcs", _causal(*ALL, rate=1)),
    "causal-bipartite": ("bipartite", _causal(*ALL, rate=3)),
    "causal-cardinality": ("loops", _causal(*ALL, order="cardinality")),
    "causal-picture": ("world", _causal(Picture)),
    "causal-neighbours": ("arcs", _causal(Neighbours, order="cardinality", rate=0)),
    "causal-density": ("bipartite", _causal(Density, Picture)),
    "causal-siren": ("world", _causal(Distance, Neighbours, _siren)),
    "causal-map": ("club-all", _causal(*ALL, Density, _siren, _map)),
    "sparse-club": ("club-all", _causal(*ALL, every=False, order="cardinality")),
    "sparse-hubs": ("hubs", _causal(*ALL, every=False)),
    "sparse-neighbours": ("loops", _causal(Neighbours, every=False)),
    "sparse-arcs": ("arcs", _causal(*ALL, every=False)),
    "sparse-bipartite": ("broad", _causal(*ALL, every=False)),
    "gaps-names": ("names", _gaps),
    "gaps-directed": ("directed-loops", _gaps),
    "gaps-bipartite": ("bipartite", _gaps),
    "nothing": ("isolated", _gaps),
    "everything": ("complete", _gaps),
    "map-names": ("names", lambda graph: encode(graph, "density+latent")),
    "map-directed": ("directed-loops", _sines),
    "map-bipartite": ("bipartite", _sines),
    "panel-ring": ("ring-distance", lambda graph: encode(graph, "density+distance")),
    "tiles-ring": ("ring-distance", _tiles),
    "tiles-names": ("names", _tiles),
    "tiles-directed": ("directed-loops", _tiles),
    "tiles-bipartite": ("bipartite", _tiles),
    "numbered-ring": ("ring-distance", _numbered),
    "numbered-bipartite": ("bipartite", _numbered),
}
GOLDEN = {**VERSION_1, **VERSION_2}
FURTHER_GRAPHS = {
    "world": lambda: newman_watts_strogatz(40, 0.25),
    "loops": lambda: nx.Graph([*nx.barabasi_albert_graph(40, 3, seed=2).edges, (0, 0), (7, 7), (39, 39)]),
    "arcs": lambda: nx.DiGraph([*nx.gnp_random_graph(25, 0.2, seed=1, directed=True).edges, (0, 0), (9, 9)]),
    "broad": lambda: Graph(np.random.default_rng(0).random((12, 90)) < 0.08, "bipartite"),
    # Rows have more plausible columns than they are allowed, and the last edge comes early.
    "hubs": lambda: nx.Graph([(u, v) for u in range(4) for v in range(u + 1, 121, u + 1)]),
}


def source(name: str) -> Graph:
    """The graph that a golden file was made from."""
    name = VERSION_2[name][0] if name in VERSION_2 else name
    graph = FURTHER_GRAPHS[name]() if name in FURTHER_GRAPHS else VERSION_1[name][0]()
    if name == "directed-loops":
        graph.add_edges_from((v, v) for v in range(0, 50, 7))
    return as_graph(graph)


def main(names: list[str]) -> None:
    """Write the named files, and every file's graph's SHA-256 into digests.json."""
    digests = FOLDER / "digests.json"
    known = json.loads(digests.read_text()) if digests.exists() else {}
    for name in names:
        graph = source(name)
        data = VERSION_2[name][1](graph)
        assert decode(data) == graph
        (FOLDER / f"{name}.nwn").write_bytes(data)
        known[name] = graph.digest().hex()
    digests.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
