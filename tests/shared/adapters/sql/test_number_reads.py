"""A call's numbers in full: kept in Postgres alone, and who read them is known."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.calls.admit import Ringing
from shared.services import Services


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


async def numbers(connection: Any, **payload: Any) -> Any:
    return json.loads(
        await connection.fetchval("select public.call_numbers_v1($1::text::jsonb)::text", json.dumps(payload))
    )


@pytest.mark.requirement("DU-49", "DU-83")
async def test_given_a_rejected_call_when_its_numbers_are_read_then_both_forms_are_there_and_the_reader_is_known(
    services: Services, connection: Any
) -> None:
    call_id, room_id = str(uuid.uuid4()), str(uuid.uuid4())
    did, caller = "sip:1-206-555-0102@carrier.example", "tel:+1 (206) 555-0143"
    await services.admit_call(Ringing(call_id, did, caller, services.clock.now(), room_id=room_id))

    read = await numbers(connection, call_id=room_id, reader="ann")

    assert {name: read[name] for name in ("did_raw", "did", "caller_raw", "caller", "reason", "room_ids")} == {
        "did_raw": did,
        "did": "+12065550102",
        "caller_raw": caller,
        "caller": "+12065550143",
        "reason": "CALLER_NOT_LISTED",
        "room_ids": [room_id],
    }
    rows = await connection.fetch("select call_id, reader, role, stage, at from number_reads")
    user = await connection.fetchval("select session_user::text")
    assert [(row["call_id"], row["reader"], row["role"], row["stage"]) for row in rows] == [
        (call_id, "ann", user, "local")
    ]


@pytest.mark.requirement("DU-49")
async def test_given_rejections_when_an_operator_lists_them_then_both_forms_are_shown_to_a_named_one_alone(
    services: Services, connection: Any
) -> None:
    rooms, now = [str(uuid.uuid4()) for _ in range(3)], services.clock.now()
    for room, caller in zip(rooms, ("tel:+1 (206) 555-0143", "anonymous", "+12065550142"), strict=True):
        did = "+12065550100" if caller == "+12065550142" else "+12065550102"
        await services.admit_call(Ringing(str(uuid.uuid4()), did, caller, now, room_id=room))
        now += timedelta(seconds=1)

    hidden = await services.records.turned_away("local", 10, None)
    assert [(each.reason, each.did, each.caller_raw, each.caller) for each in hidden] == [
        ("CALLER_NOT_LISTED", "+12065550102", None, None)
    ] * 2, "the third was admitted"
    assert await connection.fetchval("select count(*) from number_reads") == 0
    shown = await services.records.turned_away("local", 10, "ann")
    assert [(each.caller_raw, each.caller, each.room_ids) for each in shown] == [
        ("anonymous", None, (rooms[1],)),
        ("tel:+1 (206) 555-0143", "+12065550143", (rooms[0],)),
    ]
    assert "555" not in repr(shown[1]).replace("+12065550102", ""), "masked elsewhere"
    assert await connection.fetchval("select count(*) from number_reads where reader = 'ann'") == 2


@pytest.mark.parametrize("reader", [None, ""])
async def test_given_an_operator_without_a_name_then_no_number_is_shown(
    services: Services, connection: Any, reader: str | None
) -> None:
    call_id = str(uuid.uuid4())
    await services.admit_call(Ringing(call_id, "+12065550100", "+12065550142", services.clock.now()))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await numbers(connection, call_id=call_id, reader=reader)


async def test_given_no_such_call_then_nothing_is_read_and_nothing_logged(connection: Any) -> None:
    assert (
        await connection.fetchval("""select public.call_numbers_v1('{"call_id": "none", "reader": "ann"}')""") is None
    )
    assert await connection.fetchval("select count(*) from number_reads") == 0
