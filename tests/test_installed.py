"""The wheels, built and installed apart from the tree: what a user gets is what the suite has tried."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.house import ROOT

PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
SITE = sysconfig.get_path("purelib")
ISOLATED = """
import sys
sys.path[:] = [entry for entry in sys.path if not entry.startswith({root!r})] + [{target!r}, {site!r}]
{code}
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One wheel per distribution, built by hatchling without isolation or network; by project folder."""
    folder = tmp_path_factory.mktemp("wheels")
    built = {}
    for project in PROJECTS:
        before = set(folder.iterdir())
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
        (built[project.name],) = set(folder.iterdir()) - before
    return built


@pytest.fixture(scope="module")
def target(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every wheel in it: unpacked, which for pure wheels is what an installer does."""
    folder = tmp_path_factory.mktemp("target")
    for wheel in wheels.values():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def python(target: Path, code: str) -> str:
    """What this code prints where the wheels are installed and the tree is out of sight (``-S``: no ``.pth`` files)."""
    program = ISOLATED.format(root=str(ROOT / "voicehub"), target=str(target), site=SITE, code=code)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON"))}
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, cwd=target, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_that_runs_is_the_installed_one(target: Path) -> None:
    names = ["voicehub", *(path.parent.name for path in ROOT.glob("plugins/*/voicehub_*/py.typed"))]
    code = f"import importlib\nfor name in {names!r}: print(importlib.import_module(name).__file__)"
    places = python(target, code).split()
    assert len(places) == len(PROJECTS)
    assert [place for place in places if not place.startswith(str(target))] == []


def test_providers_are_found_by_their_entry_points(target: Path) -> None:
    code = """
from voicehub.plugins import installed
print([(found.name, found.distribution, found.problem) for found in installed.survey()])
"""
    found = eval(python(target, code))
    assert {("onbuka-v3", "voicehub-onbuka", None), ("itniotech", "voicehub-itniotech", None)} <= set(found)
    assert all(problem is None for _, _, problem in found)


def test_every_known_provider_names_a_distribution_of_this_tree_and_every_provider_is_known(target: Path) -> None:
    code = """
import tomllib
from importlib.resources import files
from voicehub.plugins import installed
known = tomllib.loads(files("voicehub").joinpath("known_providers.toml").read_text("utf-8"))
print({found.name: found.distribution for found in installed.survey()} == known)
"""
    assert python(target, code) == "True\n"


def test_a_message_goes_through_the_installed_client(target: Path) -> None:
    code = """
from voicehub import Client, UploadedAudio, VoiceMessage, __version__
from voicehub.plugins import installed
cls = installed.provider("onbuka-v3")
client = Client(cls(cls.Settings(**cls.sample_settings)))
(request,) = client.check(VoiceMessage(to=["+932111111111"], content=UploadedAudio("a.mp3")))
print(request.url, __version__)
"""
    assert python(target, code).startswith("https://api.onbuka.com/v3/voice/sendGroup 0.")


def test_the_command_works_where_it_is_installed(target: Path) -> None:
    code = """
import runpy
sys.argv = ["voicehub", "providers", "--json"]
runpy.run_module("voicehub", run_name="__main__")
"""
    told = json.dumps(json.loads(python(target, code)))
    assert {"itniotech", "onbuka-v3"} <= set(told.replace('"', " ").split())


def test_wheels_hold_the_package_and_nothing_else(wheels: dict[str, Path]) -> None:
    for wheel in wheels.values():
        names = zipfile.ZipFile(wheel).namelist()
        tops = {name.split("/")[0] for name in names}
        (package,) = (top for top in tops if not top.endswith(".dist-info"))
        assert len(tops) == 2
        assert f"{package}/py.typed" in names
        ours = [name for name in names if not name.startswith(("voicehub/testing/", "voicehub/cli/template/"))]
        assert [name for name in ours if "test" in Path(name).stem or "/tests/" in name] == []
        assert any(name.endswith("licenses/LICENSE") for name in names) or package != "voicehub"
        if package == "voicehub":
            assert "voicehub/known_providers.toml" in names


def test_a_wheel_is_named_and_bounded(wheels: dict[str, Path]) -> None:
    for project, wheel in wheels.items():
        archive = zipfile.ZipFile(wheel)
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
        assert f"Name: {'voicehub-core' if project == ROOT.name else project}\n" in metadata
        if project != ROOT.name:  # the name voicehub belongs to somebody else
            assert "Requires-Dist: voicehub-core<0.2,>=0.1" in metadata
        assert "Requires-Dist: voicehub\n" not in metadata
