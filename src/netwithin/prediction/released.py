"""The measurements that the paper's authors released: the accuracy and the metrics of each sparse network.

They are no part of this package. `load` reads them from the folder `mge` in the folder that the environment
variable `NETWITHIN_DATA` names, or downloads them once into the user's cache; every file must have the hash
that `netwithin.prediction.registry` has for it. Names are the paper's, and a row is told by `KEYS`.

=================  ==========================================  ==================================
table              a row is                                    its metrics
=================  ==========================================  ==================================
`unrolled`         a network, read as one multipartite graph   `TOPOMETRICS`, `nodes`, `edges`
`rolled`           a layer, one left node per kernel entry     `LAYER_METRICS`, `nodes`, `edges`
`rolled_channel`   a layer, one left node per input channel    `LAYER_METRICS`, `nodes`, `edges`
`ramanujan`        a layer of the rolled encoding              `RAMANUJAN`, `density`, `edges`
=================  ==========================================  ==================================

What is odd about them: 32 rows of `unrolled` occur twice; the four networks with NaN there are collapsed
ones, no better than chance; its `r_out` and `r_in` have changed places, its `sink` and `source` are less the
sizes of the outer layers, and `strength`, `spectral_gap` and `spectral_radius` come from trained weights.
Nine of the 1260 networks are missing from it, two from the other tables.
"""

import gzip
import hashlib
import os
from pathlib import Path

import pandas as pd

from netwithin import records
from netwithin.prediction.registry import SHA256, url

#: What tells a network from another.
KEYS = ["dataset", "architecture", "sparsity", "pruner", "seed"]
DATASETS = ("CIFAR-10", "CIFAR-100", "Tiny-ImageNet")
ARCHITECTURES = ("Conv-6", "Resnet-20", "Resnet-32", "Wide-Resnet-28-2")
SPARSITIES = (0.6, 0.8, 0.9, 0.95, 0.98)
#: Pruning at initialisation (the paper's Section 4).
PAI = ("SNIP", "GraSP", "SynFlow", "ProsPR")
#: Layer-wise random pruning.
RANDOM = ("Uniform", "ER", "ERK")
PRUNERS = PAI + RANDOM

#: The 16 metrics of Table 2, in its order, and the released table's names of them.
TOPOMETRICS = {
    "sink": "sink_nodes",
    "source": "source_nodes",
    "disconnected": "disc_nodes",
    "r_out": "r-out",
    "r_in": "r-in",
    "n1": "1-hop_nei",
    "n2": "2-hop_nei",
    "motif4": "motif",
    "strength": "avg_node_strength",
    "k_core": "k-core",
    "components": "no_connected_components",
    "mean_component": "mean_connected_components",
    "cut_edges": "cut-edges",
    "cut_nodes": "cut-nodes",
    "spectral_gap": "spectral_gap",
    "spectral_radius": "spectral_radius",
}
#: Those of the 16 that depend on the weights, which in the released table are those after training.
TRAINED = ("strength", "spectral_gap", "spectral_radius")

#: The ten metrics that a rolled encoding has. Most files have older names for them than two later ones,
#: in which they are called as in `unrolled`; motifs are of three nodes here.
LAYER_METRICS = {
    "n1": "nei_one_hop",
    "motif3": "motifs_count",
    "strength": "strenght_all",
    "k_core": "coreness_all",
    "components": "weak_clusters",
    "mean_component": "mean_weak",
    "cut_edges": "bridges",
    "cut_nodes": "a_point",
    "spectral_gap": "spectral_gap_weighted_undirected",
    "spectral_radius": "spectral_radius_laplacian_weighted_undirected",
}
RAMANUJAN = {
    "difference_of_bound": "degree_bound",
    "imdb": "iterative_degree_bound",
    "imsg": "iterative_spectral_gap",
}
#: What `unrolled` has divided its metrics by already, and `per_network` divides those of a layer by.
DIVISORS = {
    "n1": "edges",
    "motif3": "edges",
    "strength": "edges",
    "k_core": "edges",
    "mean_component": "nodes",
    "cut_edges": "edges",
    "cut_nodes": "edges",
}

_NAMES = {
    "CONV-6": "Conv-6",
    "tinyimagenet": "Tiny-ImageNet",
    "snip": "SNIP",
    "grasp": "GraSP",
    "synflow": "SynFlow",
    "prospr": "ProsPR",
    "uniform": "Uniform",
    "er": "ER",
    "erk": "ERK",
    "dsr": "DSR",
    "itop": "ITOP",
    "rigl": "RigL",
    "snfs": "SNFS",
}
_RENAMED = {
    "model": "architecture",
    "pruning": "pruner",
    "pruning_algorithm": "pruner",
    "layer_id": "layer",
    "layer_sparsity": "density",  # So called there; it is the share of the weights that is left.
    "no_weights": "edges",
}
_LATER_NAMES = {old: new for new, old in TOPOMETRICS.items()} | {"motif": "motif3"}


def load(which: str) -> pd.DataFrame:
    """Load one of the released tables, with this package's names and in the files' order.

    Parameters
    ----------
    which : {"unrolled", "rolled", "rolled_channel", "ramanujan"}

    Returns
    -------
    pandas.DataFrame
        `KEYS`, `accuracy` (0 to 1, after training), the table's metrics (above) and, in the tables of layers,
        `layer` (from 0, pooling counted), `layer_name` and `density` (the share of the layer's weights that
        is left). Every row that was released: MobileNetV2, dynamic sparse training and repeated rows as well.

    Raises
    ------
    ValueError
        If the name is unknown, or a file is not the one that was hashed.
    OSError
        If a file can be had neither from a folder nor from its origin; the message says what to do.
    """
    if which == "ramanujan":
        return _ramanujan()
    paths = [path for path in SHA256 if path.startswith(f"{which}/")]
    if not paths:
        raise ValueError(
            f"there is no released table {which!r}: unrolled, rolled, rolled_channel or ramanujan"
        )
    metrics = TOPOMETRICS if which == "unrolled" else LAYER_METRICS
    return pd.concat([_read(path, metrics) for path in paths], ignore_index=True)


def of_the_paper(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the paper's 4 architectures and 7 pruners, repeated rows once.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns `architecture` and `pruner`.

    Returns
    -------
    pandas.DataFrame
        The rows, numbered anew.

    Examples
    --------
    >>> table = pd.DataFrame({"architecture": ["Conv-6"] * 3, "pruner": ["SNIP", "SNIP", "RigL"]})
    >>> len(of_the_paper(table))
    1
    """
    wanted = table["architecture"].isin(ARCHITECTURES) & table["pruner"].isin(PRUNERS)
    return table[wanted].drop_duplicates(ignore_index=True)


def per_network(layers: pd.DataFrame) -> pd.DataFrame:
    """One row per network from a table of layers: each metric's mean over the layers.

    A layer's metric is first divided by the layer's edges or nodes as in `DIVISORS`, since the paper
    normalises every metric so (Section 4). A layer without edges, which has no eigenvalues, is left out of
    the means of what it has not.

    Parameters
    ----------
    layers : pandas.DataFrame
        With `KEYS`, `accuracy`, and any of the metrics; `nodes` and `edges` if one is to be divided.

    Returns
    -------
    pandas.DataFrame
        `KEYS`, `accuracy`, and the means of all other columns of numbers but `layer`.

    Examples
    --------
    >>> layers = pd.DataFrame({key: ["x", "x"] for key in KEYS} | {"accuracy": .5, "layer": [0, 1],
    ...                       "nodes": [4, 8], "edges": [2, 4], "cut_edges": [2, 2]})
    >>> per_network(layers)[["accuracy", "cut_edges"]].values.tolist()
    [[0.5, 0.75]]
    """
    divided = {
        name: layers[name] / layers[by].clip(lower=1) for name, by in DIVISORS.items() if name in layers
    }
    numbers = layers.select_dtypes("number").columns.difference(["layer", *KEYS], sort=False)
    means = layers.assign(**divided).groupby(KEYS, sort=False)[list(numbers)].mean()
    return means.reset_index()


def layer_densities(layers: pd.DataFrame) -> pd.DataFrame:
    """What a network's layer densities say, as far as networks of different depth can be compared.

    Parameters
    ----------
    layers : pandas.DataFrame
        With `KEYS`, `layer` and `density`.

    Returns
    -------
    pandas.DataFrame
        `KEYS` and the densities' `mean`, `std`, `min`, `max`, `first` and `last`, each with the prefix
        `density_`. The mean is the paper's Layer-Density.
    """
    kinds = ["mean", "std", "min", "max", "first", "last"]
    ordered = layers.sort_values("layer", kind="stable").groupby(KEYS, sort=False)["density"]
    return ordered.agg(kinds).add_prefix("density_").reset_index()


def published_accuracy() -> pd.Series:
    """The accuracies of Tables 8 to 10, as shares.

    Returns
    -------
    pandas.Series
        Indexed by dataset, architecture, sparsity and pruner; a dense network has the sparsity 0 and the
        pruner "Dense". NaN where the paper prints `*`: no better than chance.

    Examples
    --------
    >>> float(published_accuracy()["CIFAR-10", "Conv-6", 0.6, "SNIP"])
    0.927
    """
    table = records.published("mge_accuracy_tables_8_9_10").fillna({"sparsity": 0.0})
    keys = ["dataset", "architecture", "sparsity", "pruner"]
    return table.set_index(keys)["accuracy_percent"].sort_index() / 100


def accuracy_drop(table: pd.DataFrame) -> pd.Series:
    """1 - accuracy / accuracy of the dense network (Section 4.2).

    Parameters
    ----------
    table : pandas.DataFrame
        With `dataset`, `architecture` and `accuracy` (0 to 1).

    Returns
    -------
    pandas.Series
        Float, one per row; negative where the sparse network is the better one.

    Raises
    ------
    ValueError
        If the paper prints no dense accuracy for one of the rows.

    Examples
    --------
    >>> table = pd.DataFrame({"dataset": ["CIFAR-10"], "architecture": ["Conv-6"], "accuracy": [0.466]})
    >>> accuracy_drop(table).round(3).tolist()
    [0.5]
    """
    dense = published_accuracy().xs("Dense", level="pruner").droplevel("sparsity")
    rows = pd.MultiIndex.from_frame(table[["dataset", "architecture"]])
    if not rows.isin(dense.index).all():
        missing = rows[~rows.isin(dense.index)][0]
        raise ValueError(f"the paper prints no dense accuracy of {missing[1]} on {missing[0]}")
    return pd.Series(1 - table["accuracy"].to_numpy() / dense[rows].to_numpy(), table.index, name="drop")


def study(encoding: str) -> pd.DataFrame:
    """The networks of the paper with one encoding's metrics and their accuracy drop: what it regresses on.

    Parameters
    ----------
    encoding : {"unrolled", "rolled", "rolled_channel"}

    Returns
    -------
    pandas.DataFrame
        One row per network: `KEYS`, `accuracy`, `drop`, the metrics. NaN where a metric was not released.

    Raises
    ------
    ValueError, OSError
        As `load`.
    """
    table = of_the_paper(load(encoding))
    table = table if encoding == "unrolled" else per_network(table)
    return table.assign(drop=accuracy_drop(table))


def _ramanujan() -> pd.DataFrame:
    """The Ramanujan metrics with their pruners, which only the rolled table of the same rows names."""
    parts = []
    for path in (path for path in SHA256 if path.startswith("ramanujan/")):
        part = _read(path, RAMANUJAN)
        twin = _read(path.replace("ramanujan/", "rolled/"), {})
        shared = ["accuracy", "sparsity", "seed", "layer", "edges"]
        if not (part[shared].to_numpy() == twin[shared].to_numpy()).all():
            raise ValueError(f"the rows of {path} are not those of the rolled table")
        parts.append(part.assign(pruner=twin["pruner"]))
    return pd.concat(parts, ignore_index=True)


def _read(path: str, metrics: dict[str, str]) -> pd.DataFrame:
    """One file with this package's names for its columns and values, and no other columns."""
    columns = {old: new for new, old in metrics.items()}
    later = {old: new for old, new in _LATER_NAMES.items() if new in metrics}
    names = _RENAMED | later | columns
    wanted = [*KEYS, "accuracy", "layer", "layer_name", "density", "nodes", "edges", *metrics]
    table = pd.read_csv(_file(path), usecols=lambda name: names.get(name, name) in wanted)
    table = table.rename(columns=names)
    for column in ("dataset", "architecture", "pruner"):
        if column in table:
            table[column] = table[column].replace(_NAMES)
    return table[[column for column in wanted if column in table]]


def _file(path: str) -> Path:
    """A file of the folder or of the cache whose content has the pinned hash."""
    folder = os.environ.get("NETWITHIN_DATA")
    local = Path(folder) / "mge" / f"{path}.gz" if folder else None
    if local is None or not local.is_file():
        return _fetch(path)
    with gzip.open(local) as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != SHA256[path]:
            raise ValueError(f"{local} is not the released file: it changed or is damaged")
    return local


def _fetch(path: str) -> Path:
    import pooch

    try:
        name, cache = path.replace("/", "-"), pooch.os_cache("netwithin") / "mge"
        return Path(pooch.retrieve(url(path), f"sha256:{SHA256[path]}", fname=name, path=cache))
    except OSError as error:
        raise OSError(
            f"{url(path)} cannot be fetched ({type(error).__name__}); "
            "put the released tables into a folder 'mge' and set NETWITHIN_DATA to its parent"
        ) from None
