"""How many requests a vendor allows, and how time passes while they are kept."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


class Budget:
    """At most `calls` requests in any `seconds`, counted at the moment of sending."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls, self.seconds = calls, seconds
        self._sent: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self, clock: Callable[[], float]) -> float:
        """Seconds to wait before asking again; 0 when the request may go now (and is counted)."""
        with self._lock:
            now = clock()
            while self._sent and self._sent[0] <= now - self.seconds:
                self._sent.popleft()
            if len(self._sent) < self.calls:
                self._sent.append(now)
                return 0.0
            return self._sent[0] + self.seconds - now


@dataclass(frozen=True)
class Pace:
    """How time passes for clients, and the budgets they share: one per source and account."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    budgets: dict[tuple[str, ...], Budget] = field(default_factory=dict)


REAL_TIME = Pace()
