"""Tells announcements, menus, mailboxes and calling machines from people, by what was said in a call so far. Pure.

A person may say anything, quote a machine and repeat themself; a machine goes on whatever it is told.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from shared.domain.call import Utterance
from shared.domain.language.text import words
from shared.domain.language.yes_no import yes_or_no

FRUITLESS_TURNS = 3
"""After so many turns in which only a machine spoke the agent ends the call."""
LIMIT_SECONDS = 90.0
"""A call in which nobody but a machine has spoken for so long ends, too."""

CHECK = "This is an AI assistant. If there's a person on the line, please tell me how I can help."
"""What the agent says to the first words of a machine."""

_SAME = 0.85
"""How alike two recognised sentences are that were the same when they were spoken."""
_FEWEST_WORDS = 6
"""Of a sentence whose repetition says anything: "hello? hello?" is a person's."""
_LOOK_BACK = 12
_ASKED_BY_PEOPLE = 4
"""So many times people may ask the same."""

_KEY = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|\d|star|pound|hash|uno|dos|tres|cero)"
_MENU = re.compile(
    rf"\b(?:press|dial|select|enter|push|oprima|presione|marque|pulse)(?: the| el| la)?(?: key| number"
    rf"| tecla)? {_KEY}\b"
    rf"|\b{_KEY} (?:for|to) (?:english|spanish|sales|support|billing|repeat|return|continue|speak)\b"
    r"|\bpara espanol\b|\bpara español\b|\bfor (?:english|spanish) (?:press|say|dial)\b"
    r"|\bmain menu\b|\bmenu options\b|\bfollowing (?:menu )?options\b|\boptions have (?:recently )?changed\b"
    r"|\bparty you are trying to reach\b|\bpartys extension\b|\bknow the extension\b|\bsay or (?:press|enter)\b"
    r"|\bplease say (?:yes or no|or enter)\b|\b(?:your|an) (?:invalid|incorrect) (?:entry|selection|response)\b"
    r"|\b(?:that is|thats) not a valid (?:entry|option|selection|response)\b"
    r"|\byour (?:account|member|confirmation) number followed by\b|\bfollowed by the pound\b"
)
_HOLD = re.compile(
    r"\byour call (?:is (?:very |extremely )?important|will be answered|may be (?:recorded|monitored)"
    r"|is being (?:recorded|monitored)|has been placed|is next)\b"
    r"|\bthank you for (?:holding|waiting|your patience|continuing to hold)\b"
    r"|\b(?:please|kindly) (?:continue to hold|stay on the line|remain on the line|hold (?:the line|while|for)"
    r"|listen (?:carefully|closely))\b|^please hold$"
    r"|\b(?:representatives?|agents?|operators?|associates?|specialists?|team members?) (?:is|are|will be) "
    r"(?:currently |now |all |still )*(?:busy|unavailable|assisting|helping|with (?:you|other|another)|on other"
    r"|available)\b"
    r"|\bnext available (?:representative|agent|operator|associate|specialist|team member)\b"
    r"|\b(?:higher|heavier|unusually high|high) (?:than (?:normal|usual|expected) )?call volumes?\b"
    r"|\b(?:estimated|approximate|current|expected) (?:wait|hold|waiting) times?\b|\bplace in (?:the )?(?:line"
    r"|queue)\b"
    r"|\bin the order (?:it was|they were|in which)\b|\bcalls? (?:may|will) be (?:recorded"
    r"|monitored) for (?:quality|training)\b"
    r"|\bsu llamada (?:es|sera|puede ser) (?:muy |atendida|importante|grabada|monitoreada)"
    r"|\b(?:permanezca|mantengase|espere) en la l[ií]nea\b|\bno cuelgue\b|\bgracias por (?:su paciencia|esperar en)\b"
    r"|\btodos nuestros (?:agentes|representantes|asesores|operadores|ejecutivos)\b"
    r"|\b(?:visit|find us|go to) (?:us )?(?:online |on the web )?at www\b"
)
_MAILBOX = re.compile(
    r"\b(?:leave|record) (?:me |us )?(?:a |your |an? brief |a short |a detailed )?(?:name|message)\b.*"
    r"\b(?:tone|beep|signal|back to you|get back|return your call|call you back|after the)\b"
    r"|\b(?:after|at) the (?:tone|beep)\b|\byou(?:ve| have) reached (?:the )?(?:voice ?mail|mailbox|desk of"
    r"|personal)\b"
    r"|\b(?:you have|youve) reached\b.*\b(?:leave|message|cant come|cannot come|not available|unavailable|hours)\b"
    r"|\b(?:mailbox|voice ?mail ?box) (?:is full|of|belonging|has not been set)\b"
    r"|\bforwarded to (?:an automated )?voice ?(?:mail|message|messaging)\b"
    r"|\b(?:cant|cannot|can not) (?:come to|take your|get to) (?:the phone|call|your call)\b"
    r"|\b(?:person|party|customer|subscriber|number) (?:you (?:are|have|were) )(?:calling|called|dialed|dialled"
    r"|trying to reach)\b"
    r"|\bis not (?:in service|available)\b.*\b(?:check the number|try (?:your call )?again|message)\b"
    r"|\bhang up (?:and|or) (?:dial|try|press)\b|\bif youd like to make a call\b|\brecord your message\b"
)
_CALLING_MACHINE = re.compile(
    r"\b(?:this is|im|i am) (?:an? |the |your )?(?:\w+ )?(?:automated|prerecorded|pre recorded|recorded|computer)"
    r" (?:\w+ )?(?:message|call|reminder|system|service|announcement|assistant|survey|notification)\b"
    r"|\bon a recorded line\b|\bextended (?:auto|car|vehicle)? ?warranty\b|\b(?:to be )?removed? from (?:our|the"
    r"|this) (?:calling )?list\b"
    r"|\bdo not hang up\b.*\b(?:account|important|final)\b|\bthis is (?:the|your) (?:final|second|last) (?:notice"
    r"|attempt|call)\b"
    r"|\bdid you know (?:that )?you can (?:find|check|pay|manage|track|use|visit|also|now)\b"
    r"|\byou are (?:currently )?(?:caller )?number \w+ in (?:the )?(?:queue|line)"
    r"|\bimportant message (?:regarding|concerning|about your)\b"
    r"|\b(?:didnt|did not) receive (?:a|your) (?:response|answer|selection)\b|\bfor quality purposes\b"
    r"|\byou (?:may |now |could )?qualify for (?:an? )?(?:\w+ ){0,3}"
    r"(?:rebate|program|discount|loan|relief|plan|savings)\b"
    r"|\bwere (?:currently |now )?closed\b.*\bhours are\b"
    r"|\bthis is (?:just )?an? (?:friendly |courtesy |automated )?reminder (?:from|that|about|for|to)\b"
    r"|\bautomated (?:\w+ )?(?:dialing|calling|phone|messaging|notification) system\b"
    r"|\b(?:virtual|digital|automated|ai) assistant (?:calling|from|with)\b"
    r"|\babout your (?:google|yelp) (?:business|listing)"
    r"|\b(?:didnt|did not|couldnt|could not) (?:get|catch|understand|hear|recognize) (?:that|you|your \w+)"
    r"\b.*\b(?:try (?:that )?again|your (?:selection"
    r"|response|choice))\b|\b(?:didnt|did not) (?:get|understand|hear|recognize) your (?:response|selection|choice"
    r"|entry"
    r"|answer)\b"
    r"|\bqualif(?:y|ies|ied) for (?:a )?(?:lower|zero|new|business|federal|government)\b"
)
_OF_A_PERSON = re.compile(r"\b(?:i|im|ive|id|ill|my|me|mine|yo|mi)\b")
"""Somebody tells of themself: "the recording said press one, and I did"."""
_ADDRESSED = re.compile(
    r"\b(?:what|where|who|how|why|which|can you|could you|would you|will you|do you|are you|is there|is it|help)\b"
)
_GREETS = re.compile(r"^(?:hello|hi|hey|hola|sorry|pardon|what|anybody|anyone|operator)\b(?: \w+){0,2}$")


@dataclass(frozen=True)
class Suspicion:
    """How much of the call's latest part was a machine's."""

    turns: int = 0
    """Turns in which only a machine spoke, since a person last did."""
    alone: bool = True
    """Whether no person has spoken in this call."""
    seconds: float = 0.0
    """From the first words of the call to the caller's last."""

    @property
    def gives_up(self) -> bool:
        """Whether the agent ends the call."""
        return self.turns >= FRUITLESS_TURNS or (self.turns > 0 and self.alone and self.seconds >= LIMIT_SECONDS)


def is_automatic(utterance: str, earlier: Sequence[str] = ()) -> bool:
    """Whether a machine says this: words of menus, queues and mailboxes, or once more what was said before.

    `earlier` are the caller's utterances before it. A question counts from its fifth time on only, as people repeat one
    that isn't answered, and repeated words in which somebody speaks of themself never do.
    """
    text = words(utterance)
    if _MAILBOX.search(text) or _CALLING_MACHINE.search(text):
        return True
    asks = utterance.rstrip().endswith("?")
    personal = asks or bool(_OF_A_PERSON.search(text))
    if not personal and (_MENU.search(text) or _HOLD.search(text)):
        return True
    if _OF_A_PERSON.search(text):
        return False
    times = sum(_alike(text, words(each)) for each in earlier[-_LOOK_BACK:])
    return times > (_ASKED_BY_PEOPLE - 1 if asks or _ADDRESSED.search(text) else 0)


def suspicion(history: Iterable[Utterance]) -> Suspicion:
    """By the caller's utterances. Words that may be anybody's change nothing."""
    turns, alone, seconds = 0, True, 0.0
    earlier: list[str] = []
    began: float | None = None
    for utterance in history:
        began = utterance.at_seconds if began is None else began
        if utterance.speaker != "caller":
            continue
        seconds = utterance.at_seconds - began
        if is_automatic(utterance.text, earlier):
            turns += 1
        elif _personal(utterance.text):
            turns, alone = 0, False
        earlier.append(utterance.text)
    return Suspicion(turns, alone, seconds)


def _personal(utterance: str) -> bool:
    """Whether a person says this; of a fragment one can't tell."""
    text = words(utterance)
    return (
        utterance.rstrip().endswith("?")
        or any(pattern.search(text) for pattern in (_OF_A_PERSON, _ADDRESSED, _GREETS))
        or yes_or_no(utterance) is not None
    )


def _alike(text: str, earlier: str) -> bool:
    if re.findall(r"\d+", text) != re.findall(r"\d+", earlier):
        # somebody corrects a number
        return False
    if len(text.split()) < _FEWEST_WORDS or abs(len(text) - len(earlier)) > len(text) * (1 - _SAME) * 2:
        return False
    return SequenceMatcher(None, text, earlier, autojunk=False).ratio() >= _SAME
