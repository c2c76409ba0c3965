"""To leave out of a start what a library brings along if it can."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without(module: str) -> Iterator[None]:
    """Whatever is imported meanwhile goes on as if there were no such module; whoever asks for it later gets it."""
    modules: dict[str, Any] = sys.modules
    if module in modules:
        yield
        return
    modules[module] = None
    try:
        yield
    finally:
        modules.pop(module, None)
