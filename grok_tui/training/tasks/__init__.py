"""The tasks: one file each, with a function that makes the examples."""
