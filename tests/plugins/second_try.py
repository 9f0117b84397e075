"""Tests that talk to a recogniser in real time may be made a second time (`--reruns 1`), and are named if they are.

A recogniser on busy cores mishears a word now and then, which is no fault of what is tested. More than a few such tests
in one run aren't chance: the run fails.
"""

import pytest

MOST = 3
"""Tests of one run that may need a second try."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    if len(_tried_twice(session.config)) > MOST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if tests := _tried_twice(config):
        allowed = f"at most {MOST} may be" if len(tests) > MOST else f"{MOST} may be"
        terminalreporter.write_line(f"made a second time ({allowed}): {', '.join(tests)}")


def _tried_twice(config: pytest.Config) -> list[str]:
    """Their node ids; empty in a worker of xdist, which has no terminal."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [report.nodeid for report in reporter.stats.get("rerun", ())] if reporter is not None else []
