"""The commands that put runs in order: tags, notes, the trash."""

from __future__ import annotations

import click

from grok_tui.cli.console import find, runs_option, runs_root
from grok_tui.errors import UsageError
from grok_tui.text import safe


@click.command(context_settings={"ignore_unknown_options": True})
@runs_option
@click.argument("run")
@click.argument("changes", nargs=-1, metavar="[[+|-]TAG]...")
def tag(run: str, changes: tuple[str, ...]) -> None:
    """Give a run tags, take some away, or print those that it has.

    \b
    Examples:
      grok-tui tag add-53-flash-1 +paper -old
      grok-tui runs tag:paper
    """
    import msgspec

    from grok_tui.runs.layout import RunPaths
    from grok_tui.runs.notes import change_notes, read_notes, retagged

    paths = RunPaths(find(run))
    if changes:
        change_notes(
            paths, lambda old: msgspec.structs.replace(old, tags=retagged(old.tags, changes))
        )
    click.echo(" ".join([paths.root.name, *read_notes(paths).tags]))


@click.command()
@runs_option
@click.argument("run")
@click.argument("text", required=False)
def note(run: str, text: str | None) -> None:
    """Write a note about a run, or print the one that it has.

    \b
    Examples:
      grok-tui note add-53-flash-1 "the one in figure 2"
      grok-tui note add-53-flash-1 ""
    """
    import msgspec

    from grok_tui.runs.layout import RunPaths
    from grok_tui.runs.notes import change_notes, read_notes

    paths = RunPaths(find(run))
    if text is not None:
        change_notes(paths, lambda old: msgspec.structs.replace(old, note=text.strip()))
    click.echo(f"{paths.root.name}: {safe(read_notes(paths).note, 2000) or 'no note'}")


@click.command()
@runs_option
@click.argument("names", nargs=-1, required=True, metavar="RUN...")
def trash(names: tuple[str, ...]) -> None:
    """Move runs to the trash of their folder; nothing is deleted.

    A run that lives, or waits in the queue, is left where it is.

    \b
    Examples:
      grok-tui trash add-53-flash-1
      grok-tui restore add-53-flash-1
    """
    from grok_tui.runs.layout import RunPaths
    from grok_tui.runs.trash import trash as move
    from grok_tui.watch.filing import why_no_trash
    from grok_tui.watch.judgement import read_run

    found = [find(name) for name in names]
    for path in found:
        reason = why_no_trash(read_run(path))
        if reason is not None:
            raise UsageError(reason)
    for path in found:
        entry = move(RunPaths(path))
        click.echo(f"{entry.name} is in the trash: {entry.path}")


@click.command()
@runs_option
@click.argument("names", nargs=-1, metavar="[RUN]...")
def restore(names: tuple[str, ...]) -> None:
    """Bring runs back from the trash, or list what is in it.

    \b
    Examples:
      grok-tui restore
      grok-tui restore add-53-flash-1
    """
    from grok_tui.runs.trash import restore as bring_back
    from grok_tui.runs.trash import trashed

    root = runs_root()
    if not names:
        there = trashed(root)
        listed = [f"{safe(entry.name)}  {entry.path}" for entry in there]
        click.echo("\n".join(listed) if there else f"nothing is in the trash of {root}")
    for name in names:
        click.echo(f"{name} is back: {bring_back(root, name)}")
