"""Loss of power, replayed: from a trace of every write and every wait for the disk, the worst disk there could be.

At the moment a request leaves, only what was waited for is on that disk; everything else is gone. Opened as a ledger,
it must know that these callees are being submitted. A kill cannot show this, for the page cache survives it.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.drive import NAME
from tests.chaos.kills import Finding
from tests.chaos.stage import Stage
from voicehub.campaign import CalleeState, SqliteLedger
from voicehub.errors import LedgerError

_TRACED = "openat,pwrite64,write,ftruncate,fdatasync,fsync,sendto"
_LINE = re.compile(r"([0-9]+) +(?:([a-z0-9]+)\((.*)|<\.\.\. ([a-z0-9]+) resumed>(.*))", re.DOTALL)
_HEX = re.compile(r"\\x([0-9a-f]{2})")
_FILE = re.compile("[0-9]+<([^>]*)>")
_DATA = re.compile('"((?:[\\\\]x[0-9a-f]{2})*)"')
_UNFINISHED = " <unfinished ...>"


@dataclass
class File:
    """What the programs see, what is on the disk, and whether the folder on the disk knows of it."""

    disk: bytearray
    named: bool
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut off there
    position: int = 0

    def sync(self, count: int) -> None:
        for offset, data in self.waiting[:count]:
            if data is None:
                del self.disk[offset:]
                self.disk.extend(bytes(offset - len(self.disk)))
            else:
                self.disk.extend(bytes(max(0, offset - len(self.disk))))
                self.disk[offset : offset + len(data)] = data
        del self.waiting[:count]


class Disk:
    """The files of one folder as they would be found after a loss of power."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {str(path): File(bytearray(path.read_bytes()), True) for path in folder.iterdir()}
        self.syncs = 0

    def called(self, call: str, args: str) -> None:
        """A call begins. What is written may reach the disk from now on, or not."""
        if call == "openat":
            path = _bytes(_DATA.search(args)).decode()
            if "O_CREAT" in args and path.startswith(f"{self.folder}/"):
                self.files.setdefault(path, File(bytearray(), False))
            return
        file = self.files.get(_path(args))
        if file is None:
            return
        if call == "pwrite64":
            offset = int(args.rpartition(", ")[2].partition(")")[0].removesuffix(_UNFINISHED))
            file.waiting.append((offset, _bytes(_DATA.search(args))))
        elif call == "write":
            data = _bytes(_DATA.search(args))
            file.waiting.append((file.position, data))
            file.position += len(data)
        elif call == "ftruncate":
            file.waiting.append((int(args.split(", ")[1].partition(")")[0].removesuffix(_UNFINISHED)), None))

    def synced(self, path: str, count: int) -> None:
        """A wait for the disk is over: what had been written when it began is there."""
        self.syncs += 1
        if path == str(self.folder):
            for named in self.files.values():
                named.named = True
        elif (file := self.files.get(path)) is not None:
            file.sync(count)

    def waiting(self, path: str) -> int:
        return len(self.files[path].waiting) if path in self.files else 0

    def lay_out(self, folder: Path) -> None:
        """Write down the worst disk."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, file in self.files.items():
            if file.named:
                (folder / Path(path).name).write_bytes(file.disk)


def loss_of_power(folder: Path, *, batches: int = 100, plant: str = "") -> Finding:
    """Run under a tracer, then open the worst disk of every moment at which a request left."""
    trace = folder / "trace"
    with Stage(folder / "stage", 20 * batches, most=20, slots=4) as stage:
        stage.ledger = folder / "disk" / "ledger.db"
        stage.plan()
        disk = Disk(stage.ledger.parent)
        tracer = (
            "strace",
            "-f",
            "-y",
            "-xx",
            "-s",
            "1000000",
            "--seccomp-bpf",
            "-qq",
            "-o",
            str(trace),
            "-e",
            f"trace={_TRACED}",
        )
        code, _, err = stage.whole(*tracer, plant=plant)
        assert code == 0, err
        verdict = stage.judge()
        requests, missing, broken = 0, 0, []
        for callees in _requests(trace, disk):
            requests += 1
            disk.lay_out(folder / "image")
            unknown, trouble = _unknown(folder / "image" / "ledger.db", callees)
            missing += unknown
            broken += trouble
    told = f"{missing} of {requests} requests left without their intent on the disk; {disk.syncs} waits for the disk"
    passed = not missing and requests >= batches and not broken and verdict.clean
    return Finding(f"loss of power{f' with {plant}' if plant else ''}", passed, "; ".join([told, *broken[:3]]))


def _requests(trace: Path, disk: Disk) -> Iterator[set[str]]:
    """Play the trace into the disk; stop whenever the first byte of a request leaves, with the callees it is for."""
    begun: dict[str, tuple[str, int]] = {}
    events = list(_events(trace))
    for at, (thread, call, args, ends) in enumerate(events):
        if call in ("fdatasync", "fsync"):
            if args:
                begun[thread] = _path(args), disk.waiting(_path(args))
            if ends:
                disk.synced(*begun.pop(thread))
        elif call == "sendto" and args and _bytes(_DATA.search(args)).startswith(b"POST "):
            yield _asked_for(thread, events[at:])
        elif args:
            disk.called(call, args)


def _asked_for(thread: str, events: list[tuple[str, str, str, bool]]) -> set[str]:
    sent = b"".join(
        _bytes(_DATA.search(args))
        for who, call, args, _ in events[:2000]
        if who == thread and call == "sendto" and args
    )
    found = re.search(b'"callee":"([0-9,]+)"', sent)
    assert found is not None
    return {f"+{number}" for number in found.group(1).decode().split(",")}


def _events(trace: Path) -> Iterator[tuple[str, str, str, bool]]:
    """Thread, call, arguments (empty: told before), and whether the call is over and succeeded."""
    for line in trace.read_text().splitlines():
        if found := _LINE.match(line):
            thread, call, args, resumed, rest = found.groups()
            if call:
                yield thread, call, args, not args.endswith(_UNFINISHED.lstrip()) and args.rstrip().endswith("= 0")
            else:
                yield thread, resumed, "", rest.rstrip().endswith("= 0")


def _unknown(ledger: Path, callees: set[str]) -> tuple[int, list[str]]:
    """1 if this ledger would phone these callees (again), and what else is wrong with it."""
    try:
        with closing(SqliteLedger(ledger)) as opened:
            pending = {row.callee for row in opened.results(NAME) if row.state is CalleeState.PENDING}
            if callees & pending:
                return 1, []
            opened.own()
            doubted = {row.callee for row in opened.results(NAME) if row.state is CalleeState.IN_DOUBT}
            return 0, [] if callees <= doubted else ["an intent was there, and did not become doubt"]
    except LedgerError as error:
        return 1, [f"the disk holds no ledger that can be owned: {error}"]


def _path(args: str) -> str:
    found = _FILE.match(args)
    return _bytes(found).decode() if found else ""


def _bytes(found: "re.Match[str] | None") -> bytes:
    return bytes.fromhex("".join(_HEX.findall(found.group(1)))) if found else b""
