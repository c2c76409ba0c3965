"""``dev.py``: what it refuses, what it hands over, when it sets up. No command of it is really run."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

import dev

Calls = list[list[str]]


def play(monkeypatch: pytest.MonkeyPatch, calls: Calls, failing: str = "", code: int = 0) -> None:
    """Write commands down instead of running them; those that hold the word ``failing`` end with ``code``."""

    def run(command: list[str], **_: object) -> SimpleNamespace:
        calls.append(command)
        return SimpleNamespace(returncode=code if failing in command else 0)

    monkeypatch.setattr("subprocess.run", run)


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The commands that run, in a repository of one project and one plugin that is set up already."""
    root = tmp_path / "repository"
    files = ("pyproject.toml", "plugins/voicehub-acme/pyproject.toml", "requirements/dev.txt", ".tools/bin/uv")
    for path in [*map(root.joinpath, files), root / ".venv" / "pyvenv.cfg"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
        path.chmod(0o755)
    monkeypatch.setattr(dev, "ROOT", root)
    monkeypatch.setattr(dev, "VENV", root / ".venv")
    monkeypatch.setattr(dev, "LOCKED", root / "requirements" / "dev.txt")
    monkeypatch.setattr(dev, "PYTHON", "PY")
    made: Calls = []
    play(monkeypatch, made)
    assert dev._set_up() == 0
    made.clear()
    return made


@pytest.mark.parametrize("task", ["", "tests", "--help", "DEMO"])
def test_an_unknown_task_is_refused_with_what_there_is(
    task: str, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(*filter(None, [task])) == 2
    told = capsys.readouterr()
    assert "demo | test | lint | bench | chaos | docs | lock" in told.err
    assert (told.out, calls) == ("", [])


def test_an_old_python_is_refused(
    monkeypatch: pytest.MonkeyPatch, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 9))
    assert dev.main("demo") == 2
    assert "needs Python 3.11 or newer" in capsys.readouterr().err
    assert calls == []


@pytest.mark.parametrize("task", ["demo", "bench", "chaos", "test", "lint", "docs"])
def test_arguments_and_the_exit_code_pass_through_to_the_last_command(
    task: str, monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    play(monkeypatch, calls, "--odd", 7)
    assert dev.main(task, "--odd", "a b") == 7
    assert calls == [
        *(["PY", *command] for command in dev.TASKS[task][:-1]),
        ["PY", *dev.TASKS[task][-1], "--odd", "a b"],
    ]
    assert Path.cwd() == dev.ROOT


def test_the_first_command_that_fails_ends_a_task(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
    play(monkeypatch, calls, "format", 3)
    assert dev.main("test") == 3
    assert len(calls) == 2


def test_nothing_is_set_up_twice_and_a_change_sets_up_anew(calls: Calls) -> None:
    assert dev.main("demo") == 0
    assert len(calls) == 1
    for changed in ("requirements/dev.txt", "pyproject.toml", "plugins/voicehub-acme/pyproject.toml"):
        calls.clear()
        with (dev.ROOT / changed).open("a") as file:
            file.write("#")
        assert dev.main("demo") == 0
        assert [command[1:3] for command in calls[:3]] == [["venv", "--quiet"], ["pip", "sync"], ["pip", "install"]]
        assert calls[-1] == ["PY", *dev.TASKS["demo"][0]]


def test_a_set_up_that_fails_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    (dev.VENV / "stamp").unlink()
    play(monkeypatch, calls, "install", 4)
    assert dev.main("demo") == 4
    assert "Setting up .venv failed" in capsys.readouterr().err
    assert not (dev.VENV / "stamp").exists()


def test_packages_are_looked_for_offline_first(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
    (dev.VENV / "stamp").unlink()
    play(monkeypatch, calls, "--offline", 1)
    assert dev.main("demo") == 0
    synced = [command for command in calls if "sync" in command]
    assert ["--offline" in command for command in synced] == [True, False]
    assert all("--require-hashes" in command for command in synced)


def test_lock_resolves_anew_and_needs_no_set_up(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
    (dev.VENV / "stamp").unlink()
    play(monkeypatch, calls, "export", 9)
    assert dev.main("lock") == 9
    assert [command[1] for command in calls] == ["export"]


def test_uv_is_fetched_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    (dev.ROOT / ".tools" / "bin" / "uv").unlink()
    monkeypatch.setenv("PATH", "")
    assert dev._uv("--version") == 0
    assert "fetching uv" in capsys.readouterr().err
    assert calls[0][-1].startswith("uv>=")
    assert "--root-user-action=ignore" in calls[0]
    assert calls[1] == ["uv", "--version"]
    play(monkeypatch, calls, "--target", 6)
    assert dev._uv("--version") == 6


def test_a_home_that_cannot_be_written_gets_a_cache_in_the_repository(
    monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    seen: list[dict[str, str]] = []

    def run(command: list[str], *, env: dict[str, str], **_: object) -> SimpleNamespace:
        seen.append(env)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    dev._uv("--version")
    Path.home().rmdir()
    dev._uv("--version")
    assert [environment.get("UV_CACHE_DIR") for environment in seen] == [None, str(dev.ROOT / ".uv-cache")]
    assert {environment["UV_PYTHON_DOWNLOADS"] for environment in seen} == {"never"}


def test_it_runs_as_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["dev.py", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(dev.__file__, run_name="__main__")
    assert ended.value.code == 2
