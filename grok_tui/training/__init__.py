"""Trains a network in a process of its own: `python -m grok_tui.training RUN_DIR`.

The only part that imports torch. It writes the run directory and hears commands there; it knows
nothing of the monitor.
"""
