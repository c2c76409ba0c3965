"""CSV as people save it: with and without names, with any of three delimiters, and broken in every way."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.planning import A, B, C, file, layout_of, plan_of, read, refusal
from voicehub import ConfigError
from voicehub.campaign._input import csv as as_csv
from voicehub.campaign._input.columns import Column
from voicehub.campaign._input.layout import Layout
from voicehub.campaign._input.source import look
from voicehub.campaign._input.stream import fingerprint

CELL = st.text(alphabet='ab ,;\t"\r\n9+é', max_size=6)
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=20)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_usual_forms(delimiter: str, end: str, mark: str) -> None:
    rows = ["name;phone;town", f"Ali;{A};Herat", f"Bo;{B};", f"Cy;{C};x"]
    layout = layout_of((mark + end.join(rows) + end).replace(";", delimiter))
    assert (layout.delimiter, layout.header, layout.columns) == (delimiter, True, ("name", "phone", "town"))
    assert (layout.column.place, layout.column.name, layout.column.guessed) == (1, "phone", True)
    assert read(layout) == [(2, A), (3, B), (4, C)]


def test_empty_lines_before_the_names() -> None:
    assert read(layout_of(f"\n\nphone\n{A}\n")) == [(4, A)]


def test_one_column_without_a_name() -> None:
    layout = layout_of(f"{A}\n{B}\n")
    assert (layout.header, layout.columns, layout.column.guessed) == (False, ("column_1",), True)
    assert read(layout) == [(1, A), (2, B)]


def test_columns_without_names() -> None:
    layout = layout_of(f"Ali,Herat,{A}\nBo,,{B}\n")
    assert (layout.header, layout.column.name) == (False, "column_3")


def test_a_first_number_that_is_wrong_is_no_header() -> None:
    plan, callees = plan_of(f"0093 211 111\n{A}\n", column="1")
    assert (plan.header, plan.rows, callees) == (False, 2, [A])


def test_a_year_is_the_name_of_a_column() -> None:
    assert layout_of(f"2026,phone\n5,{A}\n").header


def test_lines_are_those_of_the_file() -> None:
    text = f'name,phone\n\n"two\nlines",{A}\r\n"three\r\nof\rthem",{B}\n\n\nx,{C}\n'
    assert read(layout_of(text)) == [(3, A), (5, B), (10, C)]


def test_rows_that_are_too_short_are_rows() -> None:
    text = f"name,phone\nAli,{A}\nBo\nCy,{B},more\n\n"
    assert read(layout_of(text)) == [(2, A), (3, ""), (4, B)]
    plan, callees = plan_of(text)
    assert (plan.rows, plan.invalid, callees) == (3, {"is empty": 1}, [A, B])


def test_a_null_byte_is_part_of_its_cell() -> None:
    plan, callees = plan_of(f"name,phone\nA\0li,{A}\nBo,93211111\0\n")
    assert (plan.rows, sum(plan.invalid.values()), callees) == (2, 1, [A])


@given(TABLE, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
def test_both_ways_of_reading_agree_with_the_library(table: list[list[str]], delimiter: str, end: str) -> None:
    made = io.StringIO(newline="")
    marked = [[f"§{place}", *row] for place, row in enumerate(table)]
    csv.writer(made, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(marked)
    path = file(f"id{end}{made.getvalue()}")
    layout = Layout(path, "csv", ("id", "phone"), Column(1, "phone", guessed=False), delimiter=delimiter)
    expected = [row[0] for row in table]
    assert [number for _, number in read(layout, with_rows=False)] == expected
    found = read(layout)
    assert [number for _, number in found] == expected
    lines = path.read_bytes().decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for place, (line, _) in enumerate(found):
        assert lines[line - 1].startswith(f'"§{place}"{delimiter}')


PLAIN = st.text(alphabet="ab ;\t9+é\0", max_size=5)
LINE = st.one_of(
    st.tuples(PLAIN, PLAIN).map(",".join), st.sampled_from(['a,"b"', "", "a", "a,b,c", 'x,"1\n2"', 'a,"b""'])
)


@given(
    st.lists(st.tuples(LINE, st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=30),
    st.integers(0, 1),
    st.integers(1, 40),
)
def test_pieces_are_read_as_the_library_reads_them(lines: list[tuple[str, str]], place: int, piece: int) -> None:
    text = "id,phone\n" + "".join(map("".join, lines))
    path = file(text)
    layout = Layout(path, "csv", ("id", "phone"), Column(place, "x", guessed=False), delimiter=",")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(as_csv, "_PIECE", piece)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
        except csv.Error as error:
            with pytest.raises(ConfigError, match=re.escape(str(error))) as caught:
                read(layout, with_rows=False)
            with pytest.raises(ConfigError) as plainly:
                read(layout)
            assert str(caught.value) == str(plainly.value)
        else:
            expected = [row[place] if place < len(row) else "" for row in rows if row]
            assert [number for _, number in read(layout, with_rows=False)] == expected


@given(st.lists(PLAIN, min_size=1, max_size=30), st.integers(1, 40))
def test_one_column_without_quotes(cells: list[str], piece: int) -> None:
    path = file("phone\n" + "\n".join(cells))
    layout = Layout(path, "csv", ("phone",), Column(0, "phone", guessed=False), delimiter=",")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(as_csv, "_PIECE", piece)
        assert [number for _, number in read(layout, with_rows=False)] == list(filter(None, cells))


def test_blocks_end_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_csv, "_ROWS", 3)
    monkeypatch.setattr(as_csv, "_NUMBERS", 3)
    rows = [["x"], ["y", B], [], ["z"], ["v", C], ["w"], ["u", A], []]
    text = "name,phone\n" + "".join(",".join(row) + "\n" for row in rows)
    layout = layout_of(text, "phone")
    expected = ["", B, "", C, "", A]
    assert [number for _, number in read(layout)] == expected
    assert [number for _, number in read(layout, with_rows=False)] == expected
    assert [line for line, _ in read(layout)] == [2, 3, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n\n \n", "has the names of columns, but no row"),
        ("phone\n", "has the names of columns, but no row"),
        ("phone,name\n\n", "has the names of columns, but no row"),
        (f'name,phone\n"Ali,{A}\nBo,{B}\n', "is not CSV: unexpected end of data"),
        (f'name,phone\nx,{A}\n"Ali"x,{A}\n', "line 3 is not CSV"),
        (f"phone\n{A}\n{'9' * 200_000}\n", "line 3 is not CSV: field larger than field limit"),
        (f"name,phone\nAli,{A}\nB\xe9,{B}\n".encode("latin-1"), "line 3 is no text in UTF-8"),
        (f"phone\n{A}\n".encode("utf-16"), "line 1 is no text in UTF-8"),
        (b"phone\n" + b"932111111111\n" * 100_000 + b"\xff\n", "line 100002 is no text in UTF-8"),
        ("x" * 300_000, "its first line is longer than"),
    ],
)
def test_what_is_refused(text: str | bytes, told: str) -> None:
    said = refusal(text)
    assert told in said
    assert "callees.csv: " in said
    assert "11111" not in said


@pytest.mark.parametrize("with_rows", [True, False])
def test_a_stray_quote_far_down_swallows_nobody(with_rows: bool) -> None:
    numbers = "".join(f"93{10**9 + number},x\n" for number in range(30_000))
    layout = layout_of(f'phone,name\n{numbers}{A},"Ali\n{B},Bo\n{C},"Cy"\n')
    with pytest.raises(ConfigError, match=r"callees\.csv: line 30004 is not CSV: ',' expected after"):
        read(layout, with_rows=with_rows)


def test_a_folder_and_a_missing_file() -> None:
    Path("folder.csv").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.csv: is a folder or a device"):
        look(Path("folder.csv"))
    with pytest.raises(ConfigError, match=r"no\.csv: there is no such file"):
        look(Path("no.csv"))
    with pytest.raises(ConfigError, match="cannot be read: its name is none"):
        look(Path("a\0b.csv"))


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    path = file("phone\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # whoever runs the tests may be allowed to read everything
    with pytest.raises(ConfigError, match=r"callees\.csv: cannot be read: Permission denied"):
        look(path)


def test_a_disk_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = layout_of(f"phone\n{A}\n")

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(csv, "reader", fail)
        with pytest.raises(ConfigError, match=r"callees\.csv: cannot be read: Input/output error"):
            read(layout)
    with monkeypatch.context() as patch:
        patch.setattr(
            "voicehub.campaign._input.stream.io.BufferedReader", type("Failing", (io.BufferedReader,), {"peek": fail})
        )
        with pytest.raises(ConfigError, match=r"callees\.csv: cannot be read: Input/output error"):
            look(layout.path)
    monkeypatch.setattr("hashlib.file_digest", fail)
    with pytest.raises(ConfigError, match=r"callees\.csv: cannot be read: Input/output error"):
        fingerprint(layout.path)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1;2\n", ";"),
        ("a,b;c\n1,2;3\n4,5;6;7\n", ","),
        ('a;"x,y"\nb;"x,y"\n', ";"),
        ("a\tb\tc\nx,y\tz;\t\n", "\t"),
        (f"phone\n{A}\n", ","),
    ],
)
def test_the_delimiter_parts_all_rows_alike(text: str, delimiter: str) -> None:
    assert layout_of(text, "1").delimiter == delimiter
