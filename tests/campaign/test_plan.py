"""A plan: what it counts, what it stores, and what it refuses before anything is stored."""

import csv
import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.memory import MemoryLedger
from tests.campaign.planning import AUDIO, DIRTY, A, B, C, configuration, file, plan_of, planned, refusal
from voicehub import Announcement, NamedAudio, UploadedAudio
from voicehub.campaign._input.duplicates import Duplicates
from voicehub.campaign._input.layout import Block
from voicehub.campaign._input.rows import Planned
from voicehub.campaign._ledger.contract import CampaignState

WRONG = "holds something other than the digits 0 to 9, '+' in front, spaces, dots, dashes, parentheses"


def test_what_it_counts() -> None:
    made, callees = plan_of(DIRTY, configuration=configuration("[accounts.a.pace]\ncalls_per_second = 0.5\n"))
    assert callees == [A, B]
    assert (made.rows, made.valid, made.duplicates, made.batches, made.seconds) == (8, 2, 3, 2, 4.0)
    zero = "starts with 0; write the number with its country code, such as +93 211..."
    assert made.invalid == {WRONG: 1, "is empty": 1, zero: 1}
    assert made.rows == made.valid + made.duplicates + sum(made.invalid.values())
    assert made.countries == {"+93 Afghanistan": 2}
    assert (made.account, made.chain, made.providers) == ("a", ("a",), ("itniotech",))
    assert (made.column, made.guessed, made.header, made.rejects) == ("phone", True, True, None)
    assert json.loads(json.dumps(made.as_dict()))["file"] == str(Path("callees.csv").absolute())


def test_what_the_ledger_holds() -> None:
    ledger = MemoryLedger()
    made = planned(ledger, file(DIRTY), not_phoned_within_hours=24, do_not_call=file(f"{A}\n", "spare.txt"))
    record = ledger.record("one")
    assert (record.state, record.counts.pending, record.created) == (CampaignState.PLANNED, 2, 1.0)
    document = record.document
    assert Announcement.model_validate(document["announcement"]) == AUDIO
    assert [one["account"] for one in document["chain"]] == ["a"]
    assert document["do_not_call"] == str(Path("spare.txt").absolute())
    assert (document["not_phoned_within_hours"], document["batch"]) == (24, 200)
    assert (document["digest"], document["plan"]) == (made.digest, made.as_dict())
    kept = json.dumps(document)
    assert "the-secret" not in kept
    assert "the-key" not in kept
    assert "2111111111" not in kept


def test_batches_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    ledger = MemoryLedger()
    text = "".join(f"93{10**9 + number}\n" * (1 + number % 3) for number in range(1000))
    with ledger.draft("x", now=0.0) as draft:
        monkeypatch.setattr(type(draft), "add", lambda _, callees: seen.append(len(callees)))
    made = planned(ledger, file(text))
    assert seen == [200] * 5
    assert (made.batches, made.valid, made.rows) == (5, 1000, 1999)


@given(
    st.lists(st.integers(10**7, 10**8 - 1) | st.integers(10**6, 10**15 - 1), min_size=1, max_size=40, unique=True),
    st.integers(1, 7),
    st.sampled_from([10, 40, 1 << 16]),
)
def test_batches_are_cut_from_blocks_in_order(numbers: list[int], most: int, piece: int) -> None:
    """Numbers of one length are cut without a look at each; the blocks of a file are as long as it likes."""
    got: list[list[str]] = []
    ledger = MemoryLedger()
    with pytest.MonkeyPatch.context() as patch, ledger.draft("x", now=0.0) as draft:
        patch.setattr("voicehub.campaign._input.csv._PIECE", piece)
        patch.setattr(type(draft), "add", lambda _, callees: got.append([*callees]))
        few = configuration(f"[accounts.a.limits]\ncallees = {most}\n")
        planned(ledger, file("phone\n" + "".join(f"+{number}\n" for number in numbers)), configuration=few)
    callees = [f"+{number}" for number in numbers]
    assert got == [callees[at : at + most] for at in range(0, len(callees), most)]


NUMBER = st.sampled_from([A, B, C, A[1:], "93-2111111112", "n/a", "", "0932", "+44 (0)20 79460000"])


@given(st.lists(NUMBER, min_size=1, max_size=60), st.sampled_from([1, 7, 4096]), st.sampled_from([1, 5, 2**19]))
def test_no_row_is_lost_and_none_counted_twice(numbers: list[str], rows: int, held: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicehub.campaign._input.csv._NUMBERS", rows)
        patch.setattr("voicehub.campaign._input.csv._PIECE", rows)
        patch.setattr("voicehub.campaign._plan.intake.Duplicates", lambda: Duplicates(held))
        text = "phone,x\n" + "".join(f"{number},\n" for number in [*numbers, A])
        made, callees = plan_of(text)
    dressed = {A: A, A[1:]: A, B: B, "93-2111111112": B, C: C}
    valid = [dressed[number] for number in [*numbers, A] if number in dressed]
    assert callees == list(dict.fromkeys(valid))
    assert (made.rows, made.valid + made.duplicates) == (len(numbers) + 1, len(valid))
    assert sum(made.invalid.values()) == made.rows - len(valid)
    assert sum(made.countries.values()) == made.valid


def test_rejects() -> None:
    made, _ = plan_of(DIRTY.replace("Cy", '"C\ny"'), rejects="rejects.csv")
    assert made.rejects == Path("rejects.csv").absolute()
    with made.rejects.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    again = "is the same callee as the row on line"
    assert [row[::2] for row in rows] == [
        ["line", "number"],
        ["4", "n/a"],
        ["6", "(93) 2111111111"],
        ["7", ""],
        ["8", A],
        ["9", "0932"],
        ["10", B],
    ]
    assert [row[1] for row in rows if again in row[1]] == [f"{again} 2", f"{again} 2", f"{again} 3"]
    assert rows[1][1] == WRONG
    assert made.rejects.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("number", "rows"), [('"{}"', [4096, 8192, 10_000, 10_000]), ("{}", [5958, 10_000, 10_000])])
def test_progress(number: str, rows: list[int]) -> None:
    told: list[tuple[int, int, int]] = []
    text = "phone\n" + "".join(number.format(93 * 10**8 + each) + "\n" for each in range(10_000))
    plan_of(text, on_progress=lambda *progress: told.append(progress))
    assert told[-1] == (10_000, len(text), len(text))
    assert [count for count, _, _ in told] == rows
    assert all(0 < read <= size == len(text) for _, read, size in told)


def test_the_vendors_digits() -> None:
    narrow = configuration("[accounts.a.limits]\ncallee_digits = [7, 11]\n")
    made, callees = plan_of(f"{A}\n+93211111111\n", configuration=narrow)
    ((reason, count),) = made.invalid.items()
    assert (callees, count) == (["+93211111111"], 1)
    assert "has 12 digits; itniotech takes 7 to 11 digits (" in reason


def test_a_named_audio() -> None:
    named = Announcement(content=NamedAudio("reminder"))
    made, _ = plan_of(DIRTY, announcement=named, configuration=configuration('[audio.reminder]\na = "1.mp3"\n'))
    other, _ = plan_of(DIRTY, announcement=named, configuration=configuration('[audio.reminder]\na = "2.mp3"\n'))
    assert made.digest != other.digest
    assert "reminder" in refusal(DIRTY, announcement=named)


def test_a_vendor_without_a_limit_of_callees(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = configuration()
    provider = loaded.provider("a")
    rows = provider.limits[UploadedAudio]
    wide = replace(rows, callees=replace(rows.callees, high=None), callee_digits=replace(rows.callee_digits, high=None))
    limits: dict[Any, Any] = {UploadedAudio: wide}
    monkeypatch.setattr(type(loaded), "provider", lambda self, _: type(provider)(provider.settings, limits=limits))
    ledger = MemoryLedger()
    planned(ledger, file(DIRTY), configuration=loaded)
    assert ledger.record("one").document["batch"] == 1000


def test_more_reasons_than_a_byte_can_tell() -> None:
    made, _ = plan_of(f"{A}\n" + "".join(f"{'9' * (16 + number)}\n" for number in range(400)), column="1")
    assert sum(made.invalid.values()) == 400
    assert len(made.invalid) == 254
    assert made.invalid["is no number that could be dialled"] == 147


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([A, A, B, C, A, C, B], [(3, "the row on line 2"), (6, "the row on line 2"), (7, None), (8, None)]),
        ([A, B, C, C, A, B], [(5, None), (6, "the row on line 2"), (7, None)]),
    ],
)
def test_more_duplicates_than_are_told_of(
    numbers: list[str], told: list[tuple[int, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicehub.campaign._input.rows._TOLD", 2)
    plan_of("phone\n" + "\n".join(numbers), rejects="rejects.csv")
    found = [line.split(",")[:2] for line in Path("rejects.csv").read_text().splitlines()[1:]]
    assert found == [[str(line), f"is the same callee as {row or 'an earlier row'}"] for line, row in told]


def test_a_plan_of_before_says_nothing_of_the_row_that_is_repeated() -> None:
    found = Planned(zlib.compress(b"\0\1"), [])
    assert found.marks(Block([[A], [A]], [A, A], lambda: [1, 2])) == b"\0\1"
    assert found.why(1) == "is the same callee as an earlier row"
