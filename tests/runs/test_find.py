from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import write_run

from grok_tui.errors import UsageError
from grok_tui.runs.find import find_run, find_runs, make_run_directory
from grok_tui.runs.layout import RUN_ID


def test_only_run_directories_are_found(tmp_path: Path) -> None:
    run = write_run(tmp_path, [], name="a")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(run.root)
    assert find_runs(tmp_path) == [run.root]
    assert find_runs(tmp_path / "missing") == []


def test_a_run_is_meant_by_id_name_start_or_path(tmp_path: Path) -> None:
    run = write_run(tmp_path, [], name="my run").root
    other = write_run(tmp_path, [], name="other").root
    assert run.name == "my-run-1"
    assert find_run(tmp_path, "my-run-1") == run
    assert find_run(tmp_path, "my run") == run
    assert find_run(tmp_path, "my") == run
    assert find_run(Path("elsewhere"), str(other)) == other


def test_an_exact_id_wins_over_longer_ones(tmp_path: Path) -> None:
    for _ in range(10):
        write_run(tmp_path, [], name="a")
    assert find_run(tmp_path, "a-1").name == "a-1"


def test_what_means_several_runs_is_refused(tmp_path: Path) -> None:
    for _ in range(2):
        write_run(tmp_path, [], name="a")
    with pytest.raises(UsageError, match="'a' means 2 runs: a-1, a-2"):
        find_run(tmp_path, "a")


def test_an_unknown_run_is_told_with_the_nearest(tmp_path: Path) -> None:
    write_run(tmp_path, [], name="flash")
    with pytest.raises(UsageError, match="did you mean flash-1"):
        find_run(tmp_path, "flsh-1")
    with pytest.raises(UsageError, match="no run in"):
        find_run(tmp_path, "")


@pytest.mark.parametrize("name", ["../../etc", "[/b]", "-rf", "a/b", "ü" * 300, "...", "$(x)\n"])
def test_any_name_makes_a_harmless_directory(tmp_path: Path, name: str) -> None:
    path = make_run_directory(tmp_path, name)
    assert path.parent == tmp_path
    assert RUN_ID.fullmatch(path.name)


def test_numbers_go_on_after_the_highest(tmp_path: Path) -> None:
    (tmp_path / "a-41").mkdir()
    (tmp_path / "b-99").mkdir()
    (tmp_path / "7").mkdir()
    assert make_run_directory(tmp_path, "a").name == "a-42"


def test_many_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_run_directory(tmp_path, "a"), range(40)))
    assert len(set(made)) == 40


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot make a run in"):
        make_run_directory(tmp_path / "file", "a")
