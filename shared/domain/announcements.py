"""Announcements: what a caller hears instead of an agent, by reason and language (PT-06, PT-13, PT-15, PT-18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from shared.domain.reasons import Reason

Promise = Literal["callback", "none", ""]
"""What the sentence says of calling back: that we will, that we can't without a number, or nothing (empty)."""


@dataclass(frozen=True)
class _Sentences:
    """All announcements of one language."""

    technical: str
    """The last resort when everything else is down; it promises nothing that needs a store."""
    called_back: str
    not_called_back: str
    """For a caller whose number isn't known."""
    reasons: Mapping[Reason, str]
    messages: Mapping[Reason, str]
    """Sentences that ask the caller to leave a voicemail."""
    not_recorded: str
    """For a caller whose voicemail could not be taken."""

    @property
    def all(self) -> tuple[str, ...]:
        rest = (self.called_back, self.not_called_back, self.not_recorded)
        return (self.technical, *self.reasons.values(), *self.messages.values(), *rest)


_ENGLISH = _Sentences(
    technical=(
        "I'm so sorry. Something has gone wrong on our side and I can't take your call. "
        "Please call again in a few minutes. Goodbye."
    ),
    called_back=(
        "I'm sorry, we are having a technical problem and I can't connect you right now. "
        "We have your number and will call you back. Goodbye."
    ),
    not_called_back=(
        "I'm sorry, we are having a technical problem and I can't connect you right now. "
        "I can't see your number, so please call us again a little later. Goodbye."
    ),
    reasons={
        Reason.NUMBER_UNKNOWN: (
            "The number you have dialed is not in service here. Please check the number and dial again. Goodbye."
        ),
        Reason.NUMBER_INACTIVE: (
            "This line has been switched off for now and nobody can take your call on it. Goodbye."
        ),
        Reason.NUMBER_WITHOUT_TENANT: (
            "This number has not been set up yet, so I can't connect you to anyone. Goodbye."
        ),
        Reason.WRONG_STAGE: (
            "This is a test line and it can't take your call. Please use the regular number. Goodbye."
        ),
        Reason.CALLER_BLOCKED: "I'm sorry, we are not accepting calls from your number. Goodbye.",
        Reason.CALLER_NOT_LISTED: "I'm sorry, this line only takes calls from people it knows. Goodbye.",
        Reason.OVER_LIMIT: (
            "I'm sorry, this line can't take any more calls at the moment. Please try again later, or contact us in "
            "another way. If you or someone else is in danger, call 911. If you are in a crisis, call or text 988."
        ),
        Reason.AT_CAPACITY: (
            "I'm sorry, all our lines are busy right now. Please call again in a few minutes. Goodbye."
        ),
        Reason.NOT_ANSWERED: (
            "I'm sorry, nobody can take your call right now. Please try again a little later. Goodbye."
        ),
    },
    messages={
        Reason.AT_CAPACITY: "I'm sorry, all our lines are busy right now. Please leave a message after the tone.",
        Reason.NOT_ANSWERED: "I'm sorry, nobody can take your call right now. Please leave a message after the tone.",
    },
    not_recorded="I'm sorry, your message could not be recorded. Please call again a little later. Goodbye.",
)
_SPANISH = _Sentences(
    technical=(
        "Lo siento mucho. Algo ha fallado de nuestro lado y no puedo atender su llamada. "
        "Por favor, vuelva a llamar dentro de unos minutos. Adiós."
    ),
    called_back=(
        "Lo siento, tenemos un problema técnico y no puedo comunicarle en este momento. "
        "Tenemos su número y le devolveremos la llamada. Adiós."
    ),
    not_called_back=(
        "Lo siento, tenemos un problema técnico y no puedo comunicarle en este momento. "
        "No puedo ver su número, así que le ruego que vuelva a llamar un poco más tarde. Adiós."
    ),
    reasons={
        Reason.NUMBER_UNKNOWN: (
            "El número que ha marcado no está en servicio aquí. "
            "Por favor, compruebe el número y vuelva a marcar. Adiós."
        ),
        Reason.NUMBER_INACTIVE: "Esta línea está desactivada por ahora y nadie puede atender su llamada. Adiós.",
        Reason.NUMBER_WITHOUT_TENANT: (
            "Este número todavía no está configurado, así que no puedo comunicarle con nadie. Adiós."
        ),
        Reason.WRONG_STAGE: (
            "Esta es una línea de pruebas y no puede atender su llamada. Por favor, use el número habitual. Adiós."
        ),
        Reason.CALLER_BLOCKED: "Lo siento, no aceptamos llamadas de su número. Adiós.",
        Reason.CALLER_NOT_LISTED: "Lo siento, esta línea solo atiende llamadas de personas conocidas. Adiós.",
        Reason.OVER_LIMIT: (
            "Lo siento, esta línea no puede atender más llamadas por el momento. Por favor, inténtelo más tarde o "
            "póngase en contacto con nosotros de otra manera. Si usted u otra persona está en peligro, llame al nueve, "
            "uno, uno. Si está pasando por una crisis, llame o envíe un mensaje de texto al nueve, ocho, ocho."
        ),
        Reason.AT_CAPACITY: (
            "Lo siento, todas nuestras líneas están ocupadas en este momento. "
            "Por favor, vuelva a llamar dentro de unos minutos. Adiós."
        ),
        Reason.NOT_ANSWERED: (
            "Lo siento, nadie puede atender su llamada en este momento. "
            "Por favor, inténtelo de nuevo un poco más tarde. Adiós."
        ),
    },
    messages={
        Reason.AT_CAPACITY: (
            "Lo siento, todas nuestras líneas están ocupadas en este momento. "
            "Por favor, deje un mensaje después del tono."
        ),
        Reason.NOT_ANSWERED: (
            "Lo siento, nadie puede atender su llamada en este momento. Por favor, deje un mensaje después del tono."
        ),
    },
    not_recorded="Lo siento, no se pudo grabar su mensaje. Por favor, vuelva a llamar un poco más tarde. Adiós.",
)
_LANGUAGES = {"en": _ENGLISH, "es": _SPANISH}

TECHNICAL_TROUBLE = _ENGLISH.technical


def announcement(reason: Reason, callback: bool = True, language: str = "en") -> str:
    """The sentence for an `Announce` with this reason. `callback`: whether the caller's number is known.

    A reason that admits has no announcement; the caller then hears `technical_trouble` rather than silence.
    """
    sentences = _in(language)
    if reason is Reason.DIRECTORY_ERROR:
        return sentences.called_back if callback else sentences.not_called_back
    return sentences.reasons.get(reason, sentences.technical)


def leave_a_message(reason: Reason, language: str = "en") -> str:
    """The sentence that asks an unanswered caller to leave a voicemail."""
    messages = _in(language).messages
    return messages.get(reason, messages[Reason.NOT_ANSWERED])


def not_recorded(language: str = "en") -> str:
    """The sentence for a caller whose voicemail could not be taken."""
    return _in(language).not_recorded


def technical_trouble(language: str = "en") -> str:
    """The last resort when everything else is down."""
    return _in(language).technical


def apology(promised: Promise, language: str = "en") -> str:
    """The sentence for a caller whom our fault keeps from being connected; it promises no more than `promised`."""
    if not promised:
        return technical_trouble(language)
    return announcement(Reason.DIRECTORY_ERROR, callback=promised == "callback", language=language)


def announcements_by_language() -> Mapping[str, tuple[str, ...]]:
    """All announcements by language (ISO 639-1)."""
    return MappingProxyType({language: sentences.all for language, sentences in _LANGUAGES.items()})


def all_announcements() -> tuple[str, ...]:
    """All announcements in all languages."""
    return tuple(text for texts in announcements_by_language().values() for text in texts)


def _in(language: str) -> _Sentences:
    """The sentences for a language tag such as `es` or `es-MX`; English for a language without any."""
    return _LANGUAGES.get(language.replace("_", "-").split("-")[0].lower(), _ENGLISH)
