"""The documentation runs: its Python, its configurations, its command lines.

Each page is taken as its reader would: block after block, in an empty folder with a configuration, beside a sandbox.
"""

import contextlib
import json
import re
import runpy
import shlex
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser
from voicehub_onbuka import Onbuka

from tests.cli.conftest import plant
from tests.house import ROOT
from tests.pages import LANGUAGES, PAGES, Block, all_blocks, blocks, name_of, prose
from voicehub._sources import leaves
from voicehub.cli import cli
from voicehub.cli._run import Run
from voicehub.cli._sandbox.samples import as_toml
from voicehub.config import load
from voicehub.plugins import Plugins
from voicehub.sandbox import SandboxServer, parse_fault

ACME = ROOT / "docs" / "examples" / "voicehub-acme"
PARSED_ONLY = {
    "sandbox",
    "demo",
    "check",
    "records",
    "webhooks",
}  # for ever, for long, or of a date; they have tests of their own
# The sandbox refuses the third, and leaves the fourth in doubt.
CALLEES = "932111111111,Kabul\n932111111112,Herat\n932111110001,Kabul\n932111110002,Kabul\n"
ENDS = {"campaign run": {0, 4, 5}, "campaign resume": {0, 4, 5}}  # by who is refused or in doubt
TOOLS = {"python -m build && twine upload dist/*"}  # other people's, and they would publish
TASKS = {*runpy.run_path(str(ROOT / "dev.py"))["TASKS"], "lock"}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SandboxServer]:
    """Where a reader sits: an empty folder with the configuration the pages speak of, and the guide's example there."""
    monkeypatch.setattr("voicehub.plugins.installed", Plugins())
    monkeypatch.syspath_prepend(ACME)
    plant(tmp_path / "site", monkeypatch, "voicehub-acme", "[voicehub.v1]\nacme = voicehub_acme\n")
    with SandboxServer({"alerts": Onbuka(Onbuka.Settings(**Onbuka.sample_settings))}) as server:
        provider = server.provider("alerts")
        Path("voicehub.toml").write_text(
            as_toml({"alerts": provider, "onbuka_v3": provider}, {"alerts": "x" * 32}), encoding="utf-8"
        )
        Path("callees.csv").write_text(f"phone,city\n{CALLEES}", "utf-8")
        Path("reminder.mp3").write_bytes(b"ID3\x04\0 made up")
        Path("never.txt").write_text("932111111113\n", "utf-8")
        yield server
    sys.modules.pop("voicehub_acme", None)


def test_no_block_escapes() -> None:
    fences = Counter(
        fence for path in PAGES.values() for fence in re.findall("^ *```(.*)$", path.read_text("utf-8"), re.M)
    )
    assert fences.keys() == LANGUAGES
    assert {language: len(all_blocks(language)) for language in LANGUAGES if language} == {
        language: fences[language] for language in LANGUAGES if language
    }


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_runs_as_it_is_written(page: str, reader: SandboxServer) -> None:
    document = Document.parse(str(PAGES[page]), PythonCodeBlockParser())
    document.namespace["__name__"] = "__main__"
    for example in document.examples():
        example.evaluate()


def test_the_pages_reach_the_vendor(reader: SandboxServer) -> None:
    for page in ("README.md", "docs/tutorial.md"):
        test_python_runs_as_it_is_written(page, reader)
    reminded = ["+932111111111", "+932111111112"]
    assert [dialled.callee for dialled in reader.dialled] == [*reminded, *reminded, "+932111111111", "+932111110002"]


def configurations() -> Iterator[tuple[Block, str]]:
    """Every block with accounts, and the file it is part of: the account comes from its page, else from the README."""
    for page in PAGES:
        account = blocks("README.md", "toml")[0].text
        for block in blocks(page, "toml"):
            if "provider = " in block.text:
                account = block.text
                yield block, account
            elif "[accounts" in block.text:
                yield block, f"{account}\n{block.text}"


@pytest.mark.parametrize(("block", "text"), list(configurations()), ids=name_of)
def test_a_configuration_loads_and_its_limits_apply(block: Block, text: str) -> None:
    file = Path("voicehub.toml").absolute()
    file.write_text(text.replace('"..."', '"what-the-vendor-gave"'), encoding="utf-8")
    configuration = load(file)
    for account, table in tomllib.loads(block.text)["accounts"].items():
        provider = configuration.provider(account)
        rows = [row for limits in provider.limits.values() for row in limits.rows().items()]
        moved = {name for name, row in rows if row is not None and str(file) in row.source}
        assert moved == {path[-1] for path, _ in leaves(table.get("limits", {}))}


def test_the_guides_distribution_is_the_examples() -> None:
    (written,) = (tomllib.loads(block.text) for block in blocks("docs/authoring.md", "toml"))
    built = tomllib.loads((ACME / "pyproject.toml").read_text("utf-8"))
    del built["project"]["description"]
    assert written == built
    length = (ACME / "voicehub_acme.py").read_text("utf-8").count("\n")
    assert f"a whole plugin in {length} lines" in PAGES["docs/authoring.md"].read_text("utf-8")


def parsed(words: list[str]) -> click.Context:
    """The command line as click reads it, nothing run. Raises `click.UsageError`."""
    command: click.Command | None = cli
    context = click.Context(cli, info_name="voicehub", obj=Run(words))
    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(context, words)
    assert command is not None
    return command.make_context(command.name, words, parent=context)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("block", all_blocks("console"), ids=name_of)
def test_a_command_line_works(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = [other for other in blocks(block.page, "console") if other.line < block.line and "campaign" in other.text]
    for line in "".join(one.text for one in ([*earlier, block] if "campaign" in block.text else [block])).splitlines():
        assert line.startswith("$ ")
        match shlex.split(line.removeprefix("$ "), comments=True):
            case ["export", *settings]:
                for name, value in (setting.split("=") for setting in settings):
                    monkeypatch.setenv(name, value)
            case ["voicehub" | ".venv/bin/voicehub", *words]:
                run_or_read(words)
            case ["python3", "dev.py", task, *_]:
                assert task in TASKS
            case ["pip", "install", *_]:
                pass  # wherever it stands, test_what_pip_is_told_to_install_is_here reads it
            case words:
                assert " ".join(words) in TOOLS


def run_or_read(words: list[str]) -> None:
    if words[-2:] == ["<", "callees.txt"]:
        words = words[:-2]
    if "DIGEST" in words:
        words[words.index("DIGEST")] = digest_of(words[2])
    context = parsed(words)
    for fault in context.params.get("fault", ()):
        parse_fault(fault)
    if words[0] not in PARSED_ONLY:
        result = CliRunner().invoke(cli, words, input="932111111111\n932111111112\n", catch_exceptions=False)
        assert result.exit_code in ENDS.get(" ".join(words[:2]), {0}), result.output
        assert result.stdout


def digest_of(campaign: str) -> str:
    """What the reader copies from the plan."""
    told = json.loads(CliRunner().invoke(cli, ["campaign", "status", campaign, "--json"]).stdout)
    return str(told["digest"])


@pytest.mark.parametrize("page", PAGES)
def test_a_command_named_in_passing_exists(page: str) -> None:
    for words in re.findall(r"`voicehub ([^`]+)`", prose(page)):
        with contextlib.suppress(click.MissingParameter):  # to name a command is not to call it
            parsed(shlex.split(words.partition("[")[0]))
    assert set(re.findall("`python3 dev.py ([a-z]+)", prose(page))) <= TASKS


@pytest.mark.parametrize("page", PAGES)
def test_what_pip_is_told_to_install_is_here(page: str) -> None:
    projects = [tomllib.loads(path.read_text("utf-8"))["project"] for path in ROOT.glob("plugins/*/pyproject.toml")]
    projects.append(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"])
    extras = {project["name"]: set(project.get("optional-dependencies", ())) for project in projects}
    for line in re.findall("pip install ([^`\n#|]+)", PAGES[page].read_text("utf-8")):
        words = iter(shlex.split(line))
        for word in words:
            if word == "-e":
                assert (ROOT / next(words) / "pyproject.toml").exists()
            else:
                name, _, asked = word.rstrip("]").partition("[")
                assert set(filter(None, asked.split(","))) <= extras[name]
