"""The circle closed: networks that store graphs, pruned and read as graphs; masks, stored as graphs.

`pruning` chooses the weights of a sine network that stay and trains those, `costs` says what a sparse network
takes with its mask, `memory` and `stored` prune the network that memorises a graph and the one that a file
holds, `reading` asks what the shape of the first says about its rate, `watching` what the weights of a
network say about its wrong bits while it memorises, and `masks` puts masks through the codec. Everything here
needs torch, so it is imported by name only: `from netwithin.circle import memory`.

Examples
--------
>>> from netwithin import graphs
>>> from netwithin.circle import memory
>>> graph = graphs.newman_watts_strogatz(12, 0.25, seed=0)
>>> found = memory.run(graph, memory.Setup(layers=2, width=6, epochs=5), "synflow", 0.5)
>>> found["kept"], found["total_bits"] == found["model_bits"] + found["mask_bits"] + found["residual_bits"]
(27, True)
"""
