"""Steering a run by the keys of its screen, beyond pause and stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import grokking_rows, save_checkpoint, wait_until, write_run
from tui_support import FakeTrainer, Holder, until, until_shown

from grok_tui.config import Config
from grok_tui.launch.queue import enqueue, queue_of
from grok_tui.runs import spool
from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import State, read_record
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens.ask import LineScreen
from grok_tui.tui.screens.run import RunScreen


def commands_of(trainer: FakeTrainer) -> list[tuple[str, dict[str, object]]]:
    return [(command.verb, command.arguments) for command in spool.pending(trainer.paths)]


@pytest.mark.parametrize(
    ("key", "asked", "typed", "sent"),
    [
        ("n", "How many more steps?", "7", ("resume", {"steps": 7})),
        ("e", "Train until which step?", "", ("extend", {"steps": 8000})),
        (
            "o",
            "optimizer.lr=0.01 optimizer.weight_decay=0.3",
            "1",
            ("set", {"changes": ["optimizer.lr=0.01", "optimizer.weight_decay=0.31"]}),
        ),
    ],
)
async def test_keys_that_ask_for_a_line(
    trainer: FakeTrainer,
    root: Path,
    key: str,
    asked: str,
    typed: str,
    sent: tuple[str, dict[str, object]],
) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press(key)
        await until_shown(pilot, asked, "enter does it, esc does not")
        await pilot.press(*typed, "enter")
        await until(pilot, lambda: commands_of(trainer) == [sent], "it is in the spool")
        await pilot.press(key, "escape")
        await pilot.pause()
        assert commands_of(trainer) == [sent]


@pytest.mark.parametrize(
    ("key", "typed", "problem"),
    [
        ("n", "x", "a whole number above 0, please"),
        ("e", "9", "a whole number above 4000, please"),
        ("o", " seed=3", "seed cannot change while it trains"),
        ("o", " optimizer.lr=x", "optimizer.lr: expected"),
        ("o", ' "', "No closing quotation"),
    ],
)
async def test_a_wrong_line_is_told_and_can_be_mended(
    trainer: FakeTrainer, root: Path, key: str, typed: str, problem: str
) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, LineScreen), "it asks")
        named = {" ": "space", "=": "equals_sign", ".": "full_stop", '"': "quotation_mark"}
        await pilot.press(*(named.get(char, char) for char in typed), "enter")
        await until_shown(pilot, problem)
        assert commands_of(trainer) == []
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen), "it is closed")


async def test_a_fork_starts_from_a_checkpoint(root: Path) -> None:
    paths = write_run(root, grokking_rows()[:20], name="a", config=Config(name="a", steps=3))
    save_checkpoint(paths, 2)
    app = GrokTui(root, open_run=paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "✓ finished", "accuracy")
        await pilot.press("f")
        await until_shown(pilot, "The newest checkpoint is of step 2")
        await pilot.press(*"at", "equals_sign", *"2", "space", *"steps", "equals_sign", *"4")
        await pilot.press("enter")
        await until_shown(pilot, "a-fork-1 starts")
    wait_until(lambda: read_record(root / "a-fork-1" / "run.json").pid, "it has a process")
    assert read_record(root / "a-fork-1" / "run.json").config["steps"] == 4


async def test_kill_asks_first(root: Path) -> None:
    with Holder(root) as holder:
        app = GrokTui(root, open_run=holder.paths.root, fps=30)
        async with app.run_test(notifications=True, size=(100, 30)) as pilot:
            await until_shown(pilot, "● running")
            for key in ("n", "escape", "enter"):
                await pilot.press("K")
                await until_shown(pilot, "Kill held-1 at step 63? It can go on from the beginning")
                await pilot.press(key)
                await until(pilot, lambda: isinstance(app.screen, RunScreen), "it is closed")
            assert holder.process.poll() is None
            await pilot.press("K")
            await until_shown(pilot, "Kill held-1")
            await pilot.press("y")
            await until_shown(pilot, "✗ crashed")
        assert holder.process.wait(timeout=10) == -9


async def test_a_frozen_run_is_shown_as_such_and_space_lets_it_go_on(root: Path) -> None:
    with Holder(root) as holder:
        app = GrokTui(root, open_run=holder.paths.root, fps=30)
        async with app.run_test(notifications=True, size=(100, 30)) as pilot:
            await until_shown(pilot, "● running")
            await pilot.press("z")
            await until_shown(pilot, "❄ frozen", "it hears nothing")
            await pilot.press("z")
            await until_shown(pilot, "it is frozen already")
            await pilot.press("c")
            await until_shown(pilot, "the run is frozen: resume it first")
            await pilot.press("space")
            await until_shown(pilot, "● running")


async def test_a_command_that_was_sent_and_one_that_was_refused_are_shown(
    trainer: FakeTrainer, root: Path
) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press("c")
        await until_shown(pilot, "sent: checkpoint")
        trainer.answer(State.RUNNING, refused="the disk is full")
        await until_shown(pilot, "✗ checkpoint was refused at step 99: the disk is full.")


async def test_a_run_in_the_queue_can_be_stopped(root: Path) -> None:
    queue = queue_of(root)
    queue.folder.mkdir(parents=True)
    nobody_serves = RunLock(queue.lock)
    paths = write_run(root, [], name="waiting")
    enqueue(paths)
    async with GrokTui(root, open_run=paths.root, fps=30).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await until_shown(pilot, "… queued", "it starts as soon as a place is free")
        await pilot.press("space")
        await until_shown(pilot, "the run waits in the queue")
        await pilot.press("s")
        await until_shown(pilot, "■ stopped", "stopped before its turn.")
    nobody_serves.release()


async def test_the_app_serves_a_queue_that_nobody_serves(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of the machine."""
    monkeypatch.setattr("grok_tui.tui.app.SERVE_EVERY_S", 0.1)
    config = Config(name="waiting", steps=3, device="cpu")
    paths = write_run(root, [], state=State.QUEUED, config=config)
    for file in paths.metrics_files():
        file[2].unlink()
    queue_of(root).add([paths])
    async with GrokTui(root, open_run=paths.root, fps=30).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await until_shown(pilot, "✓ finished", "3/3")
