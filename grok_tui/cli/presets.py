"""The command that lists the presets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from grok_tui.cli.console import json_option, print_json

if TYPE_CHECKING:
    from grok_tui.config import Preset


@click.command()
@click.argument("name", required=False)
@json_option
def presets(name: str | None, as_json: bool) -> None:
    """List the presets, or print one with its settings as TOML.

    \b
    Examples:
      grok-tui presets
      grok-tui presets add-53-flash > mine.toml
    """
    from grok_tui.config import load_preset, preset_names, to_toml

    if name is not None and not as_json:
        click.echo(to_toml(load_preset(name)), nl=False)
        return
    found = [load_preset(each) for each in (preset_names() if name is None else [name])]
    if as_json:
        for preset in found:
            print_json(_described(preset))
        return
    width = max(len(preset.name) for preset in found)
    for preset in found:
        title = preset.source.title if preset.source else ""
        seconds = preset.expected.cpu_seconds if preset.expected else None
        cost = f"{seconds:>5.0f} s" if seconds else "      –"
        click.echo(f"{preset.name:<{width}} {cost}  {title}")
    click.echo("Seconds are those of one CPU core; none were measured on a GPU.")


def _described(preset: Preset) -> dict[str, Any]:
    import msgspec

    from grok_tui.config import to_tree

    return {
        "name": preset.name,
        "title": preset.source.title if preset.source else "",
        "cpu_seconds": preset.expected.cpu_seconds if preset.expected else None,
        "expected": msgspec.to_builtins(preset.expected),
        "config": to_tree(preset.config),
    }
