"""The commands that say how runs stand: runs, show, wait."""

from __future__ import annotations

import math
import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from grok_tui.cli.app import app_settings
from grok_tui.cli.console import find, json_option, print_json, runs_option, runs_root
from grok_tui.cli.save import file_options, save_files
from grok_tui.cli.train import DEFAULT_PRESET
from grok_tui.errors import CannotHappenError, GrokTuiError, UsageError


@click.command()
@runs_option
@click.argument("query", nargs=-1)
@json_option
def runs(query: tuple[str, ...], as_json: bool) -> None:
    """List the runs with their state and verdict, the newest first.

    QUERY is what they must be like: words such as grokked, running or starred, key:text, and
    key=value with =, !=, <, <=, > and >=. A dash before a term turns it round; put one that begins
    with a dash after --. Archived runs are listed where they are asked for.

    \b
    Examples:
      grok-tui runs
      grok-tui runs grokked "wd>0.5" task:add tag:paper
      grok-tui runs -- "seed=3" -collapsed
      grok-tui runs --json | jq 'select(.verdict == "grokked") | .id'
    """
    from grok_tui.report import plain
    from grok_tui.runs.find import find_runs
    from grok_tui.watch.judgement import read_run
    from grok_tui.watch.query import parse
    from grok_tui.watch.settings import flat

    root = runs_root()
    found = sorted(map(read_run, find_runs(root)), key=lambda view: -(view.created or 0.0))
    wanted = parse(" ".join(map(shlex.quote, query)), {key for view in found for key in flat(view)})
    views = [view for view in found if wanted.matches(view)]
    if not wanted.asks_archived:
        views = [view for view in views if not view.notes.archived]
    if as_json:
        for view in views:
            print_json(plain.summary(view))
    elif views:
        click.echo("\n".join(plain.table(views)))
    elif found:
        click.echo(f"none of {len(found)} runs in {root} is like that", err=True)
    else:
        click.echo(f"no runs in {root}; start one with: grok-tui train {DEFAULT_PRESET}", err=True)


@click.command()
@runs_option
@click.argument("run")
@json_option
@file_options
def show(run: str, as_json: bool, **files: Path | None) -> None:
    """Print the charts and the verdict of a run, or save them.

    RUN is a name, an id, the start of one, or a path.

    \b
    Examples:
      grok-tui show add-53-flash-1
      grok-tui show runs/add-53-flash-1 --json
      grok-tui show add-53-flash-1 --svg figure.svg --csv numbers.csv
    """
    from grok_tui.glyphs import to_ascii
    from grok_tui.report import plain
    from grok_tui.watch.judgement import read_run

    view = read_run(find(run))
    if view.status.state == "unreadable":
        raise GrokTuiError(f"{view.id}: {view.status.reason}")
    if as_json:
        print_json(plain.details(view))
        return
    if any(files.values()):
        save_files(view, files)
        return
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 160)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    ascii_only = bool(app_settings()[0].ascii)
    for line in plain.charts(view, width, colour=colour, ascii_only=ascii_only):
        click.echo(to_ascii(line) if ascii_only else line)


@click.command()
@runs_option
@click.argument("run")
@click.option(
    "--until",
    type=click.Choice(["grokked", "memorised", "finished"]),
    default="finished",
    show_default=True,
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="S", help="Seconds to wait at most."
)
def wait(run: str, until: str, timeout: float | None) -> None:
    """Wait until a run has grokked, memorised or finished.

    Exit status: 0 when it has, 3 when the time is over, 4 when the run ended otherwise.

    \b
    Example:
      grok-tui wait add-53-flash-1 --until grokked --timeout 60 && echo it did
    """
    from grok_tui.analysis.wording import sentence
    from grok_tui.watch.waiting import has_ended, has_happened, wait_for_run

    if timeout is not None and math.isnan(timeout):
        raise UsageError("--timeout: nan is no number of seconds")
    view = wait_for_run(find(run), lambda v: has_happened(v, until) or has_ended(v), timeout)
    said = sentence(view.verdict, view.curves, is_live=view.status.is_live)
    if not has_happened(view, until):
        raise CannotHappenError(f"{view.id} has not {until}: it is {view.status.state}; {said}")
    click.echo(f"{view.id}: {said}")
