"""Reads the imports of the house and says which of its rules they break. Works on any text, so that it can be tried."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = [
    {"errors", "message", "receipt", "records", "_audio", "_callees", "_closest", "_forms", "_frozen", "_masking"},
    {"provider"},
    {"hooks", "plugins", "config", "_accounts", "_offers", "_sources"},
    {"client"},
    {"campaign"},
    {"webhooks"},
]
BASE = FLOORS[0] | FLOORS[1]
SEES = {room: set().union(*FLOORS[: level + 1]) for level, floor in enumerate(FLOORS) for room in floor}
SEES |= {
    "sandbox": BASE | {"sandbox"},
    "testing": BASE | {"sandbox", "client", "campaign", "testing"},
    "cli": set().union(*FLOORS) | {"sandbox", "testing", "cli"},
    "__main__": {"cli"},
    "_hypothesis": {"message", "testing"},  # the entry point of hypothesis
    "": set().union(*FLOORS),  # the user's door; it loads what it names on first use
}
PRIVATE_FILES = {
    "_accounts": {"config", "_accounts"},
    "_offers": {"plugins", "_offers"},
    "_sources": {"config", "_accounts", "_sources"},
}
PLUGIN_MAY = {"hooks", "provider", "errors", "message", "receipt", "records", "testing"}
VENDOR_WORDS = re.compile(
    "fileId|displayNum|calledInfo|loopCount|maxRingingTime|appId|TwiML|onbuka|itnio|twilio|sendgroup|laaffic", re.I
)
LONGEST = 250  # lines of a file of the core
LONGEST_BRAND = 50  # lines of a provider whose dialect is known


def modules(folder: Path) -> Iterator[tuple[str, str]]:
    """Every module below this folder, by its dotted name, and its text."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path.read_text("utf-8")


def room_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def imported(module: str, text: str) -> Iterator[str]:
    """Dotted names of what a module imports, at its top or in a function, but for those of type checkers."""
    for node in _run(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from _run(node)


def faults(module: str, text: str, *, rooms: set[str]) -> list[str]:
    """What this module of the core does that the house forbids."""
    found = [f"imports {name}: {why}" for name in imported(module, text) if (why := _objection(module, name, rooms))]
    if word := VENDOR_WORDS.search(text):
        found.append(f"holds the vendor word {word.group()}")
    if (lines := text.count("\n")) > LONGEST:
        found.append(f"has {lines} lines")
    return found + slips(text)


def plugin_faults(module: str, text: str) -> list[str]:
    """What this module of a plugin does that the house forbids: of the core it sees the public doors only."""
    found = []
    for name in imported(module, text):
        top, *rest = name.split(".")
        if top == "httpx" or (top == "voicehub" and not _is_public(rest)):
            found.append(f"imports {name}")
    return found + slips(text)


def slips(text: str) -> list[str]:
    """What no file of the library or of a plugin does, in whatever room."""
    found = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=str(value)) if "\\d" in value:
                found.append(r"writes \d, which takes the digits of every script")
            case ast.keyword(arg="verify", value=ast.Constant(value=False)):
                found.append("switches TLS verification off")
            case ast.Call(func=ast.Name(id="print")):
                found.append("prints")
    return found


def _objection(module: str, name: str, rooms: set[str]) -> str | None:
    room = room_of(module)
    top, *rest = name.split(".")
    if not top:
        return "relative"
    if top.startswith("voicehub_"):
        return "the core knows no plugin"
    if top == "httpx":
        return None if module == "voicehub.client._transport.sender" else "only voicehub.client._transport.sender does"
    if top != "voicehub":
        return None
    other = rest[0] if rest and rest[0] in rooms else ""
    if not other and room in ("cli", "__main__"):
        return None
    if not other:
        return "the door is for users; import the room"
    if other not in SEES[room] or room not in PRIVATE_FILES.get(other, {room}):
        return f"{room or 'the door'} does not see {other}"
    inside = [part for part in rest[1:] if part.startswith("_")]
    return "between rooms only the door is imported" if inside and other != room else None


def _is_public(rest: list[str]) -> bool:
    behind_the_door = rest == ["__version__"] or (len(rest) == 1 and rest[0][0].isupper())
    return behind_the_door or (rest[0] in PLUGIN_MAY and not any(part.startswith("_") for part in rest))
