"""Books on the caller's yes: once, bounded, and with a truthful answer whatever becomes of it (RP-26 to RP-30)."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

from agent.businesses.rental import sentences
from agent.businesses.rental.inventory import inventory_of
from agent.businesses.rental.rules import Wish, wish_in, with_wish
from agent.businesses.rental.search import instead_of
from agent.businesses.rental.store import Booked, Booking, Refused, RentalStore
from agent.tools.context import ToolContext
from agent.tools.tool import NotWritten
from shared.errors import StoreError, StoreUnavailable
from shared.observe import report
from shared.ports import Alert, Callback, Receipt

BOOK_SECONDS = 6.0
"""For all tries together: the caller waits meanwhile."""
PAUSES = (0.2, 0.5)
"""Before the second and the third try."""
_GONE = {
    "RENTED": "I'm sorry, the {name} has just gone to somebody else.",
    "OUT_OF_SERVICE": "I'm sorry, the {name} has just been taken out of service.",
    "PRICE_TOO_LOW": "I'm sorry, I can't book the {name} at that price any more.",
}
_REFUSED = "I'm sorry, I can't book the {name}."


async def write_booking(context: ToolContext[RentalStore], key: str, fields: dict[str, Any]) -> Receipt | NotWritten:
    booking = Booking(
        call_id=context.conversation.call_id,
        key=key,
        tenant_id=context.tenant.tenant_id,
        caller=context.conversation.phone_number,
        at=context.clock.now(),
        equipment_id=fields["equipment_id"],
        customer_name=fields["customer_name"],
        customer_phone=fields["customer_phone"],
        starts_on=date.fromisoformat(fields["starts_on"]),
        ends_on=date.fromisoformat(fields["ends_on"]),
        daily_price=Decimal(fields["daily_price"]),
    )
    try:
        async with asyncio.timeout(BOOK_SECONDS):
            outcome = await _booked(context.store, booking)
    except (StoreError, TimeoutError) as error:
        report(error, call_id=booking.call_id, action="book")
        return NotWritten(await _kept_for_a_callback(context, booking, fields["name"]), failed=True)
    inventory = inventory_of(context)
    await inventory.changed(outcome.version)
    wish = wish_in(context.conversation.fields)
    if isinstance(outcome, Booked):
        _keep(context, Wish(name=wish.name, number=wish.number))
        return Receipt.STORED
    stock = await inventory.stock()
    items = [each for each in stock.items if each.equipment_id == booking.equipment_id] if stock else []
    instead = instead_of(stock, items) if stock else ()
    _keep(context, wish.without_item(instead))
    why = _GONE.get(outcome.reason, _REFUSED).format(name=fields["name"])
    return NotWritten(sentences.gone(why, instead))


async def _booked(store: RentalStore, booking: Booking) -> Booked | Refused:
    """A try whose answer was lost may have booked: the next one has the same key, and is answered by that booking."""
    for pause in PAUSES:
        try:
            return await store.book(booking)
        except StoreUnavailable:
            await asyncio.sleep(pause)
    return await store.book(booking)


async def _kept_for_a_callback(context: ToolContext[RentalStore], booking: Booking, name: str) -> str:
    """Keeps the details where the booking couldn't be stored, and alerts; returns what the caller hears."""
    wanted = f"{name}, {booking.starts_on} to {booking.ends_on}, {booking.daily_price} USD a day"
    callback = Callback(
        call_id=booking.call_id,
        key=f"booking {booking.key}",
        tenant_id=context.tenant.row_id,
        caller=booking.caller,
        at=booking.at,
        callback_number=booking.customer_phone,
        reason=f"A booking that could not be stored (it may be there all the same): {wanted}",
        caller_name=booking.customer_name,
    )
    alert = Alert(
        f"booking_lost:{context.tenant.tenant_id}", "page", "A booking could not be stored", call_id=booking.call_id
    )
    said = sentences.NOT_STORED
    try:
        await context.call_back(callback)
    except StoreError as error:
        report(error, call_id=booking.call_id, action="callback")
        said = sentences.NOT_NOTED
    try:
        await context.alert(alert)
    except StoreError as error:
        report(error, call_id=booking.call_id, action="alert")
    return said


def _keep(context: ToolContext[RentalStore], wish: Wish) -> None:
    context.live.change(fields=with_wish(context.conversation.fields, wish))
