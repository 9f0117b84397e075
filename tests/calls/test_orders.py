"""Whole calls to a shop, typed instead of spoken: orders are decided by their own customers, once, on their yes."""

import base64
from typing import Any

import pytest
from typed_desk import Desk, opened
from verifier_clock import set_verifier_clock

from agent.businesses.business import business_of
from agent.worker.versions import prepare_versions
from lab.receiver import open_receiver
from shared.config import Settings
from shared.services import Services
from shared.wiring import open_outbox, open_outside

SHOP, TENANT = "+12065550163", "00000000-0000-4000-b000-000000000014"
MARIA, WALTER, INES, STRANGER = "+12065550142", "+12065550188", "+12065550143", "+12065550177"
SECRET = f"whsec_{base64.b64encode(b'o' * 32).decode()}"


async def prepared(services: Services) -> None:
    """The shipped template, published: its phrases are synthesised before the first call, as in a worker."""
    body = business_of("orders").template.model_dump(mode="json", exclude_unset=True)
    await services.templates.publish("orders", await services.templates.put("orders", body), 100, "a")
    await prepare_versions(services, {})


async def typed(desk: Desk, caller: str | None, *says: str) -> tuple[str, list[str]]:
    """A call in which the caller says this; its id, and the agent's answers."""
    line, greeting = await desk.ring(caller, did=SHOP)
    assert "Northlight Lamps" in greeting
    heard = [await line.say(each) for each in says]
    await desk.hang_up(line)
    return line.call_id, heard


async def orders(services: Services) -> dict[str, tuple[str, str, str]]:
    """(status, address, delivery time) by number."""
    found = await services.business_rows.read("orders_v1", {"tenant_id": TENANT, "limit": 9})
    return {each["order_number"]: (each["status"], each["address"], each["delivery_time"]) for each in found}


async def test_given_calls_of_customers_and_strangers_then_orders_change_on_their_customers_yes_and_the_shop_is_told(
    services: Services, settings: Settings, lab: Any, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_verifier_clock(monkeypatch, services.clock.now)
    await prepared(services)
    before = await orders(services)
    async with (
        open_outbox(settings) as outbox,
        open_receiver(SECRET) as receiver,
        open_outside(settings) as outside,
        opened(services, ear) as desk,
    ):
        await outbox.webhooks.set(TENANT, receiver.url, SECRET, with_transcript=False)

        # a stranger hears nothing of another's order, whatever they try; neither does one who names none that exists
        for number in ("5180", "nine nine one two"):
            _, heard = await typed(
                desk, STRANGER, f"What's happening with order {number}?", "Nine eight one nine nine.", "98101",
                "98102", "98103", "98104",
            )  # fmt: skip
            words = " ".join(heard).lower()
            assert "postcode" in heard[0] and "don't fit" in heard[1] and "can't find that order" in words, heard
            assert not any(told in words for told in ("floor", "lake", "129", "saturday", "walter")), heard
        # one that is on its way is cancelled by nobody, and a no to a read-back changes nothing
        _, heard = await typed(desk, INES, "I've thought about it and I'd rather not have that lamp.", "Too expensive.")
        assert "on its way already" in heard[1], heard
        _, heard = await typed(desk, WALTER, "Sorry, I'd like to call the whole purchase off.", "Too big.", "No.")
        assert "Shall I cancel it?" in heard[1], heard
        assert await orders(services) == before

        confirmed, heard = await typed(
            desk, MARIA, "Morning. I want to make sure you know that I'm taking the parcel.", "Yes, that's right.",
            "I'm fine with the order, you can ship it.",
        )  # fmt: skip
        assert "two desk lamps" in heard[0] and "84 dollars and 50 cents" in heard[0], heard
        assert "is confirmed" in heard[1] and "confirmed already" in heard[2], heard
        changed, heard = await typed(
            desk, None, "We are moving house, so the parcel has to go somewhere else.", "18 Alder Court in Tacoma.",
            "N L 5180", "Nine eight one two two.", "No, 80 Alder Court in Tacoma.", "Yes, exactly.",
        )  # fmt: skip
        assert "to 80 Alder Court in Tacoma" in heard[4] and "is changed" in heard[5], heard
        cancelled, heard = await typed(
            desk,
            MARIA,
            "You know what, I'd like to call off my purchase.",
            "We found a cheaper one.",
            "Yes, cancel it.",
        )
        assert "is cancelled" in heard[2], heard

        assert await orders(services) == before | {
            "NL-4172": ("cancelled", "12 Elm Street, Seattle", "Friday"),
            "NL-5180": ("pending", "80 Alder Court in Tacoma", "Saturday"),
        }
        results, deliveries = services.fill_results(outside.reader), services.deliver(outside.courier)
        while await results.fill():
            pass
        while await deliveries.deliver():
            pass
    told = [event for event in receiver.taken if event["type"].startswith("order.")]
    assert [(event["type"], event["data"]["order_number"], event["data"]["call_id"]) for event in told] == [
        ("order.confirmed", "NL-4172", confirmed),
        ("order.changed", "NL-5180", changed),
        ("order.cancelled", "NL-4172", cancelled),
    ]
    assert told[2]["data"]["reason"] == "We found a cheaper one" and told[1]["data"]["status"] == "pending"
    assert all(status == 204 for _, status in receiver.tried), "each signature holds"
    assert len({event for event, _ in receiver.tried}) == len(receiver.tried), "each event once"
    record = await services.records.find(confirmed)
    assert record is not None and record.outcome == "REQUEST_TAKEN" and record.achieved == ("order confirmed",)
    ended = {each["data"]["call_id"]: each["data"] for each in receiver.taken if each["type"] == "call.completed"}
    assert [ended[call]["achieved"] for call in (confirmed, changed, cancelled)] == [
        *(["order confirmed"], ["order changed"], ["order cancelled"]),
    ]
    assert [each["achieved"] for each in ended.values()].count([]) == len(ended) - 3, "the others achieved nothing"
    assert [(each["kind"], each["outcome"], each["order_number"]) for each in record.requests] == [
        ("order", "confirmed", "NL-4172")
    ]
