"""What the authoring guide quotes is what an author reads."""

import importlib
import re
import sys
from pathlib import Path

import pytest

import voicehub.testing
from tests.cli.conftest import plant
from tests.house import ROOT
from tests.testing.providers import ByLine
from voicehub.errors import VoicehubError
from voicehub.plugins import Plugins
from voicehub.provider import Provider
from voicehub.testing import LAWS, Exam

GUIDE = (ROOT / "docs" / "authoring.md").read_text("utf-8")
QUOTES = re.findall(r"^\| `([^|]+)` \| ", GUIDE.partition("## When something is refused")[2], re.M)
HEAD = "from voicehub.provider import Provider\nfrom voicehub.hooks import hookimpl\n"
PARTIAL = "    def encode(self, message, now): ...\n    def decode(self, message, reply): ...\n"
HOOK = "@hookimpl\ndef voicehub_providers():\n    return [Acme]\n"
WHOLE = "from tests.testing.providers import ByLine\nfrom voicehub.hooks import hookimpl\nclass Acme(ByLine):\n"
PLUGINS = {
    "there is no provider 'acme'": ("voicehub.vendors", ""),
    "stands in the entry-point group 'voicehub', which nobody reads": ("voicehub", ""),
    "cannot be imported: ModuleNotFoundError: No module named 'voicehub_acme'": ("voicehub.v1", None),
    "cannot be imported: ImportError: cannot import name 'Provider' from 'voicehub'": (
        "voicehub.v1",
        "from voicehub import Provider",
    ),
    "it has no function voicehub_providers": ("voicehub.v1", HEAD),
    "voicehub_provider is no hook; the hooks are voicehub_notice, voicehub_providers": (
        "voicehub.v1",
        f"{WHOLE}    name = 'acme'\n{HOOK}\n@hookimpl\ndef voicehub_provider(): ...",
    ),
    "voicehub_providers is not marked": ("voicehub.v1", "def voicehub_providers(): ..."),
    "is written for voicehub.v2, and this voicehub speaks voicehub.v1": ("voicehub.v2", ""),
    "it offers other; offer one class whose name is the entry point's, 'acme'": (
        "voicehub.v1",
        f"{WHOLE}    name = 'other'\n{HOOK}",
    ),
    "Acme lacks answer, parse": ("voicehub.v1", f"{HEAD}class Acme(Provider):\n{PARTIAL}{HOOK}"),
}


class Empty(ByLine):
    def encode(self, message: object, now: float) -> None:  # type: ignore[override]
        """A branch without return."""


class Confused(ByLine):
    call_ids = "many"  # type: ignore[assignment]


class Shouting(ByLine):
    def encode(self, message: object, now: float) -> object:  # type: ignore[override]
        request = super().encode(message, now)  # type: ignore[arg-type]
        request.headers["Loud"] = "1"  # type: ignore[index]
        return request


class Counting(ByLine):
    calls = 0

    def parse(self, request: object, now: float) -> object:  # type: ignore[override]
        Counting.calls += 1
        return super().parse(request, now) if Counting.calls > 1 else None  # type: ignore[arg-type]


PROVIDERS: dict[str, type[Provider]] = {
    "encode returned None; it returns a Request(method, url, headers, body)": Empty,
    "encode made no request that can be sent": Shouting,
    "not tried, because facts_are_well_formed is broken": Confused,
    "with the same input it did something else": Counting,
}
EXTRA = "voicehub.testing needs hypothesis and pytest"


def test_every_quote_is_tried() -> None:
    assert set(QUOTES) == {*PLUGINS, *PROVIDERS, EXTRA}


@pytest.mark.parametrize("quote", PLUGINS)
def test_what_is_said_of_a_plugin(quote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group, code = PLUGINS[quote]
    plant(tmp_path / "site", monkeypatch, "voicehub-acme", f"[{group}]\nacme = voicehub_acme\n")
    if code is not None:
        (tmp_path / "site" / "voicehub_acme.py").write_text(code)
    importlib.invalidate_caches()
    with pytest.raises(VoicehubError) as caught:
        Plugins().provider("acme")
    sys.modules.pop("voicehub_acme", None)
    assert quote in str(caught.value)


@pytest.mark.parametrize("quote", PROVIDERS)
def test_what_is_said_of_a_provider(quote: str) -> None:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - a skip says one of them
        LAWS["what_is_encoded_is_parsed"](Exam(PROVIDERS[quote]))
    assert quote in str(caught.value).partition("\n")[0]


def test_what_is_said_without_the_extra() -> None:
    assert EXTRA.partition(" needs ")[0] == voicehub.testing.__name__
    assert "voicehub.testing needs {' and '.join(_missing)}" in Path(str(voicehub.testing.__file__)).read_text("utf-8")
