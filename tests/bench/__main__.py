"""``python -m tests.bench [--json] [--only T1,T3] [--quick]``: measure and print; exit 1 when a "must" is missed."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.bench import (
    campaign,
    campaign_ledger,
    campaign_overhead,
    campaign_reading,
    reconciling,
    reports,
    sending,
    startup,
    work,
)
from tests.bench.campaign_ground import Ground
from tests.bench.measure import Row

_ALONE = {
    work: ("T13", "T14", "T17"),
    sending: ("T15",),
    startup: ("T26", "T26b", "T27"),
    reports: ("T28",),
    reconciling: ("T29",),
}
_CAMPAIGNS = (campaign, campaign_overhead, campaign_reading, campaign_ledger)
_QUICK = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure the targets of a release.")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON on stdout")
    parser.add_argument("--only", metavar="TARGETS", help="these targets, separated by commas, such as T1,T3,ledger")
    parser.add_argument("--quick", action="store_true", help="campaigns with a tenth of the callees; says little")
    asked = parser.parse_args()
    only = set(asked.only.split(",")) if asked.only else None
    rows = []
    for row in _measured(lambda target: only is None or target in only, _QUICK if asked.quick else 1):
        rows.append(row)
        Console(stderr=True).print(f"{row.target} {row.what}: {_number(row)} {row.verdict}; {row.note}")
    if asked.json:
        json.dump([{**asdict(row), "verdict": row.verdict} for row in rows], sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        Console().print(_table(rows))
    return int(any(row.verdict == "MISSED" for row in rows))


def _measured(wanted: Callable[[str], bool], scale: int) -> Iterator[Row]:
    for group, targets in _ALONE.items():
        if any(map(wanted, targets)):
            yield from (row for row in group.rows() if wanted(row.target))
    with Ground(scale) as ground:
        for group in _CAMPAIGNS:
            yield from group.rows(ground, wanted)


def _table(rows: list[Row]) -> Table:
    table = Table("target", "what", "versus", "must", "goal", "measured", "verdict", "note")
    for row in rows:
        sign = ">=" if row.at_least else "<="
        bounds = f"{sign} {row.must:g} {row.unit}", f"{sign} {row.goal:g} {row.unit}"
        table.add_row(row.target, row.what, row.versus, *bounds, _number(row), row.verdict, row.note)
    return table


def _number(row: Row) -> str:
    return "" if row.measured is None else f"{row.measured:.2f} {row.unit}"


if __name__ == "__main__":
    sys.exit(main())
