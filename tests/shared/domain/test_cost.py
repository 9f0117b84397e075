import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shared.domain.call import Usage
from shared.domain.cost import PRICES, Price, cost_of, per_minute

DAY = date(2026, 3, 1)
STT = Usage("stt", "deepgram", "nova-3", audio_seconds=30.0)
LLM = Usage("llm", "openai", "gpt-4o-mini", input_tokens=150, output_tokens=80)
CARTESIA = Usage("tts", "cartesia", "sonic-3", audio_seconds=25.0, characters=400)


@pytest.mark.requirement("OP-70", part="the formulas, and each call's cost at its end; uses have no cost of their own")
@pytest.mark.requirement("OP-72", "OP-73")
def test_given_the_worked_example_then_each_figure_is_met_exactly() -> None:
    costs = cost_of([STT, LLM, CARTESIA], DAY)
    assert costs.items == {"stt": Decimal("0.00385"), "llm": Decimal("0.0000705"), "tts": Decimal("0.01")}
    assert costs.total == Decimal("0.0139205")
    assert per_minute(costs.total, 20) == Decimal("0.0417615")
    assert per_minute(costs.total, 30) == Decimal("0.027841")


@pytest.mark.requirement("OP-71")
def test_given_no_use_then_the_cost_is_zero_and_so_is_a_minute_of_no_duration() -> None:
    costs = cost_of([], DAY)
    assert costs.total == 0
    assert costs.items == {"stt": 0, "llm": 0, "tts": 0}
    assert per_minute(costs.total, 0) == 0


@pytest.mark.requirement("OP-74", part="dated prices, and what is unknown; not after a takeover")
@pytest.mark.parametrize(
    "use",
    [
        Usage("tts", "elsewhere", "unheard-of", characters=10),
        Usage("stt", "openai", "tts-1", audio_seconds=3),
        Usage("carrier", "telnyx", "inbound", audio_seconds=60),
    ],
)
def test_given_a_use_without_a_price_then_its_cost_and_the_total_are_unknown_and_named(use: Usage) -> None:
    costs = cost_of([STT, use, use], DAY)
    assert costs.items[use.kind] is None or use.kind == "stt"
    assert costs.total is None
    assert len(costs.unpriced) == 1 and use.model in costs.unpriced[0]
    assert per_minute(costs.total, 60) is None


@pytest.mark.requirement("OP-74", part="dated prices, and what is unknown; not after a takeover")
def test_given_prices_with_dates_then_the_one_that_holds_on_that_day_counts() -> None:
    rise = Price("deepgram", "nova-3", "audio_second", Decimal("0.01"), 60, date(2026, 6, 1))
    prices = (rise, *PRICES)
    assert cost_of([STT], date(2026, 5, 31), prices).total == Decimal("0.00385")
    assert cost_of([STT], date(2026, 6, 1), prices).total == Decimal("0.005")
    assert cost_of([STT], date(2020, 1, 1), prices).total is None


def test_given_openais_speech_then_it_is_priced_by_the_character() -> None:
    use = Usage("tts", "openai", "tts-1", audio_seconds=60, characters=1000)
    assert cost_of([use], DAY).total == Decimal("0.015")


def test_given_cached_tokens_then_they_are_part_of_the_input_and_cheaper() -> None:
    use = Usage("llm", "openai", "gpt-4o-mini", input_tokens=1_000_000, cached_tokens=400_000)
    assert cost_of([use], DAY).total == Decimal("0.12")
    old = Usage("llm", "openai", "gpt-3.5-turbo", input_tokens=1_000_000, cached_tokens=400_000)
    assert cost_of([old], DAY).total == Decimal("0.50")


@pytest.mark.parametrize("provider", ["Deepgram", "127.0.0.1:8088", "api.deepgram.com"])
def test_given_a_provider_known_by_its_address_then_its_model_is_priced(provider: str) -> None:
    assert cost_of([Usage("stt", provider, "nova-3", audio_seconds=30.0)], DAY).total == Decimal("0.00385")


def test_given_a_dated_snapshot_of_a_model_then_it_costs_what_the_model_costs() -> None:
    snapshot = Usage("llm", "openai", "gpt-4o-mini-2024-07-18", input_tokens=150, output_tokens=80)
    assert cost_of([snapshot], DAY) == cost_of([LLM], DAY)


def test_given_several_uses_of_a_kind_then_they_add_up_and_one_unknown_makes_the_kind_unknown() -> None:
    assert cost_of([STT, STT], DAY).items["stt"] == Decimal("0.0077")
    unknown = Usage("stt", "x", "y", audio_seconds=1)
    assert cost_of([STT, unknown, STT], DAY).items["stt"] is None


def test_given_people_who_were_dialled_then_their_minutes_cost_what_the_carrier_takes_or_it_is_unknown() -> None:
    dialled = Usage("carrier", "carrier", "outbound", audio_seconds=90.0)
    unknown = cost_of([STT, dialled], DAY)
    assert unknown.items["carrier"] is None and unknown.total is None and unknown.unpriced == ("carrier/outbound",)
    price = Price("carrier", "outbound", "audio_second", Decimal("0.006"), 60, date(2025, 1, 1))
    assert cost_of([STT, dialled], DAY, (*PRICES, price)).items["carrier"] == Decimal("0.009")


@pytest.mark.requirement("OP-75")
def test_given_costs_above_the_target_then_the_operators_page_has_each_measure_with_its_gain_and_its_drawback() -> None:
    docs = Path(__file__).parents[3] / "docs"

    def rows(file: Path, after: str) -> list[list[str]]:
        text = file.read_text(encoding="utf-8").partition(after)[2].partition("| measure |")[2]
        lines = text.partition("\n\n")[0].splitlines()[2:]
        return [re.split(r" *\| *", line.strip("| ")) for line in lines]

    wanted = rows(docs / "requirements" / "operations.md", "- OP-75 ")
    found = rows(docs / "deploy.md", "### When calls cost too much")
    assert len(wanted) == 5 and [row[:3] for row in found] == wanted
    assert all(len(row) == 4 and row[3] for row in found), "what it means here"
