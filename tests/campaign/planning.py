"""What the tests of plans and reports share: files of callees, a configuration, and a plan on a ledger in memory."""

import csv
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.campaign.memory import MemoryLedger
from tests.configurations import ACCOUNT, write
from voicehub import Announcement, ConfigError, UploadedAudio, config
from voicehub.campaign._input.layout import Layout
from voicehub.campaign._input.source import Source, look
from voicehub.campaign._ledger.contract import CampaignState, Claim
from voicehub.campaign._plan.plan import Plan, plan
from voicehub.campaign._report import report
from voicehub.config import Configuration
from voicehub.receipt import Outcome

AUDIO = Announcement(content=UploadedAudio("12022022570cc.mp3"))
A, B, C = "+932111111111", "+932111111112", "+932111111113"


def file(content: str | bytes, name: str = "callees.csv") -> Path:
    path = Path(name).absolute()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def configuration(extra: str = "", account: str = ACCOUNT) -> Configuration:
    return config.load(write(account + extra))


def planned(ledger: MemoryLedger, path: Path, name: str = "one", **options: Any) -> Plan:
    options.setdefault("configuration", configuration())
    return plan(ledger, name, path, options.pop("announcement", AUDIO), clock=lambda: 1.0, **options)


def plan_of(content: str | bytes, name: str = "callees.csv", **options: Any) -> tuple[Plan, list[str]]:
    """The plan of such a file, and the callees the ledger holds then."""
    ledger = MemoryLedger()
    made = planned(ledger, file(content, name), **options)
    return made, [result.callee for result in ledger.results("one")]


def refusal(content: str | bytes, name: str = "callees.csv", **options: Any) -> str:
    """The one line that such a file is refused with; nothing is stored."""
    ledger = MemoryLedger()
    with pytest.raises(ConfigError) as caught:
        planned(ledger, file(content, name), **options)
    assert not ledger.names()
    assert "\n" not in str(caught.value)
    return str(caught.value)


DIRTY = f"name,phone\nAli,{A}\nBo,93-211-111-1112\nCy,n/a\nDi,(93) 2111111111\nEd,\nFi,{A}\nGo,0932\nHu,{B}\n"
TEXT = f"name,phone,town\nAli,{A},Herat\nBo,n/a,\nCy,93-211-111-1112,x\nDi,{A},y\nEd,{C}\n"


def kept(text: str = TEXT, name: str = "callees.csv", **options: Any) -> MemoryLedger:
    """A ledger with the plan of such a file."""
    ledger = MemoryLedger()
    planned(ledger, file(text, name), **options)
    return ledger


def layout_of(content: str | bytes, column: str | None = None, name: str = "callees.csv") -> Layout:
    return look(file(content, name), column)


def read(layout: Layout, *, with_rows: bool = True) -> list[tuple[int, str]]:
    """Line and number of every row."""
    with Source(layout) as source:
        blocks = list(source.blocks(with_rows=with_rows))
        source.fingerprint()
    if not with_rows:
        return [(0, number) for block in blocks for number in block.numbers]
    return [pair for block in blocks for pair in zip(block.lines(), block.numbers, strict=True)]


def submit(ledger: MemoryLedger, *statuses: str, name: str = "one", why: str | None = None) -> None:
    """Run the campaign: one batch is claimed, and each of its callees gets the next status."""
    ledger.own()
    ledger.change(name, CampaignState.RUNNING, now=2.0)
    claim = ledger.claim(name, "a", most=len(statuses), now=3.0)
    assert isinstance(claim, Claim)
    pairs = zip(claim.callees, statuses, strict=True)
    outcomes = [Outcome(callee, status, f"id{callee[-2:]}", "0", "said, so") for callee, status in pairs]  # type: ignore[arg-type]
    ledger.settle(claim, outcomes, now=1767225600.25, why=why)


def rows_of(ledger: MemoryLedger, name: str = "one", **options: Any) -> list[dict[str, str]]:
    """The rows of the report, as CSV."""
    report(ledger, name, "report.csv", **options)
    with Path("report.csv").open(encoding="utf-8", newline="") as lines:
        delimiter = ";" if ";" in lines.readline() else ","
        lines.seek(0)
        return list(csv.DictReader(lines, delimiter=delimiter))


def objects_of(ledger: MemoryLedger, name: str = "one") -> list[dict[str, Any]]:
    report(ledger, name, "report.jsonl", format="jsonl")
    return [json.loads(line) for line in Path("report.jsonl").read_text("utf-8").splitlines()]


def workbook(sheets: dict[str, Sequence[Sequence[object]]], name: str = "book.xlsx", first_row: int = 1) -> Path:
    """A workbook of numbers and texts, as small as one can be."""
    kinds = "http://schemas.openxmlformats.org"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    rels = f"{kinds}/officeDocument/2006/relationships"
    numbers = range(1, len(sheets) + 1)
    names = [f'<sheet name="{title}" sheetId="{at}" r:id="r{at}"/>' for at, title in enumerate(sheets, 1)]
    links = [f'<Relationship Id="r{at}" Type="{rels}/worksheet" Target="worksheets/s{at}.xml"/>' for at in numbers]
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [
        f'<Override PartName="/xl/worksheets/s{at}.xml" ContentType="{sheet_type}.worksheet+xml"/>' for at in numbers
    ]
    path = Path(name).absolute()
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'{head}<Types xmlns="{kinds}/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>'
            f"{''.join(parts)}</Types>",
        )
        package = f'{head}<Relationships xmlns="{kinds}/package/2006/relationships">'
        book.writestr(
            "_rels/.rels",
            f'{package}<Relationship Id="r0" Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr("xl/_rels/workbook.xml.rels", f"{package}{''.join(links)}</Relationships>")
        book.writestr(
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{kinds}/spreadsheetml/2006/main" xmlns:r="{rels}">'
            f"<sheets>{''.join(names)}</sheets></workbook>",
        )
        for at, rows in enumerate(sheets.values(), 1):
            data = "".join(_row(number, row) for number, row in enumerate(rows, first_row))
            book.writestr(
                f"xl/worksheets/s{at}.xml",
                f'{head}<worksheet xmlns="{kinds}/spreadsheetml/2006/main"><sheetData>{data}</sheetData></worksheet>',
            )
    return path


def _row(number: int, values: Sequence[object]) -> str:
    cells = "".join(_cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(values) if value is not None)
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: object) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
