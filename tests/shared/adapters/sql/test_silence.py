"""A database that was silent a moment ago is not waited for again by the same process, and is soon asked anew."""

import asyncio
from typing import Any

import pytest

from shared.adapters.sql import silence
from shared.adapters.sql.silence import ImpatientDatabase, ObservedDatabase
from shared.errors import StoreError, StoreUnavailable


class Server:
    def __init__(self) -> None:
        self.calls = 0
        self.fails_by: Exception | None = None
        self.hangs = False

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        self.calls += 1
        if self.hangs:
            await asyncio.sleep(0.02)
            if self.fails_by is None:
                await asyncio.Event().wait()
        if self.fails_by is not None:
            raise self.fails_by
        return {}


@pytest.mark.parametrize("how", ["its own bound", "given up", "given up early", "refused", "no connection"])
async def test_given_a_silent_database_then_impatient_ones_are_refused_at_once_until_it_answers(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "LONG_SECONDS", 0.0 if how != "given up early" else 60.0)
    server = Server()
    observed = ObservedDatabase(server)
    impatient = ImpatientDatabase(observed)
    await impatient.call("note_event_v1", {})
    server.hangs = how in ("its own bound", "given up", "given up early")
    server.fails_by = {
        "its own bound": StoreUnavailable("no answer within 2.5 s", "timeout"),
        "refused": StoreError("no", "23514"),
        "no connection": StoreUnavailable("nobody listens", "08001"),
    }.get(how)
    with pytest.raises((StoreError, TimeoutError)):
        async with asyncio.timeout(0.03):
            await observed.call("listing_v1", {})
    server.hangs, server.fails_by, calls = False, None, server.calls
    if how not in ("its own bound", "given up"):
        await impatient.call("note_event_v1", {})
        return
    with pytest.raises(StoreUnavailable):
        await impatient.call("note_event_v1", {})
    assert server.calls == calls
    await observed.call("note_event_v1", {})
    await impatient.call("note_event_v1", {})
