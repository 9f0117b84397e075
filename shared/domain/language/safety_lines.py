"""Fixed sentences, in each language, for callers in danger, and for those that threaten or abuse.

Their audio is shipped (`shared.house_audio`), so that they are heard whatever is down (PT-74).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class SafetyLines:
    """The sentences of one language."""

    emergency: str
    """911 first, then the rest."""
    crisis: str
    threat: str
    abuse_warning: str
    abuse_goodbye: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.emergency, self.crisis, self.threat, self.abuse_warning, self.abuse_goodbye)


EMERGENCY_LINE = (
    "Please call 911 right now, or have someone near you call. "
    "They can send help, and they will tell you what to do until it comes. "
    "I can't call them for you, but I'm staying on the line, and I can ask a person to call you back."
)
CRISIS_LINE = (
    "I'm really glad you told me, and I'm so sorry you're going through this. You don't have to face it alone. "
    "You can call or text 988 at any time to reach someone who will listen. "
    "If anyone is in immediate danger, please call 911 right now. "
    "I'm staying on the line with you, and I can ask a person to call you back."
)
THREAT_LINE = (
    "I can't go on with a conversation about hurting people, so I'm ending this call now. "
    "If anyone is in danger, call 911. Goodbye."
)
ABUSE_WARNING = "I'd like to help you, but please don't speak to me that way. What can I do for you?"
ABUSE_GOODBYE = "I'm not able to go on like this, so I'll end the call here. You're welcome to call again. Goodbye."

ENGLISH = SafetyLines(EMERGENCY_LINE, CRISIS_LINE, THREAT_LINE, ABUSE_WARNING, ABUSE_GOODBYE)
SPANISH = SafetyLines(
    emergency=(
        "Por favor, llame ahora mismo al nueve, uno, uno, o pida a alguien cerca de usted que llame. "
        "Ellos pueden enviar ayuda y le dirán qué hacer hasta que llegue. "
        "Yo no puedo llamar por usted, pero sigo en la línea, y puedo pedir que una persona le devuelva la llamada."
    ),
    crisis=(
        "Gracias por decírmelo. Siento mucho lo que está pasando, y no tiene que enfrentarlo a solas. "
        "Puede llamar o enviar un mensaje de texto al nueve, ocho, ocho a cualquier hora y hablar con alguien que le "
        "escuche. Si alguien está en peligro en este momento, llame ahora mismo al nueve, uno, uno. "
        "Sigo en la línea con usted, y puedo pedir que una persona le devuelva la llamada."
    ),
    threat=(
        "No puedo seguir una conversación sobre hacer daño a otras personas, así que termino esta llamada. "
        "Si alguien está en peligro, llame al nueve, uno, uno. Adiós."
    ),
    abuse_warning="Me gustaría ayudarle, pero por favor no me hable así. ¿Qué puedo hacer por usted?",
    abuse_goodbye="No puedo seguir así, así que termino la llamada. Puede volver a llamar cuando quiera. Adiós.",
)
LINES: Mapping[str, SafetyLines] = MappingProxyType({"en": ENGLISH, "es": SPANISH})
"""By language (ISO 639-1)."""
ALL_LINES = (*ENGLISH.all, *SPANISH.all)
