"""The README's pictures, taken of the app on runs that were trained for them.

    python tests/bench/screenshots.py                # trains eight short runs, about two minutes
    python tests/bench/screenshots.py --runs FOLDER  # takes runs that are there

They are written to .github/screenshots.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tui_support import until, until_shown

from grok_tui.tui.app import GrokTui

OUT = Path(__file__).resolve().parents[2] / ".github" / "screenshots"
SIZE = (120, 34)
DECAYS = (0.0, 0.3)
SEEDS = range(4)
SCREENS = {
    "runs": (("home",), ("grokked", "memorised")),
    "run": (("enter",), ("grokked at step", "fitting")),
    "compare": (("V", "c", "s"), ("seeds: median", "when they grokked")),
    "new-run": (("n", "enter"), ("new run", "$ grok-tui train")),
    "help": (("enter", "question_mark"), ("Pause the run",)),
}
"""What to press on the list of runs, and what is on the screen then."""
SETTLED_S = 1.5
"""After which the charts are drawn, each in its own time."""


def main() -> None:
    """Train if need be, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=Path, help="Folder of runs.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = (asked.runs or train(Path(folder) / "runs")).resolve()
        os.chdir(root.parent)  # its path is on the pictures
        os.environ["XDG_STATE_HOME"] = folder  # nobody's own choice of charts
        for name, (keys, texts) in SCREENS.items():
            picture = asyncio.run(taken(Path(root.name), name, keys, texts))
            (OUT / f"{name}.svg").write_text(picture)
            print(f"{name}: {len(picture) >> 10} KiB")


def train(root: Path) -> Path:
    """Train each setting with each seed, one after the other."""
    for seed in SEEDS:
        for decay in DECAYS:
            changes = [f"optimizer.weight_decay={decay}", f"seed={seed}", "steps=1500"]
            command = [sys.executable, "-m", "grok_tui", "train", "add-53-flash", *changes]
            subprocess.run([*command, "--foreground", "--runs", str(root)], check=True)
    return root


async def taken(root: Path, name: str, keys: tuple[str, ...], texts: tuple[str, ...]) -> str:
    """Return one screen as SVG."""
    app = GrokTui(root)
    async with app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, *SCREENS["runs"][1])
        await until(pilot, lambda: app.screen.focused is not None, "the list takes keys")
        await pilot.press("home", *keys)
        await until_shown(pilot, *texts)
        await asyncio.sleep(SETTLED_S)
        await pilot.pause()
        picture = app.export_screenshot(title=f"grok-tui · {name.replace('-', ' ')}")
    picture = re.sub(r"terminal-\d+-", "t-", picture).replace("&#160;", "\xa0")
    picture = re.sub(r'<clipPath id="t-line-\d+">.*?</clipPath>\s*', "", picture, flags=re.DOTALL)
    return re.sub(r' clip-path="url\(#t-line-\d+\)"', "", picture)


if __name__ == "__main__":
    main()
