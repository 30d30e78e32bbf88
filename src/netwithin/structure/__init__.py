"""What the graph of a network's weights says about how well the network does (StructureReps).

`tasks` are what the networks of `models` are trained on, and `histories` keeps their weights after every
epoch; `graphs` turns weights into attributed graphs, `positions` gives the nodes features. `edge_attention`
is the paper's layer, `encoders` the four that it compares, `autoencoder` trains them without any score and
pools their embedding. `baselines` are plainer numbers taken from the same weights, `decoding` reads a score
from either, `studies` puts all of it together. `candidates` draws networks as a random search does, and
`rankings` puts those in order that were not learned from. `recorded` and `figures` show it. Everything here
needs torch, so it is imported by name only: `from netwithin.structure import graphs`.

Examples
--------
>>> import torch
>>> from netwithin.structure import graphs
>>> mlp = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
>>> graphs.attributed(mlp)
Data(edge_index=[2, 9], num_nodes=6, layer=[6], padding=[6], edge_attr=[9, 1])
"""
