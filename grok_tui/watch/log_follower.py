"""Follows one log that another program writes, and keeps its view up to date."""

from __future__ import annotations

from collections.abc import Callable

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.series import last_step
from grok_tui.errors import GrokTuiError
from grok_tui.files import newest_change
from grok_tui.logs.correction import correction_of
from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.interpret import Interpreted
from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.text import safe
from grok_tui.watch.rows import Rows
from grok_tui.watch.stored import stored
from grok_tui.watch.view import RunView

QUIET_AFTER_S = 150.0
"""A log that has not grown for so long is not called live any more. TensorBoard's writers flush
every 120 s."""


class LogFollower:
    """Reads what is new in a log each time it is asked; never writes to it."""

    def __init__(self, log: LogRef, name: str, clock: Callable[[], float]) -> None:
        """Follow a log.

        Args:
            log: which one.
            name: what the run is called.
            clock: returns the time in seconds since the epoch.
        """
        self._log = log
        self._clock = clock
        self._title = format_of(log).title
        self._correction = correction_of(log.path)
        self._rows = self._new_rows()
        self._problem: str | None = None
        self._changed = newest_change(log.path)
        self._name = safe(name)
        self.view = self._build(has_news=False)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is expected to change soon."""
        return self.view.status.state is State.QUIET and not self._rows.is_loading

    def close(self) -> None:
        """Keep what was read for the next time."""
        self._rows.close()

    def _new_rows(self) -> Rows:
        """Return nothing read, or what the cache has of the log as it is understood now."""
        log, correction = self._log, self._correction
        format_ = format_of(log)

        def open_source() -> Interpreted:
            self._interpreted = Interpreted(lambda: format_.open(log), correction=correction)
            return self._interpreted

        kept = stored(log.format, log.path, log.run)
        return Rows(open_source, Judge, is_in_order=False, stored=kept)

    def _heed_correction(self) -> bool:
        """Read the log anew if somebody said what it means; return whether somebody did."""
        said = correction_of(self._log.path)
        if said == self._correction:
            return False
        self._rows.close()
        self._correction = said
        self._rows = self._new_rows()
        return True

    def poll(self) -> bool:
        """Read what is new; return whether the view changed."""
        try:
            is_corrected = self._heed_correction()
            has_news = self._rows.read() or is_corrected
            self._problem = None
        except Exception as error:
            # Somebody else's files: what nobody thought of ends one row, not the whole list.
            is_foreseen = isinstance(error, GrokTuiError | OSError)
            self._problem = safe(error if is_foreseen else f"{type(error).__name__}: {error}")
            self._rows.is_loading = has_news = False
        if not has_news and self._is_shown():
            return False
        if has_news:
            self._changed = newest_change(self._log.path)
        view = self._build(has_news, self.view)
        changed, self.view = has_news or view != self.view, view
        return changed

    def _is_shown(self) -> bool:
        """Return whether the view says all that can change without news, as it mostly does."""
        view, rows = self.view, self._rows
        here = (self._status(), rows.is_loading, rows.bad_lines, rows.left_out)
        return here == (view.status, view.is_loading, view.bad_lines, view.left_out)

    def _build(self, has_news: bool, known: RunView | None = None) -> RunView:
        status = self._status()
        is_live = status.state is State.LIVE
        is_same = known is not None and not has_news
        curves = known.curves if known and is_same else self._rows.curves()
        times = known.times if known and is_same else self._rows.times()
        if known is None or has_news or is_live != (known.status.state is State.LIVE):
            verdict = self._rows.verdict(is_over=not is_live)
        else:
            verdict = known.verdict
        last = last_step(curves)
        return RunView(
            id=self._name,
            path=self._log.place,
            name=self._name,
            format=self._title,
            status=status,
            created=float(times.values[0]) if len(times) else self._changed,
            updated=self._changed,
            step=None if last is None else int(last),
            bad_lines=self._rows.bad_lines,
            left_out=self._rows.left_out,
            curves=curves,
            times=times,
            log_names=self._interpreted.shown_names,
            meaning=self._interpreted.meaning,
            verdict=verdict,
            learnt=self._rows.learnt(),
            is_loading=self._rows.is_loading,
        )

    def _status(self) -> Status:
        if self._problem:
            return Status(State.UNREADABLE, self._problem)
        is_live = self._changed is not None and self._clock() - self._changed < QUIET_AFTER_S
        return Status(State.LIVE if is_live else State.QUIET)
