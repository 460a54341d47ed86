from __future__ import annotations

import json
from pathlib import Path

from cli_support import assert_one_line, call
from support import SAMPLES, grokking_rows


def test_detect_gives_the_contracts_json_for_each_sample() -> None:
    result = call("detect", str(SAMPLES), "--json")
    assert result.returncode == 0
    verdicts = {Path(o["path"]).name: o for o in map(json.loads, result.stdout.splitlines())}
    grok = verdicts["add-53-flash-1"]
    assert grok["grok"] == {"step": 449, "low": 424, "high": 461, "shape": "sharp"}
    assert grok["memorised_step"] == 49
    assert grok["delay_ratio"] == 9.2
    assert grok["basis"] == "accuracy"
    assert grok["final_step"] == 4000
    assert [event["kind"] for event in grok["events"]] == [
        "memorised",
        "complexity_peak",
        "grokked",
    ]
    assert grok["complexity_peak"] == {"step": 46, "low": 32, "high": 68}
    assert grok["peak_and_grok"] == "before"
    assert 0.5 < grok["complexity_fall"] < 0.6
    assert verdicts["no-weight-decay-1"]["complexity_peak"] is None
    assert verdicts["no-weight-decay-1"]["complexity_fall"] is None
    assert verdicts["no-weight-decay-1"]["grok"] is None
    assert verdicts["together-1"]["verdict"] == "generalised"


def test_detect_judges_what_it_can_and_tells_of_the_rest() -> None:
    Path("bad.csv").write_text("a,b\n1,2\n")
    result = call("detect", str(SAMPLES / "paused-1"), "bad.csv", "--json")
    assert_one_line(result, 2, "bad.csv needs a train and a test column")
    assert json.loads(result.stdout)["verdict"] == "grokked"


def test_detect_names_the_columns_that_it_judged() -> None:
    rows = [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    Path("keras.csv").write_text("\n".join(["epoch,accuracy,val_accuracy", *rows[:99], *rows, ""]))
    said = call("detect", "keras.csv").stdout
    assert said.startswith(
        "keras.csv (accuracy and val_accuracy by epoch, 99 superseded rows left out): ⚑ grokked"
    )
    shown = json.loads(call("detect", "keras.csv", "--json").stdout)
    assert shown["columns"] == {"step": "epoch", "train": "accuracy", "test": "val_accuracy"}


def test_a_last_line_that_may_be_cut_is_not_judged_and_told() -> None:
    rows = [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    Path("a.csv").write_text("\n".join(["step,train_acc,val_acc", *rows, ""]))
    whole = call("detect", "a.csv")
    with Path("a.csv").open("a") as file:
        file.write("9000,0.5,0.0")
    cut = call("detect", "a.csv")
    assert (cut.stdout, cut.returncode) == (whole.stdout, 0)
    assert whole.stderr == ""
    assert cut.stderr == (
        "grok-tui: a.csv: not everything was judged:"
        " a last line without a line break, which may be cut\n"
    )
    assert "which may be cut" in call("metrics", "a.csv").stderr


def test_detect_says_it_in_a_sentence() -> None:
    assert (
        "did not generalise in 4 000 steps"
        in call("detect", str(SAMPLES / "no-weight-decay-1")).stdout
    )
