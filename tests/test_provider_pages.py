"""``docs/providers.md`` says what the provider classes say, and this says when it does not any more."""

import runpy
from dataclasses import replace
from typing import Any

import pytest
from voicehub_onbuka import Onbuka

from tests.house import ROOT
from voicehub import UploadedAudio
from voicehub.plugins import installed

PAGE = ROOT / "docs" / "providers.md"
GENERATOR: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "generate.py"))
NAMES = ["itniotech", "onbuka-v3", "twilio"]


def test_the_page_is_what_the_classes_say() -> None:
    assert GENERATOR["page"]() == PAGE.read_text("utf-8"), (
        "docs/providers.md is stale: a provider class or docs/generate.py has changed. Run: python3 dev.py docs"
    )


def test_a_limit_that_moves_makes_the_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Onbuka.limits[UploadedAudio]
    moved = replace(rows, callees=replace(rows.callees, high=999))
    monkeypatch.setattr(Onbuka, "limits", {UploadedAudio: moved})
    assert "| `callees` | `callee` | 1 to 999 | callees |" in GENERATOR["page"]()


@pytest.mark.parametrize("name", NAMES)
def test_a_section_holds_every_row_code_setting_and_word(name: str) -> None:
    cls = installed.provider(name)
    section = PAGE.read_text("utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]
    for limits in cls.limits.values():
        for row_name, row in limits.rows().items():
            assert row is None or f"| {row.unit} | {row.source} | {row.read} |" in section
            assert f"`{row_name}`" in section or row_name in ("text", "voice", "rate")  # Speech's alone
    assert all(f"| `{code}` | refused, all of it: `{kind}` |" in section for code, kind in cls.refusal_kinds.items())
    assert all(f"| `{word}` | `{state}` |" in section for word, state in cls.call_states.items())
    assert all(f"| `{key}` |" in section for key in cls.Settings.model_fields)
    assert all(f"| `{option}` |" in section for option in (cls.Options.model_fields if cls.Options else {}))
    assert f"pip install {installed_by(name)}" in section


def test_what_is_secret_is_said_to_be() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    assert lines.count("| `api_secret` | yes | yes | |") == 2
    assert "| `auth_token` | | yes | |" in lines
    assert lines.count("| `app_id` | yes | | |") == 2


def installed_by(name: str) -> str:
    (found,) = (found for found in installed.survey() if found.name == name)
    return found.distribution
