import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.language.text import sound_of, words


def test_given_values_that_sound_the_same_then_they_are_the_same() -> None:
    same = (
        ("3 pm", "3 p.m.", "3:00 PM", "three p.m.", "3PM", "3 P. M."),
        ("José", "Jose", "JOSE", unicodedata.normalize("NFD", "José")),
        ("for my dad, he broke his hip", "For my dad; he broke his hip!"),
        ("Dr. Núñez", "doctor Nunez", unicodedata.normalize("NFD", "Dr Núñez")),
        ("10 o'clock", "ten", "10:00", "10 o’clock"),
        ("Smith & Sons", "smith and sons"),
        ("Straße", "strasse"),
    )
    assert [group for group in same if len({sound_of(text) for text in group}) > 1] == []
    different = (
        ("3 pm", "3 am"),
        ("3 pm", "3:30 pm"),
        ("Jose", "Josef"),
        ("for my dad", "for my dad today"),
        ("hip", "lip"),
    )
    assert [pair for pair in different if sound_of(pair[0]) == sound_of(pair[1])] == []


@given(st.text())
def test_given_any_text_then_its_unicode_form_does_not_matter(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert words(composed) == words(decomposed)
    assert sound_of(composed) == sound_of(decomposed)
