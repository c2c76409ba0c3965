"""Small distributions planted on ``sys.path``, with entry points that are real."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ACME = """
from voicehub import UploadedAudio
from voicehub.hooks import hookimpl
from voicehub.provider import Limits, Page, Provider, Settings

PAGE = Page("acme.example/api", "2026-11")

class Acme(Provider):
    name = "acme"
    limits = {UploadedAudio: Limits(callees=PAGE.span(1, 5, "callees"), callee_digits=PAGE.span(7, 15, "digits"))}
    class Settings(Settings):
        base_url: str = "https://acme.example"
        token: str = "t"
    def encode(self, message, now): ...
    def decode(self, message, reply): ...
    def parse(self, request, now): ...
    def answer(self, result): ...

@hookimpl
def voicehub_providers():
    return [Acme]
"""

META = """
import abc
class Meta(abc.ABCMeta):
    def __getattribute__(cls, name):
        if name == "name" and cls.__name__ == "Acme":
            raise ValueError("no")
        return super().__getattribute__(name)
"""

Plant = Callable[..., str]


@pytest.fixture(name="plant")
def plant_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Install a distribution: one entry point, whose module holds this code. Returns the module's name."""
    before = set(sys.modules)

    def install(code: str = ACME, *, entry: str = "acme", dist: str = "acme-hub", group: str = "voicehub.v1") -> str:
        site = tmp_path / dist
        info = site / f"{dist.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        module = f"planted_{dist.replace('-', '_')}"
        (site / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{entry} = {module}\n")
        monkeypatch.syspath_prepend(site)
        importlib.invalidate_caches()
        return module

    yield install
    for name in set(sys.modules) - before:
        if name.startswith("planted_"):
            del sys.modules[name]
