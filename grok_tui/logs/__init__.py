"""Logs of any kind behind one interface: a source that is read in bounded batches."""
