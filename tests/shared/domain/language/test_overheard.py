import pytest
from tables import each

from shared.domain.language.overheard import Overheard, overheard

SIGNS = """Uh-huh.|Uh-hu|mm-hm|Mm-hmm.|okay|Okay.|Yeah.|Right, right.|I see.|Got it.|Oh, okay.|Mhm|Uh huh, uh huh.
Sure.|Aha.|Wow.|Really?|Oh good.|All right.|Yes.|That makes sense."""
ASIDES = """Bye bye, sweetie.|Not now, honey.|Put that down, buddy.|Honey, can you turn that down?
Turn the TV down.|I'm on the phone.|Mommy's on the phone, sweetheart.|See you later, kiddo.
Love you, babe.|Come here, sweetie.|Get down from there!|Sit down, please.
Shh, daddy's on the phone.|Leave your sister alone.|Who's at the door?|Dinner's ready.
Did you feed the dog?|Be quiet, kids.|Close the door, please.
Stay tuned, we'll be right back after the break.|Coming up next on channel five news.
Say hi to grandma.|Yes, sweetie, in a minute.|Ask your doctor about side effects."""
TURNS = """No.|Stop.|Wait.|Sorry, when is the service?|Okay, and where do I park?|Yes, please send it.
No, that's wrong.|Bye bye.|Goodbye.|Thank you, honey, bye.|Hold on a second.|What?
I'd like somebody to call me back.|Could you repeat that?|Can you turn the recording off?
Stop recording.|My mom is on the prayer list.|I want to bring my kids.|It's for my dad.
My daughter wants to say a prayer.|The door was closed on Sunday.|Is there a service for kids?
I'm on my way to the church.|I was on the phone with you yesterday, thank you.
Can I speak to the pastor, please?|Right, so my number is different.
Tell me about the youth group, please.|My husband and kids are coming.
I saw the church on channel five news."""
DANGER = """Honey, put the gun down, please.|Okay, I want to die.|Bye bye, sweetie, I took all the pills.
He's hitting me, mom."""


def lines(text: str) -> list[str]:
    return [each.strip() for each in text.replace("\n", "|").split("|")]


@each("said", lines(SIGNS))
def test_given_a_listeners_sign_then_it_is_one_while_the_agent_speaks_and_a_turn_after_it(said: str) -> None:
    assert overheard(said, speaking=True) is Overheard.BACKCHANNEL
    assert overheard(said, speaking=False) is Overheard.TURN


@each("said", lines(ASIDES))
def test_given_talk_to_others_then_it_is_never_a_turn(said: str) -> None:
    assert overheard(said, speaking=True) is Overheard.ASIDE
    assert overheard(said, speaking=False) is Overheard.ASIDE


@each("said", lines(f"{TURNS}|{DANGER}"))
def test_given_words_for_the_agent_or_danger_then_they_are_a_turn(said: str) -> None:
    assert overheard(said, speaking=True) is Overheard.TURN
    assert overheard(said, speaking=False) is Overheard.TURN


@pytest.mark.parametrize("said", ["", "...", "  "])
def test_given_no_words_then_the_framework_decides(said: str) -> None:
    assert overheard(said, speaking=True) is Overheard.TURN
