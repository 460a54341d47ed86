"""Text that a terminal or a markup parser would obey, and runs that are full of it."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

from hypothesis import strategies as st
from support import grokking_rows, write_run

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import Parent, State
from grok_tui.runs.spool import Acknowledgement

RETITLE = "\x1b]2;owned\x07"
COPY = "\x1b]52;c;b3duZWQ=\x07"
EVIL = [
    "[/b]x",
    "[@click=app.quit]x[/]",
    "[TODO] [$primary] [link=x]",
    "[type=x, v={'a[0]'}]",
    "[" * 300,
    RETITLE,
    COPY,
    "\x1bPq#0\x1b\\",
    "\x9b31m\x9d2;owned\x9c",
    "\x1b[2J\x1b[H\x1bc",
    "a\u202eb\u2066c\u200b\ufeff",
    "a\r\nb\tc\x00\x08\x7f",
    "e\u0301\u0489" * 50,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 漢字 \U000e0041",
    "x" * 1_000_000,
    RETITLE * 100_000,
]
_ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ANY_TEXT = st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(EVIL)
"""All of Unicode, lone surrogates included."""


def hostile_run(root: Path, text: str, name: str = "evil") -> RunPaths:
    """Make a run that has this text in every field that somebody else may fill in."""
    rows = [(step, {**values, text[:200]: 1.0}) for step, values in grokking_rows()[:90]]
    valid = _encodable(text)
    paths = write_run(
        root,
        [(step, {_encodable(key): value for key, value in row.items()}) for step, row in rows],
        name=name,
        state=State.CRASHED,
        reason=valid[:100_000],
        device=valid[:100_000],
        warning=valid[:1000],
        parent=Parent(id=valid[:1000], step=3, changes={valid[:100]: valid[:100]}),
        live={valid[:100]: valid[:100]},
        host=valid[:1000],
        versions={valid[:100]: valid[:100]},
        changes={valid[:100]: valid[:100]},
    )
    record = json.loads(paths.record.read_text())
    record["name"] = valid[:100_000]
    record["config"]["name"] = valid[:100_000]
    paths.record.write_text(json.dumps(record))
    command = spool.send(paths, "set")
    spool.acknowledge(
        paths,
        Acknowledgement(
            id=command.id, verb=valid[:1000], step=1, time=time.time(), refused=valid[:1000]
        ),
    )
    spool.send(paths, valid[:1000])  # type: ignore[arg-type]
    return paths


def live_run(root: Path, text: str) -> RunPaths:
    """Make a run that lives on another machine, with a command on its way."""
    paths = write_run(
        root, grokking_rows()[:90], state=State.RUNNING, host=_encodable(text)[:50], boot_id="x"
    )
    spool.send(paths, _encodable(text)[:1000])  # type: ignore[arg-type]
    return paths


def table(folder: Path, text: str) -> Path:
    """Make somebody's log with this text as a column and in its name."""
    clean = "".join(c for c in _encodable(text)[:40] if c not in "/\0") or "x"
    path = folder / f"log-{clean}.csv"
    heading = json.dumps(_encodable(text)[:1000])
    rows = [f"{step},{1 - step / 99},{step / 200},1" for step in range(99)]
    path.write_text("\n".join([f"step,train_loss,val_loss,{heading}", *rows, ""]))
    return path


def _encodable(text: str) -> str:
    """Return the text as it survives in a file: a lone surrogate has no encoding."""
    return text.encode("utf-8", "replace").decode()


def obeyed(shown: str) -> set[str]:
    """Return the characters of an output that a terminal would act on, or that hide others."""
    return {char for char in shown if unicodedata.category(char) in _ACTING and char != "\n"}
