"""The leg of a person who is asked to take a call: what each event makes of it, in whatever order they come."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

from shared.domain.call import Disposition
from shared.domain.people import Person
from shared.domain.transfer import KEY_SECONDS, RING_SECONDS, PersonLeg, State, announcement, briefing, not_reached

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RUTH = Person("Ruth Adeyemi", "+12065550181")
OFFERED = PersonLeg("leg", RUTH, "a broken pump", NOON)
Step = Callable[[PersonLeg, datetime], PersonLeg]

RINGS: Step = PersonLeg.rings
ANSWERS: Step = PersonLeg.answered
BRIEFED: Step = PersonLeg.briefing_over
WAITED: Step = PersonLeg.waited
ONE: Step = lambda leg, at: leg.pressed("1", at)  # noqa: E731
TWO: Step = lambda leg, at: leg.pressed("2", at)  # noqa: E731
SEVEN: Step = lambda leg, at: leg.pressed("7", at)  # noqa: E731


def refused(code: int | None) -> Step:
    return lambda leg, at: leg.refused(code, at)


def after(*steps: tuple[float, Step]) -> PersonLeg:
    """The leg after these, each at so many seconds."""
    leg = OFFERED
    for seconds, step in steps:
        leg = step(leg, NOON + timedelta(seconds=seconds))
    return leg


def test_when_a_leg_takes_its_course_then_the_last_word_decides() -> None:
    answered = ((0, RINGS), (4, ANSWERS))
    briefed = (*answered, (10, BRIEFED))
    table: list[tuple[str, tuple[tuple[float, Step], ...], State, Disposition | None]] = [
        ("only offered", (), State.OFFERED, None),
        ("rings", ((0, RINGS), (19.9, WAITED)), State.RINGING, None),
        ("rings on", ((0, RINGS), (RING_SECONDS, WAITED)), State.UNANSWERED, Disposition.NO_ANSWER),
        ("busy", ((0, RINGS), (1, refused(486))), State.BUSY, Disposition.BUSY),
        ("busy everywhere", ((0, RINGS), (1, refused(600))), State.BUSY, Disposition.BUSY),
        ("refused at the telephone", ((0, RINGS), (1, refused(603))), State.DECLINED, Disposition.BUSY),
        ("switched off", ((0, RINGS), (1, refused(480))), State.UNANSWERED, Disposition.NO_ANSWER),
        ("no such number", ((0, RINGS), (1, refused(404))), State.FAILED, Disposition.FAILED),
        ("no trunk", ((0, RINGS), (1, refused(None))), State.FAILED, Disposition.FAILED),
        ("answered", answered, State.BRIEFED, Disposition.ANSWERED),
        ("takes it", (*briefed, (15, ONE)), State.TAKEN, Disposition.ANSWERED),
        ("takes it during the briefing", (*answered, (6, ONE)), State.TAKEN, Disposition.ANSWERED),
        ("takes it after another key", (*briefed, (12, SEVEN), (15, ONE)), State.TAKEN, Disposition.ANSWERED),
        ("declines", (*briefed, (15, TWO)), State.DECLINED, Disposition.ANSWERED),
        ("hangs up instead", (*briefed, (15, PersonLeg.person_left)), State.DECLINED, Disposition.ANSWERED),
        ("a long briefing", (*answered, (60, WAITED)), State.BRIEFED, Disposition.ANSWERED),
        ("a mailbox", (*briefed, (10 + KEY_SECONDS, WAITED)), State.MACHINE, Disposition.ANSWERED),
        ("a key too late", (*briefed, (10 + KEY_SECONDS, WAITED), (21, ONE)), State.MACHINE, Disposition.ANSWERED),
        ("caller gone", ((0, RINGS), (3, PersonLeg.caller_left)), State.CALLER_GONE, Disposition.ABANDONED),
        ("caller gone later", (*briefed, (11, PersonLeg.caller_left)), State.CALLER_GONE, Disposition.ANSWERED),
        ("broken", (*briefed, (11, PersonLeg.failed)), State.FAILED, Disposition.ANSWERED),
        ("not to be connected", (*briefed, (15, ONE), (16, PersonLeg.failed)), State.FAILED, Disposition.ANSWERED),
        ("answered after the end", ((0, RINGS), (20, WAITED), (21, ANSWERS)), State.UNANSWERED, Disposition.NO_ANSWER),
        ("a key out of nowhere", ((0, ONE),), State.OFFERED, None),
    ]
    got = [(name, steps, after(*steps).state, after(*steps).disposition) for name, steps, *_ in table]
    assert got == table


def test_given_a_leg_that_is_decided_when_anything_comes_then_it_stays_decided() -> None:
    late: list[Step] = [
        RINGS,
        ANSWERS,
        BRIEFED,
        WAITED,
        ONE,
        TWO,
        refused(486),
        PersonLeg.failed,
        PersonLeg.caller_left,
    ]
    decided = [
        after((0, RINGS), (1, refused(486))),
        after((0, RINGS), (20, WAITED)),
        after((0, RINGS), (4, ANSWERS), (9, TWO)),
        after((0, RINGS), (4, PersonLeg.caller_left)),
    ]
    for leg in decided:
        for first, second in permutations(late, 2):
            assert second(first(leg, NOON + timedelta(minutes=1)), NOON + timedelta(minutes=2)) == leg, leg.state


def test_when_a_call_was_taken_then_its_seconds_are_known_and_end_once() -> None:
    taken = after((0, RINGS), (4.5, ANSWERS), (10, BRIEFED), (13, ONE))
    assert (taken.answer_seconds, taken.talk_seconds, taken.connected_seconds) == (4.5, None, 0.0)
    over = taken.person_left(NOON + timedelta(seconds=73))
    assert (over.state, over.talk_seconds, over.connected_seconds) == (State.TAKEN, 60.0, 68.5)
    assert over.caller_left(NOON + timedelta(seconds=99)) == over
    missed = after((0, RINGS), (20, WAITED))
    assert (missed.answer_seconds, missed.talk_seconds, missed.connected_seconds) == (None, None, 0.0)


def test_when_nobody_took_the_call_then_the_caller_hears_why_and_is_offered_a_call_back() -> None:
    busy = after((0, RINGS), (1, refused(486)))
    assert not_reached([busy]).startswith("I'm sorry, Ruth Adeyemi's line is busy. Shall I take a message")
    endings = [
        after((0, RINGS), (4, ANSWERS), (9, TWO)),
        after((0, RINGS), (20, WAITED)),
        after((0, RINGS), (4, ANSWERS), (5, BRIEFED), (15, WAITED)),
        after((0, RINGS), (1, refused(404))),
    ]
    assert all("Ruth Adeyemi" in not_reached([leg]) and "calls you back?" in not_reached([leg]) for leg in endings)
    other = PersonLeg("l2", Person("Olaf", "204"), "a broken pump", NOON).failed(NOON)
    assert "nobody is free" in not_reached([busy, other])


def test_when_person_and_caller_are_spoken_to_then_each_hears_who_it_is_about() -> None:
    assert "Ruth Adeyemi" in announcement(RUTH)
    said = briefing("2 0 6, 5 5 5", "a broken pump.")
    assert "a broken pump. Press 1" in said and "from 2 0 6, 5 5 5" in said and "2 to decline" in said
    assert "from" not in briefing(None, "a broken pump").partition(", about")[0]
