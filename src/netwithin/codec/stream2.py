"""A graph's pairs as a stream of bytes: which method codes them, what it needs, the code.

A stream is all that a decoder needs besides the graph's `Header`. The first byte names the method; a graph
without edges, or a complete one, has an empty stream.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from netwithin.codec.errors import FormatError
from netwithin.codec.experts import EXPERTS, Expert
from netwithin.codec.gaps import decode_gaps, encode_gaps
from netwithin.codec.pairs import Header
from netwithin.codec.stream import decode_pairs, encode_pairs, is_trivial
from netwithin.codec.varints import Reader, varint

GAPS, PANEL = 0, 1  # methods
ORDERS = ("given",)
MAX_EXPERTS = 16
RATE = 9  # the mixer learns at 2**-9; from 2**-7 to 2**-11 sizes differ by a few parts in a thousand


@dataclass(frozen=True)
class Plan:
    """How to code one graph.

    Attributes
    ----------
    experts : tuple of Expert
        Those that predict the pairs; trained ones carry what they learnt. Without any, edges are coded as
        plain gaps.
    order : str
        One of `ORDERS`: in which order the rows come.
    every : bool
        Whether every pair is decided one by one, or only those that the past makes plausible.
    """

    experts: tuple[Expert, ...] = ()
    order: str = "given"
    every: bool = True


@dataclass(frozen=True)
class Description:
    """What a stream says of itself.

    Attributes
    ----------
    method : str
        "none", "gaps" or "panel".
    experts : tuple of Expert
        As the stream holds them.
    model_bytes : int
        What the trained ones keep.
    code_bytes : int
        What the pairs take.
    pairs : int
        How many pairs are decided one by one: what decoding costs.
    """

    method: str
    experts: tuple[Expert, ...] = ()
    model_bytes: int = 0
    code_bytes: int = 0
    pairs: int = 0


def encode_stream(
    header: Header,
    adjacency: scipy.sparse.csr_array,
    plan: Plan,
    progress: Callable[[float], None] = lambda share: None,
) -> bytes:
    """Code a graph.

    Parameters
    ----------
    header : Header
        Agrees with the adjacency.
    adjacency : csr_array of bool
        Canonical, as in `Graph`.
    plan : Plan
        How.
    progress : callable
        Called now and then with the share of the pairs that is coded.

    Returns
    -------
    bytes
        Empty for a graph without edges and for a complete one.
    """
    if is_trivial(header):
        return b""
    if not plan.experts:
        rows = np.repeat(np.arange(header.shape[0]), np.diff(adjacency.indptr))
        columns = adjacency.indices.astype(np.int64)
        upper = (rows <= columns) if header.kind == "undirected" else slice(None)
        return bytes([GAPS]) + encode_gaps(header, rows[upper], columns[upper])
    matrix = adjacency.indptr, adjacency.indices
    code = encode_pairs(header, *matrix, plan.experts, RATE, progress)
    return bytes([PANEL]) + panel_bytes(plan.experts, RATE) + code


def decode_stream(header: Header, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Undo `encode_stream`.

    Parameters
    ----------
    header : Header
        As it was for `encode_stream`, its sizes within the caller's limits.
    data : bytes
        What that returned.

    Returns
    -------
    rows, columns : int64[edges]

    Raises
    ------
    FormatError
        If the stream is damaged. A code of the right length that was altered may yield another graph,
        which only its digest can tell.
    """
    if is_trivial(header):
        if data:
            raise FormatError("bytes follow the end of the file")
        return decode_pairs(header, b"", (), RATE)
    reader = Reader(data)
    method = _method(reader)
    if method == GAPS:
        return decode_gaps(header, reader.rest())
    experts, _, rate = _some_panel(reader)
    return decode_pairs(header, reader.rest(), experts, rate)


def describe_stream(header: Header, data: bytes) -> Description:
    """What a stream says of itself, without decoding it.

    Raises
    ------
    FormatError
        As `decode_stream`, but for what only decoding can tell.
    """
    if is_trivial(header):
        return Description("none")
    reader = Reader(data)
    if _method(reader) == GAPS:
        return Description("gaps", code_bytes=reader.left)
    experts, model_bytes, _ = _some_panel(reader)
    return Description("panel", experts, model_bytes, reader.left, header.pairs)


def _method(reader: Reader) -> int:
    method = reader.take(1)[0]
    if method not in (GAPS, PANEL):
        raise FormatError(f"unknown method {method}; the file needs a newer netwithin, or is damaged")
    return method


def _some_panel(reader: Reader) -> tuple[tuple[Expert, ...], int, int]:
    experts, *more = read_panel(reader)
    if not experts:
        raise FormatError("the file names no expert, yet has pairs to decide")
    return experts, *more


def panel_bytes(experts: Sequence[Expert], rate: int) -> bytes:
    """The mixer's rate, the number of experts, and for each its code, payload's length and payload."""
    payloads = [expert.payload() for expert in experts]
    named = (bytes([e.code]) + varint(len(p)) + p for e, p in zip(experts, payloads, strict=True))
    return bytes([rate, len(experts)]) + b"".join(named)


def read_panel(reader: Reader) -> tuple[tuple[Expert, ...], int, int]:
    """Undo `panel_bytes`.

    Returns
    -------
    experts : tuple of Expert
    model_bytes : int
        What their payloads take.
    rate : int

    Raises
    ------
    FormatError
        If an expert is unknown, damaged, or named twice.
    """
    rate, count = reader.take(2)
    if rate > 15 or count > MAX_EXPERTS:
        raise FormatError(f"mixer rate {rate} or {count} experts are out of bounds")
    experts: dict[int, Expert] = {}
    model_bytes = 0
    for _ in range(count):
        code = reader.take(1)[0]
        payload = reader.take(reader.varint())
        model_bytes += len(payload)
        if code not in EXPERTS:
            raise FormatError(f"unknown expert {code}; the file needs a newer netwithin, or is damaged")
        if code in experts:
            raise FormatError(f"the file names the expert '{EXPERTS[code].name}' twice")
        experts[code] = EXPERTS[code].from_payload(payload)
    return tuple(experts.values()), model_bytes, rate
