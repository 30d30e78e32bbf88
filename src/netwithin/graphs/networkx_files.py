"""Formats that networkx reads and writes: GraphML, GEXF, GML, graph6 and sparse6."""

import io
import re
from collections.abc import Callable
from xml.parsers import expat

from netwithin.graphs import marker
from netwithin.graphs.convert import KIND_ATTRIBUTE, as_graph
from netwithin.graphs.graph import Graph, GraphError

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
# Eight bytes of sparse6 can claim 2 ** 36 nodes, and networkx makes a Python object of each.
_MAX_SPARSE6_NODES = 1 << 20


def parse_graphml(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read GraphML; node ids become the labels. See `parse_gexf`, which does the same."""
    import networkx as nx

    _check_xml(data)
    graph = _tried("GraphML", lambda: nx.read_graphml(io.BytesIO(data)))
    return _labelled(graph, graph.graph.get(marker.NAME), ignore_weights, kind)


def parse_gexf(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read GEXF; node ids (not the labels for display) become the labels.

    Ids that are all whole numbers become integers, unless the file says that `dump_gexf` wrote strings.

    Parameters
    ----------
    data : bytes
        The file.
    ignore_weights, kind
        As for `netwithin.graphs.read`.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If the XML is damaged or declares a document type (entities can fill a memory), holds no graph or
        several, an edge names a node that is not there, edges are parallel, or one has a weight.
    """
    import networkx as nx

    _check_xml(data)
    graph = _tried("GEXF", lambda: nx.read_gexf(io.BytesIO(data)))
    name = str(graph.graph.get("name", ""))
    note = name.removeprefix(f"{marker.NAME} ") if name.startswith(f"{marker.NAME} ") else None
    return _labelled(graph, note, ignore_weights, kind)


def parse_gml(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read GML; `label` (or else `id`) becomes the label, an edge's `value` counts as its weight."""
    import networkx as nx

    try:
        graph = _tried("GML", lambda: nx.read_gml(io.BytesIO(data)))
    except GraphError as error:
        if "has no 'label' attribute" not in str(error):
            raise
        graph = _tried("GML", lambda: nx.read_gml(io.BytesIO(data), label="id"))
    for _, _, attributes in graph.edges(data=True):
        attributes.setdefault("weight", attributes.get("value"))
    return _labelled(graph, graph.graph.get(marker.NAME), ignore_weights, kind)


def parse_graph6(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read one graph in graph6."""
    import networkx as nx

    line = _only_line(data, b">>graph6<<")
    return as_graph(_tried("graph6", lambda: nx.from_graph6_bytes(line)), kind=kind)


def parse_sparse6(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read one graph in sparse6."""
    import networkx as nx
    from networkx.readwrite.graph6 import data_to_n

    line = _only_line(data, b">>sparse6<<")
    if not line.startswith(b":"):
        raise GraphError("no sparse6 file: the first character must be a colon; check the format")
    size = _tried("sparse6", lambda: data_to_n([byte - 63 for byte in line[1:]])[0])
    if size > _MAX_SPARSE6_NODES:
        raise GraphError(
            f"{size} nodes are more than the {_MAX_SPARSE6_NODES} read from sparse6; use .mtx or .npz"
        )
    return as_graph(_tried("sparse6", lambda: nx.from_sparse6_bytes(line)), kind=kind)


def dump_graphml(graph: Graph) -> bytes:
    """Write GraphML; kind and type of labels go into the graph attribute `netwithin`."""
    import networkx as nx

    result, target = _with_note(graph, marker.NAME, marker.types(graph)), io.BytesIO()
    nx.write_graphml_xml(result, target)
    return target.getvalue()


def dump_gexf(graph: Graph) -> bytes:
    """Write GEXF; kind and type of labels go into the graph's name, the one text that the format offers."""
    import networkx as nx

    result = _with_note(graph, "name", f"{marker.NAME} {marker.types(graph)}")
    return "\n".join(nx.generate_gexf(result)).encode() + b"\n"


def dump_gml(graph: Graph) -> bytes:
    """Write GML; kind and type of labels go into the graph attribute `netwithin`."""
    import networkx as nx

    return "\n".join(nx.generate_gml(_with_note(graph, marker.NAME, marker.types(graph)))).encode() + b"\n"


def dump_graph6(graph: Graph) -> bytes:
    """Write graph6.

    Raises
    ------
    GraphError
        If the graph is not undirected, is labelled or has loops.
    """
    import networkx as nx

    if graph.has_loops:
        raise GraphError("graph6 cannot hold loops; use sparse6, .mtx or .npz")
    return nx.to_graph6_bytes(_plain(graph, "graph6").to_networkx())


def dump_sparse6(graph: Graph) -> bytes:
    """Write sparse6.

    Raises
    ------
    GraphError
        If the graph is not undirected or is labelled.
    """
    import networkx as nx

    return nx.to_sparse6_bytes(_plain(graph, "sparse6").to_networkx())


def _tried(name: str, read: Callable):
    """Call one of networkx's readers, whose complaints about damaged files come in every class there is."""
    try:
        return read()
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise GraphError(f"no sound {name} file ({reason}); write it anew") from None


def _check_xml(data: bytes) -> None:
    """Refuse document types and their entities, several graphs, and edges to nodes that are not there.

    networkx parses with the standard library, which expands entities, takes the first of several graphs and
    invents missing nodes.
    """
    nodes, ends, graphs = set(), set(), 0
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_):
        raise GraphError("the XML declares a document type, which may hide entities; remove the DOCTYPE")

    def start(name, attributes):
        nonlocal graphs
        tag = name.rsplit(" ", 1)[-1]
        graphs += tag == "graph"
        if tag == "node":
            nodes.add(attributes.get("id"))
        elif tag == "edge":
            ends.update((attributes.get("source"), attributes.get("target")))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except GraphError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # The latter two for strange encodings.
        raise GraphError(f"no sound XML ({error}); the file is damaged or truncated") from None
    if graphs != 1:
        raise GraphError(f"the file holds {graphs} graphs; keep one")
    if not ends <= nodes:
        raise GraphError(
            f"an edge names the node {min(map(str, ends - nodes))!r}, which is not there; add the node"
        )


def _labelled(graph, note: str | None, ignore_weights: bool, kind: str | None) -> Graph:
    """A networkx graph with text for names becomes one of ours, numbers again where they were numbers."""
    said = marker.parse(note) if note is not None else {}
    graph.graph.pop(KIND_ATTRIBUTE, None)
    result = as_graph(graph, ignore_weights, kind or said.get("kind"))
    strings = said.get("strings") or {}
    labels = _renumbered(result.labels, strings.get("labels"))
    column_labels = _renumbered(result.column_labels, strings.get("column_labels"))
    return Graph(result.adjacency, result.kind, labels, column_labels)


def _renumbered(labels, strings: bool | None):
    """Integers where every label is the usual way to write one, and nobody said that they were strings."""
    if strings or labels is None or labels.dtype.kind != "U":
        return labels
    names = labels.tolist()
    return [int(name) for name in names] if all(map(_INTEGER.fullmatch, names)) else labels


def _with_note(graph: Graph, attribute: str, note: str):
    result = graph.to_networkx()
    result.graph = {attribute: note}
    return result


def _plain(graph: Graph, name: str) -> Graph:
    if graph.kind != "undirected" or graph.labels is not None:
        what = "labels" if graph.kind == "undirected" else f"{graph.kind} graphs"
        raise GraphError(f"{name} cannot hold {what}; use .mtx, .npz or .graphml")
    return graph


def _only_line(data: bytes, header: bytes) -> bytes:
    """The file's one line, without header, its characters checked."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) != 1:
        raise GraphError(f"the file holds {len(lines)} graphs; keep one")
    line = lines[0].strip().removeprefix(header)
    if not line or any(not 63 <= byte <= 126 for byte in line.removeprefix(b":")):
        raise GraphError("a character is out of range (63 to 126); the file is damaged or in another format")
    return line
