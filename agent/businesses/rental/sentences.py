"""What the rental says of items, prices and bookings, word for word as the stock has them (RP-36). Pure."""

from collections.abc import Sequence
from decimal import Decimal

from agent.businesses.rental.dates import spoken_day
from agent.businesses.rental.rules import Detail
from agent.businesses.rental.search import Found
from agent.businesses.rental.store import Booking, Item

UNKNOWN = (
    "I can't see our equipment at this moment, so I don't want to promise you anything. Shall I have somebody call you "
    "back about it?"
)
NOTHING = "Everything we have is out right now. Shall I have somebody call you back when something comes in?"
BOOKED = "It's booked for you. Please bring a photo ID when you pick it up. Is there anything else I can do?"
NOT_STORED = (
    "I'm sorry, our booking system isn't answering, so this isn't booked yet. I've noted everything, and somebody will "
    "call you back to finish it. Is there anything else?"
)
NOT_NOTED = (
    "I'm sorry, our system isn't answering, so this isn't booked. Please call us again a little later. Is there "
    "anything else?"
)
NO_MORE_OFFERS = "That's as far as I can go on the price today. Would you like to book it at the regular rate?"
QUESTIONS: dict[Detail, str] = {
    "item": "Which machine would you like?",
    "dates": "For which days would you like it? Tell me the first day and the last one, or for how many days.",
    "name": "May I have your name for the booking?",
    "number": "What number can we reach you at?",
}
COMPLAINTS = {
    "past": "That day is over already. From which day would you like it?",
    "order": "The last day comes before the first one there. From which day to which day would you like it?",
    "far": "That's more than a year ahead, which I can't book yet. Which days would you like instead?",
    "long": "We rent for ninety days at most. From which day to which day would you like it?",
}


def money(amount: Decimal) -> str:
    dollars, cents = divmod(int(amount * 100), 100)
    whole = f"{dollars} dollar{'' if dollars == 1 else 's'}"
    return f"{whole} and {cents} cents" if cents else whole


def offer(found: Found) -> str:
    """Of a search that found something."""
    if not found.available:
        are = "is" if len(found.rented) == 1 else "are"
        return gone(f"Our {_listed([each.name for each in found.rented], 'and')} {are} rented out now.", found.instead)
    if found.available[1:]:
        return f"We have {_priced(found.available)}. Which one would you like?"
    (item,) = found.available
    rate = money(item.daily_rate)
    return f"Yes, the {item.name} is available, at {rate} a day. {item.description} Would you like to book it?"


def gone(why: str, instead: Sequence[Item]) -> str:
    if not instead:
        return f"{why} Shall I have somebody call you back when it's in again?"
    which = "Which one would you like" if instead[1:] else "Would you like that one"
    return f"{why} I could offer you {_priced(instead)}. {which} instead?"


def not_ours(categories: Sequence[str]) -> str:
    return f"I don't find that among our machines. We rent {_listed(categories, 'and')}. What do you need it for?"


def overview(categories: Sequence[str]) -> str:
    return f"We rent {_listed(categories, 'and')}. What do you need a machine for?"


def which(items: Sequence[Item]) -> str:
    return f"Do you mean {_listed([f'the {each.name}' for each in items], 'or')}?"


def read_back(item: Item, booking: Booking, number: str) -> str:
    days = (booking.ends_on - booking.starts_on).days + 1
    period = f"from {spoken_day(booking.starts_on)} to {spoken_day(booking.ends_on)}, {days} days"
    if days == 1:
        period = f"on {spoken_day(booking.starts_on)}, one day"
    in_all = "" if days == 1 else f", {money(booking.daily_price * days)} in all"
    price = f"at {money(booking.daily_price)} a day{in_all}"
    who = f"for {booking.customer_name}, on {number}"
    return f"So that's the {item.name} {period}, {price}, {who}. Shall I book it?"


def _priced(items: Sequence[Item]) -> str:
    return _listed([f"the {each.name} at {money(each.daily_rate)} a day" for each in items], "and")


def _listed(parts: Sequence[str], link: str) -> str:
    return f"{', '.join(parts[:-1])} {link} {parts[-1]}" if parts[1:] else "".join(parts)
