"""Answers to a yes-or-no question in Spanish, as the English ones that the rules know."""

import re

from shared.domain.language.text import without_accents

_PHRASES = tuple(
    (re.compile(rf"\b(?:{spanish})\b"), english)
    for spanish, english in (
        # a soft refusal, though it has "it's fine" in it
        (r"no (?:gracias )?(?:asi )?esta bien(?: asi)?|asi esta bien", "no"),
        (r"(?:si )?no (?:hay|tengo|veo) (?:ningun )?(?:problema|inconveniente)|(?:sin|ningun) problema", "no problem"),
        (r"que no (?:se |me |nos )*(?:grab|tap)\w+", "do not record"),
        (
            r"no (?:lo )?se(?: todavia)?(?! (?:me |te |nos )*(?:grab|tap|hag|mand|env))|no estoy segur[oa]",
            "i dont know",
        ),
        (r"(?:un|deme un) (?:momento|minuto|segundo)|espere(?:me)?|depende|dejeme (?:pensar|ver)", "hold on"),
        (r"no me (?:molesta|importa)(?: para nada)?", "i dont mind"),
        (r"no estoy de acuerdo|de ninguna (?:manera|forma)|para nada|prefiero que no|mejor no|que no", "no"),
        (r"(?:yo )?no (?:lo |la |me |nos )?(?:quiero|acepto|permito|autorizo|doy permiso|deseo)", "no i dont want"),
        (r"no (?:es|esta) (?:correcto|bien|asi)|esta mal|incorrecto|eso no es", "no thats wrong"),
        (r"no (?:lo |la |me |nos )?(?:mande|envie|haga|grabe|graben|reserve|confirme)", "no dont"),
        (r"(?:si )?(?:claro|por supuesto|como no|desde luego)(?: que si)?", "of course"),
        (r"(?:todo )?(?:esta |es |suena )?(?:muy )?(?:correcto|perfecto|exacto)|asi es|eso es", "correct"),
        (r"todo (?:esta )?bien", "correct"),
        (
            r"(?:estoy )?de acuerdo|esta (?:muy )?bien|(?:por mi )?esta bien|(?:yo )?acepto|(?:lo )?autorizo",
            "thats fine",
        ),
        (r"(?:pueden?|si quieren?|adelante y) (?:grabar(?:la|lo|me)?)|grab(?:e|en)(?:la|lo|me)?", "you can record"),
        (r"adelante|siga|prosiga", "go ahead"),
        (r"(?:mande|envie|haga|reserve|confirme|aparte|apunte)(?:lo|la|me|melo|mela)|(?:lo|la) confirmo", "do it"),
        (r"(?:si ){1,4}|si$|sip|simon", "yes "),
        (r"muchas gracias|gracias", "thank you"),
        (r"por favor", "please"),
        (r"bueno|pues|este|senorita|senora|senor|oiga|mire", "um"),
    )
)
_SPANISH = re.compile(
    r"\b(?:si|claro|bien|acuerdo|correcto|perfecto|exacto|gracias|favor|problema|molesta|importa|adelante|supuesto|mejor"
    r"|manera|grabe\w*|grabar\w*|graben|quiero|bueno|asi|mal|mande\w*|envie\w*|haga\w*|acepto|autorizo|nada|se|espere\w*|momento|depende|dejeme|seguro|segura)\b"
)


def in_english(text: str) -> str:
    """`text`, bare words, with the Spanish phrases of an answer replaced; other words stay."""
    plain = without_accents(text)
    if not _SPANISH.search(plain):
        return text
    for spanish, english in _PHRASES:
        plain = spanish.sub(english, plain)
    return " ".join(plain.split())
