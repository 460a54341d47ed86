"""Folders on other machines, mirrored into the user's cache; nothing is ever written there."""
