from __future__ import annotations

import pytest
from warehouse_world import Built, land_tickets, small_company

from wellheard import warehouse
from wellheard.lake import as_lake


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built from a lake behind a URL, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("company with a space")
    settings = small_company(folder).model_copy(
        update={"lake_url": f"memory://{folder.name.replace(' ', '-')}"}
    )
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_ZENDESK", '{"password": "hunter2"}')
        empty = warehouse.build(settings, progress=steps.append)
        land_tickets(settings, ["cannot log in", "it's broken"], lake=as_lake(settings))
        build = warehouse.build(settings, progress=steps.append)
    return Built(settings, empty, build, steps)
