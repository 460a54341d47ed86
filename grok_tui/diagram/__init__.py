"""A sweep as diagrams: which settings are its axes, and what its cells and lines tell."""
