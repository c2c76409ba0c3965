"""``voicehub records``: what became of the calls of the sandbox's account, as words and JSON, as it comes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import Voicehub, document
from voicehub import AskError, CallRecord, CallState, Client
from voicehub.cli import _output
from voicehub.cli._records import shown as records_shown
from voicehub.sandbox import SandboxServer

CALLEE = "+932111111111"


def call(voicehub: Voicehub, config: str) -> str:
    whose = ("--config", config, "--account", "alerts", "--json")
    sent = document(voicehub("send", "--to", CALLEE, "--audio-file-id", "a.mp3", "--reference", "order 42", *whose))
    call_id: str = sent["outcomes"][0]["call_id"]
    return call_id


def over(server: SandboxServer) -> None:
    """The call began an hour ago."""
    calls = server.archive.calls["alerts"]
    calls[:] = [call._replace(at=call.at - 3600) for call in calls]
    server.archive._found.update({(call.account, call.outcome.call_id): call for call in calls})


def test_a_record_by_its_id(voicehub: Voicehub, sandbox: SandboxServer, config: str) -> None:
    call_id = call(voicehub, config)
    over(sandbox)
    (record,) = document(voicehub("records", call_id, "--config", config, "--account", "alerts", "--json"))["records"]
    assert (record["call_id"], record["state"], record["callee"]) == (call_id, "completed", CALLEE)
    assert (record["cost"], record["currency"], record["reference"]) == ("0.02", "EUR", "order 42")
    assert record["ended_at"].endswith("+00:00")
    assert "raw" not in record
    shown = voicehub("records", call_id, "--config", config, "--account", "alerts").stdout
    assert "completed" in shown
    assert "0.02 EUR" in shown
    assert CALLEE[1:] not in shown


def test_records_of_a_time(voicehub: Voicehub, config: str) -> None:
    call_id = call(voicehub, config)
    whose = ("--config", config, "--account", "alerts")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    listed = voicehub("records", "--since", yesterday, *whose)
    assert call_id in listed.stdout
    assert "queued" in listed.stdout
    before = ("--since", yesterday, "--until", yesterday)
    assert document(voicehub("records", *before, *whose, "--json"))["records"] == []
    assert voicehub("records", *before, *whose).stdout == ""


def test_a_call_without_a_record(voicehub: Voicehub, config: str) -> None:
    result = voicehub("records", "nobody-made-it", "--config", config, "--account", "alerts")
    assert (result.exit_code, "has no record of this call, or not yet" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give either a CALL_ID or --since"),
        (("id", "--since", "2026-11-22"), "give either a CALL_ID or --since"),
        (("id", "--until", "2026-11-22"), "give either a CALL_ID or --since"),
        (("--until", "2026-11-22"), "give either a CALL_ID or --since"),
        (("--since", "yesterday"), "is not a time in ISO 8601"),
        (("--since", "0001-01-01T00:00+23:59"), "is not a time in ISO 8601"),
        (("--since", "2026-11-22", "--until", "2026-11-21"), "--until (default: now) is before --since"),
        (("--since", "2999-01-01"), "--until (default: now) is before --since"),
    ],
)
def test_records_of_nothing(voicehub: Voicehub, config: str, arguments: tuple[str, ...], told: str) -> None:
    result = voicehub("records", *arguments, "--config", config, "--account", "alerts")
    assert (result.exit_code, told in result.stderr) == (2, True)


class Vendor:
    """Tells of so many calls, one after another, and fails then if it is told to."""

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.count, self.error, self.told = count, error, 0

    def records(self, *_: object) -> Iterator[CallRecord]:
        for number in range(1, self.count + 1):
            self.told = number
            yield CallRecord(call_id=f"call-{self.told}", state=CallState.COMPLETED, callee=CALLEE)
        if self.error is not None:
            raise self.error


def telling(monkeypatch: pytest.MonkeyPatch, count: int, error: BaseException | None = None) -> Vendor:
    vendor = Vendor(count, error)
    monkeypatch.setattr(Client, "records", vendor.records)
    return vendor


def since(config: str, *options: str) -> tuple[str, ...]:
    return ("records", "--since", "2026-11-22", "--config", config, "--account", "alerts", *options)


def test_json_goes_out_record_by_record(voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor, shown, written = telling(monkeypatch, 5), records_shown._as_json, []

    def seen(record: CallRecord, run: Any) -> dict[str, Any]:
        written.append((record.call_id, vendor.told))
        return shown(record, run)

    monkeypatch.setattr(records_shown, "_as_json", seen)
    told = document(voicehub(*since(config, "--json")))
    assert written == [(f"call-{number}", number) for number in range(1, 6)]
    assert (told["account"], told["provider"]) == ("alerts", "onbuka-v3")
    assert [record["call_id"] for record in told["records"]] == [call_id for call_id, _ in written]


def test_a_table_goes_out_part_by_part(voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor, show, shown = telling(monkeypatch, 250), _output.show, []

    def seen(*parts: Any) -> None:
        shown.append(vendor.told)
        show(*parts)

    monkeypatch.setattr(_output, "show", seen)
    lines = [line for line in voicehub(*since(config)).stdout.splitlines() if line]
    assert shown == [100, 200, 250]
    rows = [line for line in lines if "call-" in line]
    assert len(rows) == 250
    assert len(lines) == 252  # with one header
    assert {line.index("+") for line in rows} == {lines[0].index("number")}


@pytest.mark.parametrize("count", [0, 3])
def test_what_fails_on_the_way_is_told_in_the_document(
    count: int, voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling(monkeypatch, count, AskError("onbuka-v3 told nothing"))
    result = voicehub(*since(config, "--json"))
    told = document(result)
    assert result.exit_code == 3
    assert told["error"] == {"type": "AskError", "message": "onbuka-v3 told nothing", "kind": None, "code": None}
    assert len(told.get("records", ())) == count
    assert ("records" in told) is (count > 0)
    assert "voicehub: onbuka-v3 told nothing" in result.stderr


def test_an_interruption_leaves_a_whole_document(
    voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling(monkeypatch, 2, KeyboardInterrupt())
    result = voicehub(*since(config, "--json"))
    assert result.exit_code == 130
    assert json.loads(result.stdout)["error"]["type"] == "Interrupted"
