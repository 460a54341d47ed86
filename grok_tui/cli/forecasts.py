"""The command that looks ahead: when runs should grok, and how good such forecasts were."""

from __future__ import annotations

import click

from grok_tui.cli.console import complain, find, json_option, print_json, runs_option, runs_root


@click.command()
@runs_option
@click.argument("run_names", metavar="[RUN]...", nargs=-1)
@click.option("--score", "scores", is_flag=True, help="How good the forecasts made so far were.")
@json_option
def forecasts(run_names: tuple[str, ...], scores: bool, as_json: bool) -> None:
    """Say when runs that have memorised should grok.

    And so whether patience will pay. A forecast stands on at least eight finished runs of the same
    task, model and loss in the same folder; without these, the reason is told instead. Each one is
    kept in the folder of runs, so that --score can tell later how often the intervals held.

    \b
    Examples:
      grok-tui forecasts
      grok-tui forecasts --score
    """
    from grok_tui.report import plain
    from grok_tui.runs.find import find_runs
    from grok_tui.watch import forecasting
    from grok_tui.watch.judgement import read_run

    root = runs_root()
    views = [read_run(path) for path in find_runs(root)]
    if scores:
        score = forecasting.score(root, views)
        if as_json:
            print_json(score.to_json())
        else:
            click.echo(plain.forecast_score(score))
        return
    named = {find(name).name for name in run_names}
    wanted = [view for view in views if view.id in named or (not named and view.status.is_live)]
    found = forecasting.outlooks(views, wanted)
    try:
        forecasting.log(root, found)
    except OSError as error:
        complain(f"the forecasts are not kept: {root}: {error.strerror}", 1)
    for outlook in found:
        if as_json:
            print_json(plain.outlook(outlook))
        else:
            click.echo(plain.outlook_sentence(outlook))
    if not found:
        click.echo("no live runs; name one that has ended, or use --score", err=True)
