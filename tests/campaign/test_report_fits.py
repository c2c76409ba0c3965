"""A report fits: each row has its own outcome, and what does not fit is refused."""

import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.memory import MemoryLedger
from tests.campaign.planning import TEXT, A, B, C, file, kept, objects_of, rows_of, submit
from voicehub import ConfigError, LedgerError
from voicehub.campaign._report import report


@pytest.mark.parametrize("change", [TEXT.replace("Ali", "Eve"), TEXT + "x\n", None])
def test_another_input(change: str | None) -> None:
    ledger = kept()
    if change is None:
        Path("callees.csv").unlink()
    else:
        file(change)
    with pytest.raises(ConfigError, match=r"callees\.csv: (is not what was planned any more|there is no such file)"):
        report(ledger, "one", "report.csv")
    assert not Path("report.csv").exists()


def test_an_input_that_changes_between_the_two_readings() -> None:
    ledger = kept()

    class Changing(io.StringIO):
        def write(self, text: str) -> int:
            if not self.tell():
                file(TEXT.replace("Ed", "Eve"))
            return super().write(text)

    with pytest.raises(ConfigError, match="changed while it was being read"):
        report(ledger, "one", Changing())


def test_an_old_report_stays_if_the_new_one_fails() -> None:
    ledger = kept()
    Path("report.csv").write_text("old")
    file("phone\n")
    with pytest.raises(ConfigError):
        report(ledger, "one", "report.csv")
    assert Path("report.csv").read_text() == "old"
    assert sorted(path.name for path in Path().iterdir()) == ["callees.csv", "report.csv", "some.toml"]


def test_the_input_itself_is_never_written() -> None:
    with pytest.raises(ConfigError, match="is the input itself"):
        report(kept(), "one", "callees.csv")
    assert Path("callees.csv").read_text() == TEXT


def test_a_format_nobody_knows() -> None:
    with pytest.raises(ConfigError, match="csv or jsonl, not 'xml'"):
        report(kept(), "one", "x", format="xml")  # type: ignore[arg-type]


def test_a_campaign_nobody_planned() -> None:
    with pytest.raises(LedgerError):
        report(MemoryLedger(), "one", "x")


@pytest.mark.parametrize("how", ["fewer", "more", "other order"])
def test_a_ledger_that_does_not_fit(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = kept()
    results = list(ledger.results("one"))
    changed = {"fewer": results[:-1], "more": [*results, results[0]], "other order": results[::-1]}[how]
    monkeypatch.setattr(ledger, "results", lambda _: iter(changed))
    with pytest.raises(LedgerError, match="other callees than its plan"):
        report(ledger, "one", "report.csv")
    assert not Path("report.csv").exists()


ROW = st.tuples(st.sampled_from([A, B, C, A[1:], "93-2111111113", "n/a", "", "932"]), st.text(max_size=5))


@given(st.lists(ROW, max_size=40), st.integers(1, 12), st.randoms(use_true_random=False))
def test_each_row_has_its_own_outcome(rows: list[tuple[str, str]], block: int, chance: random.Random) -> None:
    rows = [(number, _carried(note)) for number, note in [*rows, (A, "last")]]
    made = io.StringIO(newline="")
    csv.writer(made).writerows([("phone", "note"), *rows])
    dressed = {A: A, A[1:]: A, B: B, C: C, "93-2111111113": C}
    ledger = kept(made.getvalue())
    callees = list(dict.fromkeys(dressed[number] for number, _ in rows if number in dressed))
    said = {callee: chance.choice(["accepted", "refused", "in_doubt"]) for callee in callees}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicehub.campaign._input.csv._ROWS", block)
        submit(ledger, *(said[callee] for callee in callees))
        found = rows_of(ledger)
        assert [(row["phone"], row["note"]) for row in found] == rows
        objects = objects_of(ledger)
    assert [(one["phone"], one["note"], one["outcome"]) for one in objects] == [
        (row["phone"], row["note"], row["outcome"]) for row in found
    ]
    left = dict(said)
    for row in found:
        callee = dressed.get(row["phone"])
        assert row["outcome"] == ("invalid" if callee is None else left.pop(callee, "duplicate"))
        assert callee is None or row["call_id"] in ("", f"id{callee[-2:]}")
    assert not left


def _carried(note: str) -> str:
    """What a file in UTF-8 can carry."""
    return note.encode("utf-8", "ignore").decode()
