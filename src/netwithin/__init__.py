"""Store a graph inside a neural network; read a neural network as a graph.

The names below are the everyday ones; everything else lives in the rooms `netwithin.graphs`,
`netwithin.codec`, `netwithin.memorize`, `netwithin.records` and `netwithin.plotting`, which are
imported by name so that `import netwithin` itself costs nothing.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "Graph": "netwithin.graphs",
    "FormatError": "netwithin.codec",
    "decode": "netwithin.codec",
    "encode": "netwithin.codec",
    "info": "netwithin.codec",
    "open": "netwithin.codec",
}
__all__ = ["FormatError", "Graph", "__version__", "decode", "encode", "info", "open"]


def __getattr__(name: str):
    """Import a public name's home the first time the name is used (PEP 562)."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
