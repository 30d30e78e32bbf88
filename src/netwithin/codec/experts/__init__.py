"""The experts that a file can name."""

from netwithin.codec.experts.base import Expert
from netwithin.codec.experts.density import Density
from netwithin.codec.experts.distance import Distance
from netwithin.codec.experts.latent import Latent
from netwithin.codec.experts.siren import Siren

EXPERTS: dict[int, type[Expert]] = {expert.code: expert for expert in (Density, Distance, Siren, Latent)}

__all__ = ["EXPERTS", "Density", "Distance", "Expert", "Latent", "Siren"]
