"""Reads short answers: yes, no, confirmation and farewell, in a caller's own words as transcribed."""

import re

from shared.domain.language.text import words

_POLITE = re.compile(
    r"\bif (?:thats|that is|its|it is|you) (?:ok|okay|alright|all right|fine|possible|like|want|wish|dont mind)\b"
)
_HESITANT = re.compile(
    r"\b(?:not (?:so |too |really |quite |entirely )?sure|i ?dont know|not certain|maybe|perhaps|possibly"
    r"|it depends|that depends"
    r"|let me think|what do you mean|i dont understand|only if|as long as|unless|not yet|say that again|come again)\b"
)
"""Neither yes nor no, whatever else the caller says."""

_IDIOMATIC_YES = re.compile(
    r"\b(?:no (?:trouble|problem|problems|worries|issue|issues|objection|objections|prob)(?: with that| at all)?"
    r"|not a problem(?: at all)?|(?:i )?(?:dont|do not|wouldnt|would not) (?:really )?mind(?: at all| it| that)?"
    r"|(?:i )?(?:dont|do not|cant|cannot) (?:see|think of) (?:a reason |any reason )?why not|why not"
    r"|(?:i )?(?:dont|do not) (?:have|see) (?:a|any) (?:problem|issue|objection|objections)(?: with (?:that|it))?"
    r"|(?:i )?have no (?:problem|issue|objection|objections)(?: with (?:that|it))?"
    r"|(?:doesnt|does not|wont|will not) bother me|(?:couldnt|cant) hurt|nothing against (?:it|that)"
    r"|no reason not to)\b"
)
"""A yes with a no in it."""

_FIRM_NO = re.compile(
    r"\b(?:rather (?:you |we |it |this |that )?(?:didnt|did not|not|wouldnt|dont)|prefer (?:not|you didnt"
    r"|if you didnt|that you dont)"
    r"|no (?:thank you|thanks|thankyou|way|sir|maam|recording|chance)|know thank(?:s| you)"
    r"|(?:please )?(?:dont|do not|didnt ask you to|never) (?:do (?:it|that|this)|record\w*|tape|send|save"
    r"|submit|go ahead|want|wish|consent"
    r"|agree|think so|like|allow|keep|write|pass|book|call|feel comfortable|i repeat|bother)"
    r"|please dont|please do not|please no|not exactly|(?:dont|do not|didnt) think (?:so|that|thats|its|it|you"
    r"|i|we)|better if you (?:didnt|dont)|isnt what i (?:meant|said|asked|wanted)|can (?:you"
    r"|we) (?:please )?not|could (?:you|we) (?:please )?not"
    r"|would you mind not"
    r"|not (?:really|okay|ok|fine|right|correct|quite|comfortable|happy|allowed|recorded|record(?:ing)?|today"
    r"|good|true|what i said|quite right)"
    r"|isnt (?:right|correct|okay|ok|fine|what i said|true)|wasnt (?:right|correct)|(?:thats|its|is|was"
    r"|youve got it|you got it|got that) "
    r"(?:all |just |completely )?(?:wrong|incorrect)|wrong|incorrect|absolutely not|definitely not"
    r"|certainly not|of course not|under no circumstances"
    r"|i (?:refuse|decline|object|opt out|disagree|say no|said no)|id have to say no|against (?:it|that"
    r"|being recorded)"
    r"|without (?:the |a |any )?recording|off the record|leave it off|turn it off|stop recording|forget it"
    r"|never ?mind"
    r"|cancel (?:it|that)|hold on|scratch that)\b"
)

_NO = re.compile(r"\b(?:no(?! (?:idea|one|longer|matter|doubt)\b)|nope|nah|naw|noo+|negative|not|nay|uh uh|never)\b")

_NEGATED = re.compile(r"\b(?:dont|do not|cant|cannot|isnt|doesnt|wasnt|wont|didnt|arent|hardly|without|nor)\b")
"""A negation that no phrase above explains; beside a yes it makes the answer unclear."""

_FIRM_YES = re.compile(
    r"\b(?:go(?: right)? ?a ?head|please do|do it|by all means|be my guest|feel free|of course|absolutely"
    r"|certainly|definitely|indeed"
    r"|(?:thats|that is|thatll be|that would be|its|it is|all|sounds|its all|this is) "
    r"(?:perfectly |totally |absolutely |quite |all |just |completely |exactly )?(?:fine|ok|okay|good|great"
    r"|perfect|alright|all right|right|correct|cool|it exactly)"
    r"|(?:im|i am) (?:perfectly |totally |quite |completely )?(?:fine|ok|okay|good|happy|comfortable"
    r"|cool) (?:with|for you|to be)"
    r"|(?:fine|ok|okay|good|alright|all right) (?:with|by) me|works (?:for me|fine)|that works|thatll work"
    r"|you got it right|you (?:have|ve got) it right"
    r"|i (?:do )?(?:agree|consent|accept|approve|allow it|give (?:you )?(?:my )?(?:permission|consent))"
    r"|you have my (?:permission|consent)"
    r"|you (?:can|may) (?:go ahead|record|send|do that|do it|tape)|(?:send|record|submit) (?:it|away|me|that"
    r"|the call)|exactly|precisely|correct"
    r"|please send|you bet|go for it|you got it|that would be (?:lovely|nice|wonderful|good|fine|great)"
    r"|for sure|affirmative|agreed|(?:it is|i would|i do|you may|you can)(?= please| thank| yes|$))\b"
)

_YES = re.compile(r"\b(?:yes+|yeah|yea|yeh|yep|yup|ya|yah|yas|aye|uh huh|mm hmm|mhm|mmhmm)\b")

_SOFT_YES = re.compile(
    r"\b(?:sure|ok|okay|okey|k|fine|alright|all right|right|good|great|perfect|please|surely|cool)\b"
)
"""Words that often only fill a pause: a yes when little else is said."""

_FILLER = re.compile(
    r"\b(?:um+|uh+|er+|hm+|oh|ah|well|so|like|just|please|thanks|thank you|thank|you|thats|that|is|its|it|i"
    r"|guess|suppose|think"
    r"|then|really|very|much|sir|maam|the|a|to|me|and|with|now|kindly|dear|honey|totally|i said|hi|hello)\b"
)
_LITTLE = 3
"""The most words that may surround a soft answer."""
_EARLY = 3
"""A yes or no within this many words of the beginning answers the question, whatever follows."""

_BYE = re.compile(
    r"\b(?:good ?bye|good by|bye+|bye ?bye|buy buy|by by|so long|take care|see (?:you|ya)(?: \w+)?|farewell"
    r"|good ?night|cheerio"
    r"|have a (?:\w+ )?(?:\w+ )?(?:day|one|evening|night|weekend|afternoon|morning|week|time)"
    r"|talk to you (?:later|soon)|god bless(?: you)?"
    r"|ill (?:let you go|hang up)(?: now)?|(?:im|i am) (?:going to|gonna) hang up)\b"
)
_ALL = re.compile(
    r"\b(?:(?:thats|that is|that was|thatll be|that will be|thatll do|that will do|itll be|thats about|this is) "
    r"(?:really |about |just |pretty much )?(?:all|everything|it)(?: i (?:need(?:ed)?|want(?:ed)?|had"
    r"|have)(?: to (?:know|ask|say))?)?"
    r"(?: for (?:now|today|me))?(?! right)|nothing (?:else|more|further)(?: for (?:now|today))?|not (?:today"
    r"|right now|at the moment)"
    r"|(?:im|i am|were|we are|i think im|i think were) (?:all )?(?:good|done|set|fine|finished)"
    r"|(?:no|nope) (?:more )?(?:other )?questions|i have (?:everything|all) i need(?:ed)?"
    r"|youve (?:answered everything|been (?:very |so |a great |most )?(?:helpful|help|kind)))\b"
)
_NOT_A_FAREWELL = re.compile(
    r"\b(?:(?:say|said|saying|says|wave|waved|kiss|kissed) (?:my |your |our |her |his |their )?(?:good ?)?bye"
    r"|(?:is|was) that (?:all|it|everything)"
    r"|before (?:i|you|we) (?:go|hang up|say)|dont hang up|one more (?:thing|question)|before you go"
    r"|thats all right|thats alright)\b"
)
_PLEASANTRY = re.compile(
    r"\b(?:no|nope|nah|yes|yeah|yep|ok|okay|alright|all right|great|good|perfect|wonderful|lovely|fine|sure"
    r"|thanks|thank|you|so|very|much"
    r"|a lot|lot|for|your|the|help|helping|calling|time|now|then|well|um+|uh+|oh|i|think|guess|really"
    r"|appreciate|it|that|thats|all"
    r"|again|dear|maam|sir|everything|and|that was|very helpful|helpful|kind|too|have|nice|today|bless|please"
    r"|everyone|there|know|im|just)\b"
)


def yes_or_no(utterance: str) -> bool | None:
    """True for a yes, False for a no or a correction, None when it is neither, both, or about something else."""
    text = _POLITE.sub(" ", words(utterance))
    if _HESITANT.search(text):
        return None
    text, idiomatic = _IDIOMATIC_YES.subn(" ", text)
    text, firm_no = _FIRM_NO.subn(" ", text)
    text, firm_yes = _FIRM_YES.subn(" ", text)
    question = utterance.rstrip().endswith("?")
    clear_yes = bool(idiomatic or firm_yes) and not (question and _long(text))
    yes = clear_yes or _answers(_YES, text)
    if firm_no:
        return None if clear_yes else False
    if yes and _NEGATED.search(text):
        return None
    if _answers(_NO, text):
        return None if yes and not idiomatic else bool(idiomatic)
    if yes or (not question and _SOFT_YES.search(text) and not _long(_SOFT_YES.sub(" ", text))):
        return True
    return None


_AMENDS = re.compile(
    r"\b(?:but|except|instead|actually|change|changed|replace|add|also|as well|unless|although|only if|one more"
    r"|make (?:it|that)|question|wonder\w*|what time|how (?:do|much|long|can)|when (?:is|are|does|do)|where"
    r"|(?:id like|i would like|i want|i wanted)(?! (?:that|it|this|you to (?:send|submit|do|pass|go))\b|$))\b"
)
"""Words that make an answer more than a yes."""


def confirms(utterance: str) -> bool:
    """Whether it is a yes to exactly what the agent read back: it changes, adds and asks nothing.

    "Okay, thank you, goodbye" takes leave and says yes to nothing; "yes, thank you, goodbye" does both.
    """
    text = words(utterance)
    if yes_or_no(utterance) is not True or _AMENDS.search(text):
        return False
    return not farewell(utterance) or bool(_YES.search(text) or _FIRM_YES.search(text))


def farewell(utterance: str) -> bool:
    """Whether the caller takes leave: says goodbye, or wants nothing more."""
    text = words(utterance)
    if _NOT_A_FAREWELL.search(text):
        return False
    if re.search(rf"(?:{_BYE.pattern})(?: (?:now|then|bye|everyone|maam|sir|dear))*$", text):
        return True
    if utterance.rstrip().endswith("?"):
        return False
    rest, taken = re.subn(f"{_BYE.pattern}|{_ALL.pattern}", " ", text)
    return taken > 0 and len(_PLEASANTRY.sub(" ", rest).split()) <= 1


def _answers(word: re.Pattern[str], text: str) -> bool:
    """Whether such a word stands where an answer stands: early, or with little else said."""
    found = word.search(text)
    if found is None:
        return False
    before = _FILLER.sub(" ", text[: found.start()])
    return len(before.split()) < _EARLY - 1 or not _long(word.sub(" ", text))


def _long(text: str) -> bool:
    return len(_FILLER.sub(" ", text).split()) > _LITTLE
