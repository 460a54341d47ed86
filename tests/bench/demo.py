"""How soon the demo shows what it promises, in a real terminal: `python tests/bench/demo.py`.

Prints seconds, and as a yardstick of the machine how long `import torch` alone takes.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from terminal_support import Terminal

ROUNDS = 5
MARKS = {
    "first frame": r"starting",
    "first chart": r"[\u2801-\u28ff]",
    "memorised": r"memorised at step",
    "flag": r"⚑ grokked at step",
}


def demo(folder: Path) -> dict[str, float]:
    """Return seconds from the start of the command to each mark on the screen."""
    start = time.monotonic()
    terminal = Terminal([sys.executable, "-m", "grok_tui", "demo"], folder, 80, 24)
    seen: dict[str, float] = {}
    while len(seen) < len(MARKS) and time.monotonic() - start < 60:
        text = terminal.text()
        for name, pattern in MARKS.items():
            if name not in seen and re.search(pattern, text):
                seen[name] = time.monotonic() - start
        time.sleep(0.01)
    terminal.send("s")
    terminal.wait_for("stopped|finished")
    terminal.send("q")
    terminal.wait_for_end()
    return seen


def import_torch() -> float:
    """Return seconds that a fresh interpreter takes to import torch."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.monotonic() - start


def main() -> None:
    """Print the medians and the worst of some rounds."""
    rounds, imports = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(demo(Path(folder)))
        imports.append(import_torch())
    yardstick = statistics.median(imports)
    print(f"import torch alone: {yardstick:.2f} s")
    for name in MARKS:
        times = [round_[name] for round_ in rounds]
        middle = statistics.median(times)
        print(
            f"{name:<12} median {middle:5.2f} s   worst {max(times):5.2f} s"
            f"   {middle / yardstick:4.1f} × import torch"
        )
    waits = [round_["first chart"] - round_["first frame"] for round_ in rounds]
    middle = statistics.median(waits)
    print(f"first chart after first frame: median {middle:.2f} s, worst {max(waits):.2f} s")


if __name__ == "__main__":
    main()
