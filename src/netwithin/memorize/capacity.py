"""How many bits of a graph a SIREN's weights hold, and the smallest network that holds all of them.

A graph *offers* so many bits: what its pairs cost someone who knows its density only. Scores leave a
residual (`rates.total_bits`). The difference is what the weights *hold*. Where the pairs were drawn
independently, that is memory and nothing else; where they follow a rule, a network that finds the rule holds
many bits with few weights. What is offered divided by the number of weights is the *load*.

Measuring this takes many small networks. `Siblings` trains networks of one shape side by side, each on a
graph of its own, in a fraction of the time that they would take one after the other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from netwithin import graphs, rates
from netwithin.memorize import schedules
from netwithin.memorize.losses import CROSS_ENTROPY, MSE, Loss
from netwithin.memorize.quantisation import quantise, stored_bytes
from netwithin.memorize.siren import SIREN, coordinates
from netwithin.memorize.weights import parameter_count

#: The kinds of graph that are compared, each from nodes, density and seed. Small worlds come both ways, as
#: the paper's authors' graphs are (Watts and Strogatz) and as its text says (Newman and Watts).
KINDS: dict[str, Callable[[int, float, int], graphs.Graph]] = {
    "erdos-renyi": graphs.erdos_renyi,
    "watts-strogatz": lambda n, density, seed: graphs.watts_strogatz(n, density, 0.5, seed),
    "newman-watts-strogatz": lambda n, density, seed: graphs.newman_watts_strogatz(n, density, 0.5, seed),
    "lattice": lambda n, density, seed: graphs.watts_strogatz(n, density, 0.0, seed),
}
#: A network is done when every score lies within this of its bit, so that rounding the weights turns none.
DONE = 0.25
#: What decides a setting of a sweep; its networks differ in width and seed.
SETTING = ("kind", "nodes", "density", "hidden_layers")


class Siblings(nn.Module):
    """SIRENs of one shape, side by side: batched matrices in the place of matrices.

    Nothing is shared but the shape, so that a step of Adam is a step of each.

    Parameters
    ----------
    hidden_layers, width, omega0
        As for `SIREN`.
    seeds : sequence of int
        One per network, of its first weights, which are those of `SIREN(..., seed=seed)`.

    Examples
    --------
    >>> siblings = Siblings(2, 4, seeds=(0, 7))
    >>> x = coordinates(3)
    >>> torch.allclose(siblings(x)[1], SIREN(2, 4, seed=7)(x), atol=1e-6)
    True
    """

    def __init__(self, hidden_layers: int, width: int, omega0: float = 30.0, seeds: Sequence[int] = (0,)):
        super().__init__()
        self.shape, self.seeds = (hidden_layers, width, omega0), tuple(seeds)
        every = [_linears(SIREN(*self.shape, seed=seed)) for seed in seeds]
        layers = list(zip(*every, strict=True))
        self.weights = nn.ParameterList(torch.stack([one.weight.detach().T for one in row]) for row in layers)
        self.biases = nn.ParameterList(
            torch.stack([one.bias.detach()[None] for one in row]) for row in layers
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map inputs float[m, 2] to outputs float[networks, m]."""
        x = x.expand(len(self.seeds), *x.shape)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = torch.sin(self.shape[2] * torch.baddbmm(bias, x, weight))
        return torch.baddbmm(self.biases[-1], x, self.weights[-1]).squeeze(-1)

    def member(self, place: int) -> SIREN:
        """One of the networks, as a SIREN of its own."""
        model = SIREN(*self.shape, seed=self.seeds[place])
        with torch.no_grad():
            for linear, weight, bias in zip(_linears(model), self.weights, self.biases, strict=True):
                linear.weight.copy_(weight[place].T)
                linear.bias.copy_(bias[place, 0])
        return model


@dataclass(frozen=True)
class Training:
    """How the networks are trained; every step sees every pair.

    Attributes
    ----------
    epochs : int
        Steps, at most: training ends when every network has once been done, see `DONE`.
    learning_rate : float or None
        Adam's, before the schedule. None takes what `fast_rate` says.
    loss : Loss
        What is minimised.
    schedule : callable or None
        One of `schedules`; None takes half a cosine over all epochs.
    whole : bool
        Train on all n^2 entries of the matrix, as the paper does, and not on the pairs i < j only, which
        are all that an undirected graph has to say.
    """

    epochs: int = 1500
    learning_rate: float | None = None
    loss: Loss = CROSS_ENTROPY
    schedule: schedules.Schedule | None = None
    whole: bool = False


#: The recipe with which networks of this size learn fastest, and the paper's (Section 6.5).
RECIPES = {"fast": Training(), "paper": Training(4000, 2e-4, MSE, schedules.STEPS, whole=True)}


def fast_rate(hidden_layers: int, width: int) -> float:
    """A learning rate of Adam from which a SIREN gains: 0.03 / layers, less above 20 units of width.

    Found by trying: small networks learn faster at high rates; deep and wide ones diverge at them.

    Examples
    --------
    >>> round(fast_rate(3, 10), 6), round(fast_rate(3, 40), 6)
    (0.01, 0.005)
    """
    return 0.03 / hidden_layers * min(1.0, 20 / width)


def widths(hidden_layers: int, pairs: int, per_weight: Iterable[float]) -> list[int]:
    """Widths at which a SIREN has about so many pairs of nodes per weight.

    Parameters
    ----------
    hidden_layers : int
        Sine layers.
    pairs : int
        Pairs of nodes, n(n-1)/2.
    per_weight : iterable of float
        Pairs per weight that are wanted.

    Returns
    -------
    list of int
        In the order wanted, none twice.

    Examples
    --------
    >>> widths(10, 4950, [0.667])
    [28]
    """
    # Weights of a network w wide: (L - 1) w^2 + (L + 3) w + 1; the positive root, rounded.
    square, line = hidden_layers - 1, hidden_layers + 3
    wanted = np.array([pairs / share for share in per_weight])
    roots = [max(np.roots([square, line, 1 - count]).real) for count in wanted]
    return list(dict.fromkeys(max(1, round(float(root))) for root in roots))


def memorise(members: Sequence[graphs.Graph], siblings: Siblings, training: Training) -> list[int | None]:
    """Train one network on each graph.

    Parameters
    ----------
    members : sequence of Graph
        Undirected, of one size, as many as networks.
    siblings : Siblings
        Each ends with the weights with which it was done first, else with its last.
    training : Training

    Returns
    -------
    list of int or None
        Steps that each network took until it was done, see `DONE`; None if it never was.

    Raises
    ------
    ValueError
        If the graphs differ in size, or are not as many as the networks.
    """
    if len({graph.shape for graph in members}) != 1 or len(members) != len(siblings.seeds):
        raise ValueError("networks that are trained side by side need graphs of one size, one each")
    n, (layers, width, _) = members[0].shape[0], siblings.shape
    used = np.flatnonzero(np.ones((n, n)) if training.whole else np.triu(np.ones((n, n)), 1))
    dense = np.stack([graph.adjacency.toarray().ravel()[used] for graph in members])
    inputs, targets = coordinates(n)[used], torch.from_numpy(dense.astype("float32"))
    rate = training.learning_rate or fast_rate(layers, width)
    optimiser = torch.optim.Adam(siblings.parameters(), lr=rate)
    scheduler = (training.schedule or schedules.cosine(training.epochs))(optimiser)
    first = torch.full((len(members),), -1)
    kept = [values.detach().clone() for values in siblings.parameters()]
    for epoch in range(training.epochs + 1):
        optimiser.zero_grad(set_to_none=True)
        outputs = siblings(inputs)
        # All networks have as many rows, so the mean over everything times their number is the sum of
        # their means: to each network its own loss.
        loss = len(members) * training.loss.function(outputs, targets)
        done = ((training.loss.link(outputs.detach()) - targets).abs() < DONE).all(1)
        new = done & (first < 0)
        first[new] = epoch
        for values, copy in zip(siblings.parameters(), kept, strict=True):
            copy[new] = values.detach()[new]
        if epoch == training.epochs or (first >= 0).all():
            break
        loss.backward()
        optimiser.step()
        schedules.step(scheduler, loss.item())
    with torch.no_grad():
        for values, copy in zip(siblings.parameters(), kept, strict=True):
            values[first >= 0] = copy[first >= 0]
    return [int(epoch) if epoch >= 0 else None for epoch in first]


def scores(model: nn.Module, nodes: int, training: Training) -> np.ndarray:
    """What a network says about each entry of the matrix.

    Parameters
    ----------
    model : nn.Module
        A `SIREN`.
    nodes : int
        Nodes of the graph.
    training : Training
        A network that was trained on the pairs i < j is asked about those only.

    Returns
    -------
    float32[nodes, nodes]
        In which 0.5 is the middle.
    """
    with torch.no_grad():
        found = training.loss.link(model(coordinates(nodes))).reshape(nodes, nodes).numpy()
    return found if training.whole else np.triu(found, 1) + np.triu(found, 1).T


def weigh(model: nn.Module, graph: graphs.Graph, training: Training, stored: str | None = None) -> dict:
    """What a network holds of a graph.

    Parameters
    ----------
    model : nn.Module
        A `SIREN`, as trained.
    graph : Graph
        Undirected.
    training : Training
        How it was trained.
    stored : str, optional
        Round the weights to this format of `memorize.quantisation` first.

    Returns
    -------
    dict
        `wrong`, pairs that 0.5 misreads; `held_bits`; `total_bits`, those of the weights (without a format:
        of 32 bits each) and of the residual.
    """
    model = quantise(model, stored) if stored else model
    said = scores(model, graph.shape[0], training)
    rate = rates.total_bits(said, graph, stored_bytes(model, stored or "fp32"))
    one, truth = rates.pair_scores(said, graph)
    held = rates.density_entropy_bits(graph) - rate.residual
    return {"wrong": int(((one > 0.5) != truth).sum()), "held_bits": held, "total_bits": rate.total}


def sweep(
    kinds: Sequence[str],
    nodes: int,
    density: float,
    hidden_layers: int,
    tried: Iterable[int],
    seeds: Sequence[int],
    training: Training = RECIPES["fast"],
    formats: Sequence[str] = ("fp16",),
    search: bool = False,
) -> pd.DataFrame:
    """Memorise graphs of several kinds with networks of one depth and several widths.

    Parameters
    ----------
    kinds : sequence of str
        Among `KINDS`.
    nodes, density : int, float
        Of the graphs; the density is the generators' nominal one.
    hidden_layers : int
        Sine layers.
    tried : iterable of int
        Units of a sine layer.
    seeds : sequence of int
        Each is a graph's and its network's.
    training : Training
    formats : sequence of str
        Of the stored weights, see `memorize.quantisation`.
    search : bool
        End after the first width at which any network gets a pair wrong. With widths in falling order this
        finds the narrowest that is exact, and spends no time on those that are hopeless.

    Returns
    -------
    pandas.DataFrame
        A row per kind, width and seed: the columns of `SETTING`, `width`, `seed`, `parameters`,
        `offered_bits`, `bitmap_bits`, `steps` (until it was done, or NaN), what `weigh` says of the weights
        as trained, and the same with a format's name before it, `fp16_wrong` for example.

    Raises
    ------
    ValueError
        If a kind is unknown.

    Examples
    --------
    >>> rows = sweep(["erdos-renyi"], 8, 0.5, 2, [2, 4], seeds=[0, 1], training=Training(epochs=5))
    >>> rows[["width", "seed", "parameters"]].values.tolist()
    [[2, 0, 15], [2, 1, 15], [4, 0, 37], [4, 1, 37]]
    """
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise ValueError(f"no kind of graph {', '.join(unknown)}; there are {', '.join(KINDS)}")
    members = [(kind, seed, KINDS[kind](nodes, density, seed)) for kind in kinds for seed in seeds]
    rows = []
    for width in tried:
        siblings = Siblings(hidden_layers, width, seeds=[seed for _, seed, _ in members])
        first = memorise([graph for *_, graph in members], siblings, training)
        for place, (kind, seed, graph) in enumerate(members):
            model = siblings.member(place)
            row = dict(zip(SETTING, (kind, nodes, density, hidden_layers), strict=True))
            row |= {"width": width, "seed": seed, "parameters": parameter_count(model)}
            row |= {"offered_bits": rates.density_entropy_bits(graph)}
            row |= {"bitmap_bits": rates.bitmap_bits(graph), "steps": first[place]}
            row |= weigh(model, graph, training)
            for name in formats:
                found = weigh(model, graph, training, name)
                row |= {f"{name}_{key}": value for key, value in found.items()}
            rows.append(row)
        if search and any(row["wrong"] for row in rows[-len(members) :]):
            break
    return pd.DataFrame(rows).astype({"steps": float})


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per network shape and setting, the seeds taken together.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `sweep`, or several of them below one another.

    Returns
    -------
    pandas.DataFrame
        `SETTING`, `width`, `parameters`, `seeds` (how many), `bitmap_bits`; means over seeds of
        `offered_bits`, `load` and `held_per_weight`, with `held_per_weight_sd`; `exact` (how many seeds
        had no wrong bit), `wrong` (their mean), `wrong_worst`, `steps` (the slowest seed's; NaN unless
        all were done); for each format `<format>_held_per_weight`, `<format>_wrong` and
        `<format>_over_bitmap`, the total bits divided by the bitmap's.
    """
    rows = rows.assign(
        load=rows["offered_bits"] / rows["parameters"],
        held_per_weight=rows["held_bits"] / rows["parameters"],
        right=rows["wrong"] == 0,
    )
    columns = {
        "seeds": ("seed", "count"),
        "bitmap_bits": ("bitmap_bits", "first"),
        "offered_bits": ("offered_bits", "mean"),
        "load": ("load", "mean"),
        "held_per_weight": ("held_per_weight", "mean"),
        "held_per_weight_sd": ("held_per_weight", lambda values: values.std(ddof=0)),
        "exact": ("right", "sum"),
        "wrong": ("wrong", "mean"),
        "wrong_worst": ("wrong", "max"),
        "steps": ("steps", lambda values: values.max(skipna=False)),
    }
    for name in [column.removesuffix("_total_bits") for column in rows if column.endswith("_total_bits")]:
        rows[f"{name}_held_per_weight"] = rows[f"{name}_held_bits"] / rows["parameters"]
        rows[f"{name}_over_bitmap"] = rows[f"{name}_total_bits"] / rows["bitmap_bits"]
        for column in (f"{name}_held_per_weight", f"{name}_wrong", f"{name}_over_bitmap"):
            columns[column] = (column, "mean")
    return rows.groupby([*SETTING, "width", "parameters"], as_index=False, sort=False).agg(**columns)


def plateau(shapes: pd.DataFrame, loads: tuple[float, float] = (3.0, 6.0)) -> pd.Series:
    """The bits that a weight holds when it is offered more than it can hold: the capacity.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `summary`, of one kind of graph.
    loads : tuple of float
        Networks whose load lies between these count. Below, all that is offered is held; far above, a
        network is too small to be trained well.

    Returns
    -------
    pandas.Series
        `mean`, `least` and `most` of `held_per_weight`, `deviation`, its standard deviation over seeds (the
        shapes' mean), and `networks`, over how many shapes.

    Examples
    --------
    >>> shapes = pd.DataFrame({"load": [1.0, 4.0, 5.0], "held_per_weight": [1.0, 2.5, 3.0]})
    >>> plateau(shapes.assign(held_per_weight_sd=[0.1, 0.25, 0.5])).tolist()
    [2.75, 2.5, 3.0, 0.375, 2.0]
    """
    offered = shapes[shapes["load"].between(*loads)]
    held, deviation = offered["held_per_weight"], offered["held_per_weight_sd"].mean()
    found = {"mean": held.mean(), "least": held.min(), "most": held.max()}
    return pd.Series(found | {"deviation": deviation, "networks": len(held)})


def thresholds(shapes: pd.DataFrame) -> pd.DataFrame:
    """One row per setting and training: how much is held when too much is offered, and when it fails.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `capacity.summary`, with the columns `recipe` and `epochs`, of one kind of graph.

    Returns
    -------
    pandas.DataFrame
        `nodes`, `density`, `hidden_layers`, `recipe`, `epochs`, `networks` (shapes tried), `mean`, `least`,
        `most` and `deviation` of `plateau`, and `exact_load`, the largest load without a wrong bit in any
        seed (NaN where there was none).
    """
    setting = ["recipe", "epochs", "nodes", "density", "hidden_layers"]
    rows = []
    for key, group in shapes.groupby(setting):
        exact = group.loc[group["wrong_worst"] == 0, "load"].max()
        found = plateau(group).drop("networks").to_dict()
        row = dict(zip(setting, key, strict=True)) | {"networks": len(group)}
        rows.append(row | found | {"exact_load": exact})
    return pd.DataFrame(
        rows, columns=[*setting, "networks", "mean", "least", "most", "deviation", "exact_load"]
    )


def prefer(table: pd.DataFrame, **wanted) -> pd.DataFrame:
    """The rows with the wanted values, each wish passed over if it would leave no row.

    A run of the chapter on other settings than its figures are meant for then shows what it has.

    Parameters
    ----------
    table : pandas.DataFrame
    **wanted
        Column names and values, the most important first.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> table = pd.DataFrame({"nodes": [8, 8, 9], "density": [0.1, 0.5, 0.5]})
    >>> len(prefer(table, density=0.5, nodes=7))
    2
    """
    for column, value in wanted.items():
        rows = table[table[column] == value]
        table = rows if len(rows) else table
    return table


def smallest_exact(shapes: pd.DataFrame) -> pd.DataFrame:
    """The smallest network without a wrong bit in any seed, for each setting.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `summary`.

    Returns
    -------
    pandas.DataFrame
        The rows of `shapes` that they are, ordered by setting; settings in which no network was exact for
        all seeds are left out.

    Examples
    --------
    >>> same = {"kind": "lattice", "nodes": 9, "density": 0.5, "hidden_layers": 2}
    >>> shapes = [same | {"parameters": size, "wrong_worst": 40 // size} for size in (9, 41, 60)]
    >>> tried = pd.DataFrame(shapes)
    >>> smallest_exact(tried)["parameters"].tolist()
    [41]
    """
    exact = shapes[shapes["wrong_worst"] == 0].sort_values("parameters")
    return exact.drop_duplicates(list(SETTING)).sort_values(list(SETTING)).reset_index(drop=True)


def _linears(model: SIREN) -> list[nn.Linear]:
    """The linear maps of a SIREN, inputs first."""
    return [module for module in model.modules() if isinstance(module, nn.Linear)]
