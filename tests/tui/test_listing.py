from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import write_run

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Outcome, Verdict
from grok_tui.config import Config, to_tree
from grok_tui.runs.find import find_runs
from grok_tui.runs.host import this_host
from grok_tui.runs.notes import Notes
from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.tui.listing import Listing
from grok_tui.tui.phase_signs import phase_cells
from grok_tui.tui.widgets.run_columns import Column, Order, fitting
from grok_tui.watch.judgement import read_run
from grok_tui.watch.view import RunView

TREE = to_tree(Config(name="x"))
NOW = 1e9


def view(name: str, **fields: Any) -> RunView:
    config = {**TREE, **fields.pop("config", {})}
    fields = {"status": Status(State.FINISHED), "config": config, "created": NOW, **fields}
    return RunView(id=name, path=Path("/runs") / name, name=name, **fields)


def decayed(name: str, decay: float, **fields: Any) -> RunView:
    return view(name, config={"optimizer": {**TREE["optimizer"], "weight_decay": decay}}, **fields)


def with_test(name: str, value: float) -> RunView:
    return view(name, curves={"test/accuracy": Curve(np.array([1.0]), np.array([value]))})


def ids(runs: Any) -> list[str]:
    return [run.id for run in runs]


def headings(columns: list[Column]) -> list[str]:
    return [column.heading for column in columns]


@pytest.fixture
def listing() -> Listing:
    return Listing(clock=lambda: NOW)


def column(listing: Listing, runs: list[RunView], key: str) -> Column:
    return next(each for each in listing.of(runs).columns if each.key == key)


def test_settings_that_differ_are_columns_weight_decay_first(listing: Listing) -> None:
    runs = [
        decayed("a", 0.1, live={"seed": 1}),
        decayed("b", 0.1, live={"seed": 2}),
        decayed("c", 1.0, live={"seed": 3}),
    ]
    shown = [each for each in listing.of(runs).columns if each.key.startswith("=")]
    assert headings(shown) == ["wd", "seed"]
    assert [shown[0].text(run) for run in runs] == ["0.1", "0.1", "1"]
    assert not [each for each in listing.of(runs[:1]).columns if each.key.startswith("=")]


def test_what_no_result_depends_on_comes_last(listing: Listing) -> None:
    runs = [
        view("a", config={"log": {"max_gap": 1}, "loss": "mse"}),
        view("b", config={"log": {"max_gap": 2}, "loss": "mse"}),
        view("c", config={"log": {"max_gap": 3}}),
    ]
    shown = [each.heading for each in listing.of(runs).columns if each.key.startswith("=")]
    assert shown.index("loss") < shown.index("max_gap")


def test_a_column_sorts_both_ways_and_what_is_missing_comes_last(listing: Listing) -> None:
    runs = [
        with_test("low", 0.1),
        view("none"),
        with_test("nan", float("nan")),
        with_test("high", 0.9),
    ]
    test = column(listing, runs, "test")
    listing.order = Order(test)
    assert ids(listing.of(runs).runs) == ["high", "low", "none", "nan"]
    listing.order = Order(test, is_reversed=True)
    assert ids(listing.of(runs).runs) == ["low", "high", "none", "nan"]


def test_numbers_and_texts_in_one_column_can_be_sorted(listing: Listing) -> None:
    runs = [
        view("a", config={"loss": "mse"}),
        view("b", config={"loss": 3}),
        view("c", config={"loss": None}),
        view("d", config={"loss": [1]}),
    ]
    listing.order = Order(column(listing, runs, "=loss"))
    assert ids(listing.of(runs).runs) == ["b", "d", "a", "c"]


def test_newest_first_can_be_turned_round(listing: Listing) -> None:
    runs = [view("new"), view("old")]
    listing.order = Order(is_reversed=True)
    assert ids(listing.of(runs).runs) == ["old", "new"]
    assert listing.order.words == "oldest first"


def test_archived_runs_are_left_out_until_they_are_asked_for(listing: Listing) -> None:
    runs = [view("here"), view("away", notes=Notes(archived=True))]
    assert ids(listing.of(runs).runs) == ["here"]
    assert listing.of(runs).archived == 1
    listing.query = "archived"
    assert ids(listing.of(runs).runs) == ["away"]
    listing.query, listing.shows_archived = "", True
    assert ids(listing.of(runs).runs) == ["here", "away"]


def test_a_query_that_makes_no_sense_filters_nothing(listing: Listing) -> None:
    runs = [view("a"), view("b")]
    listing.query = "wd>"
    listed = listing.of(runs)
    assert ids(listed.runs) == ["a", "b"]
    assert listed.problem is not None
    assert "expected a number" in listed.problem


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("groked", "no run is called 'groked'; did you mean grokked?"),
        ("zzz", "no run is like that"),
        ("away", "the 1 that match are archived: A shows them"),
    ],
)
def test_an_empty_list_says_why(listing: Listing, query: str, said: str) -> None:
    listing.query = query
    assert listing.of([view("a"), view("away", notes=Notes(archived=True))]).problem == said


def test_another_machine_is_named_and_this_one_is_not(listing: Listing) -> None:
    runs = [view("a", host="node7", device="cuda:0"), view("b", host=this_host().name)]
    where = column(listing, runs, "where")
    assert [where.text(run) for run in runs] == ["node7 cuda:0", ""]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_columns_fit_every_width(listing: Listing, width: int) -> None:
    grokked = Verdict(final_step=100.0, events=(Event("memorised", 5, 5),))
    runs = [
        decayed(f"a-rather-long-name-of-a-run-{n}", n, device="cpu", verdict=grokked)
        for n in range(9)
    ]
    tagged = dataclasses.replace(runs[0], notes=Notes(tags=("paper",)))
    shown = fitting(listing.of([tagged, *runs[1:]]).columns, width, 29)
    assert sum(each.width + 1 for each in shown) + 1 <= width
    assert {"state", "run", "verdict"} <= {each.key for each in shown}
    assert next(each for each in shown if each.key == "run").width >= 12
    assert ("tags" in {each.key for each in shown}) == (width >= 100)


def test_columns_stay_the_same_objects_while_nothing_changes(listing: Listing) -> None:
    runs = [decayed("a", 0.1), decayed("b", 1.0)]
    assert listing.of(runs).columns is listing.of(list(runs)).columns


def test_a_run_that_is_read_again_with_the_same_settings_changes_no_column(
    listing: Listing,
) -> None:
    runs = [decayed("a", 0.1), decayed("b", 1.0)]
    columns = listing.of(runs).columns
    again = dataclasses.replace(runs[0], config=copy.deepcopy(runs[0].config), notes=Notes())
    assert again.config is not runs[0].config
    assert listing.of([again, runs[1]]).columns is columns
    assert listing.of([decayed("a", 0.2), runs[1]]).columns is not columns


GROKKED = Verdict(
    outcome=Outcome.GROKKED,
    final_step=4000.0,
    events=(
        Event("memorised", 50, 52),
        Event("grokked", 790, 846, low=731, high=846, rise=(700, 900)),
    ),
)


def test_phases_are_told_apart_without_colour() -> None:
    assert phase_cells(GROKKED, 4000, 8) == "····▂▂▅█"


def test_a_rise_is_never_too_short_to_be_seen_nor_is_what_it_led_to() -> None:
    late = dataclasses.replace(GROKKED, final_step=950.0)
    assert phase_cells(late, 950, 4)[-2:] == "▅█"


def test_steps_to_come_are_blank_and_a_run_without_steps_has_no_phases() -> None:
    early = Verdict(final_step=60.0)
    assert phase_cells(early, 4000, 8) == "····"
    assert phase_cells(Verdict(), 4000, 8) == ""


@pytest.mark.parametrize("last", [0.0, 1.0, 2.0, 1e12])
@pytest.mark.parametrize("planned", [None, 1, 10**12])
def test_phases_never_take_more_room_than_there_is(last: float, planned: float | None) -> None:
    for verdict in (Verdict(final_step=last), dataclasses.replace(GROKKED, final_step=last)):
        assert len(phase_cells(verdict, planned, 8)) <= 8


def test_runs_of_many_hosts_in_one_folder_name_host_and_device(
    listing: Listing, tmp_path: Path
) -> None:
    for host, device in (("node1", "cuda:0"), ("node1", "cuda:1"), ("node2", "cuda:0")):
        write_run(tmp_path, [], host=host, boot_id=host, device=device)
    runs = [read_run(path) for path in find_runs(tmp_path)]
    where = column(listing, runs, "where")
    assert sorted(where.text(run) for run in runs) == [
        "node1 cuda:0",
        "node1 cuda:1",
        "node2 cuda:0",
    ]
