from __future__ import annotations

import os
import threading

from support import wait_until

from grok_tui.tui.link import MOST_WAITING, Budget, Outlet


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_a_rate_nobody_waits() -> None:
    budget = Budget(None)
    budget.spend(10**9)
    assert budget.wait_s() == 0


def test_a_rate_holds_on_average() -> None:
    clock = Clock()
    budget = Budget(1000.0, clock)
    assert budget.wait_s() == 0
    sent = 0
    while clock.now < 100:
        sent += 700
        budget.spend(700)
        clock.now += max(budget.wait_s(), 0.01)
    assert abs(sent / clock.now - 1000) < 10


def test_keys_are_sent_in_spite_of_the_rate_and_data_pay_for_them() -> None:
    clock = Clock()
    budget = Budget(1000.0, clock)
    budget.spend(500)
    budget.spend(2500)
    assert budget.wait_s() == 3
    clock.now = 2.0
    assert budget.wait_s() == 1
    clock.now = 60.0
    assert budget.wait_s() == 0, "what was not sent is not saved up"
    budget.spend(1000)
    assert budget.wait_s() == 1


def test_a_line_that_stalls_holds_nobody_up_and_tells_when_it_is_free() -> None:
    reader, writer = os.pipe()
    freed = threading.Event()
    outlet = Outlet(writer, freed.set)
    frame = "x" * 50_000
    sent = 0
    while not outlet.refuse():  # nobody reads: a call that waited would wait for ever
        sent += outlet.write(frame)
    assert sent > MOST_WAITING
    assert not freed.is_set()
    read = 0
    while read < sent:
        read += len(os.read(reader, 65536))
    assert freed.wait(5)
    wait_until(lambda: outlet.waiting == 0, "all was sent")
    assert not outlet.refuse()
    assert read == sent, "what was taken was sent whole"
    os.close(writer)
    os.close(reader)


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    outlet = Outlet(writer)
    outlet.write("x" * 10_000)
    outlet.drain(5)
    assert outlet.waiting == 0
    os.close(writer)
