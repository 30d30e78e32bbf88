"""Who reads whom: the geometry of convolutions and pooling, as coordinates, without a loop over pixels."""

import functools

import numpy as np
import scipy.sparse


def places(size: int, kernel: int, stride: int = 1, dilation: int = 1) -> np.ndarray:
    """Where along one axis a sliding window reads.

    Parameters
    ----------
    size : int
        Length of the axis, padding included.
    kernel, stride, dilation : int
        Of the window.

    Returns
    -------
    int64[outputs, kernel]
        The position that output o reads with kernel entry k, o * stride + k * dilation.

    References
    ----------
    Cunegatti et al., Equation 1 (which has no dilation, and takes the padding as part of the input).

    Examples
    --------
    >>> places(5, kernel=3, stride=2).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    outputs = (size - dilation * (kernel - 1) - 1) // stride + 1
    return np.arange(outputs)[:, None] * stride + np.arange(kernel) * dilation


def convolution(mask: np.ndarray, shape, stride=(1, 1), dilation=(1, 1), groups: int = 1):
    """Unroll a convolution: one edge per kept weight and step.

    Parameters
    ----------
    mask : bool[out, in / groups, height, width]
        The weights that are kept.
    shape : tuple of int
        (in, rows, columns) of the input, padding included.
    stride, dilation : pair of int
        Down and across.
    groups : int
        Output channels of a group read the input channels of that group only.

    Returns
    -------
    rows, columns : int32[weights, steps]
        Ends of the edges, each numbered channel * height * width + y * width + x: rows in the input,
        columns in the output. The weights are in the order of `mask.nonzero()`, the steps in the output's.

    References
    ----------
    Cunegatti et al., Equations 2 and 3. Their count of edges has a factor C_in too many: an edge belongs to
    one weight, and a weight to one input channel.

    Examples
    --------
    >>> rows, columns = convolution(np.ones((1, 1, 1, 2), bool), (1, 1, 3))
    >>> rows.tolist(), columns.tolist()
    ([[0, 1], [1, 2]], [[0, 1], [0, 1]])
    """
    channels, height, width = shape
    out, channel, down, across = (index.astype(np.int32) for index in mask.nonzero())
    channel = channel + out // np.int32(mask.shape[0] // groups) * np.int32(channels // groups)
    ys = places(height, mask.shape[2], stride[0], dilation[0]).astype(np.int32)
    xs = places(width, mask.shape[3], stride[1], dilation[1]).astype(np.int32)
    steps = len(ys) * len(xs)
    # Where each kernel entry reads at each step, for one channel; weights of the same entry share it.
    reads = ys.T[:, None, :, None] * np.int32(width) + xs.T[None, :, None, :]
    reads = reads.reshape(*mask.shape[2:], steps)
    rows = reads[down, across] + channel[:, None] * np.int32(height * width)
    columns = np.arange(steps, dtype=np.int32) + out[:, None] * np.int32(steps)
    return rows, columns


def sliding_windows(size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int = 1):
    """The members of each pooling window along one axis, padding left out.

    Parameters
    ----------
    size, outputs : int
        Length of the axis before and after.
    kernel, stride, padding, dilation : int
        Of the window.

    Returns
    -------
    scipy.sparse.csr_array of bool, shape (outputs, size)

    Examples
    --------
    >>> sliding_windows(4, 2, kernel=3, stride=2, padding=1).toarray().astype(int).tolist()
    [[1, 1, 0, 0], [0, 1, 1, 1]]
    """
    read = np.arange(outputs)[:, None] * stride + np.arange(kernel) * dilation - padding
    output = np.broadcast_to(np.arange(outputs)[:, None], read.shape)
    inside = (read >= 0) & (read < size)
    return _membership(output[inside], read[inside], (outputs, size))


def adaptive_windows(size: int, outputs: int):
    """The members of each window of adaptive pooling along one axis.

    Parameters
    ----------
    size, outputs : int
        Length of the axis before and after.

    Returns
    -------
    scipy.sparse.csr_array of bool, shape (outputs, size)
        Window o reaches from floor(o size / outputs) up to, not including, ceil((o + 1) size / outputs).

    Examples
    --------
    >>> adaptive_windows(5, 2).toarray().astype(int).tolist()
    [[1, 1, 1, 0, 0], [0, 0, 1, 1, 1]]
    """
    output = np.arange(outputs)[:, None]
    starts, ends = output * size // outputs, -(-(output + 1) * size // outputs)
    inside = (np.arange(size) >= starts) & (np.arange(size) < ends)
    return _membership(*inside.nonzero(), (outputs, size))


def product(axes) -> scipy.sparse.csr_array:
    """Windows over all axes together, from those along each.

    Parameters
    ----------
    axes : sequence of sparse arrays of bool, shapes (outputs, size)
        From the first axis, the channels, to the last.

    Returns
    -------
    scipy.sparse.csr_array of bool, shape (all outputs, all inputs)
        Their Kronecker product: both sides are numbered with the last axis running fastest.

    Examples
    --------
    >>> pair = sliding_windows(2, 1, kernel=2, stride=2, padding=0)
    >>> product([scipy.sparse.eye_array(2, dtype=bool), pair]).toarray().astype(int).tolist()
    [[1, 1, 0, 0], [0, 0, 1, 1]]
    >>> product([pair, sliding_windows(3, 2, kernel=2, stride=1, padding=0)]).nnz
    8
    """
    # Left to choose, `kron` stores a fairly dense factor's zeros too, and what is stored is a member.
    together = functools.reduce(lambda one, other: scipy.sparse.kron(one, other, format="csr"), axes)
    return scipy.sparse.csr_array(together).astype(bool)


def spread(rows: np.ndarray, windows: scipy.sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Replace what reads a pooled value by what reads each member of its window.

    Parameters
    ----------
    rows : int[edges]
        Pooled values that edges start from.
    windows : scipy.sparse.csr_array, shape (pooled values, nodes)
        Members of each window.

    Returns
    -------
    members : int[more edges]
        The nodes that the edges start from instead.
    edge : int64[more edges]
        Which of the given edges each one repeats.

    References
    ----------
    Cunegatti et al., Appendix C.

    Examples
    --------
    >>> windows = scipy.sparse.csr_array(np.array([[1, 1, 0], [0, 0, 1]], bool))
    >>> [part.tolist() for part in spread(np.array([1, 0]), windows)]
    [[2, 0, 1], [0, 1, 1]]
    """
    counts = np.diff(windows.indptr)[rows]
    edge = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    return windows.indices[windows.indptr[rows[edge]] + within], edge


def _membership(outputs: np.ndarray, inputs: np.ndarray, shape) -> scipy.sparse.csr_array:
    ones = np.ones(len(outputs), bool)
    return scipy.sparse.coo_array((ones, (outputs, inputs)), shape=shape).tocsr()
