"""How the suite is spread over processes, and a clean environment for every test."""

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep the tests of a file in one process, where they share what they have built."""
    for item in items:
        if not any(item.iter_markers("xdist_group")):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_developer():
    """What a developer's shell says about Wellheard or Airflow is nothing to the tests."""
    for name in [n for n in os.environ if n.startswith(("WELLHEARD_", "AIRFLOW", "DBT_"))]:
        del os.environ[name]
