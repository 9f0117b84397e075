"""A task manager's tools: each says by name what it did, and asks itself for what it lacks."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from agent.businesses.tasks import rules, titles
from agent.businesses.tasks.store import NewTask, Owner, Task, TaskStore
from agent.tools.context import ToolContext
from agent.tools.request import read_back
from agent.tools.tool import Arguments, NotWritten, Refused, Result, Tool, Writing, refusal
from shared.domain.language.deeds import Deed
from shared.domain.language.text import sound_of
from shared.domain.questions import ReadBack
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Receipt
from shared.tasks import to_its_end

MOST_READ_OUT = 6

NO_NUMBER = (
    "I can't see the number that you're calling from, so I can't open your list. Please call again without withholding "
    "your number."
)
NOT_READ = "I'm sorry, I can't reach your list right now. Please try again in a moment."
NOT_WRITTEN = "I'm sorry, that didn't work: nothing has been changed on your list. Please try again in a moment."
_WHAT = "What should I put on your list?"
_MORE = "Anything else?"


class CreateArguments(Arguments):
    title: Annotated[
        str | None,
        Field(max_length=1000, description="The thing to do, in the caller's words: 'review the proposal'."),
    ] = None


class ListArguments(Arguments):
    done: Annotated[bool, Field(description="True where they ask what is finished already.")] = False


class WhichArguments(Arguments):
    which: Annotated[str | None, Field(max_length=1000, description="The task, in the caller's words.")] = None


class RenameArguments(WhichArguments):
    new_title: Annotated[str | None, Field(max_length=300, description="What it is to be called from now on.")] = None


async def create_task(context: ToolContext[TaskStore], arguments: CreateArguments) -> Result:
    owner, conversation = owner_of(context), context.conversation
    if owner is None:
        return {"status": "refused", "said": NO_NUMBER}
    title = titles.title_of(arguments.title or "")
    if title is None:
        return _missing("title", _WHAT)
    for earlier in conversation.requests:
        # a model that calls twice in a turn, in other words, means one task
        this_turn = earlier.at_turn == conversation.caller_turns
        if earlier.row_kind == "task" and this_turn and rules.same_task(earlier.fields["title"], title):
            return {"status": "done", "said": ""}
    new = NewTask(
        call_id=conversation.call_id,
        # of the title, as a try whose answer was lost may have been stored (OP-19)
        key=sound_of(title),
        tenant_id=owner.tenant_id,
        owner=owner.owner,
        caller=conversation.phone_number,
        title=title,
        created_via=conversation.channel,
        at=context.clock.now(),
    )
    try:
        created = await context.store.create(new, context.snapshots)
    except StoreError as error:
        raise _not_written(context, error, "task", f"I couldn't add {title}: it isn't on your list.") from error
    _written(context, "task", {"title": created.title})
    return {"status": "stored", "said": f"I've added {created.title} to your list. {_MORE}"}


async def list_tasks(context: ToolContext[TaskStore], arguments: ListArguments) -> Result:
    owner = owner_of(context)
    if owner is None:
        return {"status": "refused", "said": NO_NUMBER}
    tasks = await _tasks(context, owner)
    if tasks is None:
        return {"status": "refused", "said": NOT_READ}
    return {"status": "done", "said": answer(tasks, done=arguments.done)}


def answer(tasks: Sequence[Task], *, done: bool = False) -> str:
    """What the caller hears of their list."""
    names = [each.title for each in tasks if (each.status == "done") is done]
    kind = "finished" if done else "open"
    if not names:
        return f"You have no {kind} tasks. {_MORE}"
    if len(names) == 1:
        return f"You have one {kind} task: {names[0]}. {_MORE}"
    if len(names) <= MOST_READ_OUT:
        return f"You have {len(names)} {kind} tasks: {rules.listed(names)}. {_MORE}"
    first = rules.listed(names[:MOST_READ_OUT])
    return f"You have {len(names)} {kind} tasks. The first {MOST_READ_OUT} are: {first}. {_MORE}"


async def complete_task(context: ToolContext[TaskStore], arguments: WhichArguments) -> Result:
    found = await _named(context, arguments.which, "Which task have you finished?")
    if not isinstance(found, Task):
        return found
    if found.status == "done":
        return {"status": "done", "said": f"{found.title} is finished already. {_MORE}"}
    return await _change(context, found, f"I've marked {found.title} as done. {_MORE}", done=True)


async def rename_task(context: ToolContext[TaskStore], arguments: RenameArguments) -> Result:
    owner = owner_of(context)
    if owner is None:
        return {"status": "refused", "said": NO_NUMBER}
    tasks = await _tasks(context, owner)
    if tasks is None:
        return {"status": "refused", "said": NOT_READ}
    which, title = arguments.which, arguments.new_title
    if title is None and which and (renaming := rules.renaming_in(which, tasks)):
        which, title = renaming.which, renaming.title
    found = _chosen(which, tasks, "Which task should I rename?")
    if not isinstance(found, Task):
        return found
    if not (title := titles.new_title(title or "")):
        return _missing("new_title", f"What should {found.title} be called instead?")
    if title == found.title:
        return {"status": "done", "said": f"It's called {title} now. {_MORE}"}
    return await _change(context, found, f"I've renamed {found.title} to {title}. {_MORE}", title=title)


async def delete_task(context: ToolContext[TaskStore], arguments: WhichArguments) -> Result:
    owner = owner_of(context)
    if owner is None:
        return {"status": "refused", "said": NO_NUMBER}
    tasks = await _tasks(context, owner)
    if tasks is None:
        return {"status": "refused", "said": NOT_READ}
    chosen = tasks if tasks and arguments.which and rules.all_of_them(arguments.which) else None
    if chosen is None:
        found = _chosen(arguments.which, tasks, "Which task should I delete?")
        if not isinstance(found, Task):
            return found
        chosen = [found]
    fields = {"task_ids": [each.task_id for each in chosen], "titles": [each.title for each in chosen]}
    what = chosen[0].title if len(chosen) == 1 else f"all {len(chosen)} tasks, {rules.listed(fields['titles'])},"
    return read_back(context, "deletion", fields, f"Shall I delete {what} from your list? It can't be undone.")


async def write_deletion(context: ToolContext[TaskStore], key: str, fields: dict[str, Any]) -> Receipt | NotWritten:
    """Twice deletes nothing more, so that it needs no key."""
    del key
    owner = owner_of(context)
    assert owner is not None, "the read-back was of an owner's task"
    try:
        await context.store.delete(owner, fields["task_ids"], context.snapshots)
    except StoreError as error:
        report(error, call_id=context.conversation.call_id, kind="deletion")
        return NotWritten(NOT_WRITTEN, failed=True)
    return Receipt.STORED


def _deleted(fields: dict[str, Any]) -> str:
    names: list[str] = fields["titles"]
    return f"I've deleted {names[0] if len(names) == 1 else f'all {len(names)} tasks'}. {_MORE}"


def owner_of(context: ToolContext[Any]) -> Owner | None:
    """None for a caller without a number, whose list nobody could tell from another's (OP-20)."""
    conversation = context.conversation
    whose = conversation.user_id or conversation.phone_number
    return Owner(context.tenant.tenant_id, whose) if whose else None


async def _tasks(context: ToolContext[TaskStore], owner: Owner) -> list[Task] | None:
    try:
        return await context.store.tasks(owner, context.snapshots, context.new_id())
    except StoreError as error:
        report(error, call_id=context.conversation.call_id, action="tasks")
        return None


async def _named(context: ToolContext[TaskStore], which: str | None, ask: str) -> Task | Result:
    owner = owner_of(context)
    if owner is None:
        return {"status": "refused", "said": NO_NUMBER}
    tasks = await _tasks(context, owner)
    return {"status": "refused", "said": NOT_READ} if tasks is None else _chosen(which, tasks, ask)


def _chosen(which: str | None, tasks: Sequence[Task], ask: str) -> Task | Result:
    """The task that the caller names, an open one before a finished one; else what they are asked."""
    opened = [each for each in tasks if each.status == "open"]
    if not tasks:
        return {"status": "done", "said": f"You have no tasks on your list. {_MORE}"}
    if not which:
        return _missing("which", ask)
    found = rules.named(which, opened)
    if not found.tasks:
        found = rules.named(which, [each for each in tasks if each.status == "done"])
    if found.one is not None:
        return found.one
    if found.tasks:
        either = rules.listed([each.title for each in found.tasks[:MOST_READ_OUT]]).replace(" and ", " or ")
        return _missing("which", f"Do you mean {either}?")
    return _missing("which", f"I can't find that on your list. {ask}")


async def _change(
    context: ToolContext[TaskStore], task: Task, said: str, *, title: str | None = None, done: bool = False
) -> Result:
    owner, at = owner_of(context), context.clock.now()
    assert owner is not None, "the task was found on an owner's list"
    change = context.store.change(owner, task.task_id, context.snapshots, at, title=title, done=done)
    try:
        changed = await to_its_end("effect", change)
    except StoreError as error:
        raise _not_written(context, error, "change", "That didn't work: nothing has changed on your list.") from error
    if not changed:
        return {"status": "done", "said": f"{task.title} isn't on your list any more. {_MORE}"}
    _written(context, "change", {"task_id": task.task_id, "title": title or task.title})
    return {"status": "stored", "said": said}


def _written(context: ToolContext[Any], kind: str, fields: dict[str, Any]) -> None:
    """The call has achieved something: its outcome follows from it, and what the agent may say of it."""
    effect_id = context.new_id()
    written = ReadBack(effect_id, context.tool, kind, fields, "", context.conversation.caller_turns)
    context.live.replace(context.conversation.with_request(written).with_receipt(effect_id, "stored"))


def _not_written(context: ToolContext[Any], error: StoreError, kind: str, say: str) -> Refused:
    """Told as it is, and left open to another try: nothing of it was confirmed (OP-19)."""
    report(error, call_id=context.conversation.call_id, kind=kind)
    effect_id = context.new_id()
    failed = ReadBack(effect_id, context.tool, kind, {}, "", context.conversation.caller_turns)
    context.live.replace(context.conversation.with_request(failed).without_request(effect_id))
    return refusal("The list can't be changed now.", say=f"I'm sorry. {say} Please try again in a moment.")


def _missing(slot: str, ask: str) -> Result:
    return {"status": "missing", "slot": slot, "said": ask}


_ASKS = "It asks for what it lacks itself; call it again with the caller's answer."

TOOLS = (
    Tool(
        "create_task",
        f"Add a task to the caller's list. {_ASKS}",
        CreateArguments,
        create_task,
        once=True,
        does=(Deed.ADD,),
    ),
    Tool("list_tasks", "Read out the caller's tasks.", ListArguments, list_tasks, does=(Deed.LOOK_UP,)),
    Tool(
        "complete_task",
        f"Mark one of the caller's tasks as done. {_ASKS}",
        WhichArguments,
        complete_task,
        does=(Deed.COMPLETE,),
    ),
    Tool(
        "rename_task",
        f"Give one of the caller's tasks another title. {_ASKS}",
        RenameArguments,
        rename_task,
        does=(Deed.CHANGE,),
    ),
    Tool(
        "delete_task",
        "Delete one of the caller's tasks, or all. Reads back what would go and asks for a yes itself; the caller's "
        f"yes deletes it, without another call. {_ASKS}",
        WhichArguments,
        delete_task,
        Writing(write_deletion, _deleted),
        does=(Deed.DELETE,),
        as_owner=True,
    ),
)
