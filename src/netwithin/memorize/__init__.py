"""Store a graph in the weights of a network, as Tang and Li do it (Sections 6.2 to 6.5).

`siren` holds the network and its coordinates, `networks` those that were tried before it, `trainer` the
training loop, which takes any of them, a loss of `losses`, a schedule of `schedules` and a feed of `feeds`;
`weights` the half-precision weights and their bytes, `evaluation` the bit errors and the time to decode,
`summary` what the record of a run says.
Everything here needs torch, so it is imported by name only: `from netwithin import memorize`.

Examples
--------
>>> from netwithin import graphs, memorize
>>> graph = graphs.newman_watts_strogatz(12, 0.25, seed=0)
>>> model = memorize.SIREN(hidden_layers=2, width=8, seed=0)
>>> inputs, targets = memorize.pixels(graph)
>>> result = memorize.train(model, inputs, targets, memorize.Settings(epochs=3))
>>> evaluation = memorize.evaluate(model, graph)
>>> 0 <= evaluation.errors_best <= min(evaluation.errors_mean, evaluation.errors_half) <= 144
True
"""

from netwithin.memorize import blur, feeds, networks, schedules
from netwithin.memorize.evaluation import Evaluation, best_threshold, bit_errors, evaluate, predict
from netwithin.memorize.losses import CROSS_ENTROPY, MSE, Loss, mean_squared_error
from netwithin.memorize.siren import ACTIVATIONS, SIREN, Dense, Sine, coordinates, pixels
from netwithin.memorize.summary import PAPERS_STOP, findings, recorded_table, spread, summarise, table_five
from netwithin.memorize.trainer import Result, Settings, chunk_size, train
from netwithin.memorize.weights import half_precision, load, parameter_count, save, size_bytes

__all__ = [
    "ACTIVATIONS",
    "CROSS_ENTROPY",
    "MSE",
    "PAPERS_STOP",
    "SIREN",
    "Dense",
    "Evaluation",
    "Loss",
    "Result",
    "Settings",
    "Sine",
    "best_threshold",
    "bit_errors",
    "blur",
    "chunk_size",
    "coordinates",
    "evaluate",
    "feeds",
    "findings",
    "half_precision",
    "load",
    "mean_squared_error",
    "networks",
    "parameter_count",
    "pixels",
    "predict",
    "recorded_table",
    "save",
    "schedules",
    "size_bytes",
    "spread",
    "summarise",
    "table_five",
    "train",
]
