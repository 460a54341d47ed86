"""How the command line behaves: errors in one line, the app as default, options that all share."""

from __future__ import annotations

import codecs
import io
import json
import math
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grok_tui import paths
from grok_tui.errors import GrokTuiError, UsageError, no_text, unknown
from grok_tui.text import safe

if TYPE_CHECKING:
    from grok_tui.watch.discovery import Place

START_WITHIN_S = 60.0
"""How long a command waits for a new process to train: loading torch may take this long."""
MAX_MESSAGE = 2000
"""Characters of a message: all settings are listed in less."""

Function = TypeVar("Function", bound=Callable[..., Any])


def run(group: click.Group) -> int:
    """Run the program and return its exit status; every foreseen problem is one line."""
    try:
        status = group.main(standalone_mode=False)
    except click.ClickException as error:
        return complain(" ".join(error.format_message().split()), 2)
    except GrokTuiError as error:
        return complain(str(error), error.exit_status)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except SystemExit as ended:
        # click's own way out when the reader of our output has seen enough: that is no failure.
        return 0 if ended.code == 1 else int(ended.code or 0)
    except UnicodeEncodeError as error:
        return complain(str(no_text(error)), 2)
    except OSError as error:
        return complain(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    return status if isinstance(status, int) else 0


def print_all_characters() -> None:
    """Print in ASCII what the locale's encoding has no character for, such as flags in Latin-1."""
    from grok_tui.glyphs import to_ascii

    def spelt(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return to_ascii(error.object[error.start : error.end]), error.end

    codecs.register_error("spelt", spelt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spelt")


def complain(message: str, status: int) -> int:
    """Print a problem as one line on standard error and return the exit status for it."""
    click.echo(f"grok-tui: {safe(message, MAX_MESSAGE)}", err=True)
    return status


def print_json(value: dict[str, Any]) -> None:
    """Print one object as one line; all that is not ASCII is escaped, and so cannot act.

    What is not finite becomes null: JSON has no word for it, and strict readers refuse the line.
    """
    click.echo(json.dumps(_without_non_finite(value), allow_nan=False))


def _without_non_finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_non_finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_non_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def need_terminal() -> None:
    """Refuse to start the app where nobody could see it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the app needs a terminal; without one, use `grok-tui runs` and `show`")


class LogPath(click.ParamType[Path]):
    """A path, or the address of a folder on another machine: then its copy here, made now."""

    name = "path"

    def convert(self, value: Any, _param: Any, _ctx: click.Context | None) -> Path:
        """Return where to read."""
        from grok_tui.remote.address import is_address

        if isinstance(value, str) and is_address(value):
            from grok_tui.cli.fetching import fetch
            from grok_tui.remote.mirror import Mirror

            mirror = Mirror(value)
            if left_out := fetch(mirror).left_out:
                complain(f"{left_out} remote files were left out: too large, or no safe names", 0)
            return mirror.folder
        return Path(value)


class Group(click.Group):
    """Commands; what is none but a path that exists, or a run's id, is opened in the app."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._sections: dict[str, Sequence[click.Command]] = {}

    def add_section(self, title: str, commands: Sequence[click.Command]) -> None:
        """Add commands that the help lists together."""
        self._sections[title] = commands
        for command in commands:
            self.add_command(command)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists of commands."""
        for title, commands in self._sections.items():
            shown = [command for command in commands if not command.hidden]
            with formatter.section(title):
                formatter.write_dl(
                    [(each.name or "", each.get_short_help_str(80)) for each in shown]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments call."""
        if args and args[0] not in self.commands:
            is_there = _is_address(args[0]) or Path(args[0]).exists()
            if not (is_there or _is_in_runs(args[0])):
                raise unknown("command or path", args[0], self.list_commands(ctx))
            args = ["open", *args]
        return super().resolve_command(ctx, args)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they were declared."""
        return [name for name, command in self.commands.items() if not command.hidden]


def _is_address(argument: str) -> bool:
    return "://" in argument


def _is_in_runs(name: str) -> bool:
    """Return whether a run or a sweep in the folder of runs is called so."""
    folder = runs_root() / name
    return (folder / "run.json").exists() or (folder / "sweep.json").exists()


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def runs_option(command: Function) -> Function:
    """Add `--runs` to a command; before the command's name it means the same."""
    return click.option(
        "--runs",
        metavar="DIR",
        expose_value=False,
        callback=_remember_runs,
        help=f"Folder of runs; else ${paths.RUNS_VARIABLE}, else ./runs.",
    )(command)


def _remember_runs(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.find_root().meta["runs"] = value


def runs_root() -> Path:
    """Return the folder of runs that this command line means."""
    return paths.runs_root(click.get_current_context().find_root().meta.get("runs"))


def find(run: str) -> Path:
    """Return the directory of the run that this command line means."""
    from grok_tui.runs.find import find_run

    return find_run(runs_root(), run)


def each_place(paths: Sequence[Path], act: Callable[[Place], None]) -> int:
    """Do something with each run and log that paths stand for; complain of what cannot be read.

    Returns:
        The exit status: that of the last complaint, or 0.
    """
    from grok_tui.logs.line_patterns import configured
    from grok_tui.watch.discovery import need_places

    status = 0
    for problem in configured()[1]:
        complain(problem, 0)
    for path in paths:
        try:
            places = need_places([path])
        except GrokTuiError as error:
            status = complain(_as_told(error, path), error.exit_status)
            continue
        for place in places:
            try:
                act(place)
            except GrokTuiError as error:
                status = complain(_as_told(error, place.path), error.exit_status)
    return status


def _as_told(error: GrokTuiError, path: Path) -> str:
    """Return a message with the address in it that its user gave, and not the path of its copy."""
    from grok_tui.remote.address import told

    return str(error).replace(str(path), told(path))


@contextmanager
def on_first_signal(act: Callable[[], object]) -> Iterator[None]:
    """Act on the first SIGINT or SIGTERM; a second one ends the program as usual."""

    def handle(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        act()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
