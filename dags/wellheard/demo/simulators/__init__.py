"""Vendors' APIs, simulated. Every module here that ends in `SIMULATOR = ...` is one."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from wellheard.demo.simulators.vendor import Simulator


def registry() -> dict[str, type[Simulator]]:
    """All simulators by the name of their connector, in alphabetical order."""
    found: dict[str, type[Simulator]] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        simulator = getattr(import_module(f"{__name__}.{module}"), "SIMULATOR", None)
        if simulator is not None:
            found[simulator.NAME] = simulator
    return found
