"""Runs a few lines of tests as a project of their own, in a process of their own, under the plugins of this folder."""

import os
import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).parent
ROOT = PLUGINS.parents[1]

# By name, as looking for all that are installed takes a second.
_PLUGINS = ("pytest_asyncio.plugin", "xdist", "requirements", "hygiene")
_SETTINGS = f"""[pytest]
markers =
  requirement(*ids, part=None): proves
pythonpath = {PLUGINS} {ROOT}
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""


def run_pytest(folder: Path, source: str, *options: str, ci: bool = False) -> subprocess.CompletedProcess[str]:
    """Writes the source to a test file in `folder` and runs it; its output is in `stdout`."""
    (folder / "pytest.ini").write_text(_SETTINGS)
    (folder / "test_it.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *(word for name in _PLUGINS for word in ("-p", name)), *options],
        cwd=folder,
        env={**os.environ, "CI": "true" if ci else "", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
