"""The scripted model: what callers mean, and whole conversations, without a process between."""

import json
from typing import Any

import pytest

from agent.conversation.opinion import INSTRUCTIONS
from lab.providers.chat import ChatRequest, Reply
from lab.providers.dialogue import GREETING
from lab.providers.scripted import Scripted
from shared.domain.template import Intent, Node, Slot, playbook

UNKNOWN = "I'm sorry, I don't know that. I can ask someone to call you back, if you like."
ASK_PRAYER, ASK_NAME = "What would you like us to pray for?", "May I have your name?"
ASK_CALLER, ASK_PHONE, ASK_TIME = "Who is calling?", "Which number can we reach you at?", "When is a good time to call?"
HOURS = "Sunday services are at nine and eleven. The office is open on weekdays from nine to four."
ADDRESS = "We are at 1200 Pine Street in Seattle, with parking behind the church."

NODE = Node(
    instructions="Be kind.",
    tools=("submit_prayer_request", "request_callback", "end_call"),
    intents=(
        Intent(
            name="opening_hours",
            examples=("When is the church open?", "What time is mass on Sunday?", "What are your office hours?"),
            reply=HOURS,
        ),
        Intent(
            name="address",
            examples=("Where is the church?", "What is your address?", "How do I get to you?"),
            reply=ADDRESS,
        ),
        Intent(
            name="prayer",
            examples=(
                "I'd like to ask for a prayer.",
                "Please pray for my mother.",
                "Can you add someone to the prayer list?",
            ),
            tool="submit_prayer_request",
            slots=(
                Slot(name="prayer", kind="text", ask=ASK_PRAYER),
                Slot(name="caller_name", kind="name", ask=ASK_NAME),
            ),
        ),
        Intent(
            name="callback",
            examples=("Can someone call me back?", "I want to speak to the pastor.", "Leave a message for the office."),
            tool="request_callback",
            slots=(
                Slot(name="caller_name", kind="name", ask=ASK_CALLER),
                Slot(name="phone", kind="phone", ask=ASK_PHONE),
                Slot(name="best_time", kind="time", ask=ASK_TIME),
                Slot(name="reason", kind="text"),
            ),
        ),
        Intent(
            name="wedding",
            examples=("I'd like to get married.", "I have a question about a wedding."),
            go="weddings",
        ),
        Intent(
            name="goodbye",
            examples=("Goodbye.", "That's all, thank you.", "I have to go now."),
            tool="end_call",
        ),
    ),
    unknown=UNKNOWN,
)
WEDDINGS = Node(
    instructions="",
    intents=(
        Intent(name="wedding", examples=("I'd like to get married.",), go="weddings"),
        Intent(name="fee", examples=("What does a wedding cost?",), reply="The fee is four hundred dollars."),
    ),
    unknown="Which day did you have in mind?",
)
ONLY_MESSAGES = NODE.model_copy(
    update={"intents": (Intent(name="message", examples=("Call me back.",), go="messages"),)}
)
NODES = {"desk": NODE, "weddings": WEDDINGS, "only_messages": ONLY_MESSAGES}
SCHEMAS = {
    "submit_prayer_request": {"properties": {"prayer": {}, "caller_name": {}}, "required": ["prayer"]},
    "request_callback": {"properties": {"caller_name": {}, "phone": {}, "best_time": {}, "reason": {}}},
    "end_call": {"properties": {}},
    "go_to_weddings": {"properties": {}},
}

HELD_OUT = [
    ("opening_hours", "What time do you start on Sunday mornings?"),
    ("opening_hours", "Hello, I'd love to know if you are open this Saturday."),
    ("opening_hours", "Until when can I drop by the office today?"),
    ("opening_hours", "Do you hold a service in the evening as well?"),
    ("opening_hours", "How early can I come in tomorrow?"),
    ("opening_hours", "Um, when does worship begin?"),
    ("opening_hours", "Is the building closed on Mondays?"),
    ("opening_hours", "What's the service schedule for this weekend?"),
    ("address", "Could you tell me where you're located?"),
    ("address", "Which street is the building on?"),
    ("address", "I'm driving over from Tacoma and need directions."),
    ("address", "Is there a place to leave my car?"),
    ("address", "Hi there, how would I find you?"),
    ("address", "What's the exact location, please?"),
    ("address", "Where should I park?"),
    ("address", "In which part of the city are you?"),
    ("prayer", "My brother is having surgery on Friday, could you keep him in your prayers?"),
    ("prayer", "I would love for people to pray with me about my marriage."),
    ("prayer", "Could the congregation pray that my daughter finds work?"),
    ("prayer", "My father passed away last night and our family needs prayers."),
    ("prayer", "I have a prayer request."),
    ("prayer", "Would you say a prayer for my neighbor? She has cancer."),
    ("prayer", "Could you put my grandmother on your prayer chain?"),
    ("prayer", "Please lift up my nephew Tom in prayer, he lost his job."),
    ("callback", "Could I get a call back from somebody on your staff?"),
    ("callback", "Is Pastor John around? I'd like to talk with him."),
    ("callback", "Please have somebody phone me about renting the hall."),
    ("callback", "I'd rather talk to a real person."),
    ("callback", "Would you take a message for the secretary?"),
    ("callback", "Could the minister give me a ring tomorrow?"),
    ("callback", "I need a human being to reach me, please."),
    ("callback", "Tell the priest to contact me."),
    ("goodbye", "Okay, bye bye."),
    ("goodbye", "Thanks so much, that was everything I needed."),
    ("goodbye", "Nothing else for today. Have a nice day."),
    ("goodbye", "I'm all set, talk to you later."),
    ("goodbye", "Alright, see you on Sunday."),
    ("goodbye", "Great, take care."),
    ("goodbye", "I need to run, so let's hang up."),
    ("wedding", "We're engaged and want to hold the ceremony at your place."),
    ("wedding", "My fiancé and I are planning to marry next spring."),
    (None, "What is the capital of France?"),
    (None, "Do you sell used car tires?"),
    (None, "I'd like a large pizza with pepperoni."),
    (None, "Can you recommend a good movie?"),
    (None, "My computer won't start anymore."),
    (None, "Who won the football game?"),
    (None, "How tall is Mount Rainier?"),
]


@pytest.fixture(scope="module")
def model() -> Scripted:
    scripted = Scripted()
    scripted.playbooks.teach({f"test/{name}": playbook(node) for name, node in NODES.items()})
    return scripted


def system(name: str = "desk") -> dict[str, Any]:
    return {"role": "system", "content": f"You are a receptionist.\n\nRole: test/{name}\nBe brief."}


class Talk:
    """A conversation; each tool asks for a yes first, as the product's do."""

    def __init__(self, model: Scripted, schemas: dict[str, dict[str, Any]] | None = None) -> None:
        self.model = model
        self.schemas = SCHEMAS if schemas is None else schemas
        self.messages: list[dict[str, Any]] = [system()]
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def say(self, text: str) -> str:
        """What the agent says to it, its tools having run."""
        self.messages.append({"role": "user", "content": text})
        for _ in range(4):
            reply = self.ask()
            if not reply.calls:
                self.messages.append({"role": "assistant", "content": reply.text})
                return reply.text
            self.run(reply)
        raise AssertionError("it calls tools without an end")

    def ask(self) -> Reply:
        return self.model.reply(ChatRequest(tuple(self.messages), self.schemas))

    def run(self, reply: Reply) -> None:
        for call in reply.calls:
            known = (call.name, json.loads(call.arguments))
            if call.name == "end_call":
                output = {"say": "Goodbye."}
            elif known in self.calls:
                output = {"status": "stored", "say": "It is sent. Anything else?"}
            else:
                output = {"status": "confirm", "say": "Shall I send it?"}
            self.calls.append(known)
            self.result(call.name, call.arguments, json.dumps(output))

    def result(self, tool: str, arguments: str, output: str) -> None:
        identity = f"call_{len(self.messages)}"
        function = {"name": tool, "arguments": arguments}
        calls = [{"id": identity, "type": "function", "function": function}]
        self.messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        self.messages.append({"role": "tool", "tool_call_id": identity, "content": output})


def meant(model: Scripted, said: str) -> str | None:
    """The intent that the model took it for; None: unknown."""
    reply = Talk(model)
    reply.messages.append({"role": "user", "content": said})
    answer = reply.ask()
    if answer.calls:
        tool = answer.calls[0].name
        return next(i.name for i in NODE.intents if tool in (i.tool, f"go_to_{i.go}"))
    signs = {HOURS: "opening_hours", ADDRESS: "address", ASK_PRAYER: "prayer", ASK_NAME: "prayer", UNKNOWN: None}
    return signs.get(answer.text, "callback")


def test_given_wordings_no_example_has_then_nine_of_ten_are_understood(model: Scripted) -> None:
    examples = {example.lower() for intent in NODE.intents for example in intent.examples}
    assert not examples & {said.lower() for _, said in HELD_OUT}
    wrong = [(said, want, got) for want, said in HELD_OUT if (got := meant(model, said)) != want]
    assert len(wrong) <= len(HELD_OUT) // 10, wrong


def test_given_a_prayer_in_one_breath_then_only_the_name_is_asked_and_it_is_sent_after_a_yes(model: Scripted) -> None:
    talk = Talk(model)
    assert talk.say("Hi, could you pray for my brother's surgery on Friday?") == ASK_NAME
    assert talk.say("It's Martha.") == "Shall I send it?"
    assert talk.say("Yes, please.") == "It is sent. Anything else?"
    wanted = ("submit_prayer_request", {"prayer": "my brother's surgery on Friday", "caller_name": "Martha"})
    assert talk.calls == [wanted, wanted]
    assert talk.say("No, that's all.") == "Goodbye."


def test_given_everything_at_once_then_nothing_is_asked(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("Hi, this is Anna Lee, I need prayer for my son Daniel, he is deployed overseas.")
    assert talk.calls[0][1] == {"prayer": "my son Daniel, he is deployed overseas", "caller_name": "Anna Lee"}


def test_given_only_the_wish_then_each_thing_is_asked_in_turn(model: Scripted) -> None:
    talk = Talk(model)
    assert talk.say("Can someone call me back?") == ASK_CALLER
    assert talk.say("This is John Miller.") == ASK_PHONE
    assert talk.say("My number is two oh six, five five five, oh one four two.") == ASK_TIME
    assert talk.say("Tomorrow afternoon after three.") == "Shall I send it?"
    assert talk.calls == [
        (
            "request_callback",
            {"caller_name": "John Miller", "phone": "2065550142", "best_time": "Tomorrow afternoon after three"},
        )
    ]


def test_given_a_reason_told_by_the_way_then_it_is_taken(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("I'd like to talk to the pastor about a funeral. My name is Ann.")
    talk.say("206-555-0199")
    talk.say("Any time.")
    assert talk.calls[0][1]["reason"] == "a funeral"


def test_given_a_refused_name_then_it_is_left_out(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("Please pray for peace in my family.")
    talk.say("I'd rather not say.")
    assert talk.calls == [("submit_prayer_request", {"prayer": "peace in my family"})]


def test_given_a_question_in_between_then_it_is_answered_and_asked_on(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("I have a prayer request.")
    assert talk.say("What time is mass?") == f"{HOURS} {ASK_PRAYER}"
    assert talk.say("For my aunt Rosa, she broke her hip.") == ASK_NAME


def test_given_a_goodbye_instead_of_an_answer_then_the_call_ends(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("Can someone call me back?")
    assert talk.say("Oh, I have to go now, bye.") == "Goodbye."


def test_given_no_number_twice_then_it_goes_on_without(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("Can someone call me back? My name is Dave.")
    assert ASK_PHONE in talk.say("Um, let me see.")
    assert ASK_TIME in talk.say("I can't find it.")


def test_given_corrections_then_the_tool_gets_what_is_right_now(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("I need prayers for my marriage. My name is Peter.")
    talk.say("No, pray for my whole family instead.")
    talk.say("My name is Pieter Brandt.")
    assert talk.say("No.") == "What should I change?"
    talk.say("Also for my dog Rex.")
    assert talk.say("That's right.") == "It is sent. Anything else?"
    assert talk.calls[-1][1] == {"prayer": "my whole family and my dog Rex", "caller_name": "Pieter Brandt"}


def test_given_never_mind_then_nothing_is_sent(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("I need prayers for my marriage. My name is Peter.")
    talk.say("Never mind.")
    assert len(talk.calls) == 1
    assert talk.say("Where are you?") == ADDRESS


def test_given_a_question_beside_never_mind_then_it_is_answered(model: Scripted) -> None:
    for said in (["Actually forget that for now, where are you?"], ["Actually forget that for now,", "where are you?"]):
        talk = Talk(model)
        talk.say("I need prayers for my marriage. My name is Peter.")
        # a pause of the caller: two utterances before the agent's answer
        talk.messages += [{"role": "user", "content": text} for text in said[:-1]]
        assert talk.say(said[-1]) == ADDRESS
        assert len(talk.calls) == 1


def test_given_an_answer_to_classify_then_the_reply_is_one_word(model: Scripted) -> None:
    system = {"role": "system", "content": INSTRUCTIONS}
    table = {
        "you hit the nail on the head": "yes",
        "yes": "yes",
        "that is a bridge too far for me": "no",
        "I would, if my wife agrees": "unclear",
        "the weather is nice": "unclear",
    }
    for said, word in table.items():
        user = {"role": "user", "content": f"Question: Shall I send it?\nAnswer: {said}"}
        assert model.reply(ChatRequest((system, user), {})).text == word, said


def test_given_an_offer_when_accepted_then_it_is_done(model: Scripted) -> None:
    talk = Talk(model)
    assert talk.say("How tall is Mount Rainier?") == UNKNOWN
    assert talk.say("Yes, please.") == ASK_CALLER


def test_given_a_tool_that_is_not_offered_then_it_is_never_called(model: Scripted) -> None:
    talk = Talk(model, schemas={})
    for _, said in HELD_OUT:
        assert talk.say(said)
    assert talk.calls == []


def test_given_another_node_then_the_same_words_are_matched_there_and_it_is_not_left_again(model: Scripted) -> None:
    talk = Talk(model)
    talk.messages.append({"role": "user", "content": "What would a wedding cost at your church?"})
    [call] = talk.ask().calls
    assert call.name == "go_to_weddings"
    talk.result(call.name, call.arguments, "{}")
    talk.messages[0] = system("weddings")
    assert talk.ask() == Reply("The fee is four hundred dollars.")


def test_given_an_accepted_offer_that_leads_to_another_node_then_its_questions_go_on_there(model: Scripted) -> None:
    messages: list[dict[str, Any]] = [
        system("only_messages"),
        {"role": "user", "content": "How tall is Mount Rainier?"},
    ]
    schemas = SCHEMAS | {"go_to_messages": {"properties": {}}}
    messages.append({"role": "assistant", "content": model.reply(ChatRequest(tuple(messages), schemas)).text})
    messages.append({"role": "user", "content": "Yes, please."})
    [call] = model.reply(ChatRequest(tuple(messages), schemas)).calls
    assert call.name == "go_to_messages"
    talk = Talk(model)
    talk.messages = [system(), *messages[1:]]
    talk.result(call.name, call.arguments, json.dumps({"status": "moved"}))
    assert talk.ask() == Reply(ASK_CALLER)
    talk.messages.append({"role": "assistant", "content": ASK_CALLER})
    assert talk.say("Daniela Ortiz.") == ASK_PHONE
    assert talk.say("206-555-0142.") == ASK_TIME


def test_given_an_argument_a_tool_cannot_use_then_it_is_taken_again(model: Scripted) -> None:
    talk = Talk(model)
    talk.messages.append({"role": "user", "content": "Call me back at 555 0142 12, this is Sue, any time."})
    [call] = talk.ask().calls
    output = {"status": "invalid", "slot": "phone", "say": "That number isn't complete. Which is it?"}
    talk.result(call.name, call.arguments, json.dumps(output))
    assert talk.ask().text == output["say"]
    talk.messages.append({"role": "assistant", "content": output["say"]})
    talk.say("206 555 0142")
    assert talk.calls[-1][1] == {"caller_name": "Sue", "phone": "2065550142", "best_time": "any time"}


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ('{"say": "Done."}', "Done."),
        ("We are full.", "We are full."),
        ("null", "All right."),
        ("[]", "All right."),
        ("", "All right."),
        ('{"say": ""}', ""),
    ],
)
def test_given_any_output_of_a_tool_then_something_fitting_is_said(model: Scripted, output: str, said: str) -> None:
    talk = Talk(model)
    talk.messages.append({"role": "user", "content": "Goodbye."})
    talk.result("end_call", "{}", output)
    assert talk.ask() == Reply(said)


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": "hello"}],
        [system("nobody_knows"), {"role": "user", "content": "hi"}],
        [system()],
        [system(), {"role": "user", "content": ""}],
        [system(), {"role": "user", "content": [{"type": "text", "text": "Hello?"}]}],
        [system(), {"role": "assistant", "content": "Hello."}],
    ],
)
def test_given_nothing_to_go_by_then_it_greets(model: Scripted, messages: list[dict[str, Any]]) -> None:
    assert model.reply(ChatRequest(tuple(messages), SCHEMAS)) in (Reply(GREETING), Reply(UNKNOWN))


def test_given_a_number_in_pieces_then_it_is_put_together(model: Scripted) -> None:
    talk = Talk(model)
    talk.say("Can someone call me back? My name is Ruth.")
    assert talk.say("It is three one two.") == "Yes, go on."
    assert talk.say("Five five five, zero one seven eight.") == ASK_TIME
    assert talk.say("Any time.") == "Shall I send it?"
    assert talk.calls[-1][1]["phone"] == "3125550178"


def test_given_two_questions_in_one_breath_then_both_are_answered(model: Scripted) -> None:
    both = Talk(model).say("What street are you on, and how late is somebody in the office?")
    assert ADDRESS in both
    assert HOURS in both
    asked = Talk(model)
    assert asked.say("When does worship start, and would you pray for my uncle Ned?") == f"{HOURS} {ASK_NAME}"
    assert asked.say("Ruth.") == "Shall I send it?"
    assert "Ned" in asked.calls[-1][1]["prayer"]


def test_given_a_greeting_before_a_question_then_the_question_is_answered(model: Scripted) -> None:
    said = "Morning, we just moved here and I wondered when folks usually gather on the weekend."
    assert Talk(model).say(said) == HOURS
    assert Talk(model).say("Hey there, hope you're well. Whereabouts is the church?") == ADDRESS
