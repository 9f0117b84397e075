"""Names of the bus's Redis channels."""


def channel(*parts: str) -> str:
    """Joins the parts as psrpc's Redis transport does, without empty ones."""
    return "|".join("".join(map(_escaped, part)) for part in parts if part)


def _escaped(letter: str) -> str:
    if letter == "_" or (letter.isascii() and letter.isalnum()):
        return letter
    return f"u+{ord(letter):04x}" if ord(letter) < 0x10000 else f"U+{ord(letter):08x}"
