"""Which version of a template answers which caller."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.rollout import SHIPPED, Rollout, label, numbered, place_of, stand_ins, version_for

CALLERS = [f"206555{number:04d}" for number in range(2000)]
shares = st.integers(1, 99)


@given(st.text(min_size=1, max_size=20), shares, shares)
def test_given_a_caller_of_a_trial_when_its_share_grows_then_they_keep_it(caller: str, one: int, other: int) -> None:
    least, most = sorted((one, other))
    before = version_for(Rollout(1, 1, 2, least), "church", caller)
    after = version_for(Rollout(2, 1, 2, most), "church", caller)
    assert before == version_for(Rollout(1, 1, 2, least), "church", caller), "asked twice"
    assert (before, after) in {(1, 1), (1, 2), (2, 2)}


def test_given_many_callers_then_about_the_share_of_them_gets_the_trial() -> None:
    for share in (1, 5, 20, 50, 99):
        tried = sum(version_for(Rollout(1, None, 2, share), "church", each) == 2 for each in CALLERS)
        assert abs(tried / len(CALLERS) - share / 100) < 0.03, share
    same = sum(place_of("church", each) == place_of("rental", each) for each in CALLERS)
    assert same < 0.05 * len(CALLERS), "each template has testers of its own"


def test_given_no_trial_then_everybody_gets_the_stable_version_and_without_a_rollout_the_shipped_one() -> None:
    assert {version_for(Rollout(4, 3), "church", each) for each in CALLERS[:50]} == {3}
    assert {version_for(rollout, "church", "") for rollout in (None, Rollout(2, None))} == {None}


def test_given_a_version_that_cant_be_used_then_those_that_served_before_it_stand_in_the_newest_first() -> None:
    cases: list[tuple[Rollout | None, int, tuple[int, ...]]] = [
        (None, 3, ()),
        (Rollout(1, None, 3, 20), 3, ()),
        (Rollout(2, 2, 3, 20), 3, (2,)),
        (Rollout(3, 3, None, None, (None, 1, 2)), 3, (2, 1)),
        (Rollout(3, 3, None, None, (1, None, 2)), 3, (2,)),
        (Rollout(4, 2, None, None, (None, 1)), 3, (2, 1)),
        (Rollout(5, 2, 4, 10, (None, 1, 2, 1)), 4, (2, 1)),
    ]
    wrong = [case for case in cases if stand_ins(case[0], case[1]) != case[2]]
    assert wrong == []


def test_given_a_version_when_it_is_recorded_then_the_same_one_is_read() -> None:
    assert [numbered(label(each)) for each in (None, 1, 12)] == [None, 1, 12]
    assert [numbered(each) for each in (None, SHIPPED, "", "v2", "-1", "1.5")] == [None] * 6
