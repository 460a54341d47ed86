from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from grok_tui.cli.program import cli
from grok_tui.doctor import file_system, findings
from grok_tui.settings import Settings


def found(environment: dict[str, str], **settings: object) -> dict[str, str]:
    given = Settings(**settings)  # type: ignore[arg-type]
    return dict(findings(Path(), given, ("fps: a line",), environment))


def test_the_terminal_is_told_as_the_environment_has_it() -> None:
    said = found({"TERM": "linux", "LANG": "C.UTF-8", "TMUX": "x", "SSH_CONNECTION": "x"})
    assert said["terminal"].startswith("linux, ")
    assert "in tmux, over SSH" in said["terminal"]
    assert said["colours"] == "16"
    assert said["characters"] == "ASCII: locale C.UTF-8"
    assert found({"NO_COLOR": "1"})["colours"].startswith("none")
    assert found({}, ascii=False)["characters"] == "Unicode, by the settings"


def test_problems_are_told() -> None:
    lines = list(findings(Path(), Settings(notify=("/no/such",)), ("a line",), {}))
    problems = [text for name, text in lines if name.strip() == "problem"]
    assert problems == ["a line", "notify: there is no program '/no/such'"]


def test_the_file_system_is_that_of_the_deepest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    folder = tmp_path / "a b"
    folder.mkdir()
    spaced = str(folder).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nhost:/x {spaced} nfs4 rw 0 0\n")
    assert file_system(folder / "runs", mounts) == "nfs4"
    assert file_system(tmp_path, mounts) == "ext4"
    assert file_system(tmp_path, tmp_path / "none") is None


def test_torch_is_not_imported_for_it() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from grok_tui.cli.program import cli;"
        " r = CliRunner().invoke(cli, ['doctor']); assert 'torch' in r.output, r.output;"
        " sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_config_prints_what_holds_and_where_it_comes_from(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "grok-tui"
    folder.mkdir(parents=True)
    path = folder / "config.toml"
    path.write_text("theme = 'light'\n[keys]\nlog_x = 'L'\n")
    result = CliRunner().invoke(cli, ["--fps", "5", "config"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"# {path}"
    for line in ('theme = "light"', "fps = 5.0", 'log_x = "L"'):
        assert line in lines
