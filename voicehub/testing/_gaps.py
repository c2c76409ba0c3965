"""Bodies with one part missing, empty, doubled or mistyped: of JSON, XML, forms and lines of text."""

import copy
import json
from collections.abc import Iterator, MutableMapping, Set
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET


def gaps(body: bytes) -> Iterator[bytes]:
    """These bytes with each of their parts in turn removed, emptied or doubled, or ``true`` and ``false`` as text."""
    if (value := as_json(body)) is not None:
        yield from _json_gaps(value)
    elif (root := as_xml(body)) is not None:
        yield from _xml_gaps(root)
    else:
        yield from _form_gaps(body)


def as_json(body: bytes) -> Any:
    """The JSON object or list in these bytes, else ``None``."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def as_xml(body: bytes) -> ET.Element | None:
    """The root of the XML document in these bytes, else ``None``."""
    try:
        return ET.fromstring(body)  # noqa: S314 - the author's own bytes, and expat expands no bombs
    except (ET.ParseError, ValueError, LookupError):
        return None


def nulls(body: bytes) -> Iterator[bytes]:
    """The JSON of these bytes with each value in turn ``null``; nothing if it is not JSON."""
    root = as_json(body)
    for container, key in list(places(root or {})):
        before, container[key] = container[key], None
        yield json.dumps(root).encode()
        container[key] = before


def hidden(body: bytes, ids: Set[str]) -> Iterator[tuple[bytes, Set[str]]]:
    """The JSON of these bytes with a list of rows in another form, and those of these ids that it still has.

    The forms are the first row alone, its id as text, and a list of ids as texts; nothing if it is not JSON.
    """
    root = [as_json(body)]
    for container, key in list(places(root)):
        rows = container[key]
        inside = [(row, named) for row in rows if (named := _texts(row) & ids)] if isinstance(rows, list) else []
        if inside:
            (first, of_first), all_ids = inside[0], {one for _, named in inside for one in named}
            for instead, kept in ((first, of_first), (min(of_first), {min(of_first)}), (sorted(all_ids), all_ids)):
                container[key] = instead
                yield json.dumps(root[0]).encode(), kept
            container[key] = rows


def _texts(value: Any) -> set[str]:
    return {str(container[key]) for container, key in places([value]) if isinstance(container[key], str | int)}


def ends_itself(body: bytes) -> bool:
    """Whether a cut of these bytes would be noticed: JSON and XML have an end, lines and forms do not."""
    return as_json(body) is not None or as_xml(body) is not None


def places(container: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value, as the container and the key to it."""
    inside = container.items() if isinstance(container, dict) else enumerate(container)
    for key, value in inside:
        yield container, key
        if isinstance(value, dict | list):
            yield from places(value)


def _json_gaps(root: Any) -> Iterator[bytes]:
    for container, key in list(places(root)):
        before = copy.copy(container)
        for instead in _empty(before[key]):
            container[key] = instead
            yield json.dumps(root).encode()
        del container[key]
        yield json.dumps(root).encode()
        container.clear()
        if isinstance(container, list):
            container += [*before[: key + 1], *before[key:]]
            yield json.dumps(root).encode()
            container[:] = before
        else:
            container |= before


def _empty(value: object) -> tuple[str, ...]:
    """Empty, and of ``true`` and ``false`` the word as text: many a plugin takes a text for true."""
    return ("", str(value).lower()) if isinstance(value, bool) else ("",)


def _xml_gaps(root: ET.Element) -> Iterator[bytes]:
    for element in list(root.iter()):
        for name in list(element.attrib):
            yield from _without(root, element.attrib, name)
        if text := element.text:
            element.text = None
            yield ET.tostring(root)
            element.text = text
        for at, child in enumerate(list(element)):
            element.insert(at, child)
            yield ET.tostring(root)
            del element[at : at + 2]
            yield ET.tostring(root)
            element.insert(at, child)


def _without(root: ET.Element, attributes: MutableMapping[str, str], name: str) -> Iterator[bytes]:
    value = attributes[name]
    attributes[name] = ""
    yield ET.tostring(root)
    del attributes[name]
    yield ET.tostring(root)
    attributes[name] = value


def _form_gaps(body: bytes) -> Iterator[bytes]:
    """Gaps in a form by its fields, in everything else by its lines."""
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        lines = body.splitlines(keepends=True)
        for at in range(len(lines)):
            for put in ([], [b"\n"], lines[at : at + 1] * 2):
                yield b"".join([*lines[:at], *put, *lines[at + 1 :]])
        return
    for at, (name, value) in enumerate(fields):
        for instead in ([], [(name, "")], [(name, value)] * 2):
            yield urlencode([*fields[:at], *instead, *fields[at + 1 :]]).encode()
