from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.logs import look
from grok_tui.logs.look import is_log, runs_in


def test_a_file_is_looked_into_again_only_when_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app asks all the time what lies in its folders."""
    looks = list[Path]()
    head_lines = look.head_lines

    def recorded(path: Path) -> list[bytes]:
        looks.append(path)
        return head_lines(path)

    monkeypatch.setattr(look, "head_lines", recorded)
    table = tmp_path / "metrics.csv"
    table.write_text("run,step,loss\na,1,0.5\n")
    assert not is_log(table)
    assert runs_in(table) == ()
    assert len(looks) == 2
    for _ in range(3):
        assert not is_log(table)
        assert runs_in(table) == ()
    assert len(looks) == 2
    with table.open("a") as file:
        file.write("a,2,0.4\nb,1,0.6\nb,2,0.5\n")
    assert is_log(table)
    assert runs_in(table) == ("a", "b")
    table.unlink()
    with pytest.raises(OSError, match="metrics"):
        is_log(table)
