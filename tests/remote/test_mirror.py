"""The copy of a remote folder: grows with it, is bounded by it, and nothing leads out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.remote.address import is_address, is_copy, shown, told
from grok_tui.remote.link import Link
from grok_tui.remote.listing import is_safe, list_files
from grok_tui.remote.mirror import Mirror

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def remote() -> Any:
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    return system


def test_what_grows_is_fetched_from_where_the_copy_ends(remote: Any) -> None:
    start = b"step,loss\n" + b"1,2.0\n" * 10_000
    remote.pipe("/logs/a/run.csv", start)
    mirror = Mirror("memory://logs")
    assert mirror.sync().fetched_bytes == len(start)
    assert mirror.sync().fetched_bytes == 0
    remote.pipe("/logs/a/run.csv", start + b"2,1.0\n")
    assert mirror.sync().fetched_bytes < 5000
    assert (mirror.folder / "a" / "run.csv").read_bytes() == start + b"2,1.0\n"
    again = Mirror("memory://logs")  # another process, which finds the copy
    assert again.sync().fetched_bytes < 5000
    assert is_copy(mirror.folder / "a")


def test_what_was_replaced_cut_or_removed_is_so_in_the_copy(remote: Any) -> None:
    remote.pipe("/logs/a.csv", b"step,loss\n1,2\n2,1\n")
    remote.pipe("/logs/b.csv", b"step,loss\n1,2\n")
    remote.pipe("/logs/c.json", b'{"step": 1}')
    mirror = Mirror("memory://logs")
    mirror.sync()
    remote.pipe("/logs/a.csv", b"step,acc\n1,2\n2,1\n3,4\n")
    remote.pipe("/logs/c.json", b'{"step": 2, "more": 3}')
    remote.rm("/logs/b.csv")
    remote.pipe("/logs/b.csv/inner.csv", b"step,loss\n7,7\n")
    mirror.sync()
    files = {f.name: f.read_bytes() for f in mirror.folder.rglob("*") if f.is_file()}
    assert files == {
        "a.csv": b"step,acc\n1,2\n2,1\n3,4\n",
        "c.json": b'{"step": 2, "more": 3}',
        "inner.csv": b"step,loss\n7,7\n",
    }


def test_one_file_can_be_named(remote: Any) -> None:
    remote.pipe("/logs/a.csv", b"step,loss\n1,2\n")
    mirror = Mirror("memory://logs/a.csv")
    mirror.sync()
    assert [file.name for file in mirror.folder.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b", "x" * 300])
def test_names_that_could_do_harm_are_not_safe(name: str) -> None:
    assert not is_safe(name)
    assert is_safe("events.out.tfevents.1")


def test_a_hostile_listing_stays_inside_the_copy(tmp_path: Path) -> None:
    class Hostile:
        def invalidate_cache(self) -> None: ...

        def info(self, path: str) -> dict[str, Any]:
            return {"name": path, "type": "directory"}

        def ls(self, path: str, detail: bool) -> list[dict[str, Any]]:
            names = ("../up.csv", "/etc/passwd.csv", "ok.csv", "..", "a\0b.csv", "big.csv", "m.pt")
            return [
                {"name": f"{path}/{n}", "type": "file", "size": 1 << 40 if n == "big.csv" else 1}
                for n in names
            ]

    found = list_files(Hostile(), "/logs")
    assert {file.name for file in found.files} == {"up.csv", "passwd.csv", "ok.csv"}
    assert found.left_out == 3  # the last parts of names only are used, and those if they are safe


def test_messages_have_no_secrets() -> None:
    assert shown("ssh://me:secret@host/path?token=1") == "ssh://host/path"
    assert shown("no route to ssh://me:secret@host/path") == "no route to ssh://host/path"
    assert is_address("s3://bucket")
    assert not is_address("runs/a://b")


def test_what_cannot_be_reached_is_one_line(remote: Any) -> None:
    with pytest.raises(GrokTuiError, match="memory://nothing/here: FileNotFoundError"):
        Mirror("memory://nothing/here").sync()
    with pytest.raises(UsageError, match="nosuch://host/x"):
        Mirror("nosuch://me:secret@host/x").sync()
    with pytest.raises(UsageError, match="names no folder"):
        Mirror("ssh://")


def test_the_link_tells_how_it_stands(remote: Any) -> None:
    remote.pipe("/logs/a.csv", b"step,loss\n1,2\n")
    from support import wait_until

    link = Link(Mirror("memory://logs"), lambda: 0.0)
    assert link.said == "connecting"
    link.start()
    wait_until(lambda: link.synced is not None, "the link has synced")
    assert link.said.startswith("remote, synced ")
    link.stop()
    lost = Link(Mirror("memory://gone"))
    lost.start()
    wait_until(lambda: lost.problem is not None, "the link has failed")
    assert lost.said.startswith("offline, trying again: memory://gone")
    lost.stop()


def test_a_copy_is_called_by_its_address(remote: Any) -> None:
    remote.pipe("/me:secret@logs/a/run.csv", b"step,loss\n1,2\n")
    remote.pipe("/b.csv", b"step,loss\n1,2\n")
    folder, file = Mirror("memory://me:secret@logs"), Mirror("memory://b.csv")
    assert told(file.folder) == str(file.folder)  # nothing was fetched
    folder.sync()
    file.sync()
    assert told(folder.folder) == "memory://logs"  # without the password
    assert told(folder.folder / "a" / "run.csv") == "memory://logs/a/run.csv"
    assert told(file.folder / "b.csv") == "memory://b.csv"
    assert told(Path("/logs/a")) == "/logs/a"


def test_it_tells_how_much_is_here(remote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grok_tui.remote.mirror.PIECE_BYTES", 4)
    remote.pipe({"/logs/a.csv": b"123456", "/logs/b.csv": b"1234"})
    said: list[tuple[int, int]] = []
    Mirror("memory://logs").sync(lambda here, total: said.append((here, total)))
    assert said == [(4, 10), (6, 10), (10, 10)]
