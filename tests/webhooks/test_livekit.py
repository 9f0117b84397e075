from webhooks_world import Webhooks, caller, event, room_name

from shared.domain.rooms import call_id_of
from shared.wiring import Services


async def test_given_a_caller_in_a_room_when_told_then_the_call_is_decided_and_its_row_open(
    webhooks: Webhooks, services: Services
):
    room = room_name()
    answer = await webhooks.tell(event("participant_joined", room, participant=caller()))
    assert answer.status_code == 200, answer.text
    record = await services.calls.find(call_id_of(room))
    print(record, webhooks.process.log.read_text())
    await webhooks.tell(event("room_finished", room))
    print(await services.calls.find(call_id_of(room)), webhooks.process.log.read_text())
    print((await webhooks.client.get("/health/ready")).text)
    print((await webhooks.client.get("/health/live")).text)
