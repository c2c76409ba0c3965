"""Whatever file and environment say: accounts, or one line that names the place; never a secret, no traceback."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.configurations import ACCOUNT, A, write
from voicehub import ConfigError, PluginError, config
from voicehub._masking import printable

SECRET = "sEcReT"
KEYS = ["provider", "api_key", "api_secret", "app_id", "base_url", "limits", "plays", "callees", "uploaded_audio"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WORDS = ["itniotech", "onbuka-v3", "a", SECRET, "https://a.example", f"https://u:{SECRET}@a.example", "[1, 9]", "{}"]
SCALARS = st.sampled_from(WORDS) | TEXT | st.integers() | st.floats() | st.booleans()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | TEXT, inner, max_size=3),
    max_leaves=8,
)
HIDDEN_KEYS = st.sampled_from(["api_key", "api_secret"])


def toml(value: object) -> str:
    """A value as TOML writes it; tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def judge(error: Exception) -> None:
    told = str(error)
    assert re.match(r"/|variable (?i:VOICEHUB)_|VOICEHUB_|the environment|provider |no configuration file", told), told
    assert printable(told) == told
    assert SECRET not in told + repr(error)


def use(path: Any = None) -> None:
    """Load, show and use every account; nothing but our own errors, and no secret of a hidden key anywhere."""
    try:
        loaded = config.load(path)
    except ConfigError as error:
        return judge(error)
    assert SECRET not in repr(loaded).replace(repr(loaded.default_account), "")
    for row in loaded.shown():
        assert SECRET not in row.value or row.key in ("default_account", "accounts.a.provider", "accounts.a.app_id")
        assert "\n" not in row.key + row.value
        assert row.origin
    for account in [None, *loaded.accounts]:
        try:
            provider = loaded.provider(loaded.account_name(account))
        except (ConfigError, PluginError) as error:
            judge(error) if SECRET not in visible(loaded) else None
        else:
            assert SECRET not in repr(provider)
    return None


def visible(loaded: config.Configuration) -> str:
    """What may be told again: the names of accounts, keys and providers are no secrets."""
    names = [loaded.default_account, *loaded.accounts]
    for table in loaded.accounts.values():
        names += [str(table.get("provider")), *table, str(table.get("limits"))]
    return " ".join(map(str, names))


@given(st.dictionaries(st.sampled_from(["default_account", "accounts", "a"]) | TEXT, VALUES, max_size=3))
def test_any_toml_gives_accounts_or_one_line(tables: dict[str, Any]) -> None:
    use(write("\n".join(f"{toml(key)} = {toml(value)}" for key, value in tables.items())))


@given(st.dictionaries(st.sampled_from(KEYS) | TEXT, VALUES, max_size=6), HIDDEN_KEYS)
def test_any_table_of_an_account_gives_a_provider_or_one_line(table: dict[str, Any], secret_key: str) -> None:
    table = {"provider": "itniotech", "api_key": SECRET, "api_secret": SECRET, "app_id": "app", **table}
    table[secret_key] = [SECRET, {"x": SECRET}, f" {SECRET}", f"{SECRET}\n", SECRET][len(table) % 5]
    use(write(f"accounts.a = {toml(table)}"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_accounts_or_one_line(content: bytes) -> None:
    use(write(content))
    use(write(ACCOUNT.encode() + content))


NAMES = st.sampled_from(
    ["VOICEHUB_DEFAULT_ACCOUNT", "VOICEHUB_ACCOUNTS", *(A + key.upper() for key in KEYS)]
) | st.from_regex(r"\A(?i:VOICEHUB)_ACCOUNTS?(__?[aA_B](__LIMITS)?){0,3}(__PLAYS)?\Z")
CONTENT = st.sampled_from([*WORDS, "[" * 9999, "null"]) | st.text(st.characters(exclude_characters="\0"), max_size=20)


@given(st.dictionaries(NAMES, CONTENT.filter(lambda text: not re.search("[\ud800-\udbff]|\udc00", text)), max_size=6))
def test_any_environment_gives_accounts_or_one_line(variables: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            try:
                patch.setenv(name, value)
            except UnicodeEncodeError:
                patch.setenv(name, "\udcff")  # a byte that is no UTF-8; other surrogates no environment can hold
        use()
        use(write(ACCOUNT))
