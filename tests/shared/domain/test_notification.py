"""Which messages are due about an alert: each rule by what follows from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.notification import (
    COOL_DOWN,
    MOST_REPEATS,
    REPEAT,
    AlertState,
    Channel,
    Due,
    Earlier,
    Kind,
    Message,
    due,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ALL: tuple[Channel, ...] = ("sms", "mail", "chat")
PAGE = AlertState("a", "redis_lost", "page", "Redis is lost", 1, NOON)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def sent(channel: Channel, at: float = 0, kind: Kind = "opened", round_: int = 0, **more: Any) -> Message:
    when = minutes(at)
    return Message(channel, kind, round_, **{"raised": 1, "tried_at": when, "next_at": when, "sent_at": when} | more)


EVERYBODY = tuple(sent(channel) for channel in ALL)


def wanted(alert: AlertState, at: float = 0, *, wakes: bool = True, channels: tuple[Channel, ...] = ALL) -> list[str]:
    return [f"{each.channel} {each.kind} {each.round}" for each in due(alert, channels, minutes(at), wakes=wakes)]


@pytest.mark.requirement("DU-77", part="the repeats and the silence; there is no `pickup status` yet")
@pytest.mark.requirement("DU-73", part="missed calls; there is no daily synthetic call yet")
@pytest.mark.requirement("DU-72", part="of every alert; there is no canary yet")
@pytest.mark.requirement("DU-71", part="by text message, mail and chat; nobody is rung")
@pytest.mark.requirement("DU-74", "DU-75", "DU-86")
def test_given_an_alert_then_the_messages_that_are_due_about_it_are_these() -> None:
    everywhere = [f"{channel} opened 0" for channel in ALL]
    again = [f"{channel} again 1" for channel in ALL]
    notice = replace(PAGE, severity="notice")
    closed = replace(PAGE, messages=EVERYBODY, closed_at=minutes(3))
    flapping = replace(PAGE, first_at=minutes(5), earlier=Earlier(NOON, ""))
    missed = replace(PAGE, key="missed_call", messages=EVERYBODY)
    table: list[tuple[str, AlertState, float, list[str]]] = [
        ("a new page goes all ways", PAGE, 0, everywhere),
        ("and wakes nobody twice", replace(PAGE, messages=EVERYBODY), 14, []),
        ("but again where nobody took it on", replace(PAGE, messages=EVERYBODY), 15, again),
        ("not where somebody did", replace(PAGE, messages=EVERYBODY, acked_at=minutes(9)), 60, []),
        ("nor while it is silenced", replace(PAGE, messages=EVERYBODY, silenced_until=minutes(60)), 59, []),
        ("a silence ends", replace(PAGE, messages=EVERYBODY, silenced_until=minutes(60)), 60, again),
        ("a notice wakes nobody", notice, 0, ["mail opened 0", "chat opened 0"]),
        ("and isn't repeated", replace(notice, messages=EVERYBODY[1:]), 300, []),
        ("one that became a page wakes", replace(PAGE, messages=EVERYBODY[1:]), 1, ["sms opened 0"]),
        ("a recovery is a notice", closed, 3, ["mail closed 0", "chat closed 0"]),
        ("once", replace(closed, messages=(*EVERYBODY, sent("mail", 3, "closed"), sent("chat", 3, "closed"))), 4, []),
        ("nobody hears of the end of what nobody was told of", replace(closed, messages=()), 3, []),
        ("what comes and goes is held back", flapping, 29, []),
        ("for half an hour", flapping, 30, everywhere),
        ("a new cause isn't held back", replace(flapping, cause="timeout"), 6, everywhere),
        ("missed calls are gathered", replace(missed, raised=4), 10, again),
        ("where there are more", missed, 10, []),
        ("a try that failed waits", replace(PAGE, messages=(sent("sms", sent_at=None, next_at=minutes(2)),)), 1,
         ["mail opened 0", "chat opened 0"]),
        ("and is made again", replace(PAGE, messages=(*EVERYBODY[1:], sent("sms", sent_at=None))), 2, ["sms opened 0"]),
        ("until it was given up", replace(PAGE, messages=(*EVERYBODY[1:], sent("sms", sent_at=None, given_up_at=NOON))),
         2, []),
    ]  # fmt: skip
    assert [(name, found) for name, alert, at, right in table if (found := wanted(alert, at)) != right] == []
    assert wanted(PAGE, wakes=False) == ["mail opened 0", "chat opened 0"], "a preview wakes nobody"
    assert wanted(PAGE, channels=("chat",)) == ["chat opened 0"]


def test_given_a_page_that_nobody_takes_on_then_it_is_repeated_so_often_and_no_more() -> None:
    alert, at, rounds = PAGE, NOON, list[int]()
    for _ in range(200):
        for each in due(alert, ALL, at, wakes=True):
            rounds += [each.round] if each.channel == "sms" else []
            message = Message(each.channel, each.kind, each.round, 1, at, at, sent_at=at)
            alert = replace(alert, messages=(*alert.messages, message))
        at += timedelta(minutes=1)
    assert rounds == list(range(MOST_REPEATS + 1))


ALERTS = st.builds(
    AlertState,
    alert_id=st.just("a"),
    key=st.sampled_from(["redis_lost", "missed_call", "crisis:1"]),
    severity=st.sampled_from(["page", "notice"]),
    title=st.just("t"),
    raised=st.integers(1, 9),
    first_at=st.just(NOON),
    closed_at=st.one_of(st.none(), st.just(minutes(20))),
    acked_at=st.one_of(st.none(), st.just(minutes(10))),
    silenced_until=st.one_of(st.none(), st.just(minutes(40))),
    messages=st.lists(
        st.builds(
            sent,
            st.sampled_from(ALL),
            st.integers(0, 60),
            st.sampled_from(["opened", "again", "closed"]),
            st.integers(0, 3),
            sent_at=st.one_of(st.none(), st.just(minutes(1))),
        ),
        max_size=5,
        unique_by=lambda each: (each.channel, each.kind, each.round),
    ).map(tuple),
    earlier=st.one_of(st.none(), st.builds(Earlier, st.just(minutes(-10)), st.just(""))),
)


@given(ALERTS, st.integers(0, 100), st.booleans())
def test_given_any_alert_then_nothing_is_sent_twice_and_nobody_is_woken_who_shouldnt_be(
    alert: AlertState, at: int, wakes: bool
) -> None:
    found = due(alert, ALL, minutes(at), wakes=wakes)
    over = {Due(each.channel, each.kind, each.round) for each in alert.messages if each.is_over}
    assert len(set(found)) == len(found) and not over & set(found)
    new = [each for each in found if each not in {Due(m.channel, m.kind, m.round) for m in alert.messages}]
    if not wakes or alert.severity != "page" or alert.closed_at is not None:
        assert all(each.channel != "sms" for each in new)
    if alert.silenced_until is not None and minutes(at) < alert.silenced_until and alert.closed_at is None:
        assert new == []
    assert COOL_DOWN > REPEAT
