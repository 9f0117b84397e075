"""An equipment rental's tools: what there is, what it costs, and a booking that holds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from agent.businesses.rental import sentences
from agent.businesses.rental.booking import write_booking
from agent.businesses.rental.dates import days_in, last_day, merged
from agent.businesses.rental.inventory import inventory_of
from agent.businesses.rental.rules import (
    Detail,
    Wish,
    complaint,
    may_offer,
    missing,
    missing_details,
    price_of,
    wish_in,
    with_wish,
)
from agent.businesses.rental.search import categories, chosen, instead_of, search
from agent.businesses.rental.store import Booking, Item, RentalStore, Stock
from agent.tools.common import OWN_NUMBER, CallbackArguments, no_number, request_callback
from agent.tools.context import ToolContext
from agent.tools.request import read_back
from agent.tools.tool import Arguments, Result, Tool, Writing, refusal
from shared.domain.language.deeds import Deed
from shared.domain.telephony.dictation import callback_number
from shared.domain.telephony.numbers import spoken
from shared.errors import StoreError
from shared.observe import report

Context = ToolContext[RentalStore]


class FindArguments(Arguments):
    what: Annotated[
        str | None, Field(max_length=300, description="The machine or the job it is for, in the caller's words.")
    ] = None


async def find_equipment(context: Context, arguments: FindArguments) -> Result:
    wish, stock = _wish(context), await inventory_of(context).stock()
    what = arguments.what or context.conversation.unanswered
    if stock is None:
        _keep(context, replace(wish, what=what))
        return {"status": "unknown", "said": sentences.UNKNOWN}
    if not any(each.available for each in stock.items):
        return {"status": "done", "said": sentences.NOTHING, "items": []}
    found = search(stock, what)
    items = found.available or found.instead
    _keep(context, wish.offering(what, items))
    if not (items or found.rented):
        ours = categories(stock)
        return {"status": "done", "said": sentences.not_ours(ours) if arguments.what else sentences.overview(ours)}
    return {
        "status": "done",
        "said": sentences.offer(found),
        "items": [_plain(each) for each in (*found.rented, *items)],
    }


class OfferArguments(Arguments):
    daily_price: Annotated[float, Field(gt=0, lt=100_000, description="USD a day, as the caller offers it.")]
    item: Annotated[str | None, Field(max_length=300, description="For which machine, if they say so.")] = None


async def offer_price(context: Context, arguments: OfferArguments) -> Result:
    wish, stock = _wish(context), await inventory_of(context).stock()
    if stock is None:
        return {"status": "unknown", "said": sentences.UNKNOWN}
    item = _one(_choice(context, stock, wish, arguments.item))
    if item is None:
        return _ask("item")
    if not may_offer(wish):
        return {"status": "refused", "accepted": False, "said": sentences.NO_MORE_OFFERS}
    price = Decimal(str(round(arguments.daily_price, 2)))
    rate = f"It's {sentences.money(item.daily_rate)} a day."
    try:
        accepted = await context.store.accepts(context.tenant.tenant_id, item.equipment_id, price)
    except StoreError as error:
        report(error, call_id=context.conversation.call_id, action="offer")
        why, say = "Prices can't be agreed to now.", f"I can't agree to another price right now. {rate}"
        raise refusal(why, say) from error
    wish = replace(_wish(context).choosing(item), offers=wish.offers + 1)
    if not accepted:
        _keep(context, wish)
        no = f"I'm sorry, I can't do {sentences.money(price)} for the {item.name}. {rate} Would you like it at that?"
        return {"status": "done", "accepted": False, "said": no}
    price = min(price, item.daily_rate)
    _keep(context, replace(wish, daily_price=str(price)))
    yes = f"All right, {sentences.money(price)} a day for the {item.name}. Would you like to book it?"
    return {"status": "done", "accepted": True, "said": yes}


class BookArguments(Arguments):
    item: Annotated[str | None, Field(max_length=300, description="The machine, in the caller's words.")] = None
    dates: Annotated[
        str | None,
        Field(
            max_length=300,
            description="First and last day, or the first day and how many, in the caller's words or as "
            "2026-12-05 to 2026-12-07.",
        ),
    ] = None
    name: Annotated[str | None, Field(max_length=120, description="The caller's name.")] = None
    number: Annotated[
        str | None, Field(max_length=60, description="Another number than the one they call from, as said.")
    ] = None


async def book_equipment(context: Context, arguments: BookArguments) -> Result:
    """Each call adds to what is known, and keeps the rest: the caller may change any of it at any time."""
    stock = await inventory_of(context).stock()
    wish = _with_details(context, arguments)
    today = _today(context)
    if stock is None:
        return await _take_wish(context, replace(wish, what=arguments.item or wish.what))
    if isinstance(found := _item_or_answer(context, stock, wish, arguments.item), dict):
        return found
    item, wish = found, _wish(context).choosing(found)
    _keep(context, wish)
    if why := complaint(wish.days, today):
        _keep(context, wish.for_days(replace(wish.days, first=None, last=None)))
        return {"status": "invalid", "slot": "dates", "said": sentences.COMPLAINTS[why]}
    if needed := missing(wish):
        return _ask(needed)
    booking = _booking(context, wish, item)
    own = booking.customer_phone == context.conversation.phone_number
    number = "the number you're calling from" if own else spoken(booking.customer_phone)
    row = {
        "equipment_id": item.equipment_id,
        "name": item.name,
        "customer_name": booking.customer_name,
        "customer_phone": booking.customer_phone,
        "starts_on": booking.starts_on.isoformat(),
        "ends_on": booking.ends_on.isoformat(),
        "daily_price": str(booking.daily_price),
    }
    return read_back(context, "booking", row, sentences.read_back(item, booking, number))


def _item_or_answer(context: Context, stock: Stock, wish: Wish, named: str | None) -> Item | Result:
    """The item that is to be booked; or what the caller hears where it isn't clear, or not available."""
    items = _choice(context, stock, wish, named)
    if len(items) > 1:
        _keep(context, replace(wish, offered=tuple(each.equipment_id for each in items)))
        return {"status": "missing", "slot": "item", "said": sentences.which(items)}
    if not items:
        return _ask("item")
    (item,) = items
    if item.available:
        return item
    instead = instead_of(stock, items)
    _keep(context, wish.without_item(instead))
    return {"status": "refused", "said": sentences.gone(f"The {item.name} is rented out right now.", instead)}


async def _take_wish(context: Context, wish: Wish) -> Result:
    """The stock is unknown: the wish is taken with its details, for somebody to call back about it (RP-39)."""
    _keep(context, wish)
    if needed := missing_details(wish):
        return _ask(needed)
    days = f"{wish.first} to {(last_day(wish.days) or '')}"
    reason = f"renting {wish.what or 'a machine'}, {days}"
    callback = CallbackArguments(name=str(wish.name), number=wish.number, reason=reason)
    return await request_callback(replace(context, tool="request_callback"), callback)


def _with_details(context: Context, arguments: BookArguments) -> Wish:
    """The wish with the days, the name and the number that the caller gives. Raises a `refusal`."""
    wish, own = _wish(context), arguments.number in (None, OWN_NUMBER)
    if arguments.dates:
        wish = wish.for_days(merged(wish.days, days_in(arguments.dates, _today(context))))
    number = callback_number(context.conversation.phone_number if own else arguments.number)
    if number is None and not own:
        raise no_number()
    known = wish.number if own and wish.number else number.e164 if number else None
    wish = replace(wish, name=arguments.name or wish.name, number=known)
    _keep(context, wish)
    return wish


def _choice(context: Context, stock: Stock, wish: Wish, named: str | None) -> tuple[Item, ...]:
    """The items that the caller may mean: named now, chosen before, or the one that was offered."""
    # a model may leave out what the caller has just said
    said = named or context.conversation.unanswered
    before = (wish.equipment_id,) if wish.equipment_id else wish.offered
    return chosen(stock, said, before, whole=named is not None)


def _one(items: tuple[Item, ...]) -> Item | None:
    return items[0] if len(items) == 1 else None


def _booking(context: Context, wish: Wish, item: Item) -> Booking:
    first, last = wish.days.first, last_day(wish.days)
    assert first is not None and last is not None and wish.name and wish.number, "gated by `missing`"
    return Booking(
        call_id=context.conversation.call_id,
        key="",
        tenant_id=context.tenant.tenant_id,
        caller=context.conversation.phone_number,
        at=context.clock.now(),
        equipment_id=item.equipment_id,
        customer_name=wish.name,
        customer_phone=wish.number,
        starts_on=first,
        ends_on=last,
        daily_price=price_of(wish, item),
    )


def _ask(detail: Detail) -> Result:
    return {"status": "missing", "slot": detail, "said": sentences.QUESTIONS[detail]}


def _plain(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "description": item.description,
        "daily_rate": str(item.daily_rate),
        "available": item.available,
    }


def _wish(context: Context) -> Wish:
    return wish_in(context.conversation.fields)


def _keep(context: Context, wish: Wish) -> None:
    context.live.change(fields=with_wish(context.conversation.fields, wish))


def _today(context: Context) -> date:
    return context.clock.now().astimezone(ZoneInfo(context.tenant.timezone)).date()


TOOLS = (
    Tool(
        "find_equipment",
        "Looks up what the caller needs among the machines, and says itself what is available and at what rate. Call "
        "it for every question about a machine, as you know nothing of them yourself; without `what` it says what "
        "kinds there are.",
        FindArguments,
        find_equipment,
        does=(Deed.LOOK_UP,),
    ),
    Tool(
        "offer_price",
        "The caller offers another price for a day, or asks for a discount and names one: says itself whether that is "
        "agreed to. Never name a price of your own.",
        OfferArguments,
        offer_price,
    ),
    Tool(
        "book_equipment",
        "Books a machine. Call it as soon as the caller wants one, with what they have said: it asks for what is "
        "missing, reads back and asks for a yes itself; the caller's yes books it, without another call. Call it again "
        "with what the caller adds or changes; it keeps the rest.",
        BookArguments,
        book_equipment,
        Writing(write_booking, sentences.BOOKED),
        does=(Deed.BOOK,),
    ),
)
