"""A graph comes in: one canonical type, the files and libraries it comes from, generators, data sets."""

from netwithin.graphs.convert import as_graph
from netwithin.graphs.datasets import card, load, names
from netwithin.graphs.files import read, write
from netwithin.graphs.generators import communities, erdos_renyi, newman_watts_strogatz, watts_strogatz
from netwithin.graphs.graph import Graph, GraphError

__all__ = [
    "Graph",
    "GraphError",
    "as_graph",
    "card",
    "communities",
    "erdos_renyi",
    "load",
    "names",
    "newman_watts_strogatz",
    "read",
    "watts_strogatz",
    "write",
]
