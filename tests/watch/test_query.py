from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Outcome, Verdict
from grok_tui.config import Config, to_tree
from grok_tui.errors import UsageError
from grok_tui.runs.notes import Notes
from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.watch.query import parse
from grok_tui.watch.settings import flat
from grok_tui.watch.view import RunView

TREE = to_tree(Config(name="x"))


def view(**fields: Any) -> RunView:
    fields = {"status": Status(State.FINISHED), "config": TREE, **fields}
    return RunView(id=fields.pop("id", "a-1"), path=Path("/runs/a-1"), name="a", **fields)


def with_setting(section: str, **values: Any) -> dict[str, Any]:
    return {**TREE, section: {**TREE[section], **values}}


GROKKED = Verdict(
    outcome=Outcome.GROKKED,
    events=(
        Event("memorised", 50, 52),
        Event("grokked", 790, 846, low=731, high=846, rise=(700, 900)),
    ),
)
HALF = {"test/accuracy": Curve(np.array([1.0]), np.array([0.5]))}


def matches(query: str, run: RunView) -> bool:
    return parse(query, flat(view()).keys()).matches(run)


@pytest.mark.parametrize(
    ("query", "run"),
    [
        ("", view()),
        ("grokked", view(verdict=GROKKED)),
        ("running", view(status=Status(State.RUNNING))),
        ("live", view(status=Status(State.RUNNING))),
        ("state:run", view(status=Status(State.RUNNING))),
        ("state=running", view(status=Status(State.RUNNING))),
        ("flash", view(id="add-53-flash-1")),
        ("FLASH", view(id="add-53-flash-1")),
        ("name:flash", view(notes=Notes(name="Flash of old"))),
        ('name:"of old"', view(notes=Notes(name="Flash of old"))),
        ("paper", view(notes=Notes(tags=("paper",)))),
        ("tag:paper", view(notes=Notes(tags=("paper",)))),
        ("starred", view(notes=Notes(star=True))),
        ("archived", view(notes=Notes(archived=True))),
        ("note:figure", view(notes=Notes(note="Figure 2"))),
        ("preset:flash", view(preset="add-53-flash")),
        ("host:node", view(host="node7")),
        ("device=cpu", view(device="cpu")),
        ("wd>0.5", view(config=with_setting("optimizer", weight_decay=1.0))),
        ("wd=1", view(config=with_setting("optimizer", weight_decay=1.0))),
        ("wd=1e0", view(config=with_setting("optimizer", weight_decay=1.0))),
        ("wd>0.5", view(live={"optimizer.weight_decay": 1.0})),
        ("lr<=0.001", view(config=with_setting("optimizer", lr=0.001))),
        ("weight_decay!=1", view()),
        ("optimizer.weight_decay<1", view()),
        ("modulus=53", view()),
        ("operation=add", view()),
        ("task:add", view()),
        ("task:modular", view()),
        ("model:mlp", view()),
        ("compile=false", view()),
        ("seed=3", view(config={**TREE, "seed": 3})),
        ("steps>=4k", view()),
        ("step<1k", view(step=999)),
        ("grok<800", view(verdict=GROKKED)),
        ("memorised=50", view(verdict=GROKKED)),
        ("delay>15", view(verdict=GROKKED)),
        ("test=0.5", view(curves=HALF)),
        ("-collapsed", view(verdict=GROKKED)),
        ("-tag:old", view(notes=Notes(tags=("older",)))),
        ("-grok<800", view()),
        ("grokked modulus=53 -starred", view(verdict=GROKKED)),
    ],
)
def test_a_query_finds(query: str, run: RunView) -> None:
    assert matches(query, run)


@pytest.mark.parametrize(
    ("query", "run"),
    [
        ("grokked", view()),
        ("grokked", view(id="grokked-1")),
        ("flash", view()),
        ("tag:pap", view(notes=Notes(tags=("paper",)))),
        ("wd>0.5", view()),
        ("wd>0.5", view(config={})),
        ("wd!=1", view(config={})),
        ("modulus=97", view()),
        ("task:53", view()),
        ("-grokked", view(verdict=GROKKED)),
        ("grok<1000", view()),
        ("grokked modulus=97", view(verdict=GROKKED)),
        ("test>0.5", view(curves=HALF)),
    ],
)
def test_a_query_leaves_out(query: str, run: RunView) -> None:
    assert not matches(query, run)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("wd>", "expected a number, got ''"),
        ("wd>big", "expected a number, got 'big'"),
        ("wdd>0.5", "did you mean wd"),
        (">3", "expected a word before the sign"),
        ("kind=mlp", "kind means filter.kind, model.kind, optimizer.kind, task.kind"),
        ("state>3", "state is a text"),
        ("tag:", "expected a text behind the colon"),
        ("colour:red", "no text to look into named 'colour'"),
        ('name:"flash', "quote is not closed"),
        ("-", "a dash turns the term behind it round"),
    ],
)
def test_a_query_that_makes_no_sense_says_why(query: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        matches(query, view())


def test_only_who_asks_for_archived_runs_gets_them() -> None:
    assert parse("archived", ()).asks_archived
    assert not parse("grokked", ()).asks_archived


def test_a_setting_that_is_no_number_is_never_above_one() -> None:
    odd = view(config=with_setting("optimizer", weight_decay="much"))
    assert not matches("wd>0.5", odd)
    assert not matches("wd<0.5", odd)
