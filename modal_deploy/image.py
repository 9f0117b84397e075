"""The container image: the product's packages, as the lock pins them, then our own files."""

import tomllib
from pathlib import Path, PurePosixPath

import modal

ROOT = Path(__file__).resolve().parents[1]
LOCK = "/requirements.lock"
PYTHON = "3.11"
"""Of the image: that one which the lock is compiled for, and most tests run on."""
UV = "0.13.9"
SOURCES = ("agent", "background", "modal_deploy", "shared", "webhooks")
KEPT = ("py", "yaml", "tsv", "lua", "ogg")
"""Kinds of files that are read at run time."""
HOME = PurePosixPath("/") / "root"
"""Where Modal puts sources, and starts."""


def image() -> modal.Image:
    """Packages first, as they seldom change; files last, as Modal then mounts them and builds nothing.

    Each package that is installed is in the lock, by version and hash, and uv holds those against it.
    """
    return (
        modal.Image.debian_slim(python_version=PYTHON)
        .add_local_file(ROOT / "requirements.lock", LOCK, copy=True)
        .uv_pip_install(*packages(), extra_options=f"--verify-hashes --constraints {LOCK}", uv_version=UV)
        .add_local_python_source(*SOURCES, ignore=["**/*", *(f"!**/*.{kind}" for kind in KEPT)])
        .add_local_dir(ROOT / "supabase" / "migrations", str(HOME / "supabase" / "migrations"))
    )


def packages() -> list[str]:
    """What the product names, without what only the lab and development need."""
    project = ROOT / "pyproject.toml"
    if not project.exists():
        # a container reads this module too, and nobody asks there what it was made of
        return []
    return tomllib.loads(project.read_text())["project"]["dependencies"]
