"""Graphs by name: those inside networkx, those with a public origin, and the paper's own.

Only who is joined to whom is taken, never an attribute of a node. Each graph has a card that says where it
comes
from and what was dropped. What comes from outside is checked, after it was read, against the SHA-256 of its
canonical form (`Graph.digest`), so that a changed mirror is noticed.
"""

import dataclasses
import io
import os
import tarfile
from pathlib import Path

import numpy as np
import scipy.sparse

from netwithin.graphs.convert import as_graph
from netwithin.graphs.files import read
from netwithin.graphs.graph import Graph, GraphError, boolean_matrix

DATA_VARIABLE = "NETWITHIN_DATA"


@dataclasses.dataclass(frozen=True)
class Card:
    """What is known about a named graph.

    Parameters
    ----------
    name : str
        As `load` takes it.
    title : str
        What the graph is.
    source : str
        The reference, or where the graph is kept.
    dropped : str
        What the origin has and the graph here has not.
    networkx : str
        The function of networkx that makes it, if there is one; no download then.
    url : str
        The file to download, if there is one.
    digest : str
        `Graph.digest` in hexadecimal, for graphs from outside.
    """

    name: str
    title: str
    source: str
    dropped: str = "nothing"
    networkx: str = ""
    url: str = ""
    digest: str = ""


_SNAP = "https://snap.stanford.edu/data"
_SUITESPARSE = "https://sparse.tamu.edu/MM"
_FACEBOOK100 = "https://github.com/CUAI/Non-Homophily-Large-Scale/raw/c2a1759aecd71d5604aa1a5a4719e3ffded18249/data/facebook100"
_TRAUD = "Traud, Mucha & Porter, Social structure of Facebook networks, Physica A 391, 2012"
_WATTS = "Watts & Strogatz, Collective dynamics of small-world networks, Nature 393, 1998"
_AUTHORS = "Tang & Li's released graphs, which have no licence to copy them by: local copies only"

_CARDS = (
    Card(
        "karate-club",
        "friendships in a karate club",
        "Zachary, J. Anthropol. Res. 33, 1977",
        "weights (contexts in which two members met)",
        networkx="karate_club_graph",
    ),
    Card(
        "davis-southern-women",
        "women and the social events that they attended (bipartite)",
        "Davis, Gardner & Gardner, Deep South, 1941",
        networkx="davis_southern_women_graph",
    ),
    Card(
        "florentine-families",
        "marriages between Renaissance families",
        "Breiger & Pattison, Social Networks 8, 1986",
        networkx="florentine_families_graph",
    ),
    Card(
        "les-miserables",
        "characters who appear in the same chapter of the novel",
        "Knuth, The Stanford GraphBase, 1993",
        "weights (numbers of chapters)",
        networkx="les_miserables_graph",
    ),
    Card(
        "fb100-reed98",
        "Facebook friendships at Reed College, 2005",
        _TRAUD,
        "attributes of the people",
        url=f"{_FACEBOOK100}/Reed98.mat",
        digest="d9bafe5bd8b355a4e78e3c051677efc8991d2034822741dfde8a2db92b2879fa",
    ),
    Card(
        "fb100-amherst41",
        "Facebook friendships at Amherst College, 2005",
        _TRAUD,
        "attributes of the people",
        url=f"{_FACEBOOK100}/Amherst41.mat",
        digest="d4f5efd5f0cee7c27f21848a7c034021a3370db2d98114a9412e1447134d5d9a",
    ),
    Card(
        "fb100-cornell5",
        "Facebook friendships at Cornell University, 2005",
        _TRAUD,
        "attributes of the people",
        url=f"{_FACEBOOK100}/Cornell5.mat",
        digest="20a13e63f15d0849c3506ff016bafa3f9011afbbf8e187be0ed368d8dce07f2b",
    ),
    Card(
        "ego-facebook",
        "ten Facebook users' circles of friends",
        "Leskovec & McAuley, Learning to discover social circles in ego networks, NIPS 2012",
        url=f"{_SNAP}/facebook_combined.txt.gz",
        digest="516359f2f22f5f8aec05cf6866cffd0856983db2cd9cdab5e0eb52c57574ea17",
    ),
    Card(
        "ca-grqc",
        "co-authors of papers on general relativity",
        "Leskovec, Kleinberg & Faloutsos, Graph evolution, ACM TKDD 1, 2007",
        "loops; ids (ranked instead)",
        url=f"{_SNAP}/ca-GrQc.txt.gz",
        digest="c02ae4e158babde65bfbc74dc6977bd38da14b2898fe106f34a3ac7649c1a673",
    ),
    Card(
        "celegans-neural",
        "neurons of the worm C. elegans",
        _WATTS,
        "directions and weights",
        url=f"{_SUITESPARSE}/Newman/celegansneural.tar.gz",
        digest="7b9db7114d661a7a11bfa7d8dece4dd785c1f9ee7ce715b74e0e2cfcd60304a7",
    ),
    Card(
        "netscience",
        "co-authors of papers on networks",
        "Newman, Finding community structure using the eigenvectors of matrices, Phys. Rev. E 74, 2006",
        "weights; names",
        url=f"{_SUITESPARSE}/Newman/netscience.tar.gz",
        digest="82cc2d058c474759b249c1782c73596447d2270d17647235cc39f388e3d2c096",
    ),
    Card(
        "power-grid",
        "the power grid of the western United States",
        _WATTS,
        url=f"{_SUITESPARSE}/Newman/power.tar.gz",
        digest="d380a88cfc28cee37a5f05bd6ca62262f80bcf092d4b9d0a23a260b79c23244b",
    ),
    Card(
        "minnesota-roads",
        "the roads of Minnesota",
        "Gleich, MatlabBGL, in the SuiteSparse Matrix Collection",
        "places",
        url=f"{_SUITESPARSE}/Gleich/minnesota.tar.gz",
        digest="f9093370e1de455ca468cca4a41154015860fb3f0754e2292f5f68b1a5285563",
    ),
    *(
        Card(f"small-world-{size}", "a small-world graph of the paper", _AUTHORS, digest=digest)
        for size, digest in (
            ("100-0.242", "6da547e8d6d73f7270e53e44a814c27fd956072f81d321cbde80cd612deb5ebe"),
            ("100-0.505", "da922c02f85e7024b817ad0a452c491770a105a2a0adccce1843b65693236d92"),
            ("100-0.747", "a038739ff52e03ad986fc26d909a95d8f247561a54e5c0273ad6167ffed9cbe6"),
            ("500-0.248", "d27507c3123087e4c677037642bcc6adb3bf0e7d84a314df4da2b47ad5bf2384"),
            ("500-0.501", "b0e20467c114019c365b35d978fe2f1c217f090a509b3983600db8b1b1f98211"),
            ("500-0.749", "afeb28bb7e36659985d22cc296c9acbe3a027bb7b2c0cd859df393eef7a80349"),
        )
    ),
)
_BY_NAME = {card.name: card for card in _CARDS}


def names(bundled: bool = False) -> list[str]:
    """The names that `load` knows.

    Parameters
    ----------
    bundled : bool
        Only those that come with networkx, for which nothing is downloaded.

    Returns
    -------
    list of str

    Examples
    --------
    >>> names(bundled=True)
    ['karate-club', 'davis-southern-women', 'florentine-families', 'les-miserables']
    """
    return [card.name for card in _CARDS if card.networkx or not bundled]


def card(name: str) -> Card:
    """What is known about a named graph.

    Parameters
    ----------
    name : str

    Returns
    -------
    Card

    Raises
    ------
    GraphError
        If there is no graph of that name.

    Examples
    --------
    >>> card("karate-club").dropped
    'weights (contexts in which two members met)'
    """
    if name not in _BY_NAME:
        raise GraphError(f"there is no graph named {name!r}; the names are {', '.join(names())}")
    return _BY_NAME[name]


def load(name: str) -> Graph:
    """Load a graph by name.

    A graph that does not come with networkx is read from the folder `graphs` in the folder that the
    environment variable `NETWITHIN_DATA` names, as `NAME.mtx.gz`, or else downloaded once from its card's
    address and kept in the user's cache. Either way the graph must have its card's digest, which covers kind,
    shape, labels and edges: what comes back is the pinned graph, bit for bit, or an error.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Graph
        With the card's name, title, source and dropped in `meta`.

    Raises
    ------
    GraphError
        If the name is unknown, the graph can be had neither from a folder nor from its origin, or it is not
        the one that was pinned here.

    Examples
    --------
    >>> load("davis-southern-women")
    <Graph: bipartite, 18 + 14 nodes, 89 edges>
    """
    chosen = card(name)
    if chosen.networkx:
        graph = _from_networkx(chosen)
    else:
        local = _local_file(name)
        graph = read(local) if local else _fetch(chosen)
        if graph.digest().hex() != chosen.digest:
            origin = local or f"{chosen.url} (the copy in {_cache()})"
            raise GraphError(f"{origin} is not the pinned {name!r}; it changed or is damaged")
    meta = {key: getattr(chosen, key) for key in ("name", "title", "source", "dropped")}
    return Graph(graph.adjacency, graph.kind, graph.labels, graph.column_labels, meta)


def _from_networkx(chosen: Card) -> Graph:
    import networkx as nx

    graph = getattr(nx, chosen.networkx)()
    bipartite = all("bipartite" in attributes for _, attributes in graph.nodes(data=True))
    kind = "bipartite" if bipartite else None
    return as_graph(graph, ignore_weights="weights" in chosen.dropped, kind=kind)


def _local_file(name: str) -> Path | None:
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        return None
    graphs = Path(folder) / "graphs"
    places = [graphs / f"{name}.mtx.gz", graphs / "seed-authors" / f"{name}.mtx.gz"]
    return next((place for place in places if place.is_file()), None)


def _cache() -> Path:
    import pooch

    return Path(pooch.os_cache("netwithin"))


def _fetch(chosen: Card) -> Graph:
    """Download the origin's file, unless that was done before, and make of it the graph that was pinned."""
    remedy = f"put {chosen.name}.mtx.gz into a folder 'graphs' and set {DATA_VARIABLE} to its parent"
    if not chosen.url:
        raise GraphError(f"{chosen.name!r} has no public origin to download; {remedy}")
    import pooch

    try:
        path = Path(pooch.retrieve(chosen.url, known_hash=None, fname=_file_name(chosen.url), path=_cache()))
    except (OSError, ValueError) as error:
        raise GraphError(f"{chosen.url} cannot be fetched ({type(error).__name__}); {remedy}") from None
    graph = _parse(path)
    if graph.digest().hex() == chosen.digest:
        return graph
    # Collections that count from 1 differ in where they put a node numbered 0: first or last.
    order = np.roll(np.arange(graph.shape[0]), -1)
    turned = Graph(graph.adjacency[order][:, order], "undirected")
    return turned if turned.digest().hex() == chosen.digest else graph


def _file_name(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def _parse(path: Path) -> Graph:
    """The undirected simple graph in a downloaded file: its adjacency, without labels, loops and weights."""
    if path.name.endswith(".tar.gz"):
        matrix = _matrix_of_tar(path)
    elif path.suffix == ".mat":
        matrix = _matrix_of_mat(path)
    else:
        matrix = read(path).adjacency
    rows, columns = boolean_matrix(matrix, ignore_weights=True).nonzero()
    loopless = rows != columns
    return Graph.from_edges(rows[loopless], columns[loopless], matrix.shape, "undirected")


def _matrix_of_tar(path: Path) -> scipy.sparse.csr_array:
    """SuiteSparse packs NAME/NAME.mtx, with more files beside it where there are labels."""
    from netwithin.graphs import matrix_market

    member = path.name.removesuffix(".tar.gz")
    try:
        with tarfile.open(path) as archive:
            data = archive.extractfile(f"{member}/{member}.mtx").read()
    except (tarfile.TarError, KeyError, OSError, EOFError, AttributeError) as error:
        raise GraphError(f"{path} holds no {member}.mtx ({error}); delete it to fetch it anew") from None
    return matrix_market.parse(data, ignore_weights=True).adjacency


def _matrix_of_mat(path: Path) -> scipy.sparse.csr_array:
    """Facebook100's MATLAB files hold the adjacency as `A`, and people's attributes, which are not read."""
    import scipy.io

    try:
        content = scipy.io.loadmat(io.BytesIO(path.read_bytes()), variable_names=["A"])
        return scipy.sparse.csr_array(content["A"])
    except Exception as error:  # SciPy complains of damaged files in half a dozen classes.
        raise GraphError(f"{path} holds no matrix A ({error}); delete it to fetch it anew") from None
