"""The port `Sessions` in Redis: each call's decision and conversation."""

from typing import Any

import orjson

from shared.adapters.kv.scripts import Answer, Scripts, parsed_json
from shared.adapters.sql.database import MALFORMED, plain
from shared.domain.conversation import TTL_SECONDS, Conversation, from_json, to_json
from shared.errors import StoreUnavailable

DECISION_TTL_SECONDS = 24 * 3600
"""Longer than any call, so that every process that asks reads the same decision."""


class RedisSessions:
    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._stage = stage

    async def save(self, conversation: Conversation) -> bool:
        value = orjson.dumps(plain(to_json(conversation))).decode()
        rank = [str(conversation.version), str(conversation.takeovers), conversation.agent_id]
        keys = [self._session(conversation.call_id)]
        return await self._scripts.run("session_save", keys, [*rank, str(TTL_SECONDS), value]) == 1

    async def load(self, call_id: str) -> Conversation | None:
        stored = _object(await self._scripts.run("load", [self._session(call_id)], []))
        try:
            return None if stored is None else from_json(stored)
        except ValueError as error:
            raise StoreUnavailable(f"the session of {call_id} can't be read: {error}", MALFORMED) from error

    async def extend(self, call_id: str) -> bool:
        return await self._scripts.run("extend", [self._session(call_id)], [str(TTL_SECONDS)]) == 1

    async def delete(self, call_id: str) -> None:
        await self._scripts.run("delete", [self._session(call_id)], [])

    async def decide_once(self, call_id: str, decision: dict[str, Any]) -> dict[str, Any]:
        args = [str(DECISION_TTL_SECONDS), orjson.dumps(plain(decision)).decode()]
        stored = _object(await self._scripts.run("decide_once", [self._decision(call_id)], args))
        if stored is None:
            raise StoreUnavailable(f"no decision came back for {call_id}", MALFORMED)
        return stored

    async def decided(self, call_id: str) -> dict[str, Any] | None:
        return _object(await self._scripts.run("load", [self._decision(call_id)], []))

    def _session(self, call_id: str) -> str:
        return f"pickup:{self._stage}:session:{call_id}"

    def _decision(self, call_id: str) -> str:
        return f"pickup:{self._stage}:decision:{call_id}"


def _object(stored: Answer) -> dict[str, Any] | None:
    return None if stored is None else parsed_json(dict[str, Any], stored)
