"""SciPy's `.npz` of a sparse matrix, with a graph's kind and labels beside it. Nothing is ever unpickled."""

import io

import numpy as np
import scipy.sparse

from netwithin.graphs.convert import as_graph
from netwithin.graphs.graph import KINDS, Graph, GraphError, boolean_matrix
from netwithin.graphs.marker import check_size

_FORMATS = ("csr", "csc", "coo")


def parse(data: bytes, ignore_weights: bool = False, kind: str | None = None) -> Graph:
    """Read a graph from what `scipy.sparse.save_npz` or `dump` wrote.

    Parameters
    ----------
    data : bytes
        The file. Where `dump` did not write it, the matrix's symmetry says what kind of graph it is, as in
        `as_graph`.
    ignore_weights, kind
        As for `netwithin.graphs.read`.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If the file is damaged, holds pickled objects, or no CSR, CSC or COO matrix.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            extras = {name: file[name] for name in ("kind", "labels", "column_labels") if name in file}
            form = file["format"].item()
            check_size([int(size) for size in file["shape"]])
        form = form.decode() if isinstance(form, bytes) else form
        if form not in _FORMATS:
            raise GraphError(f"a matrix in {form!r} form is not read; save matrix.tocsr() instead")
        matrix = scipy.sparse.load_npz(io.BytesIO(data))
        if form != "coo":
            # The constructor trusts the indices; a wrong one would read outside the arrays.
            matrix.check_format(full_check=True)
    except GraphError:
        raise
    except Exception as error:  # Damaged archives make NumPy, SciPy and zipfile raise a dozen classes.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise GraphError(f"no sound .npz of a sparse matrix ({reason}); write it with save_npz") from None
    stored = str(extras["kind"]) if "kind" in extras else None
    if stored is None:
        return as_graph(matrix, ignore_weights, kind)
    if stored not in KINDS:
        raise GraphError(f"the file says its kind is {stored!r}; it is damaged")
    matrix = boolean_matrix(matrix, ignore_weights)
    return Graph(matrix, kind or stored, extras.get("labels"), extras.get("column_labels"))


def dump(graph: Graph) -> bytes:
    """Write a graph as a file that `scipy.sparse.load_npz` reads too.

    The arrays are those of `scipy.sparse.save_npz` for a CSR array, and `kind`, `labels`, `column_labels`.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    bytes
    """
    arrays = {"kind": np.array(graph.kind), "labels": graph.labels, "column_labels": graph.column_labels}
    matrix = graph.adjacency
    target = io.BytesIO()
    np.savez_compressed(
        target,
        format=np.array(b"csr"),
        shape=np.array(matrix.shape),
        _is_array=np.array(True),
        data=matrix.data,
        indices=matrix.indices,
        indptr=matrix.indptr,
        **{name: array for name, array in arrays.items() if array is not None},
    )
    return target.getvalue()
