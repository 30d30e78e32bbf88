"""A graph's rows, one after another, through the causal network: the method of the adaptive experts."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from netwithin.codec.causal import FOUND, SEEN, begin_row, code_pairs, learn_edge, new_model, new_row
from netwithin.codec.errors import FormatError
from netwithin.codec.experts import Expert
from netwithin.codec.fixedpoint import ln_fixed
from netwithin.codec.pairs import Header
from netwithin.codec.past import empty_past, known, learn_row
from netwithin.codec.plausible import ALLOWANCE, ALLOWANCE_PER_DEGREE, plausible, plausible_since
from netwithin.codec.rangecoder import (
    finish_encoding,
    is_exhausted,
    is_overdrawn,
    reserve,
    start_decoding,
    start_encoding,
)
from netwithin.codec.surprises import (
    LEVELS,
    PER_EDGE,
    change,
    code_column,
    code_more,
    new_tree,
    put_back,
    take_out,
)

ORDERS = ("given", "cardinality")
RATES = ((650, 130), (1300, 260), (2600, 500), (5200, 1000))  # first and last learning rate, in 2**-16
FINAL_RATE = 15  # of the last neuron's, in 1/256 of the others'
SETTLING = 500  # edges after which the first learning rate is halved


class Rows:
    """What encoder and decoder of a graph share.

    Parameters
    ----------
    header : Header
        Neither without edges nor complete.
    experts : sequence of Expert
        Fresh.
    order : str
        "given", or "cardinality": the row with the most entries known so far comes next.
    every : bool
        Whether every pair is decided one by one, or only plausible ones.
    rate : int
        Of `RATES`.
    decoding : bool
        Whether the edges come from the code.
    buffer, state
        The code (`netwithin.codec.rangecoder`).
    """

    def __init__(self, header, experts, order, every, rate, decoding, buffer, state):
        self._header, self._experts, self._order, self._every = header, experts, order, every
        self._rates, self._decoding, self.buffer, self.state = RATES[rate], decoding, buffer, state
        sizes = [expert.begin(header) for expert in experts]
        nothing = np.zeros(0, np.int64)
        given = np.repeat(sizes, [len(expert.contexts(0, nothing)) for expert in experts])
        stored = sum(len(expert.logits(0, nothing, [])) for expert in experts)
        names = [expert.name for expert in experts]
        self._model = new_model(header, names, given, stored)
        self._row, self._past = new_row(header, "picture" in names), empty_past(header)
        self._square = header.kind != "bipartite"
        odds = ln_fixed(header.edges) - ln_fixed(header.pairs - header.edges)
        self._density = int(odds), header.pairs // header.edges
        self._counters = np.array([0, header.pairs], np.int64)
        self._open = np.ones(header.shape[1], np.uint8)
        if not every:
            self._tree = new_tree(header.shape[1])
            self._found = np.empty(header.shape[1], np.int64)
            self._before = 0
            entries = header.edges * (2 if header.kind == "undirected" else 1)
            self._allowance = ALLOWANCE + ALLOWANCE_PER_DEGREE * entries // header.shape[0]

    @property
    def seen(self) -> int:
        """Edges coded so far."""
        return int(self._counters[SEEN])

    def order(self) -> Iterator[int]:
        """The rows in the order in which they are coded; each must be coded before the next is asked for."""
        rows, offset = self._header.shape[0], self._past.offset
        for v in range(rows):
            if self._order == "cardinality":
                v = int(np.argmax(np.where(self._past.done, -1, self._past.count[offset : offset + rows])))
            yield v

    def code(self, step: int, v: int, truth: np.ndarray) -> np.ndarray:
        """Code a row.

        Parameters
        ----------
        step, v : int
            Rows coded before, and the row.
        truth : uint8[columns]
            1 where the row has an edge; only the encoder knows it.

        Returns
        -------
        int64 array
            The columns of its edges, ascending.
        """
        begin_row(v, self._header, self._model, self._past, self._row)
        symmetric = self._header.kind == "undirected"
        apart = self._square and not self._header.loops
        if apart:
            self._open[v] = 0
        if self._every:
            columns = np.flatnonzero(self._open)
            edges = columns[self._pairs(step, v, columns, truth) != 0]
        else:
            edges = self._sparse(step, v, truth)
        self._open[v : v + 1] = 0 if symmetric else 1
        self._past = learn_row(self._past, v, edges)
        return edges

    def _pairs(self, step: int, v: int, columns: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """Decide some pairs of the row, one by one; uint8[pairs]."""
        bits = truth[columns]
        self._make_room(len(bits))
        given = [np.empty((0, len(columns)), np.int64), *(e.contexts(v, columns) for e in self._experts)]
        stored = [np.empty((0, len(columns)), np.int32), *(e.logits(v, columns, []) for e in self._experts)]
        first, final = self._rates
        rate = final + first * SETTLING // (SETTLING + self.seen)
        code_pairs(
            self._decoding, v, columns, bits, np.concatenate(given), np.concatenate(stored),
            self._square, step, np.array([rate, rate * FINAL_RATE >> 8]),
            *self._density, self._header.edges, self._counters,
            *known(self._past), *self._model, *self._row, self.buffer, self.state,
        )  # fmt: skip
        return bits

    def _make_room(self, decisions: int) -> None:
        """Let the code grow."""
        if not self._decoding:
            self.buffer = reserve(self.buffer, self.state, decisions)

    def _sparse(self, step: int, v: int, truth: np.ndarray) -> np.ndarray:
        """Decide the plausible pairs of a row, then its surprises, and after each what it made plausible."""
        row, lists, tree = self._row, known(self._past), self._tree
        diagonal = v if self._square else v * self._header.shape[1] // self._header.shape[0]
        open_ = self._open.copy()
        closed = [np.array([v])] if self._square and not open_[v] else []
        clues = (open_, row.votes, row.points)
        columns, threshold = plausible(*clues, row.around, row.near, diagonal, self._allowance)
        edges, surprises, last = [], 0, -1
        wanted = np.flatnonzero(truth.view(bool))
        weights = [take_out(tree.weights, c) for c in closed]
        while True:
            if len(columns):
                open_[columns] = 0
                edges.append(columns[self._pairs(step, v, columns, truth) != 0])
                closed.append(columns)
                weights.append(take_out(tree.weights, columns))
            if self.seen == self._header.edges or not tree.weights[1]:
                break
            rest = wanted[open_[wanted] != 0][:1]
            if not self._more(v, bool(len(rest)), surprises):
                break
            last = self._surprise(v, int(rest.sum()), last)
            surprises += 1
            here = np.array([last])
            edges.append(here)
            closed.append(here)
            weights.append(take_out(tree.weights, here))
            open_[last] = 0
            learn_edge(v, last, self._square, self._model, self._past, row)
            size = plausible_since(last, self._square, *lists, *clues, threshold, self._found)
            columns = np.sort(self._found[:size])
        for c, weight in zip(closed, weights, strict=True):
            put_back(tree.weights, c, weight)
        self._before = surprises
        found = np.sort(np.concatenate([np.empty(0, np.int64), *edges]))
        for j in found:
            change(tree.weights, j, PER_EDGE)
        if self._header.kind == "undirected":
            take_out(tree.weights, np.array([v]))
        return found

    def _more(self, v: int, bit: bool, surprises: int) -> bool:
        """Code whether there is another surprise."""
        self._make_room(1 + LEVELS)
        degree = int(self._past.count[v]) if self._header.kind == "undirected" else 0
        facts = (surprises, degree, int(self._row.scalars[FOUND]), self._before)
        return code_more(self._decoding, np.int64(bit), *facts, *self._tree.more, self.buffer, self.state)

    def _surprise(self, v: int, column: int, last: int) -> int:
        """Code where it is, beyond the last one."""
        place = (v, self._header.shape[0], last)
        weights = self._tree.weights
        column = code_column(
            self._decoding, column, *place, weights, *self._tree.way, self.buffer, self.state
        )
        if not weights[len(weights) // 2 + column]:
            raise FormatError("the coded pairs name a column that cannot be; the file is damaged")
        self._counters[SEEN] += 1
        self._row.scalars[FOUND] += 1
        return column


def encode_rows(
    header: Header,
    indptr: np.ndarray,
    indices: np.ndarray,
    experts: Sequence[Expert],
    order: str,
    every: bool,
    rate: int,
    progress: Callable[[float], None] = lambda share: None,
) -> bytes:
    """Code every pair of a graph.

    Parameters
    ----------
    header : Header
        Agrees with the adjacency; the graph is neither without edges nor complete.
    indptr, indices : int arrays
        The adjacency matrix in CSR form, indices sorted.
    experts, order, every, rate
        See `Rows`.
    progress : callable
        Called now and then with the share of the edges that is coded.

    Returns
    -------
    bytes
        The code.
    """
    rows = Rows(header, experts, order, every, rate, False, *start_encoding())
    truth = np.zeros(header.shape[1], np.uint8)
    for step, v in enumerate(rows.order()):
        edges = indices[indptr[v] : indptr[v + 1]]
        truth[edges] = 1
        rows.code(step, v, truth)
        truth[edges] = 0
        if rows.seen == header.edges:
            break
        if step % 64 == 0:
            progress(rows.seen / header.edges)
    progress(1.0)
    return finish_encoding(rows.buffer, rows.state)


def decode_rows(
    header: Header, code: bytes, experts: Sequence[Expert], order: str, every: bool, rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Undo `encode_rows`.

    Parameters
    ----------
    header, experts, order, every, rate
        As they were for `encode_rows`, the experts fresh.
    code : bytes
        What it returned.

    Returns
    -------
    rows, columns : int64[edges]
        Of an undirected graph each edge once, the row that was coded first in `rows`.

    Raises
    ------
    FormatError
        If the code is shorter or longer than the graph needs, or names a pair that cannot be. A code of
        the right length that was altered may yield another graph, which only its digest can tell.
    """
    rows = Rows(header, experts, order, every, rate, True, *start_decoding(code))
    truth = np.zeros(header.shape[1], np.uint8)
    sources, columns = [], [np.empty(0, np.int64)]
    for step, v in enumerate(rows.order()):
        columns.append(rows.code(step, v, truth))
        sources.append(v)
        if is_overdrawn(code, rows.state):
            raise FormatError("the coded pairs end too early; the file is cut short or damaged")
        if rows.seen == header.edges:
            break
    if not is_exhausted(code, rows.state):
        raise FormatError("bytes follow the last coded pair")
    if rows.seen != header.edges:
        raise FormatError(f"the code holds {rows.seen} edges where {header.edges} were announced")
    return np.repeat(sources, [len(c) for c in columns[1:]]), np.concatenate(columns)
