"""The reference names all there is, draws the tree of errors as it is, and links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import voicehub
from tests.pages import PAGES, prose
from voicehub import errors
from voicehub.cli import cli
from voicehub.cli._group import Commands
from voicehub.sandbox import FAULTS

REFERENCE = PAGES["docs/reference.md"].read_text("utf-8")
ERRORS = {name: cls for name, cls in vars(errors).items() if isinstance(cls, type) and issubclass(cls, Exception)}


@pytest.mark.parametrize("name", sorted({*voicehub.__all__, *ERRORS}))
def test_the_reference_names_what_is_promised(name: str) -> None:
    assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", REFERENCE), f"docs/reference.md does not mention {name}"


def commands(group: Commands, *before: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.table:
        command = group.get_command(context, name)
        if isinstance(command, Commands):
            yield from commands(command, *before, name)
        else:
            yield " ".join([*before, name])


def test_the_reference_lists_the_commands() -> None:
    listed = re.findall("^\\| `voicehub ([a-z -]*[a-z])", REFERENCE, re.M)
    assert sorted(listed) == sorted(commands(cli))


def test_the_reference_lists_the_options_of_send() -> None:
    (told,) = re.findall(r"^`voicehub send \[.*?(?=\n\n)", REFERENCE, re.M | re.S)
    send = cli.get_command(click.Context(cli), "send")
    assert send is not None
    assert set(re.findall("--[a-z-]+", told)) == {option for parameter in send.params for option in parameter.opts}


def test_the_reference_draws_the_tree_of_errors() -> None:
    (drawing,) = re.findall("^```\n(VoicehubError\n.*?)^```", REFERENCE, re.M | re.S)
    above, tree = ["VoicehubError"] + [""] * 3, {"VoicehubError": "VoicehubError"}
    for line in drawing.splitlines():
        branches = [(found.start() // 4, found[1]) for found in re.finditer(r"[├└]── (\w+)", line)]
        for _, name in branches:
            tree[name] = above[branches[0][0]]
            above[branches[0][0] + 1] = name
    assert tree == {
        **{name: cls.__bases__[0].__name__ for name, cls in ERRORS.items()},
        "VoicehubError": "VoicehubError",
    }
    values = {name for name, cls in ERRORS.items() if ValueError in cls.__bases__}
    assert set(re.findall(r"(\w+) \(ValueError\)", drawing)) == values


def test_the_reference_holds_the_table_of_faults() -> None:
    (table,) = re.findall("^\\| fault \\|.*\n\\|---\\|---\\|\n((?:\\|.*\n)+)", REFERENCE, re.M)
    assert table == "".join(f"| `{name}` | {told} |\n" for name, told in FAULTS.items())


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not target.startswith(("https://", "http://")):
            path, _, heading = target.partition("#")
            file = PAGES[page].parent / path if path else PAGES[page]
            assert file.exists(), target
            assert not heading or heading in headings(file), target


def headings(file: Path) -> set[str]:
    """The anchors a browser finds on this page."""
    titles = re.findall("^#+ (.+)$", file.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
