"""Colours of meaning. They keep apart for colour-blind eyes (after Okabe and Ito), and each comes
with a word, a sign or a line style, so that nothing depends on them."""

from __future__ import annotations

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
