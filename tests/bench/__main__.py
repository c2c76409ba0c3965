"""``python -m tests.bench [--json]``: measure and print; exit 1 when a "must" is missed."""

import argparse
import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.bench import sending, startup, work
from tests.bench.measure import Row


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure the targets of a release.")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON on stdout")
    asked = parser.parse_args()
    rows = []
    for row in (row for group in (work, sending, startup) for row in group.rows()):
        rows.append(row)
        Console(stderr=True).print(f"{row.target} {row.what}: {_number(row)} {row.verdict}")
    if asked.json:
        json.dump([{**asdict(row), "verdict": row.verdict} for row in rows], sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        Console().print(_table(rows))
    return int(any(row.verdict == "MISSED" for row in rows))


def _table(rows: list[Row]) -> Table:
    table = Table("target", "what", "versus", "must", "goal", "measured", "verdict", "note")
    for row in rows:
        bounds = f"<= {row.must:g} {row.unit}", f"<= {row.goal:g} {row.unit}"
        table.add_row(row.target, row.what, row.versus, *bounds, _number(row), row.verdict, row.note)
    return table


def _number(row: Row) -> str:
    return "" if row.measured is None else f"{row.measured:.2f} {row.unit}"


if __name__ == "__main__":
    sys.exit(main())
