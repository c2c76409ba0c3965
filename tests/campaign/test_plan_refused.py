"""What a plan refuses, before anything is stored."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.memory import MemoryLedger
from tests.campaign.planning import AUDIO, DIRTY, A, configuration, file, plan_of, planned, refusal
from tests.configurations import ACCOUNT, SECOND
from voicehub import Announcement, AudioUrl, ConfigError, LedgerError, MessageError
from voicehub.campaign._input.rows import Rows


@pytest.mark.parametrize(
    ("target", "told"), [("callees.csv", "is the input itself"), ("no/x.csv", "cannot be written")]
)
def test_rejects_that_cannot_be_written(target: str, told: str) -> None:
    assert told in refusal(DIRTY, rejects=target)
    assert Path("callees.csv").read_text() == DIRTY
    assert sorted(path.name for path in Path().iterdir()) == ["callees.csv", "some.toml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "phone\nn/a\nx\n\n",
            "no row of 2 has a number that can be phoned in column 'phone'; most often (2 times) the",
        ),
        ("phone\nn/a\n932\n", "most often (1 times) the number holds something other"),
    ],
)
def test_nobody_to_phone(text: str, told: str) -> None:
    assert told in refusal(text)


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 101, "a\x00b"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="the name of a campaign is 1 to 100 characters"):
        planned(MemoryLedger(), file(DIRTY), name)


def test_a_name_that_is_taken() -> None:
    ledger = MemoryLedger()
    planned(ledger, file(DIRTY))
    with pytest.raises(LedgerError):
        planned(ledger, file(f"{A}\n"))
    assert ledger.record("one").counts.pending == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"not_phoned_within_hours": 0}, "a number of hours above 0"),
        ({"not_phoned_within_hours": float("inf")}, "a number of hours above 0"),
        ({"do_not_call": "no.txt"}, "no.txt: there is no such file"),
        ({"account": "b"}, "there is no account 'b'"),
        ({"column": "tel"}, "callees.csv: there is no column 'tel'"),
        ({"region": "XX"}, "two letters"),
        ({"only": "refused"}, "it is no report"),
        (
            {"only": "accepted"},
            "only 'accepted': the rows of a report that may be phoned (again) are refused, suppressed",
        ),
        ({"only": "pending"}, "pending callees are phoned by the campaign of that report: resume it"),
        ({"only": "in_doubt"}, "only 'in_doubt': the rows"),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], told: str) -> None:
    assert told in refusal(DIRTY, **options)


def test_a_message_is_no_announcement() -> None:
    with pytest.raises(TypeError, match=r"plan\(\) takes an Announcement, not VoiceMessage"):
        plan_of(DIRTY, announcement=AUDIO.addressed_to(A))


def test_a_content_that_an_account_does_not_play() -> None:
    url = Announcement(content=AudioUrl("https://example.com/a.mp3"))
    with pytest.raises(MessageError, match=r"content: account a: itniotech plays .*, not AudioUrl"):
        plan_of(DIRTY, announcement=url)


def test_a_fallback_that_cannot_carry_it() -> None:
    first = ACCOUNT.replace("[accounts.a]", '[accounts.a]\nfallback = ["b"]')
    chain = configuration(SECOND + "[accounts.b.limits]\nplays = 2\n", first)
    thrice = AUDIO.model_copy(update={"plays": 3})
    with pytest.raises(MessageError, match="plays: account b: has 3 plays") as caught:
        plan_of(DIRTY, configuration=chain, account="a", announcement=thrice)
    assert (caught.value.field, caught.value.limit) == ("plays", 2)
    made, _ = plan_of(DIRTY, configuration=chain, account="a")
    assert (made.chain, made.providers) == (("a", "b"), ("itniotech", "onbuka-v3"))


def test_options_of_a_stranger() -> None:
    strange = AUDIO.model_copy(update={"provider_options": {"acme": {"x": 1}}})
    with pytest.raises(MessageError, match="provider_options: has options for acme, which is the provider of none"):
        plan_of(DIRTY, announcement=strange)


@pytest.mark.parametrize("how", ["longer", "other", "touched", "replaced", "gone"])
def test_a_file_that_changes_while_it_is_read(how: str) -> None:
    path = file("phone\n" + "".join(f"93{10**9 + number}\n" for number in range(6000)))

    def change(*_: int) -> None:
        text = path.read_text()
        if how == "longer":
            path.write_text(text + "x\n")
        elif how == "other":
            path.write_text(text.replace("93", "94"))
            os.utime(path, ns=(1, 1))
        elif how == "touched":
            os.utime(path, ns=(1, 1))
        elif how == "replaced":
            Path("new").write_text(text)
            Path("new").replace(path)
        else:
            path.unlink()

    ledger = MemoryLedger()
    once = iter([change])
    with pytest.raises(ConfigError, match=r"callees\.csv: changed while it was being read"):
        planned(ledger, path, on_progress=lambda *progress: next(once, lambda *_: None)(*progress))
    assert not ledger.names()


def test_a_file_that_changes_before_its_rejects_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(DIRTY)
    invalid = Rows.invalid

    def change(rows: Rows) -> dict[str, int]:
        path.write_text(DIRTY.replace("Ali", "Eve"))
        return invalid(rows)

    monkeypatch.setattr(Rows, "invalid", change)
    ledger = MemoryLedger()
    with pytest.raises(ConfigError, match="changed while it was being planned"):
        planned(ledger, path, rejects="rejects.csv")
    assert not ledger.names()
    assert not Path("rejects.csv").exists()


def test_a_temporary_folder_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert "the temporary folder" in refusal(DIRTY)
    assert "No space left on device; make room there, or set TMPDIR" in refusal(DIRTY)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("phone,name", "the second row is longer than a CSV row may be: 131,072 characters in a cell"),
        (f"{A},x", "line 2 is not CSV: field larger than field limit"),
    ],
)
def test_a_row_that_is_too_long_is_told_as_such(first: str, told: str) -> None:
    assert told in refusal(f"{first}\n{A},{'x' * 300_000}\n{A},x\n")
