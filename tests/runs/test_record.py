from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import write_run

from grok_tui.errors import GrokTuiError
from grok_tui.runs.record import State, read_record


def test_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    paths = write_run(tmp_path, [], name="a", state=State.PAUSED)
    tree = json.loads(paths.record.read_text())
    paths.record.write_text(json.dumps({**tree, "schema": 99, "invented_later": [1, 2]}))
    assert read_record(paths.record).state is State.PAUSED


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"id": 3}', "[" * 100_000, '{"state": "dancing"}', "\ud800"]
)
def test_a_damaged_record_is_told_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(GrokTuiError, match=r"run\.json is damaged") as error:
        read_record(path)
    assert "\n" not in str(error.value)


def test_a_missing_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(GrokTuiError, match=r"cannot read run\.json: No such file"):
        read_record(tmp_path / "run.json")
