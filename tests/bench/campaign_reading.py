"""T10 and T12: reading and removing duplicates, each in a process of its own, by processor time and memory."""

import csv
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from tests.bench import campaign_files
from tests.bench.campaign_ground import Ground, Took, process, rounds
from tests.bench.campaign_ours import peak_mib
from tests.bench.measure import Row

ROUNDS = 3
_BLOCK = 1000


def rows(ground: Ground, wanted: Callable[[str], bool]) -> Iterator[Row]:
    if wanted("T10"):
        file = str(ground.dirty(1_000_000))
        ours, bare = rounds(ROUNDS, lambda: _child("check", file), lambda: _child("csv", file))
        ratio = median(one.told["cpu"] / other.told["cpu"] for one, other in zip(ours, bare, strict=True))
        note = (
            f"{median(took.told['cpu'] for took in ours):.2f} against {median(took.told['cpu'] for took in bare):.2f} s"
        )
        yield Row("T10", "reading: dirty CSV to checked batches, cpu", "csv.reader alone", 1.6, 1.3, ratio, note)
    if wanted("T12"):
        file = str(_digits(ground.folder, 10_000_000 // ground.scale))
        ours, bare = rounds(ROUNDS, lambda: _child("ours", file), lambda: _child("set", file))
        pairs = list(zip(ours, bare, strict=True))
        for what, key, must, goal, unit in (("time", "cpu", 0.7, 0.5, "s"), ("memory", "mib", 0.25, 0.2, "MiB")):
            ratio = median(one.told[key] / two.told[key] for one, two in pairs)
            mine, other = (median(took.told[key] for took in tooks) for tooks in (ours, bare))
            note = f"{mine:.1f} against {other:.1f} {unit}"
            yield Row("T12", f"exact duplicates of 10 M numbers: {what}", "a set of int", must, goal, ratio, note)


def check(file: str) -> int:
    from voicehub.campaign._input.numbers import Numbers
    from voicehub.campaign._input.source import Source, look

    numbers, valid = Numbers(), 0
    with Source(look(Path(file), "number")) as source:
        for block in source.blocks(with_rows=False):
            valid += len(numbers.check(block.numbers).numbers())
    return valid


def read_alone(file: str) -> int:
    with Path(file).open(newline="", encoding="utf-8-sig") as lines:
        return sum(1 for _ in csv.reader(lines))


def ours(file: str) -> int:
    from voicehub.campaign._input.duplicates import REPEATED, Duplicates

    with Duplicates() as duplicates, Path(file).open("rb") as blocks:
        for block in blocks:
            duplicates.add(block.rstrip())
        return sum(found.count(REPEATED) for found in duplicates.found())


def a_set(file: str) -> int:
    seen: set[int] = set()
    twice = 0
    with Path(file).open("rb") as blocks:
        for block in blocks:
            for number in map(int, block.split(b",")):
                if number in seen:
                    twice += 1
                else:
                    seen.add(number)
    return twice


def _digits(folder: Path, count: int) -> Path:
    """Numbers in a shuffled order, one in a hundred twice; a thousand a line, joined by commas."""
    path = folder / "digits.txt"
    with path.open("w") as file:
        for start in range(0, count, _BLOCK):
            at = range(start, min(start + _BLOCK, count))
            numbers = (campaign_files.FIRST + (n - (n % 100 == 99)) * 387_420_489 % 999_999_937 for n in at)
            file.write(",".join(map(str, numbers)) + "\n")
    return path


def _child(what: str, argument: str) -> Took:
    return process("tests.bench.campaign_reading", what, argument)


def main() -> None:
    work = {"check": check, "csv": read_alone, "ours": ours, "set": a_set}[sys.argv[1]]
    if work in (check, ours):  # the start is measured elsewhere
        importlib.import_module("voicehub.campaign._plan.intake")
    begun = time.process_time()
    found = work(sys.argv[2])
    json.dump({"cpu": time.process_time() - begun, "mib": peak_mib(), "found": found}, sys.stdout)


if __name__ == "__main__":
    main()
