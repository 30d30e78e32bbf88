"""Random graphs in layers, for the tests of what reads them."""

import numpy as np
import scipy.sparse
from hypothesis import strategies as st


def layered(sizes, density: float, *, skips: int = 1, seed: int = 0, weighted: bool = False):
    """A random graph whose edges lead from each layer to the next `skips` ones.

    Returns
    -------
    adjacency : scipy.sparse.csr_array, uint8 or, with weights of either sign, float32
    offsets : int64[layers + 1]
    """
    random = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    layer = np.repeat(np.arange(len(sizes)), sizes)
    step = layer[None, :] - layer[:, None]
    edges = (step >= 1) & (step <= skips) & (random.random(step.shape) < density)
    values = random.normal(size=step.shape).astype(np.float32) if weighted else np.uint8(1)
    rows, columns = np.nonzero(edges)
    data = np.broadcast_to(values, step.shape)[rows, columns]
    return scipy.sparse.csr_array((data, (rows, columns)), shape=step.shape), offsets


@st.composite
def graphs(draw, largest: int = 6, weighted: bool = False):
    """Small random layered graphs, with empty layers, isolated nodes and skips over up to two layers."""
    sizes = draw(st.lists(st.integers(0, largest), min_size=1, max_size=5))
    density = draw(st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0]))
    seed, skips = draw(st.integers(0, 2**20)), draw(st.integers(1, 3))
    return layered(sizes, density, skips=skips, seed=seed, weighted=weighted)
