"""The Google Play connector against a Google Play that keeps to its documented behaviour."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError
from simulated_vendor import DAY, FIRST, HOUR, NOW, simulated

from wellheard.demo.simulators import google_play as api
from wellheard.demo.simulators.google_play import PACKAGE
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.periods import Window
from wellheard.sources.google_play import Options

KIDS = "com.example.larkfield.kids"
LATELY = Window(NOW - 2 * DAY, NOW - HOUR)


def test_every_review_still_shown_is_read_to_the_end_under_its_package() -> None:
    """The API cannot be asked for it again next week, so the window's edges cut nothing off."""
    with simulated("google_play", page_size=3) as vendor:
        held = vendor.fill("reviews", 8)
        held.append(vendor.api.put("reviews", 20, NOW - 6 * DAY))
        row = vendor.api.made_up("reviews", 99, FIRST)
        vendor.api.add("reviews", {**row, "package": KIDS})
        found = vendor.ids("reviews", LATELY)
        assert next(iter(vendor.calls("/reviews"))) == {"maxResults": "100"}
    assert set(found) == {*held, f"{KIDS}/{row['reviewId']}"}


@pytest.mark.parametrize("start", [NOW - 8 * DAY, NOW - 7 * DAY - timedelta(seconds=1)])
def test_a_window_that_began_before_the_last_week_is_refused_before_anything_is_asked(
    start,
) -> None:
    """Landed, it would claim what it cannot hold, or replace what an earlier run did land."""
    with simulated("google_play") as vendor:
        vendor.fill("reviews", 2)
        with pytest.raises(
            SourceError,
            match=r"changed in the last 7 days.*history_start in wellheard\.yml to 2026-10-27.*"
            r"lost_until to 2026-10-27.*CSV",
        ):
            vendor.ids("reviews", Window(start, NOW - HOUR))
        assert vendor.api.app.calls == []


def test_a_first_load_of_the_last_week_is_read() -> None:
    with simulated("google_play") as vendor:
        held = vendor.fill("reviews", 2)
        assert set(vendor.ids("reviews", Window(NOW - 7 * DAY, NOW - HOUR))) == set(held)


def test_a_week_missed_and_said_to_be_lost_does_not_stop_the_source_for_good() -> None:
    since_then = Window(NOW - 20 * DAY, NOW - HOUR)
    with simulated("google_play") as vendor:
        held = vendor.fill("reviews", 2)
        assert set(vendor.ids("reviews", since_then, lost_until="2026-10-27")) == set(held)
        with pytest.raises(SourceError, match="lost_until to 2026-10-27"):
            vendor.ids("reviews", since_then, lost_until="2026-10-26")  # not before 08:00
        long_ago = Window(NOW - 20 * DAY, NOW - 10 * DAY)  # none of it could be had
        with pytest.raises(SourceError, match="cannot be read whole any more"):
            vendor.ids("reviews", long_ago, lost_until="2026-10-27")


def test_the_change_clock_is_the_later_of_the_users_and_the_developers_words() -> None:
    with simulated("google_play") as vendor:
        row = vendor.api.made_up("reviews", 1, FIRST)
        answered = str(int((FIRST + 3 * HOUR).timestamp()))
        row["comments"].append(
            {"developerComment": {"text": "Danke!", "lastModified": {"seconds": answered}}}
        )
        vendor.api.add("reviews", row)
        [record] = vendor.records("reviews")
    assert record.changed_at == FIRST + 3 * HOUR
    assert json.loads(record.payload) == row


def test_an_app_without_reviews_is_an_empty_window() -> None:
    with simulated("google_play") as vendor:
        assert vendor.ids("reviews") == []


def test_another_object_is_not_taken_for_an_empty_list() -> None:
    with simulated("google_play") as vendor:
        vendor.fill("reviews", 2)
        vendor.api.app.rewrite = lambda c: {"status": "ok"} if "reviews" in c else c
        with pytest.raises(SourceError, match="neither reviews nor"):
            vendor.ids("reviews")


def test_a_review_edited_behind_the_readers_back_is_found_at_the_top() -> None:
    with simulated("google_play", page_size=3) as vendor:
        held = vendor.fill("reviews", 9)
        vendor.api.app.before[3] = lambda: vendor.api.put("reviews", 1, FIRST + 15 * HOUR)
        assert set(vendor.ids("reviews")) == set(held)


def test_the_whole_key_file_may_be_the_password() -> None:
    with simulated("google_play") as vendor:
        held = vendor.fill("reviews", 1)
        as_file = vendor.changed(
            login="", password=vendor.api.key_file(vendor.url), extra={"token_uri": ""}
        )
        assert vendor.ids("reviews", connection=as_file) == held


def test_the_token_host_is_sent_the_assertion_and_nothing_else() -> None:
    with simulated("google_play") as vendor:
        seen = []
        real = vendor.api._grant

        def grant(url, grant_type, assertion):
            seen.append(assertion)
            return real(url, grant_type, assertion)

        vendor.api._grant = grant
        vendor.ids("reviews")
        key = vendor.connection.password.splitlines()[1]
    assert len(seen) == 1
    assert key not in seen[0]


def test_an_access_token_that_has_expired_is_asked_for_again() -> None:
    with simulated("google_play", page_size=3) as vendor:
        held = vendor.fill("reviews", 9)
        pages = vendor.pages("reviews")
        found = {record.id for record in next(pages).records}
        vendor.clock.sleep(3700)
        found |= {record.id for page in pages for record in page.records}
        assert found == set(held)
        assert len(vendor.calls("/token")) == 2


def test_a_token_host_without_encryption_is_refused_before_anything_is_signed() -> None:
    with simulated("google_play") as vendor:
        plain = vendor.changed(extra={"token_uri": "http://oauth2.example/token"})
        with pytest.raises(ConfigError, match="http://"):
            vendor.ids("reviews", connection=plain)


def test_a_key_google_does_not_know_is_final_and_names_the_connection() -> None:
    with simulated("google_play") as vendor, simulated("google_play") as other:
        with pytest.raises(AccessDenied, match=r"Invalid JWT Signature.*'google_play'"):
            vendor.ids("reviews", connection=vendor.changed(password=other.connection.password))
        assert [call.path for call in vendor.api.app.calls] == ["/token"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"login": ""}, "has no login"),
        ({"password": "abc"}, "has no private key"),
        ({"password": '{"client_email": '}, "is not JSON"),
        ({"password": '{"client_email": "a@b.example"}'}, "has no private key"),
    ],
)
def test_a_connection_that_lacks_a_part_says_which(changes, says) -> None:
    with simulated("google_play") as vendor, pytest.raises(ConfigError, match=says):
        vendor.ids("reviews", connection=vendor.changed(**changes))


def test_a_key_of_another_kind_is_named_and_not_shown() -> None:
    pem = (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )
    with (
        simulated("google_play") as vendor,
        pytest.raises(ConfigError, match="gives an RSA key") as caught,
    ):
        vendor.ids("reviews", connection=vendor.changed(password=pem))
    assert pem.splitlines()[1] not in str(caught.value)


def test_requests_used_up_are_no_denial_of_access() -> None:
    with simulated("google_play") as vendor:
        vendor.fill("reviews", 1)

        real = vendor.api._refused

        def refused(request):
            return real(request) or api._error(
                403, "PERMISSION_DENIED", "Quota exceeded.", "rateLimitExceeded"
            )

        vendor.api._refused = refused
        with pytest.raises(QuotaSpent, match="Quota exceeded") as caught:
            vendor.ids("reviews")
    assert caught.value.resume_at == NOW + HOUR


def test_no_packages_is_said_before_anything_is_asked() -> None:
    with simulated("google_play") as vendor:
        with pytest.raises(ConfigError, match=r"sources\.google_play\.packages"):
            vendor.ids("reviews", packages=[])
        assert vendor.api.app.calls == []


def test_an_app_nobody_knows_is_an_error_that_quotes_google() -> None:
    with simulated("google_play") as vendor, pytest.raises(SourceError, match="No application was"):
        vendor.ids("reviews", packages=["com.example.nothing"])


@pytest.mark.parametrize("name", ["larkfield", "com..x", "com.example/../x", "com.example?a=1", ""])
def test_nothing_but_a_package_name_gets_into_the_path(name: str) -> None:
    with pytest.raises(ValidationError):
        Options(packages=[name])


def test_options_as_wellheard_yml_writes_them() -> None:
    options = Options.model_validate({"packages": [PACKAGE], "lost_until": date(2026, 10, 27)})
    assert options.lost_until == date(2026, 10, 27)
