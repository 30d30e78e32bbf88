"""What a file format has no place for, as one JSON line in a comment or a spare attribute of the file.

The line holds the graph's kind, its shape and its labels, so that `netwithin.graphs.write` loses nothing, and
other programs see a comment.
"""

import json

from netwithin.graphs.graph import KINDS, Graph, GraphError

NAME = "netwithin"
# Small files can claim sizes that fill a machine's memory; no graph in a text file needs more rows than this.
MAX_NODES = 100_000_000


def full(graph: Graph) -> str:
    """Kind, shape and labels of a graph as ASCII on one line."""
    lists = {
        name: None if labels is None else labels.tolist()
        for name, labels in (("labels", graph.labels), ("column_labels", graph.column_labels))
    }
    return json.dumps({"kind": graph.kind, "shape": graph.shape, **lists})


def types(graph: Graph) -> str:
    """For files whose nodes carry their labels as text: the kind, and whether the labels are numbers."""
    names = {"labels": graph.labels, "column_labels": graph.column_labels}
    strings = {name: labels is not None and labels.dtype.kind == "U" for name, labels in names.items()}
    return json.dumps({"kind": graph.kind, "strings": strings})


def parse(text: str) -> dict:
    """Read a marker back.

    Raises
    ------
    GraphError
        If it is damaged.
    """
    try:
        marker = json.loads(text)
        shape = marker.get("shape", [0, 0])
        sound = marker["kind"] in KINDS and len(shape) == 2 and all(type(size) is int for size in shape)
        sound &= all(isinstance(marker.get(name), list | None) for name in ("labels", "column_labels"))
        sound &= isinstance(marker.get("strings", {}), dict)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise GraphError(
            "the line that netwithin adds is damaged; remove it to read the rest as any other file"
        )
    check_size(shape)
    return marker


def check_size(shape) -> None:
    """Refuse negative and absurd sizes before anything is allocated for them."""
    if min(shape) < 0 or max(shape) > MAX_NODES:
        raise GraphError(
            f"a size of {shape[0]} x {shape[1]} is out of range; the limit is {MAX_NODES} either way"
        )
