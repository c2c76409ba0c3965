"""What a campaign lives on is not replaced by what is written about it."""

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.planning import DIRTY, configuration, file
from voicehub import Announcement, AudioFile, ConfigError
from voicehub.campaign import SqliteLedger, plan, report

LIVED_ON = {
    "callees.csv": "is the input itself",
    "never.csv": "is the do-not-call file",
    "reminder.mp3": "is the recording",
    "some.csv": "is the configuration",
    "ledger.csv": "is a ledger, or another database",
}
ENDS = ("-wal", "-shm", ".lock", ".attempts", ".answers")
BESIDE = dict.fromkeys(map("ledger.csv{}".format, ENDS), "is part of a ledger")


def _planned(ledger: SqliteLedger, name: str, **options: Any) -> None:
    read = replace(configuration(), path=Path("some.csv"))
    played = Announcement(content=AudioFile("reminder.mp3"))
    plan(ledger, name, "callees.csv", played, configuration=read, do_not_call="never.csv", **options)


def _reported(ledger: SqliteLedger, target: str) -> None:
    report(ledger, "one", target, configuration=replace(configuration(), path=Path("some.csv")))


WRITERS: dict[str, Callable[[SqliteLedger, str], None]] = {
    "plan": lambda ledger, target: _planned(ledger, "two", rejects=target),
    "report": _reported,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("target", "file_of", "told"),
    [*((name, name, told) for name, told in (LIVED_ON | BESIDE).items())]
    + [("link.csv", name, told) for name, told in LIVED_ON.items()],
)
def test_it_is_refused_and_stays(writer: str, target: str, file_of: str, told: str) -> None:
    file(DIRTY)
    for name, content in (("never.csv", b""), ("reminder.mp3", b"ID3 x"), ("some.csv", b"")):
        Path(name).write_bytes(content)
    if target != file_of:
        Path(target).symlink_to(file_of)
    with closing(SqliteLedger("ledger.csv")) as ledger:
        _planned(ledger, "one")
        ledger.own()
        before = {path: path.read_bytes() for path in Path().iterdir()}
        with pytest.raises(ConfigError, match=f"{target}: {told}; write to another file"):
            WRITERS[writer](ledger, target)
        changed = {path.name for path in before if path.read_bytes() != before[path]}
        assert changed <= {"ledger.csv-wal", "ledger.csv-shm"}  # a draft that is gone
        assert ledger.names() == ["one"]


@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_no_regular_file_is_not_replaced(writer: str) -> None:
    file(DIRTY)
    for name in ("never.csv", "reminder.mp3", "some.csv"):
        Path(name).write_bytes(b"ID3 x" if name.endswith("mp3") else b"")
    with closing(SqliteLedger("ledger.csv")) as ledger:
        _planned(ledger, "one")
        os.mkfifo("pipe")
        Path("link").symlink_to("pipe")
        for target in ("pipe", "link"):
            with pytest.raises(ConfigError, match="is no regular file"):
                WRITERS[writer](ledger, target)
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("writer", WRITERS)
def test_a_link_to_a_file_stays_one(writer: str) -> None:
    file(DIRTY)
    for name in ("never.csv", "reminder.mp3", "some.csv", "out.csv"):
        Path(name).write_bytes(b"ID3 x" if name.endswith("mp3") else b"")
    Path("link.csv").symlink_to("out.csv")
    with closing(SqliteLedger("ledger.csv")) as ledger:
        _planned(ledger, "one")
        WRITERS[writer](ledger, "link.csv")
    assert Path("link.csv").is_symlink()
    assert Path("out.csv").stat().st_size > 0


def test_beside_no_ledger_such_a_name_is_free() -> None:
    file(DIRTY)
    for name in ("never.csv", "reminder.mp3", "notes"):
        Path(name).write_bytes(b"ID3 x" if name == "reminder.mp3" else b"")
    with closing(SqliteLedger("ledger.db")) as ledger:
        _planned(ledger, "one", rejects="notes.lock")
    assert Path("notes.lock").read_text().startswith("line,reason,number")
