"""Plain coded gaps through a general compressor: no model of graphs at all.

Where labels are sorted so that whole runs of neighbours repeat, a compressor that copies what it has
seen is hard to beat. The numbers are written in one of several layouts and compressed by one of several
methods of the standard library; the smallest is kept, so that no file is larger than what those methods
make of the same graph.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable

import numpy as np

from netwithin.codec.errors import FormatError
from netwithin.codec.pairs import Header
from netwithin.codec.varints import MOST_BYTES, read_varints, varints

MIN_DICTIONARY, MAX_DICTIONARY = 1 << 12, 1 << 26  # bytes that LZMA looks back
SMALL = 1 << 14  # edges: with more, only the plainest layout and the one of the best estimate are tried


def _base(header: Header, rows: np.ndarray) -> np.ndarray:
    """The column that a row's first gap counts from: its diagonal in an undirected graph, else 0."""
    return rows if header.kind == "undirected" else np.zeros_like(rows)


def _starts(rows: np.ndarray) -> np.ndarray:
    """Which edges are the first of their row."""
    return np.diff(rows, prepend=-1) != 0


def _lengths(header: Header, rows: np.ndarray) -> np.ndarray:
    return np.bincount(rows, minlength=header.shape[0])


def _to_gaps(header: Header, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Lengths of the rows; for each edge the difference to the one before it in its row."""
    before = np.where(_starts(rows), _base(header, rows), np.roll(columns, 1))
    return np.append(_lengths(header, rows), columns - before)


def _from_gaps(header: Header, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, gaps = _split(header, numbers)
    sums = np.cumsum(gaps)
    first = np.flatnonzero(_starts(rows))
    offset = np.repeat(sums[first] - gaps[first], np.diff(np.append(first, len(rows))))
    return rows, sums - offset + _base(header, rows)


def _to_columns(header: Header, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Lengths of the rows; for each edge its column."""
    return np.append(_lengths(header, rows), columns)


def _from_columns(header: Header, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _split(header, numbers)


def _to_runs(header: Header, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Runs in each row; for each run the way from the last one's end, then how many columns follow on."""
    begins = _starts(rows) | (np.diff(columns, prepend=-1) != 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(rows)) - 1
    run_rows = rows[first]
    before = np.where(_starts(run_rows), _base(header, run_rows), np.roll(columns[last], 1))
    runs = np.stack([columns[first] - before, last - first], 1)
    return np.append(_lengths(header, run_rows), runs.ravel())


def _from_runs(header: Header, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts, runs = numbers[: header.shape[0]], numbers[header.shape[0] :]
    if len(runs) % 2 or counts.sum() != len(runs) // 2:
        raise FormatError("the runs of edges are not as many as the rows say")
    ways, follow = runs[::2], runs[1::2]
    if (follow + 1).sum() != header.edges:
        raise FormatError("the runs of edges do not hold as many edges as the file announces")
    run_rows = np.repeat(np.arange(header.shape[0]), counts)
    sums = np.cumsum(ways + follow) - follow
    first = np.flatnonzero(_starts(run_rows))
    offset = np.repeat(sums[first] - ways[first], np.diff(np.append(first, len(ways))))
    begins = sums - offset + _base(header, run_rows)
    ends = np.cumsum(follow + 1)
    columns = np.arange(header.edges) + np.repeat(begins - ends + follow + 1, follow + 1)
    return np.repeat(run_rows, follow + 1), columns


def _to_patterns(header: Header, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Which of the different rows each is; of each different row the length, then the gaps from column 0."""
    ends = np.cumsum(_lengths(header, rows))
    known: dict[bytes, int] = {}
    which, kept = [], []
    for start, end in zip(ends - _lengths(header, rows), ends, strict=True):
        which.append(known.setdefault(columns[start:end].tobytes(), len(known)))
        if which[-1] == len(kept):
            kept.append(columns[start:end])
    gaps = [np.diff(row, prepend=0) for row in kept]
    return np.concatenate([which, [len(row) for row in kept], *gaps]).astype(np.int64)


def _from_patterns(header: Header, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    which, more = numbers[: header.shape[0]], numbers[header.shape[0] :]
    different = int(which.max()) + 1
    kept, gaps = more[:different], more[different:]
    if len(kept) != different or kept.sum() != len(gaps) or kept[which].sum() != header.edges:
        raise FormatError("the rows do not hold as many edges as the file announces")
    lengths, starts = kept[which], (np.cumsum(kept) - kept)[which]
    sums = np.cumsum(gaps)
    columns = sums - np.repeat(np.append(0, sums)[np.cumsum(kept) - kept], kept)
    place = np.arange(header.edges) - np.repeat(np.cumsum(lengths) - lengths - starts, lengths)
    return np.repeat(np.arange(header.shape[0]), lengths), columns[place]


def _split(header: Header, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each edge's row, and its number, from the rows' lengths and the edges' numbers."""
    lengths, own = numbers[: header.shape[0]], numbers[header.shape[0] :]
    if len(own) != header.edges or lengths.sum() != header.edges:
        raise FormatError("the rows do not hold as many edges as the file announces")
    return np.repeat(np.arange(header.shape[0]), lengths), own


LAYOUTS: tuple[tuple[Callable, Callable], ...] = (
    (_to_gaps, _from_gaps),
    (_to_columns, _from_columns),
    (_to_runs, _from_runs),
    (_to_patterns, _from_patterns),
)


def _lzma_filters(most: int, **options: int) -> list[dict]:
    dictionary = min(max(1 << max(most - 1, 1).bit_length(), MIN_DICTIONARY), MAX_DICTIONARY)
    return [{"id": lzma.FILTER_LZMA2, "dict_size": dictionary, **options}]


def _lzma(data: bytes, most: int) -> bytes:
    """Numbers of any length have no alignment (pb = 0); whether one tells the next (lc) differs."""
    options = {"preset": 9 | lzma.PRESET_EXTREME, "pb": 0}
    tries = (_lzma_filters(most, lc=bits, **options) for bits in (0, 3))
    return min((lzma.compress(data, lzma.FORMAT_RAW, filters=filters) for filters in tries), key=len)


def _deflate(data: bytes, most: int) -> bytes:
    return zlib.compress(data, 9, wbits=-15)


def _bz2(data: bytes, most: int) -> bytes:
    return bz2.compress(data, 9)


METHODS: tuple[tuple[Callable, Callable], ...] = (
    (_deflate, lambda most: zlib.decompressobj(-15)),
    (_bz2, lambda most: bz2.BZ2Decompressor()),
    (_lzma, lambda most: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_lzma_filters(most))),
)


def _most_numbers(header: Header) -> int:
    """No layout has more: as many runs as edges, or patterns of an edge each and an empty one."""
    return header.shape[0] + 2 * header.edges + 1


def most_bytes(header: Header) -> int:
    """No layout of a graph takes more: its numbers lie below the columns or the edges, whichever is more."""
    size = -(-max(header.shape[1], header.edges, 1).bit_length() // 7)
    return min(size, MOST_BYTES) * _most_numbers(header)


def estimate(header: Header, rows: np.ndarray, columns: np.ndarray) -> int:
    """About the bytes that `encode_gaps` will give, in a small part of its time.

    Parameters
    ----------
    header : Header
        Of the graph.
    rows, columns : int64[edges]
        Its edges, row by row, ascending; of undirected ones row <= column.
    """
    return min(len(data) for data in _quick(header, rows, columns))


def _quick(header: Header, rows: np.ndarray, columns: np.ndarray) -> list[bytes]:
    plain = (varints(write(header, rows, columns)) for write, _ in LAYOUTS)
    filters = _lzma_filters(most_bytes(header), preset=1, lc=0, pb=0)
    return [lzma.compress(data, lzma.FORMAT_RAW, filters=filters) for data in plain]


def encode_gaps(header: Header, rows: np.ndarray, columns: np.ndarray) -> bytes:
    """Code a graph as gaps.

    Parameters
    ----------
    header : Header
        Of the graph, which has an edge.
    rows, columns : int64[edges]
        As of `Graph.edges`.

    Returns
    -------
    bytes
        One that says the layout and the method (layout + 16 * method), then what the method made.
    """
    layouts = list(range(len(LAYOUTS)))
    if header.edges > SMALL:
        sizes = [len(data) for data in _quick(header, rows, columns)]
        layouts = sorted({0, sizes.index(min(sizes))})
    most = most_bytes(header)
    codes = []
    for layout in layouts:
        plain = varints(LAYOUTS[layout][0](header, rows, columns))
        codes += [bytes([layout + 16 * k]) + compress(plain, most) for k, (compress, _) in enumerate(METHODS)]
    return min(codes, key=len)


def decode_gaps(header: Header, code: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Undo `encode_gaps`.

    Returns
    -------
    rows, columns : int64[edges]

    Raises
    ------
    FormatError
        If the code is damaged, or holds anything but such a graph. No more is decompressed than a graph of
        this size can take.
    """
    layout, method = (code[0] & 15, code[0] >> 4) if code else (len(LAYOUTS), 0)
    if layout >= len(LAYOUTS) or method >= len(METHODS):
        raise FormatError("the gaps are coded in a way that this netwithin does not know")
    plain = _decompressed(code[1:], METHODS[method][1], most_bytes(header))
    numbers = read_varints(plain, _most_numbers(header))
    most = max(header.shape[1], header.edges)
    if len(numbers) < header.shape[0] or (numbers > most).any():
        raise FormatError("a gap in the file is out of bounds")
    rows, columns = LAYOUTS[layout][1](header, numbers)
    _check(header, rows, columns)
    return rows, columns


def _decompressed(data: bytes, decompressor: Callable, most: int) -> bytes:
    try:
        inflater = decompressor(most)
        plain = inflater.decompress(data, most + 1)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        raise FormatError(f"the gaps are damaged ({error})") from None
    if len(plain) > most or not inflater.eof or inflater.unused_data:
        raise FormatError("the gaps are damaged")
    return plain


def _check(header: Header, rows: np.ndarray, columns: np.ndarray) -> None:
    """Refuse edges that are no pairs of the graph, or come twice or out of order."""
    first = _base(header, rows) + (header.kind == "undirected" and not header.loops)
    ascending = np.diff(columns, prepend=-1) > 0
    good = (columns >= first) & (columns < header.shape[1]) & (ascending | _starts(rows))
    if header.kind == "directed" and not header.loops:
        good &= rows != columns
    if not good.all():
        raise FormatError("an edge in the file lies outside the graph, or comes twice")
