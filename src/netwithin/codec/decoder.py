"""From a file to the graph. Nothing here needs torch."""

from netwithin.codec.container import DIGEST_BYTES, VERSION, unpack
from netwithin.codec.errors import FormatError
from netwithin.codec.stream import decode_pairs
from netwithin.graphs import Graph, GraphError

MAX_NODES = 1 << 20
MAX_PAIRS = 1 << 28
MAX_EDGES = 1 << 24  # some 1.5 GB while the graph is put together


def decode(
    data: bytes, max_nodes: int = MAX_NODES, max_pairs: int = MAX_PAIRS, max_edges: int = MAX_EDGES
) -> Graph:
    """Decode a graph, exactly.

    Parameters
    ----------
    data : bytes
        A whole `.nwn` file.
    max_nodes : int
        Refuse graphs with more nodes (rows and columns of a bipartite graph together).
    max_pairs : int
        Refuse graphs with more pairs to decide. Time grows with them.
    max_edges : int
        Refuse graphs with more edges. Memory grows with them, even where a few bytes announce them: a
        complete graph has no pair to code.

    Returns
    -------
    Graph
        Equal to the one that was encoded: kind, nodes, labels, loops, edges. Its `to_networkx` and
        `to_scipy` give other libraries' types.

    Raises
    ------
    FormatError
        If the file is damaged, foreign, from a newer version, or above a limit. Limits are checked
        before anything is allocated.

    Examples
    --------
    >>> import networkx as nx
    >>> from netwithin.codec import encode
    >>> club = nx.karate_club_graph()
    >>> data = encode(nx.Graph(list(club.edges)), predictor="density")
    >>> decode(data).number_of_edges
    78
    """
    file = unpack(data, max_nodes, max_pairs, max_edges)
    rows, columns = decode_pairs(file.header, file.code, file.experts, file.rate)
    try:
        graph = Graph.from_edges(
            rows, columns, file.header.shape, file.header.kind, file.labels, file.column_labels
        )
    except GraphError as error:
        raise FormatError(f"the file is damaged: {error}") from None
    if graph.digest()[:DIGEST_BYTES] != file.digest:
        raise FormatError("the decoded graph is not the one that was encoded; the file was altered")
    return graph


def info(data: bytes) -> dict:
    """Describe a file without decoding its pairs.

    Parameters
    ----------
    data : bytes
        A whole `.nwn` file, of a graph of any size.

    Returns
    -------
    dict
        `format_version`, `kind`, `nodes`, `shape`, `edges`, `loops`, `labels` (none, integers or strings),
        `experts`, and in bytes: `model_bytes` (what the learnt experts keep), `residual_bytes` (the coded
        pairs), `label_bytes`, `header_bytes` (with the checksums), `total_bytes`; `bits_per_edge` is the
        whole file over the edges, an undirected one counted once; None without edges.

    Raises
    ------
    FormatError
        As `decode`, but for what only decoding can tell.

    Examples
    --------
    >>> import numpy as np
    >>> from netwithin.codec import encode
    >>> facts = info(encode(np.ones((4, 4)) - np.eye(4)))
    >>> facts["kind"], facts["nodes"], facts["edges"], facts["residual_bytes"]
    ('undirected', 4, 6, 0)
    """
    file = unpack(data, max_nodes=1 << 70, max_pairs=1 << 140, max_edges=1 << 140)
    header, total = file.header, len(data)
    parts = {
        "model_bytes": sum(len(payload) for payload in file.payloads),
        "residual_bytes": len(file.code),
        "label_bytes": file.label_bytes,
    }
    return {
        "format_version": VERSION,
        "kind": header.kind,
        "nodes": header.nodes,
        "shape": list(header.shape),
        "edges": header.edges,
        "loops": header.loops,
        "labels": file.label_kind,
        "experts": [expert.name for expert in file.experts],
        **parts,
        "header_bytes": total - sum(parts.values()),
        "total_bytes": total,
        "bits_per_edge": 8 * total / header.edges if header.edges else None,
    }
