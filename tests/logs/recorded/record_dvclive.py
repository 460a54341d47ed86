"""Makes dvclive/ and dvclive.json: python record_dvclive.py, with dvclive 3.49 installed.

The JSON holds what DVCLive's own reader gives for the same files.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from pathlib import Path

from dvclive import Live
from dvclive.utils import parse_metrics

HERE = Path(__file__).parent
SPECIAL = {3: math.nan, 4: math.inf, 5: -math.inf}


def main() -> None:
    target = HERE / "dvclive"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # DVCLive makes a DVC repository of the one that it finds itself in
        folder = Path(scratch, "dvclive")
        with Live(str(folder), save_dvc_exp=False, dvcyaml=None, report=None) as live:
            for step in range(12):
                live.log_metric("train/loss", SPECIAL.get(step, 1 / (step + 1)))
                live.log_metric("test/deep/loss", step / 3, timestamp=True)
                if step % 4 == 0:
                    live.log_metric("lr.0", 0.1)
                live.log_metric("phase", "warm-up" if step < 4 else "main")
                live.next_step()
            history, _ = parse_metrics(live)
        read = {str(Path(name).relative_to(folder)): rows for name, rows in history.items()}
        shutil.copytree(folder, target)
    (HERE / "dvclive.json").write_text(json.dumps(read, indent=0) + "\n")


if __name__ == "__main__":
    main()
