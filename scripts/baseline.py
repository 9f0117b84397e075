"""Writes the baseline migration from supabase/schema/*.sql (`make baseline`), while it is the only migration."""

import sys
import tomllib
from pathlib import Path

SUPABASE = Path(__file__).resolve().parents[1] / "supabase"
BASELINE = SUPABASE / "migrations" / "20261127000000_baseline.sql"

HEAD = """-- Written by `make baseline` from supabase/schema/*.sql.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

"""


def schema_files(folder: Path = SUPABASE) -> list[Path]:
    """The schema's files in the order in which they are run."""
    config = tomllib.loads((folder / "config.toml").read_text())
    patterns = config["db"]["migrations"]["schema_paths"]
    return [path for pattern in patterns for path in sorted(folder.glob(pattern.removeprefix("./")))]


def main() -> None:
    if later := [file.name for file in BASELINE.parent.glob("*.sql") if file != BASELINE]:
        sys.exit(
            f"{', '.join(later)}: the baseline is history by now. Write a migration (CONTRIBUTING.md, The database)"
        )
    parts = [file.read_text().strip() for file in schema_files()]
    BASELINE.write_text(HEAD + "\n\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
