"""`grok-tui meaning`: which metrics are taken as train and test, and how to correct it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click

from grok_tui.cli.console import LogPath, json_option, print_json
from grok_tui.errors import UsageError, unknown
from grok_tui.text import safe


@click.command()
@click.argument("path", type=LogPath())
@click.argument("said", metavar="[METRIC=MEANING]...", nargs=-1)
@click.option(
    "--scale",
    type=click.Choice(["percent", "fraction", "guess"]),
    help="The scale of the accuracies; else the values tell.",
)
@click.option("--forget", is_flag=True, help="Forget all that was said of this folder before.")
@json_option
def meaning(
    path: Path, said: tuple[str, ...], scale: str | None, forget: bool, as_json: bool
) -> None:
    """Show what the metrics of logs are taken for, and correct it.

    MEANING is train/accuracy, test/accuracy, train/loss, test/loss, step, epoch, nothing, or guess
    to take back what was said. It is remembered for all logs in the folder PATH, or in the folder
    of the file PATH, in a file of your own; nothing is written to the folder.

    \b
    Examples:
      grok-tui meaning logs
      grok-tui meaning logs seen=train/accuracy unseen=test/accuracy --scale percent
      grok-tui meaning logs --forget
    """
    from grok_tui.logs.correction import (
        SCALES,
        Correction,
        correction_of,
        folder_of,
        remember,
        roles_in,
    )
    from grok_tui.watch.discovery import need_places
    from grok_tui.watch.inventory import meaning_of

    places = need_places([path])
    folder = folder_of(path)
    if said or scale or forget:
        correction = Correction() if forget else correction_of(folder)
        roles = dict(map(_parted, said))
        if unmet := roles.keys() - correction.roles.keys():
            read = [meaning_of(place) for place in places]
            own = (roles_in(names, found, correction) for names, found in read)
            _need(unmet, {name for names, _ in read for name in names}.union(*own))
        correction = correction.with_roles(roles)
        if scale:
            chosen = next((each for each in SCALES if each == scale), None)
            correction = Correction(correction.roles, chosen)
        remember(folder, correction)
    for place in places:
        names, found = meaning_of(place)
        known = correction_of(place.path)
        roles = roles_in(names, found, known)
        if as_json:
            record = {"path": str(place.path), "run": place.name, "metrics": names}
            print_json(record | {"meaning": roles, "scale": known.scale})
            continue
        click.echo(safe(place.path))
        shown = {name: safe(name, 40) for name in dict.fromkeys([*roles, *names])}
        width = max(map(len, shown.values()), default=0)
        for name, text in shown.items():
            mark = " (as you said)" if name in known.roles else ""
            click.echo(f"  {text:<{width}}  {roles.get(name, '–')}{mark}")
        if found.rivals:
            pairs = safe("; ".join(found.rivals))
            click.echo(f"  several pairs could be meant; say which: {pairs}")


def _need(wanted: Collection[str], there: Collection[str]) -> None:
    for name in wanted:
        if name not in there:
            raise unknown("metric", name, there)


def _parted(said: str) -> tuple[str, str]:
    name, equals, role = said.rpartition("=")
    if not (equals and name):
        raise UsageError(f"{said}: expected METRIC=MEANING, such as seen=train/accuracy")
    return name, role
