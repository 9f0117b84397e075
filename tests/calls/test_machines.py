"""A machine calls: the agent notices, and ends the call before long."""

from typing import Any

from lab.person.scenario import Scenario
from shared.services import Services

QUEUE = Scenario(
    name="queue",
    description="The queue of another business, whose announcements go on and on.",
    voice="caller-3",
    steps=(
        {"say": "Thank you for holding. Your call is important to us, please stay on the line."},
        {"say": "All of our representatives are currently busy assisting other customers."},
        {"silence": 3},
        {"say": "Thank you for holding. Your call is important to us, please stay on the line."},
        {"silence": 30},
    ),
)


async def test_given_a_queue_that_calls_then_it_is_asked_for_a_person_and_the_call_ends_by_its_third_announcement(
    telephone: Any, services: Services
) -> None:
    call = await telephone.call(QUEUE)

    record = await services.records.find(call.call_id)
    assert record is not None
    assert (record.outcome, record.ended_by, record.end_reason) == ("MACHINE", "agent", "machine"), call.story
    # the machine speaks on, and cuts short what it is told
    assert "This is an AI assistant" in call.agent_words, call.story
    assert call.told("machine")[-1].fields["turns"] == 3, call.story
    assert record.consents == () and record.recordings == (), "a machine agrees to nothing"
