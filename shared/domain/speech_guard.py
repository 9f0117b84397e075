"""What an agent may not say, whatever its model wrote, of itself, its deeds and the recording (PT-66, PT-75, PT-76)."""

import re
from dataclasses import dataclass

from shared.domain.utterance import words

NOT_A_PERSON = "I'm an AI assistant, not a person, but I can ask somebody to call you back."
NOT_CLERGY = "I'm an AI assistant, not clergy and not a counselor, but I can ask one of our people to call you back."
NO_SECRECY = "I can't promise to keep this secret: the people here who care for callers may read it."
NOT_STORED = "That hasn't been passed on yet."
NOT_RECORDED = "This call is not being recorded."
RECORDED = "This call is being recorded. Say stop recording at any time and I'll turn it off."


@dataclass(frozen=True)
class Spoken:
    """The facts that a sentence is held against."""

    stored: bool
    """Whether something the caller asked for is in Postgres."""
    recording: bool
    """Whether audio of this call is being written now."""


def permitted(sentence: str, facts: Spoken) -> str | None:
    """None when the sentence may be said; else the truthful sentence to say in its place. Never raises."""
    text = words(sentence)
    asks = sentence.rstrip().endswith("?")
    if _CLERGY.search(text):
        return NOT_CLERGY
    if _HUMAN.search(text):
        return NOT_A_PERSON
    if _SECRECY.search(_NO_PROMISE.sub(" ", text)) and not asks:
        return NO_SECRECY
    if not asks and not facts.recording and _RECORDED.search(text):
        return NOT_RECORDED
    if facts.recording and _UNRECORDED.search(text):
        return RECORDED
    if not facts.stored and not asks and _STORED.search(text):
        return NOT_STORED
    return None


_I_AM = r"(?:im|i am|i was|my name is|this is|(?:youre|you are) (?:speaking|talking) (?:to|with))"
_A = (
    r"(?:a|an|the|your|one of (?:our|the)|indeed|really|actually|also|in fact|just|of course|definitely"
    r"|absolutely|yes)"
)
_OFFICE = (
    r"(?:pastor|priest|minister|reverend|deacon|rabbi|imam|chaplain|bishop|preacher|vicar|nun|monk|clergy"
    r"|clergyman|counsell?or"
    r"|therapist|psychologist|psychiatrist|social worker|doctor|nurse|physician|lawyer)"
)
_CLERGY = re.compile(
    rf"\b(?:{_I_AM}|as) (?:{_A} )*(?:(?:ordained|licensed|trained|certified|real|professional|associate|senior"
    rf"|grief|crisis|church|youth|parish) )*"
    rf"{_OFFICE}\b(?! (?:assistant|office|team)(?:s)?\b)|\b{_I_AM} (?:father|brother|sister) [a-z]+ (?:speaking"
    rf"|here)\b"
)
_HUMAN = re.compile(
    rf"\b{_I_AM} (?:{_A} )*(?:(?:real|actual|live|living|human|flesh and blood|normal|regular) )*(?:human"
    rf"|person|human being|woman|man|lady|guy|people)\b"
    rf"|\bi(?:m| am) (?:{_A} )*(?:not|no) (?:(?:a|an|some|any|just a|just an) )*(?:ai|robot|bot|machine"
    rf"|computer|chatbot|program|recording|virtual assistant|artificial\b)"
    r"|\b(?:im|i am) (?:100 percent |completely |totally |very much )?(?:real|human)$|\bi(?:m"
    r"| am) (?:as )?human (?:as|like) you\b"
)
_NO_PROMISE = re.compile(
    r"\b(?:(?:i )?(?:cant|cannot|can not|couldnt|dont|do not|wont|am not able to|im not able to|unable to"
    r"|not able to|never) "
    r"(?:\w+ ){0,3}?(?:promise|guarantee|keep|assure|say|offer|be sure)|(?:is|are|s|may|might|will"
    r"|be)? ?not (?:\w+ )?(?:confidential|private|secret))\b.*"
)
_SECRECY = re.compile(
    r"\b(?:(?:this|that|it|everything(?: you (?:say|tell me))?|anything|what you (?:say|tell me)|(?:our"
    r"|this) (?:call|conversation)"
    r"|all of (?:this|it)) "
    r"(?:\w+ )?(?:is|s|will (?:be|stay|remain|be kept)|stays|remains|will all stay) "
    r"(?:\w+ )?(?:confidential|secret|a secret|private|between us|between you and me|anonymous)"
    r"|(?:its|thats) (?:\w+ )?(?:confidential|between us|between you and me|a secret|our secret|our little secret)"
    r"|(?:no ?body|no one|none of them)(?: else| here)? (?:will|is going to|would|has to"
    r"|needs to)(?: ever)? (?:know|hear|find out|see|be told|learn|read)"
    r"|(?:i|we) (?:wont|will not|will never|promise not to|would never|never) (?:ever )?(?:tell|share|repeat"
    r"|say)(?: (?:it|this|that|anyone|anybody|a soul|anything)\b)+"
    r"|(?:your|the) secret(?:s)? (?:is|are) safe|my lips are sealed|strictly confidential"
    r"|completely confidential|in (?:strict|complete|total) confidence"
    r"|(?:i|we)(?:ll| will| promise to| can)? keep (?:it|this|that|your secret|everything)(?: \w+)? ?(?:secret"
    r"|a secret|confidential|private|between us|to my ?self|safe with me)"
    r"|between you and me|only (?:you and i|you and me|the two of us) will know)\b"
)
_DONE = (
    r"(?:saved|sent|submitted|stored|passed|forwarded|delivered|registered|logged|booked|scheduled|recorded"
    r"|noted|taken down|written down"
    r"|put through|put in|added|placed|filed|received|relayed|shared|entered|made a note|notified|informed"
    r"|let (?:the|them))"
)
_WHAT = (
    r"(?:request|prayer|prayers|message|callback|call back|number|details|information|name|booking|appointment"
    r"|registration|note|concern|it|that|this|everything)"
)
_STORED = re.compile(
    rf"(?<!once )(?<!when )(?<!if )(?<!until )(?<!after )\b(?:ive|i have|weve|we have|i|we|i just"
    rf"|ill have)(?: already| now| just| successfully| also| gone ahead and)* {_DONE}\b"
    rf"|(?<!once )(?<!when )(?<!if )(?<!until )(?<!after )\b(?:(?:your|the|this|his|her"
    rf"|their) (?:\w+ ){{0,2}}?{_WHAT}|its|thats|it|that|everything|all)"
    rf"(?: has| have| is| s| was| are| been| now| already| all| just| successfully)+ {_DONE}\b"
    rf"|\b(?:its|thats|your (?:\w+ )?{_WHAT} is) (?:all )?(?:on its way|in the system|in our system|on the list"
    rf"|been taken care of|taken care of|gone out)\b"
    rf"|^(?:ok |okay |great |thank you |alright |all )*(?:saved|sent|submitted|done|all done|all set|youre all set)$"
)
_RECORDED = re.compile(
    r"(?<!if )(?<!whether )(?<!unless )(?<!once )\b(?:this call|the call|our call|this conversation"
    r"|our conversation|it|everything|everything you say|youre|you are|the audio)"
    r"(?: is| are| will be| s)?(?: now| being| always| currently"
    r"| all)*(?<!not) (?:being )?recorded\b(?<!may be recorded)(?<!can be recorded)(?<!not recorded)"
    r"|(?<!if )(?<!whether )(?<!when )\b(?:im|i am|were|we are|i have started|ive started|weve started) (?:now "
    r"|currently |still )?recording\b"
    r"|\b(?:the )?recording (?:is|has) (?:now )?(?:on|running|started|begun)\b"
)
_UNRECORDED = re.compile(
    r"\b(?:(?:call|conversation|it|youre|you are|this|nothing)(?: is|s| are)?(?: not| never)(?: currently"
    r"| now)?(?: being)? recorded|nothing is (?:being )?recorded"
    r"|(?:im|i am|were|we are) not (?:currently |now )?recording|(?:isnt|arent) (?:being )?recorded"
    r"|recording (?:is|has been) (?:now )?(?:off|stopped|turned off))\b"
)
