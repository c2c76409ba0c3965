"""Detects what a method uses besides its arguments: clock, environment, sockets, randomness."""

import _random
import _socket
import contextlib
import datetime
import gc
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

_CLOCKS = {
    "clock_gettime",
    "clock_gettime_ns",
    "ctime",
    "localtime",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "process_time_ns",
    "sleep",
    "thread_time",
    "time",
    "time_ns",
}
_TODAY = {"now", "today", "utcnow"}
_ENVIRONMENT = {
    function.__code__ for function in vars(type(os.environ)).values() if hasattr(function, "__code__")
}  # every access ends in one of these
_CONNECTING = {vars(base)["__init__"].__code__ for base in socket.socket.__mro__ if base.__module__ == "socket"}


@contextlib.contextmanager
def another_time_zone() -> Iterator[None]:
    """Changes the local time zone, because its use by a call cannot be detected otherwise."""
    before = os.environ.get("TZ")
    apply = getattr(time, "tzset", lambda: None)  # Windows has none
    os.environ["TZ"] = "ELSEWHERE-5:45" if time.localtime(0).tm_gmtoff != 20700 else "UTC"  # POSIX: east is minus
    try:
        apply()
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        apply()


def offences(call: Callable[[], object]) -> list[str]:
    """What the call, or anything it called, used besides its arguments; ``[]`` for a pure one.

    The interpreter's profile hook sees every call, however a function was imported, and replaces nothing. The garbage
    collector is off, because it would run finalisers and callbacks of other code.
    """
    seen: list[tuple[Any, Any]] = []
    before, collecting = sys.getprofile(), gc.isenabled()
    gc.disable()
    try:
        sys.setprofile(lambda frame, _, arg: seen.append((frame.f_code, arg)))
        call()
    finally:
        sys.setprofile(before)
        if collecting:
            gc.enable()
    return sorted({offence for code, arg in seen if (offence := _offence(code, arg)) is not None})


def _offence(code: Any, called: Any) -> str | None:
    if code in _ENVIRONMENT:
        return "reads the environment"
    if code in _CONNECTING:
        return "opens a socket"
    name, module = getattr(called, "__name__", ""), getattr(called, "__module__", "")
    owner = getattr(called, "__self__", None)
    if module == "time" and getattr(code, "co_filename", None) == logging.__file__:
        return "writes a log, which reads the clock; put what is worth knowing into a code or a reason"
    if (
        (module == "time" and name in _CLOCKS)
        or module == "_uuid"
        or (name in _TODAY and isinstance(owner, type) and issubclass(owner, datetime.date))
    ):
        return f"reads the clock ({name})"
    if isinstance(owner, _random.Random) or name in ("urandom", "getrandom"):
        return f"draws randomness ({name})"
    if module == "_socket" or isinstance(owner, _socket.socket):
        return f"uses a socket ({name})"
    return None
