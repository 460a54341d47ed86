"""Makes trackio_inbox.json: python record_trackio_inbox.py, with trackio 0.43 installed.

It holds the fragments that Trackio writes on a network file system, and what Trackio's own reader
gives once it has imported them.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SPECIAL = {3: math.nan, 4: math.inf, 5: -math.inf}
PROCESSES = (("slow", "fast"), ("other",))
"""The runs of each process, one after the other."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TRACKIO_DIR": folder, "TRACKIO_STORAGE_MODE": "jsonl"}
        for names in PROCESSES:
            subprocess.run([sys.executable, __file__, *names], check=True)
        inbox = Path(folder, "inbox")
        files = {str(path.relative_to(inbox)): path.read_text() for path in inbox.rglob("*.jsonl")}
        from trackio import fragments
        from trackio.sqlite_storage import SQLiteStorage

        fragments.import_inbox_dir()
        names = [name for process in PROCESSES for name in process]
        read = {name: SQLiteStorage.get_logs("grok", name) for name in names}
    recorded = {"files": dict(sorted(files.items())), "runs": read}
    (HERE / "trackio_inbox.json").write_text(json.dumps(recorded, indent=0) + "\n")


def log(names: list[str]) -> None:
    """Log runs with pauses, so that each has several fragments."""
    import trackio

    for name in names:
        trackio.init(project="grok", name=name, config={"lr": 0.1}, auto_log_gpu=False)
        for step in range(12):
            loss = SPECIAL.get(step, 1 / (step + 1))
            trackio.log({"train/loss": loss, "test/loss": step / 3, "note": "x"}, step=5 * step)
            if step % 4 == 3:
                time.sleep(1.2)
        trackio.alert("half way", text="no metric")
        trackio.finish()


if __name__ == "__main__":
    log(sys.argv[1:]) if sys.argv[1:] else main()
