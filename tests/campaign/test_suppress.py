"""Who must not be phoned."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.campaign.support import numbers
from voicehub import ConfigError
from voicehub.campaign._run.order import Order
from voicehub.campaign._run.suppress import DoNotCall, Lists

ONE, TWO, THREE = numbers(3)


def write(path: Path, text: str, age: float = 0) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000 + age,) * 2)
    return path


def test_beside_numbers_of_a_region_the_list_holds_such_numbers_too(tmp_path: Path) -> None:
    path = write(tmp_path / "list.txt", "(202) 555-0123\n+44 20 7946 0018\n")
    chain, announcement = [{"account": "a"}], {"content": {"kind": "uploaded_audio", "file_id": "x"}}
    document = {"chain": chain, "announcement": announcement, "do_not_call": str(path), "region": "US"}
    listed = Order.of(document).do_not_call
    assert listed is not None
    assert listed.numbers() == {"+12025550123", "+442079460018"}


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}\n",
        f"\ufeffphone\n{ONE}\n\n# a note\n{TWO[1:]}",
        f"{ONE[:4]} {ONE[4:8]}-{ONE[8:]}\r\n  {TWO}  \r\n",
    ],
)
def test_a_number_a_line_however_it_is_written(tmp_path: Path, text: str) -> None:
    assert DoNotCall(write(tmp_path / "list.txt", text)).numbers() == {ONE, TWO}


def test_a_file_that_changes_is_read_again_and_only_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "list.txt", ONE)
    listed = DoNotCall(path)
    assert listed.numbers() == {ONE}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *_, **__: pytest.fail("it was read again"))
        assert listed.numbers() == {ONE}
    write(path, f"{ONE}\n{TWO}", age=1)
    assert listed.numbers() == {ONE, TWO}


def test_who_was_on_the_file_once_stays_spared(tmp_path: Path) -> None:
    """Whoever rewrites a list leaves it short for a moment, and a moment is enough to phone those who are missing."""
    path = write(tmp_path / "list.txt", f"{ONE}\n{TWO}")
    listed = DoNotCall(path)
    assert listed.numbers() == {ONE, TWO}
    assert DoNotCall(write(path, THREE, age=1)).numbers() == {THREE}
    assert listed.numbers() == {ONE, TWO, THREE}
    write(path, "# nobody\n", age=2)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"list\.txt: the do-not-call file is empty now, and was not before"):
            listed.numbers()
    write(path, TWO, age=3)
    assert listed.numbers() == {ONE, TWO, THREE}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{ONE}\nnobody\n", "line 2 of the do-not-call file holds something other than the digits"),
        ("00932111111111", "line 1 of the do-not-call file starts with 00"),
    ],
)
def test_a_line_that_is_no_number_is_not_guessed_at(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        DoNotCall(write(tmp_path / "list.txt", text)).numbers()


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.txt: the do-not-call file cannot be read: No such file"):
        DoNotCall(tmp_path / "gone.txt").numbers()
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xff\xfe1")
    with pytest.raises(ConfigError, match=r"list\.txt: the do-not-call file cannot be read: it is no text in UTF-8"):
        DoNotCall(path).numbers()


class Others:
    """Whom other campaigns phoned, and since when it was asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.phoned: list[Sequence[str]] = [[TWO]]

    def __call__(self, since: float) -> Iterable[Sequence[str]]:
        self.asked.append(since)
        return self.phoned


def test_whom_others_phoned_is_asked_for_once_in_a_while() -> None:
    others, now = Others(), [0.0]
    lists = Lists(None, 2, others, wall=lambda: 10_000 + now[0], monotonic=lambda: now[0])
    for now[0] in (0.0, 1.0, 899.0):
        suppress = lists.refresh()
        assert suppress is not None
        assert suppress((ONE, TWO, THREE)) == [1]
    assert others.asked == [10_000 - 7200]
    others.phoned = [[TWO], [THREE]]
    now[0] = 900.0
    suppress = lists.refresh()
    assert suppress is not None
    assert suppress((ONE, TWO, THREE)) == [1, 2]
    assert suppress((ONE,)) == ()


def test_both_lists_count(tmp_path: Path) -> None:
    lists = Lists(DoNotCall(write(tmp_path / "list.txt", ONE)), 1, Others(), wall=lambda: 0.0, monotonic=lambda: 0.0)
    suppress = lists.refresh()
    assert suppress is not None
    assert suppress((ONE, TWO, THREE)) == [0, 1]


def test_without_lists_nobody_is_asked(tmp_path: Path) -> None:
    assert Lists(wall=lambda: 0.0, monotonic=lambda: 0.0).refresh() is None
    empty = Lists(DoNotCall(write(tmp_path / "list.txt", "")), wall=lambda: 0.0, monotonic=lambda: 0.0)
    assert empty.refresh() is None
