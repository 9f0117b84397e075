"""What a caller's words are when they may not be meant for the agent: a listener's sign, or talk to somebody else.

Pure, and narrow: words in doubt are the caller's turn. Danger and a withdrawal of consent always are.
"""

import re
from enum import StrEnum

from shared.domain.language.consent import withdraws
from shared.domain.language.safety import assess
from shared.domain.language.text import words

ANSWER_SECONDS = 2.0
"""A "yes" over the end of a question answers it when so little of the question was left."""


class Overheard(StrEnum):
    TURN = "turn"
    BACKCHANNEL = "backchannel"
    """"Uh-huh" while the agent speaks: the caller listens."""
    ASIDE = "aside"
    """Said to somebody in the room, or by a television."""
    DISTANT = "distant"
    """Far quieter than the caller: another room, a television."""


def overheard(said: str, *, speaking: bool, distant: bool = False) -> Overheard:
    """`speaking`: whether the agent spoke when these words began, or had paused for them."""
    text = words(said)
    if not text or assess(said).dangers or withdraws(said):
        return Overheard.TURN
    if distant:
        return Overheard.DISTANT
    if _is_aside(text):
        return Overheard.ASIDE
    return Overheard.BACKCHANNEL if speaking and _SIGNS.fullmatch(text) else Overheard.TURN


_SIGNS = re.compile(
    r"(?:(?:u+h+ ?h*u+h*|u+h+|u+m+|a+h+ ?ha+h*|aha|m+ ?h+m*|m+h+m+|m{2,}|hm+|huh|oh+|a+h+|o ?k"
    r"|okay|okey|yes|yeah|yea|ya|yep|yup|right"
    r"|sure|all ?right|i see|i know|got it|gotcha|good|great|wow|nice|cool|perfect|fine|lovely|wonderful"
    r"|interesting|really|go on"
    r"|of course|exactly|true|that makes sense|makes sense|sounds good|oh good|oh nice|oh okay"
    r"|i understand|understood) ?)+"
)

_FAMILIAR = (
    r"(?:sweetie|sweetheart|sweetie pie|honey|honey bun|buddy|kiddo|kids|guys|boys|girls|mommy|mama|mom"
    r"|daddy|dad|grandma|grandpa|nana|babe|baby|pumpkin"
    r"|munchkin|darling|little (?:man|one|guy)|big guy|young (?:man|lady)|good (?:boy|girl))"
)
_FOR_A_CHILD_OR_A_PARTNER = (
    r"(?:bye|bye bye|good ?bye|night night|good ?night|see you|see ya|love you|i love you|miss you|come"
    r"|put|get|give|go|stop|leave|turn|wait|hold on"
    r"|hang on|not now|just a (?:second|minute|sec)|one (?:second|minute|sec)|in a (?:second|minute|sec)"
    r"|be (?:quiet|careful|nice|good)|careful|quiet"
    r"|shush|shh+|hush|sit|eat|drink|look|listen|say|ask|tell|what do you (?:want|need)|whats wrong"
    r"|are you|do you want|did you|can you|could you|where are"
    r"|where is|wheres|yes|yeah|no|okay|ok|thats|here|hey|hi|im|i am|ill be|dinner|lunch|its|well|wow"
    r"|mommys|daddys|you can|dont|give me|let me)"
)
_CALLED_ON = "".join(
    rf"(?<!\b{word} )"
    for word in ("my", "the", "your", "our", "his", "her", "for", "to", "of", "with", "and", "a", "any")
)
"""Before a name that is called out: "sit down, honey", not "for my honey"."""
_GRAVE = re.compile(
    r"\b(?:gun|knife|weapon|fire|smoke|blood|bleeding|help|hurt\w*|hit\w*|kill\w*|police|911|ambulance|breath\w*"
    r"|pills|die|dead)\b"
)
_ASIDES = (
    re.compile(rf"^{_FOR_A_CHILD_OR_A_PARTNER}\b.*{_CALLED_ON}\b{_FAMILIAR}(?: (?:bye|bye bye|please|okay|now|too))?$"),
    re.compile(rf"^(?:hey |no |not now |yes |okay |shh+ |bye )?{_FAMILIAR}\b (?:{_FOR_A_CHILD_OR_A_PARTNER})\b.*$"),
    re.compile(
        r"\b(?:im|i am|mommys|daddys|moms|dads|shes|hes|were) (?:still |just )?(?:on|talking on) the (?:phone"
        r"|telephone)\b(?! with you)"
    ),
    re.compile(
        r"^(?:please |hey |okay |can you |could you |will you |would you )?(?:just )?turn (?:that|the|it"
        r"|this)(?: \w+){0,2} (?:down|off)(?: please)?$"
    ),
    re.compile(
        r"^(?:please |hey |no )?(?:put (?:that|it|your \w+|the \w+) (?:down|away|back|on)|get (?:down|off)(?: "
        r"(?:from|of) (?:there|that|the \w+))?|sit down|come here|come back here"
        r"|go (?:play|outside|upstairs|to (?:bed|your room)|ask your \w+|get your \w+)|give (?:that|it) "
        r"(?:back )?to (?:me|your \w+|him|her)|leave (?:your|the) \w+ alone"
        r"|(?:shut|close|open|get) the (?:door|window|gate)|be quiet|keep it down|wipe your \w+|brush your \w+"
        r"|wash your \w+|dont (?:touch|eat|climb|hit|pull) (?:that|it|on \w+|the \w+|your \w+|him|her)"
        r"|ill be (?:right )?there in a (?:minute|second|sec)|ill be off in a (?:minute|second)|say (?:hi"
        r"|hello|bye|bye bye) to \w+)(?: (?:please|now|right now))?$"
    ),
    re.compile(
        r"^(?:whos at the door|somebodys at the door|somebody get the door|(?:dinner|lunch|breakfast)s ready"
        r"|what do you want for (?:dinner|lunch|breakfast)|did you (?:feed|walk|let out|let) the (?:dog|cat"
        r"|kids)(?: out)?)$"
    ),
    re.compile(
        r"\b(?:stay tuned|coming up (?:next|after the break|at (?:six|ten|eleven))|breaking news"
        r"|back to you in the studio|well be right back after|brought to you by|(?:channel|action|eyewitness"
        r"|fox|nbc|abc|cbs|cnn) (?:\w+ )?news"
        r"|in (?:sports|weather|other news) (?:tonight|today)|live from (?:the|downtown)"
        r"|for a limited time only|side effects (?:may )?include|ask your doctor (?:about|if)|call now and"
        r"|order now"
        r"|touchdown|home run|bottom of the (?:ninth|eighth|seventh)|first and ten|nothing but net|(?:studio"
        r"|live) audience|previously on|our next contestant|is (?:that|this) your final answer)\b"
    ),
)
_TO_THE_AGENT = re.compile(
    r"\b(?:thank you|thanks|appreciate|church|pastor|service|prayer|message|call me|my (?:name|number)"
    r"|recording|sunday)\b"
)


def _is_aside(text: str) -> bool:
    return (
        not _TO_THE_AGENT.search(text) and not _GRAVE.search(text) and any(pattern.search(text) for pattern in _ASIDES)
    )
