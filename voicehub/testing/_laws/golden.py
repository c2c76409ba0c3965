"""Golden samples: they find what round trips cannot, the same mistake at both ends.

Files in the folder, each retyped from the vendor's page:

- ``request*.json``: ``message`` (as a `VoiceMessage` in JSON), ``now`` (Unix seconds), ``method``, ``url``,
  ``headers`` (compared exactly, except the case of names) and ``body`` or ``text``. ``body`` is JSON, compared as
  a value. ``text`` is anything else: XML is compared in its canonical form without indentation, a form field by field
  (and XML in a field like XML), and all other text, including JSON, byte for byte. The signature of a body is that of
  the bytes ``encode`` writes.
- ``reply*.json``: ``message``, ``status``, ``headers``, ``body`` or ``text``, and what it says: ``outcomes``, one
  for each callee with the fields to compare, or ``refusal`` with ``kind``, ``code`` and ``reason``.
- ``codes*.json``: ``codes``, with the meaning of each code the page lists: a kind of refusal, ``doubt``, ``success``,
  or ``refused`` for a code of a single callee.
"""

from pathlib import Path
from typing import Any

from voicehub.client import account_for
from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Reply, Request, json_object
from voicehub.receipt import Outcome
from voicehub.testing._bodies import difference, same_json, within_body
from voicehub.testing._checked import LawBroken, claim
from voicehub.testing._exam import Exam, same, told
from voicehub.testing._golden_files import CodesSample, ReplySample, RequestSample, paths_of, read_sample
from voicehub.testing._messages import messages


def golden_requests_are_met(exam: Exam) -> None:
    """``encode`` makes the published request exactly, and the vendor's side reads it."""
    provider = exam.provider
    for path in _paths(exam, "request"):
        sample = read_sample(path, RequestSample)
        request = provider.encode(sample.message, sample.now)
        found, wanted = (request.method, request.url), (sample.method, sample.url)
        claim(found == wanted, f"{path.name}: encode calls {found}, the page {wanted}")
        claim(
            dict(request.headers) == sample.lower,
            f"{path.name}: encode sends headers {dict(request.headers)}, the page {sample.lower}",
        )
        if not sample.same(request.body):
            raise LawBroken(f"{path.name}: {difference('encode', request.body, sample.content)}")
        read = provider.parse(Request(*wanted, sample.lower, sample.content), sample.now)
        if isinstance(read, Refusal) and read.kind is RefusalKind.AUTH:
            # The signature is that of the bytes encode writes, which have the same content in another format.
            read = provider.parse(Request(*wanted, sample.lower, request.body), sample.now)
        claim(same(provider, sample.message, read), f"{path.name}: the vendor's side reads {told(read)}")


def golden_replies_are_met(exam: Exam) -> None:
    """``decode`` reads the published reply, and ``answer`` writes it again, or the part it needs."""
    provider = exam.provider
    for path in _paths(exam, "reply"):
        sample = read_sample(path, ReplySample)
        reply = Reply(sample.status, sample.headers, sample.content)
        read = provider.decode(sample.message, reply)
        for found, wanted in _both(sample, read, reply, path.name):
            page = wanted.model_dump(exclude_unset=True)
            said = {name: found[name] for name in page}
            claim(said == page, f"{path.name}: decode reads {found}, the page says {page}")
        again = provider.answer_to(sample.message, read)
        if not _within_body(again.body, sample):
            raise LawBroken(f"{path.name}: {difference('answer', again.body, sample.content)}")
        claim(again.status == sample.status, f"{path.name}: answer has HTTP {again.status}")


def _both(sample: ReplySample, read: Any, reply: Reply, name: str) -> list[tuple[dict[str, Any], Any]]:
    """Pairs of what was read and what the page says."""
    if sample.refusal is None:
        rows = account_for(sample.message.to, read, reply)[0]
        return [(row._asdict(), page) for row, page in zip(rows, sample.outcomes or (), strict=True)]
    claim(isinstance(read, Refusal), f"{name}: decode reads {told(read)}, the page says {sample.refusal!r}")
    return [({"kind": read.kind, "code": read.code, "reason": read.reason}, sample.refusal)]


def golden_codes_are_met(exam: Exam) -> None:
    """Each code the page lists is read with its meaning: a kind of refusal, doubt, or the refusal of one callee."""
    provider = exam.provider
    tables = [(path.name, read_sample(path, CodesSample).codes) for path in _paths(exam, "codes")]

    def check(message: VoiceMessage) -> None:
        for name, codes in tables:
            for code, meaning in codes.items():
                if meaning == "refused":
                    _refuses_a_callee(provider, message, code, name)
                    continue
                kind = RefusalKind(meaning) if meaning in set(RefusalKind) else RefusalKind.REQUEST
                read = provider.decode(message, provider.answer_to(message, Refusal(kind, code, "as the page has it")))
                found = read.kind.value if isinstance(read, Refusal) else "doubt"
                wanted = "doubt" if meaning == "success" else meaning  # without a row, success is about no callee
                claim(found == wanted, f"{name}: code {code} is {meaning}, and decode reads {told(read)}")

    exam.for_all(check, messages(provider), share=10)
    for name, codes in tables:
        strangers = {code for code, meaning in codes.items() if meaning in ("doubt", "success")}
        claim(not strangers & provider.refusal_kinds.keys(), f"{name} and refusal_kinds disagree about {strangers}")


def _refuses_a_callee(provider: Provider, message: VoiceMessage, code: str, name: str) -> None:
    where = f"{name}: code {code} is refused"
    claim(provider.callee_refusal_code, f"{where}, but callee_refusal_code is None: no single callee is refused")
    said = [Outcome(callee, "refused", None, code, "as the page has it") for callee in message.to]
    reply = provider.answer_to(message, said)
    for row in account_for(message.to, provider.decode(message, reply), reply)[0]:
        claim((row.status, row.code) == ("refused", code), f"{where}, and decode reads {tuple(row)}")


def _paths(exam: Exam, what: str) -> list[Path]:
    if exam.samples is None:
        exam.skip(
            "there are no golden samples, so its wire format is unproven: retype the page's samples into a folder "
            "'golden' in its package, or name one with golden=Path(...)"
        )
    return paths_of(exam.samples, what)


def _within_body(body: bytes, sample: ReplySample) -> bool:
    """Whether the reply has only content of the page's reply, which may have more than a submission needs."""
    said, page = json_object(body), sample.body
    if sample.text is not None:
        return sample.same(body) or within_body(body, sample.content)
    if not (said and isinstance(page, dict)):
        return same_json(body, page)
    return same_json(body, {name: page[name] for name in said if name in page})


LAWS = (golden_requests_are_met, golden_replies_are_met, golden_codes_are_met)
