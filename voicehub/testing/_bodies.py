"""Bodies compared by content: JSON as a value, XML in its canonical form, a form by its fields, else as bytes."""

import difflib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET


def same_body(one: bytes, other: bytes) -> bool:
    """Whether both have the same content. JSON is compared byte for byte here: see `same_json`."""
    if one == other:
        return True
    for read in (_canonical, _form):
        first, second = read(one), read(other)
        if first is not None and second is not None:
            return bool(first == second)
    return False


def same_json(body: bytes, value: Any) -> bool:
    """Whether these bytes are this JSON value; ``1``, ``1.0`` and ``true`` are three different values."""
    try:
        return json.dumps(json.loads(body), sort_keys=True) == json.dumps(value, sort_keys=True)
    except (ValueError, RecursionError):
        return False


def within_body(said: bytes, page: bytes) -> bool:
    """Whether ``said`` is part of ``page``: each field of a form, or each element of XML with its text."""
    for read in (_elements, _form):
        first, second = read(said), read(page)
        if first is not None and second is not None:
            return Counter(_pairs(first)) <= Counter(_pairs(second))
    return said == page


def difference(name: str, said: bytes, page: bytes) -> str:
    """Both bodies for a person, in lines, after the first line in which they differ."""
    ours, theirs = readable(said), readable(page)
    if ours == theirs:  # the same JSON, formatted differently
        ours, theirs = [repr(said)], [repr(page)]
    changed = [line for line in difflib.ndiff(theirs, ours) if line[:1] in "+-"]
    first = {sign: next((line[2:] for line in changed if line[0] == sign), "nothing more") for sign in "+-"}
    both = "\n".join([f"{name} writes:", *ours, "the page has:", *theirs])
    return f"the page has another body: {first['-'].strip()!r}, where {name} writes {first['+'].strip()!r}\n{both}"


def readable(body: bytes) -> list[str]:
    """A body in lines: JSON and XML indented, a form with one field per line, else the bytes as Python writes them."""
    try:
        return json.dumps(json.loads(body), indent=2, sort_keys=True, ensure_ascii=False).splitlines()
    except (ValueError, RecursionError):
        pass
    if (root := _tree(body)) is not None:
        ET.indent(root)
        return ET.tostring(root, "unicode").splitlines()
    if (form := _form(body)) is not None:
        return [f"{name} = {_shown(value)}" for name, values in form for value in values]
    return [repr(line) for line in body.splitlines(keepends=True)]


def _shown(value: str) -> str:
    return value if value.isprintable() else repr(value)


def _tree(body: bytes) -> ET.Element | None:
    """The XML of these bytes, without the white space that only indents it."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - the author's own bytes, and expat expands no bombs
    except (ET.ParseError, ValueError, LookupError):
        return None
    for element in root.iter():
        if len(element):
            for node, text in ((element, "text"), *((child, "tail") for child in element)):
                if not (getattr(node, text) or "").strip():
                    setattr(node, text, None)
    return root


def _canonical(body: bytes) -> str | None:
    """Canonical XML 2.0 (W3C), so that neither quotes nor the order of attributes nor an empty element's form count."""
    root = _tree(body)
    return None if root is None else ET.canonicalize(ET.tostring(root, "unicode"))


def _elements(body: bytes) -> list[tuple[str, list[str]]] | None:
    """Every text and attribute of the XML, with the path to it."""
    root = _tree(body)
    return None if root is None else list(_said(root, ""))


def _said(element: ET.Element, above: str) -> Iterator[tuple[str, list[str]]]:
    path = f"{above}/{element.tag}"
    yield path, [element.text or ""]
    yield from ((f"{path}@{name}", [value]) for name, value in element.items())
    for child in element:
        yield from _said(child, path)


def _form(body: bytes) -> list[tuple[str, list[str]]] | None:
    """The fields of a form by name; XML in a value is made canonical, as in a body of XML."""
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        return None
    return sorted(
        (name, [value if (xml := _canonical(value.encode())) is None else xml for value in values])
        for name, values in fields.items()
    )


def _pairs(fields: list[tuple[str, list[str]]]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in fields for value in values)
