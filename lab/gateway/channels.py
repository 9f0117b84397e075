"""The names of the bus's channels in Redis."""


def channel(*parts: str) -> str:
    """Parts joined as psrpc's Redis transport does; empty ones are left out."""
    return "|".join("".join(map(_escaped, part)) for part in parts if part)


def _escaped(letter: str) -> str:
    if letter == "_" or (letter.isascii() and letter.isalnum()):
        return letter
    return f"u+{ord(letter):04x}" if ord(letter) < 0x10000 else f"U+{ord(letter):08x}"
