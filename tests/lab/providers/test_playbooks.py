"""Playbooks: found by the role that a prompt names, from the templates' files or as taught."""

import os
from pathlib import Path
from typing import Any

import pytest

from lab.providers.playbooks import Playbooks, facts_in

TEMPLATE = """
name: shop
persona: You mend shoes.
policy_version: "1"
phrases: {greeting: a, consent: b, consent_granted: c, consent_refused: d, recording_stopped: e, still_there: [f],
  silence_goodbye: g, apology: h, goodbye: i, repeat: j}
start: desk
nodes:
  desk:
    instructions: Be kind.
    unknown: Ask {owner}.
    intents: [{name: price, examples: ["What is it?"], reply: "%s"}]
"""
FACTS = "Facts:\n- owner: Anna: the cobbler\n- price: ten dollars\n\n"


def prompt(role: str, facts: str = FACTS) -> tuple[dict[str, Any], ...]:
    return (
        {"role": "system", "content": f"Be kind.\n\n{facts}Role: {role}\nAnswer."},
        {"role": "user", "content": "?"},
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "template.yaml"
    path.parent.mkdir()
    path.write_text(TEMPLATE % "It is {price}.")
    return path


@pytest.fixture
def playbooks(file: Path) -> Playbooks:
    return Playbooks(file.parents[1])


def test_given_a_prompt_with_a_role_then_its_playbook_is_the_files_with_the_prompts_facts(playbooks: Playbooks) -> None:
    book = playbooks.book_for(prompt("shop/desk"))

    assert book is not None
    assert book["unknown"] == "Ask Anna: the cobbler."
    assert book["intents"] == [{"name": "price", "examples": ["What is it?"], "reply": "It is ten dollars."}]


def test_given_a_prompt_without_a_fact_then_its_reply_is_what_the_node_says_to_the_unknown(
    playbooks: Playbooks,
) -> None:
    book = playbooks.book_for(prompt("shop/desk", facts=""))

    assert book is not None
    assert book["intents"][0]["reply"] == book["unknown"] != ""


def test_given_a_file_when_changed_then_the_next_request_finds_it_as_it_is_now(
    playbooks: Playbooks, file: Path
) -> None:
    playbooks.book_for(prompt("shop/desk"))
    file.write_text(TEMPLATE % "Nothing.")
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))

    book = playbooks.book_for(prompt("shop/desk"))

    assert book is not None
    assert book["intents"][0]["reply"] == "Nothing."


@pytest.mark.parametrize("role", ["shop/office", "bakery/desk", "../desk", "shop", ""])
def test_given_an_unknown_role_then_there_is_no_playbook(playbooks: Playbooks, role: str) -> None:
    assert playbooks.book_for(prompt(role)) is None


@pytest.mark.parametrize("content", ["nodes: [", "name: shop", "- 1", "\ufffe\x00"])
def test_given_a_bad_file_then_there_is_no_playbook(playbooks: Playbooks, file: Path, content: str) -> None:
    file.write_text(content)

    assert playbooks.book_for(prompt("shop/desk")) is None


def test_given_two_prompts_then_the_latest_that_names_a_role_counts(playbooks: Playbooks) -> None:
    playbooks.teach({"shop/office": {"intents": [], "unknown": "Office."}})
    note = {"role": "system", "content": "From now on this call is being recorded."}

    book = playbooks.book_for((*prompt("shop/desk"), *prompt("shop/office"), note))

    assert book == {"intents": [], "unknown": "Office."}


def test_given_no_facts_in_a_prompt_then_none_are_read() -> None:
    assert facts_in("- a: b") == {}
    assert facts_in("Facts:\n- a: b\nText - c: d\n") == {"a": "b"}
