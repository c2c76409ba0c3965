"""What is promised: the names behind each door, their signatures, and a start that costs next to nothing."""

import ast
import importlib
import inspect
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import voicehub
from tests.house import ROOT
from voicehub import AsyncClient, Client

DOORS = ["voicehub", *(f"voicehub.{path.parent.name}" for path in sorted(ROOT.glob("voicehub/*/__init__.py")))]
PROMISED = """
    Announcement AskError AsyncClient AudioFile AudioUrl Balance CallRecord CallState Client ConfigError InDoubt
    Incomplete LedgerError LimitExceeded MessageError MissingField NamedAudio NotSent Outcome PluginError Receipt
    RefusalKind Refused SendError Speech StoredFile UnknownProvider UnsupportedField UploadedAudio VoiceMessage
    VoicehubError __version__
"""
FOR_AUTHORS = "Limits Page Provider Refusal RefusalKind Reply Request Settings Span http_verdict"


@pytest.mark.parametrize("door", DOORS)
def test_a_door_lists_its_names_sorted_and_each_is_there(door: str) -> None:
    module = importlib.import_module(door)
    names = module.__all__
    assert list(names) == sorted(set(names), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert all(hasattr(module, name) for name in names)


@pytest.mark.parametrize("door", [door for door in DOORS[1:] if door != "voicehub.cli"])  # a command, no names
def test_a_door_lists_every_public_name_it_imports(door: str) -> None:
    module = importlib.import_module(door)
    kinds = (inspect.isclass, inspect.isroutine)
    own = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and any(kind(value) for kind in kinds) and value.__module__.startswith(f"{door}.")
    }
    assert own <= set(module.__all__)


def test_the_names_that_are_promised_are_those_of_the_door() -> None:
    assert voicehub.__all__ == PROMISED.split()
    assert set(voicehub.__all__) <= set(dir(voicehub))
    assert set(FOR_AUTHORS.split()) <= set(importlib.import_module("voicehub.provider").__all__)


def test_every_error_is_behind_the_door() -> None:
    errors = importlib.import_module("voicehub.errors")
    classes = {
        name for name, value in vars(errors).items() if inspect.isclass(value) and value.__module__ == errors.__name__
    }
    assert classes <= set(voicehub.__all__)


def test_the_lazy_door_and_the_one_for_type_checkers_hold_the_same_names() -> None:
    tree = ast.parse((ROOT / "voicehub" / "__init__.py").read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imports = [node for node in typed.body if isinstance(node, ast.ImportFrom)]
    homes = {alias.asname or alias.name: node.module for node in imports for alias in node.names}
    assert homes.keys() == set(voicehub.__all__) - {"__version__"}
    for name, home in homes.items():
        assert getattr(importlib.import_module(str(home)), name) is getattr(voicehub, name)


def test_a_name_that_is_not_there_is_refused_like_any_other() -> None:
    with pytest.raises(AttributeError, match="module 'voicehub' has no attribute 'Clinet'"):
        voicehub.Clinet  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Clinet'"):
        exec("from voicehub import Clinet")


def test_the_version_is_the_distribution_s() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{voicehub.__version__}"' in pyproject


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("code", ["import voicehub", "import voicehub; dir(voicehub)", "import voicehub.cli"])
def test_opening_the_door_loads_no_library(code: str) -> None:
    loaded = set(python(f"{code}; import sys; print(*sys.modules)").split())
    assert {"pydantic", "httpx", "pluggy", "rich", "platformdirs", "stamina", "asyncio"} & loaded == set()
    assert "click" not in loaded or "cli" in code


def test_a_message_needs_no_http_library() -> None:
    loaded = python("from voicehub import VoiceMessage, Receipt, InDoubt; import sys; print(*sys.modules)").split()
    assert {"httpx", "pluggy", "stamina"} & set(loaded) == set()


def test_names_are_loaded_once_and_are_the_room_s_own() -> None:
    from voicehub.message import VoiceMessage

    assert voicehub.VoiceMessage is VoiceMessage
    assert "VoiceMessage" in vars(voicehub)
    assert pickle.loads(pickle.dumps(voicehub.VoiceMessage)) is VoiceMessage


def test_both_clients_take_what_the_design_says() -> None:
    keyword, absent = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
    keywords = {"account": None, "http_client": None, "timeout_seconds": 90, "attempts": 3, "keepalive_seconds": 2}
    wanted = [
        ("provider", inspect.Parameter.POSITIONAL_OR_KEYWORD, absent),
        *((name, keyword, default) for name, default in {**keywords, "clock": time.time}.items()),
    ]
    for cls in (Client, AsyncClient):
        assert shape(cls) == wanted
        path, account, *rest = inspect.signature(cls.from_config).parameters.values()
        assert (path.name, path.default, path.kind) == ("path", None, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        assert (account.name, account.default, account.kind) == ("account", None, inspect.Parameter.KEYWORD_ONLY)
        assert [parameter.kind for parameter in rest] == [inspect.Parameter.VAR_KEYWORD]
        assert not inspect.iscoroutinefunction(cls.from_config)


def shape(function: Callable[..., object]) -> list[tuple[str, object, object]]:
    parameters = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


def test_both_clients_have_the_same_words() -> None:
    words = {cls: {name for name in dir(cls) if not name.startswith("_")} for cls in (Client, AsyncClient)}
    assert words[Client] - words[AsyncClient] == {"close"}
    assert words[AsyncClient] - words[Client] == {"aclose"}
    assert all(inspect.iscoroutinefunction(getattr(AsyncClient, name)) for name in ("send", "check", "aclose"))


@pytest.mark.parametrize(
    "package", [ROOT / "voicehub", *sorted(ROOT.glob("plugins/*/voicehub_*"))], ids=lambda p: p.name
)
def test_every_package_is_typed(package: Path) -> None:
    assert (package / "py.typed").exists()
