"""Numbers to meaning: pure functions and small state machines on arrays, without I/O."""
