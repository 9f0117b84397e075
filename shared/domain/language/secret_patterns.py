"""The words by which callers name a number that they should keep to themselves, and those that name a harmless one."""

import re

_SOCIAL_SECURITY = (
    r"\bsocial security\b",
    r"\bsocial number\b",
    r"\b(?:my|his|her|our|full) social\b(?! (?:media|hour|event|hall|club|worker|service|life|group))",
    r"\bs\.?s\.?n\b",
    r"\btax(?:payer)?(?:'s)? (?:id\w*|number)",
    r"\bitin\b",
    r"\bseguro social\b",
)
_CODE = (
    r"\bc\.? ?v\.? ?[vc]\.?2?\b|\bc\.s\.c\b",
    r"\b(?:security|access|verification|one[- ]time|banking|bank) (?:code|password)",
    r"\bpass ?(?:code|word)\b",
    r"\bp\.?i\.?n\b\.?(?= ?(?:number|code|is|was|for)\b|\W*\d)|\bp\.?i\.?n number",
    r"\botp\b",
    r"\b(?:digits|number|code) on the back\b",
)
_BANK = (
    r"\brouting\b",
    r"\b(?:bank|checking|savings?) (?:account|number|details)",
    r"\baccount(?:'s)?(?: number| #)?\b(?! of\b)",
    r"\bacct\b|\baba\b|\biban\b|\bsort code\b|\bcuenta\b",
)
_DOCUMENT = (
    r"\bpassport\b",
    r"\bdriv(?:er'?s?'?|ing) licen[sc]e|\blicen[sc]e number",
    r"\bmedicare\b|\bmedicaid\b|\bgreen card\b|\balien number\b|\be\.i\.n\b|\bemployer id\w*",
)
_CARD = (
    r"\b(?:credit|debit|prepaid)(?: card)?\b(?: number)?",
    r"\bcard(?:'s)? (?:number|is|#)",
    r"\bthe card\b|\bmy card\b",
    r"\b(?:visa|master ?card|amex|american express|discover card|tarjeta)\b",
)
_HARMLESS = (
    r"\b(?:tele)?phone\b|\bcell(?:phone)?\b|\bmobile\b|\bcallback\b|\bfax\b|\bextension\b|\btel[eé]fono\b|\bcelular\b",
    r"\bcall(?:ing|ed|s)? (?:me|us|him|her|them|back|from)\b|\b(?:reach|text|ring) (?:me|us|him|her|them)\b",
    r"\bcontact number\b|\bhome number\b|\bwork number\b|\bzip(?: code)?\b|\bpostal code\b|\baddress\b",
    r"\b(?:order|reference|ticket|case|invoice|tracking|room|flight|confirmation|member) (?:number|code|#)",
    r"\b(?:order|invoice|ticket|tracking|serial|reservation|booking|confirmation|pedido|orden)\b"
    r"(?! (?:by|with|using)\b)",
    r"\bpsalms?\b|\bverses?\b|\bchapter\b|\bhymn\b|\bborn\b|\bbirth\w*|\byears?\b|\bapartment\b|\bsuite\b|\broom\b",
)

CUES = re.compile(
    "|".join(
        f"(?P<{name}>{'|'.join(patterns)})"
        for name, patterns in (
            ("CODE", _CODE),
            ("SOCIAL_SECURITY", _SOCIAL_SECURITY),
            ("BANK", _BANK),
            ("DOCUMENT", _DOCUMENT),
            ("CARD", _CARD),
            ("HARMLESS", _HARMLESS),
        )
    )
)
"""In the plain characters of an utterance. The group's name is the secret's, or HARMLESS."""

ASKS_FOR_PHONE = re.compile(
    r"(?!.*\b(?:card|account|security)\b)"
    r"(?:.*\b(?:number|phone|telephone|cell|mobile|digits?)\b.*\?|.*\bcalls? .* back on\b)",
    re.DOTALL,
)
"""Of what the agent says."""

ASKS_FOR_OTHER = re.compile(
    r"(?!.*\b(?:card|account|security)\b)"
    r".*\b(?:(?:order|booking|reference|reservation|tracking|invoice|ticket|case) number|post ?code|postal code|zip)\b"
    r".*\?",
    re.DOTALL,
)
"""Of what the agent says: it wants digits that are no secret, and may ask for several of them in a row."""

COUNTED = re.compile(
    r"\s*(?:%|dollars?\b|bucks?\b|cents?\b|percent\b|people\b|years?\b|days?\b|weeks?\b|months?\b|hours?\b|minutes?\b"
    r"|o'clock|euros?\b|pounds?\b|times\b|of (?:us|them)\b|[ap]\.? ?m\b"
    r"|(?:\w+ ){1,3}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|way|boulevard|blvd|place|circle)\b)"
)
"""After digits that count something, or are a house's."""
COUNTED_BEFORE = re.compile(r"(?:\$|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?)\s*$")

PASSWORD = re.compile(r"(?i)\bpass ?(?:word|code|phrase)\b(?: is|:)\s+(?=\S*\d)(\S+)")
PASSWORD_OF_WORDS = re.compile(
    r"(?i)\b(?:pass ?(?:word|code|phrase)\b(?:'s| is| was|:)|(?:mi|la|su) (?:contraseña|clave|contrasena)(?: es|:))\s+"
    r"(?!(?:not|wrong|the|an?|that|this|what|on|in|too|case|still|just|so|really|very|no|expired|needed|required|for|set"
    r"|written|where|which|gone|lost|working|reset|taped|never|always|que|muy|la|el|una?)\b)([^.,!?;\[\]]{2,40})"
)
"""What a caller says that a password is."""
SPOKEN_CODE = re.compile(
    r"(?i)\b(?:clave|contraseña|contrasena|nip|pin)(?: es|:)\s+"
    r"((?:(?:cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|\d)[ ,-]*){3,12})"
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD_RANGES = re.compile(
    r"4\d{12}|3[0689]\d{12}|3[47]\d{13}|2131\d{11}|(?:[3-6]\d|2[2-7])\d{14}|(?:4|5[06-9]|6)\d{16,18}", re.ASCII
)
"""By the first digits and the length (ISO/IEC 7812)."""
TWO_PHONES = re.compile(r"(1?[2-9]\d\d[2-9]\d{6}){2}")
"""Two numbers of North America, one after the other."""
PHONE = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")
