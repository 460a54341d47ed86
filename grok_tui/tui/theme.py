"""Colours of meaning. They keep apart for colour-blind eyes (after Okabe and Ito), and each comes
with a word, a sign or a line style, so that nothing depends on them."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

VARIABLES = {
    "curve-train": "#56B4E9",
    "curve-test": "#E69F00",
    "curve-gap": "#CC79A7",
    "curve-complexity": "#29B58A",
    "curve-norm": "#A6A6A6",
    "curve-rank": "#E07B39",
    "flag": "#F0E442",
}

LIGHT_VARIABLES = {
    "curve-train": "#0072B2",
    "curve-test": "#B35C00",
    "curve-gap": "#A0417A",
    "curve-complexity": "#00795A",
    "curve-norm": "#666666",
    "curve-rank": "#A63D00",
    "flag": "#7A6400",
}

_LIGHT = {**BUILTIN_THEMES["textual-light"].variables, **LIGHT_VARIABLES}

_CONTRAST_VARIABLES = {
    "curve-train": "#66CCFF",
    "curve-test": "#FFB000",
    "curve-gap": "#FF9FD6",
    "curve-complexity": "#4DFFC3",
    "curve-norm": "#E0E0E0",
    "curve-rank": "#FF9A5C",
    "flag": "#FFFF00",
    "text-muted": "#FFFFFF",
    "text-success": "#4DFFC3",
    "text-warning": "#FFFF00",
    "text-error": "#FF8080",
}

_ANSI_VARIABLES = {
    "curve-train": "ansi_bright_blue",
    "curve-test": "ansi_bright_yellow",
    "curve-gap": "ansi_bright_magenta",
    "curve-complexity": "ansi_bright_cyan",
    "curve-norm": "ansi_white",
    "curve-rank": "ansi_bright_red",
    "flag": "ansi_bright_green",
}

_COLOUR_BLIND = Theme(
    name="colour-blind",
    primary="#56B4E9",
    secondary="#0072B2",
    accent="#CC79A7",
    success="#00B382",  # bluish green and vermilion are told apart by all eyes
    warning="#F0E442",
    error="#E8703A",
    foreground="#E6E6E6",
    background="#101418",
    surface="#181D23",
    panel="#232A32",
    variables=VARIABLES,
)

_HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#66CCFF",
    secondary="#66CCFF",
    accent="#FFFF00",
    success="#4DFFC3",
    warning="#FFFF00",
    error="#FF6060",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#202020",
    variables=_CONTRAST_VARIABLES,
)

THEMES = {
    theme.name: theme
    for theme in (
        replace(BUILTIN_THEMES["textual-dark"], name="dark", variables=VARIABLES),
        replace(BUILTIN_THEMES["textual-light"], name="light", variables=_LIGHT),
        _COLOUR_BLIND,
        _HIGH_CONTRAST,
        replace(
            BUILTIN_THEMES["ansi-dark"],
            name="16-colour",
            variables={**BUILTIN_THEMES["ansi-dark"].variables, **_ANSI_VARIABLES},
        ),
    )
}
"""The themes of this program, beside Textual's own."""

ANSI_CSS = """
Ribbon:ansi {
    .ribbon--memorised { background: ansi_blue; color: ansi_bright_white; }
    .ribbon--rising { background: ansi_green; color: ansi_black; }
    .ribbon--generalised { background: ansi_yellow; color: ansi_black; }
    .ribbon--collapsed { background: ansi_black; color: ansi_white; }
}
"""
"""Where a share of a colour is all of it, what stands on it needs a colour of its own."""
