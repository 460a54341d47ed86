from __future__ import annotations

import pytest

from grok_tui.runs.origin import command, environment, without_credentials


def test_only_what_decides_how_a_run_computes_is_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("SLURM_JOB_ORIGIN", "https://me:hunter2@host/x")
    for name in ("SLURM_JWT", "SLURM_JOB_TOKEN", "CUDA_API_KEY", "AWS_REGION", "HOME_PAGE"):
        monkeypatch.setenv(name, "hunter2")
    found = environment()
    assert found["OMP_NUM_THREADS"] == "3"
    assert found["SLURM_JOB_ORIGIN"] == "https://***@host/x"
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["/home/me/bin/grok-tui", "train", "a", "steps=3"], ["grok-tui", "train", "a", "steps=3"]),
        (["x", "--api-key", "hunter2", "a"], ["x", "--api-key", "***", "a"]),
        (["x", "--token=hunter2"], ["x", "--token=***"]),
        (["x", "db_password=hunter2"], ["x", "db_password=***"]),
        (["x", "name=ftp://me:hunter2@host/a b"], ["x", "name=ftp://***@host/a b"]),
        ([], []),
    ],
)
def test_secrets_of_a_command_line_are_hidden(given: list[str], shown: list[str]) -> None:
    assert command(given) == shown


def test_an_address_without_a_user_stays_as_it_is() -> None:
    assert without_credentials("https://host/a@b") == "https://host/a@b"
