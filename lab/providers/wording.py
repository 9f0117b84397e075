"""Patterns of yes, no, goodbye and the like: the acts of a call that telltale words give away."""

import re

_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|correct|right|exactly|absolutely|definitely|ok|okay|please do|go ahead|do (?:it|that)|"
    r"that(?:'s| is) (?:right|correct|fine|good|it|perfect)|sounds (?:good|right|great)|perfect|please|of course|"
    r"(?:please )?send it|i do|i would|it is|mhm|uh[- ]huh|fine|great|all right|alright|you (?:can|may)|certainly)\b",
    re.I,
)
_NO = re.compile(
    r"^(?:no|nope|nah|not (?:really|quite|now|yet|right|at all)|that(?:'s| is) (?:wrong|not|incorrect)|that isn't|"
    r"wrong|don't|do not|please don't|i don't|incorrect|negative|no thank)\b",
    re.I,
)
_BARE = re.compile(
    r"(?:(?:yes|yeah|yep|yup|no|nope|nah|sure|correct|right|exactly|ok|okay|please|do|go ahead|it|that|that's|is|not|"
    r"really|good|fine|sounds|great|perfect|thank|thanks|you|i|would|like|all|alright|of course|absolutely|definitely|"
    r"mhm)[\s,.!?]*)+",
    re.I,
)
_REFUSAL = re.compile(
    r"\b(?:rather not|prefer not|don't want to (?:say|give|tell)|no,? thank(?:s| you)|skip (?:it|that)|anonymous|"
    r"leave (?:it|that) out|none of your|not (?:necessary|needed)|nobody|"
    r"don't have (?:one|any)|doesn't matter|no need)\b",
    re.I,
)
_SHORT = 8
"""Words: in a longer sentence "nobody" or "no need" is likely about something else."""
_CANCEL = re.compile(
    r"\b(?:never ?mind|forget (?:it|about it|that)|cancel (?:it|that)|don't (?:send|do) (?:it|that))\b", re.I
)
_BESIDES = re.compile(
    r"\b(?:actually|okay|ok|oh|um+|uh+|well|no|for now|please|just|the rest|of it|thanks|thank you|sorry|wait|and|then"
    r"|so|i)\b",
    re.I,
)
_CORRECTION = re.compile(
    r"\b(?:no|not|actually|instead|change|make (?:it|that)|should (?:be|say)|i meant|i said|correct(?:ion)?|"
    r"wrong|also|add|but)\b",
    re.I,
)
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|is (?:anyone|anybody|someone) there|are you there|"
    r"how are you(?: doing)?(?: today)?|there)[\s,.!?]*)+$",
    re.I,
)
_OFFER = re.compile(r"\b(?:if you (?:like|want)|would you like|shall i|do you want|i can)\b", re.I)
_MORE = re.compile(r"\b(?:anything|something) else\b|\bmore i can do\b", re.I)
_FILLER = re.compile(
    r"^(?:(?:hi|hello|hey|there|yes|yeah|no|nope|well|so|um+|uh+|er|okay|ok|oh|all ?right|great|sure|please|and|but|"
    r"because|"
    r"good (?:morning|evening|afternoon)|thank(?:s| you)(?: so much| very much)?|actually|sorry|excuse me|"
    r"i was (?:just )?(?:wondering|calling|hoping)(?: to (?:ask|find out|know))?(?: if| whether)?|"
    r"i(?:'m| am) (?:just )?calling (?:to (?:ask|find out|know)|about)|(?:can|could|would) you (?:please )?tell me|"
    r"do you know|i(?:'d| would) (?:like|love) to know|tell me|you guys)\b[\s,.!]*)+",
    re.I,
)

_REQUEST = re.compile(
    r"^(?:what|when|where|who|which|how|why|is|are|am|do|does|did|can|could|will|would|should|may|"
    r"please|tell|pray|let|have|put|give|call|any|anything|if|whether|there's|"
    r"(?:i|we)(?:'d| would| need| want| wanna|'m (?:wondering|looking|calling|trying)| also))\b",
    re.I,
)

ACTS: dict[str, re.Pattern[str]] = {
    "farewell": re.compile(
        r"\b(?:good ?bye|bye|have a (?:nice|good|great|blessed|lovely|wonderful)|see you|"
        r"take care|talk to you (?:later|soon)|"
        r"that(?:'s| is|'ll be| will be| was) (?:all|it|everything)|nothing else|hang(?:ing)? up|"
        r"(?:i'm|i am|we're|we are) (?:done|finished|all set)|(?:have|got|need) to (?:go|run|leave)|end the call)\b",
        re.I,
    ),
    "a person": re.compile(
        r"\b(?:(?:call|ring|phone|reach|contact|text) (?:me|us)|get back to (?:me|us)|"
        r"give (?:me|us) a (?:call|ring|buzz)|call ?back|return my call|"
        r"(?:real|actual|live|human) (?:person|being|human|someone)|a human|an? (?:person|operator|representative)|"
        r"(?:speak|talk|chat|connect me) (?:to|with) (?:a|an|the|some\w+|him|her|them|pastor|father|reverend|your)|"
        r"(?:take|leave|pass on) a message)\b",
        re.I,
    ),
}
"""An utterance with such words belongs to an intent with such an example, however far apart their meanings are."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def is_yes(said: str) -> bool:
    return bool(_YES.match(said.strip())) and not is_no(said)


def is_no(said: str) -> bool:
    return bool(_NO.match(said.strip()))


def is_bare(said: str) -> bool:
    """Only a yes or a no, with nothing else in it."""
    return bool(_BARE.fullmatch(said.strip()))


def refuses(said: str) -> bool:
    length = len(said.split())
    return (length <= _SHORT and bool(_REFUSAL.search(said))) or (length <= 2 and is_no(said))


def cancels(said: str) -> bool:
    return bool(_CANCEL.search(said))


def without_cancelling(said: str) -> str:
    """What the caller says besides "forget that"; empty where it is nothing."""
    rest = _CANCEL.sub(" ", said).strip(" ,.!;")
    return rest if _BESIDES.sub(" ", rest).strip(" ,.!;") else ""


def corrects(said: str) -> bool:
    return bool(_CORRECTION.search(said))


def greets(said: str) -> bool:
    return bool(_GREETING.match(said.strip()))


def offers(spoken: str) -> bool:
    """Whether the agent's sentence makes an offer, which a yes accepts."""
    return bool(_OFFER.search(spoken))


def asks_for_more(spoken: str) -> bool:
    return bool(_MORE.search(spoken))


def is_question(said: str) -> bool:
    wh = r"^(?:what|when|where|who|which|how|why|is|are|do|does|did|can|could|will|would)\b"
    return said.rstrip().endswith("?") or bool(re.match(wh, without_filler(said), re.I))


def opens_request(clause: str) -> bool:
    """Whether a clause begins as a question or a wish does, so that it may be one of its own."""
    return bool(_REQUEST.match(without_filler(clause)))


def without_filler(said: str) -> str:
    """Without opening filler such as "well" or "I was wondering"; never empty unless `said` is."""
    rest = _FILLER.sub("", said.strip() + " ").strip()
    return rest or said.strip()


def act_of(said: str) -> set[str]:
    return {act for act, pattern in ACTS.items() if pattern.search(said)}
