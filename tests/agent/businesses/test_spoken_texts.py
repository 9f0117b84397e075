"""What the templates have the agent say passes its own guard, with each tenant's facts filled in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.businesses.business import business_names, business_of
from shared.domain.language.plain_speech import SentenceStream
from shared.domain.language.speech_guard import Spoken, permitted
from shared.domain.template import Template, fields, render

SEEDS = Path(__file__).parents[3] / "supabase" / "seeds"
_FACT = re.compile(r"'(\w+)',\s*'((?:[^']|'')*)'")


def tenants() -> Iterator[dict[str, str]]:
    seeds = "".join(path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.sql")))
    for facts in seeds.split("jsonb_build_object(")[1:]:
        yield {name: text.replace("''", "'") for name, text in _FACT.findall(facts)}


def spoken_texts(template: Template) -> Iterator[str]:
    for node in template.nodes.values():
        yield node.unknown
        for intent in node.intents:
            yield from (text for text in (intent.reply, *(slot.ask for slot in intent.slots)) if text)


@pytest.mark.requirement("PT-66")
def test_given_a_template_with_a_tenants_facts_then_the_model_may_say_each_of_its_sentences() -> None:
    refused: list[tuple[str, str]] = []
    for template in (business_of(name).template for name in business_names()):
        for facts in tenants():
            for text in spoken_texts(template):
                stream = SentenceStream()
                said = render(text, {name: facts.get(name, f"the {name.replace('_', ' ')}") for name in fields(text)})
                sentences = (*stream.feed(said), *stream.flush())
                assert " ".join(sentences) == " ".join(said.split())
                refused += [(s, t) for s in sentences if (t := permitted(s, Spoken(stored=(), recording=False)))]
    assert refused == []
