"""Which stage and release are deployed, and under what names."""

import tomllib
from pathlib import Path

import pytest

from modal_deploy.deployment import Deployment, required_keys
from modal_deploy.image import PYTHON, UV, packages
from modal_deploy.separation import refuse_foreign_role
from shared.config import deployed_stage, load_settings
from shared.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("PT-38")
@pytest.mark.parametrize(
    "told",
    ["", "prod", "Production", "local", "preview", "preview-", "preview-UP", "production\n", f"preview-{'a' * 41}"],
)
def test_given_what_is_no_stage_of_a_deploy_then_it_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("PICKUP_STAGE", told)
    with pytest.raises(ConfigError, match="set PICKUP_STAGE to production or preview-<slug>"):
        deployed_stage()


@pytest.mark.requirement("PT-42")
def test_given_two_stages_then_nothing_that_they_are_called_is_the_same() -> None:
    production, preview = Deployment("production", "r1"), Deployment("preview-blue", "r1")
    for name in ("app", "place", "secret", "kind"):
        assert getattr(production, name) != getattr(preview, name)


@pytest.mark.requirement("OP-38", part="all but Cartesia's key, which nothing uses")
def test_given_the_keys_of_a_secret_then_they_are_what_the_processes_need() -> None:
    named = {"LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "PICKUP_SIGNING_KEYS", "PICKUP_REDIS_URL",
             "PICKUP_DATABASE_URL", "DEEPGRAM_API_KEY", "OPENAI_API_KEY", "SENTRY_DSN"}  # fmt: skip
    assert named <= set(required_keys())
    documented = (ROOT / "docs" / "deploy.md").read_text()
    assert [key for key in required_keys() if f"`{key}`" not in documented] == []


def test_given_no_git_and_no_tag_then_no_release_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKUP_STAGE", "preview-blue")
    monkeypatch.setenv("PICKUP_RELEASE", "unversioned")
    with pytest.raises(ConfigError, match="--tag"):
        Deployment.named()


def test_given_the_image_then_it_has_what_the_project_names_for_running_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lab, dev = project["optional-dependencies"]["lab"], project["optional-dependencies"]["dev"]
    assert f"uv=={UV}" in dev and project["requires-python"].startswith(f">={PYTHON}")
    assert {"livekit-api", "fastapi", "asyncpg"} <= set(packages())
    assert not set(packages()) & {*lab, *dev}


@pytest.mark.requirement("PT-28", part="each preview's own login to the database")
def test_given_the_login_of_a_previews_process_then_only_its_own_role_may_start() -> None:
    def logs_in(stage: str, url: str) -> bool:
        settings = load_settings(("database",), stage=stage, database_url=url, sentry_dsn=None)
        try:
            refuse_foreign_role(settings)
        except ConfigError as error:
            assert "secret-word" not in str(error) and f"pickup-{stage}" in str(error)
            return False
        return True

    table = [
        ("preview-blue", "postgresql://pickup-preview-blue:secret-word@h/d", True),
        ("preview-blue", "postgresql://pickup-preview-blue.abcdef:secret-word@aws.pooler.example:6543/d", True),
        ("preview-blue", "postgresql://pickup%2Dpreview-blue:secret-word@h/d", True),
        ("preview-blue", "postgresql://pickup-preview-red:secret-word@h/d", False),
        ("preview-blue", "postgresql://pickup-production:secret-word@h/d", False),
        ("preview-blue", "postgresql://postgres.abcdef:secret-word@h/d", False),
        ("preview-blue", "postgresql://h/d", False),
        ("production", "postgresql://postgres:secret-word@h/d", True),
    ]
    assert [(stage, url) for stage, url, may in table if logs_in(stage, url) is not may] == []
    secrets = [Deployment(f"preview-{slug}", "r1").secrets for slug in ("blue", "red")]
    holders = [[name for name, keys in each.items() if "PICKUP_DATABASE_URL" in keys] for each in secrets]
    assert holders == [["pickup-preview-blue"], ["pickup-preview-red"]]
