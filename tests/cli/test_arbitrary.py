"""Whatever is typed: an exit code of the table, no traceback, no full number and no secret in the words."""

import json
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import SECRETS, Vendor, Voicehub, document

WORDS = [
    *("providers", "send", "config", "show", "doctor", "--help", "--json", "--version", "--", "-", ""),
    *("--config", "none.toml", "--account", "alerts", "--to", "--audio-file-id", "--audio-url", "--say", "--language"),
    *("--voice", "--caller-id", "--max-duration", "--ring-timeout", "--plays", "--reference", "--dry-run", "--diff"),
    *(
        "campaign",
        "plan",
        "run",
        "resume",
        "pause",
        "status",
        "report",
        "resolve",
        "friday",
        "--name",
        "--plan",
        "--batch",
    ),
    *(
        "--callee",
        "--as",
        "released",
        "--by",
        "--why",
        "--until",
        "18:00",
        "--max-calls",
        "--only",
        "--region",
        "--column",
    ),
    *("onbuka-v3", "itniotech", "932111111111", "+93 211-111 (1112)", "en-GB", "2", "60", "welcome.mp3", "\ud800"),
]
anything = st.text(max_size=20) | st.text(st.characters(categories=("Cs", "Cc", "Nd")), max_size=8)
word = st.sampled_from(WORDS) | anything | st.builds("{}={}".format, st.sampled_from(WORDS), anything)
NUMBER = re.compile("[0-9]{7,}")
fixtures_are_shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(words: str) -> None:
    assert not any(secret in words for secret in SECRETS)
    assert all(char == "\n" or char.isprintable() or ord(char) > 159 for char in words)


@fixtures_are_shared
@given(arguments=st.lists(word, max_size=8), stdin=st.binary(max_size=60))
def test_any_arguments(voicehub: Voicehub, arguments: list[str], stdin: bytes) -> None:
    result = voicehub(*arguments, stdin=stdin)
    check(result.stderr)
    assert result.exit_code != 1
    assert not NUMBER.search(result.stderr)


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "--to": st.sampled_from(["932111111111", "+93 211-111 (1112)", "-", "0093"]) | anything,
        "--account": st.sampled_from(["alerts", "932111111111"]) | anything,
        "--audio-url": st.just("https://example.com/a") | anything,
        "--say": anything,
        "--language": st.just("en-GB") | anything,
        "--voice": anything,
        "--caller-id": st.just("1008122211") | anything,
        "--max-duration": st.integers().map(str) | anything,
        "--ring-timeout": st.integers(-5, 200).map(str) | anything,
        "--plays": st.integers(-1, 5).map(str) | anything,
        "--reference": anything,
    },
)


@fixtures_are_shared
@given(options=OPTIONS, more=st.sets(st.sampled_from(["--dry-run", "--json"])), stdin=st.text(max_size=40))
def test_any_send(
    voicehub: Voicehub, rude_config: str, rude: Vendor, options: dict[str, str], more: set[str], stdin: str
) -> None:
    options = {"--to": "+932111111112", "--audio-file-id": "x", **options}
    arguments = [f"{name}={value}" for name, value in options.items()]
    before = len(rude.requests)
    result = voicehub("send", "--config", rude_config, *arguments, *more, stdin=stdin.encode("utf-8", "replace"))
    check(result.stderr)
    assert result.exit_code in {0, 2, 3}
    assert not NUMBER.search(result.stderr.replace(rude_config, ""))
    assert len(rude.requests) - before == (result.exit_code == 0 and "--dry-run" not in more)
    if "--json" in more:
        assert document(result).keys() - {"error", "requests"} <= {"account", "provider", "outcomes"}
        assert ("error" in json.loads(result.stdout)) == (result.exit_code != 0)
