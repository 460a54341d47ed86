"""Measures of a network's complexity: one file each, and what they may cost."""
