"""A graph becomes a file: experts, an online mixer, an arithmetic coder, a container."""

from netwithin.codec.access import GraphFile
from netwithin.codec.access import GraphFile as open
from netwithin.codec.decoder import decode, info
from netwithin.codec.encoder import Interrupted, encode
from netwithin.codec.errors import FormatError

__all__ = ["FormatError", "GraphFile", "Interrupted", "decode", "encode", "info", "open"]
