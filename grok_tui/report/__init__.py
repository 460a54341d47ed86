"""A run or a sweep in words, tables and files: what is printed, and what is saved of a screen."""
