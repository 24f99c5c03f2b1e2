"""Whatever goes wrong between the vendor and us: once, it is got over; for good, it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from torture_world import NOW, TortureWorld, in_no_hurry

from wellheard.demo.simulators.faults import Fault
from wellheard.errors import AccessDenied, QuotaSpent

FAULTS = {
    "429 with Retry-After": Fault("rate_limited", retry_after="7"),
    "429 without Retry-After": Fault("rate_limited"),
    "503 with Retry-After": Fault("unavailable", retry_after="7"),
    "500": Fault("error"),
    "reset connection": Fault("reset"),
    "connection cut in mid-body": Fault("cut"),
    "HTML with status 200": Fault("html"),
    "body cut in the middle": Fault("truncated"),
    "wrong content type": Fault("wrong_type"),
    "bytes that are not UTF-8": Fault("not_utf8"),
    "no body": Fault("empty_body"),
}
SHORT = 0.1  # seconds until a client gives an answer up, where a test is about that


@pytest.mark.case("every record")
def test_every_record_of_a_window_is_landed_as_it_was_sent(world: TortureWorld) -> None:
    world.fill()
    world.land_whole()
    assert world.newest() == {put.id: put.changed_at for put in world.held.values()}


@pytest.mark.case("passing faults")
def test_what_goes_wrong_once_at_every_single_request_does_no_harm(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    needed = world.calls_of()
    for name, fault in FAULTS.items():
        with subtests.test(name):
            before = len(world.app.calls)
            world.app.inject(replace(fault), *(replace(fault, skip=1) for _ in range(4 * needed)))
            world.land_whole()
            went_wrong = (len(world.app.calls) - before) // 2
            assert went_wrong > needed / 2  # a job asked for again may have ended meanwhile
            if fault.retry_after:
                assert sum(world.clock.slept) >= 7 * went_wrong
        world.app.faults.clear()


@pytest.mark.case("passing faults")
def test_an_answer_that_comes_too_late_is_asked_for_again(world: TortureWorld) -> None:
    world.fill()
    needed = world.calls_of()
    world.app.inject(
        Fault("slow", seconds=3 * SHORT), Fault("slow", skip=needed - 1, seconds=3 * SHORT)
    )
    world.land_whole(connection=in_no_hurry(world.connection, SHORT))
    assert len(world.app.calls) >= 2 * needed + 2


@pytest.mark.case("lasting faults")
def test_what_stays_wrong_fails_the_window_in_words_and_leaves_what_was_landed(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    needed = world.calls_of()
    for name, fault in FAULTS.items():
        with subtests.test(name):
            before = len(world.app.calls)
            world.app.inject(replace(fault, skip=needed - 1, times=1000))
            error = world.fails()
            assert "attempts" in str(error)
            assert len(world.app.calls) - before <= needed + 4 * 12, "it goes on for ever"
            assert sum(world.clock.slept) <= 900, "longer than one page may take"
        world.app.faults.clear()


@pytest.mark.case("lasting faults")
def test_a_vendor_that_never_answers_fails_the_window_in_words(world: TortureWorld) -> None:
    world.fill()
    needed = world.calls_of()
    world.app.inject(Fault("slow", 1000, skip=needed - 1, seconds=3 * SHORT))
    error = world.fails(connection=in_no_hurry(world.connection, SHORT))
    assert f"within {SHORT} s" in str(error)


@pytest.mark.case("lasting faults")
def test_a_vendor_that_asks_to_come_back_tomorrow_defers_the_window(world: TortureWorld) -> None:
    world.fill()
    needed = world.calls_of()
    world.app.inject(Fault("rate_limited", 1000, skip=needed - 1, retry_after="86400"))
    error = world.fails()
    assert isinstance(error, QuotaSpent)
    assert abs(error.resume_at - (NOW + timedelta(days=1))) < timedelta(minutes=10)


@pytest.mark.case("wrong credentials")
def test_wrong_credentials_are_final_at_once_and_name_the_connection(world: TortureWorld) -> None:
    world.fill()
    world.land_whole()
    before = len(world.app.calls)
    secret = another(world.connection.password)
    error = world.fails(connection=replace(world.connection, password=secret))
    assert isinstance(error, AccessDenied)
    assert repr(world.connection.id) in str(error)
    assert secret not in str(error)
    # A log-in may be tried a second time, where what it gave was refused.
    assert len(world.app.calls) - before <= 4
    assert not world.clock.slept


def another(secret: str) -> str:
    """A secret of the same kind that is not the right one."""
    if not secret.startswith("-----BEGIN"):
        return f"not-{secret}"
    known = serialization.load_pem_private_key(secret.encode(), None)
    made: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if isinstance(known, ec.EllipticCurvePrivateKey):
        made = ec.generate_private_key(known.curve)
    else:
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
