"""The numbers that settings are made of, with their bounds."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

# The upper bounds are there to refuse infinity.
Positive: TypeAlias = Annotated[float, Meta(gt=0, le=1e12)]
NotNegative: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]
Share: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]
Part: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Decay: TypeAlias = Annotated[float, Meta(ge=0, lt=1)]
Count: TypeAlias = Annotated[int, Meta(ge=1)]
Examples: TypeAlias = Annotated[int, Meta(ge=1, le=10**7)]
Width: TypeAlias = Annotated[int, Meta(ge=1, le=16_384)]
Seed: TypeAlias = Annotated[int, Meta(ge=0, lt=2**32)]
"""torch's generators look at no more bits."""
LastStep: TypeAlias = Annotated[int, Meta(ge=1, le=10**12)]
Band: TypeAlias = tuple[float, float]
