"""The clock of standard-webhooks' verifier, which refuses what is older or newer than five minutes, set to a test's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import standardwebhooks.webhooks


def set_verifier_clock(monkeypatch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    class Moved(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return now()

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Moved)
