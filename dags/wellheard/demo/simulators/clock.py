"""Time that passes only when somebody sleeps, so that waiting costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from wellheard.budgets import Pace


@dataclass
class SimulatedClock:
    """Seconds since it was made; `slept` holds every sleep. Hand `pace()` to a connector."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self) -> Pace:
        """A pace without chance: jitter is always the middle."""
        return Pace(sleep=self.sleep, clock=self.read, jitter=lambda: 0.5)
