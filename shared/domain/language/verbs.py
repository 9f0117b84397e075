"""English verbs as the speech guard needs them: their forms, and those that claim no deed."""

import re

from shared.domain.language.text import vocabulary

_IRREGULAR = """
be am is are was were been being; begin began begun; reset; break broke broken; bring brought; build built; buy bought;
catch caught; choose chose chosen; come came; cut; deal dealt; do does did done; draw drew drawn; drive drove
driven; feel felt; fill; find found; forget forgot forgotten; forgive forgave forgiven; get got gotten; give gave
given; go went gone goes; grow grew grown; hang hung; have has had; hear heard; hold held; keep kept; know knew
known; lay laid; lead led; leave left; let; lose lost; make made; mean meant; meet met; mishear misheard;
misunderstand misunderstood; pay paid; put; read; redo redone; ring rang rung; run ran; say said; see saw seen;
sell sold; send sent; set; show showed shown; shut; speak spoke spoken; spend spent; stand stood; take took taken;
teach taught; tell told; think thought; undo undone; understand understood; wear wore worn; withdraw withdrew
withdrawn; write wrote written; strike struck stricken; overhear overheard; resend resent
"""
_NOT_PAST = vocabulary("need feed speed indeed seed weed bed red hundred sacred kindred limited detailed")


def _irregular() -> tuple[dict[str, str], frozenset[str]]:
    bases: dict[str, str] = {}
    for verb in _IRREGULAR.replace("\n", " ").split(";"):
        base, *forms = verb.split()
        bases |= dict.fromkeys((base, *forms), base)
    return bases, frozenset(
        form
        for form, base in bases.items()
        if form != base or base in ("cut", "put", "read", "set", "let", "shut", "reset")
    )


_BASES, _PASTS = _irregular()
_DOUBLED = re.compile(r"([bdglmnprt])\1$")


def is_past(word: str) -> bool:
    """Whether it may be a past tense or a participle: `booked`, `sent`."""
    return word in _PASTS or (word.endswith("ed") and len(word) > 3 and word not in _NOT_PAST)


def bases(word: str) -> tuple[str, ...]:
    """What the word may be a form of, the word itself first: `booked` → `booked`, `book`, `booke`."""
    if word in _BASES:
        return (word, _BASES[word])
    for ending in ("ing", "ied", "ed", "ies", "es", "s"):
        if word.endswith(ending) and len(stem := word.removesuffix(ending)) > 1:
            if ending in ("ied", "ies"):
                return (word, f"{stem}y")
            return (word, stem, f"{stem}e", *([stem[:-1]] if _DOUBLED.search(stem) else []))
    return (word,)
