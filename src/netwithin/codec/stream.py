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
from netwithin.codec.panel import decode_pairs, encode_pairs, is_trivial
from netwithin.codec.plausible import ALLOWANCE, ALLOWANCE_PER_DEGREE
from netwithin.codec.rows import ORDERS, decode_rows, encode_rows
from netwithin.codec.varints import Reader, varint

GAPS, PANEL, CAUSAL = 0, 1, 2  # methods, in the two low bits of the first byte
CAUSAL_EXPERTS = ("distance", "picture", "neighbours")  # bits of a causal stream's second byte
LOOKING_BACK = ("picture", "neighbours")  # those that only the causal network hears
ROW_SHARE = 128  # columns that a row passes over in the time of one decision
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
    rate : int
        How fast the causal network learns: an index of `netwithin.codec.rows.RATES`.
    """

    experts: tuple[Expert, ...] = ()
    order: str = "given"
    every: bool = True
    rate: int = 2

    @property
    def is_causal(self) -> bool:
        """Whether any expert looks back at rows already coded, which the causal network is for."""
        return any(expert.name in LOOKING_BACK for expert in self.experts)


@dataclass(frozen=True)
class Description:
    """What a stream says of itself.

    Attributes
    ----------
    method : str
        "none", "gaps", "panel" or "causal".
    experts : tuple of Expert
        As the stream holds them.
    model_bytes : int
        What the trained ones keep.
    code_bytes : int
        What the pairs take.
    pairs : int
        How many pairs are decided one by one, each as many times as its experts' `work`: what decoding
        takes the time of.
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
    if plan.is_causal:
        way = plan.order, plan.every, plan.rate
        return _causal_head(plan) + encode_rows(header, *matrix, plan.experts, *way, progress)
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
    if method & 3 == CAUSAL:
        plan, _ = _causal_plan(header, method, reader)
        return decode_rows(header, reader.rest(), plan.experts, plan.order, plan.every, plan.rate)
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
    method = _method(reader)
    if method == GAPS:
        return Description("gaps", code_bytes=reader.left)
    if method & 3 == CAUSAL:
        plan, model_bytes = _causal_plan(header, method, reader)
        pairs = decisions(header, plan.every) * _work(plan.experts)
        return Description("causal", plan.experts, model_bytes, reader.left, pairs)
    experts, model_bytes, _ = _some_panel(reader)
    return Description("panel", experts, model_bytes, reader.left, header.pairs * _work(experts))


def _method(reader: Reader) -> int:
    method = reader.take(1)[0]
    if method not in (GAPS, PANEL) and (method & 3 != CAUSAL or method >> 6):
        raise FormatError(f"unknown method {method}; the file needs a newer netwithin, or is damaged")
    return method


def _some_panel(reader: Reader) -> tuple[tuple[Expert, ...], int, int]:
    experts, *more = read_panel(reader)
    if not experts:
        raise FormatError("the file names no expert, yet has pairs to decide")
    return experts, *more


def _work(experts: Sequence[Expert]) -> int:
    return max(expert.work for expert in experts)


def decisions(header: Header, every: bool) -> int:
    """How many decisions a stream takes the time of, about: its pairs, or fewer where most are passed over.

    Examples
    --------
    >>> header = Header("undirected", (100_000, 100_000), False, 1_000_000)
    >>> decisions(header, every=True) // decisions(header, every=False)
    64
    """
    if every:
        return header.pairs
    return header.pairs // ROW_SHARE + header.shape[0] * ALLOWANCE + 4 * ALLOWANCE_PER_DEGREE * header.edges


def _causal_head(plan: Plan) -> bytes:
    """Method, order, every and rate in one byte, experts in the next; then the payloads of those stored."""
    first = CAUSAL | ORDERS.index(plan.order) << 2 | (not plan.every) << 3 | plan.rate << 4
    free = sum(1 << CAUSAL_EXPERTS.index(e.name) for e in plan.experts if e.name in CAUSAL_EXPERTS)
    stored = [e for e in plan.experts if e.name not in CAUSAL_EXPERTS]
    return bytes([first, free]) + experts_bytes(stored)


def _causal_plan(header: Header, method: int, reader: Reader) -> tuple[Plan, int]:
    """Undo `_causal_head`; gives the bytes that stored experts take, too."""
    free = reader.take(1)[0]
    if free >> len(CAUSAL_EXPERTS) or not free >> 1:
        raise FormatError(f"the experts {free:#04x} are none that look back; the file is damaged")
    kinds = {kind.name: kind for kind in EXPERTS.values()}
    experts = tuple(kinds[name]() for k, name in enumerate(CAUSAL_EXPERTS) if free >> k & 1)
    stored, model_bytes = read_experts(reader, reader.take(1)[0])
    if any(expert.name in CAUSAL_EXPERTS for expert in stored):
        raise FormatError("an expert that keeps nothing is stored; the file is damaged")
    order, every = ORDERS[method >> 2 & 1], not method >> 3 & 1
    if header.kind == "bipartite" and order != "given":
        raise FormatError(
            "the rows of a bipartite graph come in no order but the given one; the file is damaged"
        )
    if not every and not free >> CAUSAL_EXPERTS.index("neighbours") & 1:
        raise FormatError("pairs are passed over without the expert that knows which; the file is damaged")
    return Plan(experts + stored, order, every, method >> 4), model_bytes


def experts_bytes(experts: Sequence[Expert]) -> bytes:
    """The number of experts, and for each its code, its payload's length and its payload."""
    payloads = [expert.payload() for expert in experts]
    named = (bytes([e.code]) + varint(len(p)) + p for e, p in zip(experts, payloads, strict=True))
    return bytes([len(experts)]) + b"".join(named)


def read_experts(reader: Reader, count: int) -> tuple[tuple[Expert, ...], int]:
    """Undo `experts_bytes`, whose count is read already.

    Returns
    -------
    experts : tuple of Expert
    model_bytes : int
        What their payloads take.

    Raises
    ------
    FormatError
        If there are too many, or one is unknown, damaged, or named twice.
    """
    if count > MAX_EXPERTS:
        raise FormatError(f"{count} experts are out of bounds")
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
    return tuple(experts.values()), model_bytes


def panel_bytes(experts: Sequence[Expert], rate: int) -> bytes:
    """The mixer's rate and the experts."""
    return bytes([rate]) + experts_bytes(experts)


def read_panel(reader: Reader) -> tuple[tuple[Expert, ...], int, int]:
    """Undo `panel_bytes`: experts, what their payloads take, and the mixer's rate.

    Raises
    ------
    FormatError
        As `read_experts`; if the rate is out of bounds; or if an expert needs the causal network.
    """
    rate, count = reader.take(2)
    if rate > 15:
        raise FormatError(f"mixer rate {rate} is out of bounds")
    experts, model_bytes = read_experts(reader, count)
    if any(expert.name in LOOKING_BACK for expert in experts):
        raise FormatError("an expert looks back where no row can; the file is damaged")
    return experts, model_bytes, rate
