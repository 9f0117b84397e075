"""Settings of a test whose agent hears, thinks and speaks by the lab's providers. A conftest imports them by name."""

from pathlib import Path

import pytest

from shared.config import Settings, load_settings


@pytest.fixture(scope="session")
def speed(pytestconfig: pytest.Config) -> float:
    """How much faster than real time this test process runs."""
    return pytestconfig.getoption("--speed")


def speech_settings(folder: Path, database_url: str, redis_url: str, providers_url: str, speed: float) -> Settings:
    """Stage `local` on these stores, with the lab's providers, whose work doesn't go faster at speed."""
    slack = max(1.0, speed / 2)
    return load_settings(
        stage="local",
        release="test",
        data_dir=folder / "data",
        database_url=database_url,
        redis_url=redis_url,
        signing_keys="only-for-this-test-and-no-other-stage",
        deepgram_api_key="lab",
        openai_api_key="lab",
        deepgram_base_url=f"{providers_url}/v1/listen",
        openai_base_url=f"{providers_url}/v1",
        stt_silence_seconds=4.0 * slack,
        llm_silence_seconds=2.5 * slack,
        tts_silence_seconds=1.5 * slack,
        switch_seconds=1.5 * slack,
        sentry_dsn=f"http://lab@{providers_url.removeprefix('http://')}/1",
    )


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path, providers_url: str, speed: float) -> Settings:
    """On the test's own stores."""
    return speech_settings(tmp_path, database_url, redis_url, providers_url, speed)
