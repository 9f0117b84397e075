"""`pytest --speed 4`: every clock of the test process runs faster, so that whole calls take a quarter of their time."""

from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--speed", type=float, default=1.0, help="scale time for calls on real audio; 4 is sound")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: Any) -> None:
    # before any conftest imports livekit, which would keep the clock as it is
    _install(early_config.known_args_namespace.speed)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    _install(config.getoption("--speed"))


def _install(speed: float) -> None:
    if speed != 1.0:
        from lab.base import timescale

        timescale.install(speed)
