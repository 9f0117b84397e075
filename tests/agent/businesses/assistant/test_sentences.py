"""What the assistant takes from its owner's sentences: days and times, titles, messages, notes."""

from datetime import date, time

from agent.businesses.assistant.rules import Message, message_in, note_in, question_in
from agent.businesses.assistant.when import When, entry_title, spoken_day, spoken_time, when_in

TODAY = date(2026, 11, 28)
"""A Saturday."""
ENTRIES = {
    "Put lunch with Sam on my calendar tomorrow at noon": ("Lunch with Sam", date(2026, 11, 29), time(12)),
    "Schedule a meeting with the auditors on Friday at three": (
        "Meeting with the auditors",
        date(2026, 12, 4),
        time(15),
    ),
    "Book the dentist for December 4 at 9:30 am": ("Dentist", date(2026, 12, 4), time(9, 30)),
    "Add a call with Joan to my calendar, Monday at half past two": (
        "Call with Joan",
        date(2026, 11, 30),
        time(14, 30),
    ),
    "Set up dinner with Lee tonight at seven thirty": ("Dinner with Lee", TODAY, time(19, 30)),
    "Enter yoga on Wednesday at quarter to six in the evening": ("Yoga", date(2026, 12, 2), time(17, 45)),
    "Put the flight on my calendar, the day after tomorrow at 6 a.m.": ("Flight", date(2026, 11, 30), time(6)),
    "Book the hall for Saturday": ("Hall", date(2026, 12, 5), None),
    "Put the race on January 5 at 8 am": ("Race", date(2027, 1, 5), time(8)),
    "Put it at 25:00": (None, None, None),
    "Add February 30": (None, None, None),
}
MESSAGES = {
    "Tell Sam that I'll be ten minutes late": Message("Sam", "I'll be ten minutes late"),
    "Send a message to Anna saying the keys are under the mat.": Message("Anna", "The keys are under the mat."),
    "Let my brother know dinner is at eight": Message("My brother", "Dinner is at eight"),
    "text Joan: can we meet at noon?": Message("Joan", "Can we meet at noon?"),
    "Send Maria Lopez a message that the contract is signed": Message("Maria Lopez", "The contract is signed"),
    "message the plumber that the door is open": Message("The plumber", "The door is open"),
    "What's on my calendar?": None,
    "Send a message": None,
}
NOTES = {
    "Make a note that the spare key is with Mrs Olsen.": "The spare key is with Mrs Olsen",
    "Note down the gate code is seven": "The gate code is seven",
    "Remember that Lee likes oolong tea": "Lee likes oolong tea",
    "take a note": None,
    "": None,
}


def test_given_sentences_about_entries_then_title_day_and_time_are_the_owners() -> None:
    wrong = [
        (said, entry_title(said), when_in(said, TODAY))
        for said, (title, day, at) in ENTRIES.items()
        if when_in(said, TODAY) != When(day, at) or (title is not None and entry_title(said) != title)
    ]
    assert wrong == []
    assert [spoken_time(each) for each in (time(12), time(0), time(9, 5), time(15))] == [
        "noon",
        "12 AM",
        "9:05 AM",
        "3 PM",
    ]
    assert spoken_day(date(2026, 12, 4), TODAY) == "on Friday, December 4"


def test_given_sentences_about_messages_and_notes_then_their_words_stay_the_owners() -> None:
    assert [(said, found) for said, text in MESSAGES.items() if (found := message_in(said)) != text] == []
    assert [(said, found) for said, text in NOTES.items() if (found := note_in(said)) != text] == []
    assert question_in("Where did I say the spare key is?") == "spare key"
