"""The report: every row of the input, in order, with what became of it."""

import io
import json
from pathlib import Path
from typing import Literal

import pytest

from tests.campaign.planning import TEXT, A, B, C, kept, objects_of, planned, refusal, rows_of, submit
from voicehub import ConfigError
from voicehub.campaign import CalleeState
from voicehub.campaign._ledger.contract import CampaignState
from voicehub.campaign._outcomes import COLUMNS, DUPLICATE, INVALID
from voicehub.campaign._report import report
from voicehub.receipt import Outcome

AGAIN = "is the same callee as the row on line 2"


def test_every_row_in_order() -> None:
    ledger = kept()
    submit(ledger, "accepted", "refused")
    rows = rows_of(ledger)
    assert tuple(rows[0]) == ("name", "phone", "town", *COLUMNS)
    assert [row["name"] for row in rows] == ["Ali", "Bo", "Cy", "Di", "Ed"]
    assert [row["phone"] for row in rows] == [A, "n/a", "93-211-111-1112", A, C]
    assert [row["outcome"] for row in rows] == ["accepted", "invalid", "refused", "duplicate", "pending"]
    first, invalid, _, again, pending = rows
    assert [first[name] for name in COLUMNS] == [
        *("accepted", "id11", "0", "said, so", "a", "1", "2026-01-01T00:00:00.250Z"),
        *[""] * 6,
    ]
    assert invalid["reason"].startswith("holds something other")
    assert [again[name] for name in COLUMNS] == ["duplicate", "", "", AGAIN, "", "", "", *[""] * 6]
    assert [pending[name] for name in COLUMNS] == ["pending", "", "", "", "", "0", "", *[""] * 6]
    assert {row["outcome"] for row in rows} <= {*map(str, CalleeState), INVALID, DUPLICATE}


def test_it_counts() -> None:
    ledger = kept()
    submit(ledger, "accepted", "in_doubt")
    counts = report(ledger, "one", "x.csv")
    assert counts == {"accepted": 1, "invalid": 1, "in_doubt": 1, "duplicate": 1, "pending": 1}
    assert Path("x.csv").stat().st_mode & 0o777 == 0o600


def test_json_lines() -> None:
    text = f'{{"phone": {A[1:]}, "tags": ["x", 1]}}\n{{"phone": "n/a", "more": null}}\nbroken\n{{"phone": "{B}"}}\n'
    ledger = kept(text, "callees.jsonl")
    submit(ledger, "accepted")
    first, second, broken, last = objects_of(ledger)
    assert first == {
        "phone": int(A),
        "tags": ["x", 1],
        "outcome": "accepted",
        "call_id": "id11",
        "code": "0",
        "reason": "said, so",
        "account": "a",
        "attempt": 1,
        "time": "2026-01-01T00:00:00.250Z",
        **dict.fromkeys(("call_state", "answered_at", "call_seconds", "cost", "currency", "pressed_key")),
    }
    assert (second["phone"], second["more"], second["outcome"]) == ("n/a", None, "invalid")
    assert {name: value for name, value in broken.items() if value is not None} == {
        "outcome": "invalid",
        "reason": "is not a JSON object, or has a name twice",
    }
    assert (last["outcome"], last["attempt"], last["call_id"]) == ("pending", 0, None)
    rows = rows_of(ledger)
    assert list(rows[0])[:3] == ["phone", "tags", "more"]
    assert [row["tags"] for row in rows] == ['["x", 1]', "", "", ""]


def test_to_an_open_stream() -> None:
    ledger = kept()
    stream = io.StringIO(newline="")
    report(ledger, "one", stream)
    report(ledger, "one", "x.csv")
    assert stream.getvalue() == Path("x.csv").read_bytes().decode()
    assert not stream.closed


def test_a_file_without_names() -> None:
    ledger = kept(f"Ali;{A};x\nBo;{B}\n")
    assert [list(row)[:3] for row in rows_of(ledger)] == [["column_1", "column_2", "column_3"]] * 2
    assert [row["column_3"] for row in rows_of(ledger)] == ["x", ""]


def test_rows_that_are_longer_than_the_names() -> None:
    ledger = kept(f"name,phone\nAli,{A},x,y\nBo,{B}\n")
    rows = rows_of(ledger)
    assert list(rows[0])[:4] == ["name", "phone", "column_3", "column_4"]
    assert [(row["column_4"], row["outcome"]) for row in rows] == [("y", "pending"), ("", "pending")]


def test_own_columns_with_the_names_of_ours() -> None:
    ledger = kept(f"phone,code,time,input_time\n{A},x,y,z\n")
    (row,) = rows_of(ledger)
    assert list(row) == ["phone", "input_code", "input_time", "input_input_time", *COLUMNS]
    assert [row["input_code"], row["input_time"], row["input_input_time"]] == ["x", "y", "z"]


def test_names_that_stand_there_twice() -> None:
    (row,) = objects_of(kept(f"phone,x,x\n{A},1,2\n"))
    assert (row["x"], row["input_x"]) == ("1", "2")


def test_values_that_a_spreadsheet_takes_for_formulas_stay() -> None:
    (row,) = rows_of(kept(f"note,phone\n=1+1,{A}\n"))
    assert (row["note"], row["phone"]) == ("=1+1", A)


def test_what_was_refused_is_the_next_plan() -> None:
    ledger = kept(TEXT)
    submit(ledger, "refused", "accepted", "refused")
    report(ledger, "one", "first.csv")
    made = planned(ledger, Path("first.csv"), "two", only="refused")
    assert (made.rows, made.valid, made.column) == (2, 2, "phone")
    assert [result.callee for result in ledger.results("two")] == [A, C]
    submit(ledger, "accepted", name="two")
    rows = rows_of(ledger, "two")
    assert tuple(rows[0]) == ("name", "phone", "town", *COLUMNS)
    assert [(row["name"], row["outcome"]) for row in rows] == [("Ali", "accepted"), ("Ed", "pending")]


def test_the_same_from_json_lines() -> None:
    ledger = kept(TEXT)
    submit(ledger, "refused", "accepted")
    report(ledger, "one", "first.jsonl", format="jsonl")
    planned(ledger, Path("first.jsonl"), "two", only="refused", rejects="rejects.csv")
    (row,) = objects_of(ledger, "two")
    assert (row["name"], row["outcome"], list(row)[-13:]) == ("Ali", "pending", list(COLUMNS))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_all_of_a_report_is_no_plan(form: Literal["csv", "jsonl"]) -> None:
    ledger = kept(TEXT)
    submit(ledger, "refused", "accepted")
    report(ledger, "one", f"first.{form}", format=form)
    line = 2 if form == "csv" else 1
    told = rf"first.{form}: is a report \(line {line}: outcome 'refused'\), and whoever .* --only refused \(refused, "
    with pytest.raises(ConfigError, match=told):
        planned(ledger, Path(f"first.{form}"), "two")
    assert list(ledger.names()) == ["one"]


def test_a_report_is_known_by_any_of_its_rows() -> None:
    first = f"phone,outcome\n{A},\n{B},in_doubt\n"
    assert "(line 3: outcome 'in_doubt')" in refusal(first)


@pytest.mark.parametrize(
    ("names", "column"),
    [
        *(("phone,order 20261123", column) for column in (None, "1", "phone")),
        *(("Phone,ORDER 20261123", column) for column in (None, "1", "Phone")),
    ],
)
def test_a_report_is_known_by_its_names_whatever_else_is_named(names: str, column: str | None) -> None:
    """A name with many digits makes a first row look like one of numbers; a spreadsheet may capitalize names."""
    told = f"{names},Outcome , call_id,code,reason,account,attempt,time\n{A},x,accepted,1,0,ok,a,1,t\n"
    assert "is a report (line 2: outcome 'accepted')" in refusal(told, column=column)


@pytest.mark.parametrize("column", [None, "1"])
def test_the_names_of_a_report_below_a_title_are_seen(column: str | None) -> None:
    """Without them its rows would be planned as those of any table."""
    told = f"Friday,20261123,,\n\nphone,outcome,call_id,code\n{A},accepted,1,0\n"
    assert "the columns of a report are named below its first row" in refusal(told, column=column)


def test_rows_of_one_outcome_are_taken_whatever_the_case_of_its_name() -> None:
    text = f"phone,OUTCOME,call_id\n{A},accepted,1\n{B},refused,\n"
    assert [result.callee for result in kept(text, only="refused").results("one")] == [B]


def test_an_outcome_that_is_another_thing_stays() -> None:
    (row,) = rows_of(kept(f"phone,outcome\n{A},won\n"))
    assert (row["input_outcome"], row["outcome"]) == ("won", "pending")


def test_a_plan_of_nobody() -> None:
    ledger = kept()
    report(ledger, "one", "first.csv")
    with pytest.raises(ConfigError, match="has no row with the outcome 'refused'"):
        planned(ledger, Path("first.csv"), "two", only="refused")


def test_lines_of_rejects_are_those_of_the_whole_report() -> None:
    ledger = kept()
    submit(ledger, "refused", "refused", "refused")
    report(ledger, "one", "first.csv")
    Path("first.csv").write_text(Path("first.csv").read_text().replace(C, "n/a"))
    planned(ledger, Path("first.csv"), "two", only="refused", rejects="rejects.csv")
    assert [row.split(",")[0] for row in Path("rejects.csv").read_text().splitlines()] == ["line", "6"]


def test_national_numbers() -> None:
    ledger = kept("phone\n0700 123 456\n0700 123 457\nx\n", region="AF", column="phone")
    submit(ledger, "accepted")
    assert [row["outcome"] for row in rows_of(ledger)] == ["accepted", "pending", "invalid"]


def test_a_lone_surrogate_of_json_is_written_as_its_escape() -> None:
    ledger = kept(json.dumps({"phone": A, "note": "\ud800"}) + "\n", "callees.jsonl")
    (row,) = rows_of(ledger)
    assert row["note"] == "\\ud800"
    (one,) = objects_of(ledger)
    assert one["note"] == "\ud800"


def test_the_outcome_of_each_state_is_its_word() -> None:
    ledger = kept()
    ledger.own()
    ledger.change("one", CampaignState.RUNNING, now=1.0)
    claim = ledger.claim("one", "a", most=3, now=1.0, suppress=lambda _: [1])
    assert claim is not None
    assert [row["outcome"] for row in rows_of(ledger)] == [
        "submitting",
        "invalid",
        "suppressed",
        "duplicate",
        "submitting",
    ]
    ledger.settle(claim, [Outcome(callee, "in_doubt") for callee in claim.callees], now=2.0)
    assert [row["outcome"] for row in rows_of(ledger)] == ["in_doubt", "invalid", "suppressed", "duplicate", "in_doubt"]


def test_without_its_input_it_says_what_to_do() -> None:
    ledger = kept()
    Path("callees.csv").unlink()
    with pytest.raises(ConfigError, match=r"callees.csv: there is no such file, and a report is its rows; put it back"):
        report(ledger, "one", "x.csv")
