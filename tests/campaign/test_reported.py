"""The report: one row for every row of the input, in its order, with its own columns and what became of it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.memory import MemoryLedger
from tests.campaign.test_planned import ANNOUNCEMENT, configured
from voicehub import ConfigError
from voicehub.campaign import Call, CampaignState, plan, report
from voicehub.errors import LedgerError
from voicehub.receipt import CallState, Outcome

SUBMISSION = ["outcome", "call_id", "code", "reason", "account", "attempt", "time"]
OWN = [*SUBMISSION, "call_state", "answered_at", "call_seconds", "cost", "currency", "pressed_key"]


def kept(rows: list[list[str]], **options: Any) -> MemoryLedger:
    with Path("callees.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["name", "phone", "order"], *rows])
    ledger = MemoryLedger()
    plan(ledger, "c", "callees.csv", ANNOUNCEMENT, configuration=configured(), **options)
    return ledger


def attempted(ledger: MemoryLedger, statuses: list[Any]) -> None:
    """Submit the first batch, and settle its callees so."""
    ledger.own()
    ledger.change("c", CampaignState.RUNNING, now=1.0)
    claim = ledger.claim("c", "alerts", most=len(statuses), now=100.0)
    assert claim is not None
    words = {"accepted": ("id-1", "0", "ok"), "refused": (None, "-22", "bad, number")}
    outcomes = [
        Outcome(callee, status, *words.get(status, ())) for callee, status in zip(claim.callees, statuses, strict=True)
    ]
    ledger.settle(claim, outcomes, now=1000000000.0)


def rows_of(path: str) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


ROWS = [
    ["Ada, the first", "+93 211 111 111", "1"],
    ["B", "nobody", "2"],
    ["C", "93211111111", "3"],
    ["D\nE", "932111112", "4"],
    ["F", "932111113", "5"],
]


def test_every_row_is_told_in_its_place() -> None:
    ledger = kept(ROWS)
    attempted(ledger, ["accepted", "refused"])
    counts = report(ledger, "c", "out.csv")
    assert counts == {"accepted": 1, "invalid": 1, "duplicate": 1, "refused": 1, "pending": 1}
    told = rows_of("out.csv")
    assert list(told[0]) == ["name", "phone", "order", *OWN]
    assert [[row["name"], row["phone"], row["order"]] for row in told] == ROWS
    assert [row["outcome"] for row in told] == ["accepted", "invalid", "duplicate", "refused", "pending"]
    assert (told[0]["call_id"], told[0]["account"], told[0]["attempt"]) == ("id-1", "alerts", "1")
    assert told[0]["time"] == "2001-09-09T01:46:40.000Z"
    assert (told[3]["code"], told[3]["reason"]) == ("-22", "bad, number")
    assert "digits" in told[1]["reason"]
    assert [row["attempt"] for row in told[1:3] + told[4:]] == ["", "", "0"]


def test_what_is_told_of_one_callee_is_not_told_of_another_who_has_the_same_call_id() -> None:
    ledger = kept(ROWS)
    attempted(ledger, ["accepted", "accepted"])
    ledger.hear([Call("alerts", "id-1", CallState.COMPLETED, callee="+932111112")], now=1.0)
    report(ledger, "c", "out.csv")
    told = {row["phone"]: row["call_state"] for row in rows_of("out.csv") if row["call_id"]}
    assert told == {"+93 211 111 111": "", "932111112": "completed"}


def test_json_lines_hold_the_same() -> None:
    ledger = kept(ROWS)
    attempted(ledger, ["accepted", "in_doubt"])
    out = io.StringIO()
    report(ledger, "c", out, format="jsonl")
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["outcome"] for row in told] == ["accepted", "invalid", "duplicate", "in_doubt", "pending"]
    assert told[0]["attempt"] == 1
    assert (told[4]["attempt"], told[4]["account"]) == (0, None)
    assert told[0]["name"] == "Ada, the first"


def test_a_report_is_the_next_input_and_its_columns_are_replaced() -> None:
    ledger = kept(ROWS)
    attempted(ledger, ["accepted", "refused"])
    report(ledger, "c", "out.csv")
    again = MemoryLedger()
    found = plan(again, "c", "out.csv", ANNOUNCEMENT, configuration=configured(), only="refused")
    assert (found.rows, found.valid) == (1, 1)
    attempted(again, ["accepted"])
    assert report(again, "c", "out2.csv") == {"accepted": 1}
    (row,) = rows_of("out2.csv")
    assert list(row) == ["name", "phone", "order", *OWN]
    assert (row["name"], row["outcome"], row["code"]) == ("D\nE", "accepted", "0")


def test_an_input_that_changed_is_not_reported() -> None:
    ledger = kept(ROWS)
    with Path("callees.csv").open("a") as file:
        file.write("x,932111119,9\n")
    with pytest.raises(ConfigError, match="is not what was planned any more"):
        report(ledger, "c", "out.csv")
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(
    "given_to_ledger", [["+932111119"], ["+93211111111"], ["+93211111111", "+932111112", "+932111113", "+932111119"]]
)
def test_a_ledger_that_holds_others_is_not_reported(given_to_ledger: list[str]) -> None:
    ledger = kept(ROWS)
    record = ledger.record("c")
    other = MemoryLedger()
    with other.draft("c", now=1.0) as draft:
        draft.add(given_to_ledger)
        draft.seal(record.document, record.attachment)
    Path("out.csv").write_text("before")
    with pytest.raises(LedgerError, match="holds other callees than its plan"):
        report(other, "c", "out.csv")
    assert Path("out.csv").read_text() == "before"
    assert not list(Path().glob(".out.csv*"))


def test_a_place_that_cannot_be_written_is_told() -> None:
    with pytest.raises(ConfigError, match=r"no/out\.csv: cannot be written"):
        report(kept(ROWS), "c", "no/out.csv")


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
            st.sampled_from(["932111111", "+93 2111112", "9321 11113", "932111114", "no", ""]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_own_columns_come_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    if not any(number.startswith(("9", "+")) for _, number in pairs):
        return
    rows = [[name, number, "o"] for name, number in pairs]
    report(kept(rows), "c", "out.csv")
    told = rows_of("out.csv")
    assert [[row["name"], row["phone"], row["order"]] for row in told] == rows
    lines = _lines_of("callees.csv")
    seen: dict[str, int] = {}
    for (_, number), row, line in zip(pairs, told, lines, strict=True):
        digits = "".join(filter(str.isdigit, number))
        expected = "invalid" if not digits else "duplicate" if digits in seen else "pending"
        assert row["outcome"] == expected
        if expected == "duplicate":
            assert row["reason"] == f"is the same callee as the row on line {seen[digits]}"
        seen.setdefault(digits, line)


def _lines_of(path: str) -> list[int]:
    """The line each row but the first begins on."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        return [reader.line_num + 1 for _ in reader][:-1]
