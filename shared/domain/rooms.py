"""Names in LiveKit: they carry the stage, and the name of a room tells which call it is.

A room belongs to one call, and every witness of that call (agent, webhook, reaper) knows the room's name: so an id
is computed from it, and nobody has to be asked for it. A call that came by the carrier has its id from there, and its
room's id is another name of it, which the stores know.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime

from shared.domain.call_token import ATTRIBUTE, verified

_CALLS = uuid.UUID("6f0c6a1e-52b4-4c6e-9a35-6b1c6fbf2a7d")
"""The namespace of our calls' ids."""
_COMPUTED = 5
"""The version of UUIDs that are computed from a name."""
_ROOM = re.compile(r"^(local|production|preview-[a-z0-9-]+)\.")


def agent_name(stage: str) -> str:
    """The name that the stage's workers register under, and that its dispatch rule asks for."""
    return f"pickup-{stage}"


def room_prefix(stage: str) -> str:
    """What the names of the stage's rooms begin with (PT-39). The dot keeps `preview-a` apart from `preview-a-b`."""
    return f"{stage}."


def stage_of(room: str) -> str | None:
    """The stage whose room it is; None for a room that isn't ours."""
    found = _ROOM.match(room)
    return found.group(1) if found else None


def call_id_of(room: str) -> str:
    """The id of the room's call, a UUID in text."""
    return str(uuid.uuid5(_CALLS, room))


def call_id_in(room: str, caller: Mapping[str, str], secret: str, at: datetime) -> str:
    """The id of the call in this room: what the carrier's header says, where it holds, else the room's.

    `caller`: the attributes of the participant that a SIP service brought, `at`: when they came.
    """
    return verified(caller.get(ATTRIBUTE, ""), secret, at) or call_id_of(room)


def is_of_room(call_id: str) -> bool:
    """Whether this id was computed from the name of a room: calls on other lines have ids by chance."""
    try:
        return uuid.UUID(call_id).version == _COMPUTED
    except ValueError:
        return False
