"""``voicehub sandbox`` without a configuration, where providers would be served at one path."""

import json
import tomllib

import pytest

from tests.sandbox.test_command import interrupt, invoke, offering
from tests.sandbox.toys import Whole, message, whole
from voicehub import Client
from voicehub.cli import _sandbox
from voicehub.cli._sandbox.samples import apart
from voicehub.plugins import Plugins
from voicehub.sandbox import SandboxServer


class Rival(Whole):
    name = "rival"


class Elsewhere(Whole):
    name = "elsewhere"

    class Settings(Whole.Settings):
        base_url: str = "https://elsewhere.example/other"


def test_without_a_configuration_providers_of_one_path_each_get_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plugins, "names", lambda _: ["a", "b", "c"])
    monkeypatch.setattr(Plugins, "provider", offering(Whole, Rival, Elsewhere))
    monkeypatch.setattr(_sandbox, "_until_interrupted", interrupt)
    result = invoke()
    assert result.exit_code == 0
    accounts = tomllib.loads(result.stdout)["accounts"]
    paths = {name: account["base_url"].split("/", 3)[3] for name, account in accounts.items()}
    assert paths == {"whole": "whole", "rival": "rival", "elsewhere": "other"}
    told = [account["base_url"] for account in json.loads(invoke("--json").stdout)["accounts"].values()]
    assert [url.rsplit("/", 1)[1] for url in told] == ["whole", "rival", "other"]


def test_each_of_them_answers_there() -> None:
    served = apart({"whole": whole(), "rival": whole(Rival)})
    with SandboxServer(served) as server:
        for account in served:
            with Client(server.provider(account)) as client:
                client.send(message())
        assert [row.account for row in server.dialled] == ["whole", "whole", "rival", "rival"]
