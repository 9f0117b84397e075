"""The cost of a call, from its usage and a dated price list (OP-70 … OP-74). An unknown cost is None, never 0."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from shared.domain.call import Usage

Unit = Literal["audio_second", "character", "input_token", "cached_token", "output_token"]


@dataclass(frozen=True)
class Price:
    """US dollars for `per` units of a model. A day's price is the newest that holds on that day."""

    provider: str
    model: str
    unit: Unit
    usd: Decimal
    per: int
    """How many units `usd` buys."""
    holds_from: date


@dataclass(frozen=True)
class Costs:
    """US dollars. `items` by kind of usage: stt, llm and tts always, carrier and compute if the call used them."""

    items: dict[str, Decimal | None]
    total: Decimal | None
    """None when any item is unknown."""
    unpriced: tuple[str, ...] = ()
    """`provider/model unit` of each usage without a price; the caller reports them."""


_MILLION = 1_000_000
_LISTED = date(2025, 1, 1)

PRICES: tuple[Price, ...] = (
    Price("deepgram", "nova-3", "audio_second", Decimal("0.0077"), 60, _LISTED),
    Price("openai", "whisper-1", "audio_second", Decimal("0.006"), 60, _LISTED),
    Price("openai", "gpt-4o-mini-transcribe", "audio_second", Decimal("0.003"), 60, _LISTED),
    Price("openai", "gpt-4.1-mini", "input_token", Decimal("0.40"), _MILLION, _LISTED),
    Price("openai", "gpt-4.1-mini", "cached_token", Decimal("0.10"), _MILLION, _LISTED),
    Price("openai", "gpt-4.1-mini", "output_token", Decimal("1.60"), _MILLION, _LISTED),
    Price("openai", "gpt-4o-mini", "input_token", Decimal("0.15"), _MILLION, _LISTED),
    Price("openai", "gpt-4o-mini", "cached_token", Decimal("0.075"), _MILLION, _LISTED),
    Price("openai", "gpt-4o-mini", "output_token", Decimal("0.60"), _MILLION, _LISTED),
    Price("openai", "gpt-3.5-turbo", "input_token", Decimal("0.50"), _MILLION, _LISTED),
    Price("openai", "gpt-3.5-turbo", "output_token", Decimal("1.50"), _MILLION, _LISTED),
    Price("openai", "tts-1", "character", Decimal(15), _MILLION, _LISTED),
    Price("openai", "tts-1-hd", "character", Decimal(30), _MILLION, _LISTED),
    Price("deepgram", "aura-2-thalia-en", "character", Decimal(30), _MILLION, _LISTED),
    Price("deepgram", "aura-2-celeste-es", "character", Decimal(30), _MILLION, _LISTED),
    Price("cartesia", "sonic-3", "audio_second", Decimal("0.024"), 60, _LISTED),
)
"""The vendors' public list prices for pay-as-you-go."""

_CONVERSATION = ("stt", "llm", "tts")
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
"""A dated snapshot of a model costs what the model costs."""


def cost_of(usage: Iterable[Usage], at: date, prices: Sequence[Price] = PRICES) -> Costs:
    """The cost of this usage at the prices of day `at`; no usage costs 0."""
    items: dict[str, Decimal | None] = dict.fromkeys(_CONVERSATION, Decimal(0))
    unpriced: list[str] = []
    for use in usage:
        cost = _one(use, at, prices, unpriced)
        before = items.get(use.kind, Decimal(0))
        items[use.kind] = None if cost is None or before is None else before + cost
    known = [cost for cost in items.values() if cost is not None]
    total = sum(known, Decimal(0)) if len(known) == len(items) else None
    return Costs(items, total, tuple(dict.fromkeys(unpriced)))


def per_minute(total: Decimal | None, seconds: float) -> Decimal | None:
    """Dollars a minute of connected time; 0 when the duration is 0, None when the cost is unknown (OP-71)."""
    if total is None:
        return None
    return total * 60 / Decimal(str(seconds)) if seconds > 0 else Decimal(0)


def _one(use: Usage, at: date, prices: Sequence[Price], unpriced: list[str]) -> Decimal | None:
    units = _prices_of(use, at, prices)
    if not units:
        unpriced.append(f"{use.provider}/{use.model}")
        return None
    total = Decimal(0)
    for unit, amount in _amounts(use, units).items():
        if amount == 0:
            continue
        price = units.get(unit)
        if price is None:
            unpriced.append(f"{use.provider}/{use.model} {unit}")
            return None
        total += amount * price.usd / price.per
    return total


def _prices_of(use: Usage, at: date, prices: Sequence[Price]) -> dict[Unit, Price]:
    """The prices of the usage's model that hold on day `at`.

    Where several vendors sell a model, the usage's provider decides; a provider without prices (a gateway, an
    emulator) is priced as the model it serves.
    """
    model = _SNAPSHOT.sub("", use.model.lower())
    listed = [price for price in prices if price.model == model and price.holds_from <= at]
    own = [price for price in listed if price.provider == use.provider.lower()]
    return {price.unit: price for price in sorted(own or listed, key=lambda price: price.holds_from)}


def _amounts(use: Usage, units: dict[Unit, Price]) -> dict[Unit, Decimal]:
    """The billed amounts by unit. Cached tokens count among the input tokens; speech by character or second."""
    seconds, characters = Decimal(str(use.audio_seconds)), Decimal(use.characters)
    if use.kind == "llm":
        cached = min(use.cached_tokens, use.input_tokens) if "cached_token" in units else 0
        return {
            "input_token": Decimal(use.input_tokens - cached),
            "cached_token": Decimal(cached),
            "output_token": Decimal(use.output_tokens),
        }
    if use.kind == "tts" and "character" in units:
        return {"character": characters}
    return {"audio_second": seconds}
