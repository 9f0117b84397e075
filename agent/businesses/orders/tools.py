"""A shop's tools: find a caller's order, confirm it, cancel it, change its delivery."""

from typing import Annotated, Any

from pydantic import Field

from agent.businesses.orders.rules import MOST_GUESSES, OPEN, Order, Outcome, described, refused, spelled, spoken_amount
from agent.businesses.orders.store import Decision, OrderStore
from agent.tools.context import ToolContext
from agent.tools.request import read_back
from agent.tools.tool import Arguments, Result, Tool, Writing, failed, refusal
from shared.domain.language.deeds import Deed
from shared.domain.language.digits import runs
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Receipt

Context = ToolContext[OrderStore]

IN_HAND, GUESSES = "order", "order_guesses"
"""Fields of the conversation: the order that the caller may hear of, with the postcode that they gave; and how often
they named one in vain."""
_SHORTEST_CODE = 4

_NUMBER = "I'd be glad to look. What's the order number?"
_POSTCODE = "And what's the postcode of the delivery address?"
_NO_FIT = "I'm sorry, that number and postcode don't fit. What's the order number, digit by digit?"
_TOO_OFTEN = "I'm sorry, I can't find that order. Shall somebody call you back about it?"
_AWAY = "I'm sorry, I can't look up orders at the moment. Shall somebody call you back about it?"


class OrderArguments(Arguments):
    order_number: Annotated[
        str | None,
        Field(max_length=60, description="As the caller said it; left out, it is found by their telephone."),
    ] = None
    postcode: Annotated[
        str | None,
        Field(max_length=40, description="Of the delivery address; the tool asks for it where it must."),
    ] = None


class CancelArguments(OrderArguments):
    reason: Annotated[str | None, Field(max_length=300, description="Why, in the caller's words.")] = None


class ChangeArguments(OrderArguments):
    address: Annotated[str | None, Field(max_length=300, description="The new delivery address, as said.")] = None
    delivery_time: Annotated[str | None, Field(max_length=120, description="The new day or time, as said.")] = None


async def find_order(context: Context, arguments: OrderArguments) -> Result:
    found = await _order(context, arguments)
    if not isinstance(found, Order):
        return found
    more = " Would you like to confirm, change or cancel it?" if found.status in OPEN else " Is there anything else?"
    return {"status": "done", "said": described(found) + more}


async def confirm_order(context: Context, arguments: OrderArguments) -> Result:
    found = await _decidable(context, arguments, "confirmed")
    if not isinstance(found, Order):
        return found
    when = f", on {found.delivery_time}" if found.delivery_time else ""
    text = (
        f"I have order {spelled(found.order_number)}: {found.items}, to {found.address}{when}. You pay "
        f"{spoken_amount(found)} when it arrives. Shall I confirm it?"
    )
    return read_back(context, "order", _fields(found, "confirmed"), text)


async def cancel_order(context: Context, arguments: CancelArguments) -> Result:
    found = await _decidable(context, arguments, "cancelled")
    if not isinstance(found, Order):
        return found
    why = f", because of this: {arguments.reason.rstrip('.!?')}" if arguments.reason else ""
    text = f"That's order {spelled(found.order_number)}, {found.items}{why}. Shall I cancel it?"
    return read_back(context, "order", _fields(found, "cancelled", reason=arguments.reason), text)


async def change_delivery(context: Context, arguments: ChangeArguments) -> Result:
    found = await _decidable(context, arguments, "changed")
    if not isinstance(found, Order):
        return found
    address, time = (text and text.rstrip(" .!?,") for text in (arguments.address, arguments.delivery_time))
    if not (address or time):
        raise refusal("Neither an address nor a time is given.", say="Where should it be delivered, or when?")
    to, at = f" to {address}" if address else "", f", {time}" if time else ""
    text = f"So order {spelled(found.order_number)}, {found.items}, is to be delivered{to}{at}. Is that right?"
    return read_back(context, "order", _fields(found, "changed", address=address, delivery_time=time), text)


async def write_decision(context: Context, key: str, fields: dict[str, Any]) -> Receipt:
    decision = Decision(
        call_id=context.conversation.call_id,
        key=key,
        tenant_id=context.tenant.row_id,
        caller=context.conversation.phone_number,
        at=context.clock.now(),
        **fields,
    )
    return await context.store.decide(decision)


def _fields(order: Order, outcome: Outcome, **said: str | None) -> dict[str, Any]:
    return {"order_number": order.order_number, "version": order.version, "outcome": outcome, **said}


async def _decidable(context: Context, arguments: OrderArguments, outcome: Outcome) -> Order | Result:
    """The caller's order, if it can get this outcome; else what to say."""
    conversation = context.conversation
    if any(each.row_kind == "order" and each.at_turn == conversation.caller_turns for each in conversation.requests):
        # a model that calls again in the turn of the yes
        return {"status": "done", "said": ""}
    found = await _order(context, arguments)
    if isinstance(found, Order) and (why := refused(found, outcome)):
        return {"status": "done", "said": why}
    return found


async def _order(context: Context, arguments: OrderArguments) -> Order | Result:
    """The order that the caller means, if it is theirs; else what to say. No stranger learns which orders there are."""
    try:
        number, postcode = _digits(arguments.order_number), _postcode(arguments.postcode)
        known = context.conversation.fields.get(IN_HAND)
        if known and number in (None, known["number"]):
            number, postcode = known["number"], postcode or known["postcode"]
        if number is None:
            return await _of_telephone(context)
        return await _of_number(context, number, postcode, arguments.order_number)
    except StoreError as error:
        report(error, call_id=context.conversation.call_id, action="orders")
        return failed("The orders can't be read now.", _AWAY)


async def _of_telephone(context: Context) -> Order | Result:
    caller = context.conversation.phone_number
    found = await context.store.of_caller(context.tenant.tenant_id, caller) if caller else []
    waiting = [each for each in found if each.status in OPEN] or found
    if len(waiting) == 1:
        return _in_hand(context, waiting[0], None)
    if waiting:
        listed = " and ".join(f"{spelled(each.order_number)}, {each.items}" for each in waiting)
        return _missing("order_number", f"You have several orders: {listed}. Which number is it?")
    return _missing("order_number", _NUMBER)


async def _of_number(context: Context, number: str, postcode: str | None, said: str | None) -> Order | Result:
    if context.conversation.fields.get(GUESSES, 0) >= MOST_GUESSES:
        return failed("The caller named too many orders in vain.", _TOO_OFTEN)
    caller, tenant_id = context.conversation.phone_number, context.tenant.tenant_id
    found = await context.store.of_number(tenant_id, number, caller=caller, postcode=postcode)
    exact = [each for each in found if spelled(each.order_number) == spelled(said or "")] or found
    if len(exact) == 1:
        return _in_hand(context, exact[0], postcode)
    if postcode is None:
        return _missing("postcode", _POSTCODE)
    guesses = context.conversation.fields.get(GUESSES, 0) + 1
    context.live.change(fields=context.conversation.fields | {GUESSES: guesses})
    if guesses >= MOST_GUESSES:
        return failed("The caller named too many orders in vain.", _TOO_OFTEN)
    return _missing("order_number", _NO_FIT)


def _in_hand(context: Context, order: Order, postcode: str | None) -> Order:
    known = {"number": _digits(order.order_number), "postcode": postcode}
    context.live.change(fields=context.conversation.fields | {IN_HAND: known})
    return order


def _missing(slot: str, question: str) -> Result:
    return {"status": "missing", "slot": slot, "said": question}


def _digits(said: str | None) -> str | None:
    """Of an order number, however it is written or said."""
    found = [run.digits for run in runs(said or "")]
    return "".join(found) or None


def _postcode(said: str | None) -> str | None:
    """Digits where it is said in words; else as it is, letters and all."""
    longest = max((run.digits for run in runs(said or "")), key=len, default="")
    return longest if len(longest) >= _SHORTEST_CODE else said


_ITSELF = "It finds the order by the caller's own telephone, and asks for its number and postcode where it must."
_YES = "Reads back and asks for a yes itself; the caller's yes does it, without another call."

TOOLS = (
    Tool(
        "find_order",
        f"Says what an order is, when it comes and how it stands. {_ITSELF}",
        OrderArguments,
        find_order,
        does=(Deed.LOOK_UP,),
    ),
    Tool(
        "confirm_order",
        f"The caller wants their order as it is. {_ITSELF} {_YES}",
        OrderArguments,
        confirm_order,
        Writing(write_decision, "Thank you, your order is confirmed. Is there anything else?"),
        does=(Deed.CONFIRM, Deed.ORDER),
    ),
    Tool(
        "cancel_order",
        f"The caller doesn't want their order any more: ask why first. {_ITSELF} {_YES}",
        CancelArguments,
        cancel_order,
        Writing(write_decision, "Your order is cancelled. Is there anything else?"),
        does=(Deed.CANCEL,),
    ),
    Tool(
        "change_delivery",
        f"The caller wants their order at another address, or at another time. {_ITSELF} {_YES} "
        "Call it again only when the caller changes something.",
        ChangeArguments,
        change_delivery,
        Writing(write_decision, "Thank you, the delivery of your order is changed. Is there anything else?"),
        does=(Deed.CHANGE,),
    ),
)
