"""`voicehub new-plugin`: a whole distribution to fill in, rendered without a question."""

import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Voicehub, document, start
from voicehub.cli._new_plugin.rendering import _bounds

FILES = [
    "README.md",
    "pyproject.toml",
    "tests/test_acme_v1.py",
    "voicehub_acme_v1/__init__.py",
    "voicehub_acme_v1/py.typed",
]


@pytest.mark.parametrize(("spec", "pip"), [("here", "  pip"), (None, f"  python3 -m pip --python {sys.executable}")])
def test_it_is_installed_by_a_pip_that_is_there(
    spec: str | None, pip: str, voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicehub.cli._new_plugin.find_spec", {"pip": spec}.get)
    result = voicehub("new-plugin", "acme-v1")
    assert f"{pip} install -e 'voicehub-acme-v1[test]' && voicehub check acme-v1" in result.stderr


def test_a_whole_distribution(voicehub: Voicehub) -> None:
    result = voicehub("new-plugin", "acme-v1")
    assert result.exit_code == 0
    folder = Path("voicehub-acme-v1")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == FILES
    assert result.stdout.splitlines() == [str(folder / file) for file in FILES]
    assert " install -e 'voicehub-acme-v1[test]' && voicehub check acme-v1" in result.stderr
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "voicehub-acme-v1"
    assert project["entry-points"] == {"voicehub.v1": {"acme-v1": "voicehub_acme_v1"}}
    assert project["dependencies"] == [f"voicehub-core{_bounds()}"]
    for file in FILES:
        text = (folder / file).read_text("utf-8")
        assert "{{" not in text
        assert max(map(len, text.splitlines()), default=0) <= 128
        assert text.endswith("\n") or file.endswith("py.typed")
    exam = (folder / "tests" / "test_acme_v1.py").read_text().splitlines()
    assert exam[0] == "from voicehub_acme_v1 import AcmeV1Provider"
    assert exam[-1] == "TestAcmeV1Provider = provider_contract(AcmeV1Provider)"


def test_json_and_another_place(voicehub: Voicehub, tmp_path: Path) -> None:
    told = document(voicehub("new-plugin", "acme-v1", "--into", str(tmp_path / "a" / "b"), "--json"))
    folder = tmp_path / "a" / "b" / "voicehub-acme-v1"
    assert told == {
        "provider": "acme-v1",
        "distribution": "voicehub-acme-v1",
        "folder": str(folder),
        "files": FILES,
    }
    assert all((folder / file).is_file() for file in FILES)
    assert list(Path.cwd().iterdir()) == []


def test_neither_git_nor_anything_else_is_needed(tmp_path: Path) -> None:
    process = start("new-plugin", "acme-v1", env={"PATH": str(tmp_path)})
    assert process.communicate(timeout=60)[0].count("\n") == len(FILES)
    assert process.returncode == 0
    assert not list(Path("voicehub-acme-v1").glob(".*"))


def test_an_empty_folder_is_filled_and_any_other_is_left_alone(voicehub: Voicehub) -> None:
    folder = Path("voicehub-acme")
    folder.mkdir()
    assert voicehub("new-plugin", "acme").exit_code == 0
    mine = folder / "voicehub_acme" / "__init__.py"
    mine.write_text("# mine")
    result = voicehub("new-plugin", "acme")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "voicehub-acme exists and is not an empty folder" in result.stderr
    assert mine.read_text() == "# mine"


def test_a_file_in_the_way_is_left_alone(voicehub: Voicehub) -> None:
    Path("voicehub-acme").write_text("mine")
    assert "exists and is not an empty folder" in voicehub("new-plugin", "acme").stderr
    assert Path("voicehub-acme").read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    ["Acme", "1acme", "acme_", "acme__v1", "acme-_v1", "acme--v1", "acme-", "-acme", "", "acme v1", "äcme", "a/b"],
)
def test_a_name_that_no_provider_has(voicehub: Voicehub, name: str) -> None:
    result = voicehub("new-plugin", "--", name)
    assert (result.exit_code, result.stdout) == (2, "")
    rule = "small letters, digits and single hyphens or underscores, a letter first, such as acme-v1"
    assert f"is not {rule}" in result.stderr
    assert list(Path.cwd().iterdir()) == []


def test_an_underscore_is_a_hyphen_in_the_name_of_the_distribution(voicehub: Voicehub) -> None:
    told = document(voicehub("new-plugin", "acme_v1", "--json"))
    assert (told["provider"], told["distribution"]) == ("acme_v1", "voicehub-acme-v1")
    exam = Path("voicehub-acme-v1", "tests", "test_acme_v1.py").read_text()
    assert exam.startswith("from voicehub_acme_v1 import AcmeV1Provider\n")


def test_the_name_of_the_core_is_taken(voicehub: Voicehub) -> None:
    result = voicehub("new-plugin", "core")
    assert result.exit_code == 2
    assert "voicehub-core is the distribution of voicehub itself" in result.stderr


def test_a_folder_that_cannot_be_made(voicehub: Voicehub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = voicehub("new-plugin", "acme", "--into", str(tmp_path / "file" / "below"))
    assert result.exit_code == 2
    assert "voicehub-acme: cannot be created: Not a directory" in result.stderr


def test_without_the_extra_one_line_names_it(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copier", None)
    result = voicehub("new-plugin", "acme")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "voicehub: new-plugin needs copier; install the extra: pip install 'voicehub-core[scaffold]'\n"
    )
    assert not Path("voicehub-acme").exists()


@pytest.mark.parametrize(
    ("version", "bounds"), [("0.1.0", ">=0.1,<0.2"), ("0.12.3", ">=0.12,<0.13"), ("2.3.1", ">=2.3,<3")]
)
def test_a_plugin_needs_the_releases_that_keep_its_promises(
    monkeypatch: pytest.MonkeyPatch, version: str, bounds: str
) -> None:
    monkeypatch.setattr("voicehub.__version__", version)
    assert _bounds() == bounds
