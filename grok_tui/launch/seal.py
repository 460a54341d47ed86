"""Shows that this user launched a command line, before it is started again.

A run directory may come from anybody, and an archive that was unpacked belongs to whoever unpacked
it: what its `run.json` names as a command is run only with a seal that needs this user's own key.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Sequence

import msgspec

from grok_tui import paths
from grok_tui.files import make_private, read_regular

_KEY_BYTES = 32


def seal(arguments: Sequence[str], folder: str) -> str | None:
    """Return the seal of a command line and the folder it is run in.

    Returns:
        Nothing where there is no place for a key: then it cannot be started again by grok-tui.
    """
    try:
        key = _key()
    except OSError:
        return None
    message = msgspec.json.encode([folder, *arguments])
    return hmac.new(key, message, "sha256").hexdigest()


def is_sealed(arguments: Sequence[str], folder: str, given: str | None) -> bool:
    """Return whether this user launched that command line in that folder."""
    expected = seal(arguments, folder)
    return bool(expected and given and hmac.compare_digest(expected, given))


def _key() -> bytes:
    file = paths.state_file("launch.key")
    make_private(file.parent)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(_KEY_BYTES))
        finally:
            os.close(descriptor)
    key = read_regular(file, _KEY_BYTES)
    if len(key) < _KEY_BYTES:
        raise OSError(f"{file} is damaged")
    return key
