"""`grok-tui metrics`: what is in a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grok_tui.cli.console import LogPath, complain, each_place, json_option, print_json
from grok_tui.text import safe

if TYPE_CHECKING:
    from grok_tui.watch.discovery import Place
    from grok_tui.watch.inventory import Inventory


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=LogPath())
@json_option
def metrics(paths: tuple[Path, ...], as_json: bool) -> None:
    """List the metrics in logs, with their first and last values.

    PATH is a run directory, the log of another program, or a folder of these, also on another
    machine, as ssh://host/path. Names and values are the log's own; the first and the last value
    stand beside their steps.

    \b
    Examples:
      grok-tui metrics runs/add-53-flash-1
      grok-tui metrics lightning_logs --json | jq -r .metric | sort -u
    """
    from grok_tui.remote.address import told
    from grok_tui.watch.inventory import take_inventory

    def tell(place: Place) -> None:
        found = take_inventory(place)
        if found.bad_lines or found.left_out:
            lines = f"{found.bad_lines} bad lines" if found.bad_lines else None
            why = ", ".join(part for part in (lines, found.left_out) if part)
            complain(f"{told(place.path)}: not everything can be read: {why}", 0)
        if as_json:
            head = {"path": told(place.path), "run": place.name, "format": found.format}
            for extent in found.metrics:
                print_json(head | extent.to_json())
        else:
            click.echo("\n".join(_lines(told(place.path), found)))

    click.get_current_context().exit(each_place(paths, tell))


def _lines(path: str, found: Inventory) -> Iterator[str]:
    yield f"{safe(path)} ({found.format})"
    width = max((len(safe(extent.metric, 40)) for extent in found.metrics), default=0)
    for extent in found.metrics:
        (first, begin), (last, end) = extent.first, extent.last
        yield (
            f"  {safe(extent.metric, 40):<{width}}  {extent.count:>9} values"
            f"  {begin:.4g} at {first:.12g}  {end:.4g} at {last:.12g}"
            f"  in {extent.low:.4g}…{extent.high:.4g}"
        )
