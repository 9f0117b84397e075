import asyncio

import pytest

from lab.stack.operator import stage_redis_url
from shared.adapters.kv.kind import kind_of_database
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.scripts import Scripts
from shared.errors import StoreUnavailable

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.mark.requirement("PT-31")
async def test_given_a_database_that_nobody_used_then_it_belongs_to_the_kind_that_comes_first(scripts: Scripts) -> None:
    assert await kind_of_database(scripts, "production") == "production"
    assert await kind_of_database(scripts, "preview") == "production"
    assert await kind_of_database(scripts, "production") == "production"


async def test_given_both_kinds_at_once_then_both_read_the_same(scripts: Scripts) -> None:
    kinds = ("production", "preview") * 5
    assert len(set(await asyncio.gather(*(kind_of_database(scripts, kind) for kind in kinds)))) == 1


async def test_given_a_user_that_reaches_its_stages_keys_alone_then_redis_keeps_the_kinds_apart(redis_url: str) -> None:
    async with open_redis(await stage_redis_url(redis_url, "preview-blue")) as scripts:
        assert await kind_of_database(scripts, "preview") is None


async def test_given_a_redis_that_is_away_then_the_kind_is_unknown() -> None:
    async with open_redis(NOWHERE) as scripts:
        with pytest.raises(StoreUnavailable):
            await kind_of_database(scripts, "preview")
