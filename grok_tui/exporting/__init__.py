"""Writes the metrics of a log in the forms that other programs read."""
