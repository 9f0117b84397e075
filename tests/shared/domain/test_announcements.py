import pytest

from shared.domain.announcements import (
    TECHNICAL_TROUBLE,
    all_announcements,
    announcement,
    announcements_by_language,
    leave_a_message,
    technical_trouble,
)
from shared.domain.routing import Reason

ADMITTING = {Reason.TOLL_FREE, Reason.DEMO_NUMBER, Reason.NUMBER_BOUND}
SILENT = {Reason.UNSIGNED}
"""A stranger who comes past the carrier hears nothing of ours."""
LANGUAGES = list(announcements_by_language())


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-14")
@pytest.mark.parametrize("language", LANGUAGES)
def test_given_reasons_to_turn_a_caller_away_then_each_has_its_own_sentence_in_the_language(language: str) -> None:
    reasons = [reason for reason in Reason if reason not in ADMITTING | SILENT]
    said = {announcement(reason, language=language) for reason in reasons}
    assert len(said) == len(reasons)
    assert said <= set(announcements_by_language()[language])
    assert technical_trouble(language) not in said


def test_given_two_languages_then_they_share_no_sentence() -> None:
    assert len(set(all_announcements())) == len(all_announcements())


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_a_caller_without_a_number_then_no_call_back_is_promised(language: str) -> None:
    known = announcement(Reason.DIRECTORY_ERROR, callback=True, language=language)
    unknown = announcement(Reason.DIRECTORY_ERROR, callback=False, language=language)
    assert known != unknown


@pytest.mark.requirement("PT-18")
@pytest.mark.parametrize(("language", "numbers"), [("en", ["911", "988"]), ("es", ["nueve, uno", "nueve, ocho"])])
def test_given_a_line_over_its_limit_then_the_emergency_numbers_are_told(language: str, numbers: list[str]) -> None:
    said = announcement(Reason.OVER_LIMIT, language=language)
    assert all(number in said for number in numbers)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", LANGUAGES)
def test_given_any_reason_then_a_message_can_be_asked_for(reason: Reason, language: str) -> None:
    assert leave_a_message(reason, language) in announcements_by_language()[language]


@pytest.mark.parametrize("tag", ["es", "es-MX", "es_419", "ES"])
def test_given_a_language_of_some_region_then_its_sentences_are_used(tag: str) -> None:
    assert announcement(Reason.AT_CAPACITY, language=tag) == announcement(Reason.AT_CAPACITY, language="es")


@pytest.mark.parametrize("tag", ["fr", "", "-", "english"])
def test_given_a_language_without_sentences_then_english_is_spoken(tag: str) -> None:
    assert announcement(Reason.AT_CAPACITY, language=tag) == announcement(Reason.AT_CAPACITY)
    assert technical_trouble(tag) == TECHNICAL_TROUBLE


@pytest.mark.parametrize("reason", sorted(ADMITTING))
def test_given_a_reason_that_admits_then_there_is_a_sentence_rather_than_silence(reason: Reason) -> None:
    assert announcement(reason, language="es") == technical_trouble("es")
