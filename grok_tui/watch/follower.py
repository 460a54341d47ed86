"""Follows one run directory and keeps its view up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from grok_tui.analysis.agreement import agreement
from grok_tui.analysis.judge import Judge
from grok_tui.analysis.series import Series
from grok_tui.errors import GrokTuiError
from grok_tui.logs.numbers import LARGEST_STEP
from grok_tui.logs.source import Batch
from grok_tui.runs import spool
from grok_tui.runs.checkpoints import saved_steps
from grok_tui.runs.heartbeat import Heartbeat, read_heartbeat
from grok_tui.runs.host import Host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.process import is_stopped
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import ENDED, Record, State, read_record
from grok_tui.runs.status import Status, status
from grok_tui.text import safe
from grok_tui.watch.view import RunView

BATCH_ROWS = 5000
BATCH_SECONDS = 0.1
"""Bounds of one read, so that no run keeps others waiting."""

ANSWERS = 8
"""The newest answers that are looked through for a refusal."""
LONGEST_VERB = 20
"""Characters of a command's name that are shown, whoever sent it."""
REFUSAL_SHOWN_S = 60.0
"""How long a refused command is told of."""

Signature = tuple[int, int, int] | None


class Follower:
    """Reads what is new in a run directory each time it is asked."""

    def __init__(
        self, path: Path, host: Host, clock: Callable[[], float], *, is_sample: bool = False
    ) -> None:
        """Follow the run in `path`; who it is and what it does is read at once, its rows later.

        Args:
            path: the run directory.
            host: this machine.
            clock: returns the time in seconds since the epoch.
            is_sample: whether the run ships with the program.
        """
        self.paths = RunPaths(path)
        self._host = host
        self._clock = clock
        self._is_sample = is_sample
        self._source = RunSource(self.paths)
        self._record: Record | None = None
        self._record_signature: Signature = None
        self._heartbeat: Heartbeat | None = None
        self._heartbeat_signature: Signature = None
        self._saved_step: int | None = None
        self._checkpoints_signature: Signature = None
        self._refused: spool.Acknowledgement | None = None
        self._answers_signature: Signature = None
        self._was_held = False
        self._problem: str | None = None
        self._bad_lines = 0
        self._left_out: str | None = None
        self._is_loading = True
        self._start_over()
        self.view = self._unreadable()
        self.view, _ = self._guarded(self._look_up)

    def _start_over(self) -> None:
        data = self._record.data if self._record else None
        self._series: dict[str, Series] = {}
        self._is_over = False
        self._judge = Judge(
            chance=data.chance if data else None, test_size=data.test_size if data else None
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is expected to change: the run ended and all of it was read."""
        is_over = self.view.status.state in ENDED and self.view.refusal is None
        return is_over and not self._is_loading

    def poll(self) -> bool:
        """Read what is new; return whether the view changed."""
        view, has_news = self._guarded(self._look)
        changed = has_news or view != self.view
        self.view = view
        return changed

    def _guarded(self, look: Callable[[], tuple[RunView, bool]]) -> tuple[RunView, bool]:
        try:
            return look()
        except Exception as error:
            # Somebody else's files: what nobody thought of ends one row, not the whole list.
            self._problem = safe(f"{type(error).__name__}: {error}")
            self._is_loading = False
            return self._unreadable(), False

    def _look_up(self) -> tuple[RunView, bool]:
        """Return who the run is and what it does, without its rows."""
        self._attempt(self._read_record)
        self._read_heartbeat()
        return self._build(has_new_rows=False), True

    def _look(self) -> tuple[RunView, bool]:
        """Return the run as it is now, and whether there was anything new to read."""
        self._was_held = _is_held(self.paths)
        has_new_record = self._attempt(self._read_record)
        has_new_rows = self._problem is None and self._attempt(self._read_metrics)
        self._read_heartbeat()
        self._find_checkpoints()
        self._find_refusal()
        return self._build(has_new_rows), has_new_record or has_new_rows

    def _attempt(self, read: Callable[[], bool]) -> bool:
        """Read something; what goes wrong becomes the run's problem and ends nothing."""
        try:
            self._problem = None
            return read()
        except (GrokTuiError, OSError) as error:
            self._problem = safe(error)
            self._is_loading = False
            return False

    def _read_record(self) -> bool:
        signature = _signature(self.paths.record)
        if signature == self._record_signature and self._record is not None:
            return False
        known = self._record.data if self._record else None
        self._record = read_record(self.paths.record)
        self._record_signature = signature
        if self._record.data != known:  # chance and sizes decide how the curves are judged
            self._source = RunSource(self.paths)
            self._start_over()
        return True

    def _read_heartbeat(self) -> None:
        signature = _signature(self.paths.heartbeat)
        if signature != self._heartbeat_signature:
            self._heartbeat = read_heartbeat(self.paths.heartbeat) or self._heartbeat
            self._heartbeat_signature = signature

    def _find_checkpoints(self) -> None:
        signature = _signature(self.paths.checkpoints)
        if signature != self._checkpoints_signature:
            self._saved_step = next(iter(saved_steps(self.paths)), None)
            self._checkpoints_signature = signature

    def _find_refusal(self) -> None:
        signature = _signature(self.paths.done_commands)
        if signature != self._answers_signature:
            answers = spool.newest_answers(self.paths, ANSWERS)
            self._refused = next((answer for answer in answers if answer.refused is not None), None)
            self._answers_signature = signature

    def _refusal(self) -> str | None:
        answer = self._refused
        if answer is None or self._clock() - answer.time > REFUSAL_SHOWN_S:
            return None
        verb = safe(answer.verb, LONGEST_VERB)
        return safe(f"{verb} was refused at step {answer.step}: {answer.refused}")

    def _read_metrics(self) -> bool:
        batch = self._source.read(BATCH_ROWS, BATCH_SECONDS)
        if batch.rewound:
            self._start_over()
        was_loading, self._is_loading = self._is_loading, batch.more
        self._bad_lines = batch.bad_lines
        self._left_out = safe(batch.left_out) if batch.left_out else None
        self._take(batch)
        return bool(batch.columns) or batch.rewound or was_loading != self._is_loading

    def _take(self, batch: Batch) -> None:
        for name, column in batch.columns.items():
            series = self._series.setdefault(safe(name), Series())
            series.append(column.steps, column.values)
        self._judge.feed(batch.columns)

    def _build(self, has_new_rows: bool) -> RunView:
        record = self._record
        if record is None:
            return self._unreadable()
        pending = spool.pending(self.paths) if record.state not in ENDED else []
        beat = self._heartbeat
        curves = self.view.curves
        verdict = self.view.verdict
        if has_new_rows:
            curves = {name: series.curve() for name, series in self._series.items()}
        is_over = record.state in ENDED
        if has_new_rows or is_over != self._is_over:
            verdict = self._judge.verdict(is_over=is_over)
        self._is_over = is_over
        return RunView(
            id=self.view.id,
            path=self.paths.root,
            name=safe(record.name),
            status=self._status(record, pending),
            is_sample=self._is_sample,
            preset=safe(record.preset) if record.preset else None,
            config=record.config,
            live=record.live,
            device=safe(record.device) if record.device else None,
            created=record.created,
            ended=record.state_time if record.state in ENDED else None,
            step=self._step(record, verdict.final_step),
            steps=_whole_number(record.config.get("steps")),
            steps_per_s=beat.steps_per_s if beat else None,
            trained_s=beat.trained_s if beat else None,
            lost_rows=beat.lost_rows if beat else 0,
            bad_lines=self._bad_lines,
            left_out=self._left_out,
            curves=curves,
            verdict=verdict,
            agreement=agreement(
                record.expected,
                verdict,
                curves,
                is_finished=record.state is State.FINISHED and not self._is_loading,
            ),
            parent=_parent(record),
            saved_step=self._saved_step,
            session=record.session,
            pending=tuple(safe(command.verb, LONGEST_VERB) for command in pending),
            refusal=self._refusal(),
            is_loading=self._is_loading,
        )

    def _status(self, record: Record, pending: list[spool.Command]) -> Status:
        if self._problem:
            return Status(State.UNREADABLE, self._problem)
        derived = status(
            record,
            lock_held=self._was_held or _is_held(self.paths),
            last_sign=self._heartbeat_signature[0] / 1e9 if self._heartbeat_signature else None,
            pending=pending,
            host=self._host,
            now=self._clock(),
            is_stopped=record.pid is not None and is_stopped(record.pid),
        )
        return Status(derived.state, safe(derived.reason) if derived.reason else None)

    def _step(self, record: Record, last_row: float | None) -> int | None:
        """Return the newest step that is known from anywhere; nothing before the first."""
        beat = self._heartbeat.step if self._heartbeat else 0
        step = max(record.state_step, beat, int(last_row or 0))
        return step if step or last_row is not None else None

    def _unreadable(self) -> RunView:
        name = safe(self.paths.root.name)
        return RunView(
            id=name,
            path=self.paths.root,
            name=name,
            status=Status(State.UNREADABLE, self._problem),
            is_sample=self._is_sample,
        )


def _parent(record: Record) -> str | None:
    return f"{safe(record.parent.id)} at {record.parent.step}" if record.parent else None


def _signature(path: Path) -> Signature:
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _is_held(paths: RunPaths) -> bool:
    try:
        return is_held(paths.lock)
    except OSError:
        return False


def _whole_number(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and abs(value) <= LARGEST_STEP else None
