"""The command line: one file a subject, one function a command. Heavy things load where used."""
