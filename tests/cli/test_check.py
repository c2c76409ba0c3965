"""`voicehub check`: the same laws as in pytest, a mark for each, and exit code 2 where one is broken."""

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from voicehub_onbuka import Onbuka

from tests.cli.conftest import Voicehub, document, plant
from voicehub.plugins import Plugins
from voicehub.testing import LAWS

ODD = """
import sys
from voicehub_onbuka import Onbuka
from voicehub.hooks import hookimpl

class Odd(Onbuka):
    name = "odd"
    {body}

@hookimpl
def voicehub_providers():
    return [Odd]
"""

Plugin = Callable[[str], None]
GOLDEN = {"golden_requests_are_met", "golden_replies_are_met", "golden_codes_are_met"}


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """A few examples for each law: what is tried here is the command, not the provider."""
    before = hypothesis.settings.get_current_profile_name()
    hypothesis.settings.register_profile("few", max_examples=4, phases=[hypothesis.Phase.generate])
    hypothesis.settings.load_profile("few")
    yield
    hypothesis.settings.load_profile(before)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugin]:
    """Install ``odd`` of the distribution odd-hub 1.2: Onbuka's provider with this line in its class."""
    site = tmp_path / "odd"

    def install(body: str) -> None:
        plant(site, monkeypatch, "odd-hub", "[voicehub.v1]\nodd = planted_odd\n")
        (site / "planted_odd.py").write_text(ODD.format(body=body))
        importlib.invalidate_caches()
        monkeypatch.setattr("voicehub.plugins.installed", Plugins())

    yield install
    sys.modules.pop("planted_odd", None)


def broken(told: dict[str, Any]) -> dict[str, str]:
    assert [mark["law"] for mark in told["laws"]] == list(LAWS)
    assert all(mark["text"] for mark in told["laws"])
    found = {mark["law"]: mark["text"] for mark in told["laws"] if mark["result"] == "broken"}
    assert len(found) == told["broken"]
    return found


def test_a_provider_that_keeps_the_contract(voicehub: Voicehub) -> None:
    result = voicehub("check", "onbuka-v3", "--json")
    told = document(result)
    assert (result.exit_code, broken(told)) == (0, {})
    assert told["provider"] == "onbuka-v3"
    assert (told["distribution"], told["version"]) == ("voicehub-onbuka", version("voicehub-onbuka"))
    marks = {mark["law"]: (mark["result"], mark["text"]) for mark in told["laws"]}
    assert told["held"] + told["left_out"] == len(LAWS)
    assert told["wire_format"] == "proven"
    said = "Law 1: parse(encode(m, now), now) == m for every message within the limits."
    assert marks["what_is_encoded_is_parsed"] == ("held", said)
    assert marks["opened_fields_are_carried"][0] == "left_out"
    assert marks["opened_fields_are_carried"][1].startswith("no field that its page lacks has a wire name")


def test_progress_is_told_and_nothing_is_left_behind(voicehub: Voicehub) -> None:
    said = voicehub("check", "itniotech", "--json").stderr
    assert said.startswith(f"itniotech: {len(LAWS)} laws, 4 examples each; nothing is sent.\n[ 1/{len(LAWS)}] ")
    assert said.count("\n") == len(LAWS) + 1
    assert list(Path.cwd().iterdir()) == []


def test_golden_samples_ship_inside_the_package(voicehub: Voicehub) -> None:
    told = document(voicehub("check", "twilio", "--json"))
    golden = {mark["law"]: mark["result"] for mark in told["laws"] if mark["law"] in GOLDEN}
    assert set(golden.values()) == {"held"}


def test_people_read_a_sheet_and_a_verdict(voicehub: Voicehub, plugin: Plugin) -> None:
    plugin("def decode(self, message, reply): return super().decode(message, reply) and ()")
    result = voicehub("check", "odd")
    assert result.exit_code == 2
    title, *lines = result.stdout.splitlines()
    assert title == "odd, of odd-hub 1.2"
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert set(LAWS) <= rows.keys()
    assert " left out " in rows["opened_fields_are_carried"]
    assert " broken " in rows["what_is_answered_is_decoded"]
    assert lines[-1].endswith("left out: correct what is broken; each text says what was seen.")


@pytest.mark.parametrize(
    ("body", "law", "words"),
    [
        (
            "def encode(self, message, now): raise KeyError('vendor')",
            "what_is_encoded_is_parsed",
            "KeyError: 'vendor' (planted_odd.py, line 8, in encode)",
        ),
        (
            "def answer(self, result): sys.exit(3)",
            "what_is_answered_is_decoded",
            "SystemExit: 3 (planted_odd.py, line 8",
        ),
        ("def decode(self, message, reply): return ()", "what_is_answered_is_decoded", "and decode read ()"),
        ("limits = {}", "", "Odd.limits is a table such as"),
        ("refusal_kinds = {'-1': 'auth'}", "facts_are_well_formed", "refusal_kinds['-1'] is 'auth'"),
        (
            "def answer(self, result): return None",
            "what_is_answered_is_decoded",
            "answer returned None; it returns a Reply",
        ),
        ("def refuse(self, message): raise ValueError('x' * 5000)", "what_is_encoded_is_parsed", "xxx ..."),
    ],
)
def test_what_was_seen_is_told_in_one_paragraph(
    voicehub: Voicehub, plugin: Plugin, body: str, law: str, words: str
) -> None:
    plugin(body)
    result = voicehub("check", "odd", "--json")
    assert result.exit_code == 2
    if not law:  # no provider at all
        assert words in document(result)["error"]["message"]
        return
    text = broken(document(result))[law]
    assert words in text
    assert "\n" not in text
    assert len(text) < 1000


def test_a_wire_format_without_samples_is_called_unproven(voicehub: Voicehub, plugin: Plugin) -> None:
    plugin("deviations = {}")
    result = voicehub("check", "odd")
    assert result.exit_code == 0
    assert "nothing is broken, but its wire format is UNPROVEN: it has no golden samples" in " ".join(
        result.stdout.split()
    )
    told = document(voicehub("check", "odd", "--json"))
    assert (told["broken"], told["wire_format"]) == (0, "unproven")
    marks = {mark["law"]: mark["text"] for mark in told["laws"]}
    assert marks["golden_requests_are_met"].startswith("there are no golden samples, so its wire format is unproven: ")


def test_people_read_that_the_contract_is_kept(voicehub: Voicehub) -> None:
    assert voicehub("check", "onbuka-v3").stdout.rstrip().endswith("left out: it keeps the contract.")


def test_no_law_is_tried_on_facts_that_cannot_be_used(voicehub: Voicehub, plugin: Plugin) -> None:
    plugin("call_ids = 'some'")
    told = document(voicehub("check", "odd", "--json"))
    assert (told["broken"], told["held"]) == (1, 0)
    assert broken(told) == {"facts_are_well_formed": "call_ids is 'some': callee, request or none"}


def test_what_a_provider_prints_is_no_data(voicehub: Voicehub, plugin: Plugin) -> None:
    plugin("def parse(self, request, now): print('hello'); return super().parse(request, now)")
    result = voicehub("check", "odd", "--json")
    assert document(result)["provider"] == "odd"
    assert "hello" in result.stderr


@pytest.mark.parametrize(("name", "words"), [("nope", "there is no provider 'nope'"), ("acme", "cannot be imported")])
def test_a_provider_that_cannot_be_examined(voicehub: Voicehub, broken_plugin: str, name: str, words: str) -> None:
    result = voicehub("check", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_sample_settings_that_do_not_fit(voicehub: Voicehub, plugin: Plugin) -> None:
    plugin('sample_settings = {"api_key": "k"}')
    result = voicehub("check", "odd")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "provider odd: its sample_settings do not fit its Settings: api_secret: Field required" in result.stderr


def test_without_the_extra_one_line_names_it(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("voicehub.testing", "voicehub.cli._check.marks"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    result = voicehub("check", Onbuka.name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "needs hypothesis; install the extra: pip install 'voicehub-core[testing]'" in result.stderr


def test_the_help_says_what_the_exit_code_means(voicehub: Voicehub) -> None:
    told = " ".join(voicehub("check", "--help").stdout.split())
    assert "Exit code 0 when no law is broken, 2 when one is" in told
