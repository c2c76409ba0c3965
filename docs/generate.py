"""Writes ``docs/providers.md`` from the provider classes: ``python3 dev.py docs``. Nobody repeats a number by hand."""

import inspect
import json
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from voicehub.client import account_for
from voicehub.message import AudioUrl, Content, Speech, UploadedAudio, VoiceMessage
from voicehub.plugins import installed
from voicehub.provider import FIELDS, Limits, Provider, Refusal, RefusalKind, Reply, Span, find_problem
from voicehub.receipt import Outcome
from voicehub.testing import Exam

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "providers.md"
CONTENTS: dict[type[BaseModel], str] = {kind: kind.__name__ for kind in get_args(Content)}
CALL_IDS = {
    "callee": "one for each callee",
    "request": "one for the whole request",
    "none": "none; what was accepted cannot be told apart later",
}
INTRODUCTION = """
# Providers

<!-- Made by docs/generate.py from the provider classes; to change it, change them and run `python3 dev.py docs`. -->

What each provider of this repository takes and answers, read from the tables that the check, the splitter and the
sandbox read. `voicehub providers NAME` shows the limits of any installed provider, or of an account with its overrides.
"""
MATRIX = """
`-`: the vendor has no such field, and a message that sets it is refused before anything leaves. *Can be opened*: its
page lacks the field, and a configuration may open it.
"""
ANSWERS = """
What an answer says of its callees, as `decode` reads it. Doubt: the call may have been placed, and voicehub does not
send it again by itself. A call id is a call, whatever the status says; a callee whom the answer leaves out is in doubt.
"""
NEEDED = ", required"
# What a neutral message may play where a table needs one to try the provider with.
PLAYED: list[Content] = [UploadedAudio("notice.mp3"), AudioUrl("https://audio.example/a.mp3"), Speech("Hello", "en")]


def page() -> str:
    """The whole page."""
    known = tomllib.loads((ROOT / "voicehub" / "known_providers.toml").read_text("utf-8"))
    classes = [installed.provider(name) for name in sorted(known)]
    parts = [INTRODUCTION, *_matrix(classes)]
    for cls in classes:
        parts += _provider(cls, known[cls.name])
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _matrix(classes: list[type[Provider]]) -> Iterator[str]:
    names = [name for name in Limits.__dataclass_fields__ if any(_spans(cls, name) for cls in classes)]
    lacking = [name for name in Limits.__dataclass_fields__ if name not in names]
    rows = [["content", *(", ".join(CONTENTS[kind] for kind in cls.limits) for cls in classes)]]
    rows += [[f"`{name}`", *(_cell(cls, name) for cls in classes)] for name in names]
    rows += [["`provider_options`", *("yes" if cls.Options else "-" for cls in classes)]]
    rows += [["call ids", *(CALL_IDS[cls.call_ids].partition(";")[0] for cls in classes)]]
    rows += [["refuses", *("single callees" if cls.callee_refusal_code else "whole requests" for cls in classes)]]
    yield "## What each takes"
    yield _table(["field", *(f"[`{cls.name}`](#{cls.name})" for cls in classes)], rows)
    yield MATRIX + (f"\nNo provider here has {_listed(lacking)}.\n" if lacking else "")


def _spans(cls: type[Provider], name: str) -> list[Span]:
    return [row for limits in cls.limits.values() if (row := limits.rows()[name]) is not None]


def _cell(cls: type[Provider], name: str) -> str:
    reaches = list(dict.fromkeys(f"{_reach(row)} {row.unit}{NEEDED * row.required}" for row in _spans(cls, name)))
    if not reaches and name in cls.wire_names:
        return "can be opened"
    return "; ".join(reaches) or "-"


def _reach(row: Span) -> str:
    if row.high is None:
        return f"at least {row.low:g}"
    return f"{row.low:g} to {row.high:g}"


def _provider(cls: type[Provider], distribution: str) -> Iterator[str]:
    provider = cls(cls.Settings(**cls.sample_settings))
    yield f"## {cls.name}"
    yield f"{_words(cls)}\n\nInstall: `pip install {distribution}`."
    yield "### Settings"
    yield _words(cls.Settings)
    yield _table(["key", "needed", "secret", "default"], _settings(cls.Settings))
    yield "With credentials that are made up, as the sandbox accepts them:"
    yield "```toml\n" + "\n".join(_sample(provider)) + "\n```"
    for kind, limits in cls.limits.items():
        yield f"### {CONTENTS[kind]}"
        yield _table(["row", "vendor's name", "takes", "unit", "source", "read"], _limits(cls, kind, limits))
        yield _lacking(cls, kind, limits)
    if len(others := [name for kind, name in CONTENTS.items() if kind not in cls.limits]):
        yield f"It does not play {_listed(others, code=False)}."
    yield from _languages(cls)
    yield "### Questions"
    yield from _questions(cls)
    yield "### Options"
    yield from _options(cls)
    yield "### Answers"
    yield from _answers(cls)


def _languages(cls: type[Provider]) -> Iterator[str]:
    if cls.languages:
        yield (
            "It speaks these languages, by their BCP 47 tags. A region that has no row is left out (`en-GB` is spoken "
            "as `en`; RFC 4647 section 3.4), a script never:"
        )
        yield _table(["tag", "vendor's code"], ([f"`{tag}`", f"`{code}`"] for tag, code in cls.languages.items()))


def _questions(cls: type[Provider]) -> Iterator[str]:
    pushed = "It pushes reports of its calls" if cls.reports else "It pushes no reports that are known here"
    if not cls.abilities:
        yield f"It can be asked nothing besides. {pushed}."
        return
    asked = _listed(kind.__name__ for kind in cls.abilities)
    money = _listed((each or "one it does not name" for each in cls.currencies), code=False)
    yield f"It can be asked {asked}. {pushed}. Costs come in {money}."
    rows = [
        [f"`{kind.__name__}`", f"`{name}`", _reach(row), row.unit, row.source, row.read]
        for kind, ability in cls.abilities.items()
        for name, row in ability.bounds.items()
    ]
    yield _table(["question", "bound", "takes", "unit", "source", "read"], rows)


def _settings(settings: type[BaseModel]) -> Iterator[list[str]]:
    for key, field in settings.model_fields.items():
        secret = "yes" if SecretStr in (field.annotation, *get_args(field.annotation)) else ""
        default = "" if field.default is None or field.is_required() else f"`{field.default}`"
        yield [f"`{key}`", "yes" if field.is_required() else "", secret, default]


def _sample(provider: Provider) -> Iterator[str]:
    yield "[accounts.alerts]"
    for key, value in {"provider": provider.name, **provider.sample_settings}.items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _limits(cls: type[Provider], kind: type[BaseModel], limits: Limits) -> Iterator[list[str]]:
    for name, row in _rows(kind, limits).items():
        if row is not None:
            wire_name = {"callees": "to", "callee_digits": "to"}.get(name, name)
            named = f"`{cls.wire_names[wire_name]}`" if wire_name in cls.wire_names else ""
            yield [f"`{name}`", named, _reach(row) + NEEDED * row.required, row.unit, row.source, row.read]


def _rows(kind: type[BaseModel], limits: Limits) -> dict[str, Span | None]:
    """The rows that mean something for this kind of content."""
    foreign = {name for name, field in FIELDS.items() if field == "content" and name not in kind.model_fields}
    return {name: row for name, row in limits.rows().items() if name not in foreign}


def _lacking(cls: type[Provider], kind: type[BaseModel], limits: Limits) -> str:
    absent = [name for name, row in _rows(kind, limits).items() if row is None]
    opened = [f"`{name}` (as `{cls.wire_names[name]}`)" for name in absent if name in cls.wire_names]
    closed = [name for name in absent if name not in cls.wire_names]
    told = f"It cannot carry {_listed(closed)}." if closed else "It carries every field."
    if opened:
        told += f" Its page lacks {_listed(opened, code=False)}; `[accounts.NAME.limits]` may open it."
    return told


def _options(cls: type[Provider]) -> Iterator[str]:
    if cls.Options is None:
        yield "`provider_options` takes nothing for it."
        return
    yield f'`provider_options={{"{cls.name}": {{...}}}}` takes:'
    properties = cls.Options.model_json_schema()["properties"]
    yield _table(["option", "value"], ([f"`{name}`", _value(form)] for name, form in properties.items()))


def _value(form: dict[str, Any]) -> str:
    """A field of a JSON schema in words."""
    forms = [one for one in form.get("anyOf", [form]) if one.get("type") != "null"]
    return " or ".join(_form(one) for one in forms)


def _form(form: dict[str, Any]) -> str:
    if "enum" in form:
        return " or ".join(f"`{json.dumps(value)}`" for value in form["enum"])
    rules = {"minimum": "at least {}", "maximum": "at most {}", "minLength": "of at least {} characters"}
    rules |= {"maxLength": "of at most {} characters", "pattern": "as `{}`"}
    return " ".join([form["type"], *(words.format(form[rule]) for rule, words in rules.items() if rule in form)])


def _answers(cls: type[Provider]) -> Iterator[str]:
    yield f"Call ids: {CALL_IDS[cls.call_ids]}."
    yield ANSWERS
    yield _table(["the vendor says", "read as"], _readings(cls))
    if cls.call_states:
        yield "Its words for the state of a call; any other is `unknown`:"
        yield _table(["word", "state"], ([f"`{word}`", f"`{state.value}`"] for word, state in cls.call_states.items()))
    else:
        yield "It has no words for the state of a call."


def _readings(cls: type[Provider]) -> Iterator[list[str]]:
    """Every code the class or its golden samples name, one that nobody names, and bare HTTP: each given to `decode`."""
    provider = cls(cls.Settings(**cls.sample_settings))
    message = _message(provider)
    codes = {**dict.fromkeys(cls.refusal_kinds), **dict.fromkeys(_listed_codes(cls))}
    for code in [*codes, f"{next(iter(codes), '')}977"]:
        reply = provider.answer(Refusal(cls.refusal_kinds.get(code, RefusalKind.REQUEST), code, ""))
        yield [f"`{code}`" if code in codes else "unknown code", _reading(provider, message, reply)]
    if cls.callee_refusal_code is not None:
        yield from _callee_readings(provider, message, codes)
    for told, status in [("401", 401), ("429", 429), ("other 4xx", 403), ("3xx", 302), ("408", 408), ("5xx", 502)]:
        yield [f"HTTP {told}, no code", _reading(provider, message, Reply(status, {}, b""))]
    yield ["HTTP 2xx that nobody can read", _reading(provider, message, Reply(200, {}, b"<html>"))]


def _callee_readings(provider: Provider, message: VoiceMessage, codes: Iterable[str]) -> Iterator[list[str]]:
    """The codes of a single callee: the one the class names, an unknown one, and those that are read unlike it."""

    def read(code: str) -> str:
        row = Outcome(message.to[0], "refused", None, code, "")
        return _reading(provider, message, provider.answer([row]))

    single = provider.callee_refusal_code or ""
    other = read(f"{single}977")
    odd = [code for code in codes if code not in provider.refusal_kinds and read(code) != other]
    yield from ([f"`{code}` of one callee", read(code)] for code in [single, *odd])
    yield ["unknown code of one callee", other]


def _listed_codes(cls: type[Provider]) -> Iterator[str]:
    folder = Exam(cls).samples
    for path in sorted(folder.glob("codes*.json")) if folder else []:
        codes: dict[str, str] = json.loads(path.read_text("utf-8"))["codes"]
        yield from (code for code, meaning in codes.items() if meaning != "success")


def _message(provider: Provider) -> VoiceMessage:
    for content in PLAYED:
        message = VoiceMessage(to=["+932111111111"], content=content, caller_id="932111111112")
        if find_problem(provider, message) is None:
            return message
    raise LookupError(f"no message here fits {provider.name}; add one to PLAYED")


def _reading(provider: Provider, message: VoiceMessage, reply: Reply) -> str:
    read = provider.decode(message, reply)
    if isinstance(read, Refusal):
        return f"refused, all of it: `{read.kind.value}`"
    statuses = {outcome.status for outcome in account_for(message.to, read, reply)[0]}
    return {"refused": "refused, that callee alone", "in_doubt": "**doubt**", "accepted": "accepted"}[statuses.pop()]


def _words(thing: type) -> str:
    return inspect.cleandoc(thing.__doc__ or "").replace("``", "`")


def _listed(names: Iterable[str], *, code: bool = True) -> str:
    *first, last = (f"`{name}`" if code else name for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("  ", " ") for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
