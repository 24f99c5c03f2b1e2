"""Time that passes only when somebody sleeps, so that waiting costs nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from wellheard import stopping
from wellheard.budgets import Pace


@dataclass
class SimulatedClock:
    """Seconds since it was made; `slept` holds every sleep. Hand `pace()` to a connector."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        stopping.check()
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds

    def pace(self) -> Pace:
        """A pace without chance: jitter is always the middle."""
        return Pace(sleep=self.sleep, clock=self.read, jitter=lambda: 0.5, wall=self.read)
