"""``voicehub doctor --online``: what the vendors say of key, address, clock and money, in words."""

from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest
from voicehub_onbuka import Onbuka
from voicehub_twilio import Twilio

from tests.cli.conftest import Vendor, Voicehub, document, write
from voicehub import client as client_room
from voicehub.provider import Provider
from voicehub.sandbox import SandboxServer


def finding(voicehub: Voicehub, config: str) -> dict[str, Any]:
    result = voicehub("doctor", "--online", "--config", config, "--json")
    (found,) = (each for each in document(result)["findings"] if each["about"] == "vendor of alerts")
    assert result.exit_code == (2 if found["state"] == "broken" else 0)
    return dict(found)


def test_an_account_that_works(voicehub: Voicehub, sandbox: SandboxServer, config: str) -> None:
    found = finding(voicehub, config)
    assert (found["state"], found["told"]) == ("ok", "credentials, address and clock are accepted; balance 100")
    assert sandbox.dialled == []


def test_nobody_is_asked_unless_told_to(voicehub: Voicehub, rude: Vendor, rude_config: str) -> None:
    voicehub("doctor", "--config", rude_config)
    assert rude.requests == []


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Clients whose vendor answers all questions with this."""

    def answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        made = client_room.Client

        def client(provider: Provider) -> client_room.Client:
            transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body, headers=headers))
            return made(provider, http_client=httpx.Client(transport=transport))

        monkeypatch.setattr(client_room, "Client", client)

    return answer


@pytest.fixture
def alerts(tmp_path: Path) -> str:
    return write(tmp_path, {"alerts": Onbuka(Onbuka.Settings(**Onbuka.sample_settings))})


@pytest.mark.parametrize(
    ("status", "told", "advice"),
    [
        ("-1", "key or secret is refused", "console"),
        ("-2", "this machine's address is not allowed", "allow it"),
        ("-13", "no balance, or the account is locked", "console"),
        ("-15", "asked too often", "in a while"),
        ("-16", "this machine's clock is refused: ", "NTP"),
        ("-18", "the question is refused", "base_url"),
    ],
)
def test_a_refusal_in_words(
    voicehub: Voicehub, answering: Any, alerts: str, status: str, told: str, advice: str
) -> None:
    answering({"status": status, "reason": "no"})
    found = finding(voicehub, alerts)
    assert found["told"].startswith(told)
    assert f"(code {status}, no)" in found["told"]
    assert advice in found["advice"]


@pytest.mark.parametrize(
    ("off", "told"), [(-47, "47 minutes ahead"), (61, "61 minutes behind"), (-1, "1 minute ahead")]
)
def test_how_far_a_clock_is_off(voicehub: Voicehub, answering: Any, alerts: str, off: int, told: str) -> None:
    answering({"status": "-16", "reason": "no"}, {"date": formatdate(time() + 60 * off, usegmt=True)})
    assert f"it is {told} of the vendor's" in finding(voicehub, alerts)["told"]


def test_an_empty_account(voicehub: Voicehub, answering: Any, alerts: str) -> None:
    answering({"status": "0", "balance": "0.00", "gift": "0", "credit": "0"})
    found = finding(voicehub, alerts)
    assert (found["state"], found["told"].endswith("no balance: 0.00")) == ("broken", True)


def test_a_vendor_that_is_not_reached(voicehub: Voicehub, tmp_path: Path) -> None:
    settings = Onbuka.Settings(**{**Onbuka.sample_settings, "base_url": "http://127.0.0.1:1"})
    found = finding(voicehub, write(tmp_path, {"alerts": Onbuka(settings)}))
    assert "nothing left: ConnectionRefusedError" in found["told"]
    assert found["told"].endswith("; look at base_url (127.0.0.1:1), the network and a proxy")


def test_a_vendor_that_cannot_be_asked(voicehub: Voicehub, tmp_path: Path) -> None:
    found = finding(voicehub, write(tmp_path, {"alerts": Twilio(Twilio.Settings(**Twilio.sample_settings))}))
    assert (found["state"], found["told"]) == ("note", "twilio cannot be asked for a balance, so nothing was checked")


def test_a_plugin_that_breaks(voicehub: Voicehub, alerts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Onbuka, "balance_path", " ")
    assert "encode made no request that can be sent" in finding(voicehub, alerts)["told"]


def test_what_the_examination_finds_broken_is_not_asked(voicehub: Voicehub, tmp_path: Path) -> None:
    file = tmp_path / "voicehub.toml"
    for text in ("[accounts.alerts]\nprovider = 'onbuka-v3'\n", "no toml"):
        file.write_text(text)
        found = document(voicehub("doctor", "--online", "--config", str(file), "--json"))["findings"]
        assert not any(each["about"].startswith("vendor of") for each in found)
