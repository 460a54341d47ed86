"""Addresses of folders on other machines: `ssh://host/path`, `s3://bucket/prefix`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from grok_tui import paths
from grok_tui.errors import UsageError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_ORIGIN = "address"
"""The file beside a copy that says what it is a copy of."""
_WITH_SECRET = re.compile(r"(?<=://)[^/\s@]*@")


def is_address(text: str) -> bool:
    """Return whether a text is an address and no path."""
    return _ADDRESS.match(text) is not None


def shown(text: str) -> str:
    """Return an address, or a message with addresses in it, without names and passwords of users.

    What stands behind a question mark may be a signature, and is left out too.
    """
    text = _WITH_SECRET.sub("", text)
    if not is_address(text):
        return text
    parts = urlsplit(text)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def is_copy(path: Path) -> bool:
    """Return whether a path lies in the copy of a folder on another machine."""
    return path.absolute().is_relative_to(paths.cache() / "remote")


def origin_file(copy: Path) -> Path:
    """Return the file that says what a copy is a copy of."""
    return copy.parent / _ORIGIN


def told(path: Path) -> str:
    """Return a path as its user knows it: one in a copy by the address that was copied."""
    if not is_copy(path):
        return str(path)
    copies = paths.cache() / "remote"
    digest, *rest = path.absolute().relative_to(copies).parts or ("",)
    try:
        origin = (copies / digest / _ORIGIN).read_text("utf-8", "surrogateescape")
    except OSError:  # it was not fetched yet
        return str(path)
    return (origin + "/".join(rest[1:])).removesuffix("/")


def mirror_of(address: str) -> Path:
    """Return the folder of the cache that holds the copy of an address; it need not exist.

    Raises:
        UsageError: the address says no host or bucket.
    """
    parts = urlsplit(address)
    if not (parts.netloc or parts.path.strip("/")):
        raise UsageError(f"{shown(address)} names no folder; expected ssh://host/path or the like")
    digest = hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    last = re.sub(r"[^A-Za-z0-9._-]", "_", parts.path.rstrip("/").rpartition("/")[2])[:60]
    return paths.cache() / "remote" / digest / (last.lstrip(".") or "root")
