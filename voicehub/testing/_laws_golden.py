"""Golden samples: what round trips cannot see, a mistake made alike at both ends.

Files in the folder, each retyped from the vendor's page:

- ``request*.json``: ``message`` (as a `VoiceMessage` in JSON), ``now`` (Unix seconds), ``method``, ``url``,
  ``headers`` (compared exactly but for the case of their names) and ``body`` or ``text``. ``body`` is JSON, compared as
  a value. ``text`` is anything else: XML is compared in its canonical form without indentation, a form field by field
  (and XML in a field like XML), and all other text, JSON too, byte for byte.
- ``reply*.json``: ``message``, ``status``, ``headers``, ``body`` or ``text``, and what it says: ``outcomes``, one
  for each callee with the fields to compare, or ``refusal`` with ``kind``, ``code`` and ``reason``.
- ``codes*.json``: ``codes``, each the page lists: a kind of refusal, ``doubt``, or ``success``.
"""

import json
from pathlib import Path
from typing import Any

from voicehub.client import account_for
from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Refusal, Reply, Request, json_object
from voicehub.testing._bodies import difference, same_body, same_json, within_body
from voicehub.testing._checked import LawBroken, claim
from voicehub.testing._exam import Exam, same, told
from voicehub.testing._messages import messages


def golden_requests_are_met(exam: Exam) -> None:
    """``encode`` makes the published request exactly, and the vendor's side reads it."""
    provider = exam.provider
    for path, sample in _samples(exam, "request"):
        message, now = VoiceMessage.model_validate(sample["message"]), sample["now"]
        request = provider.encode(message, now)
        headers = {name.lower(): value for name, value in sample["headers"].items()}
        found, wanted = (request.method, request.url), (sample["method"], sample["url"])
        claim(found == wanted, f"{path.name}: encode calls {found}, the page {wanted}")
        claim(
            dict(request.headers) == headers, f"{path.name}: encode sends headers {request.headers}, the page {headers}"
        )
        if not _same_body(request.body, sample):
            raise LawBroken(f"{path.name}: {difference('encode', request.body, _body(sample))}")
        read = provider.parse(Request(*wanted, headers, _body(sample)), now)
        claim(same(provider, message, read), f"{path.name}: the vendor's side reads {told(read)}")


def golden_replies_are_met(exam: Exam) -> None:
    """``decode`` reads the published reply, and ``answer`` writes it again, or the part of it that it knows."""
    provider = exam.provider
    for path, sample in _samples(exam, "reply"):
        message = VoiceMessage.model_validate(sample["message"])
        reply = Reply(sample["status"], sample["headers"], _body(sample))
        read = provider.decode(message, reply)
        found: Any = [outcome._asdict() for outcome in account_for(message.to, read, reply)[0]]
        wanted = sample.get("outcomes")
        if wanted is None:
            wanted = [sample["refusal"]]
            claim(isinstance(read, Refusal), f"{path.name}: decode reads {told(read)}")
            assert isinstance(read, Refusal)  # noqa: S101 - claimed above; this tells the type checker
            found = [{"kind": read.kind, "code": read.code, "reason": read.reason}]
        claim(len(found) == len(wanted), f"{path.name}: decode reads {found}, the page says {wanted}")
        for one, other in zip(found, wanted, strict=True):
            claim(
                {name: one[name] for name in other} == other, f"{path.name}: decode reads {one}, the page says {other}"
            )
        again = provider.answer_to(message, read)
        if not _within_body(again.body, sample):
            raise LawBroken(f"{path.name}: {difference('answer', again.body, _body(sample))}")
        claim(again.status == sample["status"], f"{path.name}: answer has HTTP {again.status}")


def golden_codes_are_met(exam: Exam) -> None:
    """Each code the page lists is read as what it means: a kind of refusal, or doubt."""
    provider = exam.provider
    tables = [(path.name, table["codes"]) for path, table in _samples(exam, "codes")]

    def check(message: VoiceMessage) -> None:
        for name, codes in tables:
            for code, meaning in codes.items():
                kind = RefusalKind(meaning) if meaning in set(RefusalKind) else RefusalKind.REQUEST
                read = provider.decode(message, provider.answer_to(message, Refusal(kind, code, "as the page has it")))
                found = read.kind.value if isinstance(read, Refusal) else "doubt"
                wanted = "doubt" if meaning == "success" else meaning  # success without a row says nothing of anybody
                claim(found == wanted, f"{name}: code {code} is {meaning}, and decode reads {read!r}")

    exam.for_all(check, messages(provider), share=10)
    for name, codes in tables:
        strangers = {code for code, meaning in codes.items() if meaning in ("doubt", "success")}
        claim(not strangers & provider.refusal_kinds.keys(), f"{name} and refusal_kinds disagree about {strangers}")


def _samples(exam: Exam, what: str) -> list[tuple[Path, Any]]:
    folder = exam.samples
    if folder is None:
        exam.skip(
            "no golden samples are given, so its wire format is unproven: retype the page's samples into a folder "
            "'golden' in its package, or name one with golden=Path(...)"
        )
    paths = sorted(folder.glob(f"{what}*.json"))
    claim(paths, f"{folder} holds no {what}*.json")
    return [(path, json.loads(path.read_text("utf-8"))) for path in paths]


def _body(sample: dict[str, Any]) -> bytes:
    text: str = sample["text"] if "text" in sample else json.dumps(sample["body"])
    return text.encode()


def _same_body(body: bytes, sample: dict[str, Any]) -> bool:
    return same_body(body, _body(sample)) if "text" in sample else same_json(body, sample["body"])


def _within_body(body: bytes, sample: dict[str, Any]) -> bool:
    """Whether a reply says nothing but what the page's does; a vendor may say more than a submission needs."""
    said, page = json_object(body), sample.get("body")
    if "text" in sample:
        return same_body(body, _body(sample)) or within_body(body, _body(sample))
    if not (said and isinstance(page, dict)):
        return same_json(body, page)
    return same_json(body, {name: page[name] for name in said if name in page})


LAWS = (golden_requests_are_met, golden_replies_are_met, golden_codes_are_met)
