"""Settings refuse what would fail later or leak; a provider takes its own settings and shows only its address."""

import pickle

import pytest
from pydantic import SecretStr, ValidationError

from tests.testing.providers import Account, ByForm, ByLine
from voicehub.provider import Settings, is_loopback

API = "https://api.example/v1"


def refusal(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Account(**{"base_url": API, "token": "t0k-en", **fields})  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://api.example", "uses plain http, which is for loopback only"),
        ("http://127.0.0.1.example", "uses plain http"),
        ("http://[::2]:80", "uses plain http"),
        ("ftp://api.example", "is not an https URL with a host"),
        ("api.example", "is not an https URL with a host"),
        ("https://", "is not an https URL with a host"),
        ("https://\u00e4pi.example", "is not an https URL with a host"),
        ("https://api example", "is not an https URL with a host"),
        ("https://[::1", "is not a URL"),
        ("https://api.example:port", "is not a URL"),
        ("https://api.example:99999", "is not a URL"),
        ("https://user@api.example", "is the API root only"),
        ("https://user:word@api.example", "is the API root only"),
        ("https://@api.example", "is the API root only"),
        ("https://api.example?a=b", "is the API root only"),
        ("https://api.example/?", "is the API root only"),
        ("https://api.example/#", "is the API root only"),
        ("https://api.example#top", "is the API root only"),
        ("", "is empty, or has white space"),
        (" https://api.example", "is empty, or has white space"),
        ("https://api.example\n", "is empty, or has white space"),
        ("https://api.exa\tmple", "is empty, or has white space"),
    ],
)
def test_base_urls_that_are_refused(url: str, told: str) -> None:
    text = refusal(base_url=url)
    assert "base_url" in text
    assert told in text
    assert "word" not in text


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1/v3", "http://a.localhost"]
)
def test_plain_http_is_for_loopback(url: str) -> None:
    assert Settings(base_url=url).base_url == url


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("vendor.localhost", True),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_which_hosts_are_the_machine_itself(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


@pytest.mark.parametrize("root", [API, f"{API}/", f"{API}//"])
@pytest.mark.parametrize("path", ["calls", "/calls", "//calls"])
def test_root_and_path_are_joined_by_one_slash(root: str, path: str) -> None:
    assert Settings(base_url=root).url(path) == "https://api.example/v1/calls"


@pytest.mark.parametrize("token", ["", " t0k-en", "t0k-en ", "t0k\nen", "t0k\x00en", "\u00a0t0k-en"])
def test_a_secret_with_white_space_or_control_characters_is_refused_unseen(token: str) -> None:
    text = refusal(token=token)
    assert "token\n" in text
    assert "t0k" not in text


def test_settings_refuse_what_they_do_not_know_and_cannot_be_changed() -> None:
    assert "Extra inputs are not permitted" in refusal(tokn="t0k-en")
    assert "t0k" not in refusal(tokn="t0k-en")
    with pytest.raises(ValidationError, match="frozen"):
        Settings(base_url=API).base_url = "https://other.example"


def test_a_default_is_checked_like_any_other() -> None:
    class Wrong(Settings):
        base_url: str = "http://api.example"

    with pytest.raises(ValidationError, match="plain http"):
        Wrong()


def test_secrets_are_masked_and_can_be_asked_for() -> None:
    account = Account(base_url=API, token=SecretStr("t0k-en"))
    assert "t0k" not in f"{account!r} {account} {account.model_dump()}"
    assert account.secrets() == ("t0k-en",)
    assert Settings(base_url=API).secrets() == ()


def test_a_copy_has_secrets_of_its_own() -> None:
    account = Account(base_url=API, token=SecretStr("t0k-en"))
    assert account.secrets() is account.secrets()
    other = account.model_copy(update={"token": SecretStr("an0ther")})
    assert other.secrets() == ("an0ther",)
    assert pickle.loads(pickle.dumps(account)).secrets() == account.secrets()
    assert pickle.loads(pickle.dumps(account)) == account == Account(base_url=API, token=SecretStr("t0k-en"))


def test_a_provider_takes_its_own_settings() -> None:
    account = Account(base_url=API, token=SecretStr("t0k-en"))
    assert repr(ByForm(account)) == "ByForm(base_url='https://api.example/v1')"
    with pytest.raises(TypeError, match="ByForm takes its own Settings, not Settings"):
        ByForm(Settings(base_url=API))


def test_an_instance_may_carry_other_limits() -> None:
    account = Account(base_url=API, token=SecretStr("t0k-en"))
    moved = ByLine(account, limits={})
    assert moved.limits == {}
    assert ByLine(account).limits is ByLine.limits
