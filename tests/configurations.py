"""What the tests of the configuration share: a file to write, and the one line a wrong one gets."""

from pathlib import Path

import pytest

from voicehub import ConfigError, config
from voicehub.provider import Provider

A = "VOICEHUB_ACCOUNTS__A__"
ACCOUNT = """
[accounts.a]
provider = "itniotech"
api_key = "the-key-of-a"
api_secret = "the-secret-of-a"
app_id = "app"
"""
SECOND = ACCOUNT.replace("accounts.a", "accounts.b").replace("of-a", "of-b").replace("itniotech", "onbuka-v3")
LIMITS = ACCOUNT + "[accounts.a.limits]\n"


def write(text: str | bytes, path: str | Path = "some.toml") -> Path:
    """Write a configuration, by default into the working folder (each test has its own); returns its full path."""
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def provider_of(path: Path | None, account: str | None = None) -> Provider:
    loaded = config.load(path)
    return loaded.provider(loaded.account_name(account))


def refusal(path: Path | None, account: str | None = None) -> str:
    """What `ConfigError` says: one line without a secret."""
    with pytest.raises(ConfigError) as caught:
        provider_of(path, account)
    told = str(caught.value)
    assert "\n" not in told
    assert "secret-of" not in told
    return told


def shown(path: Path | None) -> dict[str, tuple[str, str]]:
    return {row.key: (row.value, row.origin) for row in config.load(path).shown()}
