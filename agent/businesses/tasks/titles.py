"""The title in what a caller says: the thing to do, without the words that command it (OP-14). Pure."""

import re

from shared.domain.language.text import vocabulary, words

MOST_CHARACTERS = 200

_LIST = r"(?:my|the|our|this|that|a)\s+(?:[\w-]+\s+){0,2}?(?:lists?|tasks?|to[- ]?dos?|reminders?|agenda)"
_NOUN = r"(?:tasks?|to[- ]?dos?|reminders?|items?|entry|note|action item|chore|errand)"
_MUST = (
    r"(?:i|we|she|he|they)(?:'ve| have)? (?:really |just |also |still )?(?:got to|gotta|must|should|have to|need to"
    r"|ought to|has to|needs to|want to)"
)
_OPENING = re.compile(
    r"(?:please|kindly|hey|hi|hello|okay|ok|um+|uh+|er|so|well|oh|yes|yeah|sure|right|and|also|then|now|just|actually"
    r"|alright|all right|quickly|maybe|great|thanks|thank you|go ahead and|one more thing)\b[\s,.!:;-]*"
    r"|would you mind |do you mind |(?:can|could|would|will) (?:you|i|we) (?:be so kind (?:as )?to )?"
    r"|is it possible to |i was (?:wondering|hoping|calling)(?: if)?(?: you could)?(?: to)? "
    r"|i(?:'m| am) (?:just )?(?:calling|hoping|trying|looking|wanting) to "
    r"|i(?:'d| would) (?:really )?(?:like|love)(?: for)?(?: you)? to |i(?:'d| would) (?:like|love) (?=an?\b)"
    r"|i (?:just |only |really )?(?:want|wanted|need|needed|wish) (?:you to |for you to )"
    r"|i (?:just |only |really )?(?:want|wanted|need|needed) (?:to )?(?=(?:add|create|make|put|set|save|note|an? )\b)"
    r"|let(?:'s| us| me) (?=(?:add|create|make|put|set|save|note|have)\b)",
    re.I,
)
"""What comes before the command."""
_COMMAND = re.compile(
    r"note to self\b[\s,:-]*"
    rf"|(?:(?:add|creat|mak|put|sett?|sav|writ|jott?|not|tak|start|open|enter|record|log|schedul|hav|giv|fil|need|want)"
    rf"(?:e|ing)?\s+(?:in |up |down |me )?)?"
    rf"(?:(?:an?|another|one more|the|this|my|as)\s+)?(?:(?:new|quick|little|separate|further)\s+)*{_NOUN}\b"
    rf"(?:\s+(?:down|in|up|for me|for us))?(?:\s+(?:on|onto|to|in|into|for|of) {_LIST})?"
    rf"(?:\s*[,:-]+\s*|\s+(?:(?:which |that |that's |is |it's )?(?:called|named|titled|saying|says|reads|reading|goes)"
    rf"|that (?=(?:i|we|she|he|they)\b)|for me to|to|for|about|of|is to|is)\b\s*|$)"
    r"|(?:set (?:me )?up |give me )?(?:a reminder )?remind(?:ing)? (?:me|us)(?: again| later)?\b"
    r"(?: (?:to|that|about|of|for)\b)?\s*"
    r"|(?:don't|do not|never) let me forget(?: (?:to|that|about)\b)?\s*|(?:i )?(?:must|can't|cannot|mustn't"
    r"|don't want to) forget to\s+"
    r"|(?:help me |i (?:need|have|want) to )?(?:to )?remember (?:to\s+|that\s+)"
    r"|(?:make|making) sure (?:that )?(?:i|we)\s+"
    r"|(?:make |take |making )?(?:a )?not(?:e|ing)(?: down)? (?:to|that)\s+"
    r"|(?:jot(?:ting)?|writ(?:e|ing)|not(?:e|ing)) (?:this |it )?down\b[\s,:-]*(?:that\s+)?"
    rf"|(?:add|put|writ|not|jott?|adding|get)(?:e|ing)?(?: down)?(?: on| onto| to| in| into)? {_LIST}\b[\s,:-]*"
    r"(?:that (?=(?:i|we)\b))?"
    rf"|(?:on|onto|to|for|in) {_LIST}\b[\s,:-]*(?:put|add|write|i(?:'d| would) like)?\s*"
    rf"|{_MUST}\s+|(?:next|new one|another one|the next one|one more|another)\b\s*[,:-]?\s+(?:is\s+)?",
    re.I,
)
"""The command itself; what follows is the thing to do."""
_ONTO_LIST = re.compile(
    rf"(?:add|put|write|jot|note|get|stick|throw|place|pop|enter|include|have)(?:ting|ing)?(?: down)?[\s:,]+"
    rf"(?=.*\b(?:on|to|onto|in|into|down on) {_LIST}\b)",
    re.I,
)
"""'Put buy milk on my list': its end is cut off as well."""
_BARE = re.compile(r"(?:add|note|put down|write down|jot down)[\s:,]+", re.I)
"""'Add call my mom'."""
_END = re.compile(
    rf"[\s,.!?]+(?:(?:(?:on|to|onto|in|into|from|down on|down in) {_LIST}(?: for me| for us)?)"
    rf"|as an? (?:new |separate )?{_NOUN}"
    r"|please|thanks?(?: you)?(?: so much| very much| a lot)?|if you (?:can|could|would|like|don't mind)(?: please)?"
    r"|(?:will|would|could|can) you|okay|ok|for now|that's (?:it|all)|down)[\s.,!?]*$",
    re.I,
)
_TO = re.compile(r"^(?:to|that|:|-|,)\s+(?=\w)", re.I)
_EMPTY = vocabulary(
    "a an the it this that one something anything thing things task tasks todo to do item reminder new another some"
    " more my list on for me add please"
)
"""Words of which no title is made up."""
_DOING = vocabulary(
    "answer apply arrange ask bake book bring buy call cancel change check clean close collect confirm contact"
    " cook do download draft drop email feed fetch file fill find finish fix follow get give go hang help"
    " install invite iron learn look mail make meet move mow open order organize organise pack paint pay phone"
    " pick plan plant post practice practise prepare print read register remove renew rent repair replace reply"
    " reschedule research return review ring save schedule sell send set sign sort start stop study submit take"
    " talk tell test text throw tidy train turn update upload vacuum visit walk wash watch water work wrap"
    " write"
)
"""A word of these after a bare "add" begins the thing to do: "add salt to the soup" is a thing to do itself."""


def title_of(said: str) -> str | None:
    """The thing to do, without the words that command it, with a capital (OP-14); None where nothing is left of it."""
    text, asked_for, before = _tidied(said.replace("’", "'")), False, ""
    while text != before:
        before = text
        if (opened := _OPENING.match(text)) and opened.end() < len(text):
            asked_for, text = True, text[opened.end() :]
        elif (command := _COMMAND.match(text)) and command.end():
            text = text[command.end() :]
        elif onto := _ONTO_LIST.match(text):
            text = text[onto.end() :]
        elif (bare := _BARE.match(text)) and _commands(text[bare.end() :], asked_for):
            text = text[bare.end() :]
        elif (end := _END.search(text)) and end.start():
            text = text[: end.start()]
        text = _tidied(_TO.sub("", text))
    if set(words(text).split()) <= _EMPTY:
        return None
    return _capital(text[:MOST_CHARACTERS].rstrip())


def new_title(said: str) -> str:
    """A title that was given as such: only its end and its capital are tidied."""
    text = re.sub(r"[\s,]+(?:instead|please|thanks|thank you)$", "", _tidied(said), flags=re.I)
    return _capital(text[:MOST_CHARACTERS])


def _tidied(text: str) -> str:
    return " ".join(text.split()).strip(' .,;:!?"“”')


def _commands(rest: str, asked_for: bool) -> bool:
    """Whether "add" before it is addressed to the list, and not a part of the thing to do."""
    first = words(rest).split()[:1]
    return bool(first) and (first[0] in _DOING or (not re.search(r"\b(?:to|into|in)\b", rest) and asked_for))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
