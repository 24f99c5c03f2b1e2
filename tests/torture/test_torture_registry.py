"""No vendor gets past the torture kit: neither by having no simulator nor by excuses."""

from __future__ import annotations

import pytest
from torture_world import CASES, NOW

from wellheard import sources
from wellheard.demo import simulators

VENDORS = [name for name in sources.registry() if name != "file"]


def test_every_vendor_has_a_simulator_and_every_simulator_a_connector() -> None:
    assert sorted(simulators.registry()) == sorted(VENDORS)


@pytest.mark.parametrize("name", simulators.registry())
def test_every_stream_with_a_change_clock_is_a_stream_of_the_connector(name: str) -> None:
    simulator, source = simulators.registry()[name](NOW), sources.get(name)
    options = source.options.model_validate(simulator.options())
    known = {stream.name for stream in source.streams(options)}
    assert simulator.CLOCKS, "no stream of it would be tortured"
    assert set(simulator.CLOCKS) <= known
    # A stream without a clock is read whole at each run; any other that escapes says why.
    windowed = {stream.name for stream in source.streams(options) if stream.overlap}
    excused = {case.partition("/")[0] for case in simulator.NOT_APPLICABLE if "/every " in case}
    assert windowed - set(simulator.CLOCKS) <= excused


@pytest.mark.parametrize("name", simulators.registry())
def test_what_cannot_happen_to_a_vendor_is_a_known_case_with_a_reason(name: str) -> None:
    simulator = simulators.registry()[name]
    for case, reason in simulator.NOT_APPLICABLE.items():
        stream, _, rest = case.rpartition("/")
        assert rest in CASES
        assert not stream or stream in simulator.CLOCKS or rest == "every record"
        assert len(reason.split()) >= 4, f"{case}: {reason!r} is no reason"
    assert "every record" not in simulator.NOT_APPLICABLE
