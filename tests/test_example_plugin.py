"""The example of the authoring guide and the rendered template, as an author meets them: installed from wheels."""

import ast
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.house import ROOT
from voicehub.testing import LAWS

ACME = ROOT / "docs" / "examples" / "voicehub-acme"
MODULE = "voicehub_acme_voice"  # what the template renders here
LONGEST = 70  # lines of the example
FEW = """
import hypothesis
hypothesis.settings.register_profile("few", max_examples=5)
hypothesis.settings.load_profile("few")
"""
#: Neither can be asked anything besides taking messages.
ASKING = {name for name, law in LAWS.items() if law.__module__.endswith(("abilities", "asking", "reports", "samples"))}
LEFT_OUT = ASKING | {
    "opened_fields_are_carried",
    "rows_are_matched_by_callee",
    "an_unclear_number_is_nobodys",
    "a_row_about_nobody_is_told",
    "a_callee_said_twice_is_not_refused",
    "a_signature_covers_a_whole_text",
    "its_own_rules_are_held",
    "an_unheard_of_code_accepts_nobody",
    "golden_requests_are_met",
    "golden_replies_are_met",
    "golden_codes_are_met",
}
#: What of the template holds before anything is filled in: the check, the settings, and the reading of a bare status.
HELD = {
    "one_step_outside_is_refused",
    "a_key_is_a_secret",
    "a_bare_status_is_read_by_http",
    "an_unreadable_success_is_doubt",
}


class Site:
    """A virtual environment with our wheels and, by links, every library of this one; the tree is out of sight."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "venv", symlinks=True)
        self.python = folder / "venv" / "bin" / "python"
        (self.packages,) = (folder / "venv").glob("lib/python*/site-packages")
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if not entry.name.startswith(("voicehub", "__")) and entry.suffix != ".pth":
                (self.packages / entry.name).symlink_to(entry)

    def install(self, project: Path) -> list[str]:
        """Build a wheel of this project and unpack it, which for a pure wheel is what an installer does; its files."""
        wheels = self.folder / "wheels" / project.name
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
        subprocess.run(build, cwd=project, check=True, capture_output=True)
        (wheel,) = wheels.iterdir()
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.packages)
            return archive.namelist()

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """A module of this environment, called from a folder that holds nothing of it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON"))}
        command = [str(self.python), "-m", *map(str, arguments)]
        return subprocess.run(command, cwd=self.folder, env=kept, capture_output=True, text=True, check=False)

    def exam(self, tests: Path) -> dict[str, tuple[str, str]]:
        """What came of each law in this test folder, run by pytest: ``passed``, ``failure`` or ``skipped``, and why."""
        (self.folder / "conftest.py").write_text(FEW)
        report = self.folder / "report.xml"
        done = self.run("pytest", tests, "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "--rootdir=.")
        assert done.returncode in (0, 1), done.stdout + done.stderr
        marks = {}
        for case in ET.parse(report).getroot().iter("testcase"):
            said = next(iter(case), None)
            why = "" if said is None else f"{said.get('message')} {said.text}"
            marks[case.attrib["name"].removeprefix("test_")] = ("passed" if said is None else said.tag, why)
        return marks


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The core and the example, installed."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.install(ROOT)
    made.install(ACME)
    return made


@pytest.fixture(scope="module")
def rendered(site: Site) -> Path:
    """The template, rendered by the installed command as acme-voice, and installed."""
    told = json.loads(site.run("voicehub", "new-plugin", "acme-voice", "--json").stdout)
    project = site.folder / str(told["folder"])
    assert f"{MODULE}/py.typed" in site.install(project)
    return project


def named(marks: dict[str, tuple[str, str]], result: str) -> set[str]:
    return {law for law, (found, _) in marks.items() if found == result}


def test_the_example_is_short_enough_to_read() -> None:
    files = sorted(path.relative_to(ACME) for path in ACME.rglob("*.*") if "__pycache__" not in path.parts)
    assert list(map(str, files)) == ["pyproject.toml", "tests/test_acme.py", "voicehub_acme.py"]
    assert (ACME / "voicehub_acme.py").read_text("utf-8").count("\n") < LONGEST
    assert (ACME / "tests" / "test_acme.py").read_text("utf-8").count("provider_contract(Acme)\n") == 1


def test_the_example_passes_its_exam_from_the_wheel(site: Site) -> None:
    marks = site.exam(ACME / "tests")
    assert marks.keys() == LAWS.keys()
    assert named(marks, "failure") == set()
    assert named(marks, "skipped") == LEFT_OUT - {"an_unheard_of_code_accepts_nobody"}


def test_the_command_line_lists_the_example(site: Site) -> None:
    doctor = json.loads(site.run("voicehub", "doctor", "--json").stdout)
    found = {finding["about"]: (finding["state"], finding["told"]) for finding in doctor["findings"]}
    assert found["plugin acme"] == ("ok", "voicehub-acme 1.0.0")
    assert doctor["ok"], found
    (listed,) = json.loads(site.run("voicehub", "providers", "acme", "--json").stdout)["providers"]
    assert listed["limits"]["audio_url"]["plays"]["source"] == "acme.example/docs/calls"


def test_both_are_strictly_typed_against_the_installed_core(site: Site, rendered: Path) -> None:
    files = [ACME / "voicehub_acme.py", ACME / "tests" / "test_acme.py", rendered / MODULE, rendered / "tests"]
    done = site.run("mypy", "--strict", "--config-file=", "--cache-dir=types", *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_template_is_broken_only_where_something_has_to_be_filled_in(site: Site, rendered: Path) -> None:
    marks = site.exam(rendered / "tests")
    assert named(marks, "passed") == HELD
    assert named(marks, "skipped") == LEFT_OUT
    assert named(marks, "failure") == LAWS.keys() - HELD - LEFT_OUT
    assert "limits.AudioUrl.callees has no source" in marks.pop("facts_are_well_formed")[1]
    texts = {law: why for law, (result, why) in marks.items() if result == "failure"}
    places = [f"acme-voice: fill in {method} in {MODULE}/__init__.py: " for method in ("encode", "answer")]
    assert {law for law, text in texts.items() if not any(place in text for place in places)} == set()


def test_filled_in_it_passes(site: Site, rendered: Path) -> None:
    file = site.packages / MODULE / "__init__.py"
    skeleton = file.read_text("utf-8")
    file.write_text(filled_in(skeleton), encoding="utf-8")
    marks = site.exam(rendered / "tests")
    file.write_text(skeleton, encoding="utf-8")
    assert named(marks, "failure") == set()
    assert named(marks, "skipped") == LEFT_OUT - {"an_unheard_of_code_accepts_nobody"}


def filled_in(code: str) -> str:
    """The template with everything that the example says in its place; the provider keeps its name."""
    skeleton, acme = ast.parse(code), ast.parse((ACME / "voicehub_acme.py").read_text("utf-8"))
    vendor, mine = the_class(acme), the_class(skeleton)
    mine.body = replaced(mine.body, [node for node in vendor.body if name_of(node) != "name"])
    imports = [node for node in acme.body if isinstance(node, ast.Import | ast.ImportFrom)]
    facts = [node for node in acme.body if name_of(node) == "DOCS"]
    skeleton.body = imports + replaced(skeleton.body, facts)
    return ast.unparse(skeleton)


def the_class(module: ast.Module) -> ast.ClassDef:
    (found,) = (node for node in module.body if isinstance(node, ast.ClassDef))
    return found


def replaced(body: list[ast.stmt], others: Iterable[ast.stmt]) -> list[ast.stmt]:
    """These statements, those of the same name replaced and new ones added."""
    new = {name_of(node): node for node in others}
    kept = [new.pop(name_of(node), node) for node in body]
    return kept + list(new.values())


def name_of(node: ast.stmt) -> str:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ast.unparse(node)
