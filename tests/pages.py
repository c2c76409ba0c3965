"""The pages of the documentation, taken apart into blocks and prose."""

import re
from typing import NamedTuple

from sybil.document import Document
from sybil.parsers.markdown import CodeBlockParser

from tests.house import ROOT

PAGES = {
    str(path.relative_to(ROOT)): path
    for pattern in ("*.md", "docs/*.md", "plugins/*/*.md")
    for path in sorted(ROOT.glob(pattern))
}
LANGUAGES = {"python", "toml", "console", ""}  # without a word it is a drawing


class Block(NamedTuple):
    """A fenced block: its page, its first line and its text."""

    page: str
    line: int
    text: str


def blocks(page: str, language: str) -> list[Block]:
    document = Document.parse(str(PAGES[page]), CodeBlockParser(language, lambda _: None))
    return [Block(page, example.line, str(example.parsed)) for example in document.examples()]


def all_blocks(language: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, language)]


def name_of(block: object) -> str:
    """The id of a block among the tests."""
    return f"{block.page}:{block.line}" if isinstance(block, Block) else "file"


def prose(page: str) -> str:
    """The page without its blocks."""
    return re.sub("^```.*?^```$", "", PAGES[page].read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
