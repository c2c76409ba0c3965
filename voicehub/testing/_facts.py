"""The facts a provider states as data: every law reads them, so they are checked before any other law."""

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from voicehub._forms import PROVIDER_NAME
from voicehub.errors import RefusalKind
from voicehub.message import Content, Speech
from voicehub.provider import FIELDS, ROWS, UNITS, CallState, Limits, Provider, Settings, Span, first_error
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._messages import SPEECH_ROWS


def facts_are_well_formed(exam: Exam) -> None:
    """The facts stated as data agree with each other and with the neutral message, and each limit names its page."""
    facts_can_be_used(exam)
    _words_are_read(exam.provider)
    for kind, rows in exam.provider_class.limits.items():
        for name, row in rows.rows().items():
            if row is not None:
                where = f"limits.{kind.__name__}.{name}"
                claim(row.source.strip(), f"{where} has no source")
                read = re.fullmatch("[0-9]{4}-[0-9]{2}", row.read)
                claim(read, f"{where} was read {row.read!r}; write it as 2026-11")


def facts_can_be_used(exam: Exam) -> None:
    """Raise `LawBroken` for facts with which no other law could be tried."""
    cls: Any = exam.provider_class  # the types of its attributes are not checked yet
    _named(cls)
    _settings_fit(exam)
    claim(isinstance(cls.limits, Mapping), "limits is a table such as {AudioUrl: Limits(...)}")
    claim(cls.limits, "limits is empty: it plays no kind of content")
    for kind, rows in cls.limits.items():
        claim(kind in get_args(Content), f"limits has {kind!r}, which is no kind of content")
        claim(isinstance(rows, Limits), f"limits[{kind.__name__}] is {rows!r}; write Limits(...)")
        _rows_hold(kind, rows)
    _codes_hold(cls)
    if cls.Options is not None:
        is_model = isinstance(cls.Options, type) and issubclass(cls.Options, BaseModel)
        claim(is_model, f"Options is {cls.Options!r}; it is a pydantic model, or None")
        claim(cls.Options.model_config.get("extra") == "forbid", "Options drops unknown keys: set extra='forbid'")
    _ = exam.provider  # the methods are there


def _named(cls: Any) -> None:
    name = getattr(cls, "name", None)
    rule = "small letters, digits and single hyphens or underscores, a letter first, such as 'acme-v1'"
    claim(isinstance(name, str) and PROVIDER_NAME.fullmatch(name), f"name {name!r} is not {rule}")
    for fact in ("Settings", "limits"):
        claim(hasattr(cls, fact), f"{cls.__name__} states no {fact}")


def _settings_fit(exam: Exam) -> None:
    cls: Any = exam.provider_class
    fits = isinstance(cls.Settings, type) and issubclass(cls.Settings, Settings)
    claim(fits, f"{cls.__name__}.Settings is a subclass of voicehub.provider.Settings")
    fault = ""
    try:
        hidden = [name for name, value in vars(exam.settings_with()).items() if _is_hidden(value)]
        claim(not hidden, f"Settings.{''.join(hidden[:1])} holds a secret; make each a field of its own, a SecretStr")
    except ValidationError as error:
        fault = ": ".join(filter(None, first_error(error)))
    claim(not fault, f"sample_settings do not fit Settings: {fault}; the exam needs made-up credentials that do")


def _is_hidden(value: object) -> bool:
    """Whether a secret is nested in this value: only a secret that is itself a field of Settings is masked."""
    if isinstance(value, BaseModel):
        value = vars(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return any(hasattr(each, "get_secret_value") or _is_hidden(each) for each in value)
    return hasattr(value, "get_secret_value") and not isinstance(value, SecretStr)


def _words_are_read(provider: Provider) -> None:
    for word, state in {**provider.call_states, "no-such-word-7f": CallState.UNKNOWN}.items():
        try:
            found: object = provider.call_state(word)
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        claim(found == state, f"call_state({word!r}) is {found}, not {state}: unlisted words are unknown, no error")


def _codes_hold(cls: Any) -> None:
    known = {"to", "content", *FIELDS}
    for fact in ("wire_names", "refusal_kinds", "call_states", "deviations"):
        claim(isinstance(getattr(cls, fact), Mapping), f"{fact} is {getattr(cls, fact)!r}; it is a table")
    claim(cls.wire_names.keys() <= known, f"wire_names has {sorted(cls.wire_names.keys() - known)}: no such field")
    claim(cls.call_ids in ("callee", "request", "none"), f"call_ids is {cls.call_ids!r}: callee, request or none")
    code = cls.callee_refusal_code
    claim(code is None or (isinstance(code, str) and code), f"callee_refusal_code is {code!r}: a code as text, or None")
    for code, refusal in cls.refusal_kinds.items():
        claim({type(code), type(refusal)} == {str, RefusalKind}, f"refusal_kinds[{code!r}] is {refusal!r}")
    for word, state in cls.call_states.items():
        claim({type(word), type(state)} == {str, CallState}, f"call_states[{word!r}] is {state!r}")


def _rows_hold(kind: type[BaseModel], rows: Any) -> None:
    for name, row in rows.rows().items():
        if row is not None:
            _row_holds(f"limits.{kind.__name__}.{name}", row, *ROWS[name][:2])
            claim(kind is Speech or name not in SPEECH_ROWS, f"{kind.__name__} has no {name}, and limits has a row")
    claim(rows.callees is not None and rows.callees.low == 1, "limits.callees begins at 1: one callee must fit")
    claim(rows.callee_digits is not None, f"limits of {kind.__name__} have no row for callee_digits")
    claim(kind is not Speech or rows.text is not None, "limits of Speech have no row for text")


def _row_holds(where: str, row: Any, least: float, most: float | None) -> None:
    claim(isinstance(row, Span), f"{where} is {row!r}; write it as Page(source, read).span(low, high, unit)")
    claim(row.unit in UNITS, f"{where} is in {row.unit!r}; the units are {', '.join(UNITS)}")
    claim(row.high is None or row.low <= row.high, f"{where}: {row} is an empty range")
    wider = row.low < least or (most is not None and (row.high is None or row.high > most))
    claim(not wider, f"{where}: {row} allows values that no message can have")
