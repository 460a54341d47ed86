"""Run directories that other people's training loops write: `from grok_tui import Run`."""
