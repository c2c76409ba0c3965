"""What a vendor can do besides taking messages: an `Ability` for each `Question`, and `Reports` for what it pushes."""

import abc
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from voicehub._audio import format_of
from voicehub.errors import LimitExceeded, MessageError, UnsupportedField
from voicehub.provider._limits import Span
from voicehub.provider._questions import ListRecords, Question, ToldT, Unreadable, Upload
from voicehub.provider._wire import Refusal, Reply, Request
from voicehub.records import CallRecord, fit_to_keep, hidden_in

if TYPE_CHECKING:
    from voicehub.provider._base import Provider

AskedT = TypeVar("AskedT", bound=Question[Any])
#: What a record can tell besides the id and the state of its call.
RECORD_FIELDS = frozenset(CallRecord.__dataclass_fields__) - {"call_id", "state", "raw"}
#: What a balance can tell besides the amount.
BALANCE_FIELDS = frozenset({"gift", "credit"})


class Ability(abc.ABC, Generic[AskedT, ToldT]):
    """One kind of `Question`, from both ends of the wire; pure as a provider is.

    ``bounds`` holds what the vendor takes, by the names of `Question.measures`, each with its source.
    """

    #: The vendor's bounds; a measure without a row is not bounded.
    bounds: ClassVar[Mapping[str, Span]] = {}
    #: For `Upload`: the accepted formats (``mp3``, ``m4a``, ``wav``); empty: any.
    formats: ClassVar[frozenset[str]] = frozenset()
    #: For `Upload`: the codes that mean a recording of this name already exists.
    exists_codes: ClassVar[frozenset[str]] = frozenset()
    #: For records and balances: which of `RECORD_FIELDS` and `BALANCE_FIELDS` the vendor reports.
    tells: ClassVar[frozenset[str]] = RECORD_FIELDS | BALANCE_FIELDS

    def __init__(self, provider: "Provider") -> None:
        self.provider = provider

    @abc.abstractmethod
    def encode(self, asked: AskedT, now: float) -> Request:
        """Ours: the request that asks this, which is within the bounds. ``now``: Unix time in seconds."""

    @abc.abstractmethod
    def decode(self, asked: AskedT, reply: Reply) -> ToldT | Refusal | Unreadable:
        """Ours: the vendor's answer. Every reply comes here, whatever its status and bytes. Never raises."""

    @abc.abstractmethod
    def parse(self, request: Request, now: float) -> AskedT | Refusal | None:
        """The vendor's: what is asked, or its refusal; ``None``: this request asks something else. Never raises."""

    @abc.abstractmethod
    def answer(self, asked: AskedT | None, told: ToldT | Refusal) -> Reply:
        """The vendor's: the reply with this answer. ``asked`` is ``None`` if the request could not be read."""


class Reports(abc.ABC):
    """What the vendor pushes to an address of ours, from both ends; pure as a provider is."""

    #: Which of `RECORD_FIELDS` a report contains.
    tells: ClassVar[frozenset[str]] = RECORD_FIELDS

    def __init__(self, provider: "Provider") -> None:
        self.provider = provider

    @abc.abstractmethod
    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        """Ours: the records in it, ``()`` where there is none that can be read. Header names are lower-case.

        Anyone who knows the address can send anything here. Never raises.
        """

    @abc.abstractmethod
    def encode(self, records: Sequence[CallRecord], url: str) -> Request:
        """The vendor's: the request that pushes these."""


def ability_of(provider: "Provider", kind: type[Question[ToldT]]) -> Ability[Any, ToldT]:
    """The provider's ability to answer questions of this kind. Raises `UnsupportedField`."""
    made = provider.abilities.get(kind)
    if made is None:
        raise UnsupportedField(kind.__name__, f"{provider.name} cannot be asked this; its plugin has no such ability")
    return made(provider)


def parse_report(provider: "Provider", body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
    """What the vendor reports of its calls; ``()``: nothing that can be read. Raises `UnsupportedField`.

    ``headers`` may have names in any case. Anybody may have sent this: no vendor here signs what it pushes. The
    account's secrets are hidden in it, and amounts and seconds left out that are none.
    """
    if provider.reports is None:
        raise UnsupportedField("reports", f"{provider.name} pushes none; its plugin has no such ability")
    records = provider.reports(provider).parse(body, {name.lower(): value for name, value in headers.items()})
    secrets = provider.settings.secrets()
    return tuple([hidden_in(fit_to_keep(record), secrets) for record in records])


def find_question_problem(ability: Ability[Any, Any], asked: Question[Any], now: float) -> MessageError | None:
    """Why this vendor cannot be asked this; ``None``: it can. The vendor's side asks the same."""
    name, measures = ability.provider.name, dict(asked.measures())
    if isinstance(asked, ListRecords):
        measures["age"] = max(now - asked.since.timestamp(), 0) / 86400
    for measure, found in measures.items():
        row = ability.bounds.get(measure)
        if row is not None and found not in row:
            crossed = row.low if found < row.low else row.high
            told = f"is {found:g} {row.unit}; {name} takes {row} ({row.source}, read {row.read})"
            return LimitExceeded(measure, told, crossed)
    if isinstance(asked, Upload) and ability.formats:
        return _format_problem(name, ability.formats, asked)
    return None


def _format_problem(provider: str, formats: frozenset[str], asked: Upload) -> MessageError | None:
    ending, found = asked.name.rpartition(".")[2].lower(), format_of(asked.data)
    taken = ", ".join(sorted(formats))
    if found is None or found not in formats:
        told = "no audio that is known here" if found is None else found
        return MessageError("content", f"{asked.name} is {told} by its first bytes; {provider} takes {taken}")
    if ending != found:
        return MessageError("name", f"does not end in .{found}, and the recording is {found} by its first bytes")
    return None
