"""The commands about the program itself: its settings, the machine, the primer."""

from __future__ import annotations

import os

import click

from grok_tui import paths
from grok_tui.cli.app import app_settings
from grok_tui.cli.console import json_option, print_json, runs_option, runs_root
from grok_tui.errors import UsageError


@click.command()
@json_option
def config(as_json: bool) -> None:
    """Print the app's settings, and the file they are read from.

    \b
    Examples:
      grok-tui config
      grok-tui config --json | jq -r .path
    """
    import msgspec
    import tomli_w

    settings, problems = app_settings()
    tree = {key: value for key, value in msgspec.to_builtins(settings).items() if value is not None}
    path = paths.config_file()
    if as_json:
        print_json({"path": str(path), "settings": tree, "problems": list(problems)})
        return
    click.echo(f"# {path}{'' if path.exists() else ' (not there: these are the defaults)'}")
    click.echo(tomli_w.dumps(tree), nl=False)
    if problems:
        raise UsageError("; ".join(problems))


@click.command()
@runs_option
@json_option
def doctor(as_json: bool) -> None:
    """Say what this terminal and this machine have to offer.

    \b
    Example:
      grok-tui doctor
    """
    from grok_tui.doctor import findings
    from grok_tui.settings import read_settings

    settings, problems = read_settings(paths.config_file())
    found = list(findings(runs_root(), settings, problems, os.environ))
    if as_json:
        print_json({name.strip(): text for name, text in found})
        return
    for name, text in found:
        click.echo(f"{name:<12}{text}")


@click.command()
def primer() -> None:
    """Say what grokking is, in five minutes.

    And what each measure says, and where it misleads.

    \b
    Example:
      grok-tui primer | less
    """
    from grok_tui.primer import primer as text

    click.echo(text(), nl=False)
