"""How an agent goes on with a call that it has taken over."""

from dataclasses import replace

from conversations import a_conversation

from agent.conversation.resumption import SAYING, Answer, AskAgain, Finish, Greet, Remind, Resumption, Tell, resumption
from agent.tools.effect import UNSURE
from shared.domain.call import Utterance
from shared.domain.conversation import Conversation, Effect, RequestTaken
from shared.domain.language.bridges import BACK_LINES, back_line, is_bridge
from shared.domain.questions import ConsentQuestion, Offer, PinQuestion, ReadBack, SlotQuestion

HOURS = "We are open from nine to five. Do come by."
CARD = ReadBack("e1", "take_prayer", "prayer", {"about": "Mum"}, "A prayer for your mum. Is that right?", 1, heard=True)


def talk(*said: str, turns: int = 1, **fields: object) -> Conversation:
    """The agent's sentences, then the caller's where one begins with `>`."""
    history = tuple(
        Utterance("caller" if text.startswith(">") else "agent", text.removeprefix(">"), float(at))
        for at, text in enumerate(said)
    )
    unanswered = history[-1].text if history and history[-1].speaker == "caller" else ""
    fresh = {"questions": (), "requests": (), "consent": None, "unanswered": unanswered, "caller_turns": turns}
    return replace(a_conversation(), history=history, **(fresh | fields))


CASES: list[tuple[str, Conversation, Resumption]] = [
    ("nothing was said", talk(turns=0), Greet()),
    ("only a bridge was said", talk(back_line("en"), turns=0), Greet()),
    ("their question waits", talk("Hello.", ">When are you open?"), Answer()),
    ("a slot was answered", talk("Who calls?", ">Mary.", questions=(SlotQuestion("name", "Who calls?"),)), Answer()),
    ("they cry for help", talk(CARD.text, ">I want to kill myself.", questions=(CARD,)), Answer()),
    ("a yes that wasn't acted on", talk(CARD.text, ">Yes, please.", questions=(CARD,)), AskAgain(CARD.text)),
    ("a question beside the read-back", talk(CARD.text, ">Where are you?", questions=(CARD,)), Answer()),
    ("a read-back waits", talk(CARD.text, questions=(CARD,)), AskAgain(CARD.text)),
    ("the PIN waits", talk("Your PIN?", questions=(PinQuestion(CARD, "Your PIN?"),)), AskAgain("Your PIN?")),
    ("consent waits", talk("Record?", questions=(ConsentQuestion("Record?"),), turns=0), AskAgain("Record?")),
    ("nothing is owed", talk("Hello.", ">When?", HOURS), Remind(HOURS)),
    ("an offer of more", talk(">When?", HOURS, questions=(Offer("Do come by."),)), Remind(HOURS)),
    ("a second takeover", talk(HOURS, back_line("es"), SAYING + HOURS), Remind(HOURS)),
    ("a long answer", talk("One. Two. Three. Four. Five."), Remind("Three. Four. Five.")),
]


def test_given_what_was_said_then_a_successor_goes_on_from_there() -> None:
    wrong = [(why, found) for why, before, then in CASES if (found := resumption(before)) != then]
    assert not wrong


def test_given_an_effect_that_was_under_way_then_it_is_finished_or_told_and_never_begun_anew() -> None:
    def row(receipt: str | None, at_turn: int = 3) -> RequestTaken:
        return RequestTaken("e1", "prayer", {"about": "Mum"}, at_turn, receipt, "take_prayer")  # type: ignore[arg-type]

    def effect(result: dict[str, str] | None) -> Effect:
        return Effect("e2", "close_task", {"id": 1}, "agent-1", 3, result)

    for receipt in (None, "stored", "kept"):
        assert resumption(talk(">Yes.", turns=3, requests=(row(receipt),))) == Finish(row(receipt)), receipt
    assert resumption(talk(">And when?", turns=4, requests=(row("stored"),))) == Answer()
    assert resumption(talk(">Close it.", turns=3, effects=(effect(None),))) == Tell(UNSURE)
    assert resumption(talk(">Close it.", turns=3, effects=(effect({"status": "done", "said": "Done."}),))) == Tell(
        "Done."
    )
    assert resumption(talk(">Close it.", turns=3, effects=(effect({"status": "done"}),))) == Answer()


def test_given_a_bridge_cut_off_by_the_caller_then_it_is_known_still() -> None:
    own = "Here I am again."
    assert all(is_bridge(text[:cut], own) for text in (own, *BACK_LINES.values()) for cut in (4, len(text)))
    assert not any(is_bridge(text, own) for text in ("", " ", HOURS, f"{own} {HOURS}"))
    assert back_line("es-MX") == BACK_LINES["es"] and back_line("fr") == BACK_LINES["en"]
