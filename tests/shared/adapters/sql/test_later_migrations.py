"""What `make check` says to a later migration that takes away something that the running release uses."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
BOUNDED = "set lock_timeout = '1s'; set statement_timeout = '5s';\n"
TAKES_AWAY = (
    "alter table public.calls drop column caller;",
    "alter table public.calls rename column caller to who;",
    "alter table public.calls rename to conversations;",
    "drop table public.calls;",
    "alter table public.numbers drop constraint numbers_tenant_id_fkey;",
    "alter table public.numbers rename constraint numbers_tenant_id_fkey to of_tenant;",
)
ADDS = ("alter table public.calls add column mood text;", "create table public.moods (id uuid primary key);")


@pytest.mark.requirement("PT-57")
def test_given_a_migration_that_drops_or_renames_then_the_first_step_of_the_pipeline_refuses_it(tmp_path: Path) -> None:
    def refused(statement: str) -> bool:
        file = tmp_path / "20270101000000_next.sql"
        file.write_text(BOUNDED + statement)
        squawk = Path(sys.executable).with_name("squawk")
        # where and as `make check` runs it, by the rules of .squawk.toml
        ran = subprocess.run([squawk, file], cwd=ROOT, capture_output=True)
        return ran.returncode != 0

    assert [each for each in TAKES_AWAY if not refused(each)] == []
    assert [each for each in ADDS if refused(each)] == []
    steps = re.findall(r"^make (.+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert steps.index("check") < steps.index("test")
    assert '"squawk supabase/migrations/*.sql"' in (ROOT / "Makefile").read_text()
