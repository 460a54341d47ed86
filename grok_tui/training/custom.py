"""Functions of the user's own, named in the config as `module:function`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from grok_tui.errors import UsageError


def call(name: str, options: Mapping[str, Any], **given: Any) -> Any:
    """Call a function of the user's own with its options.

    Raises:
        UsageError: it is not there, or does not take these options.
    """
    module_name, _, function_name = name.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), function_name, None)
    except ModuleNotFoundError as error:
        raise UsageError(f"{name}: {error}") from None
    if not callable(function):
        raise UsageError(f"{name}: the module has no function {function_name}")
    try:
        return function(**given, **options)
    except TypeError as error:
        if function_name not in str(error):  # an error of the function's own
            raise
        raise UsageError(f"{name}: {error}") from None
