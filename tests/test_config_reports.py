"""What a configuration says of the reports a vendor pushes: the secret of their address, and whether they count."""

import re

import pytest
from pydantic import SecretStr

from tests.configurations import ACCOUNT, SECOND, A, provider_of, shown, write
from voicehub import ConfigError, config

SECRET = "Kf3_9sQ-" * 4
NUMBER = "1234567890" * 4


def test_what_nobody_wrote_is_no_address_and_belief() -> None:
    configuration = config.load(write(ACCOUNT))
    assert configuration.webhook("a") is None
    assert configuration.verify_reports("a") is False


@pytest.mark.parametrize("secret", [SECRET, NUMBER])
def test_the_secret_comes_from_the_file_or_a_variable(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.load(write(f'{ACCOUNT}webhook = "{secret}"')).webhook("a") == SecretStr(secret)
    monkeypatch.setenv(A + "WEBHOOK", secret)
    monkeypatch.setenv(A + "VERIFY_REPORTS", "true")
    path = write(ACCOUNT)
    assert config.load(path).webhook("a") == SecretStr(secret)
    assert config.load(path).verify_reports("a") is True
    assert provider_of(path).name == "itniotech"
    assert shown(path)["accounts.a.webhook"] == ("*****", A + "WEBHOOK")
    assert shown(path)["accounts.a.verify_reports"] == ("true", A + "VERIFY_REPORTS")


def test_the_secret_is_shown_nowhere() -> None:
    path = write(f'{ACCOUNT}webhook = "{SECRET}"\nverify_reports = false\n{SECOND}verify_reports = "{SECRET}"\n')
    assert SECRET not in repr(config.load(path)) + repr(config.load(path).webhook("a"))
    values = {key: value for key, (value, _) in shown(path).items()}
    assert values["accounts.a.webhook"] == "*****"
    assert values["accounts.a.verify_reports"] == "False"
    assert values["accounts.b.verify_reports"] == "*****"


@pytest.mark.parametrize("value", ['"short"', f'"{SECRET[:31]}"', f'"{SECRET}/"', f'"{SECRET}é"', "3", "[]", '""'])
def test_a_secret_that_could_be_guessed_or_mangled_is_refused_unseen(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write(f"{ACCOUNT}webhook = {value}\n")).webhook("a")
    assert re.search(r"\[accounts.a\] webhook: is not 32 or more letters, digits, - and _", str(caught.value))
    assert SECRET[:9] not in str(caught.value)


@pytest.mark.parametrize("value", ['"yes"', "1", "[]"])
def test_whether_reports_are_verified_is_true_or_false(value: str) -> None:
    with pytest.raises(ConfigError, match=r"\[accounts.a\] verify_reports: is not true or false"):
        config.load(write(f"{ACCOUNT}verify_reports = {value}\n")).verify_reports("a")
