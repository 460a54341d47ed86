"""What a colour on a chart stands for. Which colour that is, the screen's theme decides."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The meaning of a coloured cell."""

    TRAIN = "train"
    TEST = "test"
    GAP = "gap"
    COMPLEXITY = "complexity"
    NORM = "norm"
    RANK = "rank"
    FLAG = "flag"
    RAW = "raw"
    """What stands behind the curves: values before smoothing, and branches that were left."""


# plotext knows colours by number. Each role has one, by which its cells are found again.
CODES: dict[Role, int] = {role: 16 + index for index, role in enumerate(Role)}
ROLES: dict[int, Role] = {code: role for role, code in CODES.items()}

# For plain terminals: bright colours that colour-blind readers tell apart, and that are readable
# on black and on white.
SGR: dict[Role, str] = {
    Role.TRAIN: "34",
    Role.TEST: "33",
    Role.GAP: "35",
    Role.COMPLEXITY: "36",
    Role.NORM: "37",
    Role.RANK: "31",
    Role.FLAG: "1;32",
    Role.RAW: "90",
}
