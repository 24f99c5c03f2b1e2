"""Streams without a change clock (surveys, forms, agents): read whole each time, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_torture_transport import FAULTS
from torture_world import NOW, Stage, TortureWorld, on_stage

from wellheard import sources
from wellheard.demo import simulators


def definitions() -> list[tuple[str, str]]:
    found = []
    for name, vendor in simulators.registry().items():
        source = sources.get(name)
        options = source.options.model_validate(vendor(NOW).options())
        streams = [stream.name for stream in source.streams(options)]
        found += [(name, stream) for stream in streams if stream not in vendor.CLOCKS]
    return found


@pytest.fixture(params=definitions(), ids="-".join)
def filled(
    request: pytest.FixtureRequest, stage: tuple[Stage, str], tmp_path: Path
) -> TortureWorld:
    """What the stream holds once the vendor has records in all the others."""
    name, stream = request.param
    world = on_stage(*stage, name, stream, tmp_path)
    for other in world.simulator.CLOCKS:
        for number in (1, 2, 3):
            moment = NOW.replace(day=1, hour=number)
            world.simulator.put(other, number, moment)
    return world


def test_what_goes_wrong_with_definitions_is_got_over_or_told(
    filled: TortureWorld, subtests: pytest.Subtests
) -> None:
    whole = filled.land()
    assert whole.sent == whole.landed == len(filled.rows(whole))
    ids = {row["record_id"] for row in filled.rows(whole)}
    needed = len(filled.app.calls)
    for name, fault in FAULTS.items():
        with subtests.test(f"{name}, once at every request"):
            filled.app.inject(replace(fault), *(replace(fault, skip=1) for _ in range(4 * needed)))
            again = filled.land()
            assert {row["record_id"] for row in filled.rows(again)} == ids
        filled.app.faults.clear()
        with subtests.test(f"{name}, for good"):
            filled.app.inject(replace(fault, skip=needed - 1, times=1000))
            filled.fails()
        filled.app.faults.clear()
