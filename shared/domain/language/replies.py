"""What a conversation achieved, by its words: whether an utterance of the caller asks for anything, and whether one of
the agent answers."""

import re
from collections.abc import Collection

from shared.domain.language.consent import ConsentAnswer, interpret
from shared.domain.language.text import words
from shared.domain.language.yes_no import farewell, yes_or_no

_FEWEST_WORDS = 3
"""Of a sentence that asks for something or tells something."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+|,?\s+\bbut\b,?\s+|;\s+", re.IGNORECASE)
_IDLE = re.compile(
    r"\b(?:um+|uh+|er+|hm+|oh|ah|well|so|hello|hi|hey|good (?:morning|afternoon|evening)|there|anybody|anyone|somebody"
    r"|can you hear me|are you(?: still)? there|how are you(?: doing)?(?: today)?|thanks|thank you|please|sorry|what"
    r"|pardon|excuse me|hang on|hold on|one moment|just a (?:moment|minute|second)|i see|i understand|got it|yes|no)\b"
)
"""Words of a caller who greets, fills a pause or minds the line."""

_COURTESY = re.compile(
    r"^(?:(?:hello|hi|good (?:morning|afternoon|evening)|of course|certainly|absolutely|sure|all right|alright|okay|ok"
    r"|great|perfect|no problem|thank you|thanks|youre (?:very )?welcome|good ?bye|bye|take (?:your|all the) time"
    r"|have a|im (?:so |very |really )?sorry|sorry|my apologies|i understand|i see|i hear you|im (?:still )?here"
    r"|im listening|one moment|just a moment|let me|id be (?:glad|happy)|ill be (?:glad|happy)|id love to"
    r"|it sounds like|that sounds|please (?:call again|hold|tell me|go ahead)|it seems weve lost)\b.*)$"
)
_OFFER = re.compile(
    r"^(?:i|we|somebody|someone) (?:can|could|would be|may|will be able to)\b"
    r"|\bif (?:youd|you) (?:like|want|wish|prefer)\b"
)
_QUESTION = re.compile(
    r"^(?:and|so|then)? ?(?:what|when|where|who|which|how|may|could|can|would|will|shall|do|does|is|are)\b"
)
_CUT_SHORT = re.compile(r"[^.!?\s]\s*$")
_INABILITY = re.compile(
    r"\b(?:i|we) (?:really )?(?:do not|dont|didnt|did not) (?:actually |currently |quite )?"
    r"(?:know|understand|catch|follow|get that|see (?:that|it|any)|have (?:(?:that|this|the|any|more|specific|those"
    r"|these|it|enough|access|an answer|details|information|anything)\b))"
    r"|\b(?:i|we) (?:have|ve) no (?:\w+ ){0,2}(?:information|idea|details|answer|record|way|access)\b"
    r"|\b(?:i|we) (?:cant|cannot|couldnt|could not|am not able|was(?:nt| not) able|havent|have not)\b"
    r"|\bim (?:not (?:sure|certain|able|aware)|unable|unsure|afraid (?:i|we) (?:dont|do not|cant|cannot))\b"
    r"|\b(?:information|details) (?:isnt|is not|arent|are not) (?:something|available)\b"
    r"|\b(?:isnt|is not|not) something (?:i|we) (?:know|have|can)\b"
)
"""The agent says that it doesn't know, or can't."""
_OF_THE_RECORDING = re.compile(r"\b(?:i (?:wont|will not|ve stopped|have stopped)|ive stopped|this call) .*record")


def asks(utterance: str) -> bool:
    """Whether the caller asks for anything or tells what they want: more than a greeting, a yes, a no or a goodbye."""
    return any(_wants(sentence) for sentence in _SENTENCES.split(utterance))


def answers(utterance: str, no_answers: Collection[str] = ()) -> bool:
    """Whether the agent's utterance tells the caller something: more than a question, a courtesy, an offer, or that it
    doesn't know.

    `no_answers` are texts that the agent says without telling anything, such as phrases and read-backs; the beginning
    of one is none either, as the caller may have cut it short.
    """
    said = words(utterance)
    if any(words(text).startswith(said) for text in no_answers):
        return False
    return any(_tells(sentence) for sentence in _SENTENCES.split(utterance))


def _wants(sentence: str) -> bool:
    text = _IDLE.sub(" ", words(sentence))
    if len(text.split()) < _FEWEST_WORDS or farewell(sentence):
        return False
    if sentence.rstrip().endswith("?"):
        return True
    return yes_or_no(sentence) is None and interpret(sentence) is ConsentAnswer.UNCLEAR


def _tells(sentence: str) -> bool:
    text = words(sentence)
    asks = sentence.rstrip().endswith("?") or (_CUT_SHORT.search(sentence) and _QUESTION.search(text))
    if asks or len(text.split()) < _FEWEST_WORDS:
        return False
    return not any(pattern.search(text) for pattern in (_COURTESY, _OFFER, _INABILITY, _OF_THE_RECORDING))
