"""The App Store connector against an App Store Connect that keeps to its documented behaviour."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError
from simulated_vendor import DAY, FIRST, HOUR, NOW, WINDOW, simulated

from wellheard.demo.simulators.app_store import APP
from wellheard.demo.simulators.faults import Fault
from wellheard.errors import AccessDenied, ConfigError, SourceError
from wellheard.periods import Window
from wellheard.sources.app_store import Options

OTHER = "6446901003"


def a_pem(key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_every_review_of_every_app_is_read_under_its_apps_id() -> None:
    with simulated("app_store", page_size=3) as vendor:
        held = vendor.fill("reviews", 8)
        row = vendor.api.made_up("reviews", 99, FIRST)
        vendor.api.add("reviews", {**row, "app": OTHER})
        pages = list(vendor.pages("reviews"))
    found = [record.id for page in pages for record in page.records]
    assert set(found) == {*held, f"{OTHER}/{row['id']}"}
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


def test_without_the_option_every_app_the_key_sees_is_read() -> None:
    with simulated("app_store", page_size=1) as vendor:
        held = vendor.fill("reviews", 1)
        row = vendor.api.made_up("reviews", 2, FIRST)
        vendor.api.add("reviews", {**row, "app": OTHER})
        assert set(vendor.ids("reviews", apps=None)) == {*held, f"{OTHER}/{row['id']}"}
        assert len(vendor.calls("/v1/apps")) == 2


def test_reading_stops_past_the_windows_start_less_the_overlap() -> None:
    """Thirty days are read again: an edit of a review leaves no trace in its only time."""
    with simulated("app_store", page_size=5) as vendor:
        start = WINDOW.start - 60 * DAY
        for number in range(60):
            vendor.api.put("reviews", number + 1, start + number * DAY)
        records = vendor.records("reviews")
        calls = len(vendor.calls("/customerReviews"))
    oldest = min(record.changed_at for record in records)
    assert WINDOW.start - 36 * DAY < oldest <= WINDOW.start - 30 * DAY
    assert calls <= 9


def test_rows_out_of_order_take_away_the_trust_in_their_clock() -> None:
    with simulated("app_store", page_size=3) as vendor:
        held = vendor.fill("reviews", 7)

        def first_is_ancient(content):
            rows = content.get("data", [])
            if rows and rows[0]["id"].endswith("7"):
                rows[-1]["attributes"]["createdDate"] = "2020-01-01T00:00:00+00:00"
                rows.reverse()
            return content

        vendor.api.app.rewrite = first_is_ancient
        assert set(vendor.ids("reviews")) == set(held)


def test_reviews_later_than_the_window_are_left_to_later_windows() -> None:
    with simulated("app_store", page_size=2) as vendor:
        vendor.fill("reviews", 2)
        late = {vendor.api.put("reviews", n, WINDOW.end + n * HOUR) for n in range(11, 21)}
        found = set(vendor.ids("reviews"))
    assert len(found) == 2
    assert not found & late


def test_a_review_removed_while_the_list_is_read_moves_no_other_out_of_sight() -> None:
    """Apple's cursor is a place in the list: the list that became shorter is read again."""
    with simulated("app_store", page_size=3) as vendor:
        held = vendor.fill("reviews", 9)
        vendor.api.app.before[2] = lambda: vendor.api.remove("reviews", 9)  # the newest, read
        counts = Counter(vendor.ids("reviews"))
    assert set(counts) == set(held)


def test_reviews_that_go_on_being_removed_fail_the_window() -> None:
    with simulated("app_store", page_size=3) as vendor:
        vendor.fill("reviews", 20)

        def fewer(content):
            fewer.total -= 1
            content["meta"]["paging"]["total"] = fewer.total
            return content

        fewer.total = 1000
        vendor.api.app.rewrite = fewer
        with pytest.raises(SourceError, match="removed during each of 6 readings"):
            vendor.ids("reviews")


def test_a_review_written_or_edited_behind_the_readers_back_is_found_at_the_top() -> None:
    with simulated("app_store", page_size=3) as vendor:
        held = vendor.fill("reviews", 9)
        edited = FIRST + 15 * HOUR
        vendor.api.app.before[2] = lambda: vendor.api.put("reviews", 1, edited)
        records = vendor.records("reviews")
    assert {record.id for record in records} == set(held)
    newest = max(r.changed_at for r in records if r.id.endswith("-000000000001"))
    assert newest == edited


def test_one_answer_is_not_asked_for_twice() -> None:
    with simulated("app_store") as vendor:
        vendor.fill("reviews", 9)
        vendor.ids("reviews")
        assert len(vendor.api.app.calls) == 1


def test_a_missing_links_object_is_not_taken_for_the_end() -> None:
    with simulated("app_store", page_size=3) as vendor:
        vendor.fill("reviews", 9)
        vendor.api.app.rewrite = lambda c: {k: v for k, v in c.items() if k != "links"}
        with pytest.raises(SourceError, match="links"):
            vendor.ids("reviews")


def test_a_token_that_has_expired_is_signed_again() -> None:
    with simulated("app_store", page_size=3) as vendor:
        held = vendor.fill("reviews", 9)
        pages = vendor.pages("reviews")
        found = {record.id for record in next(pages).records}
        vendor.clock.sleep(21 * 60)
        found |= {record.id for page in pages for record in page.records}
    assert found == set(held)


def test_a_key_apple_does_not_know_is_final_and_never_shown() -> None:
    other = a_pem(ec.generate_private_key(ec.SECP256R1()))
    with simulated("app_store") as vendor:
        with pytest.raises(AccessDenied, match="connection 'app_store'") as caught:
            vendor.ids("reviews", connection=vendor.changed(password=other))
        assert len(vendor.api.app.calls) == 2
    assert "PRIVATE" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"login": ""}, "has no login"),
        ({"extra": {"key_id": ""}}, "has no key_id in its extra"),
        ({"password": "abc"}, "has no private key"),
        (
            {"password": a_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))},
            r"gives an elliptic-curve \(P-256\) key",
        ),
        (
            {"password": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"},
            "cannot be used",
        ),
    ],
)
def test_a_connection_that_lacks_a_part_says_which(changes, says) -> None:
    with simulated("app_store") as vendor:
        with pytest.raises(ConfigError, match=says) as caught:
            vendor.ids("reviews", connection=vendor.changed(**changes))
        assert vendor.api.app.calls == []
    assert "c2VjcmV0" not in str(caught.value)


def test_a_key_whose_line_ends_are_written_out_works() -> None:
    with simulated("app_store") as vendor:
        held = vendor.fill("reviews", 1)
        flat = vendor.connection.password.replace("\n", "\\n")
        assert vendor.ids("reviews", connection=vendor.changed(password=flat)) == held


def test_an_app_nobody_knows_is_an_error_that_quotes_apple() -> None:
    with simulated("app_store") as vendor, pytest.raises(SourceError, match="no resource of type"):
        vendor.ids("reviews", apps=["1234567890"])


def test_app_ids_may_be_written_as_numbers_and_nothing_else() -> None:
    assert Options.model_validate({"apps": [6446901002]}).apps == [APP]
    for wrong in ("../../v1/users", "com.example.app", "", "1/2"):
        with pytest.raises(ValidationError):
            Options(apps=[wrong])


def test_times_with_an_offset_are_landed_in_utc() -> None:
    with simulated("app_store") as vendor:
        row = vendor.api.made_up("reviews", 1, FIRST)
        row["attributes"]["createdDate"] = "2026-10-28T23:30:00-07:00"
        vendor.api.add("reviews", row)
        [record] = vendor.records("reviews")
    assert record.changed_at == datetime(2026, 10, 29, 6, 30, tzinfo=UTC)


def test_an_hour_used_up_is_waited_for_no_longer_than_patience() -> None:
    with simulated("app_store") as vendor:
        vendor.fill("reviews", 1)
        vendor.api.app.inject(Fault("rate_limited", 2, retry_after="30"))
        window = Window(NOW - DAY, NOW - timedelta(hours=2))
        assert vendor.ids("reviews", window) == [f"{APP}/00000039-8b7b-5d20-3a8c-000000000001"]
        assert 60 <= sum(vendor.clock.slept) < 70
