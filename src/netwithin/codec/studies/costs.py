"""What graphs cost: the papers' Tables 4 and 5 worked out again, and the recorded files beside them.

The recorded files are those of `benchmarks/record_codec.py`. Tang and Li's networks hold half-precision
weights; kB are 1000 bytes, as in their tables.
"""

import numpy as np
import pandas as pd

from netwithin import memorize, records
from netwithin.codec.container import header_of
from netwithin.codec.decoder import experts_in
from netwithin.codec.fixedpoint import LOGIT_BITS
from netwithin.codec.studies.recorded import best_peers
from netwithin.graphs import as_graph, generators

SMALL_WORLD, NOISE = "newman-watts-strogatz", "erdos-renyi"
FP16_BITS = 16
_READ = {
    "sine layers x width": ("shape", "{}"),
    "parameters": ("parameters", "{:,}"),
    "fp16 kB, printed": ("fp16_kb", "{:,.1f}"),
    "recomputed": ("fp16_again", "{:,.1f}"),
    ".mtx over fp16, printed": ("compression_ratio_printed", "{:.2f}"),
    "recomputed ": ("ratio_again", "{:.2f}"),
    "bitmap kB": ("bitmap_kb", "{:,.2f}"),
    "fp16 over bitmap": ("over_bitmap", "{:.1f}"),
}


def networks() -> pd.DataFrame:
    """Table 4, printed and recomputed, with the bitmap beside it.

    Returns
    -------
    pandas.DataFrame
        Index `nodes`. The printed columns (`records.published("memorization_table_4_sizes")`); `shape`, as
        text; `parameters`; `fp16_again` and `bitmap_kb` in kB; `ratio_again`, of the text file over
        `fp16_again`; `over_bitmap`, of `fp16_again` over the bitmap.

    Examples
    --------
    >>> networks()["parameters"].tolist()
    [7421, 93157, 483337]
    """
    table = records.published("memorization_table_4_sizes").set_index("nodes")
    shapes = list(zip(table["hidden_layers"], table["width"], strict=True))
    table["shape"] = [f"{layers} x {width}" for layers, width in shapes]
    table["parameters"] = [memorize.parameter_count(memorize.SIREN(*shape)) for shape in shapes]
    table["fp16_again"] = FP16_BITS / 8 * table["parameters"] / 1000
    table["ratio_again"] = table["mtx_kb"] / table["fp16_again"]
    table["bitmap_kb"] = table.index * (table.index - 1) / 16_000
    table["over_bitmap"] = table["fp16_again"] / table["bitmap_kb"]
    return table


def read(networks: pd.DataFrame) -> pd.DataFrame:
    """`networks` as text, a column for each size, under names that can be read.

    Parameters
    ----------
    networks : pandas.DataFrame
        From `networks`.

    Returns
    -------
    pandas.DataFrame, str
    """
    table = {name: networks[column].map(form.format) for name, (column, form) in _READ.items()}
    return pd.DataFrame(table).T


def files() -> pd.DataFrame:
    """The recorded files, with the bits per undirected edge of everything that a record compares.

    Returns
    -------
    pandas.DataFrame
        The records' columns, and "codec", "bitmap", "xz of gaps" and "density entropy". Generated graphs have
        a `nominal_density`, real ones none.

    Examples
    --------
    >>> table = files()
    >>> bool(table["exact"].all()), bool((table["codec"] < table["bitmap"]).all())
    (True, False)
    """
    table = records.gather(experiment="codec")
    named = {"total_bytes": "codec", "bitmap_bytes": "bitmap", "xz_gaps_bytes": "xz of gaps"}
    bits = 8 * table[list(named)].rename(columns=named).div(table["edges"], axis="index")
    bits["density entropy"] = table["density_entropy_bits"] / table["edges"]
    return table.assign(**bits)


def per_edge(files: pd.DataFrame, networks: pd.DataFrame) -> pd.DataFrame:
    """Table 5 and the recorded files of small-world graphs, in bits per undirected edge.

    Parameters
    ----------
    files : pandas.DataFrame
        From `files`, of one predictor.
    networks : pandas.DataFrame
        From `networks`.

    Returns
    -------
    pandas.DataFrame, float
        Index `nodes` and `nominal_density`. "fp16, printed"; "fp16, per edge", the same weights over the
        edges that the nominal density means; `actual_density`, "bitmap", "density entropy", "xz of gaps" and
        "codec", means over the recorded graphs.
    """
    keys = ["nodes", "nominal_density"]
    columns = ["actual_density", "bitmap", "density entropy", "xz of gaps", "codec"]
    table = files[files["graph"] == SMALL_WORLD].groupby(keys)[columns].mean()
    printed = (
        records.published("memorization_table_5_bits").rename(columns={"density": keys[1]}).set_index(keys)
    )
    table.insert(0, "fp16, printed", printed["fp16_bits_per_edge_printed"])
    nodes, density = (table.index.get_level_values(key).to_numpy() for key in keys)
    weights = FP16_BITS * networks["parameters"].reindex(nodes).to_numpy()
    table.insert(1, "fp16, per edge", weights / (density * nodes * (nodes - 1) / 2))
    return table


def by_expert(files: pd.DataFrame, nominal_density: float = 0.25) -> pd.DataFrame:
    """Recorded files of small-world graphs by a stored network and by the expert that counts distances.

    Parameters
    ----------
    files : pandas.DataFrame
        From `files`.
    nominal_density : float
        Of the graphs, whose seed is 0.

    Returns
    -------
    pandas.DataFrame, float
        Index `nodes`; bytes: "siren", "density+distance", "of siren: weights", "generator's bound", "bitmap".
    """
    own = (files["graph"] == SMALL_WORLD) & (files["graph_seed"] == 0)
    rows = files[own & (files["nominal_density"] == nominal_density)]
    table = rows.pivot_table(index="nodes", columns="predictor", values="total_bytes")
    table = table[["siren", "density+distance"]]
    graphs = [generators.newman_watts_strogatz(size, nominal_density, seed=0) for size in table.index]
    return table.assign(
        **{
            "of siren: weights": rows[rows["predictor"] == "siren"].set_index("nodes")["model_bytes"],
            "generator's bound": [generators.lattice_entropy_bits(graph) / 8 for graph in graphs],
            "bitmap": [graph.number_of_pairs / 8 for graph in graphs],
        }
    )


def real(files: pd.DataFrame) -> pd.DataFrame:
    """Recorded files of the graphs of the published table of peers, in bits per undirected edge.

    Parameters
    ----------
    files : pandas.DataFrame
        From `files`.

    Returns
    -------
    pandas.DataFrame
        Index `graph`, the dearest first: "bitmap" and "best peer" as published, "this codec", and `experts`,
        the names of those in the file.
    """
    peers = records.published("peers_bits_per_edge").set_index("graph")
    own = files[files["nominal_density"].isna() & (files["predictor"] == "auto")].set_index("graph")
    table = pd.DataFrame({"bitmap": peers["bitmap"], "best peer": best_peers()})
    table = table.join(own[["bits_per_edge", "experts"]], how="inner")
    table = table.rename(columns={"bits_per_edge": "this codec"})
    return table.sort_values("this codec", ascending=False)


def authors(files: pd.DataFrame, networks: pd.DataFrame) -> pd.DataFrame:
    """Recorded files of the graphs that Tang and Li released, beside their networks, in bytes.

    Parameters
    ----------
    files, networks : pandas.DataFrame
        From `files` and `networks`.

    Returns
    -------
    pandas.DataFrame, float
        Index `graph`: "fp16 network" (the printed size), "bitmap", "this codec", and its "bits per edge".
    """
    own = files[files["graph"].str.startswith("small-world-")].set_index("graph").sort_index()
    return pd.DataFrame(
        {
            "fp16 network": 1000 * own["nodes"].map(networks["fp16_kb"]),
            "bitmap": own["bitmap_bytes"],
            "this codec": own["total_bytes"],
            "bits per edge": own["bits_per_edge"],
        }
    )


def opened(graph, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """What the last stored expert of a file says of each pair, and what each pair costs at that.

    Parameters
    ----------
    graph : Graph, networkx graph, sparse or dense 0/1 matrix
        That is in the file.
    data : bytes
        A file with a stored expert that gives one logit, such as a sine network.

    Returns
    -------
    probability, bits : float64[rows, columns]
        Of an edge; and the logarithm of what was given to the truth. NaN where nothing is coded.
    """
    graph = as_graph(graph)
    header = header_of(graph)
    probability = np.full(graph.shape, np.nan)
    for expert in (expert for expert in experts_in(data) if expert.payload()):
        expert.begin(header)
        for i in range(graph.shape[0]):
            candidates = header.candidates(i)
            logits = expert.logits(i, candidates, [])[0] / (1 << LOGIT_BITS)
            probability[i, candidates] = 1 / (1 + np.exp(-logits))
    truth = graph.adjacency.toarray()
    return probability, -np.log2(np.where(truth, probability, 1 - probability))
