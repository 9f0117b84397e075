"""The title of a task in a caller's sentence, and the task that a sentence names."""

import pytest

from agent.businesses.tasks.rules import all_of_them, named, renaming_in, same_task
from agent.businesses.tasks.store import Task
from agent.businesses.tasks.titles import MOST_CHARACTERS, title_of

TITLES = {
    "Add a task to review the proposal": "Review the proposal",
    "add a task to review the proposal.": "Review the proposal",
    "Create a task called call the plumber.": "Call the plumber",
    "Remind me to water the plants tomorrow": "Water the plants tomorrow",
    "I need to buy milk": "Buy milk",
    "Put buy stamps on my list": "Buy stamps",
    "Can you please add pick up the dry cleaning to my to-do list?": "Pick up the dry cleaning",
    "New task: email Sarah about the budget.": "Email Sarah about the budget",
    "Don't let me forget to renew my passport, please.": "Renew my passport",
    "Make a note to check the tires": "Check the tires",
    "I've got to return the library books": "Return the library books",
    "Please jot down: fix the gate": "Fix the gate",
    "Um, could you add a reminder that I should send the invoice to Mark?": "Send the invoice to Mark",
    "Hi, I'd like to add a new task for me to book a dentist appointment": "Book a dentist appointment",
    "Add call my mom": "Call my mom",
    "Could you add milk": "Milk",
    "add to my list buy stamps": "Buy stamps",
    "On my list put feed the cat": "Feed the cat",
    "Another one, pay the rent": "Pay the rent",
    "Remind me about the parents' evening": "The parents' evening",
    "Let's add a task to clean the garage this weekend": "Clean the garage this weekend",
    "I'd like a reminder to take my pills at nine": "Take my pills at nine",
    "Can you remind me that the rent is due on Friday?": "The rent is due on Friday",
    "Set up a task to draft the slides for Monday": "Draft the slides for Monday",
    "Note to self: call Dave back": "Call Dave back",
    "would you mind adding a to do to mow the lawn": "Mow the lawn",
    "I have to take the car in for service": "Take the car in for service",
    "Add finish the quarterly report as a task": "Finish the quarterly report",
    "Write down that I need to order toner": "Order toner",
    "please put pick up Tom from school on the to do list for me": "Pick up Tom from school",
    "I must remember to call the bank": "Call the bank",
    "Okay, so, add a task, buy a birthday card for Joan.": "Buy a birthday card for Joan",
    # the thing to do as such, in words that may be a command elsewhere
    "review the proposal": "Review the proposal",
    "Add salt to the soup": "Add salt to the soup",
    "Make a cake for Anna": "Make a cake for Anna",
    "Take notes in the meeting": "Take notes in the meeting",
    "Prepare the task list for Monday": "Prepare the task list for Monday",
    "Put the bins out": "Put the bins out",
    "Set the alarm": "Set the alarm",
    "Schedule a meeting with the auditors": "Schedule a meeting with the auditors",
    "Save the date for the wedding": "Save the date for the wedding",
    "iPhone repair": "IPhone repair",
    # nothing to do in it
    "Add a task": None,
    "Create a new task please.": None,
    "I want to add something to my list": None,
    "": None,
    "…": None,
}

TASKS = [
    Task("milk", "Buy milk"),
    Task("oat", "Buy oat milk"),
    Task("plumber", "Call the plumber"),
    Task("anna", "Call Anna about the trip"),
    Task("bob", "Talk to Bob"),
]
NAMED = {
    "I bought the milk": {"milk"},
    "take the oat milk off my list": {"oat"},
    "the plumber thing is done": {"plumber"},
    "I called the plummer already": {"plumber"},
    "cross off the trip": {"anna"},
    "I talked to Bob": {"bob"},
    "the second one": {"oat"},
    "number three, please": {"plumber"},
    "the last one": {"bob"},
    "delete the call": {"plumber", "anna"},
    "number twelve": set[str](),
    "the dishwasher": set[str](),
    "": set[str](),
}
RENAMED = {
    "Rename buy milk to buy almond milk": ("milk", "Buy almond milk"),
    "Change talk to Bob to email Bob instead": ("bob", "Email Bob"),
    "The plumber should be call the electrician": ("plumber", "Call the electrician"),
    "change the plumber task so it says ring the plumber": ("plumber", "Ring the plumber"),
    "turn the trip into book the hotel": ("anna", "Book the hotel"),
}


@pytest.mark.requirement("OP-14")
def test_given_many_wordings_then_the_title_is_the_thing_to_do() -> None:
    wrong = [(said, title_of(said), title) for said, title in TITLES.items() if title_of(said) != title]
    assert wrong == []
    again = [title for title in TITLES.values() if title and title_of(title) != title]
    assert again == [], "a title is its own title"
    assert len(title_of("read " + "very " * 200 + "much") or "") <= MOST_CHARACTERS


def test_given_a_list_then_a_sentence_names_the_nearest_task_and_what_is_not_clear_stays_open() -> None:
    wrong = [
        (said, found, ids)
        for said, ids in NAMED.items()
        if (found := {each.task_id for each in named(said, TASKS).tasks}) != ids
    ]
    assert wrong == []
    assert named("the first one", []).tasks == ()


def test_given_a_sentence_that_renames_then_both_titles_are_found() -> None:
    for said, (task_id, title) in RENAMED.items():
        found = renaming_in(said, TASKS)
        assert found is not None, said
        assert (named(found.which, TASKS).tasks[0].task_id, found.title) == (task_id, title), said
    assert renaming_in("rename it", TASKS) is None


def test_given_two_titles_of_one_turn_then_only_the_same_words_are_one_task() -> None:
    assert same_task("Review the proposal", "Review proposal")
    assert not same_task("Buy milk", "Buy oat milk")
    assert all_of_them("Delete all my tasks") and all_of_them("wipe the whole list")
    assert not all_of_them("Delete the ball")
