"""What reaches a batch script, without Slurm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import write_run

from grok_tui.config.slurm import slurm_options, with_assignments
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.launch.slurm import submit
from grok_tui.runs.record import State, read_record
from grok_tui.runs.slurm import job_states, read_job

SBATCH = """\
#!/bin/sh
cp "$2" "$FAKE/script.sh"
echo "$FAKE_ANSWER"
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An sbatch that keeps the script, and answers what a test wants."""
    folder = tmp_path / "fake"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("squeue", "#!/bin/sh\ncat $FAKE/queue\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE", str(folder))
    monkeypatch.setenv("FAKE_ANSWER", "4711;cluster")
    return folder


def test_the_script_asks_for_what_was_asked(fake: Path, tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "my runs", [], name=name) for name in ("a", "b", "c")]
    options = slurm_options(
        {
            "partition": "gpu",
            "time": "1-02:00:00",
            "gpus": "a100:1",
            "memory": "8G",
            "extra": ["--exclude=node[1-3]"],
            "setup": ["module load cuda", "export X='a b'"],
            "python": "/opt/my env/bin/python",
        }
    )
    assert submit([runs[:2], runs[2:]], runs[0].root.parent, options, at_once=1) == "4711"
    script = (fake / "script.sh").read_text()
    lines = script.splitlines()
    assert lines[0] == "#!/bin/sh"
    for directive in (
        "--partition=gpu",
        "--time=1-02:00:00",
        "--gpus-per-task=a100:1",
        "--mem=8G",
        "--exclude=node[1-3]",
        "--array=0-1%1",
        "--signal=B:USR1@90",
        "--requeue",
    ):
        assert f"#SBATCH {directive}" in lines
    assert lines[-3:-1] == ["module load cuda", "export X='a b'"]
    assert lines[-1].startswith("exec '/opt/my env/bin/python' -P -m grok_tui.launch.batch '")
    assert [read_job(run).job for run in runs] == ["4711_0", "4711_0", "4711_1"]  # type: ignore[union-attr]
    assert {read_record(run.record).state for run in runs} == {State.QUEUED}


def test_a_percent_sign_in_a_path_is_no_pattern(fake: Path, tmp_path: Path) -> None:
    run = write_run(tmp_path / "100%j", [])
    submit([[run]], run.root, slurm_options({}))
    assert "/100%%j/run-1/slurm-" in (fake / "script.sh").read_text()


@pytest.mark.parametrize("answer", ["", "Submitted batch job 3", "1\n#SBATCH", "-5"])
def test_an_answer_that_is_no_job_is_refused(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setenv("FAKE_ANSWER", answer)
    run = write_run(tmp_path, [])
    with pytest.raises(GrokTuiError, match="is no job"):
        submit([[run]], run.root, slurm_options({}))


def test_without_slurm_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    run = write_run(tmp_path, [])
    with pytest.raises(UsageError, match="no sbatch on the path"):
        submit([[run]], run.root, slurm_options({}))
    assert job_states() == {}


def test_states_are_read_and_ended_jobs_are_left_out(fake: Path) -> None:
    (fake / "queue").write_text(
        "12_3|PENDING|BeginTime\n13|RUNNING|None\n14|FAILED|x\nrubbish|\n15|PENDING|a|b\n"
    )
    assert job_states() == {
        "12_3": ("PENDING", "BeginTime"),
        "13": ("RUNNING", "None"),
        "15": ("PENDING", "a|b"),
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"partition": "gpu\n#SBATCH --uid=0"}, "partition"),
        ({"partition": "gpu --uid=0"}, "partition"),
        ({"time": "$(reboot)"}, "time"),
        ({"partion": "gpu"}, "did you mean partition"),
        ({"extra": ["--array=0-9"]}, "cannot|can be added"),
        ({"extra": ["-p gpu"]}, "can be added"),
        ({"extra": ["--wrap=rm -rf /"]}, "can be added"),
        ({"setup": ["a\nb"]}, "one line"),
        ({"setup": ["#SBATCH --uid=0"]}, "belong into slurm.extra"),
        ({"python": "python"}, "absolute path"),
        ({"grace_s": 1}, "10 to 3600"),
        ({"gpus": ["1"]}, "slurm:"),
    ],
)
def test_what_could_be_more_than_a_value_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        slurm_options(given)


def test_the_command_line_goes_over_the_settings() -> None:
    merged = with_assignments(
        {"partition": "low", "extra": ["--exclusive"]},
        ("partition=high", "extra=--nice=5", "grace_s=30"),
    )
    options = slurm_options(merged)
    assert (options.partition, options.grace_s) == ("high", 30)
    assert options.extra == ("--exclusive", "--nice=5")
    with pytest.raises(UsageError, match="expected KEY=VALUE"):
        with_assignments({}, ("partition",))
