"""Excel and Parquet: numbers in cells that have types."""

import datetime
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import duckdb
import pytest

from tests.campaign.memory import MemoryLedger
from tests.campaign.planning import A, B, C, file, planned, read, rows_of, workbook
from voicehub import ConfigError
from voicehub.campaign._input import tables
from voicehub.campaign._input.layout import numbers_of
from voicehub.campaign._input.source import Source, look


def _parquet(sql: str, name: str = "callees.parquet") -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{name}' (FORMAT parquet)")
    return Path(name).absolute()


def test_numbers_in_a_sheet() -> None:
    rows: list[list[Any]] = [["name", "phone"], ["Ali", 932111111111.0], [None, None], ["Bo", B], ["Cy", "n/a"]]
    layout = look(workbook({"people": rows}))
    assert (layout.kind, layout.sheet, layout.columns, layout.column.name) == (
        "excel",
        "people",
        ("name", "phone"),
        "phone",
    )
    assert read(layout) == [(2, A[1:]), (4, B), (5, "n/a")]


def test_a_sheet_that_begins_lower() -> None:
    assert read(look(workbook({"s": [[A], [B]]}, first_row=5))) == [(5, A), (6, B)]


def test_rows_that_are_too_short() -> None:
    layout = look(workbook({"s": [["name", "phone"], ["Ali", A], ["Bo"]]}))
    assert [number for _, number in read(layout)] == [A, ""]


def test_the_only_sheet_with_numbers() -> None:
    assert look(workbook({"notes": [["hello"], ["x"]], "list": [["phone"], [A]]})).sheet == "list"


@pytest.mark.parametrize("notes", [{}, {"notes": [["hello"], ["x"]]}])
def test_of_several_sheets_with_numbers_none_is_left_out_in_silence(notes: dict[str, list[list[Any]]]) -> None:
    path = workbook({**notes, "one": [["phone"], [A]], "two": [["phone"], [B]]})
    with pytest.raises(ConfigError, match="there are numbers on the sheets 'one', 'two'; leave one of them"):
        look(path)


def test_a_cell_that_is_a_date_is_nobody() -> None:
    moments = datetime.date(2026, 11, 23), datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC), datetime.time(8)
    assert numbers_of([A, *moments])[1] == dict.fromkeys((1, 2, 3), "is a date or a time")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "is empty"),
        ([["phone"]], "no row"),
        ([["a", "b"], [A, B]], "several columns"),
        ([["a"], ["x"]], "no column"),
    ],
)
def test_sheets_that_are_refused(rows: list[list[Any]], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        look(workbook({"s": rows}))


def test_a_workbook_without_a_sheet() -> None:
    with pytest.raises(ConfigError, match=r"book\.xlsx: "):
        look(workbook({}))


def test_what_is_no_workbook() -> None:
    with pytest.raises(ConfigError, match=r"x\.xlsx: is not a readable workbook"):
        look(file("phone\n", "x.xlsx"))


@pytest.mark.parametrize("kind", ["BIGINT", "UBIGINT", "DOUBLE", "DECIMAL(18, 2)", "VARCHAR", "HUGEINT"])
def test_numbers_in_parquet(kind: str) -> None:
    path = _parquet(f"SELECT 'Ali' AS who, 932111111111::{kind} AS nr UNION ALL SELECT 'Bo', NULL")
    layout = look(path)
    assert (layout.kind, layout.columns, layout.column) == ("parquet", ("who", "nr"), (1, "nr", True))
    found = read(layout)
    assert found[0][0] == 1
    assert found[0][1].removesuffix(".00") == A[1:]
    assert found[1] == (2, "")


def test_a_parquet_file_keeps_its_order() -> None:
    path = _parquet("SELECT 93000000000 + i AS phone FROM range(300000) t(i)")
    assert [int(number) for _, number in read(look(path))] == list(range(93_000_000_000, 93_000_300_000))


def test_what_is_no_parquet() -> None:
    with pytest.raises(ConfigError, match=r"x\.parquet: is not a readable Parquet file"):
        look(file("phone\n", "x.parquet"))


@pytest.mark.parametrize(("name", "extra"), [("x.xlsx", "excel"), ("x.parquet", "parquet")])
def test_without_the_extra(name: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=rf"x\..*: this file needs .*pip install 'voicehub-core\[{extra}\]'"):
        look(file("x", name))


def test_a_report_of_a_sheet_and_of_parquet() -> None:
    ledger = MemoryLedger()
    made = planned(ledger, workbook({"s": [["name", "phone"], ["Ali", 932111111111.0], ["Bo"], ["Cy", C]]}))
    assert (made.rows, made.valid) == (3, 2)
    assert [(row["name"], row["phone"], row["outcome"]) for row in rows_of(ledger)] == [
        ("Ali", A[1:], "pending"),
        ("Bo", "", "invalid"),
        ("Cy", C, "pending"),
    ]
    day = datetime.date(2026, 11, 22)
    path = _parquet(f"SELECT 932111111111 AS phone, DATE '{day}' AS day, TRUE AS ok, 1.5 AS sum, [1, 2] AS list")
    planned(ledger, path, "two")
    (row,) = rows_of(ledger, "two")
    assert [row[name] for name in ("phone", "day", "ok", "sum", "list")] == [
        A[1:],
        "2026-11-22",
        "true",
        "1.5",
        "[1, 2]",
    ]


def test_a_workbook_is_opened_once_to_look_at_all_its_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook({"notes": [["hello"], ["x"]], "list": [["phone"], [A]], "more": [["hello"], ["y"]]})
    opening = Mock(wraps=tables._book)
    monkeypatch.setattr(tables, "_book", opening)
    look(path)
    opening.assert_called_once()


def test_connections_to_parquet_are_closed_also_by_who_stops_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    path = _parquet(f"SELECT '{A}' AS phone UNION ALL SELECT '{B}'")
    connections: list[duckdb.DuckDBPyConnection] = []

    def connect(**options: Any) -> duckdb.DuckDBPyConnection:
        connections.append(real(**options))
        return connections[-1]

    real = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", connect)
    layout = look(path)
    assert len(read(layout)) == 2
    with Source(layout) as source:
        next(iter(source.blocks()))
    with pytest.raises(ConfigError):
        look(file("no parquet", "broken.parquet"))
    assert len(connections) == 4
    for connection in connections:
        with pytest.raises(duckdb.ConnectionException, match="already closed"):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("name", ["list[1].parquet", "list?.parquet", "list*.parquet"])
def test_a_name_is_no_pattern(name: str) -> None:
    """It would stand for other files, and their people would be phoned."""
    _parquet("SELECT '932111111119' AS phone", "list1.parquet")
    assert read(look(_parquet(f"SELECT '{A}' AS phone", name))) == [(1, A)]


def test_the_name_of_a_folder_is_no_column() -> None:
    Path("phone=932111111119").mkdir()
    path = _parquet("SELECT 'Ali' AS name", "phone=932111111119/callees.parquet")
    with pytest.raises(ConfigError, match="no column looks like numbers"):
        look(path)


def test_parquet_that_is_damaged_further_down() -> None:
    path = _parquet("SELECT 93000000000 + i * 7919 % 999999937 AS phone, md5(i::text) AS x FROM range(300000) t(i)")
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 3000] = bytes(byte ^ 0x5A for byte in data[half : half + 3000])
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"callees\.parquet: is not a readable Parquet file: "):
        read(look(path))


@pytest.mark.parametrize("cell", ['<c r="B1" t="e"><v>#SPILL!</v></c>', '<c r="B1" t="b"><v>perhaps</v></c>'])
def test_a_sheet_that_cannot_be_read_is_told(cell: str) -> None:
    path = workbook({"people": [["phone"], [A]]})
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/s1.xml"
    parts[sheet] = parts[sheet].replace(b"</row>", f"{cell}</row>".encode(), 1)
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)
    with pytest.raises(ConfigError, match=r"book\.xlsx: the sheet 'people' cannot be read \(.*save it again"):
        look(path)
