"""One figure style for the whole book."""

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.image import AxesImage
from matplotlib.ticker import LogLocator, NullFormatter

#: Colours by what they stand for. They are Okabe and Ito's, chosen so that neighbours in this order
#: also differ in lightness and a figure survives printing in grey.
COLOURS = {
    "ink": "#1b1b1b",
    "blue": "#0072b2",
    "orange": "#e69f00",
    "green": "#009e73",
    "vermilion": "#d55e00",
    "sky": "#56b4e9",
    "pink": "#cc79a7",
    "grey": "#7f7f7f",
}
_CYCLE = ["blue", "orange", "ink", "sky", "vermilion", "green", "pink"]


def use_style() -> None:
    """Set the book's figure style; call it once at the top of a chapter.

    Figures get an opaque white background, so that they stay readable on a dark page, and lines differ
    in dash as well as in colour.

    Examples
    --------
    >>> use_style()
    >>> mpl.rcParams["figure.facecolor"]
    'white'
    """
    sns.set_theme(context="notebook", style="ticks", font_scale=0.9)
    mpl.rcParams.update(
        {
            "axes.prop_cycle": mpl.cycler(color=[COLOURS[name] for name in _CYCLE])
            + mpl.cycler(linestyle=["-", "--", "-.", ":", "-", "--", "-."]),
            "axes.titlesize": "medium",
            "axes.titlelocation": "left",
            "axes.titlepad": 8.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.6,
            "axes.axisbelow": True,
            "figure.figsize": (6.4, 3.8),
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "savefig.dpi": 160,
            "legend.framealpha": 1.0,
            "legend.edgecolor": "none",
            "lines.linewidth": 1.8,
            "font.family": ["DejaVu Sans"],
            "svg.hashsalt": "netwithin",
        }
    )


def plain_numbers(axis: Axis, steps: tuple[float, ...] = (1, 2, 5)) -> None:
    """Write plain numbers along a logarithmic axis, and none at its minor ticks.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        For example `ax.xaxis`; its scale is logarithmic already.
    steps : tuple of float
        Where ticks lie within each power of ten.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> _ = ax.set(xscale="log", xlim=(1, 1000))
    >>> plain_numbers(ax.xaxis, (1,))
    >>> figure.canvas.draw()
    >>> [label.get_text() for label in ax.get_xticklabels()][1:-1]
    ['1', '10', '100', '1,000']
    >>> plt.close(figure)
    """
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_major_formatter("{x:,g}")
    axis.set_minor_formatter(NullFormatter())


def adjacency(ax: Axes, graph, *, title: str | None = None, pixels: int = 600) -> AxesImage:
    """Draw an adjacency matrix as a picture: an edge is white, no edge is black.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    graph : Graph, sparse array or ndarray, shape (rows, columns)
        A graph (anything with an `adjacency` attribute) or its matrix. An ndarray may hold scores
        between 0 and 1, which are drawn in grey.
    title : str, optional
        The finding that the picture shows.
    pixels : int
        A matrix with more rows or columns than this is drawn as the density of square blocks, because
        a screen could not show its entries anyway.

    Returns
    -------
    matplotlib.image.AxesImage
        The picture; its data is the matrix, or its blocks' densities, as float.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> adjacency(ax, np.array([[0, 1], [1, 0]])).get_array().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    >>> plt.close(figure)
    """
    matrix = getattr(graph, "adjacency", graph)
    rows, columns = matrix.shape
    block = max(1, -(-max(rows, columns) // pixels))
    picture = _block_means(matrix, block)
    image = ax.imshow(
        picture,
        cmap="gray",
        vmin=0.0,
        vmax=1.0 if block == 1 else max(float(picture.max(initial=0.0)), 1e-9),
        interpolation="nearest",
        extent=(-0.5, max(columns, 1) - 0.5, max(rows, 1) - 0.5, -0.5),
    )
    ax.set(xlabel="node $j$", ylabel="node $i$")
    ax.grid(False)
    if title is not None:
        ax.set_title(title)
    return image


def _block_means(matrix, block: int) -> np.ndarray:
    """Means of square blocks of a dense or sparse matrix, shape (ceil(rows/block), ceil(columns/block))."""
    rows, columns = matrix.shape
    shape = (-(-rows // block), -(-columns // block))
    if hasattr(matrix, "tocoo"):
        entries = matrix.tocoo()
        (i, j), values = entries.coords, entries.data.astype(float)
        sums = np.zeros(shape)
        np.add.at(sums, (i // block, j // block), values)
    else:
        padded = np.zeros((shape[0] * block, shape[1] * block))
        padded[:rows, :columns] = np.asarray(matrix, dtype=float)
        sums = padded.reshape(shape[0], block, shape[1], block).sum(axis=(1, 3))
    heights = np.minimum(block, rows - block * np.arange(shape[0]))
    widths = np.minimum(block, columns - block * np.arange(shape[1]))
    return sums / np.outer(heights, widths)
