"""Stages on the command line: which there are, where numbers ring, and processes that were told of none."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.base import timescale

ROOT = Path(__file__).parents[2]
GRACE, HARBOR = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"
FULL_HOUSE = "00000000-0000-4000-b000-000000000003"
"""No demo tenant."""
WHERE = {
    "PICKUP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    "PICKUP_REDIS_URL": "redis://127.0.0.1:9",
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": "s" * 32,
    "PICKUP_SIGNING_KEYS": "only-for-this-test-and-no-other-stage",
    "DEEPGRAM_API_KEY": "lab",
    "OPENAI_API_KEY": "lab",
}


# ---- a process that isn't told its stage


@pytest.mark.requirement("PT-38")
@pytest.mark.parametrize("stage", [None, "prod"])
@pytest.mark.parametrize("module", ["agent.worker", "webhooks", "background.watchdog"])
def test_given_no_stage_or_a_malformed_one_when_a_process_starts_then_it_ends_and_says_why(
    module: str, stage: str | None, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PICKUP_", "LIVEKIT_"))}
    told = {} if stage is None else {"PICKUP_STAGE": stage}
    env = {**kept, **WHERE, **told, "PICKUP_DATA_DIR": str(tmp_path), "PICKUP_RELEASE": "test"}
    program = [sys.executable, "-m", module]
    said, complained = tmp_path / "out", tmp_path / "err"
    # files, as what a worker forks its calls from would keep a pipe open for longer than the worker
    with said.open("w") as out, complained.open("w") as err:
        done = subprocess.run(program, cwd=ROOT, env=env, stdout=out, stderr=err, timeout=60 * timescale.speed())
    assert done.returncode != 0 and said.read_text() == ""
    assert "PICKUP_STAGE" in complained.read_text() and "Traceback" not in complained.read_text()


# ---- which stages there are


@pytest.mark.requirement("PT-38")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["up", "--stage", "prod"], ["--stage prod", "preview-<slug>"]),
        (["up", "--stage", "local", "--stage", "local"], ["once"]),
        (["calls", "--stage", "Production"], ["--stage Production", "preview-<slug>"]),
        (["route", "+12065550100", "--stage", "preview-"], ["--stage preview-", "preview-<slug>"]),
        (["number", "bind", "+12065550100", "--stage", "live", "--tenant", GRACE], ["--stage live"]),
        (["number", "bind", "12", "--stage", "local", "--tenant", GRACE], ["'12'", "telephone number"]),
    ],
)
def test_given_a_stage_or_number_that_cant_be_then_one_sentence_says_so_and_nothing_is_started(
    arguments: list[str], words: list[str], bare: Any
) -> None:
    done = bare(*arguments)
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert not bare.data_dir.exists()


def test_given_a_stage_without_a_number_when_it_is_to_run_then_the_command_that_helps_is_named(pickup: Any) -> None:
    done = pickup.program("up", "--stage", "preview-nobody", "--json")
    if "make phone-rig" in done.stderr:
        pytest.skip("needs the phone rig")
    assert done.returncode == 1 and done.stdout == ""
    assert "stage preview-nobody has no number" in done.stderr
    assert "pickup number bind +1… --stage preview-nobody" in done.stderr


# ---- where a number rings


@pytest.mark.requirement("PT-07", "PT-09", "PT-10", "PT-27")
def test_given_a_number_when_it_is_bound_and_released_then_its_stage_alone_answers_it(pickup: Any) -> None:
    did = "+12065550187"

    def decided(stage: str) -> tuple[str, str]:
        told = pickup.json("route", did, "--stage", stage)
        return told["reason"], told["stage"]

    bound = pickup.program("number", "bind", "(206) 555-0187", "--stage", "preview-bind", "--tenant", HARBOR)
    assert (bound.returncode, bound.stdout) == (0, f"{did} rings in preview-bind\n"), bound.stderr
    assert decided("preview-bind") == ("NUMBER_BOUND", "preview-bind")
    assert decided("production") == ("WRONG_STAGE", "production")
    again = pickup("number", "bind", did, "--stage", "preview-bind", "--tenant", HARBOR)
    assert again.returncode == 0
    elsewhere = pickup("number", "bind", did, "--stage", "production", "--tenant", GRACE)
    assert elsewhere.returncode == 1
    assert re.search(r"already active for Harbor Light.* in stage preview-bind; release it there", elsewhere.stderr)

    owner, other = "+12065550142", "+12065550143"

    def answered(caller: str) -> tuple[bool, str | None]:
        decision = pickup.json("route", did, "--from", caller, "--stage", "preview-bind")
        return decision["reason"] == "NUMBER_BOUND", decision.get("tier")

    private = ["number", "bind", did, "--stage", "preview-bind", "--tenant", HARBOR, "--allow", owner]
    for more, of_owner, of_other in (
        (["--access", "private"], (True, "private"), (False, None)),
        (["--unlisted", "guest", "--unattested", "reject"], (False, None), (True, "guest")),
        ([], (False, None), (True, "guest")),
    ):
        done = pickup(*private, *more)
        assert done.returncode == 0, done.stderr
        assert (answered(owner), answered(other)) == (of_owner, of_other), more

    for said in ("rings no more", "did not ring"):
        released = pickup("number", "release", did, "--stage", "preview-bind")
        assert (released.returncode, released.stdout) == (0, f"{did} {said} in preview-bind\n")
    assert decided("preview-bind")[0] == "NUMBER_INACTIVE"


@pytest.mark.parametrize(
    ("stage", "tenant", "words"),
    [
        ("preview-bind", FULL_HOUSE, "demo tenants"),
        ("production", "00000000-0000-4000-a000-0000000000ff", "no such tenant"),
        ("production", "Grace", "UUID"),
    ],
)
def test_given_a_tenant_that_cant_have_the_number_then_the_databases_refusal_is_told(
    stage: str, tenant: str, words: str, pickup: Any
) -> None:
    done = pickup("number", "bind", "+12065550188", "--stage", stage, "--tenant", tenant)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert words in done.stderr and tenant in done.stderr
