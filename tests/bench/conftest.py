"""Benchmarks run alone in their process, and their figures are printed at the end."""

from __future__ import annotations

import pytest

LINES = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Leave out the parallel workers of the tests: they would compete for the cores."""
    config.option.numprocesses, config.option.dist = 0, "no"


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines to be printed when all benchmarks are done."""
    return request.config.stash.setdefault(LINES, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what was found."""
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(line)
