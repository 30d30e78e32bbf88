"""From a graph to the smallest file that several ways of coding make of it."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace

import joblib
from scipy.sparse import csr_array

from netwithin.codec import gaps
from netwithin.codec.container import MAX_TILES, header_of, pack
from netwithin.codec.decoder import MAX_PAIRS
from netwithin.codec.efforts import (
    DEFAULT_EFFORT,
    TRAINED,
    Effort,
    adaptive_panels,
    decides_every_pair,
    orders,
    work,
)
from netwithin.codec.experts import EXPERTS, Density, Expert, Neighbours
from netwithin.codec.pairs import Header
from netwithin.codec.renumbering import RENUMBERINGS, renumbered, renumbering
from netwithin.codec.stream import Plan, decisions, encode_stream, is_trivial
from netwithin.codec.tiles import Grid, automatic_side
from netwithin.codec.trainers import best_trained, estimated_bits, presets
from netwithin.graphs import Graph, as_graph
from netwithin.rates import density_entropy_bits

SHORTHANDS = {"siren": "density+siren"}
MODEL_SHARE = 1 / 8  # of a file: a network with more weights than that has never earned them
STRUCTURE = 0.98  # of the density's entropy: what adaptive experts cannot get below has nothing to learn
HOPELESS = 64  # gaps that are so many times smaller than the entropy: no expert learns from so few bytes
GAPS_ESTIMATE, GAPS_FEW = 1.3, 64  # the best compression has not made gaps smaller than (quick - few) / 1.3
WORTH_SENDING = 1 << 21  # pairs
ACCESS = ("solid", "random")

Progress = Callable[[str, float], None]


class Interrupted(KeyboardInterrupt):
    """Encoding was interrupted.

    Attributes
    ----------
    data : bytes or None
        The smallest file so far, if there is one.
    """

    def __init__(self, data: bytes | None):
        super().__init__("encoding was interrupted")
        self.data = data


def encode(
    graph,
    predictor: str = "auto",
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
    ignore_weights: bool = False,
    *,
    effort: int = DEFAULT_EFFORT,
    access: str = "solid",
    tile: int | None = None,
    drop_labels: bool = False,
) -> bytes:
    """Encode a graph, losslessly.

    Work that splits goes through joblib: within `joblib.parallel_config(n_jobs=2)`, or with a Dask cluster as
    its backend, the same call takes less time and gives the same bytes.

    Parameters
    ----------
    graph : Graph, networkx graph, SciPy sparse matrix or NumPy array
        Unweighted. A symmetric matrix is an undirected graph, another square one a directed graph, one
        that is not square a bipartite graph.
    predictor : str
        Which experts code the pairs: names joined by "+" ("density+distance"), "siren" for "density+siren",
        "gaps" for none (compressed gaps between neighbours), or "auto" for the smallest file of several ways.
        The density alone is among them where all pairs can be decided one by one, so that no such graph takes
        more than its density's entropy and a header, and so are the gaps.
    seed : int
        Of the training, where an expert is learnt.
    device : str
        That torch trains on.
    progress : callable, optional
        Called with what is being done (and the rate so far) and the share of it that is done.
    ignore_weights : bool
        Count every value but 0 as an edge, instead of refusing values other than 0 and 1.
    effort : int
        1 (adaptive experts only) to 9 (everything): a fixed amount of work, see `netwithin.codec.efforts`.
    access : {"solid", "random"}
        "random" writes tiles that `netwithin.open` decodes one by one. It takes some more bytes.
    tile : int, optional
        Nodes of a tile's side; see `netwithin.codec.tiles.automatic_side` for the default.
    drop_labels : bool
        Do not keep which node is which: the file holds a graph that is isomorphic to the one given.

    Returns
    -------
    bytes
        A `.nwn` file. The same call on the same machine gives the same bytes, however the work is split; on
        another machine the training may end elsewhere and the file differ, but each decodes exactly,
        everywhere.

    Raises
    ------
    GraphError
        If `graph` is none of the above, or weighted and `ignore_weights` is not set.
    ValueError
        If the predictor, the effort, the access or the tile is unknown, or the graph has more pairs than the
        predictor can code, or more tiles than a file can hold.
    Interrupted
        On KeyboardInterrupt, with the smallest file so far.

    Examples
    --------
    >>> from netwithin.graphs import newman_watts_strogatz
    >>> graph = newman_watts_strogatz(100, 0.25)
    >>> len(encode(graph)) < graph.number_of_pairs / 8
    True
    """
    graph = as_graph(graph, ignore_weights)
    names, effort_ = experts_of(predictor), work(effort, graph.number_of_pairs)
    if access not in ACCESS:
        raise ValueError(f"access {access!r} is none of {', '.join(ACCESS)}")
    if tile is not None and (access != "random" or tile < 1):
        raise ValueError(f"tile = {tile}: tiles are for access='random', and at least one node wide")
    search = _Search(graph, drop_labels, seed, device, progress or _in_silence)
    try:
        if access == "random":
            search.in_tiles(names, effort_, tile)
        elif names is None or is_trivial(search.header):
            search.everything(effort_)
        else:
            search.by(names, effort_)
    except KeyboardInterrupt:
        raise Interrupted(search.best) from None
    return search.best


def _in_silence(doing: str, share: float) -> None:
    """Report nothing."""


def experts_of(predictor: str) -> list[str] | None:
    """The experts' names that a predictor stands for; None for "auto", none for "gaps".

    Raises
    ------
    ValueError
        If there is no such predictor.

    Examples
    --------
    >>> experts_of("siren")
    ['density', 'siren']
    """
    if predictor == "auto":
        return None
    if predictor == "gaps":
        return []
    known = [expert.name for expert in EXPERTS.values()]
    names = SHORTHANDS.get(predictor, predictor).split("+")
    if not set(names) <= set(known) or len(set(names)) < len(names):
        raise ValueError(
            f"unknown predictor {predictor!r}; use auto, gaps, siren, or some of {'+'.join(known)}"
        )
    return [name for name in known if name in names]


class _Search:
    """Tries ways of coding a graph, and keeps the smallest file.

    What is tried next depends on files that were made, never on time or on who made them, so that the result
    is the same however the work is split.
    """

    def __init__(self, graph: Graph, drop_labels: bool, seed: int, device: str, progress: Progress):
        self.graph = Graph(graph.adjacency, graph.kind) if drop_labels else graph
        self.isomorphic, self.seed, self.device, self.progress = drop_labels, seed, device, progress
        self.header = header_of(graph)
        self.best: bytes | None = None
        self.plan = Plan()  # of the best file

    def everything(self, effort: Effort) -> None:
        """What "auto" does."""
        if is_trivial(self.header):
            self.try_all([Plan()])
            return
        entropy = density_entropy_bits(self.graph) / 8
        quick = (gaps.estimate(self.header, *self.graph.edges()) - GAPS_FEW) / GAPS_ESTIMATE
        every = decides_every_pair(self.header, effort.hurry)
        wide = decisions(self.header, every) > MAX_PAIRS  # decoders would refuse it for its time
        promising = entropy / HOPELESS if effort.hurry else entropy
        early = wide or quick < promising  # then there is soon a file to show
        if early:
            self.try_all([Plan()])
        if wide or (early and len(self.best) < entropy / HOPELESS):
            return
        panels = adaptive_panels(self.header, effort.hurry)[: effort.panels]
        self.try_all(self.plans(panels[:1], effort))
        if self.plan.is_causal:
            self.try_all([replace(self.plan, rate=rate) for rate in effort.rates])
        self.try_all(self.plans(panels[1:], effort))
        if self.header.pairs <= MAX_PAIRS and entropy < len(self.best):  # by density alone it takes no less
            self.try_all(self.plans([(Density.name,)], effort))
        if not early and quick < len(self.best):
            self.try_all([Plan()])
        if every and len(self.best) < STRUCTURE * entropy:
            for name in effort.trained:
                self.with_trained(name, effort)
        self.renumber(effort)

    def by(self, names: Sequence[str], effort: Effort) -> None:
        """Code by some experts, those that are stored trained first."""
        every = Neighbours.name not in names or decides_every_pair(self.header, effort.hurry)
        if names and decisions(self.header, every) > MAX_PAIRS:
            raise ValueError(
                f"a graph of {self.header.pairs} pairs is too large for {'+'.join(names)}; use gaps"
            )
        known = {
            name: self.trained(name, presets(name, self.graph, max(effort.networks, 1)))
            for name in names
            if name in TRAINED
        }
        self.try_all(self.plans([names], effort, known))
        if self.plan.is_causal:
            self.try_all([replace(self.plan, rate=rate) for rate in effort.rates])
        self.renumber(effort)

    def with_trained(self, name: str, effort: Effort) -> None:
        """Add a trained expert to the best plan, if a short training says that a long one pays."""
        wanted = presets(name, self.graph, effort.networks)
        if name == "siren" and max(one.model_bits for one in wanted) / 8 > MODEL_SHARE * len(self.best):
            return
        if effort.promise < float("inf"):
            trial = self.trained(name, presets(name, self.graph, trial=True))
            if estimated_bits(self.graph, trial) / 8 > effort.promise * len(self.best):
                return
        known = {name: self.trained(name, wanted)}
        own = tuple(expert for expert in self.plan.experts if expert.name != name)
        plans = [replace(self.plan, experts=_in_order((*own, known[name])))]
        if estimated_bits(self.graph, known[name]) / 8 < len(self.best):
            plans += self.plans([(Density.name, name)], effort, known)
        self.try_all(plans)

    def plans(self, panels: Sequence[Sequence[str]], effort: Effort, known=None) -> list[Plan]:
        """Each set of experts, in each order that the effort tries."""
        return _plans(self.header, panels, effort, known)

    def trained(self, name: str, wanted: list) -> Expert:
        """The best of some trainings."""
        doing = f"training {name} ({len(wanted)})"
        return best_trained(
            name, self.graph, wanted, self.seed, self.device, lambda share: self.tell(doing, share)
        )

    def renumber(self, effort: Effort) -> None:
        """Try the best plan on other numberings, which a file without labels need not store."""
        names = tuple(RENUMBERINGS) if self.isomorphic else effort.renumberings
        plan = self.plan
        if any(expert.name in TRAINED for expert in plan.experts):
            return  # they were trained for the numbers that the nodes have
        for name in names:
            numbering = renumbering(self.graph, name)
            other = renumbered(self.graph, numbering)
            if self.isomorphic:
                self.try_all([plan], other)
            else:
                self.try_all([plan], other, numbering)

    def try_all(self, plans: list[Plan], coded: Graph | None = None, numbering=None) -> None:
        """Code a graph, or its nodes in another order, in several ways; keep what makes a smaller file."""
        if not plans:
            return
        coded = coded or self.graph
        doing = f"coding by {_name(plans[0])}" if len(plans) == 1 else f"coding in {len(plans)} ways"
        self.tell(doing, 0.0)
        header = header_of(coded)
        if len(plans) == 1:  # here and now, so that its progress can be seen
            streams = [
                encode_stream(header, coded.adjacency, plans[0], lambda share: self.tell(doing, share))
            ]
        else:
            streams = self.pool()(joblib.delayed(_stream)(header, coded.adjacency, plan) for plan in plans)
        for done, (plan, stream) in enumerate(zip(plans, streams, strict=True), 1):
            graph = coded if self.isomorphic else self.graph
            self.keep(pack(graph, [stream], numbering=numbering, isomorphic=self.isomorphic), plan)
            self.tell(doing, done / len(plans))

    def in_tiles(self, names: Sequence[str] | None, effort: Effort, side: int | None) -> None:
        """Code each tile by itself, in the best of the ways that cost no training."""
        if names and set(names) & set(TRAINED):
            raise ValueError("a trained expert knows the whole graph; use access='solid' with it")
        grid = Grid(self.header, automatic_side(self.header) if side is None else side)
        if len(grid) > MAX_TILES:
            raise ValueError(f"tile = {side} makes {len(grid)} tiles, more than {MAX_TILES}; use larger ones")
        places = grid.places()
        doing = f"coding {len(places)} tiles"
        parts = (grid.cut(self.graph.adjacency, *place) for place in places)
        effort = replace(effort, hurry=True)
        tiles = self.pool()(
            joblib.delayed(_smallest_stream)(*part, _tile_plans(part[0], names, effort)) for part in parts
        )
        edges, streams = [], []
        for own, stream in tiles:
            edges.append(own)
            streams.append(stream)
            self.tell(doing, len(streams) / len(places))
        self.keep(pack(self.graph, streams, grid, edges, isomorphic=self.isomorphic), Plan())

    def pool(self) -> joblib.Parallel:
        """Workers as `joblib.parallel_config` says, for work that is worth sending to others."""
        return joblib.Parallel(1 if self.header.pairs < WORTH_SENDING else None, return_as="generator")

    def keep(self, data: bytes, plan: Plan) -> None:
        """Remember a file if it is smaller than all before it."""
        if self.best is None or len(data) < len(self.best):
            self.best, self.plan = data, plan

    def tell(self, doing: str, share: float) -> None:
        """Report what is being done, with the rate of the best file so far."""
        if self.best is not None and self.header.edges:
            doing += f"; so far {8 * len(self.best) / self.header.edges:.3f} bits per edge"
        self.progress(doing, share)


def _plans(
    header: Header,
    panels: Sequence[Sequence[str]],
    effort: Effort,
    known: dict[str, Expert] | None = None,
) -> list[Plan]:
    """Each set of experts, in each order; only experts that look back can follow another one than given."""
    known = known or {}
    kinds = {expert.name: expert for expert in EXPERTS.values()}
    plans = []
    for names in panels:
        experts = _in_order(tuple(known.get(name) or kinds[name]() for name in names))
        every = decides_every_pair(header, effort.hurry) or Neighbours.name not in names
        plan = Plan(experts, every=every)
        if not plan.is_causal or header.kind == "bipartite":  # nothing is known of a row before it comes
            plans.append(plan)
        else:
            plans += [replace(plan, order=order) for order in orders(effort)]
    return plans


def _tile_plans(header: Header, names: Sequence[str] | None, effort: Effort) -> list[Plan]:
    """The ways of coding a tile: by some experts, or by what is quick for as many pairs as it has."""
    if names is not None:
        return _plans(header, [names], effort)
    every = decides_every_pair(header, effort.hurry)
    panels = adaptive_panels(header, effort.hurry)[: effort.panels] + ([(Density.name,)] if every else [])
    return _plans(header, [*panels, ()], effort)


def _in_order(experts: tuple[Expert, ...]) -> tuple[Expert, ...]:
    """As they stand in `EXPERTS`."""
    place = {code: k for k, code in enumerate(EXPERTS)}
    return tuple(sorted(experts, key=lambda expert: place[expert.code]))


def _name(plan: Plan) -> str:
    return " + ".join(expert.name for expert in plan.experts) or "gaps"


def _stream(header: Header, adjacency: csr_array, plan: Plan) -> bytes:
    """One way of coding, by experts of its own: threads share those of the plan."""
    return encode_stream(header, adjacency, copy.deepcopy(plan))


def _smallest_stream(header: Header, adjacency: csr_array, plans: list[Plan]) -> tuple[int, bytes]:
    """A tile's edges, and its smallest stream."""
    if is_trivial(header):
        return header.edges, b""
    return header.edges, min((_stream(header, adjacency, plan) for plan in plans), key=len)
