"""A network becomes a graph: rolled, rolled by channels, unrolled, or whole (the multipartite encoding).

`multipartite` follows the data from the input to the output and makes one graph of it; `rolled`,
`rolled_channel` and `unrolled` make a bipartite graph of each layer. Each is a `LayeredGraph`.
`departures` says where the code released with the paper makes another graph than the paper defines.
Everything here needs torch, so it is imported by name only: `from netwithin import encodings`.

Examples
--------
>>> from netwithin import encodings, networks
>>> model = networks.resnet20(size=8, channels=1)
>>> graph = encodings.multipartite(model, networks.uniform_masks(model, sparsity=0.98))
>>> graph.names[:3], graph.nodes
(('input', 'conv', 'stages.0.0.conv1'), 23598)
"""

from netwithin.encodings.bipartite import rolled, rolled_channel, unrolled
from netwithin.encodings.departures import departures
from netwithin.encodings.layered import LayeredGraph
from netwithin.encodings.multipartite import multipartite
from netwithin.encodings.tracing import EncodingError

__all__ = [
    "EncodingError",
    "LayeredGraph",
    "departures",
    "multipartite",
    "rolled",
    "rolled_channel",
    "unrolled",
]
