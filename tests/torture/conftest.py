"""Every test here runs for every windowed stream of every simulated vendor it applies to."""

from __future__ import annotations

import pytest
from torture_world import CASES, Stage, on_stage, reason_against, streams

from wellheard.demo.simulators.serving import serve


def pytest_configure(config):
    config.addinivalue_line("markers", "case(name): which case of the torture kit a test is")


def pytest_generate_tests(metafunc):
    if "world" not in metafunc.fixturenames:
        return
    case = metafunc.definition.get_closest_marker("case").args[0]
    assert case in CASES, case
    found = [pair for pair in streams() if reason_against(*pair, case) is None]
    metafunc.parametrize("world", found, indirect=True, ids=["-".join(pair) for pair in found])


@pytest.fixture(scope="session")
def stage():
    """Starting a server takes longer than most tests here; all that it serves is a test's own."""
    made = Stage()
    with serve(made) as url:
        yield made, url


@pytest.fixture
def world(request, tmp_path, stage):
    return on_stage(*stage, *request.param, tmp_path)
