"""Who may know whom, shown in fresh interpreters: only they prove that an import is deferred."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import SAMPLES

ROOT = Path(__file__).parents[2]
HEAVY = ["torch", "textual", "rich", "plotext", "numpy", "watchdog", "msgspec", "sklearn"]


def loaded_after(code: str) -> set[str]:
    """Return which heavy packages some code loads."""
    probe = f"{code}\nimport sys, json; print(json.dumps([n for n in {HEAVY} if n in sys.modules]))"
    result = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_the_package_costs_nothing() -> None:
    assert loaded_after("import grok_tui") == set()


def test_the_command_line_loads_nothing_before_it_is_needed() -> None:
    assert loaded_after("import grok_tui.cli.program") == set()
    helping = (
        "from click.testing import CliRunner; from grok_tui.cli.program import cli;"
        " CliRunner().invoke(cli, ['--help'])"
    )
    assert loaded_after(helping) == set()


def test_readers_of_logs_load_no_library_before_a_log_needs_it() -> None:
    names = ("wandb", "mlflow", "trackio", "dvclive", "parquet")
    code = "; ".join(f"import grok_tui.logs.{name}" for name in names)
    probe = f"{code}; import sys; print({{'sqlite3', 'pyarrow'}} & sys.modules.keys())"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert result.stdout.strip() == "set()", result.stderr


def test_the_app_never_loads_torch() -> None:
    app = f"""
import asyncio
from pathlib import Path
from grok_tui.tui.app import GrokTui
async def main():
    root = Path({str(SAMPLES)!r})
    async with GrokTui(root, open_run=root / "paused-1").run_test() as pilot:
        await pilot.pause(1)
asyncio.run(main())
"""
    assert loaded_after(app) == {"textual", "rich", "plotext", "numpy", "watchdog", "msgspec"}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("grok_tui.config", {"msgspec"}),
        ("grok_tui.data.check", {"msgspec"}),
        ("grok_tui.data.images", {"msgspec", "numpy"}),
        ("grok_tui.data.texts", {"msgspec", "numpy"}),
        ("grok_tui.launch.local", {"msgspec"}),
        ("grok_tui.runs.reader", {"msgspec", "numpy"}),
        ("grok_tui.writing.run", {"msgspec", "numpy"}),
        ("grok_tui.store.log", {"msgspec", "numpy"}),
        ("grok_tui.watch.judgement", {"msgspec", "numpy"}),
        ("grok_tui.watch.feed", {"msgspec", "numpy", "watchdog"}),
        ("grok_tui.chart.draw", {"numpy", "plotext"}),
        ("grok_tui.training.__main__", {"msgspec", "numpy"}),
        ("grok_tui.training.loop", {"msgspec", "numpy", "torch"}),
    ],
)
def test_each_part_loads_only_what_it_is_made_of(module: str, allowed: set[str]) -> None:
    assert loaded_after(f"import {module}") <= allowed


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
