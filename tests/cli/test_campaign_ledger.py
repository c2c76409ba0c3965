"""`voicehub campaign` on a ledger that is not there: a slip in its name is told, and no empty ledger is left behind."""

from pathlib import Path

import pytest

from tests.cli.campaigns import Desk, numbers
from tests.cli.conftest import Voicehub, document

WHO = ("--by", "ada", "--why", "the vendor's records")
WORDS = {
    "status": (),
    "run": ("--plan", "0" * 12),
    "resume": (),
    "pause": (),
    "cancel": (),
    "report": (),
    "reconcile": (),
    "resolve": ("--batch", "1", "--as", "held", *WHO),
}


@pytest.fixture
def desk(voicehub: Voicehub, config: str, tmp_path: Path) -> Desk:
    return Desk(voicehub, config, tmp_path)


@pytest.mark.parametrize("command", WORDS)
def test_a_ledger_that_is_not_there_is_told_and_not_made(command: str, desk: Desk) -> None:
    before = sorted(desk.folder.iterdir())
    result = desk.call(command, "friday", *WORDS[command])
    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr == f"voicehub: there is no ledger at {desk.ledger}; voicehub campaign plan makes one\n"
    told = document(desk.call(command, "friday", *WORDS[command], "--json"))
    assert told["error"]["type"] == "LedgerError"
    assert sorted(desk.folder.iterdir()) == before


def test_a_link_to_nothing_is_no_ledger(desk: Desk) -> None:
    Path(desk.ledger).symlink_to(desk.folder / "elsewhere.db")
    assert "there is no ledger at" in desk.call("status", "friday").stderr
    assert not (desk.folder / "elsewhere.db").exists()


def test_the_ledger_of_the_platform_is_not_made_either(
    voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    result = voicehub("campaign", "status", "friday")
    assert (result.exit_code, f"there is no ledger at {tmp_path}/state/voicehub/ledger.db" in result.stderr) == (
        6,
        True,
    )
    assert not (tmp_path / "state").exists()


def test_a_plan_makes_one_and_a_tilde_is_the_home(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    desk.ledger = "~/mine.db"
    desk.plan(numbers(1))
    assert (tmp_path / "mine.db").exists()
    assert desk.call("status", "friday").exit_code == 0


@pytest.mark.parametrize(
    ("name", "told"), [(".", "is not a regular file"), ("voicehub.toml/x.db", "x.db cannot be opened")]
)
def test_what_else_is_wrong_with_a_ledger_is_told_as_it_is(name: str, told: str, desk: Desk) -> None:
    desk.ledger = str(desk.folder / name)
    result = desk.call("status", "friday")
    assert (result.exit_code, told in result.stderr, "there is no ledger" in result.stderr) == (6, True, False)
