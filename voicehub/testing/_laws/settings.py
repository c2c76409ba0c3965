"""Laws about an account: its address, its credentials, its limits, and the rules that no table states."""

import math
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from voicehub.errors import RefusalKind
from voicehub.message import Speech, VoiceMessage
from voicehub.provider import Limits, Provider, Refusal, Request, find_problem, override
from voicehub.testing._checked import claim
from voicehub.testing._exam import TIMES, Exam, prepared, same, told
from voicehub.testing._laws.limits import NOW, is_refused
from voicehub.testing._messages import an_example, messages, messages_of
from voicehub.testing._outside import steps_outside, with_value

_ROOTS = ("https://elsewhere.example", "https://elsewhere.example/deep/down", "http://127.0.0.1:8080/sandbox")
#: Characters that need quoting in a URL, a form, a header or a document.
_ODD = "+/=&%:;<>~"
_URLSAFE = str.maketrans("-_", "+/")


def an_account_may_be_elsewhere(exam: Exam) -> None:
    """With another ``base_url`` and other credentials the request uses them, and the vendor's side reads it."""
    accounts = list(_accounts(exam))
    if not accounts:
        exam.skip("its Settings take no other base_url and no other secret")

    def check(message: VoiceMessage, now: float) -> None:
        for what, provider in accounts:
            request = prepared(provider, message, now)
            read = provider.parse(request, now)
            claim(
                same(provider, message, read),
                f"with {what}, encode was given {told(message)}\nand parse read    {told(read)}: "
                "take the address from self.settings.url, and quote a secret where the format needs it",
            )

    exam.for_all(check, messages(exam.provider), TIMES, share=5)


def _accounts(exam: Exam) -> Iterator[tuple[str, Provider]]:
    odd = [(f"{name} that contains {_ODD}", name, secret + _ODD) for name, secret in exam.secrets().items()]
    for what, name, value in [*((f"base_url {root}", "base_url", root) for root in _ROOTS), *odd]:
        try:
            yield what, exam.with_settings(**{name: value})
        except ValidationError:  # a value that Settings refuses is no account's
            continue


def a_key_is_a_secret(exam: Exam) -> None:
    """A setting that no request contains, and whose change the vendor's side refuses as ``auth``, is a ``SecretStr``.

    Plain text can be read in every ``repr`` of the settings. What a request contains, as a user name, may be plain.
    """
    provider = exam.provider
    plain = {name: text for name, text in dict(provider.settings).items() if isinstance(text, str)}
    message = an_example(provider, next(iter(provider.limits)))
    for name in plain.keys() - {"base_url"}:
        other = plain[name] + "x"
        try:
            request = exam.with_settings(**{name: other}).encode(message, NOW)
        except ValidationError:  # a value that Settings refuses is no account's
            continue
        read = provider.parse(request, NOW)
        refused = isinstance(read, Refusal) and read.kind is RefusalKind.AUTH
        claim(not refused or _shows(request, other), f"Settings.{name} signs a request and is plain text: a SecretStr")


def _shows(request: Request, text: str) -> bool:
    """Whether the request contains the text, as it is, quoted or in Base64."""
    sent = "\n".join([request.url, *request.headers.values(), request.body.decode(errors="replace")])
    words = [each for each in re.findall("[A-Za-z0-9+/_-]{4,}", sent) if len(each) % 4 != 1]
    hidden = [b64decode(each.translate(_URLSAFE) + "==") for each in words]
    return any(form in sent for form in {text, quote(text, safe=""), quote_plus(text)}) or any(
        text.encode() in each for each in hidden
    )


def a_signature_covers_a_whole_text(exam: Exam) -> None:
    """If the headers depend on a text, as a signature does, they depend on its letters outside ASCII, too."""
    provider = exam.provider
    tried = []
    for kind, rows in provider.limits.items():
        message = an_example(provider, kind)
        for name in ("text", "reference") if kind is Speech else ("reference",):
            row = rows.rows()[name]
            filling = "x" * (0 if row is None else max(math.ceil(row.low) - 1, 0))
            written = [with_value(message, name, filling + letter) for letter in "ab\u00e9\u00fc"]
            if any(find_problem(provider, one) is not None for one in written):
                continue  # it has no such field, or its own rules for it
            a, b, e_acute, u_umlaut = (dict(provider.encode(one, NOW).headers) for one in written)
            tried += [name] if a != b else []
            claim(a == b or e_acute != u_umlaut, f"{name}: the signature ignores what is not ASCII; sign all bytes")
    if not tried:
        exam.skip("no header depends on a text")


def moved_limits_are_held(exam: Exam) -> None:
    """Limits that a configuration overrides: the check and the vendor's side use these, not those of the page."""
    provider = exam.provider
    table = {_name_of(kind): dict(_narrowed(rows)) for kind, rows in provider.limits.items()}
    if not any(table.values()):
        exam.skip("no row of its table can be narrowed")
    limits = override(provider.limits, table, source="the exam", wire_names=provider.wire_names)
    moved = type(provider)(provider.settings, limits=limits)
    steps = [step for step in steps_outside(moved) if step.limit is not None]

    def check(data: st.DataObject) -> None:
        bases = {kind: data.draw(messages_of(moved, kind)) for kind in limits}
        for step in steps:
            is_refused(moved, step.from_(bases[step.kind], data.draw(step.values)))

    exam.for_all(check, st.data(), share=20)


def _name_of(kind: type[BaseModel]) -> str:
    return str(kind.model_fields["kind"].default)


def _narrowed(rows: Limits) -> Iterator[tuple[str, list[float]]]:
    """Each row of whole numbers, with its upper bound lowered by one."""
    for name, row in rows.rows().items():
        if row is not None and row.high is not None and row.high - 1 >= row.low and name not in ("callees", "rate"):
            yield name, [row.low, row.high - 1]


def its_own_rules_are_held(exam: Exam) -> None:
    """Where ``refuse`` objects, its error names a field and shows no number, and the vendor's side refuses it, too."""
    provider = exam.provider
    if exam.provider_class.refuse is Provider.refuse:
        exam.skip("it has no rules besides its table")
    tried = []

    def check(message: VoiceMessage) -> None:
        problem = provider.refuse(message)
        if problem is None:
            return
        tried.append(problem)
        where = f"refuse says {str(problem)!r} of {told(message)}"
        fields = VoiceMessage.model_fields
        claim(problem.field in fields, f"{where}: its field is one of {', '.join(fields)}, without dots")
        shown = any(number[1:] in f"{problem} {problem.rule}" for number in message.to)
        claim(not shown, f"{where}: a phone number can be read in it; name its position, such as to[0]")
        encoded = []
        with suppress(Exception):  # a message that cannot be encoded cannot be sent
            encoded.append(provider.encode(message, NOW))
        for request in encoded:
            read = provider.parse(request, NOW)
            held = isinstance(read, Refusal) or provider.refuse(read) is None
            claim(
                held, f"{where}: sent without the check, the vendor's side took it; let parse ask find_request_problem"
            )

    exam.for_all(check, st.one_of([messages_of(provider, kind, unruly=True) for kind in provider.limits]))
    if not tried:
        exam.skip("refuse objects to nothing that was tried")


LAWS = (
    an_account_may_be_elsewhere,
    a_key_is_a_secret,
    a_signature_covers_a_whole_text,
    moved_limits_are_held,
    its_own_rules_are_held,
)
