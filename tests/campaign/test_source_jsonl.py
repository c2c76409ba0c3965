"""JSON lines: an object a line, and whatever else a line may hold."""

from pathlib import Path

import pytest

from tests.campaign.planning import A, B, C, layout_of, plan_of, read, refusal

BROKEN = "is not a JSON object, or has a name twice"


def test_objects() -> None:
    text = f'{{"name": "Ali", "phone": "{A}"}}\n\n{{"phone": 932111111112}}\r\n{{"phone": 932111111113.0, "x": [1]}}\n'
    layout = layout_of(text, name="callees.jsonl")
    assert (layout.kind, layout.columns, layout.column.name) == ("jsonl", ("name", "phone", "x"), "phone")
    assert read(layout) == [(1, A), (3, "932111111112"), (4, "932111111113")]
    _, callees = plan_of("\ufeff" + text, "callees.ndjson")
    assert callees == [A, B, C]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        "1",
        '"x"',
        '{"phone": NaN}',
        "[" * 100_000,
        '{"phone": ' + "9" * 5000 + "}",
        "null",
        f'{{"phone": "{B}", "phone": "{C}"}}',
    ],
)
def test_a_line_that_is_no_object_is_a_row_without_a_number(line: str) -> None:
    plan, callees = plan_of(f'{{"phone": "{A}"}}\n{line}\n', "callees.jsonl", rejects="rejects.csv")
    assert (plan.rows, plan.invalid, callees) == (2, {BROKEN: 1}, [A])
    assert Path("rejects.csv").read_bytes() == f'line,reason,number\r\n2,"{BROKEN}",\r\n'.encode()


@pytest.mark.parametrize(
    "value", ["true", "null", "[932111111111]", '{"a": 1}', "1e400", "0.5", "932111111111.5", "-932111111111"]
)
def test_a_value_that_is_no_number(value: str) -> None:
    plan, _ = plan_of(f'{{"phone": "{A}"}}\n{{"phone": {value}}}\n{{"x": 1}}\n', "callees.jsonl")
    assert (plan.rows, plan.valid, sum(plan.invalid.values())) == (3, 1, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no JSON object"),
        ("[1]\n2\n", "has no JSON object"),
        (b'{"phone": "\xff"}\n', "line 1 is no text in UTF-8"),
        ('{"phone": 1, "mobile": 2}\n', "several columns"),
        ('{"phone": ""}\n', "the number is empty"),
    ],
)
def test_what_is_refused(text: str | bytes, told: str) -> None:
    assert told in refusal(text, "callees.jsonl")


def test_many_lines() -> None:
    lines = "".join(f'{{"phone": "93{10**9 + number}"}}\n' for number in range(3000))
    plan, _ = plan_of(lines, "callees.jsonl")
    assert (plan.rows, plan.valid) == (3000, 3000)
