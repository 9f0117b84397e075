"""The machine's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        # not datetime.now(): a simulated call may run faster than real time, and only time.time() is scaled
        return datetime.fromtimestamp(time.time(), UTC)
