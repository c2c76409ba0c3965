"""The house: who imports whom, and what no file may hold. Each rule is also tried on a text that breaks it."""

import pytest

from tests.house import LONGEST_BRAND, ROOT, faults, imported, modules, plugin_faults, room_of

CORE = dict(modules(ROOT / "voicehub"))
ROOMS = {room_of(module) for module in CORE} - {""}
PLUGINS = {name: text for folder in sorted(ROOT.glob("plugins/*/voicehub_*")) for name, text in modules(folder)}
BRANDS = ["voicehub_onbuka", "voicehub_itniotech"]


@pytest.mark.parametrize("module", CORE)
def test_the_core_keeps_the_rules_of_the_house(module: str) -> None:
    assert faults(module, CORE[module], rooms=ROOMS) == []


@pytest.mark.parametrize("module", PLUGINS)
def test_a_plugin_sees_the_public_doors_only(module: str) -> None:
    assert plugin_faults(module, PLUGINS[module]) == []


@pytest.mark.parametrize("module", BRANDS)
def test_a_brand_of_a_known_dialect_is_one_short_file(module: str) -> None:
    assert PLUGINS[module].count("\n") <= LONGEST_BRAND
    assert [name for name in PLUGINS if name.startswith(module)] == [module]


def test_one_file_imports_the_http_library() -> None:
    users = [
        module for module, text in CORE.items() if any(name.split(".")[0] == "httpx" for name in imported(module, text))
    ]
    assert users == ["voicehub.client._transport.sender"]


@pytest.mark.parametrize(
    ("module", "text", "said"),
    [
        ("voicehub.message", "from voicehub.provider import Limits", "message does not see provider"),
        ("voicehub.receipt", "from voicehub.client import Tally", "receipt does not see client"),
        ("voicehub.provider._check", "from voicehub import hooks", "provider does not see hooks"),
        ("voicehub.provider", "def f():\n    from voicehub import config", "provider does not see config"),
        ("voicehub.plugins", "import voicehub.client", "plugins does not see client"),
        ("voicehub.client._transport.sender", "from voicehub.sandbox import Desk", "client does not see sandbox"),
        ("voicehub.client._client", "from voicehub.cli import main", "client does not see cli"),
        ("voicehub.sandbox._desk", "from voicehub.client import Client", "sandbox does not see client"),
        ("voicehub.sandbox._desk", "from voicehub import plugins", "sandbox does not see plugins"),
        ("voicehub.testing", "from voicehub import config", "testing does not see config"),
        ("voicehub.testing", "from voicehub.cli import main", "testing does not see cli"),
        ("voicehub.client", "from voicehub._offers import told", "client does not see _offers"),
        ("voicehub.client", "from voicehub.provider._limits import Limits", "between rooms only the door is imported"),
        ("voicehub.client", "from voicehub.provider import _limits", "between rooms only the door is imported"),
        ("voicehub.client", "import voicehub.provider._limits", "between rooms only the door is imported"),
        ("voicehub.client._client", "from voicehub import Receipt", "the door is for users"),
        ("voicehub.client._client", "from . import _exchange", "relative"),
        ("voicehub.client._client", "import httpx", "only voicehub.client._transport.sender does"),
        ("voicehub.client._client", "from httpx import Client", "only voicehub.client._transport.sender does"),
        ("voicehub.cli._demo", "import voicehub_acme", "the core knows no plugin"),
        ("voicehub.message", "x = 1  # as fileID elsewhere", "vendor word fileID"),
        ("voicehub.message", "x = 'onbuka-v3'", "vendor word onbuka"),
        ("voicehub.message", "\n" * 251, "has 251 lines"),
        ("voicehub.message", "x = r'[+]\\d{7}'", r"writes \d"),
        (
            "voicehub.client._transport.sender",
            "import httpx\nhttpx.Client(verify=False)",
            "switches TLS verification off",
        ),
        ("voicehub.cli._demo", "print('x')", "prints"),
    ],
)
def test_a_planted_breach_is_found(module: str, text: str, said: str) -> None:
    (fault,) = faults(module, text, rooms=ROOMS | {"client", "cli", "sandbox", "testing"})
    assert said in fault


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("voicehub.message", "if TYPE_CHECKING:\n    from voicehub.client import Client"),
        ("voicehub.client._transport.sender", "import httpx\nfrom voicehub.client._exchange import Lost"),
        ("voicehub.client._client", "from voicehub import plugins\nfrom voicehub.provider import Limits"),
        ("voicehub.cli._send", "from voicehub import Client, config\nfrom voicehub.sandbox import Desk"),
        ("voicehub.provider", "x = '[0-9]'\nhandler.print('x', verify=True)"),
    ],
)
def test_what_is_allowed_is_not_found(module: str, text: str) -> None:
    assert faults(module, text, rooms=ROOMS | {"client", "cli", "sandbox"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "import httpx",
        "import voicehub.client",
        "from voicehub import _forms",
        "from voicehub.provider._base import Provider",
        "from voicehub.config import load",
        "verify(verify=False)",
        "print(1)",
        "x = '\\\\d'",
    ],
)
def test_a_breach_of_a_plugin_is_found(text: str) -> None:
    assert len(plugin_faults("voicehub_acme", text)) == 1
    assert plugin_faults("voicehub_acme", "from voicehub import Outcome\nfrom voicehub.provider import Provider") == []
