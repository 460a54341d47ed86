"""The command that shows and sets up the queue of a folder of runs."""

from __future__ import annotations

import click

from grok_tui.cli.console import json_option, print_json, runs_option, runs_root


@click.command()
@runs_option
@click.option("--gpu-slots", type=int, metavar="N", help="Runs that are trained at once on a GPU.")
@click.option(
    "--cpu-slots", type=int, metavar="N", help="Runs that are trained at once on the CPU."
)
@json_option
def queue(gpu_slots: int | None, cpu_slots: int | None, as_json: bool) -> None:
    """Show which runs wait for their turn, or set how many train.

    Runs wait that were started with `train --queue`. A run has its place until it ends or is
    parked. By default there is one place on each GPU and one on each CPU core; runs that were
    started without --queue take none.

    \b
    Examples:
      grok-tui train add-53-flash --queue --seed 7
      grok-tui queue --cpu-slots 1
    """
    from grok_tui.launch.queue import queue_of, serve
    from grok_tui.launch.slots import change_numbers, slots

    waiting = queue_of(runs_root())
    if gpu_slots is not None or cpu_slots is not None:
        change_numbers(waiting.folder, gpu=gpu_slots, cpu=cpu_slots)
    serve(waiting)
    places = [(slot.device, slot.is_free) for slot in slots(waiting.folder)]
    names = [run.root.name for run in waiting.waiting()]
    if as_json:
        devices = {device: {"slots": 0, "busy": 0} for device, _ in places}
        for device, is_free in places:
            devices[device]["slots"] += 1
            devices[device]["busy"] += not is_free
        print_json({"devices": devices, "waiting": names})
        return
    for device in dict(places):
        free = [is_free for name, is_free in places if name == device]
        click.echo(f"{device:<8} {len(free) - sum(free)} of {len(free)} places taken")
    click.echo("\n".join(names) if names else "no run waits")
