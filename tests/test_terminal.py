from __future__ import annotations

import pytest

from grok_tui.terminal import has_few_colours, has_unicode, multiplexer


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "de_DE@euro"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, False),
        ({"LANG": "C.UTF-8", "TERM": "screen-256color"}, True),
    ],
)
def test_unicode_is_shown_where_the_terminal_has_it(
    environment: dict[str, str], expected: bool
) -> None:
    assert has_unicode(environment) is expected


def test_colours_and_multiplexers_are_known_by_their_variables() -> None:
    assert has_few_colours({"TERM": "linux"})
    assert not has_few_colours({"TERM": "xterm-256color"})
    assert multiplexer({"TMUX": "/tmp/x", "STY": "1"}) == "tmux"
    assert multiplexer({"STY": "1.tty"}) == "screen"
    assert multiplexer({}) is None
