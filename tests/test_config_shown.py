"""What of a configuration may be shown."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.configurations import ACCOUNT, LIMITS, SECOND, provider_of, refusal, shown, write
from voicehub import PluginError, UnknownProvider, config
from voicehub.plugins import installed
from voicehub.provider import Settings

Make = Callable[..., Path]


def test_secrets_are_masked_and_the_rest_is_shown() -> None:
    path = write('default_account = "b"\n' + LIMITS + "plays = 9\n" + SECOND)
    values = {key: value for key, (value, _) in shown(path).items()}
    assert values == {
        "default_account": "b",
        "accounts.a.provider": "itniotech",
        "accounts.a.api_key": "*****",
        "accounts.a.api_secret": "*****",
        "accounts.a.app_id": "app",
        "accounts.a.limits.plays": "9",
        "accounts.a.base_url": "https://api.itniotech.com",
        "accounts.b.provider": "onbuka-v3",
        "accounts.b.api_key": "*****",
        "accounts.b.api_secret": "*****",
        "accounts.b.app_id": "app",
        "accounts.b.base_url": "https://api.onbuka.com/v3",
    }
    assert shown(write(ACCOUNT))["default_account"] == ("", "not set")


def test_the_account_of_a_plugin_that_is_not_installed_is_shown_masked() -> None:
    values = shown(write(ACCOUNT.replace("itniotech", "sms") + 'limits.plays = 9\n"x\\u001b" = "y"'))
    assert {key for key, (value, _) in values.items() if value == "*****"} == {
        *(f"accounts.a.{key}" for key in ("api_key", "api_secret", "app_id", "x\\x1b"))
    }
    assert values["accounts.a.provider"][0] == "sms"
    with pytest.raises(UnknownProvider, match="Install: "):
        provider_of(write(ACCOUNT.replace("itniotech", "sms")))


@pytest.mark.parametrize("url", ["https://me:pass@api.example", "https://api.example/?token=1", "https://x.example/#1"])
def test_a_base_url_that_may_hold_a_password_is_not_shown(url: str) -> None:
    path = write(ACCOUNT + f'base_url = "{url}"')
    assert shown(path)["accounts.a.base_url"][0] == "*****"
    assert "no user name, no query, no fragment" in refusal(path)


@pytest.mark.parametrize("line", ['limits.api_key = "k"', 'limits = "k"', 'app_id = ["k"]', 'app_id.api_key = "k"'])
def test_a_secret_in_the_wrong_place_is_not_shown(line: str) -> None:
    (row,) = (
        row
        for row in config.load(write(f'[accounts.a]\nprovider = "itniotech"\n{line}')).shown()
        if row.value == "*****"
    )
    assert row.key.startswith(f"accounts.a.{line.partition(' ')[0]}")


def test_no_repr_holds_a_secret() -> None:
    loaded = config.load(write(ACCOUNT))
    assert "of-a" not in repr(loaded) + repr(loaded.provider("a")) + repr(loaded.shown()) + repr(loaded.accounts)
    assert "of-a" not in repr(loaded.accounts["a"])


def explode(value: str) -> str:
    raise RuntimeError(f"cannot use {value}")


class Odd(Settings):
    base_url: str = "https://odd.example"
    pin: SecretStr | None = None
    token: SecretStr = SecretStr("built-in-token")
    keys: list[str] = []
    region: str | None = None
    level: int = 3
    made: str = "made"

    def model_post_init(self, _: Any) -> None:
        if self.region:
            explode(self.region + str(self.pin and self.pin.get_secret_value()))


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Make:
    """An account of a provider whose settings are unusual."""
    itniotech = installed.provider("itniotech")
    cls = type("OddProvider", (itniotech,), {"name": "odd", "Settings": Odd})
    monkeypatch.setitem(installed._loaded, "odd", cls)
    return lambda text="": write(f'[accounts.a]\nprovider = "odd"\n{text}')


def test_only_settings_of_a_plain_type_are_shown(odd: Make) -> None:
    values = {key: value for key, (value, _) in shown(odd('pin = "1234567"\nkeys = ["x"]\nlevel = 4')).items()}
    assert (values["accounts.a.pin"], values["accounts.a.keys"], values["accounts.a.token"]) == ("*****",) * 3
    assert (values["accounts.a.level"], values["accounts.a.region"]) == ("4", "None")


def test_settings_that_fail_with_an_error_that_fails_too_are_still_a_plugin_error(
    odd: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def fail(*_: object) -> None:
        raise Mute

    monkeypatch.setattr(Odd, "model_post_init", fail)
    path = odd()
    with pytest.raises(PluginError, match=r"the settings of plugin odd failed: Mute: \(its text could not be had"):
        provider_of(path)


def test_a_plugin_whose_settings_fail_is_told_without_what_it_was_given(odd: Make) -> None:
    path = odd('pin = "the-secret-of-a"\nregion = "northern"')
    with pytest.raises(PluginError) as caught:
        provider_of(path)
    told = str(caught.value)
    assert told == f"{path} [accounts.a]: the settings of plugin odd failed: RuntimeError: cannot use **********"


def test_a_plugin_that_quotes_a_secret_in_its_refusal_is_masked(odd: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(value: str) -> str:
        raise ValueError(f"{value} is no good")

    monkeypatch.setitem(globals(), "explode", refuse)
    assert refusal(odd('pin = "the-secret-of-a"\nregion = "northern"')).endswith("[accounts.a]: ********** is no good")


def test_a_default_that_is_computed_is_not_computed_to_be_shown(odd: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Odd.model_fields["made"], "default_factory", explode)
    assert shown(odd())["accounts.a.made"] == ("computed", "default of odd")


def test_the_environment_of_the_suite_is_clean() -> None:
    assert not [name for name in os.environ if name.startswith("VOICEHUB_")]
