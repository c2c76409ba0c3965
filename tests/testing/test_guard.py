"""The guard sees every way a method can ask something of the world, and none where there is none."""

import datetime
import gc
import hashlib
import json
import logging
import os
import random
import secrets
import socket
import sys
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from voicehub.testing._guard import another_time_zone, offences


def connect() -> None:
    with socket.socket() as one:
        one.settimeout(1)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (time.time, "reads the clock"),
        (time.monotonic_ns, "reads the clock"),
        (lambda: datetime.datetime.now(tz=datetime.UTC), "reads the clock"),
        (datetime.date.today, "reads the clock"),
        (uuid.uuid1, "reads the clock"),
        (lambda: os.environ.get("HOME"), "reads the environment"),
        (lambda: os.getenv("HOME"), "reads the environment"),
        (lambda: dict(os.environ), "reads the environment"),
        (lambda: random.choice([1, 2]), "draws randomness"),
        (lambda: random.Random(1).random(), "draws randomness"),
        (lambda: secrets.token_hex(4), "draws randomness"),
        (uuid.uuid4, "draws randomness"),
        (lambda: os.urandom(4), "draws randomness"),
        (lambda: socket.getaddrinfo("127.0.0.1", 1), "uses a socket"),
        (connect, "a socket"),
    ],
)
def test_what_is_asked_of_the_world_is_seen(call: Callable[[], object], told: str) -> None:
    assert any(told in offence for offence in offences(lambda: call()))


@pytest.mark.parametrize(
    "call",
    [
        lambda: hashlib.md5(b"key").hexdigest(),
        lambda: json.dumps(json.loads('{"a": [1, 2]}')),
        lambda: urlencode({"a": "b"}),
        lambda: datetime.datetime.fromtimestamp(0, tz=datetime.UTC).isoformat(),
        lambda: time.gmtime(0),
    ],
)
def test_a_pure_call_is_none(call: Callable[[], object]) -> None:
    assert offences(call) == []


@pytest.mark.parametrize("before", [None, "UTC", "ELSEWHERE-5:45"])
def test_elsewhere_it_is_another_time_and_then_no_more(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    if before is not None:
        monkeypatch.setenv("TZ", before)
    time.tzset()
    here = time.localtime(0).tm_gmtoff
    with another_time_zone():
        assert time.localtime(0).tm_gmtoff != here
    assert (time.localtime(0).tm_gmtoff, os.environ.get("TZ")) == (here, before)
    monkeypatch.undo()
    time.tzset()


def test_garbage_stays_uncollected_where_it_was() -> None:
    gc.disable()
    try:
        assert offences(lambda: json.dumps(1)) == []
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("collecting", [True, False])
def test_everything_is_put_back_also_after_an_error(collecting: bool) -> None:
    def fail() -> None:
        raise LookupError

    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        with pytest.raises(LookupError):
            offences(fail)
        assert (sys.getprofile(), gc.isenabled()) == (None, collecting)
    finally:
        (gc.enable if before else gc.disable)()


def test_a_log_is_told_as_a_log() -> None:
    (told,) = offences(lambda: logging.getLogger("voicehub.testing.guard").warning("a row nobody knows"))
    assert told == "writes a log, which reads the clock; put what is worth knowing into a code or a reason"
