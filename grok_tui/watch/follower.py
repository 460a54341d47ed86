"""Follows one run directory and keeps its view up to date."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grok_tui.analysis.agreement import agreement
from grok_tui.analysis.fall import fall_since_peak
from grok_tui.analysis.judge import Judge
from grok_tui.analysis.series import last_step
from grok_tui.errors import GrokTuiError
from grok_tui.logs.formats import LogRef
from grok_tui.logs.numbers import LARGEST_STEP
from grok_tui.runs import spool
from grok_tui.runs.checkpoints import program_saves, saved_steps
from grok_tui.runs.heartbeat import Heartbeat, read_heartbeat
from grok_tui.runs.host import Host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.notes import Notes, read_notes, shown
from grok_tui.runs.process import is_stopped
from grok_tui.runs.record import ENDED, Record, State, read_record
from grok_tui.runs.slurm import SlurmJob, job_file, read_job
from grok_tui.runs.status import Status, status
from grok_tui.text import safe
from grok_tui.watch.rows import Rows
from grok_tui.watch.rows_origin import RowsOrigin
from grok_tui.watch.sharing import shared
from grok_tui.watch.slurm_states import SlurmStates
from grok_tui.watch.view import ProgramView, RunView

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
        self,
        path: Path,
        host: Host,
        clock: Callable[[], float],
        *,
        is_sample: bool = False,
        is_stored: bool = False,
        jobs: SlurmStates | None = None,
    ) -> None:
        """Follow the run in `path`; who it is and what it does is read at once, its rows later.

        Args:
            path: the run directory.
            host: this machine.
            clock: returns the time in seconds since the epoch.
            is_sample: whether the run ships with the program.
            is_stored: whether its columns are taken from the cache and kept there; whoever asks for
                it closes the follower.
            jobs: what Slurm says of jobs; nothing where it need not be asked.
        """
        self.paths = RunPaths(path)
        self._host = host
        self._clock = clock
        self._is_sample = is_sample
        self._is_stored = is_stored
        self._jobs = jobs
        self._record: Record | None = None
        self._config: Mapping[str, Any] = {}
        self._record_signature: Signature = None
        self._heartbeat: Heartbeat | None = None
        self._heartbeat_signature: Signature = None
        self._job: SlurmJob | None = None
        self._job_signature: Signature = None
        self._saved_step: int | None = None
        self._checkpoints_signature: Signature = None
        self._refused: spool.Acknowledgement | None = None
        self._answers_signature: Signature = None
        self._notes = Notes()
        self._notes_signature: Signature = None
        self._was_held = False
        self._origin = RowsOrigin(self.paths)
        self._problem: str | None = None
        self._rows = Rows(self._origin.open, self._new_judge)
        self._is_unread = True
        self._is_over = False
        self.view = self._unreadable()
        self.view, _ = self._guarded(self._look_up)

    def find_log(self) -> LogRef | None:
        """Return the log that a launched program writes itself, where it writes no rows here."""
        record = self._record
        if record is None:
            return None
        return self._origin.find(record, lambda: self._status(record, []).is_live, self._last_sign)

    @property
    def _last_sign(self) -> float | None:
        signature = self._heartbeat_signature
        return signature[0] / 1e9 if signature else None

    def _new_judge(self) -> Judge:
        data = self._record.data if self._record else None
        return Judge(
            chance=data.chance if data else None, test_size=data.test_size if data else None
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is expected to change: the run ended and all of it was read."""
        is_over = self.view.status.state in ENDED and self.view.refusal is None
        return is_over and not self._rows.is_loading

    def close(self) -> None:
        """Let go of what was read."""
        self._rows.close()

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
            self._rows.is_loading = False
            return self._unreadable(), False

    def _look_up(self) -> tuple[RunView, bool]:
        """Return who the run is and what it does, without its rows."""
        self._attempt(self._read_record)
        self._read_heartbeat()
        self._read_job()
        self._read_notes()
        return self._build(has_new_rows=False), True

    def _look(self) -> tuple[RunView, bool]:
        """Return the run as it is now, and whether there was anything new to read."""
        self._was_held = _is_held(self.paths)
        has_new_record = self._attempt(self._read_record)
        self._read_heartbeat()
        has_new_rows = self._problem is None and self._attempt(self._read_all_rows)
        self._read_job()
        self._find_checkpoints()
        self._find_refusal()
        self._read_notes()
        return self._build(has_new_rows), has_new_record or has_new_rows

    def _attempt(self, read: Callable[[], bool]) -> bool:
        """Read something; what goes wrong becomes the run's problem and ends nothing."""
        try:
            self._problem = None
            return read()
        except (GrokTuiError, OSError) as error:
            self._problem = safe(error)
            self._rows.is_loading = False
            return False

    def _read_rows(self) -> bool:
        log = self.find_log()
        is_other = log != self._origin.log
        if self._is_unread or is_other or self._origin.is_corrected(log):
            self._rows.close()
            self._is_unread = True  # until the new ones could be opened
            self._origin.turn_to(log, self._record)
            self._rows, self._is_unread = self._new_rows(), False
        return self._rows.read() or is_other

    def _new_rows(self) -> Rows:
        """Return nothing read, or what the cache has of the run as it is understood now."""
        origin = self._origin
        kept = origin.stored() if self._is_stored else None
        in_order = origin.log is None
        return Rows(origin.open, self._new_judge, is_in_order=in_order, stored=kept)

    def _read_all_rows(self) -> bool:
        """Read what is new; a log of its own that cannot be read leaves the run what it is."""
        try:
            self._origin.problem = None
            return self._read_rows()
        except (GrokTuiError, OSError) as error:
            if self._origin.log is None:
                raise
            self._origin.blame(error)
            self._rows.is_loading = False
            return False

    def _read_record(self) -> bool:
        signature = _signature(self.paths.record)
        if signature == self._record_signature and self._record is not None:
            return False
        known = self._record
        self._record = read_record(self.paths.record)
        self._record_signature = signature
        self._config = shared(self._record.config)
        # Chance and sizes decide how the curves are judged.
        if known is not None and self._record.data != known.data:
            self._rows.start_over()
            self._is_over = False
        return True

    def _read_heartbeat(self) -> None:
        signature = _signature(self.paths.heartbeat)
        if signature != self._heartbeat_signature:
            self._heartbeat = read_heartbeat(self.paths.heartbeat) or self._heartbeat
            self._heartbeat_signature = signature

    def _read_job(self) -> None:
        signature = _signature(job_file(self.paths))
        if signature != self._job_signature:
            self._job, self._job_signature = read_job(self.paths), signature

    def _find_checkpoints(self) -> None:
        signature = _signature(self.paths.checkpoints)
        if signature != self._checkpoints_signature:
            of_program = [step for step, _ in program_saves(self.paths)]
            self._saved_step = max([*saved_steps(self.paths)[:1], *of_program[:1]], default=None)
            self._checkpoints_signature = signature

    def _find_refusal(self) -> None:
        signature = _signature(self.paths.done_commands)
        if signature != self._answers_signature:
            answers = spool.newest_answers(self.paths, ANSWERS)
            self._refused = next((answer for answer in answers if answer.refused is not None), None)
            self._answers_signature = signature

    def _read_notes(self) -> None:
        signature = _signature(self.paths.notes)
        if signature != self._notes_signature:
            self._notes_signature = signature
            with contextlib.suppress(GrokTuiError):  # who wants to change them is told
                self._notes = shown(read_notes(self.paths))

    def _refusal(self) -> str | None:
        answer = self._refused
        if answer is None or self._clock() - answer.time > REFUSAL_SHOWN_S:
            return None
        verb = safe(answer.verb, LONGEST_VERB)
        return safe(f"{verb} was refused at step {answer.step}: {answer.refused}")

    def _build(self, has_new_rows: bool) -> RunView:
        record = self._record
        if record is None:
            return self._unreadable()
        pending = spool.pending(self.paths) if record.state not in ENDED else []
        beat = self._heartbeat
        curves, times = self.view.curves, self.view.times
        verdict = self.view.verdict
        if has_new_rows:
            curves, times = self._rows.curves(), self._rows.times()
        is_over = record.state in ENDED
        if has_new_rows or is_over != self._is_over:
            verdict = self._rows.verdict(is_over=is_over)
        self._is_over = is_over
        return RunView(
            id=self.view.id,
            path=self.paths.root,
            name=safe(record.name),
            status=self._status(record, pending),
            is_sample=self._is_sample,
            preset=safe(record.preset) if record.preset else None,
            config=self._config,
            live=record.live,
            device=safe(record.device) if record.device else None,
            job=self._job.job if self._job else None,
            host=safe(record.host),
            created=record.created,
            ended=record.state_time if record.state in ENDED else None,
            updated=times.last,
            step=self._step(record, last_step(curves)),
            steps=record.steps or _whole_number(record.config.get("steps")),
            steps_per_s=beat.steps_per_s if beat else None,
            trained_s=beat.trained_s if beat else None,
            memory_bytes=beat.memory_bytes if beat else None,
            gpu_memory_bytes=beat.gpu_memory_bytes if beat else None,
            lost_rows=beat.lost_rows if beat else 0,
            bad_lines=self._rows.bad_lines,
            left_out=self._origin.problem or self._rows.left_out,
            curves=curves,
            times=times,
            log=self._origin.place,
            log_names=self._origin.names,
            meaning=self._origin.meaning,
            verdict=verdict,
            learnt=self._rows.learnt(),
            complexity_fall=fall_since_peak(verdict, curves),
            agreement=agreement(
                record.expected,
                verdict,
                curves,
                is_finished=record.state is State.FINISHED and not self._rows.is_loading,
            ),
            program=_program(record),
            parent=_parent(record),
            saved_step=self._saved_step,
            session=record.session,
            pending=tuple(safe(command.verb, LONGEST_VERB) for command in pending),
            refusal=self._refusal(),
            is_loading=self._rows.is_loading,
            notes=self._notes,
        )

    def _status(self, record: Record, pending: list[spool.Command]) -> Status:
        if self._problem:
            return Status(State.UNREADABLE, self._problem)
        derived = status(
            record,
            lock_held=self._was_held or _is_held(self.paths),
            last_sign=self._last_sign,
            pending=pending,
            host=self._host,
            now=self._clock(),
            is_stopped=record.pid is not None and is_stopped(record.pid),
        )
        derived = self._in_slurm(derived)
        return Status(derived.state, safe(derived.reason) if derived.reason else None)

    def _in_slurm(self, derived: Status) -> Status:
        """Return the state with what Slurm knows: that a run is gone, or waits, and what for."""
        found = self._jobs.of(self._job.job) if self._jobs and self._job else None
        is_gone = derived.state in (State.CRASHED, State.LOST, State.STALE, State.QUEUED)
        if found is None or not is_gone or found[0] not in ("PENDING", "REQUEUED"):
            return derived
        return Status(State.QUEUED, f"job {self._job.job if self._job else ''}: {found[1]}")

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
            notes=self._notes,
        )


def _parent(record: Record) -> str | None:
    return f"{safe(record.parent.id)} at {record.parent.step}" if record.parent else None


def _program(record: Record) -> ProgramView | None:
    if record.program is None:
        return None
    has_command = bool(record.program.arguments)
    return ProgramView(
        command=safe(shlex.join(record.program.arguments or record.command)),
        folder=safe(record.folder) if record.folder else None,
        is_launched=record.program.is_launched,
        why_no_restart=None if has_command else "a secret stood in its command line",
    )


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
