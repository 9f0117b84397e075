"""What the agent may say once a tool of any business has done its deed, and not before."""

from dataclasses import replace

import pytest
from conversations import a_conversation

from agent.businesses.business import business_names, business_of
from agent.tools.functions import tool_of
from agent.tools.tool import Tool, spoken_facts_of
from shared.domain.conversation import Conversation
from shared.domain.functions import Function
from shared.domain.language.deeds import Deed
from shared.domain.language.speech_guard import NOT_LOOKED_UP, NOT_YET, permitted

CLAIMS: dict[Deed, tuple[str, ...]] = {
    Deed.BOOK: (
        "Your appointment is booked.",
        "You're booked in for Tuesday at three.",
        "You're all set for Tuesday at three.",
        "I've put you down for the nineteenth.",
        "I've reserved the excavator for you.",
        "That slot is yours now.",
        "We've got you scheduled for Monday morning.",
        "I've got you down for three.",
        "I've penciled you in for nine.",
        "You're on the schedule for Friday.",
        "Your booking's gone through.",
        "Done, you're booked.",
        "The trencher has been reserved in your name.",
        "You've been scheduled with Doctor Wells.",
        "Your reservation is confirmed.",
        "Your appointment is on Tuesday at three.",
        "All booked!",
        "Lovely, you're down for nine on Monday.",
        "Okay, you've got the Friday slot.",
        "The lift's booked in your name.",
        "I was able to get you in at four.",
        "I've blocked off Thursday for you.",
        "We'll see you Tuesday, it's booked.",
    ),
    Deed.CANCEL: (
        "Your appointment is cancelled.",
        "I've cancelled your booking.",
        "Your reservation has been canceled.",
        "That's cancelled for you.",
        "Okay, it's been called off.",
        "Your rental's cancelled now.",
        "It's cancelled.",
        "I've taken your appointment off the calendar.",
        "We've cancelled that order.",
        "I've called it off for you.",
        "You're no longer booked for Tuesday.",
        "All done, your booking is cancelled.",
        "Cancelled!",
        "Okay, that's off the books.",
        "I've dropped your booking.",
        "Consider it cancelled.",
        "That booking no longer exists.",
        "I've scrapped the appointment.",
    ),
    Deed.MOVE: (
        "I've moved your appointment to Thursday.",
        "Your appointment has been moved to Friday at ten.",
        "You're rescheduled for Monday.",
        "I've switched you to the afternoon.",
        "It's been pushed to next week.",
        "Your booking now starts on Thursday.",
        "I've changed your appointment to four o'clock.",
        "You're moved to Friday.",
        "I've bumped you to ten.",
        "Your appointment's now at four.",
    ),
    Deed.CONFIRM: ("I've confirmed your order.", "Your order is confirmed.", "I've marked your order as confirmed."),
    Deed.CHANGE: ("I've renamed it to call the bank.", "It's been renamed.", "I've updated the address."),
    Deed.COMPLETE: (
        "I've marked it as done.",
        "I've ticked that off.",
        "The task has been completed.",
        "It's marked done.",
    ),
    Deed.DELETE: (
        "I've deleted that task.",
        "I've taken it off your list.",
        "I removed it from your list.",
        "That one's gone from your list.",
    ),
    Deed.ADD: (
        "I've added it to your list.",
        "That's on your list now.",
        "I've created the task.",
        "Call the bank is on your list now.",
    ),
    Deed.SEND: ("I've texted Sam.", "I've emailed her.", "I sent him a message."),
    Deed.CALL_BACK: ("The pastor will call you at three.", "Somebody will get back to you."),
    Deed.PRAY: ("We'll be praying for your mother.",),
    Deed.NOTE: (
        "I've written that down.",
        "I've put that down.",
        "I've noted it for the office.",
        "I've got that down.",
        "I've jotted it down for him.",
        "I've saved your message for Sam.",
        "I've let the office know.",
        "It's written down.",
    ),
    Deed.LOOK_UP: ("I see your booking here.", "Your appointment is on Tuesday at three."),
}
NEVER = ("I've called an ambulance for you.", "I've refunded your payment.", "I'm putting you through now.")


def after(tool: Tool, kind: str = "") -> Conversation:
    return a_conversation().did(tool.deeds(kind))


def tools() -> list[Tool]:
    return [tool for name in business_names() for tool in business_of(name).tools]


@pytest.mark.requirement("PT-66")
def test_given_a_deed_of_a_business_then_it_may_be_said_in_any_wording_and_not_without_it() -> None:
    nothing = spoken_facts_of(a_conversation())
    wrong = [(sentence, "without") for said in CLAIMS.values() for sentence in said if not permitted(sentence, nothing)]
    doing = [tool for tool in tools() if tool.writing or tool.deeds() & CLAIMS.keys() - {Deed.NOTE} or tool.does]
    for tool in doing:
        facts = spoken_facts_of(after(tool))
        wrong += [
            (tool.name, sentence, truth)
            for deed in tool.deeds()
            for sentence in CLAIMS.get(deed, ())
            if (truth := permitted(sentence, facts))
        ]
        wrong += [(tool.name, sentence) for sentence in NEVER if not permitted(sentence, facts)]
    assert wrong == []
    whole = {deed for tool in doing for deed in tool.deeds()}
    assert whole >= {Deed.BOOK, Deed.CANCEL, Deed.DELETE, Deed.ADD, Deed.SEND}


def test_given_one_kind_of_deed_then_another_kind_is_not_claimed() -> None:
    apart = [(Deed.BOOK, Deed.CANCEL), (Deed.CANCEL, Deed.BOOK), (Deed.CANCEL, Deed.MOVE), (Deed.ADD, Deed.DELETE),
             (Deed.ADD, Deed.COMPLETE), (Deed.NOTE, Deed.BOOK), (Deed.CALL_BACK, Deed.CANCEL), (Deed.PRAY, Deed.SEND),
             (Deed.LOOK_UP, Deed.MOVE), (Deed.LOOK_UP, Deed.NOTE), (Deed.CONFIRM, Deed.CANCEL)]  # fmt: skip
    allowed = [
        (done, sentence)
        for done, claimed in apart
        for sentence in CLAIMS[claimed]
        if not permitted(sentence, spoken_facts_of(a_conversation().did([done])))
    ]
    assert allowed == []


def test_given_another_wish_since_the_deed_then_that_is_not_said_to_be_noted() -> None:
    noted = a_conversation().did([Deed.CALL_BACK])
    assert permitted("I've passed that on.", spoken_facts_of(noted)) is None
    since = replace(noted, caller_turns=3, asked_turns=(3,))
    assert permitted("I've passed that on.", spoken_facts_of(since))
    assert permitted("The pastor will call you at three.", spoken_facts_of(since)) is None


def test_given_a_tool_without_the_word_for_it_then_its_name_or_its_kind_tells() -> None:
    def deeds(name: str, kind: str = "") -> set[Deed]:
        return set(replace(tools()[0], name=name, does=()).deeds(kind))

    names = {
        ("book_visit", "booking"): Deed.BOOK, ("cancel_appointment", "booking"): Deed.CANCEL,
        ("appointment", "cancellation"): Deed.CANCEL, ("manage", "cancellation"): Deed.CANCEL,
        ("reschedule_visit", "booking"): Deed.MOVE, ("move_appointment", "change"): Deed.MOVE,
        ("appointment_cancel", "booking"): Deed.CANCEL, ("take_note", "note"): Deed.NOTE,
        ("complaint", "complaint"): Deed.NOTE, ("delete_entry", ""): Deed.DELETE, ("dentist", "booking"): Deed.BOOK,
        ("find_visit", ""): Deed.LOOK_UP, ("list_slots", ""): Deed.LOOK_UP,
    }  # fmt: skip
    assert {each: deeds(*each) for each in names} == {each: {deed} for each, deed in names.items()}


def test_given_a_templates_function_then_it_says_itself_what_it_does() -> None:
    fields = {"description": "x", "http": {"method": "POST", "url": "https://h.example/x"}, "read_back": "Right?"}
    plain = tool_of(Function.model_validate(fields | {"name": "hall", "changes": "booking"}))
    said = tool_of(Function.model_validate(fields | {"name": "hall", "changes": "booking", "does": ["cancel"]}))
    assert (plain.deeds("booking"), said.deeds("booking")) == ({Deed.BOOK}, {Deed.CANCEL})


def test_given_a_tool_that_could_do_it_then_the_agent_does_not_say_that_it_cannot() -> None:
    facts = spoken_facts_of(a_conversation(), frozenset((Deed.CANCEL, Deed.LOOK_UP)))
    assert permitted("Your appointment is cancelled.", facts) == NOT_YET
    assert permitted("Your appointment is on Tuesday at three.", facts) == NOT_LOOKED_UP
    assert permitted("You're booked in for Tuesday.", facts) not in (None, NOT_YET)


def test_given_a_tool_that_reads_nothing_back_then_only_what_it_stored_or_found_is_a_deed() -> None:
    by_name = {tool.name: tool for tool in tools()}
    runs = {
        ("create_task", "stored"): {Deed.ADD},
        ("create_task", "missing"): set(),
        ("complete_task", "stored"): {Deed.COMPLETE},
        ("complete_task", "done"): set(),
        ("cancel_order", "confirm"): set(),
        ("find_order", "done"): {Deed.LOOK_UP},
        ("find_order", "failed"): set(),
    }
    assert {(name, status): by_name[name].deeds_of({"status": status}) for name, status in runs} == runs
