"""Tenants' documents and the search in them, over every transport."""

import asyncio
import uuid
from typing import Any

import pytest
from stores_world import World

from shared.adapters.sql.knowledge import SqlKnowledge
from shared.domain.knowledge import Document, Passage, PutDocument, cut
from shared.errors import InputError, StoreError

LIBRARY = """
# What the library lends

## Reading group
Teenagers meet every Thursday at four, upstairs.

## Things
We lend drills, ladders and sewing machines to members for two weeks. A ladder's deposit is fifteen dollars.

Q: Is there a café?
A: No, but there are vending machines by the stairs.

Q: How do I become a member?
A: Bring a photo id and a letter with your address to the counter.

## Late books
A late book costs ten cents a day, at most three dollars.
"""
ASKED = (
    ("do you guys have anything for teens?", "Reading group"),
    ("um, hi, I was wondering what happens if my books are late", "Late books"),
    ("Could I borrow a drill or something?", "Things"),
    ("what's the deposit on the ladder", "Things"),
    ("is there some kind of cafe in there", "Things / Is there a café?"),
    ("Can somebody tell me how becoming a member works, please?", "Things / How do I become a member?"),
    ("What do I need to bring to the counter?", "Things / How do I become a member?"),
)
"""In callers' words, and the heading of the passage that comes first."""
NOWHERE = ("Do you have a swimming pool?", "Can you tell me anything?", "the of and", "", "' \\ & | ! :* <-> (", "%")


@pytest.fixture
def knowledge(world: World) -> SqlKnowledge:
    return SqlKnowledge(world.database)


def document(text: str = LIBRARY, name: str = "lending.md") -> Document:
    return Document(name, "Lending", cut(text))


async def test_when_a_document_is_put_again_or_changed_then_it_is_there_once_and_as_it_is_now(
    world: World, knowledge: SqlKnowledge
) -> None:
    lending = document()
    many = len(lending.passages)
    first = await asyncio.gather(*(knowledge.put(world.tenant_id, lending) for _ in range(3)))
    assert sorted(each.added for each in first) == [False, False, True], "the same passages"
    assert await knowledge.put(world.tenant_id, document(name="copy.md")) == PutDocument(
        "lending.md", False, False, many
    )
    assert await knowledge.put(world.tenant_id, document("Closed.")) == PutDocument("lending.md", True, True, 1)
    (listed,) = await knowledge.documents(world.tenant_id)
    assert (listed.name, listed.title, listed.passages, listed.characters) == ("lending.md", "Lending", 1, 7)
    assert await knowledge.find(world.tenant_id, "late books", 3) == [], "what it said before is gone"
    assert await knowledge.remove(world.tenant_id, "lending.md") is True
    assert await knowledge.remove(world.tenant_id, "lending.md") is False
    assert await knowledge.documents(world.tenant_id) == []
    assert await world.sql.fetchval("select count(*) from passages where tenant_id = $1", world.tenant_id) == 0


async def test_when_callers_ask_in_their_own_words_then_the_passage_that_answers_comes_first(
    world: World, knowledge: SqlKnowledge
) -> None:
    await knowledge.put(world.tenant_id, document())
    missed: dict[str, Any] = {}
    for asked, heading in ASKED:
        found = await knowledge.find(world.tenant_id, asked, 3)
        if not found or found[0].heading != heading or not 0 < found[0].share <= 1:
            missed[asked] = found
    assert missed == {}
    for asked in NOWHERE:
        assert await knowledge.find(world.tenant_id, asked, 3) == [], asked
    (teens,) = await knowledge.find(world.tenant_id, "anything for teenagers", 1)
    assert (teens.name, teens.title, teens.place, teens.share) == ("lending.md", "Lending", 1, 1.0)
    (pool,) = await knowledge.find(world.tenant_id, "Is the swimming pool upstairs?", 1)
    assert pool.share < 0.5, "it has one word of three"


async def test_when_the_tenant_speaks_another_language_then_its_words_are_stemmed_as_that_language_does(
    world: World, knowledge: SqlKnowledge
) -> None:
    await world.sql.execute("update tenants set language = 'es-MX' where id = $1", world.tenant_id)
    await knowledge.put(world.tenant_id, document("Alquilamos bicicletas en la estación."))
    for asked in ("¿Puedo alquilar una bicicleta?", "estacion"):
        assert len(await knowledge.find(world.tenant_id, asked, 3)) == 1, asked


async def test_when_another_tenant_asks_then_nothing_of_it_is_found_or_changed(
    world: World, knowledge: SqlKnowledge
) -> None:
    await knowledge.put(world.tenant_id, document())
    other = f"00000000-0000-4000-a000-{uuid.uuid4().hex[:12]}"
    await world.sql.execute("insert into tenants (id, name, timezone) values ($1, 'Other', 'UTC')", other)
    assert await knowledge.find(other, "late books", 3) == []
    assert await knowledge.remove(other, "lending.md") is False
    assert (await knowledge.put(other, document())).added, "the same document of another tenant"
    assert len(await knowledge.documents(world.tenant_id)) == 1
    await world.sql.execute("delete from tenants where id = $1", other)


async def test_when_it_cant_be_put_then_it_is_refused_by_what_is_wrong(world: World, knowledge: SqlKnowledge) -> None:
    nobody = str(uuid.uuid4())
    with pytest.raises(InputError, match=f"there is no tenant {nobody}"):
        await knowledge.put(nobody, document())
    with pytest.raises(InputError, match=f"there is no tenant {nobody}"):
        await knowledge.documents(nobody)
    assert await knowledge.find(nobody, "late books", 3) == []
    for passages in ((), (Passage("", "x"),) * 2001, (Passage("", "x" * 2001),), (Passage("", " "),)):
        with pytest.raises(InputError):
            await knowledge.put(world.tenant_id, Document("a.md", "A", passages))
    many = tuple(Passage("", f"word{number}") for number in range(2000))
    for number in range(2):
        await knowledge.put(world.tenant_id, Document(f"{number}.md", "A", (Passage("", str(number)), *many[1:])))
    with pytest.raises(InputError, match="more than 5000 passages"):
        await knowledge.put(world.tenant_id, Document("3.md", "A", many))
    assert (await knowledge.put(world.tenant_id, Document("1.md", "A", many))).replaced, "in the place of another"
    with pytest.raises(StoreError):
        await knowledge.find("not an id", "late books", 3)
