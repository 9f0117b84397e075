"""The names that tell a stage: its agents', its rooms', and the calls in them."""

import pytest

from shared.domain.telephony.rooms import agent_name, attribute_of, call_id_of, is_of_room, room_prefix, stage_of

STAGES = ("local", "production", "preview-a", "preview-a-b")


@pytest.mark.requirement("PT-37", "PT-38", "PT-39")
def test_given_stages_then_their_agents_and_rooms_are_called_after_them_and_are_told_apart() -> None:
    assert [agent_name(stage) for stage in STAGES] == [f"pickup-{stage}" for stage in STAGES]
    rooms = {stage: f"{room_prefix(stage)}_+12065550142_x.y" for stage in STAGES}
    assert {stage: stage_of(room) for stage, room in rooms.items()} == {stage: stage for stage in STAGES}
    assert all(room.startswith(stage) for stage, room in rooms.items())
    for foreign in ("", "production", "productions._1", "preview-._1", "preview-A._1", "staging._1", "x.production._1"):
        assert stage_of(foreign) is None, foreign


def test_given_a_room_then_its_call_has_one_id_which_is_known_for_a_rooms() -> None:
    first, second = (call_id_of(f"{room_prefix('local')}_{number}") for number in range(2))
    assert first == call_id_of(f"{room_prefix('local')}_0") != second
    assert is_of_room(first)
    assert not is_of_room("v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg")
    assert not is_of_room("8a1c27ea-6f2f-4f1e-9c56-0d5f1d5f9a10")
    assert attribute_of("X-Pickup-Call") == "sip.h.x-pickup-call"
