"""Machines that call are told from people."""

from dataclasses import replace

from conversations import a_conversation
from tables import each

from shared.domain.call import Utterance
from shared.domain.language.machines import Suspicion, is_automatic, suspicion

MACHINES = """
Thank you for holding. Your call is important to us and will be answered in the order it was received.
All of our representatives are currently assisting other customers.
Please stay on the line and the next available agent will be with you shortly.
We are experiencing higher than normal call volume.
Your estimated wait time is four minutes.
For English press one. Para español oprima el dos.
Press 1 for sales, press 2 for support, or stay on the line.
Please listen carefully as our menu options have recently changed.
If you know your party's extension, you may dial it at any time.
That is not a valid selection. Please try again.
I'm sorry, I didn't understand your response.
Hi, you've reached Karen. I can't come to the phone right now, so please leave a message after the beep.
The person you are trying to reach is not available. At the tone, please record your message.
Your call has been forwarded to an automated voice messaging system.
The number you have dialed is not in service. Please check the number and try again.
The mailbox is full and cannot accept any messages at this time.
If you'd like to make a call, please hang up and try again.
This is an automated message from your pharmacy.
This is Amy calling on a recorded line about your business listing.
We have been trying to reach you about your car's extended warranty.
To be removed from our list, press nine.
This call may be monitored for quality. Calls may be recorded for training purposes.
Please hold.
""".strip().splitlines()
PEOPLE = """
What time is the service on Sunday?
Hello? Hello? Is anybody there?
Are you a machine or a real person?
I pressed one, and then nothing happened.
I was on hold with you for twenty minutes, and it kept telling me my call is important.
Do I have to press a number, or can I just talk?
Please hold on a second, my son is calling.
Could you hold the line for me?
I'd like to leave a message for the pastor.
Can you take a message and have somebody call me back?
Sorry, I didn't catch that. Could you say it again?
I couldn't reach anybody at the office, so I thought I'd try this number.
My extension at work is twelve, call me there.
We'd like to book the hall for English lessons.
Please pray for my sister, she isn't available to call herself.
I want you to remove me from your mailing list.
Thank you for your patience, dear. So, where were we?
Is this call being recorded?
Yes, I'm still here.
""".strip().splitlines()


@each("utterance", MACHINES)
def test_given_the_words_of_machines_then_each_is_noticed(utterance: str) -> None:
    assert is_automatic(utterance)


@each("utterance", PEOPLE)
def test_given_the_words_of_people_who_speak_of_machines_too_then_none_is_taken_for_one(utterance: str) -> None:
    assert not is_automatic(utterance)


def call(*utterances: str) -> list[Utterance]:
    """The caller's utterances, with an answer after each."""
    both = [
        (Utterance("caller", text, n), Utterance("agent", "Hello! How can I help?", n))
        for n, text in enumerate(utterances)
    ]
    return [utterance for turn in both for utterance in turn]


def noticed(history: list[Utterance]) -> tuple[int, bool]:
    found = suspicion(history)
    return found.turns, found.alone


def test_given_a_queue_whose_announcement_comes_again_then_its_turns_are_counted() -> None:
    hold = ("Thank you for holding.", "Somebody will be right with you in a moment.", "Thank you for holding.")
    assert noticed(call(*hold)) == (2, True)
    again = ("Welcome to Acme Plumbing, the home of happy pipes.", "We fix all leaks at any hour of the day.")
    assert noticed(call(*again, *again)) == (2, True)


def test_given_a_person_who_says_the_same_again_and_again_then_that_is_no_machine_s_for_long() -> None:
    for words in ("Hello?", "Hello? Hello?", "Can you hear me?", "Sunday service."):
        assert suspicion(call(*[words] * 6)).turns == 0, words
    question = "What time is the service on Sunday morning, please?"
    assert suspicion(call(*[question] * 4)).turns == 0
    assert not suspicion(call(*[question] * 6)).gives_up
    assert suspicion(call(*[question] * 7)).gives_up, "a machine that asks goes on asking the same"
    for wish in ("Could somebody call me back about the roof?", "I would like you to pray for my mother."):
        assert suspicion(call(*[wish] * 10)).turns == 0, wish


def test_given_a_person_after_a_machine_then_the_count_begins_anew() -> None:
    queue = ("Please stay on the line.", "Your call is important to us.")
    answered = (*queue, "Oh, hi, I was on hold. When is the service?")
    assert noticed(call(*answered)) == (0, False)
    assert noticed(call(*answered, queue[0])) == (1, False)
    assert noticed(call("Welcome to Acme Plumbing.", *queue)) == (2, True)
    assert suspicion(call(*queue, "Goodbye.")).turns == 2, "a fragment may be anybody's"


def test_given_so_many_turns_or_so_long_a_time_then_the_agent_gives_up() -> None:
    assert [Suspicion(turns, seconds=5.0).gives_up for turns in range(5)] == [False, False, False, True, True]
    assert not Suspicion(1, seconds=89.9).gives_up
    assert Suspicion(1, seconds=90.0).gives_up
    assert not Suspicion(0, seconds=900.0).gives_up
    assert not Suspicion(1, alone=False, seconds=900.0).gives_up, "a person may put the line on hold"
    assert suspicion([Utterance("agent", "Hello.", 2.0), Utterance("caller", "Please hold.", 95.0)]).gives_up


def test_given_a_call_of_a_machine_alone_then_the_conversation_knows() -> None:
    hold = Utterance("caller", "Your call is important to us.", 2.0)
    agent, asked = Utterance("agent", "Hello!", 1.0), Utterance("caller", "When is the service on Sunday?", 3.0)
    assert a_conversation(history=(agent, hold)).machine
    assert not a_conversation(history=(agent,)).machine
    assert not a_conversation(history=(agent, hold, asked)).machine
    held = a_conversation(history=(asked, hold, hold, hold), requests=())
    assert held.machine, "nothing was achieved before"
    assert not replace(held, answered_turns=(1,)).machine


def test_given_a_person_who_corrects_a_number_then_it_is_no_repetition() -> None:
    said = "18 Alder Court in Tacoma, please."
    assert not is_automatic("No, 80 Alder Court in Tacoma, please.", [said])
    assert is_automatic("Now 18 Alder Court in Tacoma, please.", [said])
