"""Bytes that are no text, and names that are none, are the person's to mend: exit code 2, and one line that says so."""

import pytest

from tests.cli.conftest import Voicehub

NO_TEXT = "\udcff"
RELEASE = ("campaign", "resolve", "friday", "--callee", "+932111111111", "--as", "released")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("campaign", "status", NO_TEXT), "'NAME': contains bytes that are not UTF-8 text"),
        ((*RELEASE, "--by", NO_TEXT, "--why", "x"), "'--by': contains bytes that are not UTF-8 text"),
        ((*RELEASE, "--by", "x", "--why", NO_TEXT), "'--why': contains bytes that are not UTF-8 text"),
        (("records", NO_TEXT), "contains bytes that are not UTF-8 text"),
        (("webhooks", "serve", "--host", NO_TEXT), "'--host': contains bytes that are not UTF-8 text"),
        (("webhooks", "serve", "--host", ""), "'--host': is empty; name an address"),
    ],
)
def test_it_is_told(voicehub: Voicehub, config: str, arguments: tuple[str, ...], told: str) -> None:
    result = voicehub(*arguments, "--config", config)
    assert (result.exit_code, told in result.stderr) == (2, True), result.output


def test_a_host_that_is_no_name(voicehub: Voicehub, config: str) -> None:
    with open(config, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f'webhook = "{"x" * 32}"\n')
    result = voicehub("webhooks", "serve", "--host", "a" * 70, "--config", config, "--ledger", f"{config}.db")
    assert (result.exit_code, "nothing can listen on this address" in result.stderr) == (2, True), result.output
