from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from support import SAMPLES, grokking_rows, write_run

from grok_tui.watch.index import Index, signature
from grok_tui.watch.judgement import read_run
from grok_tui.watch.shelf import read_known

RUN = SAMPLES / "add-53-flash-1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "index.sqlite"


def test_a_run_comes_back_as_a_list_shows_it(file: Path) -> None:
    view, seen = read_run(RUN), signature(RUN)
    assert seen is not None
    index = Index(file)
    index.put(RUN, seen, view)
    found = Index(file).get(RUN, seen)
    assert found is not None
    assert found.is_summary
    assert (found.verdict, found.status, found.config) == (view.verdict, view.status, view.config)
    assert found.curve("test/accuracy").last == view.curve("test/accuracy").last
    assert (found.path, found.learnt) == (RUN, view.learnt)
    assert index.get(RUN, "other") is None
    ((path, (known, view_again)),) = Index(file).under(SAMPLES).items()
    assert (path, known, view_again.verdict) == (RUN, seen, view.verdict)


def test_what_has_a_name_that_is_no_utf_8_is_not_kept(file: Path) -> None:
    index = Index(file)
    index.put(RUN, "s", replace(read_run(RUN), path=Path("log\udcff")))
    assert index.get(RUN, "s") is None


def test_any_change_of_a_runs_files_makes_it_read_again(tmp_path: Path, file: Path) -> None:
    run = write_run(tmp_path, grokking_rows())
    index = Index(file)
    assert not read_known(run.root, index).is_summary
    assert read_known(run.root, index).is_summary
    with run.metrics("trainer", 1).open("a") as metrics:
        metrics.write('{"step": 5000, "train/accuracy": 1, "test/accuracy": 0.25}\n')
    again = read_known(run.root, index)
    assert not again.is_summary
    assert again.curve("test/accuracy").last == 0.25


def test_a_folder_does_not_have_what_lies_beside_it(tmp_path: Path, file: Path) -> None:
    index, view = Index(file), read_run(RUN)
    for name in ("runs/a", "runs/b/c", "runs2/a", "runs-1"):
        index.put(tmp_path / name, "s", view)
    assert sorted(index.under(tmp_path / "runs")) == [
        tmp_path / "runs" / "a",
        tmp_path / "runs" / "b" / "c",
    ]


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_damaged_file_is_made_anew(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    index = Index(file)
    index.put(RUN, "s", read_run(RUN))
    assert index.get(RUN, "s") is not None


def test_damaged_rows_and_those_of_another_version_are_forgotten(file: Path) -> None:
    index = Index(file)
    index.put(RUN, "s", read_run(RUN))
    index.close()
    database = sqlite3.connect(file)
    database.execute("UPDATE runs SET view = '{'")
    database.commit()
    assert Index(file).get(RUN, "s") is None
    database.execute("PRAGMA user_version = 3")
    database.close()
    assert Index(file).under(SAMPLES) == {}


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    index = Index(tmp_path / "cache" / "index.sqlite")
    index.put(RUN, "s", read_run(RUN))
    assert index.get(RUN, "s") is None
    index.close()
