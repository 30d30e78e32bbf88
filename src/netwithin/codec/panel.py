"""A graph's pairs as one arithmetic code, by a panel of experts."""

from collections.abc import Callable, Sequence

import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.experts import Expert
from netwithin.codec.mixer import WEIGHT_BITS, code_row, new_counts
from netwithin.codec.pairs import Header
from netwithin.codec.rangecoder import (
    finish_encoding,
    is_exhausted,
    is_overdrawn,
    reserve,
    start_decoding,
    start_encoding,
)


def first_weights(adaptive: int, stored: int) -> np.ndarray:
    """The mixer's weights before it has seen a pair: trust what was learnt beforehand, else all alike.

    Parameters
    ----------
    adaptive, stored : int
        How many inputs are contexts, and how many are logits.

    Returns
    -------
    int64[adaptive + stored]
        In units of 2**-32; they add up to 1.

    Examples
    --------
    >>> (first_weights(4, 0) / 2**32).tolist(), (first_weights(2, 1) / 2**32).tolist()
    ([0.25, 0.25, 0.25, 0.25], [0.0, 0.0, 1.0])
    """
    one = 1 << WEIGHT_BITS
    if stored:
        return np.array([0] * adaptive + [one // stored] * stored, np.int64)
    return np.full(adaptive, one // max(adaptive, 1), np.int64)


def is_trivial(header: Header) -> bool:
    """Whether the number of edges already says which pairs are edges: none, or all."""
    return header.edges in (0, header.pairs)


class _Panel:
    """The experts of one graph, their common counts, the mixer's weights, and how far the coding is."""

    def __init__(self, header: Header, experts: Sequence[Expert], rate: int):
        self._header, self._experts, self._rate = header, experts, rate
        sizes = [expert.begin(header) for expert in experts]
        self._offsets = np.cumsum([0, *sizes[:-1]])
        self._counts = new_counts(sum(sizes), header.edges, header.pairs)
        self._weights: np.ndarray | None = None
        self._past: list[np.ndarray] = []
        self.seen, self.left = 0, header.pairs

    def code(self, i: int, candidates: np.ndarray, bits: np.ndarray, decoding: bool, buffer, state) -> None:
        """Code row `i`, whose pairs with the `candidates` have the `bits`, and learn from it."""
        contexts = [e.contexts(i, candidates) + o for e, o in zip(self._experts, self._offsets, strict=True)]
        logits = [e.logits(i, candidates, self._past) for e in self._experts]
        inputs = np.concatenate(contexts), np.concatenate(logits)
        if self._weights is None:
            self._weights = first_weights(*map(len, inputs))
        learnt = self._counts, self._weights, self._rate
        self.seen = code_row(
            decoding, bits, *inputs, *learnt, buffer, state, self.seen, self._header.edges, self.left
        )
        self.left -= len(bits)
        row = candidates[bits != 0]
        self._past.append(row)
        for expert in self._experts:
            expert.update(i, row)


def encode_pairs(
    header: Header,
    indptr: np.ndarray,
    indices: np.ndarray,
    experts: Sequence[Expert],
    rate: int,
    progress: Callable[[float], None] = lambda share: None,
) -> bytes:
    """Code every pair of a graph.

    Parameters
    ----------
    header : Header
        Agrees with the adjacency.
    indptr, indices : int arrays
        The adjacency matrix in CSR form, indices sorted.
    experts : sequence of Expert
        At least one, unless the graph is trivial.
    rate : int
        The mixer learns at 2**-rate.
    progress : callable
        Called now and then with the share of the pairs that is coded.

    Returns
    -------
    bytes
        The code, empty for a graph without edges and for a complete one.
    """
    if is_trivial(header):
        return b""
    panel = _Panel(header, experts, rate)
    buffer, state = start_encoding()
    for i in range(header.shape[0]):
        candidates = header.candidates(i)
        bits = np.zeros(header.shape[1], np.uint8)
        bits[indices[indptr[i] : indptr[i + 1]]] = 1
        bits = bits[candidates]
        buffer = reserve(buffer, state, len(bits))
        panel.code(i, candidates, bits, False, buffer, state)
        if panel.seen == header.edges:
            break
        if i % 64 == 0:
            progress(1 - panel.left / header.pairs)
    progress(1.0)
    return finish_encoding(buffer, state)


def decode_pairs(
    header: Header, code: bytes, experts: Sequence[Expert], rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Undo `encode_pairs`.

    Parameters
    ----------
    header, experts, rate
        As they were for `encode_pairs`, the experts fresh.
    code : bytes
        What it returned.

    Returns
    -------
    rows, columns : int64[edges]
        In the order in which they were coded.

    Raises
    ------
    FormatError
        If the code is shorter or longer than the graph needs. A code of the right length that was
        altered yields another graph, which only its digest can tell.
    """
    trivial = is_trivial(header)
    if trivial and code:
        raise FormatError("bytes follow the end of the file")
    panel = None if trivial else _Panel(header, experts, rate)
    buffer, state = start_decoding(code)
    rows: list[np.ndarray] = []
    for i in range(header.shape[0] if header.edges else 0):
        candidates = header.candidates(i)
        bits = np.ones(len(candidates), np.uint8)
        if panel:
            panel.code(i, candidates, bits, True, buffer, state)
        rows.append(candidates[bits != 0])
        if is_overdrawn(code, state):
            raise FormatError("the coded pairs end too early; the file is cut short or damaged")
        if panel and panel.seen == header.edges:
            break
    if panel and not is_exhausted(code, state):
        raise FormatError("bytes follow the last coded pair")
    lengths = np.array([len(row) for row in rows], np.int64)
    columns = np.concatenate([np.empty(0, np.int64), *rows])
    return np.repeat(np.arange(len(rows)), lengths), columns
