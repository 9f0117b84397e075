import os
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.config import (
    PostgresSettings,
    Settings,
    SupabaseSettings,
    UpstashSettings,
    as_environment,
    changed,
    data_dir,
    live_keys,
    load_settings,
    overrides_of,
    release,
)
from shared.domain.telephony.rooms import SipLogin
from shared.errors import ConfigError

GIVEN = {
    "stage": "preview-blue",
    "database_url": "postgresql://u:p@h/d",
    "redis_url": "redis://h",
    "deepgram_api_key": "dg",
    "openai_api_key": "oa",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(
            (
                "PICKUP_",
                "SUPABASE_",
                "UPSTASH_",
                "DEEPGRAM_",
                "OPENAI_",
                "SENTRY_",
                "DATABASE_URL",
                "LIVEKIT_",
                "TELNYX_",
                "AWS_",
                "RECORDING_",
            )
        ):
            monkeypatch.delenv(name)


def test_when_nothing_is_set_then_all_that_is_missing_is_named_with_its_remedy() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings()
    told = str(caught.value)
    for variable in (
        "PICKUP_STAGE", "PICKUP_DATABASE_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "PICKUP_REDIS_URL",
        "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "DEEPGRAM_API_KEY", "OPENAI_API_KEY",
    ):  # fmt: skip
        assert variable in told
    assert told.count("\n  - ") == 4


@pytest.mark.requirement("PT-38")
@pytest.mark.parametrize("stage", ["", "prod", "Production", "preview-", "preview-A", "preview--", "local "])
def test_when_the_stage_is_malformed_then_it_is_an_error_beside_the_others(stage: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(**GIVEN | {"stage": stage, "redis_url": None})
    assert "PICKUP_STAGE" in str(caught.value)
    assert "PICKUP_REDIS_URL" in str(caught.value)


@pytest.mark.requirement("PT-38")
def test_when_the_stage_is_missing_then_nothing_becomes_production() -> None:
    with pytest.raises(ConfigError, match="stage is missing"):
        load_settings(**{name: value for name, value in GIVEN.items() if name != "stage"})


def test_when_all_is_in_the_environment_then_it_is_read_and_frozen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "PICKUP_STAGE": "production", "PICKUP_RELEASE": "abc", "PICKUP_DATA_DIR": str(tmp_path),
        "SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "sk", "SENTRY_DSN": "https://k@h/1",
        "UPSTASH_REDIS_REST_URL": "https://x.upstash.io", "UPSTASH_REDIS_REST_TOKEN": "u-t",
        "DEEPGRAM_API_KEY": "dg", "OPENAI_API_KEY": "oa", "PICKUP_LLM_MODEL": "gpt-x",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.stage, settings.release, settings.speech and settings.speech.llm_model) == (
        "production",
        "abc",
        "gpt-x",
    )
    assert (settings.data_dir, settings.recordings_dir) == (tmp_path, tmp_path / "recordings")
    assert isinstance(settings.database, SupabaseSettings) and isinstance(settings.redis, UpstashSettings)
    with pytest.raises(ValidationError):
        settings.stage = "local"  # type: ignore[misc]
    for secret in ("sk", "u-t", "'dg'", "'oa'", "k@h"):
        assert secret not in repr(settings)


def test_when_another_projects_database_is_in_the_environment_then_it_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody/else")
    monkeypatch.setenv("STAGE", "production")
    with pytest.raises(ConfigError, match="PICKUP_DATABASE_URL"):
        load_settings(needs=("database",), stage="local")


def test_when_overrides_are_given_then_they_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKUP_STAGE", "production")
    monkeypatch.setenv("SENTRY_DSN", "https://k@h/1")
    settings = load_settings(**GIVEN | {"sentry_dsn": None})
    assert settings.stage == "preview-blue"
    assert settings.sentry is None


def test_when_one_half_of_a_pair_is_missing_then_that_half_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", "https://x.supabase.co")
    with pytest.raises(ConfigError, match="supabase_service_role_key is missing: set SUPABASE_SERVICE_ROLE_KEY"):
        load_settings(**GIVEN | {"database_url": None})


def test_when_a_setting_does_not_exist_then_it_is_named() -> None:
    with pytest.raises(ConfigError, match="colour: there is no such setting"):
        load_settings(**GIVEN, colour="blue")


CARRIER = {
    "telnyx_api_key": "KEY",
    "telnyx_public_key": "public",
    "sip_host": "sip.example",
    "public_url": "https://hooks.example",
    "sip_user": "carrier",
    "sip_password": "only-for-these-tests-here",
}


@pytest.mark.parametrize("missing", CARRIER)
def test_given_a_carrier_by_half_when_it_is_not_needed_then_what_to_set_is_named(missing: str) -> None:
    assert load_settings((), **GIVEN, **CARRIER).carrier is not None
    variable = f"{'' if missing.startswith('telnyx') else 'PICKUP_'}{missing.upper()}"
    with pytest.raises(ConfigError, match=f"{missing} is missing: set {variable} ") as caught:
        load_settings((), **GIVEN, **CARRIER | {missing: None})
    assert str(caught.value).count("\n  - ") == 1


LIVEKIT = {"livekit_url": "ws://h", "livekit_api_key": "k", "livekit_api_secret": "s"}


@pytest.mark.parametrize(
    "peers", ["a;b", "sip.example", "192.0.2.7 192.0.2.8", "192.0.2.7,", "0.0.0.0/0", "192.0.2.7/24"]
)
def test_given_peers_that_livekit_would_skip_or_misread_then_nothing_starts_and_the_item_is_named(peers: str) -> None:
    with pytest.raises(ConfigError, match=r"sip_peers: '.*: mend PICKUP_SIP_PEERS"):
        load_settings((), **GIVEN, **LIVEKIT, sip_peers=peers)


def test_given_peers_then_they_are_networks_and_without_any_there_are_none() -> None:
    livekit = load_settings((), **GIVEN, **LIVEKIT, sip_peers="192.0.2.7,198.51.100.0/24").livekit
    assert livekit is not None and livekit.peers == ("192.0.2.7/32", "198.51.100.0/24")
    livekit = load_settings((), **GIVEN, **LIVEKIT, sip_peers="").livekit
    assert livekit is not None and livekit.peers == ()


def test_given_call_control_without_the_login_of_its_trunk_then_it_is_named_unless_direct_calls_are_taken() -> None:
    without = CARRIER | {"sip_user": None, "sip_password": None}
    with pytest.raises(ConfigError, match="set PICKUP_SIP_USER and PICKUP_SIP_PASSWORD"):
        load_settings((), **GIVEN, **without)
    assert load_settings((), **GIVEN, **without, direct_calls=True).takes_direct_calls
    assert not load_settings((), **GIVEN, **CARRIER).takes_direct_calls
    assert load_settings((), **GIVEN).takes_direct_calls


@pytest.mark.parametrize(
    ("login", "variable"),
    [
        ({"sip_user": "a user"}, "PICKUP_SIP_USER"),
        ({"sip_user": 'quo"ted'}, "PICKUP_SIP_USER"),
        ({"sip_password": "too-short"}, "PICKUP_SIP_PASSWORD"),
        ({"sip_password": "twenty characters and more"}, "PICKUP_SIP_PASSWORD"),
        ({"sip_password": "l\u00e4nger-als-zwanzig-zeichen"}, "PICKUP_SIP_PASSWORD"),
    ],
)
def test_given_a_login_that_some_sip_side_would_spoil_then_it_is_named_and_not_shown(
    login: dict[str, str], variable: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings((), **GIVEN, **CARRIER | login)
    assert variable in str(caught.value)
    assert not any(value in str(caught.value) for value in login.values())


def test_given_a_login_then_no_repr_shows_its_password() -> None:
    settings = load_settings((), **GIVEN, **CARRIER)
    assert settings.sip_login is not None
    assert settings.sip_login.login == SipLogin("carrier", CARRIER["sip_password"])
    assert CARRIER["sip_password"] not in repr(settings) + repr(settings.sip_login.login)


def test_given_several_groups_that_are_wrong_then_all_are_reported_together() -> None:
    wrong = {"livekit_url": "ws://h", "recording_storage": "s3://calls", "worker_calls": 0, "sentry_dsn": None}
    with pytest.raises(ConfigError) as caught:
        load_settings(("carrier",), **GIVEN | wrong | {"llm_silence_seconds": "soon"})
    lines = str(caught.value).split("\n  - ")[1:]
    assert [line.split(":")[0].split(" ")[0] for line in lines] == [
        "livekit_api_key", "telnyx_api_key", "llm_silence_seconds", "aws_access_key_id", "worker_calls",
    ]  # fmt: skip
    for variable in ("LIVEKIT_API_SECRET", "PICKUP_PUBLIC_URL", "PICKUP_LLM_SILENCE_SECONDS", "AWS_SECRET_ACCESS_KEY"):
        assert variable in str(caught.value)


def test_given_keys_of_other_programs_in_the_shell_when_they_are_not_needed_then_they_are_no_half_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "oa")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "aws")
    settings = load_settings((), stage="local")
    assert (settings.speech, settings.recordings) == (None, None)


KEYS = ["a9f0c3d2e1b4857690aabbccddeeff00", "0123456789abcdef0123456789abcdef-new"]
LIVEKIT = {"livekit_url": "ws://h", "livekit_api_key": "k", "livekit_api_secret": KEYS[0]}


def test_given_signing_keys_by_commas_then_they_are_read_in_order_and_not_shown() -> None:
    settings = load_settings(("signing",), stage="production", signing_keys=" , ".join(KEYS))
    assert settings.signing is not None and settings.signing.listed == tuple(KEYS)
    assert not any(key in repr(settings) for key in KEYS)


def test_given_no_signing_key_where_one_is_needed_then_the_error_says_how_to_make_one() -> None:
    with pytest.raises(ConfigError, match="signing_keys is missing: set PICKUP_SIGNING_KEYS to what `openssl rand"):
        load_settings(("signing",), stage="production")


@pytest.mark.parametrize(
    "keys",
    [
        "short",
        KEYS[0][:31],
        "x" * 64,
        f"{KEYS[0]},",
        f",{KEYS[0]}",
        f"{KEYS[0]},,{KEYS[1]}",
        f"{KEYS[0]},short",
        f"{KEYS[0]},{KEYS[0]}",
        f"{KEYS[0]} {KEYS[1]}",
        f"{KEYS[0]}\n{KEYS[1]}",
        "é" * 16 + KEYS[0][:16],
    ],
)
def test_given_signing_keys_that_are_none_then_the_error_says_how_to_make_one_and_shows_none(keys: str) -> None:
    with pytest.raises(ConfigError, match="openssl rand") as caught:
        load_settings((), stage="production", signing_keys=keys)
    assert keys not in str(caught.value)


def test_given_livekits_secret_as_a_signing_key_then_it_is_refused() -> None:
    for keys in (KEYS[0], f"{KEYS[1]},{KEYS[0]}"):
        with pytest.raises(ConfigError, match="LiveKit's secret"):
            load_settings((), stage="production", signing_keys=keys, **LIVEKIT)
    assert load_settings((), stage="production", signing_keys=KEYS[1], **LIVEKIT).signing is not None


def test_given_an_egress_without_livekit_and_storage_then_both_are_named() -> None:
    with pytest.raises(ConfigError, match=r"LIVEKIT_URL .* RECORDING_STORAGE .* or unset PICKUP_EGRESS"):
        load_settings((), stage="local", egress=True)


def test_given_settings_when_read_back_from_their_overrides_or_environment_then_they_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(**GIVEN | CARRIER, release="r1", llm_silence_seconds=1.5, database_pooler=True)
    assert changed(settings) == settings
    for name, value in as_environment(overrides_of(settings)).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


@pytest.mark.parametrize(
    ("url", "unnamed"),
    [
        ("postgresql://postgres.abc:p@aws-0-us-west-1.pooler.supabase.example:6543/postgres", True),
        ("postgresql://u:p@aws-0-us-west-1.pooler.supabase.example/postgres", True),
        ("postgres://u:p@db.example.com:6543/postgres?sslmode=require", True),
        ("postgres://u:p@ep-cool-pooler.us-east-2.neon.example/d", True),
        ("postgresql://u:p@pgbouncer:6432/d", True),
        ("postgresql:///d?host=db.example.com&port=6543", True),
        ("postgresql://u:pooler.6543@db.example.com:5432/pooler.6543", False),
        ("postgresql://u:p@db.example.com/d", False),
        ("postgresql://u:p@db.example.com:65432/d", False),
    ],
)
def test_given_a_poolers_address_without_its_setting_then_it_is_known_as_one(url: str, unnamed: bool) -> None:
    for setting, expected in ((None, unnamed), (False, False), (True, False)):
        database = load_settings(**GIVEN | {"database_url": url, "database_pooler": setting}).database
        assert isinstance(database, PostgresSettings)
        assert database.pooler_unnamed is expected


def test_when_less_is_needed_then_less_is_asked_for() -> None:
    assert isinstance(load_settings(needs=(), stage="local"), Settings)


def test_when_live_keys_are_missing_then_the_error_names_those(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "oa")
    with pytest.raises(ConfigError, match="DEEPGRAM_API_KEY") as caught:
        live_keys()
    assert "OPENAI_API_KEY" not in str(caught.value)
    monkeypatch.setenv("DEEPGRAM_API_KEY", "dg")
    assert live_keys() == {"openai_api_key": "oa", "deepgram_api_key": "dg"}


def test_when_the_data_folder_is_not_chosen_then_it_is_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_dir() == Path(__file__).parents[2] / ".pickup"
    monkeypatch.setenv("PICKUP_DATA_DIR", "somewhere")
    assert data_dir() == Path.cwd() / "somewhere"


def test_when_the_release_is_not_told_then_git_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True)
    commit = asked.stdout.strip()
    assert release() == (commit[:12] if commit else "unversioned")
    monkeypatch.setenv("PICKUP_RELEASE", "r7")
    assert release() == "r7"
