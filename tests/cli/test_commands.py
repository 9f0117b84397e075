"""What the commands say: to people and to machines, and to those who ask for what there isn't."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pickup_world import ROOT, Pickup
from stores_world import NOON, completion

from cli.hosts import checked_host
from cli.tenant_secrets import checked_secret
from lab.stack.stack import joined_stack
from shared.adapters.courier import open_courier
from shared.config import load_settings, pg_bin, redis_bin
from shared.domain.call import CallOpening
from shared.errors import InputError
from shared.ports import Alert
from shared.wiring import open_alerts, open_services

COMMANDS = [
    "", "call", "calls", "calls show", "scenarios", "route", "number", "number bind", "number release", "up", "doctor",
    "deploy",
    "template", "template show", "template check", "template schema", "template publish", "template rollback",
    "template withdraw", "template versions",
    "template stats", "tenant", "tenant check", "tenant webhook", "tenant webhook set",
    "tenant webhook rotate", "tenant people", "tenant people add", "tenant people list", "tenant people remove",
    "knowledge", "knowledge add", "knowledge list", "knowledge remove", "knowledge find",
    "tenant hosts", "tenant hosts add", "tenant hosts remove", "tenant hosts list", "tenant secrets",
    "tenant secrets set", "tenant secrets remove", "tenant pin", "tenant pin set", "tenant pin remove",
    "deliveries", "deliveries show", "deliveries retry", "alerts", "alerts list", "alerts ack",
    "alerts close", "events", "status", "heal", "house-audio", "business", "business new", "orders",
    "orders import", "orders list", "calls turned-away", "calls figures", "tenant webhook remove",
]  # fmt: skip


@pytest.mark.requirement("PT-10")
@pytest.mark.parametrize(
    ("number", "caller", "expected"),
    [
        ("+12065550100", "+12065550142", ("admit", "NUMBER_BOUND", "church")),
        ("(206) 555-0100", None, ("admit", "NUMBER_BOUND", "church")),
        ("sip:+12065550102@carrier.example", "+12065550143", ("announce", "CALLER_NOT_LISTED", None)),
        ("1-206-555-0100", "206.555.0166", ("announce", "CALLER_BLOCKED", None)),
        ("not a number", None, ("announce", "NUMBER_UNKNOWN", None)),
    ],
)
def test_given_a_number_in_any_writing_then_route_tells_who_would_answer_and_why(
    number: str, caller: str | None, expected: tuple[str, str, str | None], pickup: Any
) -> None:
    decided = pickup.json("route", number, *(["--from", caller] if caller else []))
    assert (decided["kind"], decided["reason"], decided.get("template")) == expected
    assert decided["stage"] == "local" and decided["rule"] and "tenant_id" in decided
    assert decided.get("fallback") == ("voicemail" if expected[0] == "admit" else None)
    assert bool(decided.get("says")) == (expected[0] == "announce")


def test_given_scenarios_as_json_then_each_has_a_name_a_description_and_its_steps(bare: Any) -> None:
    scenarios = {one["name"]: one for one in bare.program.json("scenarios")}
    assert {"hours", "prayer", "crisis", "silent"} <= set(scenarios)
    assert all(one["description"] and one["steps"] for one in scenarios.values())


def test_given_doctor_as_json_then_tier_0_is_whole_and_the_data_folder_named(bare: Any) -> None:
    findings = bare.program.json("doctor")
    assert all(one["ok"] for one in findings if one["tier"] == "0 embedded")
    assert all(one["found"] or one["remedy"] for one in findings)
    (keys,) = [one for one in findings if one["what"].startswith("keys")]
    assert not keys["ok"] and "OPENAI_API_KEY" in keys["remedy"]
    assert not bare.data_dir.exists(), "looking changes nothing"


def test_given_a_template_as_json_then_each_node_has_tools_moves_and_tokens(bare: Any) -> None:
    (church,) = bare.program.json("template", "show", "church")

    care = church["nodes"]["care"]
    assert (care["tools"], care["moves"]) == (["submit_prayer_request", "end_call"], ["messages", "front_desk"])
    assert 100 < church["house_rules_tokens"] < care["prompt_tokens"] < church["prompt_tokens"]
    assert church["prompt_tokens"] == sum(node["prompt_tokens"] for node in church["nodes"].values())
    assert church["tenant"] is None
    assert not bare.data_dir.exists(), "looking changes nothing"


def test_given_a_template_when_drawn_then_the_graph_has_each_node_and_move(bare: Any) -> None:
    drawn = bare("template", "show", "church", "--mermaid").stdout.splitlines()
    assert drawn[0] == "flowchart TD"
    assert {line.strip() for line in drawn} >= {
        "caller([call]) --> front_desk", 'front_desk -- "prayer" --> care', "danger([danger]) -.-> care",
    }  # fmt: skip


def test_given_templates_when_read_then_the_framework_of_calls_is_not_loaded() -> None:
    program = "from agent.businesses.business import all_templates as all; all(); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "agent.businesses.church.tools" in done.stdout and "livekit.agents" not in done.stdout.split()


def test_given_a_file_when_checked_then_its_faults_are_named_and_the_exit_code_says_whether_it_is_whole(
    bare: Any, tmp_path: Path
) -> None:
    shipped = Path("agent/businesses/church/template.yaml").read_text(encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(shipped.replace("start: front_desk", "start: reception"))
    bad, good = bare("template", "check", tmp_path / "bad.yaml"), "agent/businesses/church/template.yaml"
    line = 1 + shipped.splitlines().index("start: front_desk")
    assert bad.returncode == 1 and f"bad.yaml:{line} start" in bad.stderr and "mend: " in bad.stderr
    as_json = json.loads(bare("template", "check", tmp_path / "bad.yaml", "--json").stdout)
    assert [(each["line"], each["path"]) for each in as_json] == [(line, "start")]
    assert bare.json("template", "check", good) == []
    assert bare.program("template", "check", tmp_path / "none.yaml").stderr.startswith("input_invalid: ")
    described = json.loads(bare("template", "schema").stdout)
    assert {"nodes", "phrases"} <= described["properties"].keys() and "$schema" in described
    assert "answers a caller who was in danger" in described["properties"]["care"]["description"]
    assert "doesn't ask" in described["$defs"]["Slot"]["properties"]["ask"]["description"]


def test_given_a_file_when_published_and_rolled_back_then_shares_versions_and_figures_are_told(
    pickup: Any, tmp_path: Path
) -> None:
    shipped = Path("agent/businesses/church/template.yaml").read_text(encoding="utf-8")
    changed, broken = tmp_path / "changed.yaml", tmp_path / "broken.yaml"
    changed.write_text(shipped.replace("Thank you for calling {name}.", "Good day from {name}."))
    asks = "\nfunctions: [{name: price, description: The price., http: {url: 'https://hall.example/price'}}]\n"
    broken.write_text(shipped + asks)
    tenant = "00000000-0000-4000-a000-000000000001"
    (fault,) = json.loads(pickup("template", "check", broken, "--tenant", tenant, "--json").stdout)
    assert (fault["path"], fault["line"]) == ("functions.price", len(shipped.splitlines()) + 2)
    assert fault["remedy"] == f"pickup tenant hosts add {tenant} hall.example"
    broken.write_text(shipped.replace("tools: [submit_prayer_request", "tools: [submit_psalm"))
    refused = pickup("template", "publish", "church", broken)
    assert refused.returncode == 1 and "submit_psalm" in refused.stderr
    assert "holds the template church" in pickup("template", "publish", "sales", changed).stderr
    assert "no version of church is stored" in pickup("template", "publish", "church").stderr
    assert pickup.program.json("template", "publish", "church", changed, "--share", "20") == {
        "template": "church", "version": 1, "serves_percent": {"1": 20, "shipped": 80},
    }  # fmt: skip
    said = pickup("template", "publish", "church", "--share", "60").stdout.strip()
    assert said == "church: version 1 serves 60 % of the callers, the shipped version serves 40 % of the callers"
    stored = {each["version"]: each["serves_percent"] for each in pickup.json("template", "versions", "church")}
    assert stored == {"1": 60, "shipped": 40}
    figures = pickup.json("template", "stats", "church", "--days", "7")
    assert [each["version"] for each in figures["versions"]] == ["1", "shipped"]
    assert "median seconds" in pickup("template", "stats", "church").stdout
    assert pickup.json("template", "rollback", "church")["serves_percent"] == {"shipped": 100}
    needed = pickup("template", "withdraw", "church")
    assert needed.returncode == 1 and "template_needed: " in needed.stderr
    assert "church is needed in local by the number +12065550100" in needed.stderr
    assert pickup.json("template", "withdraw", "demo") == {"template": "demo", "serves_percent": {}}
    back = pickup("template", "rollback", "demo").stdout.strip()
    assert back == "demo: the shipped version serves 100 % of the callers"
    nothing = pickup("template", "rollback", "church")
    assert nothing.returncode == 1 and "nothing of church was published before" in nothing.stderr


def test_given_a_tenant_then_its_facts_are_in_the_prompt_that_is_shown(pickup: Any) -> None:
    tenant = "00000000-0000-4000-a000-000000000001"

    shown = pickup("template", "show", "church", "--prompt", "front_desk", "--tenant", tenant).stdout

    assert "Role: church/front_desk" in shown
    assert "1420 Alder Street" in shown and "{" not in shown


def test_given_a_stage_then_its_numbers_are_checked_and_the_exit_code_says_whether_all_are_whole(pickup: Any) -> None:
    done = pickup.program("tenant", "check", "--json")
    found = {one["did"]: [each["code"] for each in one["findings"]] for one in json.loads(done.stdout)}
    assert done.returncode == 1
    assert (found["+12065550100"], found["+12065550103"]) == ([], ["no_tenant"])

    shown = pickup("tenant", "check", "--stage", "preview-demo")
    assert (shown.returncode, shown.stdout.strip()) == (0, "1 numbers of preview-demo, 0 broken")
    broken = " ".join(pickup("tenant", "check").stdout.split())
    assert "+12065550103" in broken and "bound to nobody" in broken and "mend" in broken


def test_given_a_number_whose_calls_would_suffer_when_bound_then_all_that_is_wrong_is_said_and_nothing_written(
    pickup: Any,
) -> None:
    tenant = "00000000-0000-4000-a000-000000000001"
    bind = ("number", "bind", "+12065550144", "--stage", "local", "--tenant", tenant)
    refused = pickup(*bind, "--template", "choir", "--forward", "+12065550100", "--allow", "the pastor")
    assert refused.returncode == 1
    said = " ".join(refused.stderr.split())
    for where in ("number.template", "number.forward_to", "number.allowlist[1]"):
        assert where in said, said
    assert pickup.program.json("route", "+12065550144")["reason"] == "NUMBER_UNKNOWN"


async def test_given_open_alerts_then_they_are_listed_taken_on_and_closed(pickup: Any) -> None:
    folder = pickup.data_dir
    async with joined_stack(folder, with_providers=False, pg_bin=pg_bin(), redis_bin=redis_bin()) as stack:
        ours = load_settings(("database",), stage="production", database_url=stack.postgres_url, data_dir=folder)
        async with open_alerts(ours) as alerts:
            await alerts.raise_(Alert("redis_lost", "page", "Redis doesn't answer", "call-123456"))
            await alerts.raise_(Alert("at_capacity", "page", "All workers are full"))
    stage = ("--stage", "production")
    assert [one["key"] for one in pickup.program.json("alerts", "list", *stage)] == ["redis_lost", "at_capacity"]
    assert pickup("alerts", "ack", "redis_lost", *stage, "--by", "ann", "--silence", "90").returncode == 0
    assert pickup("alerts", "close", "at_capacity", *stage).returncode == 0
    (left,) = pickup.json("alerts", "list", *stage)
    assert (left["key"], left["acked_by"], left["raised"]) == ("redis_lost", "ann", 1) and left["silenced_until"]
    shown = " ".join(pickup("alerts", "list", *stage).stdout.split())
    assert "Redis doesn't answer" in shown and "ann" in shown
    assert pickup.json("alerts", "list") == [], "of another stage"
    for command in ("ack", "close"):
        missing = pickup("alerts", command, "at_capacity", *stage)
        assert missing.returncode == 1 and "no open alert at_capacity" in missing.stderr


def test_given_documents_then_a_tenant_has_them_once_and_what_cannot_be_used_is_refused(
    pickup: Any, tmp_path: Path
) -> None:
    harbor, knowledge = ("--tenant", "00000000-0000-4000-a000-000000000002"), "knowledge"
    rooms, lost, leaflet = (tmp_path / name for name in ("rooms.md", "lost.csv", "leaflet.pdf"))
    rooms.write_text("# Rooms\n\n## Attic\nThe attic seats thirty people.\n")
    lost.write_text("question,answer\nWhere are lost things kept?,In the box by the door.\n")
    leaflet.write_bytes(b"%PDF-1.7")
    partly = pickup.program(knowledge, "add", str(tmp_path), *harbor)
    assert partly.returncode == 1 and "lost.csv: added, 1 passages" in partly.stdout
    assert "pdftotext" in partly.stdout, "what was left out, and how to mend it"
    rooms.write_text("# Rooms\n\n## Attic\nThe attic seats forty people.\n")
    (replaced,) = pickup.json(knowledge, "add", str(rooms), *harbor)["documents"]
    assert (replaced["file"], replaced["title"], replaced["replaced"]) == ("rooms.md", "Rooms", True)
    assert [each["name"] for each in pickup.json(knowledge, "list", *harbor)] == ["lost.csv", "rooms.md"]
    (found,) = pickup.json(knowledge, "find", "how many people fit into the attic?", *harbor)
    assert (found["name"], found["heading"], found["text"]) == ("rooms.md", "Attic", "The attic seats forty people.")
    assert pickup.json(knowledge, "remove", "rooms.md", *harbor)["removed"] == "rooms.md"
    for wrong, why in (
        (("add", str(leaflet), *harbor), "pdftotext"),
        (("find", "attic", "--tenant", "00000000-0000-4000-a000-0000000000ff"), "there is no tenant"),
        (("remove", "attic.md", *harbor), "has no document 'attic.md'"),
    ):
        refused = pickup(knowledge, *wrong)
        assert refused.returncode == 1 and why in " ".join(refused.stderr.split()), wrong


def test_given_people_then_a_tenant_has_them_and_numbers_that_cannot_be_called_are_refused(pickup: Any) -> None:
    tenant, people = "00000000-0000-4000-a000-000000000002", ("tenant", "people")
    weekday = '{"mon": [["09:00", "17:00"]]}'
    assert pickup.json(
        *people, "add", tenant, "Maria Lopez", "(206) 555-0188", "--queue", "office", "--hours", weekday
    )["made"]
    assert not pickup.program.json(*people, "add", tenant, "Maria Lopez", "204")["made"]
    assert [(each["name"], each["number"]) for each in pickup.json(*people, "list", tenant)] == [("Maria Lopez", "204")]
    for wrong, why in (
        (("add", tenant, "Maria Lopez", "911 please"), "can't be called"),
        (("add", tenant, "Maria Lopez", "204", "--cold"), "needs a whole number"),
        (("add", tenant, "Maria Lopez", "204", "--hours", '{"mo": []}'), "no such day"),
        (("remove", tenant, "Mario"), "nobody named"),
        (("list", "00000000-0000-4000-a000-0000000000ff"), "there is no tenant"),
    ):
        refused = pickup(*people, *wrong)
        assert refused.returncode == 1 and why in " ".join(refused.stderr.split()), wrong
    assert pickup.json(*people, "remove", tenant, "Maria Lopez")["removed"] == "Maria Lopez"


async def test_given_a_webhook_then_it_is_set_its_secret_rotated_and_its_deliveries_shown_and_retried(
    pickup: Any,
) -> None:
    tenant, hook = "00000000-0000-4000-a000-000000000002", ("tenant", "webhook")
    made = pickup.json(*hook, "set", tenant, "http://127.0.0.1:9/hook", "--transcript")
    assert made["secret"].startswith("whsec_")
    assert pickup.json(*hook, "set", tenant, "http://127.0.0.1:9/other")["secret"] is None
    turned = pickup.program.json(*hook, "rotate", tenant, "--overlap", "1")
    assert turned["secret"] not in ("", made["secret"])
    folder = pickup.data_dir
    async with joined_stack(folder, with_providers=False, pg_bin=pg_bin(), redis_bin=redis_bin()) as stack:
        ours = load_settings(
            ("database", "redis"),
            stage="local",
            database_url=stack.postgres_url,
            redis_url=stack.redis_url,
            data_dir=folder,
        )
        async with open_services(ours) as services:
            opening = ("local", "r", "phone", "1", "+12075550110", "2", "+12065550142", tenant, "church", {})
            await services.calls.open(CallOpening("call-hooked", *opening, NOON))
            await services.calls.complete(completion("call-hooked"))
            async with open_courier(inside=True) as courier:
                await services.deliver(courier).deliver()
    event_id = "call_completed_call-hooked"
    (waiting,) = [one for one in pickup.json("deliveries", "--state", "waiting") if one["event_id"] == event_id]
    assert (waiting["url"], waiting["attempts"], waiting["last_status"]) == ("http://127.0.0.1:9/other", 1, None)
    shown = " ".join(pickup.program("deliveries", "show", event_id).stdout.split())
    assert "waiting" in shown and "QUESTION_ANSWERED" in shown and "ClientConnectorError" in shown
    assert made["secret"] not in shown and turned["secret"] not in shown
    assert pickup("deliveries", "retry", event_id).returncode == 0
    assert pickup.json("deliveries", "--stage", "production") == []
    for arguments, words in (
        (("deliveries", "show", "x"), "no delivery 'x' in local"),
        (("deliveries", "retry", event_id, "--stage", "production"), "no delivery"),
        ((*hook, "rotate", "00000000-0000-4000-a000-0000000000ff"), "has no webhook in local"),
        ((*hook, "set", "somebody", "https://shop.example"), "a tenant's id is a UUID"),
        ((*hook, "set", tenant, "http://shop.example", "--stage", "production"), "isn't an address of a webhook"),
    ):
        refused = pickup(*arguments)
        assert (refused.returncode, words in refused.stderr) == (1, True), refused.stderr


def test_given_hosts_and_secrets_of_a_tenant_then_they_are_listed_by_name_and_no_secret_is_shown(pickup: Any) -> None:
    tenant, hosts = "00000000-0000-4000-a000-000000000002", ("tenant", "hosts")
    assert pickup.json(*hosts, "add", tenant, "API.hall.example:443")["host"] == "api.hall.example"
    assert pickup.program("tenant", "secrets", "set", tenant, "hall", stdin="s3cr3t\n").returncode == 0
    shown = pickup.json(*hosts, "list", tenant)
    assert shown == {"tenant_id": tenant, "hosts": ["api.hall.example"], "secrets": ["hall"]}
    assert pickup.json(*hosts, "remove", tenant, "api.hall.example")["changed"] is True


def test_given_what_is_no_host_or_no_secret_then_one_sentence_says_so() -> None:
    for host, stage, words in (
        ("https://api.hall.example/x", "local", "without https:// and path"),
        ("10.0.0.1", "production", "isn't public"),
        ("localhost:8080", "preview-x", "isn't public"),
    ):
        with pytest.raises(InputError, match=words):
            checked_host(host, stage)
    assert checked_host("127.0.0.1:8080", "local") == "127.0.0.1:8080"
    for name, value, words in (
        ("Bad Name", "x", "lower-case letters"),
        ("hall", "", "one line of plain characters"),
        ("hall", "two\nlines", "one line of plain characters"),
    ):
        with pytest.raises(InputError, match=words):
            checked_secret(name, value)


@pytest.mark.parametrize("command", COMMANDS)
def test_given_help_then_it_says_what_a_command_does_with_an_example(command: str, bare: Any) -> None:
    done = (bare if command else bare.program)(*command.split(), "--help")
    assert done.returncode == 0
    said = " ".join(done.stdout.split())
    assert "Example" in said or "Try:" in said
    assert f"pickup {command}".strip() in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["call", "--scenario", "nope"], ["no scenario 'nope'", "hours", "prayer"]),
        (["call", "--scenario", "{tmp}/bad.yaml"], ["bad.yaml:4", "steps.1"]),
        (["call", "--live"], ["DEEPGRAM_API_KEY", "OPENAI_API_KEY"]),
        (["call", "--wav", "{tmp}/nowhere/call.wav"], ["nowhere/call.wav", "can't be written"]),
        (["call", "--play", "--speed", "2"], ["--play", "--speed"]),
        (["deploy"], ["stage local doesn't run here", "pickup up"]),
    ],
    ids=["scenario", "yaml", "live", "wav", "play", "deploy"],
)
def test_given_what_cant_be_used_then_one_sentence_says_so_and_nothing_is_started(
    arguments: list[str], words: list[str], bare: Any, tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text("description: Bad.\nsteps:\n  - listen\n  - sing: La\n")
    done = bare(*(part.format(tmp=tmp_path) for part in arguments))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert not bare.data_dir.exists()


def test_given_an_unknown_call_then_one_sentence_says_so(pickup: Any) -> None:
    done = pickup.program("calls", "show", "c4f2a91b03")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["input_invalid: no call 'c4f2a91b03': `pickup calls` lists them"]


def test_given_the_calls_so_far_then_their_figures_are_told_to_people_and_to_machines(pickup: Any) -> None:
    figures = json.loads(pickup("calls", "figures", "--json").stdout)
    assert figures.keys() == {"offered", "answered", "share", "given_up", "answer_seconds", "reasons"}
    assert f"{figures['answered']} of {figures['offered']} answered" in pickup("calls", "figures").stdout


@pytest.mark.parametrize("arguments", [["sing"], ["call", "--speed", "99"], ["calls", "--limit", "none"], ["route"]])
def test_given_a_command_that_isnt_understood_then_the_usage_is_told(arguments: list[str], bare: Any) -> None:
    done = bare(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
    assert done.stdout == ""


def test_given_no_sound_system_when_asked_to_play_then_the_remedy_is_told(bare: Any, tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    done = Pickup(bare.data_dir, {"PYTHONPATH": str(tmp_path)})("call", "--play")
    assert done.returncode == 1
    assert "libportaudio2" in done.stderr and "--wav" in done.stderr
    assert "Traceback" not in done.stderr
