"""The circuit of a provider's model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.circuit import CLOSED, FORGOTTEN_SECONDS, REST_SECONDS, Circuit


@pytest.mark.requirement("OP-93", part="when a circuit opens and is probed")
def test_given_failures_in_a_row_then_it_opens_rests_longer_each_time_and_is_probed_once_a_rest() -> None:
    once = CLOSED.failed(100.0)
    assert once.state(100.0) == "closed", "one failure is a stumble"
    assert once.failed(100.0 + FORGOTTEN_SECONDS + 1).state(161.0) == "closed", "the earlier one is forgotten"
    circuit, now = once.failed(101.0), 101.0
    for rest in (*REST_SECONDS, REST_SECONDS[-1]):
        assert circuit.state(now) == "open" and circuit.state(now + rest - 0.1) == "open"
        assert circuit.failed(now + rest / 2) == circuit, "a request that was under way changes nothing"
        now += rest
        assert circuit.state(now) == "half_open"
        circuit = circuit.failed(now)
    assert CLOSED.state(now) == "closed"


@given(st.lists(st.floats(0, 200), max_size=40))
def test_whenever_it_fails_then_a_probe_is_due_within_the_longest_rest(pauses: list[float]) -> None:
    circuit, now = Circuit(), 1000.0
    for pause in pauses:
        now += pause
        circuit = circuit.failed(now)
        assert circuit.state(now) in ("closed", "open")
        assert circuit.state(now + REST_SECONDS[-1]) != "open"
