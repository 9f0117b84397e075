"""Commands from end to end in this process, on the database that the environment names: lists that are imported, and a
webhook that is removed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from shared.errors import InputError

RENTAL, SHOP = "00000000-0000-4000-b000-000000000011", "00000000-0000-4000-b000-000000000014"
Run = Callable[..., Any]


@pytest.fixture
def run(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with `--deployed`; gives what it printed, as JSON where that was wanted."""
    where = {"PICKUP_DATABASE_URL": database_url, "PICKUP_REDIS_URL": redis_url, "PICKUP_DATA_DIR": str(tmp_path)}
    for name, value in {**where, "PICKUP_RELEASE": "test"}.items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str | Path, json: bool = True) -> Any:
        wanted = [str(each) for each in (*arguments, "--deployed", *(["--json"] if json else []))]
        done = CliRunner().invoke(app, wanted)
        if done.exception is not None:
            raise done.exception
        return orjson.loads(done.stdout) if json else done.stdout

    return command


def test_given_lists_when_they_are_imported_then_they_are_there_and_a_bad_row_is_named_and_imports_nothing(
    run: Run, tmp_path: Path
) -> None:
    equipment, orders = tmp_path / "equipment.csv", tmp_path / "orders.csv"
    equipment.write_text(
        "reference,name,category,daily_rate\nPW-1,gas pressure washer,washers,70\nZ-9,chipper,saws,90\n"
    )
    assert run("rental", "import", equipment, "--tenant", RENTAL) == {"added": 1, "changed": 1, "unchanged": 0}
    assert run("rental", "import", equipment, "--tenant", RENTAL) == {"added": 0, "changed": 0, "unchanged": 2}
    rates = {each["name"]: each["daily_rate"] for each in run("rental", "list", "--tenant", RENTAL)}
    assert (rates["chipper"], rates["gas pressure washer"]) == ("90.00", "70.00")
    equipment.write_text("reference,name,category,daily_rate\nZ-10,auger,saws,20\nZ-11,saw,saws,cheap\n")
    with pytest.raises(InputError, match=r"equipment\.csv:3: daily_rate 'cheap'"):
        run("rental", "import", equipment, "--tenant", RENTAL)
    assert "auger" not in {each["name"] for each in run("rental", "list", "--tenant", RENTAL)}
    with pytest.raises(InputError, match="isn't rented: AVAILABLE"):
        run("rental", "return", "Z-9", "--tenant", RENTAL, json=False)

    columns = "order_number,customer_phone,items,amount,address\n"
    orders.write_text(f"{columns}K-5511,+12065550142,two lamps,48.50,9 Elm Street\n")
    assert run("orders", "import", orders, "--tenant", SHOP) == {"added": 1, "changed": 0}
    (order,) = [each for each in run("orders", "list", "--tenant", SHOP) if each["order_number"] == "K-5511"]
    assert (order["items"], order["status"]) == ("two lamps", "pending")
    orders.write_text(f"{columns}K-5512,+12065550142,a chair,20,9 Elm Street\nK-5513,call me,a table,1,9 Elm Street\n")
    with pytest.raises(InputError, match=r"orders\.csv:3: customer_phone"):
        run("orders", "import", orders, "--tenant", SHOP)
    assert "K-5512" not in str(run("orders", "list", "--tenant", SHOP))


def test_given_a_webhook_when_it_is_removed_then_there_is_none_and_a_new_one_has_another_secret(run: Run) -> None:
    hook = ("tenant", "webhook")
    first = run(*hook, "set", SHOP, "https://shop.example/hook", "--stage", "production")["secret"]
    run(*hook, "remove", SHOP, "--stage", "production", json=False)
    with pytest.raises(InputError, match="has no webhook in production"):
        run(*hook, "remove", SHOP, "--stage", "production", json=False)
    again = run(*hook, "set", SHOP, "https://shop.example/hook", "--stage", "production")["secret"]
    assert again is not None and again != first
