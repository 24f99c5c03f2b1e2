"""The connectors. Every module here that ends in `SOURCE = Source(...)` is one."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from wellheard.errors import ConfigError
from wellheard.sources.base import Source


def registry() -> dict[str, Source]:
    """All connectors by name, in alphabetical order."""
    found: dict[str, Source] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        source = _source_in(name)
        if source is not None:
            found[source.name] = source
    return found


def get(kind: str) -> Source:
    """The connector of that name. Raises ConfigError listing those there are."""
    if kind in {module.name for module in pkgutil.iter_modules(__path__)}:
        source = _source_in(kind)
        if source is not None:
            return source
    raise ConfigError(f"there is no connector {kind!r}; known: {', '.join(registry())}")


def _source_in(module: str) -> Source | None:
    source = getattr(import_module(f"{__name__}.{module}"), "SOURCE", None)
    if source is None:
        return None
    if not isinstance(source, Source) or source.name != module:
        raise TypeError(f"{__name__}.{module}.SOURCE must be a Source named {module!r}")
    return source
