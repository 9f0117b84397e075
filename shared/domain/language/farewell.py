"""Recognises a caller who takes leave."""

import re

from shared.domain.language.text import words


def farewell(utterance: str) -> bool:
    """Whether the caller takes leave: says goodbye, or wants nothing more."""
    text = words(utterance)
    if _NOT_A_FAREWELL.search(text):
        return False
    if re.search(rf"(?:{LEAVE.pattern})(?: (?:now|then|bye|everyone|maam|sir|dear))*$", text):
        return True
    if utterance.rstrip().endswith("?"):
        return False
    rest, taken = re.subn(f"{LEAVE.pattern}|{_ALL.pattern}", " ", text)
    return taken > 0 and len(_PLEASANTRY.sub(" ", rest).split()) <= 1


def only_takes_leave(utterance: str) -> bool:
    """Whether a caller whom the agent has said goodbye to adds nothing: "bye", "thank you", "you too", noise."""
    return farewell(utterance) or not _PLEASANTRY.sub(" ", words(utterance)).split()


LEAVE = re.compile(
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
