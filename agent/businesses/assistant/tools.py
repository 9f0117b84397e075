"""The assistant's private tools: bounded, each says its own result, and acts towards others on its owner's yes."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from agent.businesses.assistant import rules
from agent.businesses.assistant.owner import Entry, OwnerSystems
from agent.businesses.assistant.store import AssistantStore, Note
from agent.businesses.assistant.when import entry_title, spoken_day, spoken_time, when_in
from agent.businesses.tasks.rules import listed, named
from agent.businesses.tasks.store import Task
from agent.businesses.tasks.tools import owner_of
from agent.tools.context import ToolContext
from agent.tools.request import read_back
from agent.tools.tool import Arguments, NotWritten, Result, Tool, Writing
from shared.domain.language.deeds import Deed
from shared.domain.language.text import sound_of
from shared.errors import OutcomeUnknown, StoreError
from shared.observe import report
from shared.ports import Receipt

SECONDS = 30.0
"""For a call of any of these tools."""
MOST_SAID = 2_000
"""Characters of an answer."""
MOST_ENTRIES, MOST_MAILS, MOST_NOTES = 6, 3, 3
LOOK_AHEAD = timedelta(days=30)
"""In which an entry is looked for that is to be deleted."""
_MORE = "Anything else?"


class SaidArguments(Arguments):
    said: Annotated[str | None, Field(max_length=2000, description="The caller's own words.")] = None


class EntryArguments(Arguments):
    title: Annotated[str | None, Field(max_length=300, description="What the entry is called.")] = None
    when: Annotated[str | None, Field(max_length=300, description="Day and time, in the caller's words.")] = None


class MessageArguments(Arguments):
    said: Annotated[
        str | None, Field(max_length=2000, description="The caller's whole wish, where `to` is unclear.")
    ] = None
    to: Annotated[str | None, Field(max_length=120, description="Whom it is for.")] = None
    text: Annotated[str | None, Field(max_length=1000, description="The message, word for word.")] = None


class TimeArguments(Arguments):
    pass


async def read_calendar(context: ToolContext[AssistantStore], arguments: SaidArguments) -> Result:
    now = _now(context)
    day = when_in(arguments.said or "", now.date()).day or now.date()
    try:
        entries = await OwnerSystems(context).entries(_midnight(day, now), _midnight(day + timedelta(days=1), now))
    except StoreError as error:
        return _unreachable(context, error, "calendar")
    which = spoken_day(day, now.date())
    if not entries:
        return _said(f"There is nothing on your calendar {which}. {_MORE}")
    spoken = [f"{each.title} at {spoken_time(each.start.astimezone(now.tzinfo).time())}" for each in entries]
    more = f", and {len(spoken) - MOST_ENTRIES} more" if len(spoken) > MOST_ENTRIES else ""
    return _said(f"On your calendar {which}: {listed(spoken[:MOST_ENTRIES])}{more}. {_MORE}")


async def create_entry(context: ToolContext[AssistantStore], arguments: EntryArguments) -> Result:
    now = _now(context)
    title = entry_title(arguments.title or "")
    if title is None:
        return _missing("title", "What should I put on your calendar?")
    when = when_in(f"{arguments.when or ''} {arguments.title or ''}", now.date())
    if when.at is None:
        return _missing("when", f"When is {title}?")
    day = when.day or now.date()
    start = datetime.combine(day, when.at, now.tzinfo)
    text = f"I'll put {title} on your calendar {spoken_day(day, now.date())} at {spoken_time(when.at)}. Is that right?"
    return read_back(context, "entry", {"title": title, "start": start.isoformat()}, text)


async def write_entry(context: ToolContext[AssistantStore], key: str, fields: dict[str, Any]) -> Receipt | NotWritten:
    async def write() -> None:
        await OwnerSystems(context).create(fields["title"], datetime.fromisoformat(fields["start"]), key)

    return await _written(
        context, write(), f"I'm sorry, {fields['title']} isn't on your calendar: it can't be reached."
    )


async def delete_entry(context: ToolContext[AssistantStore], arguments: SaidArguments) -> Result:
    now = _now(context)
    try:
        entries = await OwnerSystems(context).entries(now - timedelta(days=1), now + LOOK_AHEAD)
    except StoreError as error:
        return _unreachable(context, error, "calendar")
    found = named(arguments.said or "", [Task(each.id, each.title) for each in entries])
    if len(found.tasks) != 1:
        titles = listed([each.title for each in found.tasks[:MOST_ENTRIES]]).replace(" and ", " or ")
        ask = f"Do you mean {titles}?" if titles else "Which entry of your calendar should I delete?"
        return _missing("said", ask)
    entry = next(each for each in entries if each.id == found.tasks[0].task_id)
    return read_back(
        context,
        "cancellation",
        {"id": entry.id, "title": entry.title},
        f"Shall I delete {entry.title} {_spoken_start(entry, now)} from your calendar?",
    )


async def write_cancellation(
    context: ToolContext[AssistantStore], key: str, fields: dict[str, Any]
) -> Receipt | NotWritten:
    cancel = OwnerSystems(context).delete(fields["id"], key)
    return await _written(
        context, cancel, f"I'm sorry, {fields['title']} is still on your calendar: it can't be reached."
    )


async def read_mail(context: ToolContext[AssistantStore], _: TimeArguments) -> Result:
    try:
        mails = await OwnerSystems(context).mail(MOST_MAILS)
    except StoreError as error:
        return _unreachable(context, error, "mail")
    if not mails:
        return _said(f"You have no unread mail. {_MORE}")
    return _said(f"Unread mail: {listed([f'from {each.sender}, about {each.subject}' for each in mails])}. {_MORE}")


async def send_message(context: ToolContext[AssistantStore], arguments: MessageArguments) -> Result:
    to, text = arguments.to, arguments.text
    if not (to and text) and arguments.said and (message := rules.message_in(arguments.said)):
        to, text = message.to, message.text
    if not to:
        return _missing("said", "Whom should I send a message to, and what should it say?")
    if not text:
        return _missing("text", f"What should the message to {to} say?")
    # the text itself, as it goes out in the owner's name (DU-56)
    said = f"I'll send {to} this, word for word: {text.rstrip('.')}. Shall I send it?"
    return read_back(context, "message", {"to": to, "text": text}, said)


async def write_message(context: ToolContext[AssistantStore], key: str, fields: dict[str, Any]) -> Receipt | NotWritten:
    send = OwnerSystems(context).send(fields["to"], fields["text"], key)
    return await _written(context, send, f"I'm sorry, the message to {fields['to']} wasn't sent.")


async def take_note(context: ToolContext[AssistantStore], arguments: SaidArguments) -> Result:
    text, owner, conversation = rules.note_in(arguments.said or ""), owner_of(context), context.conversation
    if text is None or owner is None:
        return _missing("said", "What should I note down?")
    note = Note(
        call_id=conversation.call_id,
        key=sound_of(text),
        tenant_id=owner.tenant_id,
        owner=owner.owner,
        caller=conversation.phone_number,
        text=text,
        at=context.clock.now(),
    )
    try:
        await context.store.take_note(note)
    except StoreError as error:
        return _unreachable(context, error, "notes")
    return {"status": "stored", "said": f"Noted: {text}. {_MORE}"[:MOST_SAID]}


async def recall(context: ToolContext[AssistantStore], arguments: SaidArguments) -> Result:
    owner = owner_of(context)
    assert owner is not None, "a private caller has a number"
    try:
        notes = await context.store.recall(owner, rules.question_in(arguments.said or ""), MOST_NOTES)
    except StoreError as error:
        return _unreachable(context, error, "notes")
    if not notes:
        return _said(f"I find nothing about that in your notes. {_MORE}")
    return _said(f"From your notes: {'; '.join(each.text.rstrip('.') for each in notes)}. {_MORE}")


async def system_health(context: ToolContext[AssistantStore], _: TimeArguments) -> Result:
    now = _now(context)
    try:
        health = await context.store.health(context.tenant.tenant_id, _midnight(now.date(), now))
    except StoreError as error:
        return _unreachable(context, error, "system's records")
    alerts = f"open alerts: {listed(health.alerts)}" if health.alerts else "nothing is wrong"
    missed = f"{health.unanswered} of them unanswered" if health.unanswered else "all of them answered"
    calls = f"{health.calls} call{'s' * (health.calls != 1)} today, {missed}" if health.calls else "no calls today yet"
    return _said(f"On your line {alerts}; {calls}. {_MORE}")


async def current_time(context: ToolContext[AssistantStore], _: TimeArguments) -> Result:
    now = _now(context)
    return _said(f"It's {spoken_time(now.time())} on {now:%A, %B} {now.day}. {_MORE}")


def _now(context: ToolContext[Any]) -> datetime:
    return context.clock.now().astimezone(ZoneInfo(context.tenant.timezone))


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(0), now.tzinfo)


def _spoken_start(entry: Entry, now: datetime) -> str:
    start = entry.start.astimezone(now.tzinfo)
    return f"{spoken_day(start.date(), now.date())} at {spoken_time(start.time())}"


def _said(said: str) -> Result:
    return {"status": "done", "said": said[:MOST_SAID]}


def _missing(slot: str, ask: str) -> Result:
    return {"status": "missing", "slot": slot, "said": ask}


def _unreachable(context: ToolContext[Any], error: StoreError, what: str) -> Result:
    report(error, call_id=context.conversation.call_id, action="assistant", kind=what)
    return {"status": "refused", "said": f"I'm sorry, I can't reach your {what} right now. {_MORE}"}


async def _written(context: ToolContext[Any], write: Any, failed: str) -> Receipt | NotWritten:
    try:
        await write
    except OutcomeUnknown:
        raise
    except StoreError as error:
        report(error, call_id=context.conversation.call_id, action="assistant")
        return NotWritten(f"{failed} {_MORE}", failed=True)
    return Receipt.STORED


_ASKS = "It asks for what it lacks itself; call it again with the caller's answer."
_CONFIRMS = "Reads back what it would do and asks for a yes itself; the caller's yes does it, without another call."

TOOLS = (
    Tool(
        "read_calendar",
        "Read out the owner's calendar of a day.",
        SaidArguments,
        read_calendar,
        seconds=SECONDS,
        does=(Deed.LOOK_UP,),
    ),
    Tool(
        "create_entry",
        f"Put an entry on the owner's calendar. {_CONFIRMS} {_ASKS}",
        EntryArguments,
        create_entry,
        Writing(write_entry, f"It's on your calendar. {_MORE}"),
        seconds=SECONDS,
        does=(Deed.ADD,),
    ),
    Tool(
        "delete_entry",
        f"Delete an entry of the owner's calendar. {_CONFIRMS} {_ASKS}",
        SaidArguments,
        delete_entry,
        Writing(write_cancellation, lambda fields: f"I've deleted {fields['title']}. {_MORE}"),
        seconds=SECONDS,
        as_owner=True,
        does=(Deed.CANCEL,),
    ),
    Tool(
        "read_mail",
        "Read out the owner's unread mail.",
        TimeArguments,
        read_mail,
        seconds=SECONDS,
        does=(Deed.LOOK_UP,),
    ),
    Tool(
        "send_message",
        f"Send somebody a message in the owner's name. {_CONFIRMS} {_ASKS}",
        MessageArguments,
        send_message,
        Writing(write_message, lambda fields: f"I've sent that to {fields['to']}. {_MORE}"),
        seconds=SECONDS,
        does=(Deed.SEND,),
        as_owner=True,
    ),
    Tool(
        "take_note",
        f"Keep a note for the owner. {_ASKS}",
        SaidArguments,
        take_note,
        once=True,
        seconds=SECONDS,
        does=(Deed.NOTE,),
    ),
    Tool("recall", "Search the owner's notes.", SaidArguments, recall, seconds=SECONDS, does=(Deed.LOOK_UP,)),
    Tool(
        "system_health",
        "Say how the owner's telephone line is doing: what is wrong, and today's calls.",
        TimeArguments,
        system_health,
        seconds=SECONDS,
        does=(Deed.LOOK_UP,),
    ),
    Tool("current_time", "Say what time and day it is.", TimeArguments, current_time),
)
