"""A graph's pairs as one arithmetic code, by a list of experts."""

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


class _Panel:
    """The experts of one graph, their common counts and the mixer's weights."""

    def __init__(self, header: Header, experts: Sequence[Expert]):
        sizes = [expert.begin(header) for expert in experts]
        self.experts = experts
        self._offsets = np.cumsum([0, *sizes])
        self.counts = new_counts(int(self._offsets[-1]), header.edges, header.pairs)
        self.past: list[np.ndarray] = []
        self.weights: np.ndarray | None = None

    def inputs(self, i: int, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All contexts, numbered through, and all logits of row `i`."""
        contexts = [e.contexts(i, candidates) + o for e, o in zip(self.experts, self._offsets, strict=False)]
        logits = [e.logits(i, candidates, self.past) for e in self.experts]
        contexts, logits = np.concatenate(contexts), np.concatenate(logits)
        if self.weights is None:
            self.weights = first_weights(len(contexts), len(logits))
        return contexts, logits

    def update(self, i: int, row: np.ndarray) -> None:
        """Tell every expert what row `i` was."""
        self.past.append(row)
        for expert in self.experts:
            expert.update(i, row)


def first_weights(adaptive: int, stored: int) -> np.ndarray:
    """The mixer's weights before it has seen a pair: trust what was learnt beforehand, else all alike.

    Returns
    -------
    int64[adaptive + stored]
        In units of 2**-32; they add up to 1.
    """
    one = 1 << WEIGHT_BITS
    if stored:
        return np.array([0] * adaptive + [one // stored] * stored, np.int64)
    return np.full(adaptive, one // max(adaptive, 1), np.int64)


def is_trivial(header: Header) -> bool:
    """Whether the number of edges already says which pairs are edges: none, or all."""
    return header.edges in (0, header.pairs)


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
    panel = _Panel(header, experts)
    buffer, state = start_encoding()
    seen, left = 0, header.pairs
    for i in range(header.shape[0]):
        candidates = header.candidates(i)
        row = indices[indptr[i] : indptr[i + 1]].astype(np.int64)
        bits = np.zeros(header.shape[1], np.uint8)
        bits[row] = 1
        bits = bits[candidates]
        contexts, logits = panel.inputs(i, candidates)
        buffer = reserve(buffer, state, len(bits))
        seen = code_row(
            False, bits, contexts, logits, panel.counts, panel.weights, rate, buffer, state, seen, header.edges, left
        )
        left -= len(bits)
        if seen == header.edges:
            break
        panel.update(i, candidates[bits != 0])
        if i % 64 == 0:
            progress(1 - left / header.pairs)
    progress(1.0)
    return finish_encoding(buffer, state)


def decode_pairs(header: Header, code: bytes, experts: Sequence[Expert], rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Undo `encode_pairs`.

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
    panel = None if is_trivial(header) else _Panel(header, experts)
    buffer, state = start_decoding(code)
    rows: list[np.ndarray] = []
    seen, left = 0, header.pairs
    for i in range(header.shape[0]):
        if seen == header.edges:
            break
        candidates = header.candidates(i)
        bits = np.ones(len(candidates), np.uint8)
        if panel is None:
            seen += len(bits)
        else:
            contexts, logits = panel.inputs(i, candidates)
            seen = code_row(
                True, bits, contexts, logits, panel.counts, panel.weights, rate, buffer, state, seen, header.edges, left
            )
        left -= len(bits)
        rows.append(candidates[bits != 0])
        if is_overdrawn(code, state):
            raise FormatError("the coded pairs end too early; the file is cut short or damaged")
        if panel is not None:
            panel.update(i, rows[-1])
    if not is_exhausted(code, state) or (panel is None and code):
        raise FormatError("bytes follow the last coded pair")
    lengths = np.array([len(row) for row in rows], np.int64)
    columns = np.concatenate([np.empty(0, np.int64), *rows])
    return np.repeat(np.arange(len(rows)), lengths), columns
