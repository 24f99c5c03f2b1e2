"""Whatever a vendor does wrong: a clear message, and never half a window in the lake."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import vendors
from vendors import LASTING_FAULTS, PASSING_FAULTS, Vendor

from wellheard.connections import Connection
from wellheard.demo.simulators.faults import Fault
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.lake import Lake
from wellheard.sources import typeform, zendesk

STREAMS = [(zendesk, "tickets"), (zendesk, "ticket_events"), (typeform, "responses")]
BOTH = [(zendesk, "tickets"), (typeform, "responses")]


def _serving(module):
    moments = vendors.hourly(7)
    world = vendors.desk(moments) if module is zendesk else vendors.surveys(A=moments)
    return vendors.serving(module, world)


@pytest.fixture(params=STREAMS, ids=lambda p: f"{p[0].SOURCE.name}-{p[1]}")
def case(request):
    """A vendor with seven records on pages of three, and the stream to read."""
    module, stream = request.param
    with _serving(module) as vendor:
        vendor.api.page_size = 3
        yield vendor, stream


@pytest.mark.parametrize("name", LASTING_FAULTS)
def test_a_lasting_fault_on_page_two_fails_the_window_and_shows_nothing_of_it(
    case: tuple[Vendor, str], name: str, tmp_path: Path
) -> None:
    vendor, stream = case
    fault, said = LASTING_FAULTS[name]
    # Typeform is asked for its forms first, so its second page is the third answer.
    good = 1 if vendor.module is zendesk else 2
    vendor.api.app.inject(
        Fault(fault.kind, 99, good, retry_after=fault.retry_after, seconds=fault.seconds)
    )
    lake = Lake(str(tmp_path / "lake"))

    with pytest.raises(SourceError) as caught:
        vendor.land(lake, stream, connection=vendors.in_a_hurry(vendor))

    source = vendor.module.SOURCE.name
    place = f"{source}/{stream} [2026-10-01T00:00:00Z .. 2026-11-01T00:00:00Z) page 2: "
    assert str(caught.value).startswith(place)
    assert said in str(caught.value)
    assert "Nothing of this window is kept" in str(caught.value)
    assert vendor.connection.password not in str(caught.value) + "".join(vendor.said)
    assert lake.manifests() == []
    assert vendors.everything_below(tmp_path) == {}


@pytest.mark.parametrize("name", PASSING_FAULTS)
def test_a_fault_that_passes_costs_two_waits_and_no_record(
    case: tuple[Vendor, str], name: str, tmp_path: Path
) -> None:
    vendor, stream = case
    fault = PASSING_FAULTS[name]
    vendor.api.app.inject(
        Fault(fault.kind, 2, 2, retry_after=fault.retry_after, seconds=fault.seconds)
    )

    manifest = vendor.land(Lake(str(tmp_path)), stream, connection=vendors.in_a_hurry(vendor))

    assert manifest.distinct == 7
    assert manifest.sent == manifest.landed
    waits = [wait for wait in vendor.clock.slept if wait >= 0.6]  # the rest keeps the budget
    if fault.retry_after:
        assert waits == [7.5, 7.5]  # as asked for, and half a second of jitter
    else:
        assert waits == [0.75, 1.5]  # growing
    assert sum("trying again in" in line for line in vendor.said) == 2


def test_a_window_landed_before_stays_as_it_was_when_reading_it_again_fails(
    case: tuple[Vendor, str], tmp_path: Path
) -> None:
    vendor, stream = case
    lake = Lake(str(tmp_path))
    vendor.land(lake, stream)
    before = vendors.everything_below(tmp_path)
    vendor.api.app.inject(Fault("html", 99, skip=2))

    with pytest.raises(SourceError):
        vendor.land(lake, stream)

    assert vendors.everything_below(tmp_path) == before
    assert [manifest.distinct for manifest in lake.manifests()] == [7]


@pytest.mark.parametrize(("module", "stream"), BOTH)
def test_a_wrong_token_is_refused_at_once_and_the_message_names_the_connection(
    module, stream: str, tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path))
    with _serving(module) as vendor:
        wrong = vendors.account(module, vendor.url, id="crm", password="s3cret-wrong-token")
        with pytest.raises(AccessDenied) as caught:
            vendor.land(lake, stream, connection=wrong)

        assert len(vendor.api.app.calls) == 1
        assert vendor.clock.slept == []
    assert "connection 'crm'" in str(caught.value)
    assert f"{module.SOURCE.name}/{stream} [2026-10-01" in str(caught.value)
    assert "s3cret-wrong-token" not in str(caught.value)
    assert lake.manifests() == []


@pytest.mark.parametrize(("module", "stream"), BOTH)
def test_a_missing_token_is_named_before_the_vendor_is_asked(module, stream: str) -> None:
    with _serving(module) as vendor:
        missing = vendors.account(module, vendor.url, password="")
        with pytest.raises(ConfigError, match=r"has no password: put .* API token there") as caught:
            vendor.ids(stream, connection=missing)
        assert vendor.api.app.calls == []
    assert f"AIRFLOW_CONN_{module.SOURCE.name.upper()}" in str(caught.value)


def test_zendesk_without_a_host_is_told_where_to_write_it() -> None:
    with (
        _serving(zendesk) as vendor,
        pytest.raises(ConfigError, match=r"connection 'zendesk' has no host: put Zendesk's addr"),
    ):
        vendor.ids("tickets", connection=Connection("zendesk", login="a@b.example", password="x"))


@pytest.mark.parametrize(("module", "stream"), BOTH)
def test_a_vendor_that_is_down_is_tried_again_and_then_named_with_its_address(
    module, stream: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    lake = Lake(str(tmp_path))
    with _serving(module) as vendor, pytest.raises(SourceError) as caught:
        vendor.land(lake, stream, connection=vendors.account(module, nobody))

    assert f"nothing answers at {nobody}" in str(caught.value)
    assert "check the host of connection" in str(caught.value)
    assert len([wait for wait in vendor.clock.slept if wait >= 0.6]) == 5
    assert lake.manifests() == []


@pytest.mark.parametrize(("module", "stream"), BOTH)
def test_a_spent_daily_quota_defers_the_window_to_the_moment_the_vendor_names(
    module, stream: str
) -> None:
    with _serving(module) as vendor:
        vendor.api.app.inject(Fault("rate_limited", 1, retry_after="86400"))
        with pytest.raises(QuotaSpent, match="asks to wait 86,400 s") as caught:
            vendor.ids(stream)
        assert vendor.clock.slept == []
    assert (caught.value.resume_at - vendors.NOW).total_seconds() == 86_400
    assert "run again after 2026-11-03T08:00:00Z" in str(caught.value)


@pytest.mark.parametrize(("module", "stream"), BOTH)
def test_the_vendors_quota_is_never_overrun_when_the_connection_knows_it(
    module, stream: str
) -> None:
    moments = vendors.hourly(25)
    world = vendors.desk(moments) if module is zendesk else vendors.surveys(A=moments)
    with vendors.serving(module, world, requests_per_minute=4) as vendor:
        vendor.api.page_size = 3
        plan = vendors.account(module, vendor.url, extra={"requests_per_minute": 4})
        assert len(set(vendor.ids(stream, connection=plan))) == 25
        calls = len(vendor.api.app.calls)
        # Only whole minutes were waited, no answer was a refusal.
        assert vendor.clock.now == pytest.approx(60.0 * ((calls - 1) // 4))
    assert not any("429" in line for line in vendor.said)


@pytest.mark.parametrize(("module", "stream"), BOTH)
def test_a_quota_smaller_than_assumed_is_waited_out(module, stream: str) -> None:
    moments = vendors.hourly(25)
    world = vendors.desk(moments) if module is zendesk else vendors.surveys(A=moments)
    with vendors.serving(module, world, requests_per_minute=4) as vendor:
        vendor.api.page_size = 3
        assert len(set(vendor.ids(stream))) == 25
    assert any("429 (too many requests)" in line for line in vendor.said)
