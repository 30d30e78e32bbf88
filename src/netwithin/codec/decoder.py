"""From a file to the graph. Nothing here needs torch."""

from collections import Counter
from collections.abc import Iterable

import joblib
import numpy as np

from netwithin.codec.container import DIGEST_BYTES, unpack
from netwithin.codec.errors import FormatError
from netwithin.codec.experts import Expert
from netwithin.codec.stream import Description, decode_stream, describe_stream
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
        Refuse files that decide more pairs one by one. Time grows with them, and a large stored network
        makes one pair count as several.
    max_edges : int
        Refuse graphs with more edges. Memory grows with them, even where a few bytes announce them: a
        complete graph has no pair to code. So does the time of the expert `neighbours`, by an edge's
        degrees for each edge.

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
    file = unpack(data, max_nodes, max_edges)
    tiles = [
        (file.grid.span(a, 0).start, file.grid.span(b, 1).start, *file.tile(a, b))
        for a, b in file.grid.places()
    ]
    check_streams((describe_stream(header, stream) for *_, header, stream in tiles), max_pairs, file.tiled)
    decoded = joblib.Parallel()(joblib.delayed(decode_stream)(header, stream) for *_, header, stream in tiles)
    rows = np.concatenate([first + own for (first, *_), (own, _) in zip(tiles, decoded, strict=True)])
    columns = np.concatenate([first + own for (_, first, *_), (_, own) in zip(tiles, decoded, strict=True)])
    if file.numbering:
        rows, columns = file.numbering[0][rows], file.numbering[1][columns]
    try:
        graph = Graph.from_edges(
            rows, columns, file.header.shape, file.header.kind, file.labels, file.column_labels
        )
    except GraphError as error:
        raise FormatError(f"the file is damaged: {error}") from None
    if graph.digest()[:DIGEST_BYTES] != file.digest:
        raise FormatError("the decoded graph is not the one that was encoded; the file was altered")
    return graph


def check_streams(streams: Iterable[Description], max_pairs: int, tiled: bool) -> None:
    """Refuse streams that would take more time than the caller is ready for.

    Parameters
    ----------
    streams : iterable of Description
        Of a whole graph, or of its tiles.
    max_pairs : int
        As for `decode`.
    tiled : bool
        Whether they are tiles' streams, which hold no trained expert.

    Raises
    ------
    FormatError
        If they decide more pairs, or hold what no tile can.
    """
    pairs = 0
    for stream in streams:
        if tiled and stream.model_bytes:
            raise FormatError("a tile stores a trained expert, which knows whole graphs only; it is damaged")
        pairs += stream.pairs
    if pairs > max_pairs:
        raise FormatError(f"the file announces {pairs} pairs, more than max_pairs = {max_pairs}")


def info(data: bytes) -> dict:
    """Describe a file without decoding its pairs.

    Parameters
    ----------
    data : bytes
        A whole `.nwn` file, of a graph of any size.

    Returns
    -------
    dict
        `format_version`, `kind`, `nodes`, `shape`, `edges`, `loops`; `labels` ("none", "integers", "strings",
        or "dropped": the graph is isomorphic to the one that was given); `access` ("solid" or "random"),
        `tiles` and their side, `tile`; `methods`, how many streams each method codes; `experts`; and in
        bytes: `model_bytes` (what the learnt experts keep), `residual_bytes` (the coded pairs),
        `label_bytes`, `header_bytes` (all the rest, of which the tiles' index takes `index_bytes` and the
        nodes' numbering `numbering_bytes`), `total_bytes`; `bits_per_edge` is the whole file over the edges,
        an undirected one counted once; None without edges.

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
    file = unpack(data, max_nodes=1 << 70, max_edges=1 << 140)
    header, total = file.header, len(data)
    streams = [describe_stream(*file.tile(*place)) for place in file.grid.places()]
    names = dict.fromkeys(expert.name for stream in streams for expert in stream.experts)
    parts = {
        "model_bytes": sum(stream.model_bytes for stream in streams),
        "residual_bytes": sum(stream.code_bytes for stream in streams),
        "label_bytes": file.sizes["labels"],
    }
    return {
        "format_version": file.version,
        "kind": header.kind,
        "nodes": header.nodes,
        "shape": list(header.shape),
        "edges": header.edges,
        "loops": header.loops,
        "labels": file.label_kind,
        "access": "random" if file.tiled else "solid",
        "tiles": len(file.grid),
        "tile": file.grid.side if file.tiled else None,
        "methods": dict(Counter(stream.method for stream in streams)),
        "experts": list(names),
        **parts,
        "header_bytes": total - sum(parts.values()),
        "index_bytes": file.sizes["index"],
        "numbering_bytes": file.sizes["numbering"],
        "total_bytes": total,
        "bits_per_edge": 8 * total / header.edges if header.edges else None,
    }


def experts_in(data: bytes) -> list[Expert]:
    """The experts that a file names, with what they learnt; those of all tiles.

    Raises
    ------
    FormatError
        As `info`.

    Examples
    --------
    >>> import numpy as np
    >>> from netwithin.codec import encode
    >>> [expert.name for expert in experts_in(encode(np.eye(5)[::-1], "distance"))]
    ['distance']
    """
    file = unpack(data, max_nodes=1 << 70, max_edges=1 << 140)
    streams = (describe_stream(*file.tile(*place)) for place in file.grid.places())
    return [expert for stream in streams for expert in stream.experts]
