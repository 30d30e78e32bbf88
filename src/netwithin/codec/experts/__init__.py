"""The experts that a file can name."""

from netwithin.codec.experts.base import Expert
from netwithin.codec.experts.density import Density
from netwithin.codec.experts.distance import Distance
from netwithin.codec.experts.latent import Latent
from netwithin.codec.experts.neighbours import Neighbours
from netwithin.codec.experts.picture import Picture
from netwithin.codec.experts.siren import Siren

EXPERTS: dict[int, type[Expert]] = {
    expert.code: expert for expert in (Density, Distance, Siren, Picture, Neighbours, Latent)
}

__all__ = ["EXPERTS", "Density", "Distance", "Expert", "Latent", "Neighbours", "Picture", "Siren"]
