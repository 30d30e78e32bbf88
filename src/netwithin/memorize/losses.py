"""What the trainer minimises, and how a network's outputs become scores."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional


def _as_it_is(outputs: torch.Tensor) -> torch.Tensor:
    return outputs


@dataclass(frozen=True)
class Loss:
    """A loss, and the link from outputs to scores.

    Attributes
    ----------
    name : str
        What a checkpoint and a record call it.
    function : callable
        (outputs float[m], targets float[m]) -> scalar, a mean over its rows.
    link : callable
        outputs float[m] -> scores float[m], in which 0.5 is the middle between no edge and edge.

    Examples
    --------
    >>> CROSS_ENTROPY.link(torch.tensor([0.0])).tolist()
    [0.5]
    """

    name: str
    function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    link: Callable[[torch.Tensor], torch.Tensor] = _as_it_is


def mean_squared_error(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean of the squared differences, a scalar (Tang and Li, Section 3.1, second equation)."""
    return torch.mean((predictions - targets) ** 2)


#: The outputs are the scores themselves (Section 6.2).
MSE = Loss("mean squared error", mean_squared_error)

#: The outputs are logits, the scores their sigmoids (Section 3.1, first equation; 5.3). In nats a row.
#: Computed from the logits, so that a certain answer gives no infinite loss.
CROSS_ENTROPY = Loss("cross-entropy", functional.binary_cross_entropy_with_logits, torch.sigmoid)
