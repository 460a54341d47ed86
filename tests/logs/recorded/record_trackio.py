"""Makes trackio.db.gz and trackio.json: python record_trackio.py, with trackio 0.43 installed.

The JSON holds what Trackio's own reader gives for the same file.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import sqlite3
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SPECIAL = {3: math.nan, 4: math.inf, 5: -math.inf}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRACKIO_DIR"] = folder
        import trackio
        from trackio.sqlite_storage import SQLiteStorage

        for name in ("slow", "fast"):
            trackio.init(project="grok", name=name, config={"lr": 0.1}, auto_log_gpu=False)
            for step in range(12):
                loss = SPECIAL.get(step, 1 / (step + 1))
                trackio.log({"train/loss": loss, "test/loss": step / 3, "note": "x"}, step=5 * step)
            trackio.finish()
        read = {name: SQLiteStorage.get_logs("grok", name) for name in ("slow", "fast")}
        (HERE / "trackio.json").write_text(json.dumps(read, indent=0) + "\n")
        path = Path(folder, "grok.db")
        connection = sqlite3.connect(path)
        connection.executescript(
            "PRAGMA journal_mode = delete; PRAGMA page_size = 512; VACUUM;"
            "PRAGMA journal_mode = wal;"
        )
        connection.close()
        (HERE / "trackio.db.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


if __name__ == "__main__":
    main()
