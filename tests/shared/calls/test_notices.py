"""Messages about alerts, over the real adapters to the lab's post office, with the real database between."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from lab.post_office import CHAT_PATH, MAIL_LOGIN, SMS_KEY, PostOffice, open_post_office
from shared.adapters.memory import FixedClock
from shared.adapters.notify import mail, web
from shared.calls.notices import MOST_ATTEMPTS, Notices
from shared.config import Settings, changed
from shared.errors import StoreUnavailable
from shared.ports import Alert
from shared.services import Services
from shared.wiring import open_services

FIRST, SECOND = "+12065550181", "+12065550182"


@dataclass
class Duty:
    """The messages of a stage, with a clock that the test moves."""

    office: PostOffice
    services: Services
    clock: FixedClock
    notices: Notices

    async def alert(self, key: str = "redis_lost", severity: str = "page", **fields: Any) -> None:
        await self.services.alerts.raise_(Alert(key, severity, f"About {key}", "call-123456", fields))

    async def passes(self, *minutes: float) -> list[int]:
        sent: list[int] = []
        for each in minutes:
            self.clock.advance(60 * each)
            sent.append(await self.notices.deliver())
        return sent

    def arrived(self) -> tuple[list[str], int, int]:
        """Whom texts woke, in order, and how many mails and chat messages came."""
        return [text["to"] for text in self.office.texts], len(self.office.mails), len(self.office.chat)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with open_post_office() as opened:
        yield opened


@pytest.fixture
async def duty(office: PostOffice, settings: Settings) -> AsyncIterator[Duty]:
    async with open_services(changed(settings, stage="production", **office.settings())) as services:
        clock = FixedClock(datetime.now(UTC))
        yield Duty(office, services, clock, Notices("production", services.alert_notices, services.notifiers, clock))


@pytest.mark.requirement("DU-77", part="the repeats and the silence; there is no `pickup status` yet")
@pytest.mark.requirement("DU-71", part="by text message, mail and chat; nobody is rung")
@pytest.mark.requirement("DU-74", "DU-75")
async def test_given_a_page_then_all_ways_get_it_once_the_next_person_later_and_its_end_wakes_nobody(
    duty: Duty,
) -> None:
    await duty.alert(cause="timeout")
    assert await duty.passes(0, 1, 13) == [3, 0, 0]
    assert duty.arrived() == ([FIRST], 1, 1)
    (text,), (letter,), (chat,) = duty.office.texts, duty.office.mails, duty.office.chat
    for words in (text["text"], str(letter["Subject"]), chat):
        assert "[production] PAGE: About redis_lost" in words
    for words in (letter.get_content(), chat):
        assert "call-123456" in words and "cause: timeout" in words and 'pickup alerts ack "redis_lost"' in words
    assert letter["To"] == "ops@pickup.example, second@pickup.example"

    assert await duty.passes(2) == [3]
    assert duty.arrived() == ([FIRST, SECOND], 2, 2)
    assert await duty.services.alerts.ack("redis_lost", "ann") is True
    assert await duty.services.alerts.ack("nothing", "ann") is False
    assert await duty.passes(30) == [0]

    await duty.services.alerts.close("redis_lost")
    assert await duty.passes(1, 1) == [2, 0]
    assert duty.arrived() == ([FIRST, SECOND], 3, 3)
    assert "recovered: About redis_lost" in duty.office.chat[-1] and "It lasted" in duty.office.chat[-1]


@pytest.mark.requirement("DU-72", part="of every alert; there is no canary yet")
@pytest.mark.requirement("DU-75")
async def test_given_an_alert_that_comes_and_goes_then_it_wakes_once_in_half_an_hour_and_a_new_cause_at_once(
    duty: Duty,
) -> None:
    await duty.alert(cause="timeout")
    await duty.passes(0)
    for _ in range(3):
        await duty.services.alerts.close("redis_lost")
        await duty.passes(1)
        await duty.alert(cause="timeout")
        assert await duty.passes(1) == [0]
    assert [text["to"] for text in duty.office.texts] == [FIRST]
    await duty.passes(30)
    assert [text["to"] for text in duty.office.texts] == [FIRST, FIRST]
    assert "came and went 3 times" in duty.office.mails[-1].get_content()
    await duty.services.alerts.close("redis_lost")
    await duty.alert(cause="refused")
    await duty.passes(1)
    assert len(duty.office.texts) == 3


@pytest.mark.requirement("DU-71", part="by text message, mail and chat; nobody is rung")
@pytest.mark.requirement("DU-76")
async def test_given_ways_that_fail_then_the_others_are_sent_and_each_is_tried_again_within_limits(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SEND_SECONDS", 0.3)
    duty.office.fail("sms", 503, 429)
    duty.office.fail("chat", None)
    duty.office.fail("mail", *[451] * 20)
    await duty.alert()
    with capture_logs() as logs:
        assert await duty.passes(0) == [0]
        assert await duty.passes(0.1) == [0], "before the pause is over nothing is tried"
        assert await duty.passes(0.4, 1) == [1, 1]
        for _ in range(10):
            await duty.passes(0.9)
    assert duty.arrived() == ([FIRST], 0, 1)
    assert duty.office.tried.count("mail") == MOST_ATTEMPTS
    assert {entry["given_up"] for entry in logs if entry.get("channel") == "mail"} == {False, True}
    said = str(logs)
    for secret in (SMS_KEY, MAIL_LOGIN[1], MAIL_LOGIN[1].replace(" ", "%20"), CHAT_PATH):
        assert secret not in said


async def test_given_a_refusal_that_stays_then_it_is_not_tried_again(duty: Duty) -> None:
    duty.office.fail("sms", 422)
    duty.office.fail("mail", 550)
    duty.office.fail("chat", 404)
    await duty.alert()
    assert await duty.passes(0, 1, 5) == [0, 0, 0]
    assert sorted(duty.office.tried) == ["chat", "mail", "sms"]


@pytest.mark.requirement("DU-76")
async def test_given_many_processes_that_deliver_at_once_then_each_message_arrives_once(duty: Duty) -> None:
    for key in ("redis_lost", "agent_lost", "job_died"):
        await duty.alert(key)
    others = [Notices("production", duty.services.alert_notices, duty.services.notifiers, duty.clock) for _ in range(5)]
    sent = await asyncio.gather(*(each.deliver() for each in (duty.notices, *others)))
    assert sum(sent) == 9
    assert duty.arrived() == ([FIRST] * 3, 3, 3)


async def test_given_a_process_that_dies_while_it_sends_then_another_sends_it_later(duty: Duty) -> None:
    duty.office.fail("chat", None)
    await duty.alert()
    dying = asyncio.create_task(duty.notices.deliver())
    while "chat" not in duty.office.tried or len(duty.office.mails) < 1 or not duty.office.texts:
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    other = Notices("production", duty.services.alert_notices, duty.services.notifiers, duty.clock)
    assert await other.deliver() == 0, "for now it belongs to the one that tries it"
    duty.clock.advance(61)
    await other.deliver()
    assert len(duty.office.chat) == 1


@pytest.mark.requirement("PT-70")
@pytest.mark.requirement("PT-71", part="the tenant's mail and text message")
async def test_given_a_caller_in_danger_then_the_tenant_is_told_too_but_never_a_demo_tenant(
    duty: Duty, database_url: str
) -> None:
    real, demo = str(uuid.uuid4()), "00000000-0000-4000-a000-000000000001"
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "insert into tenants (id, name, timezone, escalation_contact_email, extras) values"
        " ($1, 'Real', 'UTC', 'pastor@real.example', '{\"escalation_contact_phone\": \"+12065550190\"}')", real
    )  # fmt: skip
    await connection.close()
    await duty.alert("crisis:call-1", tenant_id=real, matched_words=["kill myself"])
    await duty.alert("threat:call-2", tenant_id=demo)
    await duty.alert("threat:call-3", tenant_id=real)
    await duty.alert("setup:+12065550100", tenant_id=real)
    await duty.passes(0)
    to = {str(letter["Subject"]).split(": ", 1)[1]: str(letter["To"]) for letter in duty.office.mails}
    for key in ("crisis:call-1", "threat:call-3"):
        assert to[f"About {key}"].split(", ") == ["ops@pickup.example", "second@pickup.example", "pastor@real.example"]
    assert "pastor" not in to["About threat:call-2"] + to["About setup:+12065550100"]
    assert sorted(text["to"] for text in duty.office.texts) == [FIRST] * 4 + ["+12065550190"] * 2
    assert "kill" not in "".join(duty.office.chat), "what callers say stays in the database"


@pytest.mark.requirement("PT-13")
async def test_given_a_used_up_calls_limit_then_the_tenant_is_told_once_a_day_by_mail_and_nobody_is_woken(
    duty: Duty, database_url: str
) -> None:
    real = str(uuid.uuid4())
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "insert into tenants (id, name, timezone, escalation_contact_email) values"
        " ($1, 'Real', 'UTC', 'office@real.example')", real
    )  # fmt: skip
    await connection.close()
    for day in ("2026-05-04", "2026-05-05"):
        for _ in range(3):
            await duty.alert(f"over_limit:{real}:{day}", "notice", tenant_id=real, number="+12065550100")
            await duty.passes(1, 60, 300)
    assert [str(letter["To"]).count("office@real.example") for letter in duty.office.mails] == [1, 1]
    assert duty.office.texts == []


@pytest.mark.requirement("PT-32", part="messages about alerts")
@pytest.mark.requirement("DU-86")
async def test_given_a_preview_then_nobody_is_woken(office: PostOffice, settings: Settings) -> None:
    async with open_services(changed(settings, stage="preview-blue", **office.settings())) as services:
        await services.alerts.raise_(Alert("redis_lost", "page", "Redis is lost"))
        await services.notices.deliver()
    assert (office.texts, len(office.mails), len(office.chat)) == ([], 1, 1)
    assert "[preview-blue] notice" in office.chat[0]


async def test_given_no_channel_then_nothing_is_asked_and_nothing_sent(services: Services) -> None:
    assert services.notifiers == ()
    assert await replace(services, alert_notices=None).notices.deliver() == 0  # type: ignore[arg-type]


@pytest.mark.requirement("DU-76")
async def test_given_a_database_that_stays_away_then_that_is_told_of_as_often_as_a_page(duty: Duty) -> None:
    class Away:
        async def to_tell(self, since: datetime) -> Any:
            raise StoreUnavailable("the database can't be reached")

    duty.notices.alerts = Away()  # type: ignore[assignment]
    await duty.passes(0, 0.9)
    assert duty.arrived() == ([], 0, 0)
    await duty.passes(0.2, 5, 5)
    assert duty.arrived() == ([FIRST], 1, 1)
    assert "can't be reached" in duty.office.texts[0]["text"]
    await duty.passes(31)
    assert duty.arrived() == ([FIRST, FIRST], 2, 2)


async def test_given_a_mail_server_that_doesnt_answer_then_the_wait_is_bounded(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "STEP_SECONDS", 0.3)
    duty.office.fail("mail", None)
    await duty.alert()
    async with asyncio.timeout(5):
        assert await duty.passes(0) == [2]
    assert await duty.passes(1) == [1]
