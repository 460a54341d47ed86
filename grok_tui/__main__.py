"""`python -m grok_tui` is `grok-tui`."""

from grok_tui.cli.program import main

main()
