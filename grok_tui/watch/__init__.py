"""Follows run directories and turns them into immutable views, without Textual."""
