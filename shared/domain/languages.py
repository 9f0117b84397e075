"""The languages that agents speak, by the primary subtag of a language tag."""

NAMES = {"en": "English", "es": "Spanish"}
"""For the language model, and for voices that take instructions."""
_RECOGNISED = {"en": "en-US", "es": "es"}
"""Deepgram's tags."""


def primary(tag: str) -> str:
    """`es` of `es-MX`."""
    return tag.replace("_", "-").split("-")[0].lower()


def recognised(tag: str) -> str:
    """The recogniser's tag; English for a language that agents don't speak."""
    return _RECOGNISED.get(primary(tag), _RECOGNISED["en"])
