"""All providers of a kind are down: who is texted, and who is paged."""

from typing import Any

import aiohttp
import pytest

from lab.post_office import SMS_KEY, open_post_office
from shared.adapters.kv.leases import RedisLeases
from shared.adapters.kv.redis import open_redis
from shared.adapters.notify.web import SmsNotifier
from shared.calls.voice_lost import VoiceLost


class Pages:
    def __init__(self) -> None:
        self.raised: list[Any] = []

    async def raise_(self, alert: Any) -> None:
        self.raised.append(alert)


@pytest.mark.requirement("OP-95", part="the phone's text message, and its cause in the log")
@pytest.mark.requirement("OP-97", "OP-99", part="phone calls")
async def test_given_lost_voice_then_a_mobile_caller_is_texted_once_and_somebody_is_paged_however_it_went(
    redis_url: str,
) -> None:
    async with open_post_office() as office, open_redis(redis_url) as scripts, aiohttp.ClientSession() as http:
        pages: Any = Pages()
        texts = SmsNotifier(http, SMS_KEY, "+12065550180", (), f"{office.http_url}/v2")
        lost = VoiceLost(texts, RedisLeases(scripts, "preview-one"), pages)
        table = [
            ("call-1", "2065550142", "en", "sent"),
            # another agent of the same call, and the caller's next try
            ("call-1", "2065550142", "en", "sent_before"),
            ("call-2", "+1 206 555 0142", "en", "sent_before"),
            ("call-3", "+34612345678", "es", "sent"),
            ("call-4", "+34912345678", "es", "no_mobile"),
            ("call-5", "+18005550199", "en", "no_mobile"),
            ("call-6", None, "en", "no_mobile"),
            ("call-7", "anonymous", "en", "no_mobile"),
        ]
        for call_id, caller, language, expected in table:
            assert await lost(call_id, caller, language, "stt") == expected, caller
        office.fail("sms", 503)
        assert await lost("call-8", "+12065550143", "en", "tts") == "failed"
        assert [(each["to"], "call again shortly" in each["text"]) for each in office.texts] == [
            ("+12065550142", True),
            ("+34612345678", False),
        ]
        assert "unos minutos" in office.texts[1]["text"]
        assert {alert.severity for alert in pages.raised} == {"page"} and len(pages.raised) == len(table) + 1
        assert {alert.key for alert in pages.raised} == {"voice_lost:stt", "voice_lost:tts"}, "one alert a kind is open"
        assert "text message to the caller failed" in pages.raised[-1].title
        nobody = VoiceLost(None, RedisLeases(scripts, "preview-one"), pages)
        assert await nobody("call-9", "+12065550144", "en", "llm") == "not_configured"
    async with open_redis("redis://127.0.0.1:1/0") as away:
        lost = VoiceLost(texts, RedisLeases(away, "preview-one"), pages)
        assert await lost("call-10", "+12065550145", "en", "llm") == "failed", "nobody is texted twice"
