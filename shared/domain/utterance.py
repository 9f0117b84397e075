"""What a speech recogniser wrote down, made comparable."""

import re


def words(utterance: str) -> str:
    """What was said without the writing: lower case, single blanks, no punctuation and no apostrophes (`dont`)."""
    text = re.sub(r"['’‘`´]", "", utterance.lower())
    return " ".join(re.findall(r"[^\W_]+", text))
