"""How a run gets a process."""
