"""The mark of a Redis database: which kind of stage it belongs to (production, preview, local)."""

from shared.adapters.kv.scripts import Scripts
from shared.errors import StoreUnavailable

MARK = "pickup:kind"
_NOT_PERMITTED = ("noperm", "no permissions", "can't access")
"""Redis's words, of several versions, to a user who may not touch this key."""


async def kind_of_database(scripts: Scripts, kind: str) -> str | None:
    """The kind that the database belongs to; this one, from now on, where it had none.

    None where Redis itself keeps the stages apart: the user may touch its stage's keys alone. Raises
    `StoreUnavailable`.
    """
    try:
        return str(await scripts.run("claim", [MARK], [kind]))
    except StoreUnavailable as error:
        if any(words in str(error).lower() for words in _NOT_PERMITTED):
            return None
        raise
