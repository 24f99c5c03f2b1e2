"""Trying again what may pass: how often, after which wait, and when to give up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from wellheard.budgets import Pace

T = TypeVar("T")

ATTEMPTS = 6  # for a failure that may pass: network, 5xx, a body that is not the JSON promised
ATTEMPTS_RATED = 12  # for 429 and 503, where the vendor means us to come back
LONGEST_BACKOFF = 60.0  # seconds


class PassingError(Exception):
    """A failure that may pass. `wait` is what the vendor asked for, in seconds, if it did."""

    def __init__(self, problem: str, *, attempts: int = ATTEMPTS, wait: float | None = None):
        super().__init__(problem)
        self.problem, self.attempts, self.wait = problem, attempts, wait


class GivenUp(Exception):
    """`failure` did not pass in so many attempts and seconds."""

    def __init__(self, failure: PassingError, attempts: int, spent: float):
        super().__init__(failure.problem)
        self.failure, self.attempts, self.spent = failure, attempts, spent


def patiently(
    attempt: Callable[[int], T], pace: Pace, patience: float, say: Callable[[str], None]
) -> T:
    """What the first attempt gives that raises no PassingError; each is told its number, from 1.

    Never begins a wait that would end after `patience` seconds. Raises GivenUp.
    """
    began, number = pace.clock(), 0

    def numbered() -> T:
        nonlocal number
        number += 1
        return attempt(number)

    def stop(state: RetryCallState) -> bool:
        spent = pace.clock() - began
        return (
            state.attempt_number >= _failure(state).attempts
            or spent + state.upcoming_sleep > patience
        )

    def wait(state: RetryCallState) -> float:
        asked, jitter = _failure(state).wait, pace.jitter()
        # Never less than asked for; a second at least, so that `Retry-After: 0` cannot spin.
        return backoff(state.attempt_number, jitter) if asked is None else max(1.0, asked) + jitter

    def before_sleep(state: RetryCallState) -> None:
        say(
            f"{_failure(state).problem}; trying again in {state.upcoming_sleep:.0f} s "
            f"(attempt {state.attempt_number} of at most {_failure(state).attempts})"
        )

    retrying = Retrying(
        sleep=pace.sleep,
        stop=stop,
        wait=wait,
        retry=retry_if_exception_type(PassingError),
        before_sleep=before_sleep,
        reraise=True,
    )
    try:
        return retrying(numbered)
    except PassingError as failure:
        raise GivenUp(failure, number, pace.clock() - began) from None


def backoff(turn: int, jitter: float) -> float:
    """Seconds to wait before the same is asked again, the longer the higher the turn (1, 2, ...).

    `jitter` is between 0 and 1.
    """
    longest = min(LONGEST_BACKOFF, 2.0 ** (turn - 1))
    return longest / 2 + longest / 2 * jitter


def _failure(state: RetryCallState) -> PassingError:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, PassingError)  # the only exception that is retried
    return failure
