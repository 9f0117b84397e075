"""What is said of a voice application that would lose webhooks or leave callers ringing."""

from dataclasses import replace

from shared.domain.telephony.application import VoiceApplication, shortcomings

URL = "https://hooks.example/telnyx"
GOOD = VoiceApplication("ours", URL, "https://failover.example/telnyx", 5, 12)


def test_given_applications_when_looked_at_then_each_shortcoming_of_ours_is_a_sentence() -> None:
    elsewhere = VoiceApplication("theirs", "https://other.example/telnyx")
    assert shortcomings([elsewhere, GOOD], URL) == ()
    for missing, words in (
        (replace(GOOD, failover_url=""), "no failover URL"),
        (replace(GOOD, failover_url=URL), "no failover URL"),
        (replace(GOOD, webhook_seconds=None), "webhook timeout"),
        (replace(GOOD, webhook_seconds=2), "webhook timeout"),
        (replace(GOOD, first_command_seconds=None), "rings without end"),
        (replace(GOOD, first_command_seconds=120), "rings without end"),
    ):
        (found,) = shortcomings([elsewhere, missing], URL)
        assert found.startswith("application ours: ") and words in found
    (nowhere,) = shortcomings([elsewhere], URL)
    assert URL in nowhere
    assert len(shortcomings([VoiceApplication("bare", URL), GOOD], URL)) == 3
