"""Golden samples of what a vendor is asked, tells and pushes.

Each file is a list of samples:

- ``questions*.json``: ``ask`` (the kind of question), ``asked`` (its fields; ``data`` in Base64, times in ISO 8601),
  ``now``, ``method``, ``url``, ``headers`` and ``body`` as in ``request*.json``, ``body`` left out for none.
- ``tellings*.json``: ``ask``, ``asked``, ``status``, ``headers``, ``body``, and ``told`` or ``refusal``: the fields to
  compare, amounts and times as text (times in UTC).
- ``reports*.json``: ``headers``, ``body`` and ``records``, each the fields to compare.
"""

import base64
import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from voicehub.provider import Refusal, Reply, Request, ability_of, parse_report
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._tellings import KINDS

_KINDS = {kind.__name__: kind for kind in KINDS}


def golden_questions_are_met(exam: Exam) -> None:
    """``encode`` makes the published request of a question exactly, and the vendor's side reads it."""
    for where, sample in _samples(exam, "questions"):
        ability, asked, now = ability_of(exam.provider, _KINDS[sample["ask"]]), _asked(sample), sample["now"]
        request = ability.encode(asked, now)
        wanted = Request(sample["method"], sample["url"], _lower(sample["headers"]), _body(sample))
        for name in ("method", "url", "headers"):
            found, page = getattr(request, name), getattr(wanted, name)
            claim(found == page, f"{where}: encode has the {name} {found}, the page {page}")
        same = _json(request.body) == sample.get("body")
        claim(same, f"{where}: encode sends {request.body!r}, the page has {sample.get('body')!r}")
        read = ability.parse(wanted, now)
        claim(read == asked, f"{where}: the vendor's side reads {read!r}, not {asked!r}")


def golden_tellings_are_met(exam: Exam) -> None:
    """``decode`` reads the published answer to a question, and what it read survives ``answer``."""
    for where, sample in _samples(exam, "tellings"):
        ability, asked = ability_of(exam.provider, _KINDS[sample["ask"]]), _asked(sample)
        read = ability.decode(asked, Reply(sample["status"], _lower(sample["headers"]), _body(sample)))
        refused = "refusal" in sample
        claim(isinstance(read, Refusal) == refused, f"{where}: decode reads {read!r}")
        wanted = sample["refusal"] if refused else sample["told"]
        claim(_says(_plain(read), wanted), f"{where}: decode reads {_plain(read)}, the page says {wanted}")
        again = ability.decode(asked, ability.answer(asked, read))
        claim(again == read, f"{where}: answer told {read!r} and decode read {again!r}")


def golden_reports_are_met(exam: Exam) -> None:
    """What the page shows of a push is read as the page says."""
    for where, sample in _samples(exam, "reports"):
        read = [_plain(record) for record in parse_report(exam.provider, _body(sample), sample["headers"])]
        claim(_says(read, sample["records"]), f"{where}: parse reads {read}, the page says {sample['records']}")


def _samples(exam: Exam, what: str) -> list[tuple[str, dict[str, Any]]]:
    paths = sorted(exam.samples.glob(f"{what}*.json")) if exam.samples else []
    if not paths:
        exam.skip(f"no golden samples are given: {what}*.json in a folder 'golden' of its package")
    return [
        (f"{path.name}[{at}]", sample)
        for path in paths
        for at, sample in enumerate(json.loads(path.read_text("utf-8")))
    ]


def _asked(sample: dict[str, Any]) -> Any:
    given = dict(sample["asked"])
    for name, value in given.items():
        if name == "data":
            given[name] = base64.b64decode(value)
        elif name in ("since", "until"):
            given[name] = datetime.fromisoformat(value)
        elif isinstance(value, list):
            given[name] = tuple(value)
    return _KINDS[sample["ask"]](**given)


def _plain(value: Any) -> Any:
    """What was told, as JSON could have it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name != "raw"}
    if isinstance(value, tuple):
        named = getattr(value, "_asdict", None)
        return [*map(_plain, value)] if named is None else {name: _plain(each) for name, each in named().items()}
    return str(value) if isinstance(value, datetime | Decimal) else value


def _says(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted stands there."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(name in found and _says(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(_says, found, wanted))
    return bool(found == wanted)


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _body(sample: dict[str, Any]) -> bytes:
    return json.dumps(sample["body"]).encode() if "body" in sample else b""


def _json(body: bytes) -> Any:
    return json.loads(body) if body else None


LAWS = (golden_questions_are_met, golden_tellings_are_met, golden_reports_are_met)
