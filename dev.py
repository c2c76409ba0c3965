"""Run a task of this repository: ``python3 dev.py demo | test | lint | bench | chaos | docs | lock``.

Needs only Python >= 3.11 with pip. Sets up ``.venv`` from the hashed ``requirements/dev.txt`` when it is missing or
out of date, then hands over; further arguments and the exit code pass through.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = str(BIN / "python")
LOCKED = ROOT / "requirements" / "dev.txt"
EXPORT = "export --all-packages --all-extras --no-emit-workspace --no-header --no-annotate --quiet --output-file"

LINT = [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."], ["-m", "mypy"]]
TEST = ["-m", "pytest", "--numprocesses=auto", "--cov", "--cov-report=term"]
TASKS = {
    "demo": [["-m", "voicehub", "demo"]],
    "test": [*LINT, TEST],
    "lint": LINT,
    "bench": [["-m", "tests.bench"]],
    "chaos": [["-m", "tests.chaos"]],
    "docs": [["docs/generate.py"]],
}


def main(task: str = "", *arguments: str) -> int:
    """Set up when needed, then run every command of the task until one fails; its exit code is ours."""
    if sys.version_info < (3, 11):
        return _say(f"voicehub needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: python3.11 dev.py", 2)
    if task not in {*TASKS, "lock"}:
        return _say(__doc__, 2)
    os.chdir(ROOT)
    if task == "lock":  # after a change of a dependency: resolve anew, keep hashes, name no index
        return _uv(*EXPORT.split(), str(LOCKED), "--upgrade")
    if code := _set_up():
        return _say("Setting up .venv failed; what the installer said stands above.", code)
    *before, last = TASKS[task]
    for command in before:
        if code := subprocess.run([PYTHON, *command], check=False).returncode:
            return code
    return subprocess.run([PYTHON, *last, *arguments], check=False).returncode


def _set_up() -> int:
    projects = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
    inputs = [LOCKED, *(project / "pyproject.toml" for project in projects)]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in inputs) + f"{sys.executable}{ROOT}".encode())
    stamp = VENV / "stamp"
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        return 0
    editable = [part for project in projects for part in ("--editable", str(project))]
    pip = ("pip", "install", "--quiet", "--no-deps", "--python", PYTHON)
    code = _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(VENV))
    sync = ("pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", "--python", PYTHON, str(LOCKED))
    code = code or _offline_first(*sync)
    code = code or _uv(*pip, "--no-build-isolation", *editable)
    if not code:
        stamp.write_text(state.hexdigest())
    return code


def _offline_first(*arguments: str) -> int:
    return _uv(*arguments, "--offline", quiet=True) and _uv(*arguments)


def _uv(*arguments: str, quiet: bool = False) -> int:
    """Run uv: ours in ``.tools``, else the user's, else one that pip puts into ``.tools`` (nothing outside)."""
    tools = ROOT / ".tools"
    command = shutil.which("uv", path=str(tools / "bin")) or shutil.which("uv")
    if command is None:
        _say("Setting up: fetching uv, then the packages of requirements/dev.txt (once) ...")
        install = ("pip", "install", "--quiet", "--root-user-action=ignore", "--target", str(tools))
        fetch = [sys.executable, "-m", *install, "uv>=0.13,<0.14"]
        if code := subprocess.run(fetch, check=False).returncode:
            return code
        command = shutil.which("uv", path=str(tools / "bin")) or "uv"
    environment = {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", **os.environ}
    if not os.access(Path.home(), os.W_OK):
        environment.setdefault("UV_CACHE_DIR", str(ROOT / ".uv-cache"))
    errors = subprocess.DEVNULL if quiet else None
    return subprocess.run([command, *arguments], env=environment, check=False, stderr=errors).returncode


def _say(text: str | None, code: int = 0) -> int:
    print(text, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
