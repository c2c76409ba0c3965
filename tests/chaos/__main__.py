"""``python -m tests.chaos [REPORT] [--only WORD]``: play everything, write a report, exit 1 if anything is red."""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.chaos.kills import Finding
from tests.chaos.scenes import SCENES

_HEAD = """# Campaigns under fire

The judge is the vendor's own log of whom it dialled, never the ledger alone. Phoned twice, lost and mis-recorded must
be 0 everywhere; after every death the seven counts add up to the total and `PRAGMA integrity_check` says ok. Planted
bugs and the ledger that does not wait for the disk must be condemned: then their line is green.

"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py chaos", description="Campaigns under fire, whole; takes minutes.")
    parser.add_argument("report", nargs="?", type=Path, default=Path("chaos-report.md"), help="where the report goes")
    parser.add_argument("--only", default="", metavar="WORDS", help="scenes whose name holds one of these, by commas")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="voicehub-chaos-") as folder:
        for name, scene in SCENES.items():
            if any(word in name for word in asked.only.split(",")):
                begun = time.monotonic()
                found = _play(scene, Path(folder) / name.replace(" ", "-").replace(",", ""))
                rows.append((name, found, time.monotonic() - begun))
                sys.stderr.write(f"{_word(found)} {name} ({rows[-1][2]:.0f} s): {found.told}\n")
    asked.report.write_text(_report(rows))
    sys.stderr.write(f"written: {asked.report}\n")
    return int(not rows or not all(found.passed for _, found, _ in rows))


def _play(scene: object, folder: Path) -> Finding:
    assert callable(scene)
    folder.mkdir()
    try:
        found = scene(folder)
    except Exception:
        return Finding("a scene that could not be played", False, traceback.format_exc()[-3000:])
    assert isinstance(found, Finding)
    return found


def _word(found: Finding) -> str:
    return "green" if found.passed else "RED"


def _report(rows: list[tuple[str, Finding, float]]) -> str:
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    red = sum(not found.passed for _, found, _ in rows)
    lines = [f"{_HEAD}{time.strftime('%Y-%m-%d')}, {machine}, SQLite {sqlite3.sqlite_version}."]
    lines += [f"{len(rows)} scenes, {red} red, {sum(seconds for _, _, seconds in rows):.0f} s.\n"]
    lines += ["| scene | verdict | seconds | what was seen |", "|---|---|---|---|"]
    for name, found, seconds in rows:
        told = found.told.replace("|", "/").replace("\n", " ")
        lines.append(f"| {name}: {found.what} | {_word(found)} | {seconds:.0f} | {told} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
