"""The one exception of the codec."""


class FormatError(ValueError):
    """A file that is damaged, foreign, from a newer version, or larger than the caller allows."""
