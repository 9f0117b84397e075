"""What the bench of deploys makes of the calls."""

from bench.deploys import PlacedCall, summary


def test_given_calls_beside_deploys_then_the_summary_tells_what_their_callers_met() -> None:
    calls = [
        PlacedCall(0.0, 0.5, 1.0, 7.0),
        PlacedCall(20.0, 21.0, 21.5, 40.0),
        PlacedCall(31.0, 33.0, 33.5, 36.0, dropped=True),
        PlacedCall(32.0, 33.0, None, 39.0),
        PlacedCall(33.0, None, None, 53.0),
    ]
    found = summary(calls, [(15.0, 30.0)])
    assert found == {
        "calls": 5,
        "not answered": 1,
        "without a sound": 1,
        "dropped": 1,
        "lasted over a change of generations": 1,
        "ring, median, no deploy": 0.5,
        "ring, longest, no deploy": 0.5,
        "ring, median, deploys": 1.0,
        "ring, longest, deploys": 2.0,
        "a deploy, median": 15.0,
        "a deploy, longest": 15.0,
    }
    assert summary([], [])["ring, longest, deploys"] is None
