"""Files to read: a clean list of callees, and one as people keep them."""

import itertools
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

FIRST = 93_200_000_000  # of up to a thousand million numbers of eleven digits


def clean(folder: Path, count: int) -> Path:
    """Two columns, each number once, as digits with a plus."""
    path = folder / f"clean-{count}.csv"
    if not path.exists():
        _write(path, (f"customer {at},+{FIRST + at * 7 % 999_999_937}" for at in range(count)))
    return path


def dirty(folder: Path, count: int) -> Path:
    """Three in ten written with separators, one in fifty twice, one in two hundred no number at all."""
    path = folder / f"dirty-{count}.csv"
    if not path.exists():
        _write(path, _as_kept(count))
    return path


def _as_kept(count: int) -> Iterator[str]:
    lots = random.Random(7)
    for at in range(count):
        lot = lots.random()
        text = str(FIRST + (at if lot >= 0.02 else lots.randrange(at + 1)) * 7 % 999_999_937)
        if lot > 0.995:
            text = "none"
        elif lot > 0.9:
            text = f"+{text[:2]} ({text[2:5]}) {text[5:8]}-{text[8:]}"
        elif lot > 0.7:
            text = f"+{text[:2]} {text[2:5]} {text[5:]}"
        yield f'"Somebody, No. {at}",{text},street {at % 97}' if lot > 0.5 else f"customer {at},{text},"


def _write(path: Path, rows: Iterable[str]) -> None:
    rows = iter(rows)
    with path.with_suffix(".part").open("w") as file:
        first = next(rows)
        file.write("name,number,street\n" if first.count(",") > 1 else "name,number\n")
        file.write(first + "\n")
        while part := list(itertools.islice(rows, 10_000)):
            file.write("\n".join(part) + "\n")
    path.with_suffix(".part").rename(path)
