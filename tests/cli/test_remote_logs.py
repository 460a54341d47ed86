"""`detect` and `metrics` on an address: they call logs as their user does, not by their copies."""

from __future__ import annotations

import json

import pytest
from cli_support import call_here
from support import grokking_rows

from grok_tui.cli.fetching import fetch
from grok_tui.remote.mirror import Mirror

fsspec = pytest.importorskip("fsspec")
ROWS = [f"{s},{v['train/accuracy']},{v['test/accuracy']}\n" for s, v in grokking_rows()]


@pytest.fixture
def address() -> str:
    remote = fsspec.filesystem("memory")
    remote.store.clear()
    remote.pipe("/logs/a.csv", "".join(["step,train_acc,val_acc\n", *ROWS]).encode())
    remote.pipe("/logs/b.csv", b"step,loss\n1,2\n")
    return "memory://logs"


def test_logs_are_called_by_their_addresses(address: str) -> None:
    judged = call_here("detect", address, "--json")
    assert json.loads(judged.stdout)["path"] == f"{address}/a.csv"
    refused = call_here("detect", f"{address}/b.csv").stderr
    assert refused.startswith(f"grok-tui: {address} has no run directories")
    assert call_here("detect", f"{address}/a.csv").stdout.startswith(f"{address}/a.csv (")
    listed = call_here("metrics", address, "--json").stdout.splitlines()
    assert {json.loads(line)["path"] for line in listed} == {f"{address}/a.csv"}
    assert call_here("metrics", address).stdout.startswith(f"{address}/a.csv (table)")


def test_a_terminal_shows_how_far_it_is(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(Mirror(address))
    assert capsys.readouterr().err == ""  # nobody watches
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    Mirror(address).folder.joinpath("a.csv").unlink()
    fetch(Mirror(address))
    said = capsys.readouterr().err.split("\r\x1b[K")
    assert said[1] == f"{address}: connecting"
    assert said[2].startswith(f"{address}: ")
    assert said[2].endswith("MB")
    assert said[-1] == ""
