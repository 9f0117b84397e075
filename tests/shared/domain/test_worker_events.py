"""How often the same error of a worker becomes an event."""

import pytest

from shared.domain.worker_events import RepeatedErrors, WorkerError


def error(message: str = "gone", call_id: str | None = None) -> WorkerError:
    return WorkerError("store_unavailable", message, "heartbeat", call_id)


@pytest.mark.requirement("DU-16", part="the count; masking is proven with the worker's own events")
def test_given_the_same_error_again_and_again_then_it_comes_out_once_a_minute_with_its_count() -> None:
    errors = RepeatedErrors()
    errors.add(error())
    assert errors.due(100.0) == [error()]
    for _ in range(7):
        errors.add(error(call_id="call-7"))
    errors.add(error("another"))
    assert [each.message for each in errors.due(159.9)] == ["another"]
    (repeated,) = errors.due(160.0)
    assert (repeated.count, repeated.call_id) == (7, "call-7")
    assert errors.due(500.0) == [], "nothing came since"
    errors.add(error())
    errors.add(error())
    assert [each.count for each in errors.rest()] == [2]
    assert errors.rest() == []
