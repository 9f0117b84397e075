"""Times that an event claims: one that can't be is refused, before durations are computed of it."""

from datetime import datetime, timedelta

from shared.errors import InputError

OLDEST, AHEAD = timedelta(days=30), timedelta(days=1)
"""How far an event's times may lie before and after ours."""
LONGEST = timedelta(days=2)
"""Of a leg or a recording: a call ends after four hours."""
ROUNDING = timedelta(minutes=1)
"""An end may lie before its start: some times are whole seconds, and two clocks may have made them."""


def refuse_absurd(now: datetime, *times: datetime | None) -> None:
    """Raises `InputError` for a time that is far from `now`."""
    for time in times:
        if time is not None and not now - OLDEST <= time <= now + AHEAD:
            raise InputError(f"a time that can't be: {time.isoformat()}")


def refuse_absurd_duration(began: datetime | None, ended: datetime | None) -> None:
    """Raises `InputError` for an end that is before its start, or days after it."""
    if began is not None and ended is not None and not -ROUNDING <= ended - began <= LONGEST:
        raise InputError(f"a duration that can't be: {(ended - began).total_seconds():.0f} s")
