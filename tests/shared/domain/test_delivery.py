"""Deliveries: what follows from each answer of a receiver, and how long it is tried."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.delivery import Answer, Delivery, Disable, Done, GiveUp, RetryAt, judge

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
FIRST = Delivery("e", 1, 0, NOON, "t", "c", "https://shop.example", ("whsec_x",), {})


def test_given_an_answer_then_it_is_taken_retried_or_the_receiver_is_gone() -> None:
    table = {
        200: Done(),
        204: Done(),
        302: RetryAt(NOON + timedelta(seconds=10), holds_line=True),
        400: RetryAt(NOON + timedelta(seconds=10), holds_line=False),
        401: RetryAt(NOON + timedelta(seconds=10), holds_line=False),
        404: RetryAt(NOON + timedelta(seconds=10), holds_line=False),
        408: RetryAt(NOON + timedelta(seconds=10), holds_line=True),
        410: Disable(),
        429: RetryAt(NOON + timedelta(seconds=10), holds_line=True),
        500: RetryAt(NOON + timedelta(seconds=10), holds_line=True),
        503: RetryAt(NOON + timedelta(seconds=10), holds_line=True),
        None: RetryAt(NOON + timedelta(seconds=10), holds_line=True),
    }
    found = {status: judge(FIRST, Answer(status), NOON) for status in table}
    assert found == table


def test_given_a_receiver_that_is_away_then_it_is_tried_ever_less_often_and_for_the_last_time_after_a_day() -> None:
    tries, now = [NOON], NOON
    while True:
        verdict = judge(replace(FIRST, failures=len(tries) - 1), Answer(None), now)
        if not isinstance(verdict, RetryAt):
            break
        now = verdict.at
        tries.append(now)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert verdict == GiveUp()
    assert tries[-1] - NOON == timedelta(hours=24)
    assert pauses[:-1] == sorted(pauses[:-1]) and pauses[0] == timedelta(seconds=10)
    assert 15 <= len(tries) <= 20


def test_given_an_old_event_that_was_never_tried_then_one_try_is_its_last() -> None:
    late = NOON + timedelta(days=2)
    assert judge(FIRST, Answer(500), late) == GiveUp()
    assert judge(FIRST, Answer(410), late) == Disable()
    assert judge(FIRST, Answer(200), late) == Done()
