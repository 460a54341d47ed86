from __future__ import annotations

import math
from pathlib import Path

from support import write_run

from grok_tui.runs.layout import RunPaths
from grok_tui.runs.sessions import left_branches, restarts, sessions
from grok_tui.runs.writer import MetricsWriter


def resumed(root: Path) -> RunPaths:
    """Return a run that recorded steps 0…9, went back to 4, and then to 6."""
    paths = write_run(root, [(step, {"train/loss": 1.0 + step}) for step in range(10)])
    for session, (resume_step, last) in enumerate(((4, 12), (6, 8)), start=2):
        writer = MetricsWriter(paths, session=session, resume_step=resume_step)
        for step in range(resume_step + 1, last):
            writer.write(step, {"train/loss": 100.0 * session + step})
        writer.close()
    return paths


def test_a_run_is_marked_where_it_was_taken_up_again(tmp_path: Path) -> None:
    assert restarts(sessions(resumed(tmp_path))) == (4, 6)


def test_what_was_left_is_what_later_sessions_superseded(tmp_path: Path) -> None:
    first, second = left_branches(sessions(resumed(tmp_path)))
    assert first["train/loss"].steps.tolist() == [5, 6, 7, 8, 9]
    assert first["train/loss"].values.tolist() == [6, 7, 8, 9, 10]
    assert second["train/loss"].steps.tolist() == [7, 8, 9, 10, 11]
    assert set(first) == {"train/loss"}


def test_a_run_in_one_piece_has_neither(tmp_path: Path) -> None:
    found = sessions(write_run(tmp_path, [(0, {"train/loss": 1.0})]))
    assert (restarts(found), left_branches(found)) == ((), ())


def test_damaged_and_foreign_files_are_left_out(tmp_path: Path) -> None:
    paths = resumed(tmp_path)
    paths.metrics("trainer", 4).symlink_to("/dev/zero")
    paths.metrics("trainer", 5).write_text('{"step": 3}\n')
    with paths.metrics("trainer", 1).open("a") as file:
        file.write('{"step": "x"}\n[1]\n{torn\n')
    found = sessions(paths)
    assert [session.number for session in found] == [1, 2, 3]
    assert all(math.isfinite(session.resume_step) for session in found)
    assert len(left_branches(found)) == 2
