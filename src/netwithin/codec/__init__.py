"""A graph becomes a file: experts, an online mixer, an arithmetic coder, a container."""

from netwithin.codec.decoder import decode, info
from netwithin.codec.encoder import encode
from netwithin.codec.errors import FormatError

__all__ = ["FormatError", "decode", "encode", "info"]
