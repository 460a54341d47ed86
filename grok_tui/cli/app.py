"""Opening the app, and the options that hold for it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grok_tui import paths
from grok_tui.cli.console import need_terminal, runs_root
from grok_tui.cli.loading import loading
from grok_tui.errors import UsageError

if TYPE_CHECKING:
    from grok_tui.remote.link import Link
    from grok_tui.settings import Settings

Function = TypeVar("Function", bound=Callable[..., Any])


def app_options(command: Function) -> Function:
    """Add the options that hold for the app; they stand before the name of a command."""
    for option in (
        click.option("--max-kbps", type=float, metavar="N", help="Kilobits a second on average."),
        click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
        click.option("--ascii/--unicode", "ascii_only", default=None, help="Characters to show."),
        click.option("--theme", metavar="NAME", help="Colours, such as light or 16-colour."),
        click.option(
            "--fps",
            type=click.FloatRange(0.1, 30),
            metavar="N",
            help="Repaints of data a second at most (2); keys are always at once.",
        ),
    ):
        command = option(command)
    return command


def remember_options(ctx: click.Context, **options: Any) -> None:
    """Keep what was given on the command line, by the names of the settings.

    Raises:
        UsageError: it is no number that makes sense.
    """
    for name in ("fps", "max_kbps"):
        value = options[name]
        if value is not None and not (math.isfinite(value) and value > 0):
            raise UsageError(f"--{name.replace('_', '-')}: {value} is no number above zero")
    options["mouse"] = False if options.pop("no_mouse") else None
    options["ascii"] = options.pop("ascii_only")
    ctx.meta["app"] = {name: value for name, value in options.items() if value is not None}


def app_settings() -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of this command line over those of the file, and what is wrong there."""
    import msgspec

    from grok_tui.logs.line_patterns import configured
    from grok_tui.settings import read_settings
    from grok_tui.terminal import has_unicode

    settings, problems = read_settings(paths.config_file())
    problems += configured()[1]
    given = click.get_current_context().find_root().meta.get("app", {})
    settings = msgspec.structs.replace(settings, **given)
    if settings.ascii is None:
        settings = msgspec.structs.replace(settings, ascii=not has_unicode(os.environ))
    return settings, problems


def open_app(
    roots: Sequence[Path],
    open_run: Path | None = None,
    open_sweep: Path | None = None,
    links: Sequence[Link] = (),
) -> None:
    """Open the app on folders of runs and logs, or on one run or one sweep there.

    New runs belong into the first folder. The links keep those of the folders up to date that are
    copies of folders on other machines.
    """
    need_terminal()
    if os.environ.get("SSH_CONNECTION"):  # moving pictures cost what a thin line does not have
        os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    with loading():
        settings, problems = app_settings()
        from grok_tui.tui.app import GrokTui

    app = GrokTui(
        roots[0],
        others=roots[1:],
        samples=paths.sample_runs(),
        open_run=open_run,
        open_sweep=open_sweep,
        settings=settings,
        problems=problems,
        links=links,
    )
    app.run(mouse=settings.mouse)


@click.command("open", hidden=True)
@click.argument("opened", nargs=-1, required=True)
def open_paths(opened: tuple[str, ...]) -> None:
    """Open the app on folders of runs and logs, on files, or on one run by its path or id."""
    with loading():
        from grok_tui.remote.address import is_address
        from grok_tui.runs.layout import is_run
        from grok_tui.runs.sweep import is_sweep
        from grok_tui.watch.discovery import look_at, need_places

    if len(opened) == 1:
        for run in (Path(opened[0]), runs_root() / opened[0]):
            if is_run(run):
                run = run.resolve()  # a run is listed under its own name, not under that of a link
                open_app([run.parent], open_run=run)
                return
        for sweep in (Path(opened[0]), runs_root() / opened[0]):
            if is_sweep(sweep):
                open_app([sweep], open_sweep=sweep)
                return
    links = _links(opened)
    if links:
        copies = iter(link.folder for link in links)
        here = [next(copies) if is_address(path) else Path(path) for path in opened]
        open_app([runs_root(), *here], links=links)  # new runs belong here, not into a copy
        return
    roots = [Path(path) for path in opened]
    if len(roots) == 1 and roots[0].is_dir():
        open_app(roots)  # it may be empty still
        return
    need_places([root for root in roots if not root.is_dir()])
    only = look_at(roots[0]) if len(roots) == 1 else []
    folders = [root for root in roots if root.is_dir()] or [runs_root()]
    others = [root for root in roots if not root.is_dir()]
    open_app([*folders, *others], open_run=only[0].path if len(only) == 1 else None)


def _links(opened: Sequence[str]) -> list[Link]:
    """Return what keeps the copies of remote folders up to date; each was fetched once.

    Raises:
        GrokTuiError: one of the other machines cannot be reached.
    """
    from grok_tui.remote.address import is_address

    addresses = [path for path in opened if is_address(path)]
    if not addresses:
        return []
    from grok_tui.cli.fetching import fetch
    from grok_tui.remote.link import Link
    from grok_tui.remote.mirror import Mirror

    need_terminal()
    mirrors = [Mirror(address) for address in addresses]
    for mirror in mirrors:
        fetch(mirror)
    return [Link(mirror) for mirror in mirrors]
