"""Consent to recording: what is asked, what an answer means, and the proof that is kept (OP-77 … OP-85)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.answers import yes_or_no
from shared.domain.utterance import words


class ConsentAnswer(StrEnum):
    """What the caller's words mean for the recording. UNCLEAR counts as no: nothing is recorded without a yes."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    UNCLEAR = "UNCLEAR"


@dataclass(frozen=True)
class ConsentRecord:
    """One durable answer; `key` makes it idempotent within its call."""

    call_id: str
    key: str
    answer: ConsentAnswer
    policy_version: str
    text_hash: str
    """SHA-256 (hex) of the words that were said when asking."""
    language: str
    utterance: str
    """What was answered, as it was heard. PII."""
    at: datetime


def interpret(utterance: str) -> ConsentAnswer:
    """The answer to "may I record?", in the caller's own words: GRANTED, REFUSED or UNCLEAR, never WITHDRAWN."""
    if withdraws(utterance) or _KEPT_PRIVATE.search(words(utterance)):
        return ConsentAnswer.REFUSED
    match yes_or_no(utterance):
        case True:
            return ConsentAnswer.GRANTED
        case False:
            return ConsentAnswer.REFUSED
        case None:
            return ConsentAnswer.UNCLEAR


def withdraws(utterance: str) -> bool:
    """Whether the caller wants the recording off, said at any time and in any words (OP-79).

    In doubt it is a withdrawal; "don't stop recording" and a question about when it stops are none.
    """
    text = words(utterance)
    return bool(_WITHDRAWN.search(_NO_WITHDRAWAL.sub(" ", text)))


def text_hash(text: str) -> str:
    """SHA-256 (hex) of the words that were said when asking, as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


_KEPT_PRIVATE = re.compile(
    r"\b(?:keep (?:it|this|that|the call|our (?:call|conversation)) (?:private|off the record|between us"
    r"|confidential)"
    r"|(?:stays?|stayed|kept|was|were|remain(?:s|ed)?) (?:private|between us|off the record|unrecorded|confidential)"
    r"|(?:skip|leave out|without|no) (?:the |a |any )?(?:recording|record(?=$))|not (?:be |being "
    r"|to be )?record(?:ed|ing)?)\b"
)
_RECORDING = r"(?:record(?:ing|ings|er|in)?|tap(?:e|ing))"
_NO_WITHDRAWAL = re.compile(
    rf"\b(?:(?:dont|do not|never|please dont|didnt|wouldnt|shouldnt|not|no need to|(?:dont|do not) (?:have|need"
    rf"|want you) to"
    rf"|(?:not|didnt) (?:ask|asking|asked|tell|telling) you to|no reason to|instead of) (?:you )?(?:ever )?"
    rf"(?:stop|stopping|end|turn off|turning off|switch off|quit|pause|delete|deleting"
    rf"|turn)(?: \w+){{0,2}}? {_RECORDING}(?: off)?"
    rf"|(?:when|if|unless|until|before|after|why|where|once) (?:\w+ ){{0,4}}?(?:stop|end|turn"
    rf"|delete)(?: \w+){{0,2}}? {_RECORDING}"
    rf"|(?:does|did|has|have|is) (?:it|that|this|he|she|they|the \w+) (?:\w+ )?(?:stop|end) {_RECORDING}"
    rf"|record player|tape recorder at|recording studio|record(?:ing)? (?:deal|label|artist|company)|tap(?:e"
    rf"|ing) measure)\b"
)
_THE = r"(?:the |this |that |my |our |your |me |all |any |on )*"
_WITHDRAWN = re.compile(
    rf"\b(?:(?:stop|quit|end|cease|halt|pause|discontinue|cancel|kill|cut|turn off|switch off|shut off"
    rf"|shut down|disable|deactivate|abort"
    rf"|drop|no more|get rid of|delete|erase|destroy|remove|throw away) (?:with )?{_THE}(?:call |voice "
    rf"|audio )?{_RECORDING}"
    rf"|(?:turn|switch|shut|cut|take) {_THE}(?:call |voice |audio )?{_RECORDING} (?:back )?(?:off|down|away)"
    rf"|(?:turn|switch|shut) off {_THE}{_RECORDING}"
    rf"|(?:dont|do not|(?:can|could|would|will) you (?:please )?not|please not|not to|never|shouldnt|should not"
    rf"|must not|mustnt|cant|cannot|may not) (?:you )?"
    rf"(?:keep (?:on )?|be |continue (?:to )?|go on )?(?:record|recording|tape|taping)(?: (?:me|this|us|any"
    rf"|anything|the rest|anymore|it|my|what|our)\b|$)"
    rf"|(?:dont|do not|didnt|never|no longer|not) (?:really )?(?:feel |feeling )?(?:want|wanted|wish|like|agree"
    rf"|consent|okay|ok"
    rf"|comfortable|happy|agreed)(?: \w+){{0,4}} "
    rf"(?:be |being |been )?(?:record(?:ed|ing)?|tap(?:ed|ing))"
    rf"|rather (?:not|you didnt|you not|this wasnt|it wasnt|you stopped|you quit)(?: \w+){{0,2}} (?:record(?:ed"
    rf"|ing)?|tap(?:ed|e|ing))"
    rf"|prefer (?:not|you didnt|if you didnt)(?: \w+){{0,3}} (?:record(?:ed|ing)?)"
    rf"|(?:withdraw|revoke|take back|retract|cancel|pull) (?:my |that |the )?(?:consent|permission|yes)"
    rf"|(?:changed|change|changing) my mind (?:about|on|regarding) (?:\w+ ){{0,3}}?(?:{_RECORDING}|recorded"
    rf"|consent|permission)"
    rf"|(?:want|would like|id like|need) (?:the |this |that )?{_RECORDING} (?:off|stopped|to stop|to end"
    rf"|turned off|deleted|gone)"
    rf"|{_RECORDING} (?:off|has to stop|needs to stop|must stop|should stop)(?: now| please)?$)"
)
