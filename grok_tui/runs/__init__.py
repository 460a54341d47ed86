"""The run directory: the only thing that the trainer and the monitor share."""
